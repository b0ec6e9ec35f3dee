//! Going back: which undo comes next, and which cleanup.
//!
//! Reverse dependency order, side by side where possible. A stuck step does not stop the others, but
//! what it may still point at is not removed.

use super::core::Command;
use crate::base::{Failure, FailureKind, Mode, StepPath};
use crate::event::{Cleanup, Continuation, Event, Fate, LeftTo, Phase, RunState, Status, UndoRule};
use crate::plan::{Plan, PlannedStep};
use crate::step::Reversal;

/// The interrupt from which on nothing new is undone.
const GIVE_UP: u32 = 2;

pub(super) fn roll_back(plan: &Plan, state: &RunState) -> Vec<Command> {
    let pending: Vec<&PlannedStep> = plan.steps.iter().filter(|step| wants_undo(state, step)).collect();
    if state.interrupts >= GIVE_UP {
        return give_up(state, &pending, after_rollback(plan));
    }
    let ready = pending.iter().filter(|planned| {
        plan.dependents(&planned.path).iter().all(|dependent| {
            !wants_undo(state, dependent) && status(state, &dependent.path) != Status::Undoing
        })
    });
    let commands: Vec<Command> = ready
        .flat_map(|planned| {
            let step = planned.path.clone();
            [Command::Record(Event::UndoStarted { step: step.clone() }), Command::Undo { step }]
        })
        .collect();
    if commands.is_empty() && !undoing(state) { vec![Command::Enter(after_rollback(plan))] } else { commands }
}

/// Whether a run that has ended is to go back after all, or to finish going back.
pub(super) fn is_due(plan: &Plan, state: &RunState) -> bool {
    state.continued == Some(Continuation::GoBack)
        && plan
            .steps
            .iter()
            .any(|step| wants_undo(state, step) || (plan.mode == Mode::Drill && wants_cleanup(state, step)))
}

/// What an incident made is kept, whatever else is undone.
fn after_rollback(plan: &Plan) -> Phase {
    match plan.mode {
        Mode::Drill => Phase::Cleanup,
        Mode::Incident => Phase::Ended,
    }
}

fn status(state: &RunState, step: &StepPath) -> Status {
    state.steps.get(step).map(|step| step.status).unwrap_or_default()
}

fn undoing(state: &RunState) -> bool {
    state.steps.values().any(|step| step.status == Status::Undoing)
}

/// Without a memory it has changed nothing.
fn wants_undo(state: &RunState, planned: &PlannedStep) -> bool {
    planned.undo == UndoRule::ByStepType
        && planned.step_type.reversal == Reversal::Undo
        && state.steps.get(&planned.path).is_some_and(|step| {
            let due = match step.status {
                Status::Succeeded | Status::Failed => true,
                Status::Stuck => step.left == LeftTo::TryAgain,
                _ => false,
            };
            due && step.memory.is_some() && !step.abandoned
        })
}

pub(super) fn clean_up(plan: &Plan, state: &RunState) -> Vec<Command> {
    let pending: Vec<&PlannedStep> = plan.steps.iter().filter(|step| wants_cleanup(state, step)).collect();
    if state.interrupts >= GIVE_UP {
        return give_up(state, &pending, Phase::Ended);
    }
    let ready = pending.iter().filter(|planned| {
        plan.dependents(&planned.path)
            .iter()
            .all(|dependent| !wants_cleanup(state, dependent) && !is_cleaning(state, &dependent.path))
    });
    let commands: Vec<Command> = ready.flat_map(|planned| begin_cleanup(plan, state, planned)).collect();
    let cleaning = state.steps.keys().any(|step| is_cleaning(state, step));
    if commands.is_empty() && !cleaning { vec![Command::Enter(Phase::Ended)] } else { commands }
}

fn is_cleaning(state: &RunState, step: &StepPath) -> bool {
    state.steps.get(step).is_some_and(|step| step.cleanup == Cleanup::Running)
}

fn wants_cleanup(state: &RunState, planned: &PlannedStep) -> bool {
    let stands =
        || state.owned.values().any(|owned| owned.step == planned.path && owned.fate == Fate::Standing);
    state.steps.get(&planned.path).is_some_and(|step| step.cleanup == Cleanup::Pending && !step.abandoned)
        && stands()
}

fn begin_cleanup(plan: &Plan, state: &RunState, planned: &PlannedStep) -> Vec<Command> {
    let step = planned.path.clone();
    let started = Command::Record(Event::CleanupStarted { step: step.clone() });
    let held_by = plan.dependents(&step).into_iter().find(|dependent| {
        status(state, &dependent.path) == Status::Stuck
            || state.steps.get(&dependent.path).is_some_and(|step| step.abandoned)
    });
    match held_by {
        None => vec![started, Command::CleanUp { step }],
        Some(stuck) => {
            let stuck = &stuck.path;
            let message =
                format!("held back: the undo of `{stuck}`, which may still point at it, did not succeed");
            let failure = Failure::new(FailureKind::Refused, message);
            vec![started, Command::Record(Event::CleanupFailed { step, failure })]
        }
    }
}

/// Lets what runs finish, and says what is left undone.
fn give_up(state: &RunState, pending: &[&PlannedStep], next: Phase) -> Vec<Command> {
    let busy = undoing(state) || state.steps.keys().any(|step| is_cleaning(state, step));
    match (pending.is_empty(), busy) {
        (true, true) => vec![],
        (true, false) => vec![Command::Enter(next)],
        (false, _) => pending
            .iter()
            .map(|planned| Command::Record(Event::Abandoned { step: planned.path.clone() }))
            .collect(),
    }
}
