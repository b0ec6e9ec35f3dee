//! The final summary: what a person reads at a glance when a run has ended.
//!
//! The first line says what the run is worth as proof. What was not measured is written out as such.

mod after;
mod objectives;
pub(super) use objectives::verdict_word;
mod steps;
#[cfg(test)]
mod tests;
mod times;

use super::event_line::sentence;
use super::paper::{BAD, BOLD, CARE, DIM, GOOD, PLAIN, Page, Paper, length};
use crate::base::{Mode, Outcome};
use crate::measure::Report;

/// The summary of `report`, whose journal lies at `journal`.
pub(crate) fn summary(report: &Report, journal: &str, page: Page) -> String {
    let mut paper = Paper::new(page);
    worth(&mut paper, report);
    paper.blank();
    outcome(&mut paper, report);
    objectives::write(&mut paper, report);
    steps::write(&mut paper, report);
    times::write(&mut paper, report);
    after::write(&mut paper, report);
    paper.blank();
    if report.run.virtual_time {
        paper.line(&[(DIM, "Seed: "), (PLAIN, &format!("{}, in virtual time", report.run.seed))]);
    }
    paper.line(&[(DIM, "Journal: "), (PLAIN, journal)]);
    paper.finish()
}

/// What the run is worth as proof.
fn worth(paper: &mut Paper, report: &Report) {
    let run = &report.run;
    if run.certified {
        return paper.line(&[(GOOD, "Certified"), (PLAIN, ": on AWS, sealed, nothing emulated.")]);
    }
    let why = match (run.world, run.sealed) {
        ("lab", _) => "the world is emulated (the embedded lab): this certifies nothing.",
        ("endpoint", _) => "the world is emulated (an endpoint): this certifies nothing.",
        (_, false) => "the journal is not sealed: this certifies nothing.",
        _ => "not every service was AWS itself: this certifies nothing.",
    };
    let kind = if run.mode == "rehearsal" { "Rehearsal" } else { "Not certified" };
    paper.line(&[(CARE, kind), (PLAIN, ": "), (PLAIN, why)]);
}

fn outcome(paper: &mut Paper, report: &Report) {
    let run = &report.run;
    let mode = match run.acts_as {
        Mode::Drill => "a drill",
        Mode::Incident => "an incident",
    };
    let (style, word) = match run.outcome {
        Some(Outcome::Succeeded) => (GOOD, "succeeded"),
        Some(Outcome::Failed) => (BAD, "failed"),
        Some(Outcome::Stopped) => (BAD, "stopped"),
        None => (CARE, "has not ended"),
    };
    let took = run.ended_at.map(|ended_at| {
        let took = (ended_at - run.started_at).to_std().unwrap_or_default();
        format!(" after {}", length(took.as_secs_f64()))
    });
    let subject = match &run.scenario {
        Some(scenario) => format!("{scenario}: {} as {mode} ", run.runbook),
        None => format!("{} as {mode} ", run.runbook),
    };
    paper.line(&[
        (BOLD, &subject),
        (style, word),
        (PLAIN, &took.unwrap_or_default()),
        (PLAIN, ". "),
        (PLAIN, &run.id),
    ]);
    if let Some(why) = &report.stopped_because {
        paper.hanging((PLAIN, "  "), CARE, &format!("No further step was started: {}", sentence(why)));
    }
}
