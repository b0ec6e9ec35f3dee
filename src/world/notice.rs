//! What the world tells the run of itself: calls, refusals, changes of status.

use crate::base::{Resource, StepPath};
use futures_util::future::LocalBoxFuture;

/// Something that the journal must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A call that changes something is about to be sent.
    Calling(CallNotice),
    /// A call has ended: the service's request id, and the error if it was one.
    Called { call: CallNotice, request_id: Option<String>, error: Option<(Option<String>, String)> },
    /// The guard refused a call; nothing was sent.
    Refused { call: CallNotice, reason: String },
    /// A watched resource changed its status.
    Watched { resource: String, status: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallNotice {
    /// `None` when a watcher calls.
    pub(crate) step: Option<StepPath>,
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) region: Option<String>,
    pub(crate) resource: Option<Resource>,
    pub(crate) attempt: u32,
}

/// Nobody keeps notices any more: the run is over, or its journal has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal takes no more entries")]
pub(crate) struct Closed;

/// Where notices go. A notice is durable when the future is done.
pub(crate) trait Notices {
    fn notice(&self, notice: Notice) -> LocalBoxFuture<'_, Result<(), Closed>>;
}
