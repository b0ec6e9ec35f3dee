//! How long the recovery took.
//!
//! Gross and net stand side by side; the gross figure is judged. A drill that nobody told its T0
//! judges the execution alone, and says so.

use super::course::{Caches, Course};
use super::document::{Basis, Rto};
use super::facts::{Facts, Interval, seconds};
use crate::base::{Instant, StepPath, Verdict};
use chrono::TimeDelta;

/// When the recovery was over, or why that is not known.
pub(super) fn end_of_recovery(course: &Course<'_>) -> Result<Instant, &'static str> {
    let t8 = course.timeline.t8.ok_or("no step marked `recovered` succeeded")?;
    match course.caches {
        Caches::NoRecordChanged => Ok(t8),
        Caches::Until(t7) => Ok(t8.max(t7)),
        Caches::Unknown(why) => Err(why),
    }
}

pub(super) fn rto(facts: &Facts<'_>, course: &Course<'_>, critical: &[&StepPath]) -> Rto {
    let objective = facts.opening.outline.objectives.rto;
    let basis = if facts.t0_is_assumed() && facts.t0().is_some() { Basis::Execution } else { Basis::Service };
    let end = end_of_recovery(course);
    let gross = |from: Option<Instant>| Some((*end.as_ref().ok()? - from?).max(TimeDelta::zero()));
    let net = |from: Option<Instant>| {
        let window = Interval { from: from?, to: *end.as_ref().ok()? };
        Some((window.length() - waiting(facts, critical, window)).max(TimeDelta::zero()))
    };
    let (t0, t3) = (course.timeline.t0, course.timeline.t3);
    let stated_t0 = t0.filter(|_| basis == Basis::Service);
    let from = if basis == Basis::Service { t0 } else { t3 };
    let achieved = gross(from);
    let backwards = matches!((t0, end), (Some(t0), Ok(end)) if end < t0);
    let measured = achieved.filter(|_| !backwards);
    let reason = match (end, measured) {
        (Err(why), _) => Some(why.to_owned()),
        (Ok(_), None) if backwards => Some("T0 lies after the recovery".to_owned()),
        (Ok(_), None) => Some("nobody has said when the disruption was (T0)".to_owned()),
        (Ok(_), Some(_)) => None,
    };
    let whole = |length: Option<TimeDelta>| length.filter(|_| !backwards).map(seconds);
    Rto {
        set: objective.is_some(),
        objective_s: objective.map(|objective| objective.get().as_secs_f64()),
        achieved_s: measured.map(seconds),
        basis,
        execution_s: gross(t3).map(seconds),
        net_service_s: whole(net(stated_t0)),
        net_execution_s: net(t3).map(seconds),
        waiting_s: measured.and_then(|_| {
            Some(seconds(waiting(facts, critical, Interval { from: from?, to: *end.as_ref().ok()? })))
        }),
        uncertainty_s: measured.and_then(|_| uncertainty(course)),
        verdict: objective.map_or(Verdict::NotMeasured, |objective| {
            Verdict::judge(objective, measured.and_then(|measured| measured.to_std().ok()))
        }),
        reason,
    }
}

/// The uncertainty of the instant that ended the recovery: T8, or T6 where T7 lies later.
fn uncertainty(course: &Course<'_>) -> Option<f64> {
    let ended_by_caches = course.timeline.t7 > course.timeline.t8;
    let reached = if ended_by_caches { course.switched } else { course.recovered }?;
    TimeDelta::from_std(reached.uncertainty.get()).ok().map(seconds)
}

/// How long the critical path waited for people within a window. Two people at once count once.
pub(super) fn waiting(facts: &Facts<'_>, critical: &[&StepPath], window: Interval) -> TimeDelta {
    let mut waits: Vec<Interval> = facts
        .waits
        .iter()
        .filter(|(step, _)| critical.contains(step))
        .filter_map(|(_, wait)| wait.within(window))
        .collect();
    waits.sort_by_key(|wait| wait.from);
    let mut total = TimeDelta::zero();
    let mut counted_to = window.from;
    for wait in waits {
        let from = wait.from.max(counted_to);
        total += (wait.to - from).max(TimeDelta::zero());
        counted_to = counted_to.max(wait.to);
    }
    total
}
