//! One entry as one line: when, what, and to whom it happened.

use super::paper::{BAD, BOLD, CARE, DIM, GOOD, PLAIN, clean, clock, fit, length, paint};
use crate::base::{Instant, Mode, Outcome};
use crate::event::{Entry, Event, Opening, StopReason};
use anstyle::Style;
use std::collections::BTreeMap;

/// What the lines need to remember of the entries before.
#[derive(Debug, Default)]
pub(super) struct Told {
    t0: Option<Instant>,
    run: String,
    types: BTreeMap<String, String>,
    started: BTreeMap<String, Instant>,
    asked: BTreeMap<String, Instant>,
}

/// A word for what happened, what there is to say of it, and whom it happened to.
struct Said {
    style: Style,
    word: &'static str,
    words: String,
    id: String,
}

impl Told {
    /// The entry's line, or nothing when nobody needs to see it.
    pub(super) fn line(&mut self, entry: &Entry, colour: bool) -> Option<String> {
        self.note(entry);
        let said = self.say(entry)?;
        // Before the clock is set the first line would tell another time than those below it.
        let since = self.t0.filter(|_| !matches!(entry.event, Event::RunOpened { .. }));
        let since = since.map(|t0| clock(entry.at - t0)).unwrap_or_default();
        let time = paint(colour, DIM, &fit(&since, 11));
        let word = paint(colour, said.style, &fit(said.word, 10));
        let line = format!("{time} {word}  {} {}", clean(&said.words), said.id);
        Some(line.trim_end().to_owned())
    }

    fn note(&mut self, entry: &Entry) {
        match &entry.event {
            Event::RunOpened { opening } => {
                self.t0 = Some(entry.at);
                self.run = opening.run.to_string();
                let steps = opening.outline.steps.iter();
                self.types = steps.map(|step| (step.path.to_string(), step.uses.clone())).collect();
            }
            Event::ClockSet { incident_at: Some(incident_at), .. } => self.t0 = Some(*incident_at),
            Event::StepStarted { step, .. } => {
                self.started.entry(step.to_string()).or_insert(entry.at);
            }
            Event::UndoStarted { step } | Event::CleanupStarted { step } => {
                self.started.insert(step.to_string(), entry.at);
            }
            Event::ApprovalAsked { step, .. } => {
                self.asked.insert(step.to_string(), entry.at);
            }
            _ => {}
        }
    }

    fn say(&self, entry: &Entry) -> Option<Said> {
        let id = entry.event.step().map(ToString::to_string).unwrap_or_default();
        let after = |since: &BTreeMap<String, Instant>| {
            let since = since.get(&id).copied().unwrap_or(entry.at);
            length((entry.at - since).to_std().unwrap_or_default().as_secs_f64())
        };
        let uses = || self.types.get(&id).map(|uses| format!("{uses}.")).unwrap_or_default();
        let (style, word, words) = match &entry.event {
            Event::StepStarted { attempt: 1, .. } => (PLAIN, "started", uses()),
            Event::StepStarted { attempt, .. } => {
                (PLAIN, "started", format!("{} Attempt {attempt}.", uses()))
            }
            Event::StepSkipped { reason, .. } => (DIM, "skipped", sentence(reason)),
            Event::StepRetrying { attempt, after, failure, .. } => {
                (CARE, "retrying", format!("Attempt {attempt}: {failure}. Again in {after}."))
            }
            Event::StepSucceeded { .. } => (GOOD, "succeeded", format!("After {}.", after(&self.started))),
            Event::StepFailed { failure, .. } => {
                (BAD, "failed", format!("After {}: {}", after(&self.started), sentence(&failure.message)))
            }
            Event::Deviated { message, .. } => (CARE, "deviated", sentence(message)),
            Event::ApprovalAsked { question, .. } => {
                (BOLD, "asks", format!("{question} Answer with: lifeboat approve {}", self.run))
            }
            Event::ApprovalAnswered { approved, by, .. } => {
                let (style, word) = if *approved { (GOOD, "approved") } else { (BAD, "rejected") };
                (style, word, format!("By {by}, after {}.", after(&self.asked)))
            }
            Event::Refused { service, operation, reason, .. } => {
                (BAD, "refused", sentence(&format!("{service}:{operation}: {reason}")))
            }
            Event::Created { resource, adopted, .. } => {
                (DIM, if *adopted { "adopted" } else { "created" }, format!("{resource}."))
            }
            Event::Removed { resource, .. } => (DIM, "removed", format!("{resource}.")),
            Event::Kept { resource, .. } => (DIM, "kept", format!("{resource}.")),
            Event::UndoStarted { .. } => (PLAIN, "undoing", uses()),
            Event::Undone { .. } => (GOOD, "undone", format!("After {}.", after(&self.started))),
            Event::CleanupStarted { .. } => (PLAIN, "cleaning", uses()),
            Event::CleanedUp { .. } => (GOOD, "cleaned up", format!("After {}.", after(&self.started))),
            Event::UndoFailed { failure, .. } | Event::CleanupFailed { failure, .. } => {
                (BAD, "stuck", sentence(&failure.message))
            }
            Event::Abandoned { .. } => (BAD, "abandoned", uses()),
            event => return self.say_of_run(event),
        };
        Some(Said { style, word, words, id })
    }

    fn say_of_run(&self, event: &Event) -> Option<Said> {
        let (style, word, words, id) = match event {
            Event::RunOpened { opening } => (BOLD, "run", opened(opening), self.run.clone()),
            Event::Watched { resource, status } => {
                (DIM, "watched", format!("{}.", clean(status)), clean(resource))
            }
            Event::Warned { message } => (CARE, "warning", sentence(message), String::new()),
            Event::Interrupted { count } => (CARE, "interrupt", format!("Number {count}."), String::new()),
            Event::Stopping { reason } => {
                let (words, id) = stopping(reason);
                (CARE, "stopping", words, id)
            }
            Event::RunEnded { outcome } => {
                let style = if *outcome == Outcome::Succeeded { GOOD } else { BAD };
                (style, outcome.as_str(), "The run has ended.".to_owned(), self.run.clone())
            }
            _ => return None,
        };
        Some(Said { style, word, words, id })
    }
}

fn opened(opening: &Opening) -> String {
    let mode = match opening.mode {
        Mode::Drill => "a drill",
        Mode::Incident => "an incident",
    };
    let verb = if opening.rehearsal { "Rehearses" } else { "Runs" };
    format!("{verb} {} as {mode}.", opening.outline.runbook)
}

fn stopping(reason: &StopReason) -> (String, String) {
    let of = |why: &str, step: &crate::base::StepPath| {
        (format!("No further step starts: {why}."), step.to_string())
    };
    match reason {
        StopReason::StepFailed { step } => of("a step failed", step),
        StopReason::Refused { step } => of("a step was refused", step),
        StopReason::Rejected { step } => of("a step was rejected", step),
        StopReason::Interrupted => ("No further step starts: interrupted.".to_owned(), String::new()),
        StopReason::Recalled => ("No further step starts: going back was ordered.".to_owned(), String::new()),
        StopReason::AccountRefused { message } | StopReason::AccountUnknown { message } => {
            (format!("No step starts: {message}."), String::new())
        }
        StopReason::MaxDuration { limit } => {
            (format!("No further step starts: it takes longer than {limit}."), String::new())
        }
    }
}

/// Ends with a full stop.
pub(super) fn sentence(words: &str) -> String {
    let words = words.trim_end();
    if words.ends_with(['.', '?', '!']) { words.to_owned() } else { format!("{words}.") }
}
