//! Errors of services, as codes and HTTP statuses.

/// What a service answers instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(in crate::lab) struct ServiceError {
    pub(in crate::lab) status: u16,
    pub(in crate::lab) code: String,
    pub(in crate::lab) message: String,
}

impl ServiceError {
    pub(in crate::lab) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    pub(in crate::lab) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub(in crate::lab) fn not_found(code: &str, message: impl Into<String>) -> Self {
        Self::new(404, code, message)
    }

    pub(in crate::lab) fn throttled() -> Self {
        Self::bad_request("Throttling", "Rate exceeded")
    }

    /// An operation that the lab does not have.
    pub(in crate::lab) fn unknown_operation(operation: &str) -> Self {
        Self::bad_request("InvalidAction", format!("the lab has no operation `{operation}`"))
    }
}
