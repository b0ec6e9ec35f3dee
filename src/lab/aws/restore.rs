//! `RestoreDBInstanceToPointInTime`: a new instance with defaults, and the data of an earlier instant.
//!
//! What a restore does not carry over gets defaults (domain.md, section 2).

use super::{
    Asker,
    backups::{BackupKind, Uploads, Window},
    error::ServiceError,
    instance::{Instance, Settings, resource_id},
    rds::{RdsReply, no_backup, no_instance},
    tags,
};
use crate::base::{Instant, rfc3339};
use crate::lab::{
    data::Data,
    description::DurationKind,
    state::State,
    status::{History, Status},
};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default)]
pub(in crate::lab) struct RestoreRequest {
    pub(in crate::lab) source: Option<String>,
    pub(in crate::lab) source_resource_id: Option<String>,
    pub(in crate::lab) source_backup_arn: Option<String>,
    pub(in crate::lab) target: String,
    pub(in crate::lab) time: Option<Instant>,
    pub(in crate::lab) latest: bool,
    pub(in crate::lab) class: Option<String>,
    pub(in crate::lab) port: Option<u16>,
    pub(in crate::lab) subnet_group: Option<String>,
    pub(in crate::lab) security_groups: Vec<String>,
    pub(in crate::lab) parameter_group: Option<String>,
    pub(in crate::lab) multi_az: Option<bool>,
    pub(in crate::lab) public: Option<bool>,
    pub(in crate::lab) iam_authentication: Option<bool>,
    pub(in crate::lab) deletion_protection: Option<bool>,
    pub(in crate::lab) retention_days: Option<u32>,
    pub(in crate::lab) tags: Option<BTreeMap<String, String>>,
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("InvalidParameterValue", message)
}

fn combination(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("InvalidParameterCombination", message)
}

impl State {
    pub(super) fn restore(
        &mut self,
        asker: &Asker,
        request: &RestoreRequest,
    ) -> Result<RdsReply, ServiceError> {
        let target = request.target.to_ascii_lowercase();
        if !is_identifier(&target) {
            return Err(invalid(format!("Invalid DB instance identifier: {}", request.target)));
        }
        if request.latest == request.time.is_some() {
            return Err(combination("Specify either RestoreTime or UseLatestRestorableTime."));
        }
        if request.retention_days.is_some_and(|days| days > 35) {
            return Err(invalid("Invalid backup retention period: it must be between 0 and 35"));
        }
        let (source, window) = self.source(asker, request)?;
        if self.is_taken(asker, &target) {
            return Err(ServiceError::bad_request("DBInstanceAlreadyExists", "DB Instance already exists"));
        }
        self.check_network(asker, request.subnet_group.as_deref(), &request.security_groups)?;
        tags::check(request.tags.as_ref().unwrap_or(&BTreeMap::new()))?;
        let to = restorable(window, request.time)?;
        let instance = self.restored(asker, request, target, source, to);
        self.instances.push(instance);
        let index = self.instances.len() - 1;
        if self.instances[index].settings.retention_days > 0 {
            self.add_backup(&asker.region, index, BackupKind::Own);
        }
        Ok(RdsReply::Restored(Box::new(self.view(index, asker.now))))
    }

    /// The instance that is restored from, and what of it can be restored here.
    ///
    /// A replicated backup is named by its ARN alone, a retained one by that or the `DbiResourceId`.
    fn source(
        &self,
        asker: &Asker,
        request: &RestoreRequest,
    ) -> Result<(usize, Option<Window>), ServiceError> {
        let RestoreRequest { source, source_resource_id, source_backup_arn, .. } = request;
        match (source, source_resource_id, source_backup_arn) {
            (Some(id), None, None) => {
                let index = self.instance(asker, id).ok_or_else(|| no_instance(id))?;
                self.check_source(index, asker.now)?;
                Ok((index, self.instances[index].window(asker.now)))
            }
            (None, Some(resource_id), None) => {
                let own = self.visible_backups(asker).into_iter().find(|(backup, instance)| {
                    backup.kind == BackupKind::Own && instance.resource_id == *resource_id
                });
                if let Some((backup, instance)) = own {
                    return Ok((backup.instance, backup.window(instance, asker.now)));
                }
                let mut standing = self.visible(asker).into_iter();
                let index = standing.find(|index| self.instances[*index].resource_id == *resource_id);
                let index = index.ok_or_else(|| no_instance(resource_id))?;
                self.check_source(index, asker.now)?;
                Ok((index, None))
            }
            (None, None, Some(arn)) => {
                let mut backups = self.visible_backups(asker).into_iter();
                let (backup, instance) =
                    backups.find(|(backup, _)| backup.arn == *arn).ok_or_else(|| no_backup(arn))?;
                Ok((backup.instance, backup.window(instance, asker.now)))
            }
            _ => Err(combination(
                "Specify exactly one of SourceDBInstanceIdentifier, SourceDbiResourceId and \
                 SourceDBInstanceAutomatedBackupsArn.",
            )),
        }
    }

    fn check_source(&self, index: usize, now: Instant) -> Result<(), ServiceError> {
        let source = &self.instances[index];
        if source.settings.retention_days == 0 {
            return Err(ServiceError::bad_request(
                "PointInTimeRestoreNotEnabled",
                format!("Automated backups are not enabled for {}.", source.id),
            ));
        }
        match source.status(now) {
            Some(status @ (Status::Creating | Status::Deleting)) => Err(ServiceError::bad_request(
                "InvalidDBInstanceState",
                format!("Instance {} cannot be restored from while it is {}.", source.id, status.as_str()),
            )),
            _ => Ok(()),
        }
    }

    /// Whether the groups that an instance is to stand in are there.
    pub(super) fn check_network(
        &self,
        asker: &Asker,
        subnet_group: Option<&str>,
        security_groups: &[String],
    ) -> Result<(), ServiceError> {
        let mut groups =
            self.world.subnet_groups.iter().filter(|group| group.region == asker.region).peekable();
        if let Some(name) = subnet_group.filter(|name| *name != "default")
            && groups.peek().is_some()
            && !groups.any(|group| group.name.eq_ignore_ascii_case(name))
        {
            return Err(ServiceError::not_found(
                "DBSubnetGroupNotFoundFault",
                format!("DB subnet group '{name}' does not exist."),
            ));
        }
        let known: Vec<&str> = self
            .world
            .security_groups
            .iter()
            .filter(|group| group.region == asker.region)
            .map(|group| group.id.as_str())
            .collect();
        let unknown = security_groups.iter().find(|id| !known.contains(&id.as_str()));
        match unknown {
            Some(id) if !known.is_empty() => Err(invalid(format!("Invalid security group, groupId={id}"))),
            _ => Ok(()),
        }
    }

    /// How many instances ever had this identifier here.
    pub(super) fn namesakes(&self, asker: &Asker, id: &str) -> usize {
        self.instances.iter().filter(|known| known.id == id && known.region == asker.region).count()
    }

    fn restored(
        &self,
        asker: &Asker,
        request: &RestoreRequest,
        target: String,
        source: usize,
        to: Instant,
    ) -> Instance {
        let (now, seed) = (asker.now, self.seed);
        let source = &self.instances[source];
        let resource_id = resource_id(seed, &asker.region, &target, self.namesakes(asker, &target));
        let settings = settings(seed, asker, request, &source.settings);
        // By what is restored, not by what it is called: the name of a run must not decide its verdict.
        let restores =
            self.instances.iter().filter(|known| known.restored_from.as_deref() == Some(&*source.id));
        let ordinal = restores.count().to_string();
        let draw = |kind| self.world.draw(seed, kind, &[&source.region, &source.id, &ordinal]);
        let creating = draw(DurationKind::Restore);
        let (created, backed_up) = (now + creating, now + creating + draw(DurationKind::Backup));
        let history = History::beginning(now, Status::Creating);
        let history = match asker.ends_in {
            Some(status) => history.then(created, status),
            None if settings.retention_days == 0 => history.then(created, Status::Available),
            None => history.then(created, Status::BackingUp).then(backed_up, Status::Available),
        };
        // A copy that does not come up is never backed up either.
        let stops = asker.ends_in.map(|_| now);
        let Uploads { every, takes, .. } = source.uploads;
        let uploads = Uploads { first: backed_up, every, takes, stops, cut_off: None };
        let tags = request.tags.clone().unwrap_or_else(|| {
            source.tags.iter().filter(|(key, _)| !key.starts_with("aws:")).map(own_tag).collect()
        });
        Instance {
            id: target,
            region: asker.region.clone(),
            account: asker.account.clone(),
            resource_id,
            restored_from: Some(source.id.clone()),
            created_at: now,
            history,
            endpoint_from: now + creating.mul_f64(0.8),
            settings,
            tags,
            data: Data::Restored(source.data.rows_at(to)),
            uploads,
        }
    }
}

fn own_tag((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

fn settings(seed: crate::base::Seed, asker: &Asker, request: &RestoreRequest, source: &Settings) -> Settings {
    let security_groups = if request.security_groups.is_empty() {
        vec![Settings::default_security_group(seed, &asker.region)]
    } else {
        request.security_groups.clone()
    };
    Settings {
        engine: source.engine.clone(),
        class: request.class.clone().unwrap_or_else(|| source.class.clone()),
        storage_gib: source.storage_gib,
        encrypted: source.encrypted,
        retention_days: request.retention_days.unwrap_or(source.retention_days),
        multi_az: request.multi_az.unwrap_or(false),
        deletion_protection: request.deletion_protection.unwrap_or(false),
        iam_authentication: request.iam_authentication.unwrap_or(false),
        public: request.public.unwrap_or(false),
        subnet_group: request.subnet_group.clone().unwrap_or_else(|| "default".to_owned()),
        security_groups,
        parameter_group: request
            .parameter_group
            .clone()
            .unwrap_or_else(|| Settings::default_parameter_group(&source.engine)),
        port: request.port.unwrap_or(source.port),
    }
}

/// The instant whose data is restored.
fn restorable(window: Option<Window>, time: Option<Instant>) -> Result<Instant, ServiceError> {
    let fault = |message: String| ServiceError::bad_request("InvalidRestoreFault", message);
    let Some(Window { earliest, latest }) = window else {
        return Err(fault("There is nothing to restore from yet.".to_owned()));
    };
    match time {
        None => Ok(latest),
        // The latest restorable time itself is what UseLatestRestorableTime is for (domain.md, section 2).
        Some(time) if (earliest..latest).contains(&time) => Ok(time),
        Some(time) => Err(fault(format!(
            "The restore time {} is not between {} and {}.",
            rfc3339(time),
            rfc3339(earliest),
            rfc3339(latest)
        ))),
    }
}

/// 1 to 63 letters, digits and hyphens; a letter first, no two hyphens in a row, none at the end.
pub(super) fn is_identifier(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.contains("--")
        && !text.ends_with('-')
}
