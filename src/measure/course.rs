//! T0 to T8, as far as they were observed.
//!
//! A mark is the instant at which success was observed, so each is an upper bound. What nobody
//! observed stays open.

use super::change::{self, Change};
use super::document::Timeline;
use super::facts::{Facts, host};
use crate::base::{Instant, Mark, Mode, Period, StepPath};
use crate::event::{Evidence, OutlineStep, RecordSet};
use chrono::TimeDelta;
use std::{collections::BTreeMap, time::Duration};

/// The instants of a recovery, and what the figures need to know about them.
#[derive(Debug)]
pub(super) struct Course<'a> {
    pub(super) timeline: Timeline,
    pub(super) recovered: Option<Reached<'a>>,
    pub(super) switched: Option<Reached<'a>>,
    pub(super) caches: Caches,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Reached<'a> {
    pub(super) step: &'a OutlineStep,
    pub(super) at: Instant,
    /// How much earlier it may have been true.
    pub(super) uncertainty: Period,
}

/// Until when resolvers may hold the old answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caches {
    NoRecordChanged,
    Until(Instant),
    Unknown(&'static str),
}

impl<'a> Course<'a> {
    pub(super) fn of(facts: &Facts<'a>) -> Self {
        let reached =
            |mark| facts.reached(mark).map(|(step, at, uncertainty)| Reached { step, at, uncertainty });
        let switched = switched(facts, reached(Mark::DnsSwitched));
        let recovered = reached(Mark::Recovered);
        let caches = caches(facts, switched.map(|switched| switched.at));
        let at = |mark| reached(mark).map(|reached| reached.at);
        let timeline = Timeline {
            t0: facts.t0(),
            t1: facts.detected_at,
            t2: at(Mark::Declared).or(facts.declared_at).or(Some(facts.started_at)),
            t3: Some(facts.started_at),
            t4: if facts.bears(Mark::DataAcceptsQueries) {
                at(Mark::DataAcceptsQueries)
            } else {
                first_answer(facts)
            },
            t5: at(Mark::DataVerified),
            t6: switched.map(|switched| switched.at),
            t7: match caches {
                Caches::Until(at) => Some(at),
                Caches::NoRecordChanged | Caches::Unknown(_) => None,
            },
            t8: recovered.map(|recovered| recovered.at),
        };
        Self { timeline, recovered, switched, caches }
    }
}

/// The first answer of what this run restored. Through a name that does not show which instance
/// answered, an answer counts once something has been restored.
fn first_answer(facts: &Facts<'_>) -> Option<Instant> {
    let restored: Vec<(Instant, Option<String>)> = facts
        .evidence
        .iter()
        .filter_map(|(at, _, evidence)| match evidence {
            Evidence::Restored { endpoint, .. } => Some((*at, endpoint.as_deref().map(host))),
            _ => None,
        })
        .collect();
    let answers = || {
        facts.evidence.iter().filter_map(|(at, _, evidence)| match evidence {
            Evidence::AcceptsQueries { endpoint } => Some((*at, host(endpoint))),
            _ => None,
        })
    };
    let direct = answers()
        .find(|(_, answered)| restored.iter().any(|(_, endpoint)| endpoint.as_ref() == Some(answered)));
    let first_restored = restored.first().map(|(at, _)| *at);
    direct
        .or_else(|| answers().find(|(at, _)| first_restored.is_none_or(|restored| *at >= restored)))
        .map(|(at, _)| at)
}

fn switches<'a>(facts: &Facts<'a>) -> BTreeMap<&'a StepPath, Option<&'a RecordSet>> {
    facts.last_of_each_step(|evidence| match evidence {
        Evidence::RecordSwitched { before, .. } => Some(before.as_ref()),
        _ => None,
    })
}

/// When every name server knew, as the bearers of the mark saw it; a switch that succeeded later counts,
/// marked or not.
fn switched<'a>(facts: &Facts<'a>, marked: Option<Reached<'a>>) -> Option<Reached<'a>> {
    let last = last_switch(facts);
    if !facts.bears(Mark::DnsSwitched) {
        return last;
    }
    let marked = marked
        .map(|marked| Reached { at: authorities_at(facts, marked.step).unwrap_or(marked.at), ..marked })?;
    match last {
        Some(last) if last.at > marked.at => Some(last),
        _ => Some(marked),
    }
}

/// When a probe saw the last authority answer: resolvers, for which it may have waited longer, are not T6.
fn authorities_at(facts: &Facts<'_>, step: &OutlineStep) -> Option<Instant> {
    let text = facts.state.outputs.get(&step.path)?.get("authorities_at")?.as_str()?;
    text.parse().ok()
}

/// Without a step that is marked for it: a switch succeeds once the authorities know.
fn last_switch<'a>(facts: &Facts<'a>) -> Option<Reached<'a>> {
    let switches = switches(facts);
    let mut latest: Option<Reached<'a>> = None;
    for step in facts.outline().iter().filter(|step| switches.contains_key(&step.path)) {
        let (at, uncertainty) = facts.success(&step.path)?;
        if latest.is_none_or(|latest| at >= latest.at) {
            latest = Some(Reached { step, at, uncertainty });
        }
    }
    latest
}

fn caches(facts: &Facts<'_>, t6: Option<Instant>) -> Caches {
    let switches = switches(facts);
    if facts.outline().iter().any(|step| change::of_record(facts, &step.path) == Change::Unknown) {
        return Caches::Unknown("a change of a record was sent, and what became of it is not known");
    }
    if switches.is_empty() {
        return Caches::NoRecordChanged;
    }
    let Some(t6) = t6 else {
        return Caches::Unknown("a record was changed, and when every name server knew was not observed");
    };
    let stated = facts.last_of_each_step(|evidence| match evidence {
        Evidence::ProductionTtl { ttl, .. } => Some(*ttl),
        _ => None,
    });
    let ended = |step: &StepPath| facts.success(step).map(|(at, _)| at);
    let last = switches.keys().filter_map(|step| ended(step)).max();
    let mut until = t6;
    for (step, before) in switches {
        let ttl = match stated.get(step) {
            Some(ttl) => ttl.get(),
            None if changed_production(facts, step) => before.map_or(Duration::ZERO, |set| set.ttl.get()),
            None => return Caches::Unknown("the TTL that the production record had is not known"),
        };
        // Each record's own TTL counts from its own switch; T6 is that of the last.
        let known = ended(step).filter(|at| Some(*at) != last).unwrap_or(t6);
        let let_go = TimeDelta::from_std(ttl).ok().and_then(|ttl| known.checked_add_signed(ttl));
        let Some(let_go) = let_go else {
            return Caches::Unknown("resolvers may hold the old answer longer than a calendar reaches");
        };
        until = until.max(let_go);
    }
    Caches::Until(until)
}

/// Whether the record that a step changed was the one that clients use, not a drill's stand-in.
fn changed_production(facts: &Facts<'_>, step: &StepPath) -> bool {
    facts.opening.mode == Mode::Incident
        || facts.outline().iter().any(|outline| outline.path == *step && !outline.differs_in_drill)
}
