//! What the world says of itself, as events of the journal.

use crate::event::{CallResult, Event};
use crate::step::Recorder;
use crate::world::{CallNotice, Closed, Notice, Notices};
use futures_util::future::LocalBoxFuture;

/// Passes notices to the journal.
pub(crate) struct JournalNotices(pub(crate) Recorder);

impl Notices for JournalNotices {
    fn notice(&self, notice: Notice) -> LocalBoxFuture<'_, Result<(), Closed>> {
        Box::pin(async move {
            match event(notice) {
                Some(event) => self.0.record(event).await.map_err(|_| Closed),
                None => Ok(()),
            }
        })
    }
}

fn event(notice: Notice) -> Option<Event> {
    Some(match notice {
        Notice::Calling(call) => {
            let CallNotice { step, service, operation, region, resource, attempt } = call;
            let (service, operation) = (service.to_owned(), operation.to_owned());
            // Only steps change things; a watcher's call is told when it has ended.
            Event::Calling { step: step?, service, operation, region, resource, attempt }
        }
        Notice::Called { call, request_id, error } => {
            let CallNotice { step, service, operation, region, resource, attempt } = call;
            let (service, operation) = (service.to_owned(), operation.to_owned());
            let result = match error {
                None => CallResult::Ok,
                Some((code, message)) => CallResult::Error { code, message },
            };
            Event::Called { step, service, operation, region, resource, attempt, request_id, result }
        }
        Notice::Refused { call, reason } => {
            let CallNotice { step, service, operation, resource, .. } = call;
            let (service, operation) = (service.to_owned(), operation.to_owned());
            Event::Refused { step, service, operation, resource, reason }
        }
        Notice::Watched { resource, status } => Event::Watched { resource, status },
    })
}
