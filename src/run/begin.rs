//! The first entries of a run: what will be run, by which process, on which clock.

use super::driver::RunError;
use crate::base::{Clock, Instant, Mode, RunId, Seed, WorldKind};
use crate::event::{Actor, ClockSource, Entry, Event, Opening, Operator, Phase};
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
    pub(crate) host: String,
    pub(crate) boot_id: String,
    pub(crate) pid: u32,
    pub(crate) seed: Seed,
    pub(crate) virtual_time: bool,
    pub(crate) recovery_clock: RecoveryClock,
}

/// Writes the opening. From here on the run exists.
pub(crate) fn begin(
    plan: &Plan,
    beginning: Beginning,
    clock: Clock,
    journal: &mut Writer,
) -> Result<Vec<Entry>, RunError> {
    let Beginning { recovery_clock, host, boot_id, pid, .. } = beginning.clone();
    let RecoveryClock { incident_at, detected_at, declared_at, source } = recovery_clock;
    let opening = Box::new(opening(plan, beginning));
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let events = [
        Event::RunOpened { opening },
        Event::SegmentOpened { host, boot_id, pid, version },
        Event::ClockSet { incident_at, detected_at, declared_at, source },
    ];
    let (at, elapsed) = (clock.now(), elapsed(clock));
    let draft = |event: Event| Draft {
        at,
        elapsed,
        phase: Phase::Forward,
        actor: Actor::Lifeboat,
        event: event.redacted(&plan.redactor),
    };
    journal.append(events.into_iter().map(draft).collect()).map_err(RunError::Journal)
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
