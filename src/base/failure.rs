//! Why a step, an undo or a cleanup did not succeed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What went wrong, in words a person reads and in a kind the core decides by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    /// A sentence fragment: it reads after "failed: ".
    pub(crate) message: String,
    /// The person's next move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    /// The service's own error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailureKind {
    /// The guard, or a rule of the runbook, said no before anything was sent.
    Refused,
    /// A person said no.
    Rejected,
    /// The run was told to stop.
    Cancelled,
    TimedOut,
    /// It may pass by itself: throttling, 5xx, a lost connection.
    Transient,
    /// The service said no, or the resource reached a state it will not leave.
    Terminal,
    /// The endpoint does not know the operation.
    Unsupported,
    /// What was observed contradicts what the runbook requires.
    Contradicted,
    /// What was named is not there.
    NotFound,
    /// It is there, and it is somebody else's.
    Stranger,
    /// The arguments make no sense together.
    Invalid,
}

impl FailureKind {
    /// Whether trying the whole step again may help.
    pub(crate) fn may_pass(self) -> bool {
        matches!(self, Self::Transient | Self::TimedOut | Self::NotFound)
    }

    /// Whether the run was stopped by a decision, rather than failed by the world.
    pub(crate) fn stops(self) -> bool {
        matches!(self, Self::Refused | Self::Rejected | Self::Cancelled)
    }
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, code: None }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
