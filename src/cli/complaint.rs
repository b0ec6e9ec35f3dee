//! Why a command could not do what it was asked, and the person's next move.

use std::error::Error;

/// An error on its way to the screen.
#[derive(Debug)]
pub(super) struct Complaint {
    /// The exit code.
    pub(super) code: u8,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Complaint {
    /// The command line, a document or the store is wrong; nothing was touched.
    pub(super) fn wrong(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into(), hint: None }
    }

    /// "failed to" and the error with all its causes.
    pub(super) fn of(code: u8, error: &dyn Error) -> Self {
        let mut message = format!("failed to {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            message.push_str(": ");
            message.push_str(&error.to_string());
            cause = error.source();
        }
        Self { code, message, hint: None }
    }

    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
