//! `rds.restore-to-point-in-time`: a new instance with the data of an earlier instant.

use super::copy::{self, CopyMemory, DELETE, Order, RESTORE, Stage, Usable};
use super::source::{DESCRIBE_BACKUPS, DESCRIBE_INSTANCES, Source};
use crate::base::{Action, Effect, Failure, FailureKind, Instant, Mark, Mode, rfc3339};
use crate::event::Evidence;
use crate::step::{Context, Reversal, Step, Touch};
use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Restores `source` into the new instance `target`, and waits until it can be used.
///
/// The source is an instance in this place, else the one replicated automated backup of that
/// identifier. A drill restores without public access, without backups of its own and without the
/// source's tags; an incident keeps the source's tags, retention and protection.
///
/// RDS gives the new instance defaults for what a restore does not carry over: name the subnet
/// group, the security groups and the parameter group that it needs.
///
/// `latest` in an incident is the service's own latest. In a drill it is one second before the latest
/// restorable time as it was read, because the source lives on; if that lies after a stated T0, the
/// run says so.
///
/// The copy carries the tags `lifeboat:run`, `lifeboat:runbook`, `lifeboat:mode` and
/// `lifeboat:source`, by which a later attempt adopts it and the cleanup knows it. For tags given
/// with a restore IAM also asks for `rds:AddTagsToResource`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RestoreToPointInTime {
    /// The identifier of the instance to bring back.
    source: String,
    /// The identifier of the new instance. Derive it from `${{ run.name }}`, which is unique to the run.
    target: String,
    /// `latest`, or the time (UTC) whose data is wanted.
    #[serde(default)]
    to: RestoreTo,
    /// The DB subnet group of the new instance.
    subnet_group: Option<String>,
    /// The VPC security groups of the new instance.
    #[serde(default)]
    security_groups: Vec<String>,
    /// The DB parameter group of the new instance.
    parameter_group: Option<String>,
    /// The instance class, if not the source's.
    instance_class: Option<String>,
    /// Whether the new instance has a standby in another zone.
    #[serde(default)]
    multi_az: bool,
}

/// `latest` or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum RestoreTo {
    #[default]
    Latest,
    At(Instant),
}

impl TryFrom<String> for RestoreTo {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        match chrono::DateTime::parse_from_rfc3339(&text) {
            Ok(instant) => Ok(Self::At(instant.to_utc())),
            Err(_) => Err(format!("`{text}` is neither `latest` nor a time such as 2026-11-23T09:10:00Z")),
        }
    }
}

impl JsonSchema for RestoreTo {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RestoreTo".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "anyOf": [{ "const": "latest" }, { "format": "date-time" }],
        })
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "runbooks read the outputs by these names")]
pub(crate) struct Restored {
    /// The new instance's identifier.
    target: String,
    /// The new instance's immutable id.
    resource_id: String,
    /// The new instance's ARN.
    arn: Option<String>,
    /// The host name that clients connect to.
    endpoint: String,
    /// The port that clients connect to.
    port: i32,
    /// The instant whose data was asked for.
    restored_to: Option<Instant>,
}

impl Step for RestoreToPointInTime {
    const NAME: &'static str = "rds.restore-to-point-in-time";
    const EFFECT: Effect = Effect::Change;
    const ACTIONS: &'static [Action] = &[DESCRIBE_INSTANCES, DESCRIBE_BACKUPS, RESTORE, DELETE];
    const REVERSAL: Reversal = Reversal::Cleanup;
    const TOUCH: Touch = Touch::Creates("target");
    const TIMEOUT: Duration = Duration::from_hours(2);
    const USUAL_MARKS: &'static [Mark] = &[];
    type Output = Restored;

    fn validate(&self) -> Result<(), String> {
        if is_identifier(&self.target) {
            return Ok(());
        }
        Err(format!(
            "`{}` is no identifier of an instance: 1 to 63 letters, digits and single hyphens, a letter first, \
             no hyphen last",
            self.target
        ))
    }

    async fn run(&self, cx: &Context) -> Result<Restored, Failure> {
        let order = self.order();
        let copy = match order.adopt(cx, cx.remembered()?).await? {
            Some(copy) => copy,
            None => Box::pin(self.create(cx, &order)).await?,
        };
        let Stage::Made { resource_id } = copy.stage else {
            return Err(Failure::new(FailureKind::Invalid, "what was restored has no id"));
        };
        let Usable { endpoint, port, arn, status } = order.usable(cx, &resource_id).await?;
        let target = self.target.clone();
        cx.observed(Evidence::Restored {
            target: target.clone(),
            resource_id: Some(resource_id.clone()),
            endpoint: Some(endpoint.clone()),
            status,
        })
        .await?;
        Ok(Restored { target, resource_id, arn, endpoint, port, restored_to: copy.restored_to })
    }

    async fn cleanup(&self, cx: &Context, memory: Option<Value>) -> Result<(), Failure> {
        let Some(memory) = memory else { return Ok(()) };
        let memory: CopyMemory = Context::recall(memory)?;
        Order { target: &memory.target, source: &self.source }.remove(cx, &memory).await
    }
}

/// Which instant is asked for, and what the service then claims to bring back.
struct Point {
    /// `None`: the service's own latest, whatever it is when it is asked.
    asked: Option<Instant>,
    claimed: Option<Instant>,
    basis: &'static str,
}

impl RestoreToPointInTime {
    fn order(&self) -> Order<'_> {
        Order { target: &self.target, source: &self.source }
    }

    async fn create(&self, cx: &Context, order: &Order<'_>) -> Result<CopyMemory, Failure> {
        let source = Source::resolve(cx, &self.source).await?;
        source.is_backed_up()?;
        let point = self.point(cx, &source).await?;
        if let Some(claimed) = point.claimed {
            let basis = format!("{} of the {} `{}`", point.basis, source.described(), source.identifier);
            cx.observed(Evidence::RecoveryPoint { claimed, basis }).await?;
        }
        self.warn(cx, &source).await?;
        let memory = CopyMemory {
            target: self.target.clone(),
            source_arn: source.arn.clone(),
            restored_to: point.claimed,
            stage: Stage::Asked,
        };
        let request = copy::request(cx, &source, point.asked)
            .target_db_instance_identifier(&self.target)
            .set_db_subnet_group_name(self.subnet_group.clone())
            .set_vpc_security_group_ids(Some(self.security_groups.clone()).filter(|ids| !ids.is_empty()))
            .set_db_parameter_group_name(self.parameter_group.clone())
            .set_db_instance_class(self.instance_class.clone())
            .multi_az(self.multi_az);
        order.create(cx, request, memory).await
    }

    async fn point(&self, cx: &Context, source: &Source) -> Result<Point, Failure> {
        match (self.to, cx.run.mode, source.restorable_to) {
            (RestoreTo::At(wanted), _, _) => {
                source.admits(wanted)?;
                Ok(Point { asked: Some(wanted), claimed: Some(wanted), basis: "the restore time asked for" })
            }
            (RestoreTo::Latest, Mode::Incident, claimed) => {
                Ok(Point { asked: None, claimed, basis: "the latest restorable time" })
            }
            (RestoreTo::Latest, Mode::Drill, Some(latest)) => {
                // RDS takes a time before its latest, and the source of a drill goes on writing.
                let wanted = latest - TimeDelta::seconds(1);
                if let Some(lost) = cx.run.incident_at.filter(|lost| *lost < wanted) {
                    cx.deviated(format!(
                        "it restores to {}, after T0 ({}): the source lives on in a drill, so the newest data \
                         says nothing of what would have been lost",
                        rfc3339(wanted),
                        rfc3339(lost)
                    ))
                    .await?;
                }
                Ok(Point {
                    asked: Some(wanted),
                    claimed: Some(wanted),
                    basis: "the latest restorable time, as it was read,",
                })
            }
            (RestoreTo::Latest, Mode::Drill, None) => {
                cx.deviated("the latest restorable time is not reported: the service chooses it").await?;
                Ok(Point { asked: None, claimed: None, basis: "" })
            }
        }
    }

    /// Says what an auditor should know of the copy.
    async fn warn(&self, cx: &Context, source: &Source) -> Result<(), Failure> {
        match cx.run.mode {
            Mode::Drill => {
                let missing: Vec<&str> = [
                    ("subnet-group", self.subnet_group.is_none()),
                    ("security-groups", self.security_groups.is_empty()),
                ]
                .into_iter()
                .filter_map(|(name, missing)| missing.then_some(name))
                .collect();
                if missing.is_empty() {
                    return Ok(());
                }
                cx.deviated(format!("without {} the copy gets the account's defaults", missing.join(" and ")))
                    .await
            }
            Mode::Incident if source.protected.is_none() => {
                cx.deviated(
                    "the source's deletion protection is not reported: the new instance has none until it is set",
                )
                .await
            }
            Mode::Incident => Ok(()),
        }
    }
}

/// 1 to 63 letters, digits and single hyphens, a letter first, no hyphen last.
fn is_identifier(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !text.ends_with('-')
        && !text.contains("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_must_be_what_rds_takes_for_an_identifier() {
        for good in ["lb-drill-7-orders", "a", "Orders1"] {
            assert!(is_identifier(good), "{good:?} was refused");
        }
        for bad in ["", "7orders", "a--b", "a-", "a_b", "a.b", &"a".repeat(64)] {
            assert!(!is_identifier(bad), "{bad:?} was taken");
        }
    }

    #[test]
    fn a_restore_time_is_latest_or_an_instant() {
        let read = |text: &str| RestoreTo::try_from(text.to_owned());
        assert_eq!(read("latest"), Ok(RestoreTo::Latest));
        assert!(matches!(read("2026-11-23T10:09:00+01:00"), Ok(RestoreTo::At(_))));
        assert!(read("yesterday").is_err());
    }
}
