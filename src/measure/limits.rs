//! What a run says nothing about: the parts of a real recovery that it did not exercise.

use super::change::{self, Change};
use super::course::{Caches, Course};
use super::document::NotExercised;
use super::facts::Facts;
use crate::base::{Mark, Mode};
use crate::event::{ClockSource, Event, Evidence, OutlineStep, Status, UndoRule};

pub(super) fn not_exercised(facts: &Facts<'_>, course: &Course<'_>) -> Vec<NotExercised> {
    let mut limits = Limits(Vec::new());
    if facts.opening.rehearsal {
        limits.push("aws", "the world is emulated");
    }
    detection(facts, &mut limits);
    approval(facts, &mut limits);
    record(facts, course, &mut limits);
    going_back(facts, &mut limits);
    if !facts.bears(Mark::Recovered) {
        limits.push("client-side", "no step is marked `recovered`");
    }
    if !facts.evidence.iter().any(|(.., evidence)| matches!(evidence, Evidence::NewestData { .. })) {
        limits.push("recovered-data", "no step looked for the newest recovered data");
    }
    for step in facts.outline().iter().filter(|step| !step.waits_for_person) {
        match facts.state.steps.get(&step.path).map(|state| (state.status, &state.skipped_because)) {
            Some((Status::Skipped, reason)) => {
                limits.push(step.path.as_str(), reason.as_deref().unwrap_or("it was skipped"));
            }
            Some((Status::Waiting, _)) | None => limits.push(step.path.as_str(), "it never started"),
            Some(_) => {}
        }
    }
    limits.0
}

struct Limits(Vec<NotExercised>);

impl Limits {
    fn push(&mut self, what: &str, why: &str) {
        self.0.push(NotExercised { what: what.to_owned(), why: why.to_owned() });
    }
}

fn detection(facts: &Facts<'_>, limits: &mut Limits) {
    match (facts.detected_at, facts.source) {
        (None, _) => limits.push("detection", "nobody stated when it was detected (T1)"),
        (Some(_), Some(ClockSource::Operator)) if !facts.opening.rehearsal => {}
        (Some(_), _) => limits.push("detection", "T1 is given, not found by an alarm"),
    }
}

fn approval(facts: &Facts<'_>, limits: &mut Limits) {
    let mut asking = facts.outline().iter().filter(|step| step.waits_for_person).peekable();
    if asking.peek().is_none() {
        return limits.push("approval", "no step asks a person");
    }
    let answered = |step: &OutlineStep| facts.waits.iter().any(|(asked, _)| **asked == step.path);
    if asking.any(|step| !answered(step)) {
        limits.push("approval", "a step that asks a person did not run");
    } else if facts.opening.scenario.is_some() {
        limits.push("approval", "the scenario answers, not a person");
    }
}

fn record(facts: &Facts<'_>, course: &Course<'_>, limits: &mut Limits) {
    let stands_in = |step: &OutlineStep| step.differs_in_drill && step.uses.starts_with("route53.");
    if course.caches == Caches::NoRecordChanged {
        limits.push("production-record", "no DNS record was changed");
    } else if facts.opening.mode == Mode::Drill && facts.outline().iter().any(stands_in) {
        limits.push("production-record", "the drill changed a record that stands in for it");
    }
}

fn going_back(facts: &Facts<'_>, limits: &mut Limits) {
    let undoes = facts.outline().iter().any(|step| step.undo == UndoRule::ByStepType);
    let undone = facts.entries.iter().any(|entry| match &entry.event {
        Event::Undone { step } => facts.outline().iter().any(|outline| {
            outline.path == *step
                && (!outline.uses.starts_with("route53.")
                    || change::of_record(facts, step) != Change::Nothing)
        }),
        _ => false,
    });
    if undoes && !undone {
        limits.push("rollback", "nothing was undone");
    }
    let cleaned = facts.entries.iter().any(|entry| matches!(entry.event, Event::CleanedUp { .. }));
    if !facts.state.owned.is_empty() && !cleaned {
        limits.push("cleanup", "nothing was cleaned up");
    }
}
