//! Whether a step changed a DNS record: what was seen changed, what was sent, and how that ended.

use super::facts::Facts;
use crate::base::StepPath;
use crate::event::{CallResult, Event, Evidence, Phase};

const CHANGE: &str = "ChangeResourceRecordSets";

/// What came of a step's change of a record, on the way forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing was sent, or the service said no.
    Nothing,
    /// It was sent, and what became of it nobody saw.
    Unknown,
    Made,
}

pub(super) fn of_record(facts: &Facts<'_>, path: &StepPath) -> Change {
    let mut pending = false;
    let mut lost = false;
    for entry in facts.entries.iter().filter(|entry| entry.phase == Phase::Forward) {
        match &entry.event {
            Event::Observed { step, evidence: Evidence::RecordSwitched { .. } } if step == path => {
                return Change::Made;
            }
            Event::Calling { step, operation, .. } if step == path && operation == CHANGE => {
                lost |= pending;
                pending = true;
            }
            Event::Refused { step: Some(step), operation, .. } if step == path && operation == CHANGE => {
                pending = false;
            }
            Event::Called { step: Some(step), operation, result, .. }
                if step == path && operation == CHANGE && is_a_no(result) =>
            {
                pending = false;
            }
            _ => {}
        }
    }
    if pending || lost { Change::Unknown } else { Change::Nothing }
}

/// An answer that says that nothing was changed. A fault of the service, or no answer, does not.
fn is_a_no(result: &CallResult) -> bool {
    match result {
        CallResult::Error { code: Some(code), .. } => {
            !["Internal", "ServiceUnavailable", "Timeout", "Unknown"].iter().any(|fault| code.contains(fault))
        }
        CallResult::Ok | CallResult::Error { code: None, .. } => false,
    }
}
