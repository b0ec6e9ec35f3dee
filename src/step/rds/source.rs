//! What a restore starts from: an instance in this place, or a replicated automated backup of it.

use super::{api, instant};
use crate::base::{Action, Failure, FailureKind, Instant, rfc3339};
use crate::event::Evidence;
use crate::step::Context;
use aws_sdk_rds::types::{DbInstance, DbInstanceAutomatedBackup, Filter, Tag};

pub(super) const DESCRIBE_INSTANCES: Action = Action::observe("rds", "DescribeDBInstances");
pub(super) const DESCRIBE_BACKUPS: Action = Action::observe("rds", "DescribeDBInstanceAutomatedBackups");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Instance,
    AutomatedBackup,
}

/// The source of a restore as the service describes it. `None` is *not reported*.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) identifier: String,
    pub(super) origin: Origin,
    pub(super) arn: Option<String>,
    pub(super) resource_id: Option<String>,
    pub(super) engine: Option<String>,
    /// An instance does not report the beginning of its window.
    pub(super) restorable_from: Option<Instant>,
    pub(super) restorable_to: Option<Instant>,
    pub(super) retention_days: Option<i32>,
    pub(super) encrypted: Option<bool>,
    pub(super) kms_key: Option<String>,
    pub(super) storage_gib: Option<i32>,
    /// An automated backup does not report its instance's protection.
    pub(super) protected: Option<bool>,
    pub(super) tags: Vec<Tag>,
}

impl Source {
    /// The instance `identifier` in the place, else the one automated backup of that identifier.
    pub(super) async fn resolve(cx: &Context, identifier: &str) -> Result<Self, Failure> {
        if let Some(instance) = describe(cx, identifier).await? {
            return Ok(Self::of_instance(identifier, &instance));
        }
        let mut backups = backups(cx, identifier).await?;
        let region = &cx.place().region;
        match (backups.pop(), backups.len()) {
            (Some(backup), 0) => Ok(Self::of_backup(identifier, &backup)),
            (Some(last), _) => {
                backups.push(last);
                let arns: Vec<&str> = backups
                    .iter()
                    .map(|backup| backup.db_instance_automated_backups_arn().unwrap_or("one without an ARN"))
                    .collect();
                let message = format!(
                    "{} automated backups in {region} are called `{identifier}`: {}",
                    arns.len(),
                    arns.join(", ")
                );
                Err(Failure::new(FailureKind::Contradicted, message)
                    .hint("delete the backups that are not meant: which one to restore must be certain"))
            }
            (None, _) => {
                let message =
                    format!("{region} has neither an instance nor an automated backup called `{identifier}`");
                Err(Failure::new(FailureKind::NotFound, message)
                    .hint("replicate the automated backups of the source to this Region before it is needed"))
            }
        }
    }

    fn of_instance(identifier: &str, instance: &DbInstance) -> Self {
        Self {
            identifier: identifier.to_owned(),
            origin: Origin::Instance,
            arn: instance.db_instance_arn().map(str::to_owned),
            resource_id: instance.dbi_resource_id().map(str::to_owned),
            engine: instance.engine().map(str::to_owned),
            restorable_from: None,
            restorable_to: instance.latest_restorable_time().and_then(instant),
            retention_days: instance.backup_retention_period(),
            encrypted: instance.storage_encrypted(),
            kms_key: instance.kms_key_id().map(str::to_owned),
            storage_gib: instance.allocated_storage(),
            protected: instance.deletion_protection(),
            tags: instance.tag_list().to_vec(),
        }
    }

    fn of_backup(identifier: &str, backup: &DbInstanceAutomatedBackup) -> Self {
        let window = backup.restore_window();
        Self {
            identifier: identifier.to_owned(),
            origin: Origin::AutomatedBackup,
            arn: backup.db_instance_automated_backups_arn().map(str::to_owned),
            resource_id: backup.dbi_resource_id().map(str::to_owned),
            engine: backup.engine().map(str::to_owned),
            restorable_from: window.and_then(|window| window.earliest_time()).and_then(instant),
            restorable_to: window.and_then(|window| window.latest_time()).and_then(instant),
            retention_days: backup.backup_retention_period(),
            encrypted: backup.encrypted(),
            kms_key: backup.kms_key_id().map(str::to_owned),
            storage_gib: backup.allocated_storage(),
            protected: None,
            tags: backup.tag_list().to_vec(),
        }
    }

    pub(super) fn evidence(&self) -> Evidence {
        Evidence::Backup {
            source: self.identifier.clone(),
            arn: self.arn.clone(),
            resource_id: self.resource_id.clone(),
            engine: self.engine.clone(),
            restorable_from: self.restorable_from,
            restorable_to: self.restorable_to,
            retention_days: self.retention_days,
            encrypted: self.encrypted,
            kms_key: self.kms_key.clone(),
            storage_gib: self.storage_gib,
        }
    }

    /// What reports call it.
    pub(super) fn described(&self) -> &'static str {
        match self.origin {
            Origin::Instance => "instance",
            Origin::AutomatedBackup => "automated backup",
        }
    }

    /// Whether data of `wanted` can come back, as far as the service reports its window.
    pub(super) fn admits(&self, wanted: Instant) -> Result<(), Failure> {
        let outside = |side: &str, bound: Instant| {
            let message = format!(
                "{} lies {side} restorable time of `{}`, {}",
                rfc3339(wanted),
                self.identifier,
                rfc3339(bound)
            );
            Failure::new(FailureKind::Contradicted, message)
        };
        match (self.restorable_from, self.restorable_to) {
            (Some(from), _) if wanted < from => Err(outside("before the earliest", from)),
            (_, Some(to)) if wanted > to => Err(outside("after the latest", to)),
            _ => Ok(()),
        }
    }

    /// Fails when the service says that it keeps no backups of the source.
    pub(super) fn is_backed_up(&self) -> Result<(), Failure> {
        match (self.origin, self.retention_days) {
            (Origin::Instance, Some(0)) => {
                let message =
                    format!("`{}` has no automated backups: its retention is 0 days", self.identifier);
                Err(Failure::new(FailureKind::Contradicted, message)
                    .hint("set a backup retention period on the source"))
            }
            _ => Ok(()),
        }
    }
}

/// The instance of that name in the place, if there is one.
pub(super) async fn describe(cx: &Context, identifier: &str) -> Result<Option<DbInstance>, Failure> {
    let rds = cx.world.aws.rds(&cx.place().id);
    let described = cx
        .caller()
        .call(cx.regional(DESCRIBE_INSTANCES, None), || {
            rds.describe_db_instances().db_instance_identifier(identifier).send()
        })
        .await;
    match described {
        Ok(answer) => Ok(answer.db_instances.unwrap_or_default().into_iter().next()),
        Err(failure) if failure.has_code(&["DBInstanceNotFound"]) => Ok(None),
        Err(failure) => Err(api::failed(failure)),
    }
}

/// All automated backups of that identifier in the place. The operation's own identifier argument
/// must name an instance that exists, so a filter asks, and the answer is compared.
async fn backups(cx: &Context, identifier: &str) -> Result<Vec<DbInstanceAutomatedBackup>, Failure> {
    let rds = cx.world.aws.rds(&cx.place().id);
    let filter = Filter::builder().name("db-instance-id").values(identifier).build();
    let (mut found, mut marker) = (Vec::new(), None::<String>);
    loop {
        let answer = cx
            .caller()
            .call(cx.regional(DESCRIBE_BACKUPS, None), || {
                rds.describe_db_instance_automated_backups()
                    .filters(filter.clone())
                    .set_marker(marker.clone())
                    .send()
            })
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure)
                if failure.has_code(&["DBInstanceAutomatedBackupNotFound", "DBInstanceNotFound"]) =>
            {
                return Ok(found);
            }
            Err(failure) => return Err(api::failed(failure)),
        };
        let backups = answer.db_instance_automated_backups.unwrap_or_default();
        found.extend(backups.into_iter().filter(|backup| {
            backup.db_instance_identifier().is_some_and(|name| name.eq_ignore_ascii_case(identifier))
        }));
        match answer.marker.filter(|marker| !marker.is_empty()) {
            Some(next) => marker = Some(next),
            None => return Ok(found),
        }
    }
}
