//! What the entries say, gathered once: everything else in this module reads from here.

use crate::base::{Failure, Instant, Mark, Mode, Period, StepPath};
use crate::event::{ClockSource, Entry, Event, Evidence, Illegal, Opening, OutlineStep, Phase, RunState};
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) from: Instant,
    pub(super) to: Instant,
}

impl Interval {
    pub(super) fn length(self) -> TimeDelta {
        (self.to - self.from).max(TimeDelta::zero())
    }

    pub(super) fn within(self, window: Self) -> Option<Self> {
        let cut = Self { from: self.from.max(window.from), to: self.to.min(window.to) };
        (cut.from < cut.to).then_some(cut)
    }
}

/// How a step ended, before anything was undone.
#[derive(Debug, Clone)]
pub(super) enum End {
    Succeeded { uncertainty: Period },
    Failed(Failure),
    Skipped,
}

#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) entries: &'a [Entry],
    pub(super) state: RunState,
    pub(super) opening: &'a Opening,
    pub(super) started_at: Instant,
    pub(super) last_at: Instant,
    /// T0, T1 and T2 as they were stated: a later statement wins, silence takes nothing back.
    pub(super) incident_at: Option<Instant>,
    pub(super) detected_at: Option<Instant>,
    pub(super) declared_at: Option<Instant>,
    pub(super) source: Option<ClockSource>,
    pub(super) ends: BTreeMap<StepPath, (Instant, End)>,
    pub(super) evidence: Vec<(Instant, &'a StepPath, &'a Evidence)>,
    pub(super) waits: Vec<(&'a StepPath, Interval)>,
}

impl<'a> Facts<'a> {
    pub(super) fn gather(entries: &'a [Entry]) -> Result<Self, Illegal> {
        let state = RunState::fold(entries)?;
        let first = entries.first().ok_or(Illegal::NotOpened { seq: 0 })?;
        let Event::RunOpened { opening } = &first.event else {
            return Err(Illegal::NotOpened { seq: first.seq });
        };
        let last_at = entries.iter().map(|entry| entry.at).max().unwrap_or(first.at);
        let mut facts = Self {
            entries,
            state,
            opening,
            started_at: first.at,
            last_at,
            incident_at: None,
            detected_at: None,
            declared_at: None,
            source: None,
            ends: BTreeMap::new(),
            evidence: Vec::new(),
            waits: Vec::new(),
        };
        for entry in entries {
            facts.note(entry);
        }
        facts.close_waits();
        Ok(facts)
    }

    fn note(&mut self, entry: &'a Entry) {
        let at = entry.at;
        match &entry.event {
            Event::ClockSet { incident_at, detected_at, declared_at, source } => {
                if incident_at.is_some() || self.incident_at.is_none() {
                    self.source = Some(*source);
                }
                self.incident_at = incident_at.or(self.incident_at);
                self.detected_at = detected_at.or(self.detected_at);
                self.declared_at = declared_at.or(self.declared_at);
            }
            // What an undo observes is no part of the recovery.
            Event::Observed { step, evidence } if entry.phase == Phase::Forward => {
                self.evidence.push((at, step, evidence));
            }
            Event::StepSucceeded { step, uncertainty, .. } => {
                self.ends.insert(step.clone(), (at, End::Succeeded { uncertainty: *uncertainty }));
            }
            Event::StepFailed { step, failure } => {
                self.ends.insert(step.clone(), (at, End::Failed(failure.clone())));
            }
            Event::StepSkipped { step, .. } => {
                self.ends.insert(step.clone(), (at, End::Skipped));
            }
            Event::ApprovalAsked { step, .. } => {
                self.waits.push((step, Interval { from: at, to: Instant::MAX_UTC }));
            }
            Event::ApprovalAnswered { step, .. } => self.stop_waiting(step, at),
            _ => {}
        }
    }

    fn stop_waiting(&mut self, step: &StepPath, at: Instant) {
        let open = self
            .waits
            .iter_mut()
            .rev()
            .find(|(waiting, wait)| *waiting == step && wait.to == Instant::MAX_UTC);
        if let Some((_, wait)) = open {
            wait.to = at;
        }
    }

    /// A question that nobody answered was waited on until its step ended.
    fn close_waits(&mut self) {
        for (step, wait) in &mut self.waits {
            if wait.to == Instant::MAX_UTC {
                wait.to = self.ends.get(*step).map_or(self.last_at, |(at, _)| *at);
            }
        }
    }

    pub(super) fn outline(&self) -> &'a [OutlineStep] {
        &self.opening.outline.steps
    }

    /// Nobody said when the disruption was.
    pub(super) fn t0_is_assumed(&self) -> bool {
        !matches!(self.source, Some(ClockSource::Scenario | ClockSource::Operator))
            || self.incident_at.is_none()
    }

    /// T0: as stated, else a drill's start. An incident without one leaves it open.
    pub(super) fn t0(&self) -> Option<Instant> {
        match (self.t0_is_assumed(), self.opening.mode) {
            (false, _) => self.incident_at,
            (true, Mode::Drill) => Some(self.incident_at.unwrap_or(self.started_at)),
            (true, Mode::Incident) => None,
        }
    }

    pub(super) fn success(&self, step: &StepPath) -> Option<(Instant, Period)> {
        match self.ends.get(step)? {
            (at, End::Succeeded { uncertainty }) => Some((*at, *uncertainty)),
            _ => None,
        }
    }

    pub(super) fn is_skipped(&self, step: &StepPath) -> bool {
        matches!(self.ends.get(step), Some((_, End::Skipped)))
    }

    /// When the last of a mark's bearers succeeded, and which it is. One that was skipped bears nothing;
    /// one that did not succeed leaves the mark unreached.
    pub(super) fn reached(&self, mark: Mark) -> Option<(&'a OutlineStep, Instant, Period)> {
        let bearers = self.outline().iter().filter(|step| step.mark == Some(mark));
        let mut latest: Option<(&OutlineStep, Instant, Period)> = None;
        for step in bearers.filter(|step| !self.is_skipped(&step.path)) {
            let (at, uncertainty) = self.success(&step.path)?;
            if latest.is_none_or(|(_, latest_at, _)| at >= latest_at) {
                latest = Some((step, at, uncertainty));
            }
        }
        latest
    }

    pub(super) fn bears(&self, mark: Mark) -> bool {
        self.outline().iter().any(|step| step.mark == Some(mark))
    }

    /// The endpoint that a step was last given.
    pub(super) fn asked_of(&self, step: &StepPath) -> Option<&'a str> {
        self.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::StepStarted { step: started, inputs, .. } if started == step => {
                Some(inputs.get("endpoint").and_then(serde_json::Value::as_str))
            }
            _ => None,
        })?
    }

    /// The last that each step observed of what `pick` picks: an earlier try is no evidence.
    pub(super) fn last_of_each_step<T>(
        &self,
        pick: impl Fn(&'a Evidence) -> Option<T>,
    ) -> BTreeMap<&'a StepPath, T> {
        self.evidence.iter().filter_map(|(_, step, evidence)| Some((*step, pick(evidence)?))).collect()
    }
}

/// The name of an endpoint, in the form in which two of them compare.
pub(super) fn host(endpoint: &str) -> String {
    endpoint.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase()
}

/// Seconds, to the millisecond.
pub(super) fn seconds(length: TimeDelta) -> f64 {
    let sign = if length < TimeDelta::zero() { -1.0 } else { 1.0 };
    sign * round(length.abs().to_std().unwrap_or_default().as_secs_f64(), 1000.0)
}

/// To the nearest `1 / parts`.
pub(super) fn round(number: f64, parts: f64) -> f64 {
    (number * parts).round() / parts
}
