//! What stands in the lab at one instant: to judge a run from outside, not for its steps.

use super::state::State;
use crate::base::Instant;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LabSnapshot {
    /// By `region/id`.
    pub(crate) instances: BTreeMap<String, InstanceSnapshot>,
    /// Final snapshots that deletions left, `region/id`.
    pub(crate) snapshots: BTreeSet<String>,
    /// By zone id, then by `name type`.
    pub(crate) records: BTreeMap<String, BTreeMap<String, RecordSnapshot>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct InstanceSnapshot {
    pub(crate) resource_id: String,
    pub(crate) status: String,
    pub(crate) tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RecordSnapshot {
    pub(crate) ttl_s: u64,
    pub(crate) values: Vec<String>,
}

impl LabSnapshot {
    pub(super) fn of(state: &State, now: Instant) -> Self {
        let instances = state.instances.iter().filter_map(|instance| {
            let status = instance.status(now)?.as_str().to_owned();
            let (resource_id, tags) = (instance.resource_id.clone(), instance.tags.clone());
            let name = format!("{}/{}", instance.region, instance.id);
            Some((name, InstanceSnapshot { resource_id, status, tags }))
        });
        let records = state.zones.iter().map(|zone| {
            let sets = zone.records().map(|(key, set)| {
                let values = set.values.clone();
                (format!("{} {}", key.name, key.kind), RecordSnapshot { ttl_s: set.ttl.as_secs(), values })
            });
            (zone.id.clone(), sets.collect())
        });
        Self {
            instances: instances.collect(),
            snapshots: state.snapshots.clone(),
            records: records.collect(),
        }
    }
}
