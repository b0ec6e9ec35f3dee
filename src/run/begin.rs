//! The first entries of a run, or of a further segment: what will be run, by which process, on which
//! clock.

use super::driver::RunError;
use crate::base::{Clock, Instant, Mode, REDACTED, RunId, Seed, WorldKind};
use crate::event::{Actor, ClockSource, Continuation, Entry, Event, Opening, Operator, Phase, RunState};
use crate::journal::{Draft, Writer};
use crate::plan::Plan;
use std::collections::BTreeMap;

/// T0, T1 and T2, as far as they are known when a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecoveryClock {
    pub(crate) incident_at: Option<Instant>,
    pub(crate) detected_at: Option<Instant>,
    pub(crate) declared_at: Option<Instant>,
    pub(crate) source: ClockSource,
}

impl RecoveryClock {
    /// What an operator knows at the start: perhaps T0. Without it a drill takes its start.
    pub(crate) fn from_operator(incident_at: Option<Instant>, mode: Mode, now: Instant) -> Self {
        let source = match (incident_at, mode) {
            (None, Mode::Drill) => ClockSource::Start,
            _ => ClockSource::Operator,
        };
        let incident_at = incident_at.or((source == ClockSource::Start).then_some(now));
        Self { incident_at, detected_at: None, declared_at: Some(now), source }
    }
}

/// The process that writes a segment, as its machine knows it.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) host: String,
    /// Changes with every start of the machine.
    pub(crate) boot_id: String,
    pub(crate) pid: u32,
}

/// What only the caller knows of a run that begins.
#[derive(Debug, Clone)]
pub(crate) struct Beginning {
    pub(crate) run: RunId,
    pub(crate) rehearsal: bool,
    pub(crate) scenario: Option<String>,
    /// Service to the world it is in.
    pub(crate) world: BTreeMap<String, String>,
    pub(crate) world_kind: WorldKind,
    pub(crate) durations: Option<String>,
    pub(crate) operator: Operator,
    pub(crate) process: Process,
    pub(crate) seed: Seed,
    pub(crate) virtual_time: bool,
    pub(crate) recovery_clock: RecoveryClock,
}

/// What only the caller knows of a run that is taken up again.
#[derive(Debug, Clone)]
pub(crate) struct TakingUp {
    pub(crate) how: Continuation,
    pub(crate) operator: Operator,
    pub(crate) process: Process,
}

/// A run that is about to be driven: its entries so far.
pub(crate) struct Opened {
    pub(super) entries: Vec<Entry>,
    /// Nanoseconds on the run's clock when this process's clock was made.
    pub(super) elapsed_before: u64,
    /// How many entries are of earlier segments.
    pub(super) old: usize,
}

/// Writes the opening. From here on the run exists.
pub(crate) fn begin(
    plan: &Plan,
    beginning: Beginning,
    clock: Clock,
    journal: &mut Writer,
) -> Result<Opened, RunError> {
    let RecoveryClock { incident_at, detected_at, declared_at, source } = beginning.recovery_clock;
    let segment = segment(beginning.process.clone());
    let opening = Box::new(opening(plan, beginning));
    let events = [
        Event::RunOpened { opening },
        segment,
        Event::ClockSet { incident_at, detected_at, declared_at, source },
    ];
    let scribe = Scribe { plan, clock, phase: Phase::Forward, elapsed_before: 0 };
    let entries = scribe.append(journal, events)?;
    Ok(Opened { entries, elapsed_before: 0, old: 0 })
}

/// Begins a further segment of a run whose entries are given. The recovery clock never stopped: the run's
/// clock goes on from the wall clock's difference.
pub(crate) fn take_up(
    plan: &Plan,
    mut entries: Vec<Entry>,
    taking_up: TakingUp,
    clock: Clock,
    journal: &mut Writer,
) -> Result<Opened, RunError> {
    let state = RunState::fold(&entries).map_err(RunError::Illegal)?;
    let hidden = |value: &Option<serde_json::Value>| {
        value.as_ref().is_some_and(|value| value.to_string().contains(REDACTED))
    };
    if let Some((step, _)) =
        state.steps.iter().find(|(_, step)| hidden(&step.memory) || hidden(&step.outputs))
    {
        return Err(RunError::Redacted { step: step.clone() });
    }
    let TakingUp { how, operator, process } = taking_up;
    let elapsed_before = entries.last().map_or(0, |last| {
        let away = (clock.now() - last.at).to_std().unwrap_or_default();
        last.elapsed.saturating_add(u64::try_from(away.as_nanos()).unwrap_or(u64::MAX))
    });
    let phase = state.phase.unwrap_or(Phase::Forward);
    let scribe = Scribe { plan, clock, phase, elapsed_before };
    let old = entries.len();
    entries.extend(scribe.append(journal, [segment(process), Event::Continued { how, operator }])?);
    Ok(Opened { entries, elapsed_before, old })
}

struct Scribe<'a> {
    plan: &'a Plan,
    clock: Clock,
    phase: Phase,
    elapsed_before: u64,
}

impl Scribe<'_> {
    fn append<const N: usize>(
        &self,
        journal: &mut Writer,
        events: [Event; N],
    ) -> Result<Vec<Entry>, RunError> {
        let (at, elapsed) = (self.clock.now(), self.elapsed_before.saturating_add(elapsed(self.clock)));
        let drafts = events.map(|event| Draft {
            at,
            elapsed,
            phase: self.phase,
            actor: Actor::Lifeboat,
            event: event.redacted(&self.plan.redactor),
        });
        journal.append(drafts.into()).map_err(RunError::Journal)
    }
}

fn segment(process: Process) -> Event {
    let Process { host, boot_id, pid } = process;
    Event::SegmentOpened { host, boot_id, pid, version: env!("CARGO_PKG_VERSION").to_owned() }
}

/// Nanoseconds since the clock was made.
pub(super) fn elapsed(clock: Clock) -> u64 {
    u64::try_from(clock.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

fn opening(plan: &Plan, beginning: Beginning) -> Opening {
    Opening {
        name: beginning.run.run_name(),
        run: beginning.run,
        mode: plan.mode,
        rehearsal: beginning.rehearsal,
        outline: plan.outline.clone(),
        runbook_text: plan.runbook_text.clone(),
        runbook_digest: plan.runbook_digest.clone(),
        scenario: beginning.scenario,
        parameters: plan.parameters.clone(),
        places: plan.places.clone(),
        world: beginning.world,
        world_kind: beginning.world_kind,
        durations: beginning.durations,
        operator: beginning.operator,
        parent: None,
        seed: beginning.seed,
        virtual_time: beginning.virtual_time,
    }
}
