//! The exit code that a report stands for.

use super::document::{Report, StepRow};
use crate::base::Outcome;

/// The highest of 5, 4, 1, 3, 0, in that order. Warnings do not count.
pub(crate) fn exit_code(report: &Report) -> u8 {
    let something_remains = !report.stuck.is_empty() || !report.leftovers.is_empty();
    let refused = |step: &StepRow| {
        step.failure.as_ref().is_some_and(|failure| matches!(failure.kind.as_str(), "refused" | "rejected"))
    };
    let stopped = report.run.outcome == Some(Outcome::Stopped)
        || !report.refusals.is_empty()
        || report.interrupted > 0
        || report.steps.iter().any(refused);
    // A run without an end was cut off: nobody foresaw it.
    let failed =
        report.run.outcome != Some(Outcome::Succeeded) || report.steps.iter().any(|step| step.failed);
    let missed = report.objectives.rto.counts_against() || report.objectives.rpo.counts_against();
    match (something_remains, stopped, failed, missed) {
        (true, ..) => 5,
        (_, true, ..) => 4,
        (_, _, true, _) => 1,
        (.., true) => 3,
        _ => 0,
    }
}
