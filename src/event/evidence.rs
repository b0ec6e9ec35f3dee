//! What a step observed that an auditor would ask for.

use crate::base::{Instant, Period};
use serde::{Deserialize, Serialize};

/// One observation, as the service or the data gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub(crate) enum Evidence {
    /// A backup that a restore can start from. `None` is *not reported*.
    Backup {
        source: String,
        arn: Option<String>,
        resource_id: Option<String>,
        engine: Option<String>,
        restorable_from: Option<Instant>,
        restorable_to: Option<Instant>,
        retention_days: Option<i32>,
        encrypted: Option<bool>,
        kms_key: Option<String>,
        storage_gib: Option<i32>,
    },
    /// Up to when a service says that its restore goes: claimed, not measured.
    RecoveryPoint { claimed: Instant, basis: String },
    /// What a restore made.
    Restored { target: String, resource_id: Option<String>, endpoint: Option<String>, status: String },
    /// The database answered a query: T4.
    AcceptsQueries { endpoint: String },
    /// A query's answer, against what was expected of it.
    Query { query: String, answer: Option<String>, rows: u64, expected: Option<String> },
    /// The newest row that came back: the recovery point, measured in data. `granularity` is how
    /// far apart the rows are written, as far as the runbook says.
    NewestData { at: Option<Instant>, granularity: Option<Period> },
    /// A record set, before and after its change.
    RecordSwitched { zone: String, before: Option<RecordSet>, after: RecordSet, change_id: String },
    /// The TTL that clients of the production record live by: T7 is T6 and this.
    ProductionTtl { record: String, ttl: Period },
    /// What name servers answered.
    Answers { record: String, answers: Vec<DnsAnswer> },
}

/// A Route 53 record set, exactly as it stands: what a DELETE must repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordSet {
    /// Without the final dot.
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) ttl: Period,
    pub(crate) values: Vec<String>,
}

/// What one server said, and since when it says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DnsAnswer {
    pub(crate) server: String,
    pub(crate) authoritative: bool,
    pub(crate) values: Vec<String>,
    /// What was left of the TTL in the answer.
    pub(crate) ttl: Option<Period>,
    /// When this answer was first seen.
    pub(crate) since: Option<Instant>,
}
