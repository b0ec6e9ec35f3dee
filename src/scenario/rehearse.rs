//! A rehearsal: the runbook run in the scenario's world, from T2 on, and judged.

use super::document::Scenario;
use super::judge::{self, Judgement};
use crate::base::{Clock, Finding, RunId, Seed, WorldKind};
use crate::event::{ClockSource, Entry, Illegal, Operator};
use crate::journal::{Store, StoreError};
use crate::lab::LabMistake;
use crate::measure::{self, Report};
use crate::plan::{Plan, Runbook, Wishes};
use crate::run::{
    Beginning, Ending, Execution, Process, RecoveryClock, RunError, WorldParts, begin, execute,
};
use crate::world::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// Why a scenario could not be rehearsed. Nothing was run then, unless the run itself failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RehearseError {
    #[error("plan the scenario's runbook")]
    Plan(Vec<Finding>),
    #[error("build the scenario's world: {}", .0.iter().map(|mistake| mistake.message.as_str()).collect::<Vec<_>>().join("; "))]
    World(Vec<LabMistake>),
    #[error("keep a journal")]
    Store(#[source] StoreError),
    #[error("begin the run")]
    Begin(#[source] RunError),
    #[error("measure the run")]
    Measure(#[source] Illegal),
}

/// How a scenario is to be rehearsed.
pub(crate) struct Rehearsing<'a> {
    pub(crate) store: &'a Store,
    pub(crate) run: RunId,
    pub(crate) seed: Seed,
    pub(crate) real_time: bool,
    pub(crate) interrupts: &'a mut mpsc::UnboundedReceiver<()>,
    pub(crate) show: &'a mut dyn FnMut(&Entry),
}

/// What came out.
pub(crate) struct Rehearsal {
    pub(crate) report: Report,
    pub(crate) judgements: Vec<Judgement>,
    pub(crate) result: Result<Ending, RunError>,
}

impl Rehearsal {
    pub(crate) fn as_expected(&self) -> bool {
        self.result.is_ok() && self.judgements.iter().all(|judgement| judgement.as_expected)
    }
}

/// Rehearses `scenario`. Must be called in a runtime whose clock is paused, unless in real time.
pub(crate) async fn rehearse(
    scenario: &Scenario,
    runbook: &Runbook,
    rehearsing: Rehearsing<'_>,
) -> Result<Rehearsal, RehearseError> {
    let Rehearsing { store, run, seed, real_time, interrupts, show } = rehearsing;
    let plan = plan(scenario, runbook).map_err(RehearseError::Plan)?;
    let instants = scenario.instants();
    let clock = Clock::starting_at(instants.t2);
    let lab = scenario.lab(clock, seed).map_err(RehearseError::World)?;
    let mut journal = store.begin(&run).map_err(RehearseError::Store)?;
    let parts = WorldParts {
        clock,
        seed,
        connection: Connection::Lab(lab.http()),
        dns: lab.dns(),
        sql: lab.sql(),
        people: lab.people(),
    };
    let before = lab.snapshot();
    let beginning = beginning(scenario, run, seed, real_time);
    let opened = begin(&plan, beginning, clock, &mut journal).map_err(RehearseError::Begin)?;
    let execution = execute(&plan, parts, opened, journal, interrupts, show).await;
    let Execution { entries, result } = execution.map_err(RehearseError::Begin)?;
    let after = lab.snapshot();
    let report = measure::report(&entries).map_err(RehearseError::Measure)?;
    let judgements =
        judge::judge(&scenario.expect, &judge::Evidence { report: &report, before: &before, after: &after });
    Ok(Rehearsal { report, judgements, result })
}

/// Rehearsals never look for credentials: secrets that nobody gave are literal dummies.
pub(super) fn plan(scenario: &Scenario, runbook: &Runbook) -> Result<Plan, Vec<Finding>> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let parameters = scenario.parameters.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    Plan::new(
        runbook,
        &Wishes { mode: scenario.mode, parameters, environment: &|_| None, dummy_secrets: true },
    )
}

/// Operator, host and process are constant, so that a seed repeats a journal to the byte.
pub(super) fn beginning(scenario: &Scenario, run: RunId, seed: Seed, real_time: bool) -> Beginning {
    let instants = scenario.instants();
    let services = ["rds", "route53", "sts", "dns", "sql"];
    Beginning {
        run,
        rehearsal: true,
        scenario: Some(scenario.name.clone()),
        world: services
            .iter()
            .map(|service| ((*service).to_owned(), "lab".to_owned()))
            .collect::<BTreeMap<_, _>>(),
        world_kind: WorldKind::Lab,
        durations: Some(scenario.world.durations_source()),
        operator: Operator { user: "rehearsal".to_owned(), claimed: None },
        process: Process { host: "lab".to_owned(), boot_id: "lab".to_owned(), pid: 0 },
        seed,
        virtual_time: !real_time,
        recovery_clock: RecoveryClock {
            incident_at: instants.t0.or((scenario.mode == crate::base::Mode::Drill).then_some(instants.t2)),
            detected_at: instants.t1,
            declared_at: Some(instants.t2),
            source: if instants.t0.is_some() { ClockSource::Scenario } else { ClockSource::Start },
        },
    }
}
