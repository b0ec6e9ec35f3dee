//! The world before the disaster.

use super::InstanceName;
use crate::base::{Instant, Period, Seed, Size};
use crate::lab::status::Status;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    num::{NonZeroU32, ParseIntError},
    str::FromStr,
    time::Duration,
};

/// What exists at `now`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WorldDescription {
    /// The time at which the scenario begins.
    pub(crate) now: Instant,
    /// The AWS account, twelve digits.
    pub(crate) account: String,
    /// The database instances.
    #[serde(default)]
    pub(crate) rds: Vec<InstanceDescription>,
    /// The hosted zones.
    #[serde(default)]
    pub(crate) route53: Vec<ZoneDescription>,
    /// The DB subnet groups. A Region without any takes every name.
    #[serde(default)]
    pub(crate) subnet_groups: Vec<SubnetGroupDescription>,
    /// The VPC security groups. A Region without any takes every id.
    #[serde(default)]
    pub(crate) security_groups: Vec<SecurityGroupDescription>,
    /// The resolvers that clients use; `resolver-a` and `resolver-b` if absent. Queries go through the first.
    #[serde(default)]
    pub(crate) resolvers: Vec<String>,
    /// Buckets: none can be described yet.
    #[serde(default)]
    pub(crate) s3: Vec<Value>,
    /// Commands: none can be described yet.
    #[serde(default)]
    pub(crate) commands: BTreeMap<String, Value>,
    /// How long things take; else the lab's own assumptions.
    #[serde(default)]
    pub(crate) durations: BTreeMap<DurationKind, Spread>,
    /// By how much they are shortened: for whoever serves the world, not for who describes it.
    #[serde(skip)]
    pub(crate) speed: Speed,
}

/// One RDS database instance.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of the service")]
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct InstanceDescription {
    /// Its identifier.
    pub(crate) instance: String,
    /// The Region it runs in.
    pub(crate) region: String,
    /// `postgres`, `mysql`, `mariadb`, ...
    #[serde(default = "default_engine")]
    pub(crate) engine: String,
    /// Its allocated storage.
    pub(crate) storage: Option<Size>,
    /// How long automated backups are kept, in whole days; `0s` switches them off. 7d if absent.
    pub(crate) retention: Option<Period>,
    /// Whether its storage is encrypted.
    #[serde(default)]
    pub(crate) encrypted: bool,
    /// Its instance class.
    #[serde(default = "default_class")]
    pub(crate) class: String,
    /// Whether it has a standby in another zone.
    #[serde(default)]
    pub(crate) multi_az: bool,
    /// Whether it is protected from deletion.
    #[serde(default)]
    pub(crate) deletion_protection: bool,
    /// Whether IAM may be used to log in.
    #[serde(default)]
    pub(crate) iam_authentication: bool,
    /// Its tags.
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    /// Its DB subnet group; `default` if absent.
    pub(crate) subnet_group: Option<String>,
    /// Its VPC security groups; the VPC's default if absent.
    #[serde(default)]
    pub(crate) security_groups: Vec<String>,
    /// Its DB parameter group; the engine's default if absent.
    pub(crate) parameter_group: Option<String>,
    /// The Region that its automated backups are replicated to.
    pub(crate) replicate_backups_to: Option<String>,
    /// How far its replicated backups lag behind its own; drawn if absent.
    pub(crate) replication_lag: Option<Period>,
    /// What the application writes into it, until the disaster.
    pub(crate) heartbeat: Option<HeartbeatDescription>,
    /// How long before `now` it was created; 30d if absent.
    pub(crate) age: Option<Period>,
    /// Its status; `available` if absent.
    pub(crate) status: Option<Status>,
    /// How long each upload of its logs takes; drawn (a few seconds) if absent.
    pub(crate) restorable_lag: Option<Period>,
    /// For how long before `now`, and ever after, no logs are uploaded: its backups are stale.
    pub(crate) backups_stalled_for: Option<Period>,
}

/// A table that grows by one row every so often.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct HeartbeatDescription {
    pub(crate) table: String,
    /// The column that holds when the row was written.
    pub(crate) column: String,
    /// How far apart the rows are.
    pub(crate) every: Period,
}

/// One hosted zone.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ZoneDescription {
    /// Its domain name.
    pub(crate) zone: String,
    /// Its id (`Z...`); drawn if absent.
    pub(crate) id: Option<String>,
    /// Whether only a VPC's resolver answers from it.
    #[serde(default)]
    pub(crate) private: bool,
    #[serde(default)]
    pub(crate) records: Vec<RecordDescription>,
}

/// One record set with one value.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RecordDescription {
    pub(crate) name: String,
    /// `CNAME`, `A`, `TXT`, ...
    pub(crate) r#type: String,
    /// Whole seconds.
    pub(crate) ttl: Period,
    /// Its value; of a CNAME or A also the name of an instance of this world, whose endpoint is meant.
    pub(crate) to: InstanceName,
}

/// One DB subnet group.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SubnetGroupDescription {
    pub(crate) name: String,
    pub(crate) region: String,
}

/// One VPC security group.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SecurityGroupDescription {
    pub(crate) id: String,
    pub(crate) region: String,
}

/// A distribution of durations: log-normal, by its median and its 90th percentile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Spread {
    pub(crate) p50: Period,
    pub(crate) p90: Period,
}

/// How many times faster than stated things happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Speed(NonZeroU32);

impl Default for Speed {
    fn default() -> Self {
        Self(NonZeroU32::MIN)
    }
}

impl FromStr for Speed {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Speed {
    pub(crate) fn get(self) -> u32 {
        self.0.get()
    }

    /// Never less than a millisecond: what happens takes time.
    pub(crate) fn hasten(self, duration: Duration) -> Duration {
        if duration.is_zero() || self == Self::default() {
            duration
        } else {
            (duration / self.get()).max(Duration::from_millis(1))
        }
    }
}

/// Something that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
pub(crate) enum DurationKind {
    /// From the call that restores to the end of `creating`.
    #[serde(rename = "rds.restore")]
    Restore,
    /// The time in `backing-up` of an instance that was restored with backups.
    #[serde(rename = "rds.backup")]
    Backup,
    /// The time in `deleting`.
    #[serde(rename = "rds.delete")]
    Delete,
    /// How far a replicated backup lags behind its source's.
    #[serde(rename = "rds.replication")]
    Replication,
    /// From a change of a zone to INSYNC.
    #[serde(rename = "route53.insync")]
    Insync,
}

impl DurationKind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Restore, Self::Backup, Self::Delete, Self::Replication, Self::Insync];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Restore => "rds.restore",
            Self::Backup => "rds.backup",
            Self::Delete => "rds.delete",
            Self::Replication => "rds.replication",
            Self::Insync => "route53.insync",
        }
    }

    /// The lab's own assumption: the order of magnitude that domain.md reports, no measurement.
    fn assumed(self) -> (Duration, Duration) {
        let (p50, p90) = match self {
            Self::Restore => (18 * 60, 30 * 60),
            Self::Backup => (4 * 60, 10 * 60),
            Self::Delete => (3 * 60, 6 * 60),
            Self::Replication => (5 * 60, 12 * 60),
            Self::Insync => (25, 55),
        };
        (Duration::from_secs(p50), Duration::from_secs(p90))
    }
}

impl WorldDescription {
    /// A world in which nothing is yet.
    pub(crate) fn empty(now: Instant, account: &str) -> Self {
        Self {
            now,
            account: account.to_owned(),
            rds: Vec::new(),
            route53: Vec::new(),
            subnet_groups: Vec::new(),
            security_groups: Vec::new(),
            resolvers: Vec::new(),
            s3: Vec::new(),
            commands: BTreeMap::new(),
            durations: BTreeMap::new(),
            speed: Speed::default(),
        }
    }

    /// The duration of one thing of this kind; `of` tells it from others.
    pub(crate) fn draw(&self, seed: Seed, kind: DurationKind, of: &[&str]) -> Duration {
        let mut purpose = vec!["lab", kind.as_str()];
        purpose.extend(of);
        let assumed = kind.assumed();
        let (p50, p90) =
            self.durations.get(&kind).map_or(assumed, |spread| (spread.p50.get(), spread.p90.get()));
        let drawn = seed.draw(&purpose).duration(p50, p90);
        // How far a backup lags is the age of data, not a time that anybody waits for.
        if kind == DurationKind::Replication { drawn } else { self.speed.hasten(drawn) }
    }

    /// Where the durations come from, to stand beside every verdict.
    pub(crate) fn durations_source(&self) -> String {
        if self.durations.is_empty() {
            return "the lab's own assumption".to_owned();
        }
        let (stated, assumed): (Vec<DurationKind>, Vec<DurationKind>) =
            DurationKind::ALL.into_iter().partition(|kind| self.durations.contains_key(kind));
        let list =
            |kinds: &[DurationKind]| kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
        if assumed.is_empty() {
            "the scenario".to_owned()
        } else {
            format!("the scenario ({}); the lab's own assumption ({})", list(&stated), list(&assumed))
        }
    }

    pub(crate) fn resolver_names(&self) -> Vec<String> {
        if self.resolvers.is_empty() {
            vec!["resolver-a".to_owned(), "resolver-b".to_owned()]
        } else {
            self.resolvers.clone()
        }
    }
}

fn default_engine() -> String {
    "postgres".to_owned()
}

fn default_class() -> String {
    "db.t4g.medium".to_owned()
}
