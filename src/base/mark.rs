//! The instants of a recovery that steps stand for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The instant that a step stands for on the recovery clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mark {
    /// T2: somebody decided to recover.
    Declared,
    /// T4: the database accepts queries.
    DataAcceptsQueries,
    /// T5: the restored data has been verified.
    DataVerified,
    /// T6: every authoritative name server answers with the new target.
    DnsSwitched,
    /// T8: the service answers from a client's side.
    Recovered,
}

impl Mark {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::DataAcceptsQueries => "data-accepts-queries",
            Self::DataVerified => "data-verified",
            Self::DnsSwitched => "dns-switched",
            Self::Recovered => "recovered",
        }
    }
}
