//! Amazon RDS on the wire: the query protocol.

use super::{query::Form, xml::Xml};
use crate::lab::aws::{
    Page,
    create::{CreateRequest, ReplicateRequest},
    error::ServiceError,
    instance::{Instance, Settings, engine_version},
    rds::{BackupView, DeleteRequest, Filter, InstanceView, RdsReply, RdsRequest, WantedBackups},
    restore::RestoreRequest,
};
use std::collections::BTreeMap;

pub(super) const NAMESPACE: &str = "http://rds.amazonaws.com/doc/2014-10-31/";

pub(super) fn read(action: &str, form: &Form) -> Result<RdsRequest, ServiceError> {
    Ok(match action {
        "DescribeDBInstances" => RdsRequest::DescribeInstances {
            id: form.text("DBInstanceIdentifier"),
            filters: filters(form),
            page: page(form),
        },
        "DescribeDBInstanceAutomatedBackups" => RdsRequest::DescribeAutomatedBackups {
            wanted: WantedBackups {
                instance: form.text("DBInstanceIdentifier"),
                resource_id: form.text("DbiResourceId"),
                arn: form.text("DBInstanceAutomatedBackupsArn"),
            },
            filters: filters(form),
            page: page(form),
        },
        "DescribeDBSubnetGroups" => RdsRequest::DescribeSubnetGroups { name: form.text("DBSubnetGroupName") },
        "CreateDBInstance" => RdsRequest::Create(Box::new(create(form)?)),
        "StartDBInstanceAutomatedBackupsReplication" => RdsRequest::Replicate(ReplicateRequest {
            source_arn: form.needed("SourceDBInstanceArn")?,
            has_key: form.text("KmsKeyId").is_some(),
        }),
        "RestoreDBInstanceToPointInTime" => RdsRequest::Restore(Box::new(restore(form)?)),
        "DeleteDBInstance" => RdsRequest::Delete(DeleteRequest {
            id: form.needed("DBInstanceIdentifier")?,
            skip_final_snapshot: form.value("SkipFinalSnapshot")?.unwrap_or(false),
            final_snapshot: form.text("FinalDBSnapshotIdentifier"),
            delete_automated_backups: form.value("DeleteAutomatedBackups")?.unwrap_or(true),
        }),
        "ListTagsForResource" => RdsRequest::ListTags { arn: form.needed("ResourceName")? },
        "AddTagsToResource" => RdsRequest::AddTags {
            arn: form.needed("ResourceName")?,
            tags: form.tags("Tags").unwrap_or_default(),
        },
        other => return Err(ServiceError::unknown_operation(other)),
    })
}

fn create(form: &Form) -> Result<CreateRequest, ServiceError> {
    let flag = |name: &str| form.value(name).map(|value| value.unwrap_or(false));
    Ok(CreateRequest {
        id: form.needed("DBInstanceIdentifier")?,
        engine: form.needed("Engine")?,
        class: form.needed("DBInstanceClass")?,
        storage_gib: form.value("AllocatedStorage")?,
        retention_days: form.value("BackupRetentionPeriod")?.unwrap_or(1),
        encrypted: flag("StorageEncrypted")?,
        multi_az: flag("MultiAZ")?,
        deletion_protection: flag("DeletionProtection")?,
        iam_authentication: flag("EnableIAMDatabaseAuthentication")?,
        public: flag("PubliclyAccessible")?,
        port: form.value("Port")?,
        subnet_group: form.text("DBSubnetGroupName"),
        security_groups: form.texts("VpcSecurityGroupIds"),
        parameter_group: form.text("DBParameterGroupName"),
        tags: form.tags("Tags").unwrap_or_default(),
    })
}

fn restore(form: &Form) -> Result<RestoreRequest, ServiceError> {
    Ok(RestoreRequest {
        source: form.text("SourceDBInstanceIdentifier"),
        source_resource_id: form.text("SourceDbiResourceId"),
        source_backup_arn: form.text("SourceDBInstanceAutomatedBackupsArn"),
        target: form.needed("TargetDBInstanceIdentifier")?,
        time: form.time("RestoreTime")?,
        latest: form.value("UseLatestRestorableTime")?.unwrap_or(false),
        class: form.text("DBInstanceClass"),
        port: form.value("Port")?,
        subnet_group: form.text("DBSubnetGroupName"),
        security_groups: form.texts("VpcSecurityGroupIds"),
        parameter_group: form.text("DBParameterGroupName"),
        multi_az: form.value("MultiAZ")?,
        public: form.value("PubliclyAccessible")?,
        iam_authentication: form.value("EnableIAMDatabaseAuthentication")?,
        deletion_protection: form.value("DeletionProtection")?,
        retention_days: form.value("BackupRetentionPeriod")?,
        tags: form.tags("Tags"),
    })
}

fn filters(form: &Form) -> Vec<Filter> {
    let filter =
        |entry: &Form| Filter { name: entry.text("Name").unwrap_or_default(), values: entry.texts("Values") };
    form.list("Filters").iter().map(filter).collect()
}

fn page(form: &Form) -> Page {
    Page { marker: form.text("Marker"), size: form.text("MaxRecords") }
}

pub(super) fn write(operation: &str, reply: &RdsReply, request_id: &str) -> Vec<u8> {
    Xml::document(&format!("{operation}Response"), NAMESPACE, |xml| {
        if !matches!(reply, RdsReply::TagsAdded) {
            xml.within(&format!("{operation}Result"), |xml| result(xml, reply));
        }
        xml.within("ResponseMetadata", |xml| xml.leaf("RequestId", request_id));
    })
}

fn result(xml: &mut Xml, reply: &RdsReply) {
    match reply {
        RdsReply::Instances { instances, marker } => {
            xml.maybe("Marker", marker.as_ref());
            xml.within("DBInstances", |xml| instances.iter().for_each(|view| instance(xml, view)));
        }
        RdsReply::AutomatedBackups { backups, marker } => {
            xml.maybe("Marker", marker.as_ref());
            xml.within("DBInstanceAutomatedBackups", |xml| backups.iter().for_each(|view| backup(xml, view)));
        }
        RdsReply::SubnetGroups(groups) => xml.within("DBSubnetGroups", |xml| {
            for group in groups {
                xml.within("DBSubnetGroup", |xml| subnet_group(xml, group));
            }
        }),
        RdsReply::Created(view) | RdsReply::Restored(view) | RdsReply::Deleted(view) => instance(xml, view),
        RdsReply::Replicating(view) => backup(xml, view),
        RdsReply::Tags(entries) => tags(xml, entries),
        RdsReply::TagsAdded => {}
    }
}

fn instance(xml: &mut Xml, view: &InstanceView) {
    let Instance { settings, .. } = &view.instance;
    xml.within("DBInstance", |xml| {
        xml.leaf("DBInstanceIdentifier", &view.instance.id);
        xml.leaf("DBInstanceArn", view.instance.arn());
        xml.leaf("DbiResourceId", &view.instance.resource_id);
        xml.leaf("DBInstanceStatus", view.status.as_str());
        xml.leaf("DBInstanceClass", &settings.class);
        xml.leaf("Engine", &settings.engine);
        xml.leaf("EngineVersion", engine_version(&settings.engine));
        xml.leaf("AllocatedStorage", settings.storage_gib);
        xml.leaf("StorageType", "gp3");
        xml.leaf("StorageEncrypted", settings.encrypted);
        xml.leaf("BackupRetentionPeriod", settings.retention_days);
        xml.leaf("MultiAZ", settings.multi_az);
        xml.leaf("PubliclyAccessible", settings.public);
        xml.leaf("DeletionProtection", settings.deletion_protection);
        xml.leaf("IAMDatabaseAuthenticationEnabled", settings.iam_authentication);
        xml.leaf("AvailabilityZone", format!("{}a", view.instance.region));
        xml.time("InstanceCreateTime", Some(view.instance.created_at));
        xml.time("LatestRestorableTime", view.latest_restorable);
        if let Some(address) = &view.endpoint {
            xml.within("Endpoint", |xml| {
                xml.leaf("Address", address);
                xml.leaf("Port", settings.port);
            });
        }
        network(xml, settings);
        xml.within("DBInstanceAutomatedBackupsReplications", |xml| {
            for arn in &view.replications {
                xml.within("DBInstanceAutomatedBackupsReplication", |xml| {
                    xml.leaf("DBInstanceAutomatedBackupsArn", arn);
                });
            }
        });
        tags(xml, &view.instance.tags);
    });
}

fn network(xml: &mut Xml, settings: &Settings) {
    xml.within("DBSubnetGroup", |xml| subnet_group(xml, &settings.subnet_group));
    xml.within("VpcSecurityGroups", |xml| {
        for group in &settings.security_groups {
            xml.within("VpcSecurityGroupMembership", |xml| {
                xml.leaf("VpcSecurityGroupId", group);
                xml.leaf("Status", "active");
            });
        }
    });
    xml.within("DBParameterGroups", |xml| {
        xml.within("DBParameterGroup", |xml| {
            xml.leaf("DBParameterGroupName", &settings.parameter_group);
            xml.leaf("ParameterApplyStatus", "in-sync");
        });
    });
}

fn backup(xml: &mut Xml, view: &BackupView) {
    let Instance { settings, .. } = &view.instance;
    xml.within("DBInstanceAutomatedBackup", |xml| {
        xml.leaf("DBInstanceArn", view.instance.arn());
        xml.leaf("DbiResourceId", &view.instance.resource_id);
        // The Region of the instance, wherever the backup is.
        xml.leaf("Region", &view.instance.region);
        xml.leaf("DBInstanceIdentifier", &view.instance.id);
        xml.within("RestoreWindow", |xml| {
            xml.time("EarliestTime", view.window.map(|window| window.earliest));
            xml.time("LatestTime", view.window.map(|window| window.latest));
        });
        xml.leaf("AllocatedStorage", settings.storage_gib);
        xml.leaf("Status", view.status);
        xml.leaf("Port", settings.port);
        xml.time("InstanceCreateTime", Some(view.instance.created_at));
        xml.leaf("Engine", &settings.engine);
        xml.leaf("EngineVersion", engine_version(&settings.engine));
        xml.leaf("Encrypted", settings.encrypted);
        xml.leaf("StorageType", "gp3");
        xml.leaf("IAMDatabaseAuthenticationEnabled", settings.iam_authentication);
        xml.leaf("BackupRetentionPeriod", settings.retention_days);
        xml.leaf("DBInstanceAutomatedBackupsArn", &view.arn);
        tags(xml, &view.instance.tags);
    });
}

fn subnet_group(xml: &mut Xml, name: &str) {
    xml.leaf("DBSubnetGroupName", name);
    xml.leaf("DBSubnetGroupDescription", name);
    xml.leaf("SubnetGroupStatus", "Complete");
}

fn tags(xml: &mut Xml, tags: &BTreeMap<String, String>) {
    xml.within("TagList", |xml| {
        for (key, value) in tags {
            xml.within("Tag", |xml| {
                xml.leaf("Key", key);
                xml.leaf("Value", value);
            });
        }
    });
}
