//! From a plan and the parts of a world to a run that has ended.

use super::begin::Opened;
use super::doing::Surroundings;
use super::driver::{Driver, Ending, RunError};
use super::notices::JournalNotices;
use crate::base::{Clock, Seed};
use crate::event::{Entry, RunState};
use crate::journal::Writer;
use crate::plan::Plan;
use crate::step::{Recorder, RunFacts};
use crate::world::{AwsClients, Connection, Dns, Guard, Notices, People, Sql, Watchers, World};
use std::rc::Rc;
use tokio::sync::mpsc;

/// What a world is made of, before a run is in it.
pub(crate) struct WorldParts {
    pub(crate) clock: Clock,
    pub(crate) seed: Seed,
    pub(crate) connection: Connection,
    pub(crate) dns: Rc<dyn Dns>,
    pub(crate) sql: Rc<dyn Sql>,
    pub(crate) people: Rc<dyn People>,
}

/// A run that has ended, or could not go on.
pub(crate) struct Execution {
    /// Every entry that is on disk.
    pub(crate) entries: Vec<Entry>,
    pub(crate) result: Result<Ending, RunError>,
}

/// Runs `plan` from where its entries say that it stands. `interrupts` gives one item each time a person
/// wants to stop; `show` sees each entry once it is on disk. An error means that nothing was touched.
pub(crate) async fn execute(
    plan: &Plan,
    parts: WorldParts,
    opened: Opened,
    journal: Writer,
    interrupts: &mut mpsc::UnboundedReceiver<()>,
    show: &mut dyn FnMut(&Entry),
) -> Result<Execution, RunError> {
    let state = RunState::fold(&opened.entries).map_err(RunError::Illegal)?;
    let opening = state.opening.as_ref().ok_or(RunError::NotOpened)?;
    let run = Rc::new(RunFacts {
        id: opening.run.clone(),
        runbook: plan.outline.runbook.clone(),
        mode: plan.mode,
        incident_at: state.incident_at,
        started_at: state.started_at.unwrap_or_else(|| parts.clock.now()),
    });
    let (recorder, recordings) = Recorder::new();
    let guard = Guard::new(plan.allowance.clone());
    for (resource, _) in state.leftovers() {
        guard.own(resource.clone());
    }
    let notices: Rc<dyn Notices> = Rc::new(JournalNotices(recorder.clone()));
    let WorldParts { clock, seed, connection, dns, sql, people } = parts;
    let aws = AwsClients::new(&connection, &plan.places, clock, &guard);
    let watchers = Watchers::new(clock, notices.clone());
    let world = Rc::new(World { clock, seed, aws, dns, sql, people, watchers, notices });
    let around = Surroundings { run, world, guard, recorder };
    let mut driver = Driver::new(plan, journal, state, opened, around, recordings, show);
    let result = driver.drive(interrupts).await;
    Ok(Execution { entries: driver.into_entries(), result })
}
