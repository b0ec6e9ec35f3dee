//! What a call would create, alter or delete, read from its typed input.
//!
//! An operation that changes something and is not read here is refused: a new one must be added.

use crate::base::Resource;
use aws_sdk_rds::operation::{
    delete_db_instance::DeleteDbInstanceInput,
    restore_db_instance_to_point_in_time::RestoreDbInstanceToPointInTimeInput,
};
use aws_sdk_route53::{
    operation::change_resource_record_sets::ChangeResourceRecordSetsInput,
    types::{Change, ChangeAction},
};
use aws_smithy_runtime_api::client::interceptors::context::Input;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Fails when something stands there already.
    Create,
    Alter,
    Delete,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) deed: Deed,
    pub(super) resource: Resource,
}

/// The subjects of a call, or `None` when its input is of no kind known here.
pub(super) fn of(input: &Input, region: &str) -> Option<Vec<Subject>> {
    let instance = |deed, id: Option<&str>| {
        Some(vec![Subject { deed, resource: Resource::rds_instance(region, id.unwrap_or_default()) }])
    };
    if let Some(input) = input.downcast_ref::<RestoreDbInstanceToPointInTimeInput>() {
        return instance(Deed::Create, input.target_db_instance_identifier());
    }
    if let Some(input) = input.downcast_ref::<DeleteDbInstanceInput>() {
        return instance(Deed::Delete, input.db_instance_identifier());
    }
    if let Some(input) = input.downcast_ref::<ChangeResourceRecordSetsInput>() {
        let zone = input.hosted_zone_id().unwrap_or_default().trim_start_matches("/hostedzone/");
        let changes = input.change_batch()?.changes();
        return changes.iter().map(|change| record(zone, change)).collect();
    }
    None
}

fn record(zone: &str, change: &Change) -> Option<Subject> {
    let record = change.resource_record_set()?;
    let deed = match change.action() {
        ChangeAction::Create => Deed::Create,
        ChangeAction::Delete => Deed::Delete,
        _ => Deed::Alter,
    };
    Some(Subject { deed, resource: Resource::route53_record(zone, record.name(), record.r#type().as_str()) })
}
