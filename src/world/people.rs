//! People who decide.

use crate::base::StepPath;
use futures_util::future::LocalBoxFuture;

/// What a step asks of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) step: StepPath,
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) approved: bool,
    /// Who says to have decided: claimed, not proven.
    pub(crate) by: String,
    /// The operating system's user who gave the answer.
    pub(crate) user: String,
    pub(crate) comment: Option<String>,
}

/// How a person is asked. The future ends with the answer; without one it never does.
pub(crate) trait People {
    fn ask(&self, question: Question) -> LocalBoxFuture<'_, Answer>;
}
