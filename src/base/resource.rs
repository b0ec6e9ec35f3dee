//! What calls act upon, and what they do to it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a step type, or one operation of a service, does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Effect {
    Observe,
    Change,
}

/// One operation of a service, as IAM names it: `rds:DescribeDBInstances`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Action {
    /// `rds`, `route53`, `sts`.
    pub(crate) service: &'static str,
    /// `DescribeDBInstances`, the way the service's API spells it.
    pub(crate) operation: &'static str,
    pub(crate) changes: bool,
}

impl Action {
    pub(crate) const fn observe(service: &'static str, operation: &'static str) -> Self {
        Self { service, operation, changes: false }
    }

    pub(crate) const fn change(service: &'static str, operation: &'static str) -> Self {
        Self { service, operation, changes: true }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.operation)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ResourceKind {
    /// Id: the instance identifier.
    RdsInstance,
    /// Id: `zone-id/name/type`.
    Route53Record,
}

/// Something that a call acts upon.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Resource {
    pub(crate) kind: ResourceKind,
    /// `None` for a global service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    pub(crate) id: String,
}

impl Resource {
    pub(crate) fn rds_instance(region: &str, id: &str) -> Self {
        Self { kind: ResourceKind::RdsInstance, region: Some(region.to_owned()), id: id.to_ascii_lowercase() }
    }

    /// `name` is taken without its final dot, in lower case.
    pub(crate) fn route53_record(zone: &str, name: &str, kind: &str) -> Self {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        Self { kind: ResourceKind::Route53Record, region: None, id: format!("{zone}/{name}/{kind}") }
    }
}

/// The spelling of `drill-may-change`: `rds:<id>`, `route53:<zone>/<name>/<type>`.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ResourceKind::RdsInstance => write!(f, "rds:{}", self.id),
            ResourceKind::Route53Record => write!(f, "route53:{}", self.id),
        }
    }
}
