//! The life of one step. An impossible move is an error: a journal can be damaged.

use serde::{Deserialize, Serialize};

/// Where a step is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Status {
    #[default]
    Waiting,
    Running,
    /// An attempt failed; the next one comes after a pause.
    Retrying,
    Skipped,
    Succeeded,
    Failed,
    Undoing,
    Undone,
    /// Its undo failed.
    Stuck,
}

/// What moves a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    Start,
    Retry,
    Skip,
    Succeed,
    Fail,
    StartUndo,
    FinishUndo,
    FailUndo,
}

impl Status {
    /// The status after `change`, or `None` when the move is impossible.
    pub(crate) fn after(self, change: Move) -> Option<Self> {
        use Move as M;
        match (self, change) {
            (Self::Waiting | Self::Retrying, M::Start) => Some(Self::Running),
            (Self::Waiting, M::Skip) => Some(Self::Skipped),
            (Self::Running, M::Retry) => Some(Self::Retrying),
            (Self::Running, M::Succeed) => Some(Self::Succeeded),
            // A pause between attempts can be cut short by a deadline or an interrupt.
            (Self::Running | Self::Retrying, M::Fail) => Some(Self::Failed),
            // It may have changed something before it failed, and a stuck one may be tried again.
            (Self::Succeeded | Self::Failed | Self::Stuck, M::StartUndo) => Some(Self::Undoing),
            (Self::Undoing, M::FinishUndo) => Some(Self::Undone),
            (Self::Undoing, M::FailUndo) => Some(Self::Stuck),
            _ => None,
        }
    }
}

/// A step's status as reports give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StepStatus {
    Succeeded,
    Failed,
    Skipped,
    Undone,
    Stuck,
    NotRun,
}

impl StepStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Undone => "undone",
            Self::Stuck => "stuck",
            Self::NotRun => "not-run",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_never_started_cannot_be_undone() {
        assert_eq!(Status::Waiting.after(Move::StartUndo), None);
        assert_eq!(Status::Skipped.after(Move::StartUndo), None);
        assert_eq!(Status::Undone.after(Move::StartUndo), None);
        assert_eq!(Status::Failed.after(Move::StartUndo), Some(Status::Undoing));
    }

    #[test]
    fn a_step_succeeds_once() {
        assert_eq!(Status::Succeeded.after(Move::Succeed), None);
        assert_eq!(Status::Succeeded.after(Move::Start), None);
    }
}
