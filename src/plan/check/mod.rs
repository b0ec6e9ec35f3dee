//! What makes a runbook wrong although every part of it can be read.

mod drill;
mod graph;
mod names;
mod objectives;
mod places;
mod reads;
mod secrets;

pub(super) use places::place_of;
pub(super) use reads::variables;

use super::draft::Draft;
use crate::runbook::Findings;

/// Adds every finding there is.
pub(super) fn check(draft: &Draft, findings: &mut Findings) {
    names::check(draft, findings);
    graph::check(draft, findings);
    places::check(draft, findings);
    reads::check(draft, findings);
    secrets::check(draft, findings);
    objectives::check(draft, findings);
    drill::check(draft, findings);
}
