//! The fold from entries to the state of a run: the only way to know where a run stands.

use super::{Continuation, Entry, Event, Opening, Phase, Status, StepStatus, StopReason, status::Move};
use crate::base::{Failure, Instant, Mode, Outcome, PlaceId, Resource, StepPath};
use chrono::Datelike;
use serde_json::Value;
use std::collections::BTreeMap;

/// An entry that cannot follow those before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Illegal {
    #[error("entry {seq}: `{step}` cannot {change} while it is {from}")]
    Step { seq: u64, step: StepPath, change: String, from: String },
    #[error("entry {seq}: the journal does not begin with the opening of a run")]
    NotOpened { seq: u64 },
    #[error("entry {seq}: no step is called `{step}`")]
    UnknownStep { seq: u64, step: StepPath },
    #[error("entry {seq}: {what}")]
    Impossible { seq: u64, what: &'static str },
}

/// Where a run stands after some entries.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunState {
    pub(crate) opening: Option<Opening>,
    pub(crate) phase: Option<Phase>,
    pub(crate) started_at: Option<Instant>,
    pub(crate) ended_at: Option<Instant>,
    pub(crate) incident_at: Option<Instant>,
    pub(crate) detected_at: Option<Instant>,
    pub(crate) declared_at: Option<Instant>,
    /// Place to the account behind it, once STS has said so.
    pub(crate) accounts: BTreeMap<PlaceId, String>,
    pub(crate) steps: BTreeMap<StepPath, StepState>,
    /// What the steps that succeeded gave out.
    pub(crate) outputs: BTreeMap<StepPath, Value>,
    pub(crate) owned: BTreeMap<Resource, Owned>,
    /// To what end the run was last taken up again.
    pub(crate) continued: Option<Continuation>,
    /// Why no further step starts. The first reason stands.
    pub(crate) stopping: Option<StopReason>,
    pub(crate) interrupts: u32,
    pub(crate) refusals: u32,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) sealed: bool,
}

/// What is known of one step.
#[derive(Debug, Clone, Default)]
pub(crate) struct StepState {
    pub(crate) status: Status,
    pub(crate) attempts: u32,
    pub(crate) started_at: Option<Instant>,
    pub(crate) ended_at: Option<Instant>,
    pub(crate) outputs: Option<Value>,
    pub(crate) memory: Option<Value>,
    pub(crate) failure: Option<Failure>,
    pub(crate) skipped_because: Option<String>,
    pub(crate) cleanup: Cleanup,
    /// An interrupt left its undo or cleanup undone.
    pub(crate) abandoned: bool,
    /// What a process that is gone left to this one.
    pub(crate) left: LeftTo,
    /// A person has been asked, and has not answered yet.
    pub(crate) asked: bool,
}

/// What is to become of a step that an earlier process did not finish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LeftTo {
    #[default]
    Nobody,
    /// It is in flight, and nobody holds it.
    TakeUp,
    /// Its undo failed, and is to be tried once more.
    TryAgain,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Cleanup {
    #[default]
    Pending,
    Running,
    Done,
    Failed(Failure),
}

/// Something that the run made, or was about to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) step: StepPath,
    /// Known once the service has confirmed it.
    pub(crate) immutable_id: Option<String>,
    pub(crate) fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Standing,
    Removed,
    Kept,
}

impl RunState {
    /// The state after every entry.
    pub(crate) fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Self, Illegal> {
        let mut state = Self::default();
        for entry in entries {
            state.apply(entry)?;
        }
        Ok(state)
    }

    /// Moves on by one entry. On error the state is as it was.
    pub(crate) fn apply(&mut self, entry: &Entry) -> Result<(), Illegal> {
        let (seq, at) = (entry.seq, entry.at);
        self.check(entry)?;
        if let Event::RunOpened { opening } = &entry.event {
            self.started_at = Some(at);
            self.steps =
                opening.outline.steps.iter().map(|step| (step.path.clone(), StepState::default())).collect();
            self.opening = Some((**opening).clone());
        }
        if self.opening.is_none() {
            return Err(Illegal::NotOpened { seq });
        }
        if let Some(step) = entry.event.step() {
            let state =
                self.steps.get_mut(step).ok_or_else(|| Illegal::UnknownStep { seq, step: step.clone() })?;
            state.apply(seq, at, &entry.event)?;
        }
        self.phase = Some(entry.phase);
        self.sealed = matches!(entry.event, Event::Sealed { .. });
        self.apply_to_run(at, &entry.event);
        Ok(())
    }

    /// What cannot happen to a run that stands as this one does.
    fn check(&self, entry: &Entry) -> Result<(), Illegal> {
        let drill = self.opening.as_ref().is_some_and(|opening| opening.mode == Mode::Drill);
        let what = match &entry.event {
            Event::RunOpened { .. } if self.opening.is_some() => "a run is opened once",
            Event::RunEnded { .. } if self.outcome.is_some() => "a run ends once",
            Event::RunEnded { .. } if self.steps.values().any(StepState::is_in_flight) => {
                "a run does not end while a step is in flight"
            }
            Event::Removed { resource, .. } | Event::Kept { resource, .. }
                if !self.owned.contains_key(resource) =>
            {
                "what the run never made cannot be removed or kept"
            }
            Event::Kept { .. } if drill => "a drill keeps nothing",
            Event::ClockSet { incident_at, detected_at, declared_at, .. }
                if [incident_at, detected_at, declared_at]
                    .into_iter()
                    .flatten()
                    .any(|at| !(1970..=9999).contains(&at.year())) =>
            {
                "a date is one that no clock shows"
            }
            _ => return Ok(()),
        };
        Err(Illegal::Impossible { seq: entry.seq, what })
    }

    fn apply_to_run(&mut self, at: Instant, event: &Event) {
        match event {
            Event::ClockSet { incident_at, detected_at, declared_at, .. } => {
                (self.incident_at, self.detected_at, self.declared_at) =
                    (*incident_at, *detected_at, *declared_at);
            }
            Event::AccountConfirmed { place, account, .. } => {
                self.accounts.insert(place.clone(), account.clone());
            }
            Event::StepSucceeded { step, outputs, .. } => {
                self.outputs.insert(step.clone(), outputs.clone());
            }
            Event::Continued { how, .. } => self.go_on(*how),
            Event::Interrupted { count } => self.interrupts = *count,
            Event::Refused { .. } => self.refusals += 1,
            Event::Stopping { reason } if self.stopping.is_none() => self.stopping = Some(reason.clone()),
            Event::Creating { step, resource } => {
                let owned = Owned { step: step.clone(), immutable_id: None, fate: Fate::Standing };
                self.owned.entry(resource.clone()).or_insert(owned);
            }
            Event::Created { step, resource, immutable_id, .. } => {
                let immutable_id = Some(immutable_id.clone());
                self.owned.insert(
                    resource.clone(),
                    Owned { step: step.clone(), immutable_id, fate: Fate::Standing },
                );
            }
            Event::Removed { resource, .. } => self.decide_fate(resource, Fate::Removed),
            Event::Kept { resource, .. } => self.decide_fate(resource, Fate::Kept),
            // What is done in later chapters does not change how the run ended.
            Event::RunEnded { outcome } => {
                self.outcome.get_or_insert(*outcome);
                self.ended_at.get_or_insert(at);
            }
            _ => {}
        }
    }

    /// Another process takes over: what is in flight is adrift, and what was left undone is due again.
    fn go_on(&mut self, how: Continuation) {
        let incident = self.opening.as_ref().is_some_and(|opening| opening.mode == Mode::Incident);
        self.continued = Some(how);
        self.interrupts = 0;
        self.accounts.clear();
        for step in self.steps.values_mut() {
            step.left = if step.is_in_flight() { LeftTo::TakeUp } else { LeftTo::Nobody };
            if how == Continuation::GoBack {
                step.abandoned = false;
                if step.status == Status::Stuck {
                    step.left = LeftTo::TryAgain;
                }
                if matches!(step.cleanup, Cleanup::Failed(_)) {
                    step.cleanup = Cleanup::Pending;
                }
            }
        }
        match how {
            // Whoever left an incident comes back to go on with it; a drill that was stopped goes back.
            Continuation::Resume if incident && self.stopping == Some(StopReason::Interrupted) => {
                self.stopping = None;
            }
            Continuation::Resume => {}
            Continuation::GoBack => {
                self.stopping.get_or_insert(StopReason::Recalled);
            }
        }
    }

    fn decide_fate(&mut self, resource: &Resource, fate: Fate) {
        if let Some(owned) = self.owned.get_mut(resource) {
            owned.fate = fate;
        }
    }

    /// What the run made, or may have made, that still stands and that nobody means to keep.
    pub(crate) fn leftovers(&self) -> impl Iterator<Item = (&Resource, &Owned)> {
        self.owned.iter().filter(|(_, owned)| owned.fate == Fate::Standing)
    }

    pub(crate) fn kept(&self) -> impl Iterator<Item = (&Resource, &Owned)> {
        self.owned.iter().filter(|(_, owned)| owned.fate == Fate::Kept)
    }
}

impl StepState {
    fn is_in_flight(&self) -> bool {
        matches!(self.status, Status::Running | Status::Retrying | Status::Undoing)
            || self.cleanup == Cleanup::Running
    }

    fn apply(&mut self, seq: u64, at: Instant, event: &Event) -> Result<(), Illegal> {
        let change = match event {
            Event::StepStarted { .. } => Some(Move::Start),
            Event::StepSkipped { .. } => Some(Move::Skip),
            Event::StepRetrying { .. } => Some(Move::Retry),
            Event::StepSucceeded { .. } => Some(Move::Succeed),
            Event::StepFailed { .. } => Some(Move::Fail),
            Event::UndoStarted { .. } => Some(Move::StartUndo),
            Event::Undone { .. } => Some(Move::FinishUndo),
            Event::UndoFailed { .. } => Some(Move::FailUndo),
            // Others are abandoned before their undo begins.
            Event::Abandoned { .. } if self.status == Status::Undoing => Some(Move::FailUndo),
            _ => None,
        };
        if let Some(change) = change {
            self.status = self.status.after(change).ok_or_else(|| Illegal::Step {
                seq,
                step: event.step().expect("only a step's event moves a step").clone(),
                change: format!("{change:?}").to_lowercase(),
                from: format!("{:?}", self.status).to_lowercase(),
            })?;
        }
        self.note(at, event);
        Ok(())
    }

    fn note(&mut self, at: Instant, event: &Event) {
        match event {
            Event::StepResumed { .. } | Event::UndoStarted { .. } => self.left = LeftTo::Nobody,
            Event::StepStarted { attempt, .. } => {
                self.left = LeftTo::Nobody;
                self.attempts = *attempt;
                self.started_at.get_or_insert(at);
            }
            Event::StepSkipped { reason, .. } => self.skipped_because = Some(reason.clone()),
            Event::StepRemembered { memory, .. } => self.memory = Some(memory.clone()),
            Event::StepSucceeded { outputs, .. } => {
                self.outputs = Some(outputs.clone());
                self.ended_at = Some(at);
            }
            Event::StepFailed { failure, .. } => {
                self.failure = Some(failure.clone());
                self.ended_at = Some(at);
            }
            Event::UndoFailed { failure, .. } => self.failure = Some(failure.clone()),
            Event::ApprovalAsked { .. } => self.asked = true,
            Event::ApprovalAnswered { .. } => self.asked = false,
            Event::CleanupStarted { .. } => self.cleanup = Cleanup::Running,
            Event::CleanedUp { .. } => self.cleanup = Cleanup::Done,
            Event::CleanupFailed { failure, .. } => self.cleanup = Cleanup::Failed(failure.clone()),
            Event::Abandoned { .. } => self.abandoned = true,
            _ => {}
        }
    }

    /// The status as reports give it: a failed undo and a failed cleanup both leave a step stuck.
    pub(crate) fn reported(&self) -> StepStatus {
        if self.abandoned || matches!(self.cleanup, Cleanup::Failed(_)) {
            return StepStatus::Stuck;
        }
        match self.status {
            Status::Waiting => StepStatus::NotRun,
            Status::Skipped => StepStatus::Skipped,
            Status::Succeeded => StepStatus::Succeeded,
            // A journal that ends here belongs to a run that was cut off.
            Status::Running | Status::Retrying | Status::Failed => StepStatus::Failed,
            Status::Undone => StepStatus::Undone,
            Status::Undoing | Status::Stuck => StepStatus::Stuck,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Actor, FORMAT, Phase};

    fn entry(event: Event) -> Entry {
        Entry {
            v: FORMAT,
            seq: 9,
            at: chrono::DateTime::from_timestamp_millis(1_795_424_400_000).expect("valid"),
            elapsed: 0,
            segment: 0,
            chapter: 0,
            phase: Phase::Forward,
            actor: Actor::Lifeboat,
            event,
            prev: String::new(),
            hash: String::new(),
        }
    }

    /// A drill whose only step runs.
    fn running() -> RunState {
        let journal = include_str!("../../tests/journals/v1-restore-fails.jsonl");
        let mut state = RunState::default();
        for line in journal.lines() {
            let entry: Entry = serde_json::from_str(line).expect("an entry");
            let started = matches!(&entry.event, Event::StepStarted { .. });
            state.apply(&entry).expect("a good journal");
            if started {
                break;
            }
        }
        state
    }

    #[test]
    fn what_cannot_have_happened_is_refused() {
        let opening = running().opening.expect("an opening");
        let step = StepPath::new("restore").expect("valid");
        let resource = Resource::rds_instance("us-west-2", "orders-prod");
        for event in [
            Event::RunOpened { opening: Box::new(opening) },
            Event::RunEnded { outcome: Outcome::Succeeded },
            Event::Removed { step: step.clone(), resource: resource.clone() },
            Event::Kept { step: step.clone(), resource },
            Event::StepSucceeded { step, outputs: Value::Null, uncertainty: crate::base::Period::default() },
        ] {
            let mut state = running();
            assert!(state.apply(&entry(event.clone())).is_err(), "{event:?} was taken");
        }
    }
}
