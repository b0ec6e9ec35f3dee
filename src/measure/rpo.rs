//! How much was lost.
//!
//! Data measures; a service only claims. The two stand side by side and are never mixed: a claim
//! alone meets nothing. Only what was asked of a database that this run restored counts: through a name
//! that clients use, another one may have answered. A run that recovers several databases has lost what the worst one lost.

use super::document::{Method, Rpo};
use super::facts::{Facts, host, seconds};
use crate::base::{Instant, Period, StepPath, Verdict};
use crate::event::{Event, Evidence};
use chrono::TimeDelta;
use std::collections::BTreeMap;

type Newest<'a> = BTreeMap<&'a StepPath, (Option<Instant>, Option<Period>)>;

pub(super) fn rpo(facts: &Facts<'_>, t0: Option<Instant>) -> Rpo {
    let objective = facts.opening.outline.objectives.rpo;
    let newest: Newest<'_> = facts.last_of_each_step(|evidence| match evidence {
        Evidence::NewestData { at, granularity } => Some((*at, *granularity)),
        _ => None,
    });
    let claimed = t0.and_then(|t0| claimed(facts, t0));
    let worst = worst(facts, &newest, t0);
    let (loss, reason) = match worst {
        Ok((at, granularity)) => (t0.map(|t0| (t0 - at, at, granularity)), None),
        Err(why) => (None, Some(why)),
    };
    let method = match (newest.is_empty(), claimed) {
        (false, _) => Some(Method::Data),
        (true, Some(_)) => Some(Method::Api),
        (true, None) => None,
    };
    Rpo {
        set: objective.is_some(),
        objective_s: objective.map(|objective| objective.get().as_secs_f64()),
        achieved_s: loss.map(|(loss, ..)| seconds(loss)),
        uncertainty_s: loss.and_then(|(.., granularity)| uncertainty(facts, granularity)),
        method,
        claimed_s: claimed.map(seconds),
        newest_data_at: loss.map(|(_, at, _)| at),
        verdict: objective.map_or(Verdict::NotMeasured, |objective| {
            Verdict::judge(objective, loss.and_then(|(loss, ..)| loss.to_std().ok()))
        }),
        reason,
    }
}

/// The oldest of the newest rows. Where one database gave none, the worst loss is not known.
fn worst(
    facts: &Facts<'_>,
    newest: &Newest<'_>,
    t0: Option<Instant>,
) -> Result<(Instant, Option<Period>), String> {
    let t0 = t0.ok_or("nobody has said when the disruption was (T0)")?;
    if newest.is_empty() {
        return Err("no step looked for the newest recovered data".to_owned());
    }
    let mut worst: Option<(Instant, Option<Period>)> = None;
    for (at, granularity) in of_what_was_restored(facts, newest)? {
        let at = at.ok_or("the recovered data holds no row to measure by")?;
        if at > t0 {
            return Err("the newest recovered data is younger than T0: the source lived on".to_owned());
        }
        if worst.is_none_or(|(oldest, _)| at < oldest) {
            worst = Some((at, granularity));
        }
    }
    worst.ok_or_else(|| "this run restored nothing to measure by".to_owned())
}

/// A newest row, and how far apart rows are.
type Row = (Option<Instant>, Option<Period>);

/// The newest rows that count, at least one of every database that this run restored.
fn of_what_was_restored(facts: &Facts<'_>, newest: &Newest<'_>) -> Result<Vec<Row>, String> {
    let restored = facts.last_of_each_step(|evidence| match evidence {
        Evidence::Restored { target, endpoint, .. } => Some((target, endpoint.as_deref().map(host))),
        _ => None,
    });
    let mut measured: Vec<String> = Vec::new();
    let mut counted = Vec::new();
    for (step, row) in newest {
        let Some(asked) = facts.asked_of(step) else {
            return Err(format!("what `{step}` asked for the newest data is not known"));
        };
        let name = host(asked);
        if !restored.values().any(|(_, endpoint)| endpoint.as_ref() == Some(&name)) {
            return Err(format!(
                "the newest data was asked of `{asked}`, which this run did not restore (step `{step}`)"
            ));
        }
        measured.push(name);
        counted.push(*row);
    }
    let is_measured =
        |endpoint: &Option<String>| endpoint.as_ref().is_some_and(|name| measured.contains(name));
    match restored.values().find(|(_, endpoint)| !is_measured(endpoint)) {
        Some((target, _)) => {
            Err(format!("no step looked for the newest data of `{target}`, which this run restored"))
        }
        None => Ok(counted),
    }
}

/// What was restored claims for itself; where nothing was, what was found to restore from does.
fn claimed(facts: &Facts<'_>, t0: Instant) -> Option<TimeDelta> {
    let points = facts.last_of_each_step(|evidence| match evidence {
        Evidence::RecoveryPoint { claimed, .. } => Some(*claimed),
        _ => None,
    });
    let restored = facts.last_of_each_step(|evidence| match evidence {
        Evidence::Restored { .. } => Some(()),
        _ => None,
    });
    let of_restored =
        points.iter().filter(|(step, _)| restored.contains_key(*step)).map(|(_, claimed)| *claimed).min();
    let oldest = of_restored.or_else(|| points.values().min().copied())?;
    // A point after T0 says nothing about what T0 lost.
    (oldest <= t0).then(|| t0 - oldest)
}

/// How far apart rows are written, and how far apart the clocks are.
fn uncertainty(facts: &Facts<'_>, granularity: Option<Period>) -> Option<f64> {
    let offset = facts.entries.iter().filter_map(|entry| match &entry.event {
        Event::AccountConfirmed { clock_offset_ms, .. } => clock_offset_ms.map(i64::unsigned_abs),
        _ => None,
    });
    let offset = std::time::Duration::from_millis(offset.max().unwrap_or(0));
    TimeDelta::from_std(granularity?.get() + offset).ok().map(seconds)
}
