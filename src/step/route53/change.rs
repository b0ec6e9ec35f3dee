//! Changing a record set by compare-and-swap, and waiting until the name servers know.

use super::record::{read, resource, same_state, shown, written};
use super::zone::Zone;
use crate::base::{Action, Failure, FailureKind};
use crate::event::RecordSet;
use crate::step::Context;
use crate::world::{CallFailure, Caller, Looked, Poll, Target};
use aws_sdk_route53::Client;
use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ChangeStatus};
use std::{collections::BTreeMap, time::Duration};

pub(super) const CHANGE_RECORDS: Action = Action::change("route53", "ChangeResourceRecordSets");
pub(super) const GET_CHANGE: Action = Action::observe("route53", "GetChange");

/// From what a record set is to become what.
pub(super) struct Swap<'a> {
    pub(super) zone: &'a Zone,
    pub(super) from: Option<&'a RecordSet>,
    pub(super) to: Option<&'a RecordSet>,
}

/// How a swap ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Swapped {
    Accepted {
        change_id: String,
    },
    /// It stood so already: an earlier attempt had come through without its reply.
    Already,
}

impl Swap<'_> {
    /// Sends the change as one batch, which Route 53 rejects whole if `from` is not what stands there.
    pub(super) async fn send(&self, cx: &Context) -> Result<Swapped, Failure> {
        let Some(set) = self.to.or(self.from) else { return Ok(Swapped::Already) };
        let batch = self.batch(cx).map_err(|error| {
            Failure::new(FailureKind::Invalid, format!("the change cannot be built: {error}"))
        })?;
        let route53 = cx.world.aws.route53(&cx.place().id);
        let target = Context::global(CHANGE_RECORDS, Some(resource(self.zone, set)));
        let answer = cx
            .caller()
            .call(target, || {
                route53
                    .change_resource_record_sets()
                    .hosted_zone_id(&self.zone.id)
                    .change_batch(batch.clone())
                    .send()
            })
            .await;
        match answer {
            Ok(answer) => {
                let change_id = answer.change_info().map(|info| change_id(info.id())).unwrap_or_default();
                Ok(Swapped::Accepted { change_id })
            }
            Err(failure) if failure.has_code(&["InvalidChangeBatch"]) => {
                self.rejected(cx, set, failure).await
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// The service says that the batch does not fit what stands there: look again.
    async fn rejected(
        &self,
        cx: &Context,
        set: &RecordSet,
        failure: CallFailure,
    ) -> Result<Swapped, Failure> {
        let stands = read(cx, self.zone, &set.name, &set.kind).await?;
        if same_state(stands.as_ref(), self.to) {
            return Ok(Swapped::Already);
        }
        // Nobody changed it: the service dislikes something else about the batch.
        if same_state(stands.as_ref(), self.from) {
            return Err(failure.into());
        }
        Err(changed_by_another(set, self.from, stands.as_ref()))
    }

    fn batch(&self, cx: &Context) -> Result<ChangeBatch, BuildError> {
        let changes = [(ChangeAction::Delete, self.from), (ChangeAction::Create, self.to)];
        let mut batch = ChangeBatch::builder().comment(format!("lifeboat {}: {}", cx.run.id, cx.step));
        for (action, set) in changes {
            if let Some(set) = set {
                batch = batch
                    .changes(Change::builder().action(action).resource_record_set(written(set)?).build()?);
            }
        }
        batch.build()
    }
}

/// A failure that shows both what was expected and what stands there.
pub(super) fn changed_by_another(
    set: &RecordSet,
    expected: Option<&RecordSet>,
    stands: Option<&RecordSet>,
) -> Failure {
    let message = format!(
        "`{}` ({}) was changed by somebody else: it should be {}, and is {}; it was not touched",
        set.name,
        set.kind,
        shown(expected),
        shown(stands)
    );
    Failure::new(FailureKind::Stranger, message).hint("find out who changed it, then set it by hand")
}

/// Without `/change/`.
fn change_id(id: &str) -> String {
    id.trim_start_matches("/change/").to_owned()
}

/// Waits until all authoritative name servers know the change.
pub(super) async fn in_sync(cx: &Context, change_id: &str) -> Result<(), Failure> {
    let place = cx.place();
    let mut sightings = cx.world.watchers.subscribe(place.id.as_str(), change_id.to_owned(), || ChangePoll {
        route53: cx.world.aws.route53(&place.id),
        caller: cx.watcher_caller(),
        target: Context::global(GET_CHANGE, None),
    });
    loop {
        let sighting = sightings.next().await?;
        if sighting.seen == Some(ChangeStatus::Insync) {
            cx.uncertain_by(sighting.uncertainty);
            return Ok(());
        }
    }
}

/// Looks at changes in flight, one by one: the service has no list of them.
struct ChangePoll {
    route53: Client,
    caller: Caller,
    target: Target,
}

impl Poll for ChangePoll {
    type Key = String;
    type Seen = ChangeStatus;

    const KIND: &'static str = "route53-change";
    const INTERVAL: Duration = Duration::from_secs(5);

    fn poll(&self, keys: Vec<String>) -> Looked<'_, String, ChangeStatus> {
        Box::pin(async move {
            let mut seen = BTreeMap::new();
            for key in keys {
                let answer = self
                    .caller
                    .call_once(self.target.clone(), || self.route53.get_change().id(&key).send())
                    .await;
                match answer {
                    Ok(answer) => {
                        if let Some(info) = answer.change_info() {
                            seen.insert(key, info.status().clone());
                        }
                    }
                    // Right after the change it may not be visible yet.
                    Err(failure) if failure.has_code(&["NoSuchChange"]) => {}
                    Err(failure) => return Err(failure),
                }
            }
            Ok(seen)
        })
    }

    fn status(seen: &ChangeStatus) -> String {
        seen.as_str().to_owned()
    }
}
