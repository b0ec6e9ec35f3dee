//! What kind of run it is, and how one ends.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether what is recovered is scratch or for real. A rehearsal has the mode it rehearses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    /// Builds scratch copies, and always rolls back and cleans up.
    Drill,
    /// For real: what it recovers is kept; nothing is undone unless a person commands it.
    Incident,
}

impl Mode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Drill => "drill",
            Self::Incident => "incident",
        }
    }
}

/// What kind of world a run acts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WorldKind {
    Aws,
    /// `LocalStack`, moto, any URL.
    Endpoint,
    /// The embedded world.
    Lab,
}

impl WorldKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Endpoint => "endpoint",
            Self::Lab => "lab",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// Every step that was to run succeeded.
    Succeeded,
    /// A step failed.
    Failed,
    /// A guardrail, a person or an interrupt ended it.
    Stopped,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}
