//! Who answers.

use crate::base::Period;
use schemars::JsonSchema;
use serde::Deserialize;

/// What a person says when a step asks. A step that nobody here answers waits for ever.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Person {
    /// The step that asks.
    pub(crate) step: String,
    pub(crate) answers: Decision,
    /// How long they take.
    pub(crate) after: Period,
    /// Who they say they are.
    pub(crate) by: Option<String>,
    /// What they say to it.
    pub(crate) comment: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Decision {
    Approve,
    Reject,
}
