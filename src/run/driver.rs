//! The one loop of a run: it turns signals, deadlines, finished steps and recordings into inputs for
//! the core, and does what the core decides.
//!
//! Entries are on disk before anything acts on them, and shown after.

use super::begin::{Opened, elapsed};
use super::core::{Command, Input, decide, facts};
use super::doing::{self, Job, Surroundings};
use crate::base::{Clock, Failure, FailureKind, Period, PlaceId, StepPath};
use crate::event::{Actor, Entry, Event, Illegal, Phase, RunState};
use crate::journal::{AppendError, Draft, Writer};
use crate::plan::{Arguments, Plan};
use crate::step::Recording;
use futures_util::{
    StreamExt,
    future::{AbortHandle, Abortable, Aborted, LocalBoxFuture},
    stream::FuturesUnordered,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::sync::mpsc;

/// Why a run could not go on. What it had done until then is in the driver's state.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("keep the journal")]
    Journal(#[source] AppendError),
    #[error("follow the run's own entries")]
    Illegal(#[source] Illegal),
    #[error("find the opening of the run")]
    NotOpened,
    #[error("go on with step `{step}`, of whose memory secrets were taken out")]
    Redacted { step: StepPath },
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its journal is sealed.
    Sealed,
    /// An incident that a person left: it can be resumed.
    Detached,
    /// It could not be taken up again: this is not the world that it was in. Nothing was touched.
    NotTakenUp { message: String },
    /// Interrupted a third time: nothing was waited for.
    Abandoned,
}

type Work = LocalBoxFuture<'static, Result<Input, Aborted>>;

/// Runs one plan.
pub(super) struct Driver<'a> {
    plan: &'a Plan,
    journal: Writer,
    state: RunState,
    entries: Vec<Entry>,
    elapsed_before: u64,
    around: Surroundings,
    recordings: mpsc::UnboundedReceiver<Recording>,
    work: FuturesUnordered<Work>,
    handles: BTreeMap<StepPath, AbortHandle>,
    /// Steps with a call under way that changes something: its answer is worth waiting for.
    changing: BTreeSet<StepPath>,
    cancelled: BTreeSet<StepPath>,
    show: &'a mut dyn FnMut(&Entry),
}

impl<'a> Driver<'a> {
    /// A run that has been opened, or taken up again, in `journal`.
    pub(super) fn new(
        plan: &'a Plan,
        journal: Writer,
        state: RunState,
        opened: Opened,
        around: Surroundings,
        recordings: mpsc::UnboundedReceiver<Recording>,
        show: &'a mut dyn FnMut(&Entry),
    ) -> Self {
        let Opened { entries, elapsed_before, old } = opened;
        entries.iter().skip(old).for_each(&mut *show);
        Self {
            plan,
            journal,
            state,
            entries,
            elapsed_before,
            around,
            recordings,
            work: FuturesUnordered::new(),
            handles: BTreeMap::new(),
            changing: BTreeSet::new(),
            cancelled: BTreeSet::new(),
            show,
        }
    }

    /// Every entry so far.
    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Until the run has lasted as long as it may.
    fn time_left(&self) -> Duration {
        let limit = self.plan.max_duration.map_or(Duration::MAX, Period::get);
        let now = self.clock().now();
        let lasted = self.state.started_at.and_then(|started_at| (now - started_at).to_std().ok());
        limit.saturating_sub(lasted.unwrap_or_default())
    }

    fn clock(&self) -> Clock {
        self.around.world.clock
    }

    /// Runs to the end. `interrupts` gives one item each time a person wants to stop.
    pub(super) async fn drive(
        &mut self,
        interrupts: &mut mpsc::UnboundedReceiver<()>,
    ) -> Result<Ending, RunError> {
        let world = self.around.world.clone();
        let watchers = world.watchers.drive();
        tokio::pin!(watchers);
        let deadline = self.clock().sleep(self.time_left());
        tokio::pin!(deadline);
        let mut deadline_is_due = self.plan.max_duration.is_some();
        let mut listening = true;
        let known = known_accounts(&self.entries);
        self.add(None, doing::confirm_accounts(self.around.clone(), self.plan.places.clone(), known));
        loop {
            if let Some(ending) = self.proceed()? {
                return Ok(ending);
            }
            let input = tokio::select! {
                biased;
                Some(recording) = self.recordings.recv() => {
                    self.record(recording)?;
                    continue;
                }
                interrupt = interrupts.recv(), if listening => {
                    listening = interrupt.is_some();
                    if interrupt.is_none() {
                        continue;
                    }
                    if self.state.interrupts >= 2 {
                        return Ok(Ending::Abandoned);
                    }
                    Input::Interrupted
                }
                Some(done) = self.work.next() => match done {
                    Ok(input) => input,
                    Err(Aborted) => continue,
                },
                () = &mut deadline, if deadline_is_due => {
                    deadline_is_due = false;
                    Input::OutOfTime
                }
                () = &mut watchers => continue,
            };
            if let Some(ending) = self.take(input)? {
                return Ok(ending);
            }
        }
    }

    /// Does all that can be done now.
    fn proceed(&mut self) -> Result<Option<Ending>, RunError> {
        loop {
            let commands = decide(self.plan, &self.state, Input::Proceed);
            let commands: Vec<Command> =
                commands.into_iter().filter(|command| self.is_news(command)).collect();
            if commands.is_empty() {
                return Ok(None);
            }
            if let Some(ending) = self.obey(commands)? {
                return Ok(Some(ending));
            }
        }
    }

    /// A cancellation is asked for until the step has ended; once is enough, unless it waits for a call
    /// and a person has lost patience.
    fn is_news(&self, command: &Command) -> bool {
        match command {
            Command::Cancel { step } => {
                !self.cancelled.contains(step)
                    && (!self.changing.contains(step) || self.state.interrupts >= 2)
            }
            _ => true,
        }
    }

    fn take(&mut self, input: Input) -> Result<Option<Ending>, RunError> {
        if let Input::StepEnded { step, .. }
        | Input::UndoEnded { step, .. }
        | Input::CleanupEnded { step, .. } = &input
        {
            self.handles.remove(step);
            // Whatever it recorded last stands before its end.
            self.drain()?;
        }
        let commands = decide(self.plan, &self.state, input);
        self.obey(commands)
    }

    fn obey(&mut self, commands: Vec<Command>) -> Result<Option<Ending>, RunError> {
        let mut acts = Vec::new();
        let mut drafts = Vec::new();
        let mut phase = self.state.phase.unwrap_or(Phase::Forward);
        for command in commands {
            match command {
                Command::Record(event) => drafts.push(self.draft(phase, Actor::Lifeboat, event)),
                Command::Enter(next) => {
                    phase = next;
                    drafts.push(self.draft(phase, Actor::Lifeboat, Event::PhaseBegan));
                }
                act => acts.push(act),
            }
        }
        self.append(drafts)?;
        for act in acts {
            if let Some(ending) = self.act(act)? {
                return Ok(Some(ending));
            }
        }
        Ok(None)
    }

    fn act(&mut self, act: Command) -> Result<Option<Ending>, RunError> {
        match act {
            Command::Record(_) | Command::Enter(_) => {}
            Command::Run { step, arguments } => self.run(step, arguments),
            Command::Cancel { step } => self.cancel(&step)?,
            Command::Pause { step, pause } => {
                let work = doing::pause(self.clock(), step.clone(), pause.get());
                self.add(Some(step), work);
            }
            Command::Undo { step } => self.go_back(step, Back::Undo)?,
            Command::CleanUp { step } => self.go_back(step, Back::CleanUp)?,
            Command::Seal => {
                let seal = self.journal.seal();
                let draft = self.draft(Phase::Ended, Actor::Lifeboat, seal);
                self.append(vec![draft])?;
            }
            Command::Detach => return Ok(Some(Ending::Detached)),
            Command::LeaveAlone { message } => return Ok(Some(Ending::NotTakenUp { message })),
            Command::Close => return Ok(Some(Ending::Sealed)),
        }
        Ok(None)
    }

    fn run(&mut self, step: StepPath, arguments: Arguments) {
        let planned = self.plan.step(&step);
        let job = Job::new(self.plan, planned, arguments, self.memory(&step), &self.around);
        let work = job.run(planned.timeout);
        self.add(Some(step), work);
    }

    fn memory(&self, step: &StepPath) -> Option<Value> {
        self.state.steps.get(step).and_then(|state| state.memory.clone())
    }

    fn cancel(&mut self, step: &StepPath) -> Result<(), RunError> {
        self.cancelled.insert(step.clone());
        if let Some(handle) = self.handles.remove(step) {
            handle.abort();
        }
        let failure = Failure::new(FailureKind::Cancelled, "cancelled: the run is stopping");
        self.take(Input::StepEnded { step: step.clone(), result: Err(failure) }).map(|_| ())
    }

    fn go_back(&mut self, step: StepPath, back: Back) -> Result<(), RunError> {
        let planned = self.plan.step(&step);
        let arguments = facts(&self.state).map(|facts| self.plan.arguments(planned, &facts));
        let ended = |result| match back {
            Back::Undo => Input::UndoEnded { step: step.clone(), result },
            Back::CleanUp => Input::CleanupEnded { step: step.clone(), result },
        };
        match arguments {
            Some(Ok(arguments)) => {
                let job = Job::new(self.plan, planned, arguments, self.memory(&step), &self.around);
                match back {
                    Back::Undo => self.add(Some(step), job.undo()),
                    Back::CleanUp => self.add(Some(step), job.clean_up()),
                }
                Ok(())
            }
            Some(Err(failure)) => self.take(ended(Err(failure))).map(|_| ()),
            None => Ok(()),
        }
    }

    fn add(&mut self, step: Option<StepPath>, work: impl Future<Output = Input> + 'static) {
        let (handle, registration) = AbortHandle::new_pair();
        if let Some(step) = step {
            self.handles.insert(step, handle);
        }
        self.work.push(Box::pin(Abortable::new(work, registration)));
    }

    /// Appends what steps and watchers recorded, all that is there in one write.
    fn record(&mut self, recording: Recording) -> Result<(), RunError> {
        let mut recordings = vec![recording];
        while let Ok(recording) = self.recordings.try_recv() {
            recordings.push(recording);
        }
        let phase = self.state.phase.unwrap_or(Phase::Forward);
        let (mut drafts, mut waiting) = (Vec::new(), Vec::new());
        for Recording { event, durable } in recordings {
            self.follow_calls(&event);
            let actor = actor(&event);
            drafts.push(self.draft(phase, actor, event));
            waiting.push(durable);
        }
        self.append(drafts)?;
        for durable in waiting {
            // Whoever recorded it may have been cancelled since.
            let _ = durable.send(());
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<(), RunError> {
        match self.recordings.try_recv() {
            Ok(recording) => self.record(recording),
            Err(_) => Ok(()),
        }
    }

    fn follow_calls(&mut self, event: &Event) {
        match event {
            Event::Calling { step, .. } => {
                self.changing.insert(step.clone());
            }
            Event::Called { step: Some(step), .. } | Event::Refused { step: Some(step), .. } => {
                self.changing.remove(step);
            }
            _ => {}
        }
    }

    fn draft(&self, phase: Phase, actor: Actor, event: Event) -> Draft {
        let at = self.clock().now();
        let elapsed = self.elapsed_before.saturating_add(elapsed(self.clock()));
        Draft { at, elapsed, phase, actor, event }
    }

    fn redacted(&self, draft: Draft) -> Draft {
        Draft { event: draft.event.redacted(&self.plan.redactor), ..draft }
    }

    fn append(&mut self, drafts: Vec<Draft>) -> Result<(), RunError> {
        if drafts.is_empty() {
            return Ok(());
        }
        // What is kept loses its secrets; what this process goes on with must not: a name that happens to
        // hold a secret's text is still the name of what has to be removed.
        let events: Vec<Event> = drafts.iter().map(|draft| draft.event.clone()).collect();
        let redacted = drafts.into_iter().map(|draft| self.redacted(draft)).collect();
        let entries = self.journal.append(redacted).map_err(RunError::Journal)?;
        for (entry, event) in entries.into_iter().zip(events) {
            if entry.event == event {
                self.state.apply(&entry).map_err(RunError::Illegal)?;
            } else {
                self.state.apply(&Entry { event, ..entry.clone() }).map_err(RunError::Illegal)?;
            }
            (self.show)(&entry);
            self.entries.push(entry);
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Back {
    Undo,
    CleanUp,
}

/// The account behind each place, as an earlier process of the run learnt it.
fn known_accounts(entries: &[Entry]) -> BTreeMap<PlaceId, String> {
    let confirmed = entries.iter().filter_map(|entry| match &entry.event {
        Event::AccountConfirmed { place, account, .. } => Some((place.clone(), account.clone())),
        _ => None,
    });
    confirmed.collect()
}

fn actor(event: &Event) -> Actor {
    match event {
        Event::ApprovalAnswered { by, .. } => Actor::Person(by.clone()),
        Event::Called { step: None, .. } | Event::Refused { step: None, .. } | Event::Watched { .. } => {
            Actor::Watcher
        }
        _ => Actor::Lifeboat,
    }
}
