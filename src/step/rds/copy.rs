//! The instance that a restore makes: created once, or adopted, and removed again.
//!
//! It is this run's by its tags and, once known, by its immutable id; anything else under its name
//! is left alone. The memory is on disk before the service is asked.

use super::source::{Origin, Source, describe};
use super::watch::{self, Seen, stranger};
use super::{api, date_time, instance_status};
use crate::base::{Action, Failure, FailureKind, Instant, Mode, Resource, rfc3339};
use crate::step::Context;
use aws_sdk_rds::operation::restore_db_instance_to_point_in_time::builders as restore;
use aws_sdk_rds::types::Tag;
use instance_status::InstanceStatus;
use restore::RestoreDBInstanceToPointInTimeFluentBuilder as Request;
use serde::{Deserialize, Serialize};
use std::{cell::Cell, collections::BTreeMap, time::Duration};

pub(super) const RESTORE: Action = Action::change("rds", "RestoreDBInstanceToPointInTime");
pub(super) const DELETE: Action = Action::change("rds", "DeleteDBInstance");

const RUN: &str = "lifeboat:run";
const RUNBOOK: &str = "lifeboat:runbook";
const MODE: &str = "lifeboat:mode";
const SOURCE: &str = "lifeboat:source";
const STEP: &str = "lifeboat:step";
const BEGAN: &str = "lifeboat:began";

/// What was restored may show up only after a while, whether its reply came or not.
const LATE_VISIBILITY: Duration = Duration::from_mins(1);

/// After the order to delete: an answer that it is not there may be a slip once.
const ABSENCES: u32 = 2;

/// An instance that is still being created cannot always be deleted yet.
const REMOVAL_LIMIT: Duration = Duration::from_hours(1);

/// What is written down of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CopyMemory {
    pub(super) target: String,
    pub(super) source_arn: Option<String>,
    /// The instant whose data was asked for, as far as it is known.
    pub(super) restored_to: Option<Instant>,
    pub(super) stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub(super) enum Stage {
    /// The service is about to be asked: it may be there.
    Asked,
    /// The service said no: it is not there.
    Refused,
    Made {
        resource_id: String,
    },
}

/// What the new instance shall be.
pub(super) struct Order<'a> {
    pub(super) target: &'a str,
    /// The identifier of the instance to bring back.
    pub(super) source: &'a str,
}

impl Order<'_> {
    fn resource(&self, cx: &Context) -> Resource {
        Resource::rds_instance(&cx.place().region, self.target)
    }

    fn labels(&self, cx: &Context) -> BTreeMap<String, String> {
        [
            (RUN, cx.run.id.as_str()),
            (RUNBOOK, cx.run.runbook.as_str()),
            (MODE, cx.run.mode.as_str()),
            (SOURCE, &self.source.to_ascii_lowercase()),
            // Two steps may have one target, and two stores a run of the same id.
            (STEP, cx.step.as_str()),
            (BEGAN, &rfc3339(cx.run.started_at)),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    }

    /// Takes what stands under the target's name for this run's, if it is.
    pub(super) async fn adopt(
        &self,
        cx: &Context,
        earlier: Option<CopyMemory>,
    ) -> Result<Option<CopyMemory>, Failure> {
        let Some(instance) = describe(cx, self.target).await? else { return Ok(None) };
        let seen = Seen::from(&instance);
        if seen.labels != self.labels(cx) {
            return Err(stranger(self.target, "this run did not create it"));
        }
        if let Some(CopyMemory { stage: Stage::Made { resource_id }, .. }) = &earlier
            && *resource_id != seen.identity()
        {
            return Err(stranger(self.target, "it is not the one that this run created"));
        }
        let earlier = earlier.unwrap_or_else(|| CopyMemory {
            target: self.target.to_owned(),
            source_arn: None,
            restored_to: None,
            stage: Stage::Asked,
        });
        self.made(cx, earlier, &seen, true).await.map(Some)
    }

    /// Asks the service for the copy.
    pub(super) async fn create(
        &self,
        cx: &Context,
        request: Request,
        memory: CopyMemory,
    ) -> Result<CopyMemory, Failure> {
        let resource = self.resource(cx);
        let tags: Vec<Tag> = self.labels(cx).into_iter().map(|(key, value)| tag(key, value)).collect();
        let request = tags.into_iter().fold(request, Request::tags);
        cx.remember(&memory).await?;
        cx.creating(&resource).await?;
        let target = cx.regional(RESTORE, Some(resource.clone()));
        // After a lost reply a later refusal, of a quota for instance, says nothing of the first try.
        let earlier = cx.remembered::<CopyMemory>()?;
        let tries = Cell::new(u32::from(earlier.is_some_and(|memory| memory.stage == Stage::Asked)));
        let send = || {
            tries.set(tries.get() + 1);
            request.clone().send()
        };
        match cx.caller().call(target, send).await {
            Ok(answer) => {
                let seen = answer.db_instance().map(Seen::from).unwrap_or_default();
                self.made(cx, memory, &seen, false).await
            }
            // An earlier attempt may have succeeded without its reply reaching us.
            Err(failure) if failure.has_code(&["DBInstanceAlreadyExists"]) => {
                match self.adopt(cx, Some(memory.clone())).await {
                    Ok(Some(adopted)) => Ok(adopted),
                    Ok(None) => Err(Failure { kind: FailureKind::Transient, ..failure.into() }),
                    Err(refused) => {
                        if refused.kind == FailureKind::Stranger {
                            self.refused(cx, memory, &resource).await?;
                        }
                        Err(refused)
                    }
                }
            }
            Err(failure) if failure.is_settled() && tries.get() == 1 => {
                self.refused(cx, memory, &resource).await?;
                Err(api::failed(failure))
            }
            Err(failure) => Err(api::failed(failure)),
        }
    }

    async fn made(
        &self,
        cx: &Context,
        memory: CopyMemory,
        seen: &Seen,
        adopted: bool,
    ) -> Result<CopyMemory, Failure> {
        let resource_id = seen.identity();
        cx.created(&self.resource(cx), &resource_id, adopted).await?;
        let memory = CopyMemory { stage: Stage::Made { resource_id }, ..memory };
        cx.remember(&memory).await?;
        Ok(memory)
    }

    /// Nothing of this run came to be under the target's name.
    async fn refused(&self, cx: &Context, memory: CopyMemory, resource: &Resource) -> Result<(), Failure> {
        cx.remember(&CopyMemory { stage: Stage::Refused, ..memory }).await?;
        cx.removed(resource).await
    }

    /// Waits until clients can be served, and says what they connect to.
    pub(super) async fn usable(&self, cx: &Context, resource_id: &str) -> Result<Usable, Failure> {
        let mut sightings = watch::instance(cx, self.target);
        let mut was_there = false;
        loop {
            let sighting = sightings.next().await.map_err(api::failed)?;
            let Some(seen) = sighting.seen else {
                // Right after the restore it may not be visible yet.
                if was_there {
                    let message = format!("`{}` has disappeared", self.target);
                    return Err(Failure::new(FailureKind::Terminal, message));
                }
                continue;
            };
            if seen.identity() != resource_id {
                return Err(stranger(self.target, "it is not the one that this run created"));
            }
            was_there = true;
            match (InstanceStatus::of(&seen.status), seen.endpoint) {
                (InstanceStatus::Usable, Some((endpoint, port))) => {
                    cx.uncertain_by(sighting.uncertainty);
                    return Ok(Usable { endpoint, port, arn: seen.arn, status: seen.status });
                }
                (InstanceStatus::Terminal, _) => {
                    let message = format!("`{}` is in status `{}`", self.target, seen.status);
                    return Err(Failure::new(FailureKind::Terminal, message)
                        .hint(instance_status::remedy(&seen.status))
                        .code(seen.status));
                }
                _ => {}
            }
        }
    }

    /// Removes the copy, if it is there and this run's.
    pub(super) async fn remove(&self, cx: &Context, memory: &CopyMemory) -> Result<(), Failure> {
        // What was refused never came to be; a crash may have come before that was written down.
        if memory.stage != Stage::Refused {
            let Some(gone) = cx.within(REMOVAL_LIMIT, self.until_gone(cx, memory)).await else {
                let message = format!("`{}` is still there after an hour", self.target);
                return Err(Failure::new(FailureKind::TimedOut, message));
            };
            gone?;
        }
        cx.removed(&self.resource(cx)).await
    }

    async fn until_gone(&self, cx: &Context, memory: &CopyMemory) -> Result<(), Failure> {
        let mut sightings = watch::instance(cx, self.target);
        let (mut asked, mut leaving, mut absences, mut absent_since) = (false, false, 0, None);
        loop {
            let sighting = sightings.next().await.map_err(api::failed)?;
            let Some(seen) = sighting.seen else {
                absences += 1;
                let since = *absent_since.get_or_insert(sighting.at);
                let patient = (sighting.at - since).to_std().unwrap_or_default() >= LATE_VISIBILITY;
                // What was not told to go may only be late.
                if patient || (leaving && absences >= ABSENCES) {
                    return Ok(());
                }
                continue;
            };
            (absences, absent_since) = (0, None);
            match self.is_ours(cx, memory, &seen) {
                Ok(()) => {}
                // Ours is gone, and somebody took its name.
                Err(_) if asked => return Ok(()),
                Err(refused) => return Err(refused),
            }
            if !asked && seen.status != "deleting" {
                asked = self.delete(cx).await?;
            }
            leaving |= asked || seen.status == "deleting";
        }
    }

    fn is_ours(&self, cx: &Context, memory: &CopyMemory, seen: &Seen) -> Result<(), Failure> {
        match &memory.stage {
            Stage::Made { resource_id } if *resource_id != seen.identity() => {
                Err(stranger(self.target, "it is not the one that this run created"))
            }
            _ if seen.labels != self.labels(cx) => {
                Err(stranger(self.target, "it does not carry this run's tags"))
            }
            _ => Ok(()),
        }
    }

    /// Whether the service has taken the order to delete.
    async fn delete(&self, cx: &Context) -> Result<bool, Failure> {
        let resource = self.resource(cx);
        // After a crash the guard has yet to hear of it.
        cx.guard.own(resource.clone());
        let rds = cx.world.aws.rds(&cx.place().id);
        let deleted = cx
            .caller()
            .call(cx.regional(DELETE, Some(resource)), || {
                rds.delete_db_instance()
                    .db_instance_identifier(self.target)
                    .skip_final_snapshot(true)
                    .delete_automated_backups(true)
                    .send()
            })
            .await;
        match deleted {
            Ok(_) => Ok(true),
            // It is busy, being created for instance, or was seen too early: the next look tells.
            Err(failure) if failure.has_code(&["DBInstanceNotFound", "InvalidDBInstanceState"]) => Ok(false),
            Err(failure) => Err(api::failed(failure)),
        }
    }
}

/// What clients connect to.
pub(super) struct Usable {
    pub(super) endpoint: String,
    pub(super) port: i32,
    pub(super) arn: Option<String>,
    pub(super) status: String,
}

/// A request for `source`'s data, with what the run's mode asks of a copy. A drill's copy stays
/// private and has no backups: a retention of more than 0 would send it into `backing-up` first.
pub(super) fn request(cx: &Context, source: &Source, at: Option<Instant>) -> Request {
    let request = cx.world.aws.rds(&cx.place().id).restore_db_instance_to_point_in_time();
    let request = match source.origin {
        Origin::Instance => request.source_db_instance_identifier(&source.identifier),
        Origin::AutomatedBackup => request.set_source_db_instance_automated_backups_arn(source.arn.clone()),
    };
    let request = match at {
        Some(at) => request.restore_time(date_time(at)),
        None => request.use_latest_restorable_time(true),
    };
    match cx.run.mode {
        Mode::Drill => {
            request.publicly_accessible(false).backup_retention_period(0).deletion_protection(false)
        }
        Mode::Incident => source
            .tags
            .iter()
            .filter(|tag| tag.key().is_some_and(may_be_carried_over))
            .cloned()
            .fold(request, Request::tags)
            .set_backup_retention_period(source.retention_days)
            .set_deletion_protection(source.protected),
    }
}

/// AWS rejects tags of its own making, and ours say what the copy is.
fn may_be_carried_over(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    !key.starts_with("aws:") && !key.starts_with("lifeboat:")
}

fn tag(key: String, value: String) -> Tag {
    Tag::builder().key(key).value(value).build()
}
