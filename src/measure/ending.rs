//! What the run left in the world, and the commands that finish what it could not.
//!
//! Only Lifeboat's own commands are named: they know what the run made, and where. In the lab nothing
//! outlives the process, so there is nothing to finish and no command.

use super::change::{self, Change};
use super::document::{ResourceRow, Stuck, StuckIn};
use super::facts::Facts;
use crate::base::{Mode, Resource, StepPath, WorldKind};
use crate::event::{Cleanup, Event, Evidence, OutlineStep, Owned, Status, StepState, UndoRule};

/// What the run made, by what became of it.
#[derive(Debug)]
pub(super) struct Remains {
    pub(super) kept: Vec<ResourceRow>,
    pub(super) removed: Vec<ResourceRow>,
    pub(super) leftovers: Vec<ResourceRow>,
}

pub(super) fn remains(facts: &Facts<'_>) -> Remains {
    let row = |resource: &Resource, owned: &Owned, command| ResourceRow {
        resource: resource.to_string(),
        region: resource.region.clone(),
        step: owned.step.to_string(),
        immutable_id: owned.immutable_id.clone(),
        command,
    };
    let mut kept: Vec<ResourceRow> =
        facts.state.kept().map(|(resource, owned)| row(resource, owned, None)).collect();
    let standing_now = || facts.state.leftovers();
    let mut leftovers = Vec::new();
    if facts.opening.mode == Mode::Incident {
        // What an incident made is never offered for deletion, whether it got as far as keeping it or not.
        kept.extend(standing_now().map(|(resource, owned)| row(resource, owned, None)));
    } else {
        leftovers.extend(standing_now().map(|(resource, owned)| row(resource, owned, finish(facts))));
        leftovers.extend(facts.outline().iter().filter_map(|step| forgone(facts, step)));
    }
    let standing = |resource: &Resource| {
        facts.state.kept().chain(facts.state.leftovers()).any(|(other, _)| other == resource)
    };
    let removed = facts
        .state
        .owned
        .iter()
        .filter(|(resource, _)| !standing(resource))
        .map(|(resource, owned)| row(resource, owned, None))
        .collect();
    Remains { kept, removed, leftovers }
}

pub(super) fn stuck(facts: &Facts<'_>) -> Vec<Stuck> {
    let mut stuck = Vec::new();
    for step in facts.outline() {
        let path = &step.path;
        let Some(state) = facts.state.steps.get(path) else { continue };
        if let Some(reason) = stuck_undo(facts, step, state) {
            stuck.push(Stuck { step: path.to_string(), what: StuckIn::Undo, reason, command: finish(facts) });
        }
        let reason = match &state.cleanup {
            Cleanup::Failed(failure) => failure.message.clone(),
            Cleanup::Pending | Cleanup::Running if state.abandoned && owns(facts, path) => {
                "abandoned at an interrupt".to_owned()
            }
            Cleanup::Pending | Cleanup::Running | Cleanup::Done => continue,
        };
        stuck.push(Stuck { step: path.to_string(), what: StuckIn::Cleanup, reason, command: finish(facts) });
    }
    // DNS is put back before what it points at is deleted, by hand too.
    stuck.sort_by_key(|stuck| stuck.what == StuckIn::Cleanup);
    stuck
}

/// Whether something that the step created still stands.
fn owns(facts: &Facts<'_>, path: &StepPath) -> bool {
    facts.state.leftovers().any(|(_, owned)| owned.step == *path)
}

/// Why a step's undo is not done, if it was begun.
fn stuck_undo(facts: &Facts<'_>, step: &OutlineStep, state: &StepState) -> Option<String> {
    let path = &step.path;
    if stands(facts, step, state) && !state.abandoned && step.undo == UndoRule::ByStepType {
        return Some("its undo has not run".to_owned());
    }
    let given_up = state.abandoned && !owns(facts, path);
    if !given_up && !matches!(state.status, Status::Undoing | Status::Stuck) {
        return None;
    }
    let last = facts.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::UndoFailed { step, failure } if step == path => Some(failure.message.clone()),
        Event::Abandoned { step } if step == path => Some("abandoned at an interrupt".to_owned()),
        Event::UndoStarted { step } if step == path => Some("the run was cut off during the undo".to_owned()),
        _ => None,
    });
    Some(last.unwrap_or_else(|| "its undo did not end".to_owned()))
}

/// Whether a drill changed something at this step that nothing has begun to undo.
fn stands(facts: &Facts<'_>, step: &OutlineStep, state: &StepState) -> bool {
    let changed = || match change::of_record(facts, &step.path) {
        Change::Made => true,
        Change::Unknown => state.memory.is_some(),
        Change::Nothing => state.memory.is_some() && !step.uses.starts_with("route53."),
    };
    facts.opening.mode == Mode::Drill
        && matches!(state.status, Status::Running | Status::Retrying | Status::Succeeded | Status::Failed)
        && changed()
}

/// A record that a drill changed and that the runbook gives up putting back.
fn forgone(facts: &Facts<'_>, step: &OutlineStep) -> Option<ResourceRow> {
    let UndoRule::Forgone { reason } = &step.undo else { return None };
    let state = facts.state.steps.get(&step.path)?;
    if !stands(facts, step, state) {
        return None;
    }
    let record = facts.evidence.iter().rev().find_map(|(_, of, evidence)| match evidence {
        Evidence::RecordSwitched { zone, after, .. } if **of == step.path => {
            Some(format!("route53:{zone}/{}/{}", after.name, after.kind))
        }
        _ => None,
    });
    let record = record.unwrap_or_else(|| format!("what `{}` changed", step.path));
    Some(ResourceRow {
        resource: format!("{record} (not undone: {reason})"),
        region: None,
        step: step.path.to_string(),
        immutable_id: None,
        command: None,
    })
}

/// What to do now, each command once.
pub(super) fn next(facts: &Facts<'_>, stuck: &[Stuck], leftovers: &[ResourceRow]) -> Vec<String> {
    if facts.opening.world_kind == WorldKind::Lab {
        return Vec::new();
    }
    if facts.state.outcome.is_none() {
        let resume = own_command(facts, "resume");
        return vec![resume.clone(), format!("{resume} --rollback")];
    }
    let mut next: Vec<String> = Vec::new();
    let detached = facts.opening.mode == Mode::Incident && facts.state.interrupts > 0;
    let resume = detached.then(|| own_command(facts, "resume"));
    let commands = stuck
        .iter()
        .filter_map(|stuck| stuck.command.clone())
        .chain(leftovers.iter().filter_map(|row| row.command.clone()));
    for command in resume.into_iter().chain(commands) {
        if !next.contains(&command) {
            next.push(command);
        }
    }
    next
}

/// What finishes a run that left something behind.
fn finish(facts: &Facts<'_>) -> Option<String> {
    let ended = facts.state.outcome.is_some();
    match (facts.opening.world_kind, ended, facts.opening.mode) {
        (WorldKind::Lab, ..) => None,
        (_, false, _) => Some(format!("{} --rollback", own_command(facts, "resume"))),
        (_, true, Mode::Drill) => Some(own_command(facts, "cleanup")),
        (_, true, Mode::Incident) => Some(own_command(facts, "rollback")),
    }
}

fn own_command(facts: &Facts<'_>, verb: &str) -> String {
    format!("lifeboat {verb} {}", facts.opening.run)
}
