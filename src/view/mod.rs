//! Views: what people and machines see of a run, from entries and reports only.
//!
//! A view never looks at a plan or a live run, so any old journal can be shown again. A status is
//! told by a word, never by colour alone.

mod event_line;
mod expectations;
mod list;
mod live;
mod manual;
mod outline;
mod paper;
mod summary;

pub(crate) use expectations::{Expectation, expectations};
pub(crate) use list::list;
pub(crate) use live::LiveView;
pub(crate) use manual::{StepManual, manual, manuals};
pub(crate) use outline::outline;
pub(crate) use paper::Page;
pub(crate) use summary::summary;

use crate::measure::Report;

/// The report as machines read it.
pub(crate) fn json(report: &Report) -> String {
    let text = serde_json::to_string_pretty(report);
    text.expect("a report has only text keys and finite numbers")
}
