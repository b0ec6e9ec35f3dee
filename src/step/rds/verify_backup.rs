//! `rds.verify-backup`: is there something to restore from, and is it good enough?

use super::source::{DESCRIBE_BACKUPS, DESCRIBE_INSTANCES, Source};
use crate::base::{Action, Effect, Failure, FailureKind, Instant, Mode, Period, rfc3339};
use crate::step::{Context, Step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Checks that `source` can be restored in this place: from the instance itself, or from its
/// replicated automated backup when the instance is elsewhere or gone.
///
/// Fails when a stated requirement is contradicted. A field that the service does not report is shown
/// as *not reported*, and fails nothing. In an incident a stale backup is a deviation, not a failure:
/// the restorable time freezes when its source dies.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct VerifyBackup {
    /// The identifier of the instance whose backup is meant.
    source: String,
    /// The newest restorable time may lie at most this long before T0.
    max_age: Option<Period>,
    /// Backups must be kept for at least this many days.
    min_retention_days: Option<i32>,
    /// `true`: the backup must be encrypted.
    encrypted: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VerifiedBackup {
    /// The instance's or the automated backup's ARN.
    arn: Option<String>,
    /// The earliest time that can be restored.
    restorable_from: Option<Instant>,
    /// The latest time that can be restored, when it was read.
    restorable_to: Option<Instant>,
    /// The age of the latest restorable time at T0, in seconds.
    age_s: Option<f64>,
    /// The engine: `postgres`, `mysql`, ...
    engine: Option<String>,
}

impl Step for VerifyBackup {
    const NAME: &'static str = "rds.verify-backup";
    const EFFECT: Effect = Effect::Observe;
    const ACTIONS: &'static [Action] = &[DESCRIBE_INSTANCES, DESCRIBE_BACKUPS];
    type Output = VerifiedBackup;

    async fn run(&self, cx: &Context) -> Result<VerifiedBackup, Failure> {
        let source = Source::resolve(cx, &self.source).await?;
        cx.observed(source.evidence()).await?;
        let age = source.restorable_to.map(|to| (cx.disrupted_at() - to).to_std().unwrap_or_default());
        let Judgement { mut contradicted, mut deviations } = self.judge(&source, age);
        if let Some(stale) = self.staleness(&source, age) {
            match cx.run.mode {
                Mode::Drill => contradicted.push(stale),
                Mode::Incident => deviations.push(stale),
            }
        }
        for deviation in deviations {
            cx.deviated(deviation).await?;
        }
        source.is_backed_up()?;
        if !contradicted.is_empty() {
            return Err(Failure::new(FailureKind::Contradicted, contradicted.join("; ")));
        }
        Ok(VerifiedBackup {
            arn: source.arn,
            restorable_from: source.restorable_from,
            restorable_to: source.restorable_to,
            age_s: age.map(|age| age.as_secs_f64()),
            engine: source.engine,
        })
    }
}

/// How the backup stands against what the runbook requires.
#[derive(Debug, Default, PartialEq, Eq)]
struct Judgement {
    contradicted: Vec<String>,
    deviations: Vec<String>,
}

impl VerifyBackup {
    fn judge(&self, source: &Source, age: Option<Duration>) -> Judgement {
        let mut judgement = Judgement::default();
        let mut unreported = |what: &str| {
            judgement.deviations.push(format!("{what} of `{}` is not reported", source.identifier));
        };
        if self.max_age.is_some() && age.is_none() {
            unreported("the latest restorable time");
        }
        match (self.min_retention_days, source.retention_days) {
            (Some(_), None) => unreported("the retention"),
            (Some(wanted), Some(days)) if days < wanted => judgement
                .contradicted
                .push(format!("backups are kept for {days} days, and the runbook requires {wanted}")),
            _ => {}
        }
        match (self.encrypted, source.encrypted) {
            (Some(true), None) => judgement
                .deviations
                .push(format!("the encryption of `{}` is not reported", source.identifier)),
            (Some(true), Some(false)) => judgement
                .contradicted
                .push("the backup is not encrypted, and the runbook requires it".to_owned()),
            _ => {}
        }
        judgement
    }

    fn staleness(&self, source: &Source, age: Option<Duration>) -> Option<String> {
        let (limit, age) = (self.max_age?, age?);
        let to = source.restorable_to?;
        (age > limit.get()).then(|| {
            format!(
                "the latest restorable time, {}, is {} older than T0, and the runbook allows {limit}",
                rfc3339(to),
                Period::new(age)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Origin;
    use super::*;

    fn source() -> Source {
        Source {
            identifier: "orders".to_owned(),
            origin: Origin::Instance,
            arn: None,
            resource_id: None,
            engine: None,
            restorable_from: None,
            restorable_to: None,
            retention_days: None,
            encrypted: None,
            kms_key: None,
            storage_gib: None,
            protected: None,
            tags: Vec::new(),
        }
    }

    fn step(max_age_s: u64) -> VerifyBackup {
        VerifyBackup {
            source: "orders".to_owned(),
            max_age: Some(Period::new(Duration::from_secs(max_age_s))),
            min_retention_days: Some(7),
            encrypted: Some(true),
        }
    }

    #[test]
    fn what_the_service_does_not_report_contradicts_nothing() {
        let judgement = step(60).judge(&source(), None);
        assert_eq!(judgement.contradicted, Vec::<String>::new());
        assert_eq!(judgement.deviations.len(), 3);
    }

    #[test]
    fn every_contradicted_requirement_is_told_with_its_figures() {
        let source = Source { retention_days: Some(3), encrypted: Some(false), ..source() };
        let judgement = step(60).judge(&source, Some(Duration::ZERO));
        assert_eq!(judgement.contradicted.len(), 2);
        assert!(judgement.contradicted[0].contains("3 days") && judgement.contradicted[0].contains('7'));
    }

    #[test]
    fn a_backup_is_stale_by_its_age_at_the_disruption() {
        let source = Source { restorable_to: Some(Instant::UNIX_EPOCH), ..source() };
        let stale = |age| step(60).staleness(&source, Some(Duration::from_secs(age)));
        assert_eq!(stale(60), None);
        assert!(stale(61).is_some_and(|stale| stale.contains("1m1s") && stale.contains("1m")));
    }
}
