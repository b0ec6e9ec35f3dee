//! What goes wrong, when, and when people notice.

use super::WorldDescription;
use crate::base::{Instant, Period};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What happens to the world, all at one instant: T0.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Disaster {
    /// How long after the world's `now` it strikes: T0.
    pub(crate) at: Period,
    /// How long after T0 it is detected: T1.
    pub(crate) detected: Option<Period>,
    /// How long after T0 somebody decides to recover: T2. When it is detected, if absent.
    pub(crate) declared: Option<Period>,
    /// What happens.
    #[serde(default)]
    pub(crate) r#do: Vec<Deed>,
}

impl Disaster {
    /// The Regions that go dark.
    pub(crate) fn regions_down(&self) -> impl Iterator<Item = &str> {
        self.r#do.iter().filter_map(|deed| match deed {
            Deed::RegionDown(region) => Some(region.as_str()),
            _ => None,
        })
    }
}

/// One thing that a disaster does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Deed {
    /// A Region goes dark: neither its control planes nor its instances answer any more.
    RegionDown(String),
    /// An instance is deleted; its automated backups are retained.
    DeleteInstance(InstanceName),
    /// An instance is deleted together with its automated backups; replicated ones stay.
    DeleteInstanceAndBackups(InstanceName),
    /// A table is dropped: it is gone from then on, and nothing is written any more.
    DropTable(TableName),
    /// A table's rows are deleted, as by a bad deploy; new rows go on being written.
    EmptyTable(TableName),
    /// Calls to a service fail; what it runs goes on: `rds`, `rds@us-east-2`, `route53`, `sts`.
    ControlPlaneDown(ControlPlane),
}

/// An instance of the world, `orders-prod`, or `us-east-2/orders-prod` where the name alone is not enough.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct InstanceName(pub(crate) String);

impl InstanceName {
    /// Whether the instance `id` in `region` is meant.
    pub(crate) fn means(&self, region: &str, id: &str) -> bool {
        match self.0.split_once('/') {
            Some((in_region, name)) => in_region == region && name.eq_ignore_ascii_case(id),
            None => self.0.eq_ignore_ascii_case(id),
        }
    }
}

/// A table of an instance of the world.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TableName {
    pub(crate) instance: InstanceName,
    pub(crate) table: String,
}

/// A service, `route53`, or a service in one Region, `rds@us-east-2`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub(crate) struct ControlPlane {
    text: String,
}

const SERVICES: [&str; 3] = ["rds", "route53", "sts"];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no control plane of the lab such as `rds`, `rds@us-east-2` or `route53`")]
pub(crate) struct BadControlPlane(String);

impl TryFrom<String> for ControlPlane {
    type Error = BadControlPlane;

    fn try_from(text: String) -> Result<Self, BadControlPlane> {
        let (service, region) = text.split_once('@').unwrap_or((&text, "any"));
        if SERVICES.contains(&service) && !region.is_empty() {
            Ok(Self { text })
        } else {
            Err(BadControlPlane(text))
        }
    }
}

impl ControlPlane {
    pub(crate) fn includes(&self, service: &str, region: &str) -> bool {
        match self.text.split_once('@') {
            Some((own, in_region)) => own == service && in_region == region,
            None => self.text == service,
        }
    }
}

impl fmt::Display for ControlPlane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// T0, T1 and T2 of a scenario; the run starts at T2. Without a disaster there is no T0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instants {
    pub(crate) t0: Option<Instant>,
    pub(crate) t1: Option<Instant>,
    pub(crate) t2: Instant,
}

impl Instants {
    pub(crate) fn new(world: &WorldDescription, disaster: Option<&Disaster>) -> Self {
        let Some(disaster) = disaster else {
            return Self { t0: None, t1: None, t2: world.now };
        };
        let t0 = world.now + disaster.at.get();
        let t1 = disaster.detected.map(|after| t0 + after.get());
        let t2 = disaster.declared.map_or_else(|| t1.unwrap_or(t0), |after| t0 + after.get());
        Self { t0: Some(t0), t1, t2 }
    }
}
