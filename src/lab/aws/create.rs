//! `CreateDBInstance` and `StartDBInstanceAutomatedBackupsReplication`: worlds that are made by hand.

use super::{
    Asker,
    backups::{BackupKind, USUALLY_EVERY, Uploads},
    error::ServiceError,
    instance::{Instance, Settings, port, resource_id},
    rds::{BackupView, RdsReply, no_instance},
    restore::is_identifier,
    tags,
};
use crate::lab::{
    data::Data,
    description::DurationKind,
    state::State,
    status::{History, Status},
};
use std::{collections::BTreeMap, time::Duration};

/// How many replicated backups a Region takes.
const MOST_REPLICATIONS: usize = 20;

#[expect(clippy::struct_excessive_bools, reason = "each is a setting of the service")]
#[derive(Debug, Clone)]
pub(in crate::lab) struct CreateRequest {
    pub(in crate::lab) id: String,
    pub(in crate::lab) engine: String,
    pub(in crate::lab) class: String,
    pub(in crate::lab) storage_gib: Option<u64>,
    pub(in crate::lab) retention_days: u32,
    pub(in crate::lab) encrypted: bool,
    pub(in crate::lab) multi_az: bool,
    pub(in crate::lab) deletion_protection: bool,
    pub(in crate::lab) iam_authentication: bool,
    pub(in crate::lab) public: bool,
    pub(in crate::lab) port: Option<u16>,
    pub(in crate::lab) subnet_group: Option<String>,
    pub(in crate::lab) security_groups: Vec<String>,
    pub(in crate::lab) parameter_group: Option<String>,
    pub(in crate::lab) tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
pub(in crate::lab) struct ReplicateRequest {
    pub(in crate::lab) source_arn: String,
    pub(in crate::lab) has_key: bool,
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("InvalidParameterValue", message)
}

impl State {
    pub(super) fn create(
        &mut self,
        asker: &Asker,
        request: &CreateRequest,
    ) -> Result<RdsReply, ServiceError> {
        let id = request.id.to_ascii_lowercase();
        check(&id, request)?;
        if self.is_taken(asker, &id) {
            return Err(ServiceError::bad_request("DBInstanceAlreadyExists", "DB instance already exists"));
        }
        self.check_network(asker, request.subnet_group.as_deref(), &request.security_groups)?;
        let instance = self.created(asker, request, id);
        self.instances.push(instance);
        let index = self.instances.len() - 1;
        if request.retention_days > 0 {
            self.add_backup(&asker.region, index, BackupKind::Own);
        }
        Ok(RdsReply::Created(Box::new(self.view(index, asker.now))))
    }

    /// An empty instance. It comes up as slowly as a restored one: nobody has stated how fast it should.
    fn created(&self, asker: &Asker, request: &CreateRequest, id: String) -> Instance {
        let (now, seed) = (asker.now, self.seed);
        let resource_id = resource_id(seed, &asker.region, &id, self.namesakes(asker, &id));
        let draw = |kind| self.world.draw(seed, kind, &["created", &resource_id]);
        let creating = draw(DurationKind::Restore);
        let (up, backed_up) = (now + creating, now + creating + draw(DurationKind::Backup));
        let history = History::beginning(now, Status::Creating);
        let history = match request.retention_days {
            0 => history.then(up, Status::Available),
            _ => history.then(up, Status::BackingUp).then(backed_up, Status::Available),
        };
        let upload = seed.draw(&["lab", "upload", &resource_id]);
        let takes = upload.duration(Duration::from_secs(8), Duration::from_secs(20));
        let [every, takes] = [USUALLY_EVERY, takes].map(|usual| self.world.speed.hasten(usual));
        Instance {
            region: asker.region.clone(),
            account: asker.account.clone(),
            resource_id,
            restored_from: None,
            created_at: now,
            history,
            endpoint_from: now + creating.mul_f64(0.8),
            settings: settings(seed, asker, request),
            tags: request.tags.clone(),
            data: Data::Nothing,
            uploads: Uploads { first: backed_up, every, takes, stops: None, cut_off: None },
            id,
        }
    }

    /// Asked in the Region that the backups are to go to.
    pub(super) fn replicate(
        &mut self,
        asker: &Asker,
        request: &ReplicateRequest,
    ) -> Result<RdsReply, ServiceError> {
        let arn = request.source_arn.as_str();
        let source_region = arn.split(':').nth(3).unwrap_or_default().to_owned();
        if !arn.starts_with("arn:aws:rds:") || source_region == asker.region {
            return Err(invalid(format!("SourceDBInstanceArn: {arn} names no instance of another Region.")));
        }
        let there = Asker { region: source_region, ..asker.clone() };
        let index = self.instance(&there, arn).ok_or_else(|| no_instance(arn))?;
        let Instance { settings, resource_id, .. } = &self.instances[index];
        if settings.retention_days == 0 || self.instances[index].status(asker.now) == Some(Status::Deleting) {
            let message = format!("{arn} keeps no automated backups, or is being deleted.");
            return Err(ServiceError::bad_request("InvalidDBInstanceState", message));
        }
        if settings.encrypted && !request.has_key {
            let message = "KmsKeyId is needed to replicate the backups of an encrypted instance.";
            return Err(ServiceError::bad_request("InvalidParameterCombination", message));
        }
        let here = self.visible_backups(asker);
        let replicated = here.iter().filter(|(backup, _)| backup.kind != BackupKind::Own);
        if replicated.clone().any(|(backup, _)| backup.instance == index) {
            return Err(invalid(format!("The backups of {arn} are replicated to {} already.", asker.region)));
        }
        if replicated.count() >= MOST_REPLICATIONS {
            let message = "No more automated backups can be replicated to this Region.";
            return Err(ServiceError::bad_request("DBInstanceAutomatedBackupQuotaExceeded", message));
        }
        // Whoever starts a replication waits for it, as nobody waits for one that was there before.
        let lag = self.world.draw(self.seed, DurationKind::Replication, &[resource_id]);
        let kind = BackupKind::Replicated { lag: self.world.speed.hasten(lag), since: Some(asker.now) };
        self.add_backup(&asker.region, index, kind);
        let backup = &self.backups[self.backups.len() - 1];
        let view = BackupView::of(backup, &self.instances[index], asker.now);
        Ok(RdsReply::Replicating(Box::new(view)))
    }
}

fn check(id: &str, request: &CreateRequest) -> Result<(), ServiceError> {
    let CreateRequest { engine, storage_gib, retention_days, .. } = request;
    if !is_identifier(id) {
        return Err(invalid(format!("Invalid DB instance identifier: {}", request.id)));
    }
    let known = ["postgres", "mysql", "mariadb", "oracle-", "sqlserver-", "db2-", "custom-"];
    if !known.iter().any(|known| engine == known || known.ends_with('-') && engine.starts_with(known)) {
        return Err(invalid(format!("Invalid DB engine: {engine}")));
    }
    let Some(storage_gib) = storage_gib else {
        let message = "The parameter AllocatedStorage must be provided.";
        return Err(ServiceError::bad_request("InvalidParameterCombination", message));
    };
    if !(5..=65_536).contains(storage_gib) {
        return Err(invalid(format!("Invalid storage size for engine name {engine}: {storage_gib}")));
    }
    if *retention_days > 35 {
        return Err(invalid("Invalid backup retention period: it must be between 0 and 35"));
    }
    tags::check(&request.tags)
}

fn settings(seed: crate::base::Seed, asker: &Asker, request: &CreateRequest) -> Settings {
    let security_groups = if request.security_groups.is_empty() {
        vec![Settings::default_security_group(seed, &asker.region)]
    } else {
        request.security_groups.clone()
    };
    let parameter_group = request.parameter_group.clone();
    Settings {
        engine: request.engine.clone(),
        class: request.class.clone(),
        storage_gib: request.storage_gib.unwrap_or_default(),
        encrypted: request.encrypted,
        retention_days: request.retention_days,
        multi_az: request.multi_az,
        deletion_protection: request.deletion_protection,
        iam_authentication: request.iam_authentication,
        public: request.public,
        subnet_group: request.subnet_group.clone().unwrap_or_else(|| "default".to_owned()),
        security_groups,
        parameter_group: parameter_group
            .unwrap_or_else(|| Settings::default_parameter_group(&request.engine)),
        port: request.port.unwrap_or_else(|| port(&request.engine)),
    }
}
