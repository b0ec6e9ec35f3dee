//! Names of things, each a type of its own, valid once made.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not a name of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {wanted}")]
pub(crate) struct BadName {
    text: String,
    wanted: &'static str,
}

/// `[a-z][a-z0-9_]*`: what CEL can read as one identifier (a hyphen would be a minus).
fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// `[a-z][a-z0-9-]{0,19}`.
fn is_run_id(text: &str) -> bool {
    text.len() <= 20
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $valid:expr, $wanted:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub(crate) struct $name(String);

        impl $name {
            pub(crate) fn new(text: impl Into<String>) -> Result<Self, BadName> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err(BadName { text, wanted: $wanted }) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The id of a step in its runbook.
    StepId, is_identifier, "a name such as `restore_db` (a-z, 0-9, _; a letter first)"
);
name!(
    /// The id of a place in its runbook.
    PlaceId, is_identifier, "a name such as `recovery` (a-z, 0-9, _; a letter first)"
);
name!(
    /// The id of a parameter in its runbook.
    ParameterId, is_identifier, "a name such as `source` (a-z, 0-9, _; a letter first)"
);
name!(
    /// The id of a run, unique in its store.
    RunId, is_run_id, "a run id such as `drill-7` (a-z, 0-9, -; a letter first; at most 20)"
);
name!(
    /// Names one instance of a step: `restore`, later `fleet[3]/restore`.
    StepPath, |text| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_[]/".contains(c)),
    "the path of a step"
);
name!(
    /// Unique to a run and a valid RDS identifier of at most 24 characters: what it creates is named after it.
    RunName, |text| text.len() <= 24 && text.starts_with(|c: char| c.is_ascii_lowercase()),
    "the name of a run"
);

/// Names that are read as text as well.
macro_rules! text {
    ($($name:ident),+) => {
        $(impl $name {
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        })+
    };
}

text!(PlaceId, RunId, RunName, StepPath);

impl From<&StepId> for StepPath {
    fn from(id: &StepId) -> Self {
        Self(id.0.clone())
    }
}

impl RunId {
    /// The name that what the run creates is derived from: `lb-` and the id, without what RDS refuses
    /// in an identifier (two hyphens in a row, one at the end).
    pub(crate) fn run_name(&self) -> RunName {
        let mut name = String::from("lb");
        for part in self.0.split('-').filter(|part| !part.is_empty()) {
            name.push('-');
            name.push_str(part);
        }
        RunName(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hyphen_is_no_part_of_a_step_id() {
        assert!(StepId::new("restore_db").is_ok());
        for bad in ["restore-db", "", "9lives", "Restore", "a b"] {
            assert!(StepId::new(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn a_run_name_is_a_valid_rds_identifier_whatever_the_id() {
        for id in ["a", "a--b-", "d20261123-091200-abc", "zzzzzzzzzzzzzzzzzzzz"] {
            let name = RunId::new(id).expect("valid").run_name();
            let text = name.as_str();
            assert!(text.len() <= 24 && !text.contains("--") && !text.ends_with('-'), "{text}");
        }
    }
}
