//! Amazon RDS: what it is asked, what it answers, and its listings.

use super::{
    Asker, Page,
    backups::{AutomatedBackup, BackupKind, Window},
    create::{CreateRequest, ReplicateRequest},
    error::ServiceError,
    instance::Instance,
    restore::RestoreRequest,
};
use crate::base::Instant;
use crate::lab::{state::State, status::Status};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub(in crate::lab) enum RdsRequest {
    DescribeInstances { id: Option<String>, filters: Vec<Filter>, page: Page },
    DescribeAutomatedBackups { wanted: WantedBackups, filters: Vec<Filter>, page: Page },
    DescribeSubnetGroups { name: Option<String> },
    Create(Box<CreateRequest>),
    Replicate(ReplicateRequest),
    Restore(Box<RestoreRequest>),
    Delete(DeleteRequest),
    ListTags { arn: String },
    AddTags { arn: String, tags: BTreeMap<String, String> },
}

#[derive(Debug, Clone)]
pub(in crate::lab) struct Filter {
    pub(in crate::lab) name: String,
    pub(in crate::lab) values: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub(in crate::lab) struct WantedBackups {
    pub(in crate::lab) instance: Option<String>,
    pub(in crate::lab) resource_id: Option<String>,
    pub(in crate::lab) arn: Option<String>,
}

#[derive(Debug, Clone)]
pub(in crate::lab) struct DeleteRequest {
    pub(in crate::lab) id: String,
    pub(in crate::lab) skip_final_snapshot: bool,
    pub(in crate::lab) final_snapshot: Option<String>,
    pub(in crate::lab) delete_automated_backups: bool,
}

#[derive(Debug)]
pub(in crate::lab) enum RdsReply {
    Instances { instances: Vec<InstanceView>, marker: Option<String> },
    AutomatedBackups { backups: Vec<BackupView>, marker: Option<String> },
    SubnetGroups(Vec<String>),
    Created(Box<InstanceView>),
    Replicating(Box<BackupView>),
    Restored(Box<InstanceView>),
    Deleted(Box<InstanceView>),
    Tags(BTreeMap<String, String>),
    TagsAdded,
}

/// An instance as it is seen at one instant.
#[derive(Debug)]
pub(in crate::lab) struct InstanceView {
    pub(in crate::lab) instance: Instance,
    pub(in crate::lab) status: Status,
    pub(in crate::lab) endpoint: Option<String>,
    pub(in crate::lab) latest_restorable: Option<Instant>,
    /// ARNs of its automated backups elsewhere.
    pub(in crate::lab) replications: Vec<String>,
}

/// An automated backup as it is seen at one instant.
#[derive(Debug)]
pub(in crate::lab) struct BackupView {
    pub(in crate::lab) instance: Instance,
    pub(in crate::lab) arn: String,
    pub(in crate::lab) status: &'static str,
    pub(in crate::lab) window: Option<Window>,
}

impl BackupView {
    pub(super) fn of(backup: &AutomatedBackup, instance: &Instance, now: Instant) -> Self {
        Self {
            arn: backup.arn.clone(),
            status: backup.status(instance, now),
            window: backup.window(instance, now),
            instance: instance.clone(),
        }
    }
}

impl State {
    pub(in crate::lab) fn rds(
        &mut self,
        asker: &Asker,
        request: RdsRequest,
    ) -> Result<RdsReply, ServiceError> {
        match request {
            RdsRequest::DescribeInstances { id, filters, page } => {
                self.describe_instances(asker, id.as_deref(), &filters, &page)
            }
            RdsRequest::DescribeAutomatedBackups { wanted, filters, page } => {
                self.describe_backups(asker, &wanted, &filters, &page)
            }
            RdsRequest::DescribeSubnetGroups { name } => self.describe_subnet_groups(asker, name.as_deref()),
            RdsRequest::Create(request) => self.create(asker, &request),
            RdsRequest::Replicate(request) => self.replicate(asker, &request),
            RdsRequest::Restore(request) => self.restore(asker, &request),
            RdsRequest::Delete(request) => self.delete(asker, &request),
            RdsRequest::ListTags { arn } => self.list_tags(asker, &arn),
            RdsRequest::AddTags { arn, tags } => self.add_tags(asker, &arn, tags),
        }
    }

    pub(super) fn view(&self, index: usize, now: Instant) -> InstanceView {
        let instance = self.instances[index].clone();
        InstanceView {
            status: instance.status(now).unwrap_or(Status::Deleting),
            endpoint: instance.endpoint(self.seed, now),
            latest_restorable: instance.window(now).map(|window| window.latest),
            replications: self
                .backups
                .iter()
                .filter(|backup| backup.instance == index && backup.kind != BackupKind::Own)
                .filter(|backup| backup.exists(now))
                .map(|backup| backup.arn.clone())
                .collect(),
            instance,
        }
    }

    fn describe_instances(
        &self,
        asker: &Asker,
        id: Option<&str>,
        filters: &[Filter],
        page: &Page,
    ) -> Result<RdsReply, ServiceError> {
        let mut found = match id {
            Some(id) => vec![self.instance(asker, id).ok_or_else(|| no_instance(id))?],
            None => self.visible(asker),
        };
        for filter in filters {
            let named = |index: &usize, value: &String| {
                let instance = &self.instances[*index];
                match filter.name.as_str() {
                    "db-instance-id" => {
                        instance.id.eq_ignore_ascii_case(value) || instance.arn().eq_ignore_ascii_case(value)
                    }
                    "dbi-resource-id" => instance.resource_id == *value,
                    _ => instance.settings.engine == *value,
                }
            };
            known_filter(&filter.name, &["db-instance-id", "dbi-resource-id", "engine"])?;
            found.retain(|index| filter.values.iter().any(|value| named(index, value)));
        }
        let (found, marker) = cut(found, page, |index| self.instances[*index].id.clone())?;
        let instances = found.into_iter().map(|index| self.view(index, asker.now)).collect();
        Ok(RdsReply::Instances { instances, marker })
    }

    fn describe_backups(
        &self,
        asker: &Asker,
        wanted: &WantedBackups,
        filters: &[Filter],
        page: &Page,
    ) -> Result<RdsReply, ServiceError> {
        let mut found = self.visible_backups(asker);
        if let Some(id) = &wanted.instance {
            found.retain(|(_, instance)| instance.id.eq_ignore_ascii_case(id));
        }
        if let Some(id) = &wanted.resource_id {
            found.retain(|(_, instance)| instance.resource_id == *id);
        }
        if let Some(arn) = &wanted.arn {
            found.retain(|(backup, _)| backup.arn == *arn);
        }
        for filter in filters {
            known_filter(&filter.name, &["status", "db-instance-id", "dbi-resource-id"])?;
            found.retain(|(backup, instance)| {
                filter.values.iter().any(|value| match filter.name.as_str() {
                    "status" => filter_word(backup, instance, asker.now) == value,
                    "db-instance-id" => instance.id.eq_ignore_ascii_case(value),
                    _ => instance.resource_id == *value,
                })
            });
        }
        // Naming what is not there is an error; filtering it away is not.
        let named = [&wanted.instance, &wanted.resource_id, &wanted.arn].into_iter().flatten().next();
        if let Some(named) = named.filter(|_| found.is_empty()) {
            return Err(no_backup(named));
        }
        let (found, marker) = cut(found, page, |(backup, _)| backup.arn.clone())?;
        let view = |(backup, instance)| BackupView::of(backup, instance, asker.now);
        Ok(RdsReply::AutomatedBackups { backups: found.into_iter().map(view).collect(), marker })
    }

    fn describe_subnet_groups(&self, asker: &Asker, name: Option<&str>) -> Result<RdsReply, ServiceError> {
        let mut groups = vec!["default".to_owned()];
        let own = self.world.subnet_groups.iter().filter(|group| group.region == asker.region);
        groups.extend(own.map(|group| group.name.clone()));
        if let Some(name) = name {
            groups.retain(|group| group.eq_ignore_ascii_case(name));
            if groups.is_empty() {
                return Err(ServiceError::not_found(
                    "DBSubnetGroupNotFoundFault",
                    format!("DB subnet group '{name}' does not exist."),
                ));
            }
        }
        Ok(RdsReply::SubnetGroups(groups))
    }
}

/// The filter's words differ from the statuses: a replicated backup is `active`, too.
fn filter_word(backup: &AutomatedBackup, instance: &Instance, now: Instant) -> &'static str {
    match backup.status(instance, now) {
        "replicating" => "active",
        status => status,
    }
}

fn known_filter(name: &str, known: &[&str]) -> Result<(), ServiceError> {
    if known.contains(&name) {
        Ok(())
    } else {
        Err(ServiceError::bad_request("InvalidParameterValue", format!("Unrecognized filter name: {name}")))
    }
}

/// One page of `items`, which stand in an order of their own, and the marker of the next.
fn cut<T>(
    items: Vec<T>,
    page: &Page,
    key: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let size = match page.size.as_deref().map(str::parse::<usize>) {
        None => 100,
        Some(Ok(size @ 20..=100)) => size,
        Some(_) => {
            return Err(ServiceError::bad_request(
                "InvalidParameterValue",
                "Invalid value for MaxRecords: it must be between 20 and 100",
            ));
        }
    };
    let start = match &page.marker {
        None => 0,
        Some(marker) => items
            .iter()
            .position(|item| key(item) == *marker)
            .map(|position| position + 1)
            .ok_or_else(|| ServiceError::bad_request("InvalidParameterValue", "Invalid Marker"))?,
    };
    let more = items.len() > start + size;
    let page: Vec<T> = items.into_iter().skip(start).take(size).collect();
    let marker = page.last().filter(|_| more).map(key);
    Ok((page, marker))
}

pub(super) fn no_instance(id: &str) -> ServiceError {
    ServiceError::not_found("DBInstanceNotFound", format!("DBInstance {id} not found."))
}

pub(super) fn no_backup(name: &str) -> ServiceError {
    ServiceError::not_found(
        "DBInstanceAutomatedBackupNotFound",
        format!("DB instance automated backup {name} not found."),
    )
}
