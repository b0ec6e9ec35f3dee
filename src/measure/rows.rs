//! The rows of a report: steps, approvals, evidence, and what else an auditor reads.

use super::change::{self, Change};
use super::document::{
    Approval, Calls, EvidenceRow, FailureRow, Note, PathPart, PhaseRow, PlaceRow, Refusal, StepRow,
};
use super::facts::{End, Facts, Interval, seconds};
use crate::base::{Failure, StepPath};
use crate::event::{CallResult, Cleanup, Event, OutlineStep, Status, StepState, StepStatus};
use serde_json::Value;

pub(super) fn steps(facts: &Facts<'_>, critical: &[&StepPath], parts: &[PathPart]) -> Vec<StepRow> {
    facts.outline().iter().map(|step| row(facts, step, critical, parts)).collect()
}

fn row(facts: &Facts<'_>, step: &OutlineStep, critical: &[&StepPath], parts: &[PathPart]) -> StepRow {
    let state = facts.state.steps.get(&step.path).cloned().unwrap_or_default();
    let runs = matches!(state.status, Status::Running | Status::Retrying);
    let in_flight = runs && facts.state.outcome.is_none();
    let id = step.path.to_string();
    let share = parts.iter().find(|part| part.step.as_ref() == Some(&id));
    let end = facts.ends.get(&step.path);
    let duration = match (state.started_at, end) {
        (Some(from), Some((to, End::Succeeded { .. } | End::Failed(_)))) => {
            Some(Interval { from, to: *to }.length())
        }
        _ => None,
    };
    let waits: Vec<Interval> =
        facts.waits.iter().filter(|(waiting, _)| **waiting == step.path).map(|(_, wait)| *wait).collect();
    StepRow {
        uses: step.uses.clone(),
        status: status(facts, step, &state, in_flight),
        state: in_flight.then_some(if state.asked { "waiting" } else { "running" }),
        place: step.place.as_ref().map(ToString::to_string),
        mark: step.mark,
        started_at: state.started_at,
        duration_s: duration.map(seconds),
        attempts: state.attempts,
        critical: critical.contains(&&step.path),
        share_s: share.map(|part| part.seconds),
        share_percent: share.map(|part| part.percent),
        waiting_s: (!waits.is_empty()).then(|| waits.iter().map(|wait| seconds(wait.length())).sum()),
        outputs: state.outputs,
        // What a run that has ended left running was cut off.
        failed: matches!(end, Some((_, End::Failed(_)))) || (runs && !in_flight),
        failure: match end {
            Some((_, End::Failed(failure))) => Some(failure_row(failure)),
            _ => None,
        },
        skipped_because: state.skipped_because,
        cleaned_up: state.cleanup == Cleanup::Done,
        id,
    }
}

/// Nothing is undone of a step that failed before it changed anything.
fn status(facts: &Facts<'_>, step: &OutlineStep, state: &StepState, in_flight: bool) -> StepStatus {
    let failed = matches!(facts.ends.get(&step.path), Some((_, End::Failed(_))));
    match state.reported() {
        StepStatus::Failed if in_flight => StepStatus::NotRun,
        StepStatus::Undone
            if failed
                && step.uses.starts_with("route53.")
                && change::of_record(facts, &step.path) == Change::Nothing =>
        {
            StepStatus::Failed
        }
        reported => reported,
    }
}

fn failure_row(failure: &Failure) -> FailureRow {
    let kind = serde_json::to_value(failure.kind).ok();
    FailureRow {
        kind: kind.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
        message: failure.message.clone(),
        hint: failure.hint.clone(),
        code: failure.code.clone(),
    }
}

pub(super) fn phases(facts: &Facts<'_>) -> Vec<PhaseRow> {
    let mut phases: Vec<PhaseRow> = Vec::new();
    for entry in facts.entries {
        if phases.last().is_none_or(|last| last.phase != entry.phase) {
            phases.push(PhaseRow { phase: entry.phase, began_at: entry.at });
        }
    }
    phases
}

pub(super) fn approvals(facts: &Facts<'_>) -> Vec<Approval> {
    let mut approvals: Vec<Approval> = Vec::new();
    for entry in facts.entries {
        match &entry.event {
            Event::ApprovalAsked { step, question } => approvals.push(Approval {
                step: step.to_string(),
                question: question.clone(),
                asked_at: entry.at,
                answered_at: None,
                waited_s: None,
                approved: None,
                by: None,
                user: None,
                comment: None,
            }),
            Event::ApprovalAnswered { step, approved, by, user, comment } => {
                let asked = approvals.iter_mut().rev().find(|asked| asked.step == step.as_str());
                if let Some(asked) = asked.filter(|asked| asked.answered_at.is_none()) {
                    asked.answered_at = Some(entry.at);
                    asked.waited_s = Some(seconds(entry.at - asked.asked_at));
                    asked.approved = Some(*approved);
                    asked.by = Some(by.clone());
                    asked.user = Some(user.clone());
                    asked.comment.clone_from(comment);
                }
            }
            _ => {}
        }
    }
    approvals
}

pub(super) fn evidence(facts: &Facts<'_>) -> Vec<EvidenceRow> {
    let observed = facts.entries.iter().filter_map(|entry| match &entry.event {
        Event::Observed { step, evidence } => {
            let observed = serde_json::to_value(evidence).ok()?;
            Some(EvidenceRow { at: entry.at, step: step.to_string(), observed })
        }
        _ => None,
    });
    observed.collect()
}

pub(super) fn deviations(facts: &Facts<'_>) -> Vec<Note> {
    let deviations = facts.entries.iter().filter_map(|entry| match &entry.event {
        Event::Deviated { step, message } => {
            Some(Note { at: entry.at, step: Some(step.to_string()), message: message.clone() })
        }
        _ => None,
    });
    deviations.collect()
}

pub(super) fn warnings(facts: &Facts<'_>) -> Vec<Note> {
    let warnings = facts.entries.iter().filter_map(|entry| match &entry.event {
        Event::Warned { message } => Some(Note { at: entry.at, step: None, message: message.clone() }),
        _ => None,
    });
    warnings.collect()
}

pub(super) fn refusals(facts: &Facts<'_>) -> Vec<Refusal> {
    let refusals = facts.entries.iter().filter_map(|entry| match &entry.event {
        Event::Refused { step, service, operation, resource, reason } => Some(Refusal {
            at: entry.at,
            step: step.as_ref().map(ToString::to_string),
            action: format!("{service}:{operation}"),
            resource: resource.as_ref().map(ToString::to_string),
            reason: reason.clone(),
        }),
        _ => None,
    });
    refusals.collect()
}

pub(super) fn calls(facts: &Facts<'_>) -> Calls {
    let mut calls = Calls::default();
    for entry in facts.entries {
        match &entry.event {
            Event::Called { result: CallResult::Ok, .. } => calls.answered += 1,
            Event::Called { result: CallResult::Error { .. }, .. } => calls.errors += 1,
            Event::Refused { .. } => calls.refused += 1,
            _ => {}
        }
    }
    calls
}

pub(super) fn places(facts: &Facts<'_>) -> Vec<PlaceRow> {
    let places = facts.opening.places.iter().map(|place| {
        let mut row = PlaceRow {
            id: place.id.to_string(),
            region: place.region.clone(),
            account: None,
            caller: None,
            clock_offset_ms: None,
        };
        for entry in facts.entries {
            if let Event::AccountConfirmed { place: id, account, caller, clock_offset_ms, .. } = &entry.event
                && *id == place.id
            {
                row.account = Some(account.clone());
                row.caller = Some(caller.clone());
                row.clock_offset_ms = clock_offset_ms.or(row.clock_offset_ms);
            }
        }
        row
    });
    places.collect()
}
