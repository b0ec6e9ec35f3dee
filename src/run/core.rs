//! What happens next, decided from the state of the run and one input. Pure: no clock, no IO.
//!
//! What is in flight is read from the state itself, so that a state folded from a journal decides the
//! same as one that was there all along.

use super::back;
use crate::base::{Failure, FailureKind, Mode, Outcome, Period, Seed, StepPath};
use crate::event::{Continuation, Event, Fate, LeftTo, OnFailure, Phase, RunState, Status, StopReason};
use crate::plan::{Arguments, Facts, Plan, PlannedStep};
use serde_json::Value;
use std::time::Duration;

/// What the driver tells the core.
#[derive(Debug)]
pub(super) enum Input {
    /// Nothing new: what can be done now?
    Proceed,
    /// The accounts behind the places are known, or cannot be.
    Confirmed(Result<(), Failure>),
    StepEnded {
        step: StepPath,
        result: Result<StepEnd, Failure>,
    },
    RetryDue {
        step: StepPath,
    },
    UndoEnded {
        step: StepPath,
        result: Result<(), Failure>,
    },
    CleanupEnded {
        step: StepPath,
        result: Result<(), Failure>,
    },
    Interrupted,
    OutOfTime,
}

#[derive(Debug)]
pub(super) struct StepEnd {
    pub(super) outputs: Value,
    pub(super) uncertainty: Duration,
}

/// What the core tells the driver to do, in this order.
pub(super) enum Command {
    Record(Event),
    Enter(Phase),
    Run {
        step: StepPath,
        arguments: Arguments,
    },
    Cancel {
        step: StepPath,
    },
    Pause {
        step: StepPath,
        pause: Period,
    },
    Undo {
        step: StepPath,
    },
    CleanUp {
        step: StepPath,
    },
    Seal,
    /// Leave what is in flight as it is: an incident goes on without us, until it is resumed.
    Detach,
    /// This is not the world that the run was in.
    LeaveAlone {
        message: String,
    },
    Close,
}

pub(super) fn decide(plan: &Plan, state: &RunState, input: Input) -> Vec<Command> {
    match input {
        Input::Proceed => proceed(plan, state),
        Input::Confirmed(Ok(())) => vec![],
        Input::Confirmed(Err(failure)) if state.continued.is_some() => {
            let message = failure.message;
            let warned = format!("the run is not taken up: {message}");
            vec![Command::Record(Event::Warned { message: warned }), Command::LeaveAlone { message }]
        }
        Input::Confirmed(Err(failure)) => stop(state, account_reason(failure)),
        Input::StepEnded { step, result: Ok(end) } => {
            let StepEnd { outputs, uncertainty } = end;
            let uncertainty = Period::new(uncertainty);
            vec![Command::Record(Event::StepSucceeded { step, outputs, uncertainty })]
        }
        Input::StepEnded { step, result: Err(failure) } => step_failed(plan, state, step, failure),
        Input::RetryDue { step } => retry(plan, state, &step),
        Input::UndoEnded { step, result } => vec![Command::Record(match result {
            Ok(()) => Event::Undone { step },
            Err(failure) => Event::UndoFailed { step, failure },
        })],
        Input::CleanupEnded { step, result } => vec![Command::Record(match result {
            Ok(()) => Event::CleanedUp { step },
            Err(failure) => Event::CleanupFailed { step, failure },
        })],
        Input::Interrupted => {
            let mut commands = vec![Command::Record(Event::Interrupted { count: state.interrupts + 1 })];
            commands.extend(stop(state, StopReason::Interrupted));
            commands
        }
        Input::OutOfTime => out_of_time(plan, state),
    }
}

fn account_reason(failure: Failure) -> StopReason {
    let message = failure.message;
    if failure.kind.stops() {
        StopReason::AccountRefused { message }
    } else {
        StopReason::AccountUnknown { message }
    }
}

fn stop(state: &RunState, reason: StopReason) -> Vec<Command> {
    match state.stopping {
        Some(_) => vec![],
        None => vec![Command::Record(Event::Stopping { reason })],
    }
}

/// A guardrail never stops a recovery for the sake of a figure.
fn out_of_time(plan: &Plan, state: &RunState) -> Vec<Command> {
    let limit = plan.max_duration.unwrap_or_default();
    match plan.mode {
        Mode::Drill if state.phase == Some(Phase::Forward) => stop(state, StopReason::MaxDuration { limit }),
        // It has done what it was to do; going back takes as long as it takes.
        Mode::Drill => {
            let message = format!("going back has lasted beyond the max-duration of {limit}; it goes on");
            vec![Command::Record(Event::Warned { message })]
        }
        Mode::Incident => {
            let message = format!("the run has lasted longer than its max-duration of {limit}; it goes on");
            vec![Command::Record(Event::Warned { message })]
        }
    }
}

fn step_failed(plan: &Plan, state: &RunState, step: StepPath, failure: Failure) -> Vec<Command> {
    let planned = plan.step(&step);
    let attempts = state.steps.get(&step).map_or(1, |state| state.attempts);
    if failure.kind.may_pass() && attempts < planned.attempts && state.stopping.is_none() {
        let after = pause(planned, attempts, seed(state));
        let retrying = Event::StepRetrying { step: step.clone(), attempt: attempts, after, failure };
        return vec![Command::Record(retrying), Command::Pause { step, pause: after }];
    }
    vec![Command::Record(Event::StepFailed { step, failure })]
}

/// Why the run must stop, if a step that failed says so. Told from the state, so that a crash between the
/// failure and the stop loses nothing.
fn due_stop(plan: &Plan, state: &RunState) -> Option<StopReason> {
    state.steps.iter().find_map(|(step, step_state)| {
        let failure = step_state.failure.as_ref().filter(|_| step_state.status == Status::Failed)?;
        let step = step.clone();
        match failure.kind {
            // Whoever cancelled it has said why.
            FailureKind::Cancelled => None,
            FailureKind::Refused => Some(StopReason::Refused { step }),
            FailureKind::Rejected => Some(StopReason::Rejected { step }),
            _ if plan.step(&step).on_failure == OnFailure::Continue => None,
            _ => Some(StopReason::StepFailed { step }),
        }
    })
}

fn seed(state: &RunState) -> Seed {
    state.opening.as_ref().map_or(Seed(1), |opening| opening.seed)
}

/// Doubles with each attempt; between half and all of it, so that steps that failed together do not
/// come back together.
fn pause(planned: &PlannedStep, attempts: u32, seed: Seed) -> Period {
    let whole = planned.backoff.get().saturating_mul(1 << (attempts - 1).min(16));
    let share = seed.draw(&["retry", planned.path.as_str(), &attempts.to_string()]).uniform();
    let millis = (whole.as_secs_f64() * 1000.0 * f64::midpoint(1.0, share)).round();
    Period::new(Duration::from_secs_f64(millis / 1000.0))
}

fn retry(plan: &Plan, state: &RunState, step: &StepPath) -> Vec<Command> {
    let retrying = state.steps.get(step).is_some_and(|state| state.status == Status::Retrying);
    if retrying && state.stopping.is_none() { start(plan, state, plan.step(step)) } else { vec![] }
}

/// All that can be done now. The driver asks until nothing is left.
fn proceed(plan: &Plan, state: &RunState) -> Vec<Command> {
    // A run that is taken up again touches nothing before it knows whose accounts these are.
    if state.continued.is_some() && state.accounts.len() < plan.places.len() {
        return vec![];
    }
    let adrift = take_up(plan, state);
    if !adrift.is_empty() {
        return adrift;
    }
    match state.phase {
        Some(Phase::Forward) | None => forward(plan, state),
        Some(Phase::Rollback) => back::roll_back(plan, state),
        Some(Phase::Cleanup) => back::clean_up(plan, state),
        Some(Phase::Ended) if back::is_due(plan, state) => vec![Command::Enter(Phase::Rollback)],
        Some(Phase::Ended) => end(plan, state),
    }
}

fn forward(plan: &Plan, state: &RunState) -> Vec<Command> {
    if state.stopping.is_some() {
        return halt(plan, state);
    }
    if let Some(reason) = due_stop(plan, state) {
        return vec![Command::Record(Event::Stopping { reason })];
    }
    if state.accounts.len() < plan.places.len() {
        return vec![];
    }
    let ready = plan.steps.iter().filter(|planned| is_ready(plan, state, planned));
    let commands: Vec<Command> = ready.flat_map(|planned| begin(plan, state, planned)).collect();
    if commands.is_empty() && !in_flight(state) { vec![leave_forward(plan, state)] } else { commands }
}

/// What another process left in flight is taken up: created or adopted, never created again. A drill that
/// is stopping cancels it instead.
fn take_up(plan: &Plan, state: &RunState) -> Vec<Command> {
    let cancels = state.stopping.is_some() && plan.mode == Mode::Drill;
    let mut commands = Vec::new();
    for (step, step_state) in state.steps.iter().filter(|(_, step)| step.left == LeftTo::TakeUp) {
        let resumed = Command::Record(Event::StepResumed { step: step.clone() });
        match step_state.status {
            Status::Undoing => commands.extend([resumed, Command::Undo { step: step.clone() }]),
            Status::Running if !cancels => commands.extend(run_again(plan, state, step, resumed)),
            Status::Retrying if state.stopping.is_none() => {
                commands.extend(start(plan, state, plan.step(step)));
            }
            Status::Running | Status::Retrying => {}
            _ => commands.extend([resumed, Command::CleanUp { step: step.clone() }]),
        }
    }
    commands
}

fn run_again(plan: &Plan, state: &RunState, step: &StepPath, resumed: Command) -> Vec<Command> {
    let Some(facts) = facts(state) else { return vec![] };
    match plan.arguments(plan.step(step), &facts) {
        Ok(arguments) => vec![resumed, Command::Run { step: step.clone(), arguments }],
        Err(failure) => step_failed(plan, state, step.clone(), failure),
    }
}

fn in_flight(state: &RunState) -> bool {
    state.steps.values().any(|step| matches!(step.status, Status::Running | Status::Retrying))
}

fn leave_forward(plan: &Plan, state: &RunState) -> Command {
    let goes_back = plan.mode == Mode::Drill || state.continued == Some(Continuation::GoBack);
    Command::Enter(if goes_back { Phase::Rollback } else { Phase::Ended })
}

/// No further step starts. A drill cancels what runs; an incident lets it finish, unless a person wants
/// to leave.
fn halt(plan: &Plan, state: &RunState) -> Vec<Command> {
    let incident = plan.mode == Mode::Incident;
    if incident && state.interrupts > 0 {
        return vec![Command::Detach];
    }
    let mut commands = Vec::new();
    for (step, step_state) in &state.steps {
        match step_state.status {
            Status::Retrying => {
                let failure = Failure::new(FailureKind::Cancelled, "cancelled: the run is stopping");
                commands.push(Command::Record(Event::StepFailed { step: step.clone(), failure }));
            }
            Status::Running if !incident => commands.push(Command::Cancel { step: step.clone() }),
            _ => {}
        }
    }
    if commands.is_empty() && !in_flight(state) { vec![leave_forward(plan, state)] } else { commands }
}

fn is_ready(plan: &Plan, state: &RunState, planned: &PlannedStep) -> bool {
    state.steps.get(&planned.path).is_some_and(|step| step.status == Status::Waiting)
        && planned.needs.iter().all(|need| satisfies(plan, state, need))
}

fn satisfies(plan: &Plan, state: &RunState, need: &StepPath) -> bool {
    match state.steps.get(need).map(|step| step.status) {
        Some(Status::Succeeded | Status::Skipped) => true,
        Some(Status::Failed) => plan.step(need).on_failure == OnFailure::Continue,
        _ => false,
    }
}

fn begin(plan: &Plan, state: &RunState, planned: &PlannedStep) -> Vec<Command> {
    match facts(state).map(|facts| plan.condition(planned, &facts)) {
        Some(Ok(true)) => start(plan, state, planned),
        Some(Ok(false)) => {
            let reason = plan.why_skipped(planned);
            vec![Command::Record(Event::StepSkipped { step: planned.path.clone(), reason })]
        }
        Some(Err(failure)) => cannot_start(plan, state, planned, failure),
        None => vec![],
    }
}

fn start(plan: &Plan, state: &RunState, planned: &PlannedStep) -> Vec<Command> {
    let step = planned.path.clone();
    let Some(facts) = facts(state) else { return vec![] };
    match plan.arguments(planned, &facts) {
        Ok(arguments) => {
            let attempt = state.steps.get(&step).map_or(0, |state| state.attempts) + 1;
            let inputs = arguments.shown.clone();
            vec![
                Command::Record(Event::StepStarted { step: step.clone(), attempt, inputs }),
                Command::Run { step, arguments },
            ]
        }
        Err(failure) => cannot_start(plan, state, planned, failure),
    }
}

/// Its condition or its arguments make no sense: that, too, is a failed step.
fn cannot_start(plan: &Plan, state: &RunState, planned: &PlannedStep, failure: Failure) -> Vec<Command> {
    let step = planned.path.clone();
    let attempt = state.steps.get(&step).map_or(0, |state| state.attempts) + 1;
    let mut commands =
        vec![Command::Record(Event::StepStarted { step: step.clone(), attempt, inputs: Value::Null })];
    commands.extend(step_failed(plan, state, step, failure));
    commands
}

/// What expressions can read now. `None` before the run is opened.
pub(super) fn facts(state: &RunState) -> Option<Facts<'_>> {
    let opening = state.opening.as_ref()?;
    Some(Facts {
        run_id: &opening.run,
        run_name: &opening.name,
        mode: opening.mode,
        incident_at: state.incident_at,
        detected_at: state.detected_at,
        declared_at: state.declared_at,
        outputs: &state.outputs,
    })
}

fn end(plan: &Plan, state: &RunState) -> Vec<Command> {
    if state.sealed {
        return vec![Command::Close];
    }
    let mut commands = Vec::new();
    if plan.mode == Mode::Incident {
        let standing = state.owned.iter().filter(|(_, owned)| owned.fate == Fate::Standing);
        commands.extend(standing.map(|(resource, owned)| {
            Command::Record(Event::Kept { step: owned.step.clone(), resource: resource.clone() })
        }));
    }
    if state.outcome.is_none() {
        commands.push(Command::Record(Event::RunEnded { outcome: outcome(state) }));
    }
    commands.push(Command::Seal);
    commands
}

fn outcome(state: &RunState) -> Outcome {
    match &state.stopping {
        Some(StopReason::StepFailed { .. } | StopReason::AccountUnknown { .. }) => Outcome::Failed,
        Some(_) => Outcome::Stopped,
        None if state.steps.values().any(|step| step.failure.is_some()) => Outcome::Failed,
        None => Outcome::Succeeded,
    }
}
