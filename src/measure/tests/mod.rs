//! What must hold of a report, each with the case that would break it.

mod endings;
mod figures;
mod paths;

use super::{Report, Sample, report};

fn measured(sample: &Sample) -> Report {
    report(&sample.entries).expect("a legal journal")
}
