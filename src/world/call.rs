//! One call of AWS: told before it changes anything, retried, and told again when it has ended.
//!
//! The SDK's own retries are off: theirs would be neither seeded nor journaled.

#[cfg(test)]
mod tests;

use super::{
    guard::Refusal,
    notice::{CallNotice, Closed, Notice, Notices},
    pace,
};
use crate::base::{Action, Clock, Failure, FailureKind, Resource, Seed, StepPath};
use aws_sdk_rds::error::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use std::{error::Error, future::Future, rc::Rc};

/// Codes with which AWS asks for patience.
const THROTTLES: [&str; 6] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
];

/// Codes with which Route 53 says that a change to the zone is in flight.
const IN_FLIGHT: [&str; 1] = ["PriorRequestNotComplete"];

/// Codes of credentials that are not good enough.
const DENIALS: [&str; 6] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "ExpiredToken",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
];

/// What is called, and on what.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) action: Action,
    /// `None` for a global service.
    pub(crate) region: Option<String>,
    pub(crate) resource: Option<Resource>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallKind {
    /// The guard said no; nothing was sent.
    Refused,
    Throttled,
    /// 5xx, a lost connection, a timeout, a change in flight: it may pass.
    Transient,
    Denied,
    /// The endpoint does not know the operation.
    Unsupported,
    /// The service said no.
    Service,
    /// The journal takes no more entries, so nothing may be sent.
    Closed,
}

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{action}: {message}")]
pub(crate) struct CallFailure {
    pub(crate) action: String,
    pub(crate) kind: CallKind,
    pub(crate) code: Option<String>,
    pub(crate) message: String,
}

impl CallFailure {
    pub(crate) fn has_code(&self, codes: &[&str]) -> bool {
        // The query protocol says `DBInstanceNotFound`, the model `DBInstanceNotFoundFault`.
        self.code.as_deref().is_some_and(|code| {
            let code = code.strip_suffix("Fault").unwrap_or(code);
            codes.iter().any(|wanted| wanted.strip_suffix("Fault").unwrap_or(wanted) == code)
        })
    }

    fn asks_for_patience(&self) -> bool {
        self.kind == CallKind::Throttled || self.has_code(&IN_FLIGHT)
    }

    /// Whether nothing can have come of the call.
    pub(crate) fn is_settled(&self) -> bool {
        match self.kind {
            CallKind::Refused | CallKind::Denied | CallKind::Unsupported | CallKind::Service => true,
            // The reply may be what was lost, and a journal can fail after the answer has come.
            CallKind::Throttled | CallKind::Transient | CallKind::Closed => false,
        }
    }

    /// Whether asking again later may give another answer.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self.kind, CallKind::Throttled | CallKind::Transient)
    }
}

impl From<CallFailure> for Failure {
    fn from(failure: CallFailure) -> Self {
        let (kind, hint) = match failure.kind {
            CallKind::Refused => (FailureKind::Refused, None),
            CallKind::Throttled | CallKind::Transient => (FailureKind::Transient, None),
            CallKind::Denied => (
                FailureKind::Terminal,
                Some(format!(
                    "let the caller do {}: `lifeboat steps` lists what each step type calls",
                    failure.action
                )),
            ),
            CallKind::Unsupported => (
                FailureKind::Unsupported,
                Some("use an endpoint that models it, or rehearse in the embedded lab".to_owned()),
            ),
            CallKind::Service => (FailureKind::Terminal, None),
            CallKind::Closed => (FailureKind::Cancelled, None),
        };
        Self { kind, message: failure.to_string(), hint, code: failure.code }
    }
}

/// Makes calls for one step, or for a watcher.
#[derive(Clone)]
pub(crate) struct Caller {
    /// `None` for a watcher.
    pub(crate) step: Option<StepPath>,
    pub(crate) clock: Clock,
    pub(crate) seed: Seed,
    pub(crate) notices: Rc<dyn Notices>,
}

impl Caller {
    /// Sends a call until it succeeds, fails for good, or has failed [`pace::ATTEMPTS`] times.
    pub(crate) async fn call<T, E, Sent>(
        &self,
        target: Target,
        send: impl Fn() -> Sent,
    ) -> Result<T, CallFailure>
    where
        T: RequestId,
        E: ProvideErrorMetadata + Error + 'static,
        Sent: Future<Output = Result<T, SdkError<E>>>,
    {
        self.attempts(target, pace::ATTEMPTS, send).await
    }

    /// Sends a call once: whoever polls will ask again anyway.
    pub(crate) async fn call_once<T, E, Sent>(
        &self,
        target: Target,
        send: impl Fn() -> Sent,
    ) -> Result<T, CallFailure>
    where
        T: RequestId,
        E: ProvideErrorMetadata + Error + 'static,
        Sent: Future<Output = Result<T, SdkError<E>>>,
    {
        self.attempts(target, 1, send).await
    }

    async fn attempts<T, E, Sent>(
        &self,
        target: Target,
        attempts: u32,
        send: impl Fn() -> Sent,
    ) -> Result<T, CallFailure>
    where
        T: RequestId,
        E: ProvideErrorMetadata + Error + 'static,
        Sent: Future<Output = Result<T, SdkError<E>>>,
    {
        let mut attempt = 1;
        loop {
            let call = self.notice(&target, attempt);
            let failure = match self.attempt(&target, call, &send).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            // Whoever polls asks once in any case.
            let patient = attempts > 1 && failure.asks_for_patience();
            let attempts = if patient { pace::PATIENT_ATTEMPTS } else { attempts };
            if attempt >= attempts || !failure.may_pass() {
                return Err(failure);
            }
            let action = target.action.to_string();
            let step = self.step.as_ref().map_or("", StepPath::as_str);
            self.clock.sleep(pace::backoff(self.seed, &[step, &action], attempt)).await;
            attempt += 1;
        }
    }

    async fn attempt<T, E, Sent>(
        &self,
        target: &Target,
        call: CallNotice,
        send: &impl Fn() -> Sent,
    ) -> Result<T, CallFailure>
    where
        T: RequestId,
        E: ProvideErrorMetadata + Error + 'static,
        Sent: Future<Output = Result<T, SdkError<E>>>,
    {
        let closed = |Closed| CallFailure {
            action: target.action.to_string(),
            kind: CallKind::Closed,
            code: None,
            message: Closed.to_string(),
        };
        if target.action.changes {
            self.notices.notice(Notice::Calling(call.clone())).await.map_err(closed)?;
        }
        // The SDK's futures are large, and steps hold several.
        match Box::pin(send()).await {
            Ok(answer) => {
                let request_id = answer.request_id().map(str::to_owned);
                self.notices
                    .notice(Notice::Called { call, request_id, error: None })
                    .await
                    .map_err(closed)?;
                Ok(answer)
            }
            Err(error) => {
                let failure = classify(target.action, &error);
                let notice = if failure.kind == CallKind::Refused {
                    Notice::Refused { call, reason: failure.message.clone() }
                } else {
                    let request_id = error.request_id().map(str::to_owned);
                    Notice::Called {
                        call,
                        request_id,
                        error: Some((failure.code.clone(), failure.message.clone())),
                    }
                };
                self.notices.notice(notice).await.map_err(closed)?;
                Err(failure)
            }
        }
    }

    fn notice(&self, target: &Target, attempt: u32) -> CallNotice {
        CallNotice {
            step: self.step.clone(),
            service: target.action.service,
            operation: target.action.operation,
            region: target.region.clone(),
            resource: target.resource.clone(),
            attempt,
        }
    }
}

fn classify<E: ProvideErrorMetadata + Error + 'static>(action: Action, error: &SdkError<E>) -> CallFailure {
    let code = error.code().map(str::to_owned);
    let (kind, message) = match error {
        SdkError::ConstructionFailure(_) => match find::<Refusal>(error) {
            Some(refusal) => (CallKind::Refused, refusal.to_string()),
            None => (CallKind::Service, root_cause(error)),
        },
        SdkError::TimeoutError(_) => (CallKind::Transient, "no answer in time".to_owned()),
        SdkError::DispatchFailure(_) => match find::<Refusal>(error) {
            Some(refusal) => (CallKind::Refused, refusal.to_string()),
            None => (CallKind::Transient, root_cause(error)),
        },
        SdkError::ResponseError(answer) => unreadable(answer.raw().status().as_u16()),
        SdkError::ServiceError(answer) => {
            let message = answer.err().message().unwrap_or("the service gave no reason").to_owned();
            let status = answer.raw().status().as_u16();
            match code.as_deref() {
                Some(code) if THROTTLES.contains(&code) => (CallKind::Throttled, message),
                Some(code) if IN_FLIGHT.contains(&code) => (CallKind::Transient, message),
                Some(code) if DENIALS.contains(&code) => (CallKind::Denied, message),
                // What says nothing in the service's own words was not said by the service.
                None => unreadable(status),
                Some(_) if status >= 500 => (CallKind::Transient, message),
                Some(_) => (CallKind::Service, message),
            }
        }
        _ => (CallKind::Transient, root_cause(error)),
    };
    CallFailure { action: action.to_string(), kind, code, message }
}

/// An answer in no form that the service speaks: emulators answer so to what they do not know.
fn unreadable(status: u16) -> (CallKind, String) {
    match status {
        502..=504 | 429 => (CallKind::Transient, format!("HTTP status {status}")),
        _ => (CallKind::Unsupported, format!("this endpoint does not support it (HTTP status {status})")),
    }
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut error = Some(error);
    while let Some(current) = error {
        if let Some(found) = current.downcast_ref() {
            return Some(found);
        }
        error = current.source();
    }
    None
}

fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
