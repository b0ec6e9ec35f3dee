//! What the run left behind, what it did not show, and what is to be done now.

use crate::event::StepStatus;
use crate::measure::{Report, ResourceRow, StuckIn};
use crate::view::event_line::sentence;
use crate::view::paper::{BAD, BOLD, CARE, DIM, GOOD, PLAIN, Paper};
use anstyle::Style;

/// Labels are this wide.
const LABEL: usize = 15;

pub(super) fn write(paper: &mut Paper, report: &Report) {
    paper.blank();
    listed(paper, (PLAIN, "Kept"), report.kept.iter().map(resource));
    listed(paper, (GOOD, "Cleaned up"), report.removed.iter().map(resource));
    let undone =
        report.steps.iter().filter(|step| step.status == StepStatus::Undone).map(|step| step.id.clone());
    listed(paper, (GOOD, "Undone"), undone);
    let stuck = report.stuck.iter().map(|stuck| {
        let what = match stuck.what {
            StuckIn::Undo => "its undo",
            StuckIn::Cleanup => "its cleanup",
        };
        format!("{what}: {} {}", sentence(&stuck.reason), stuck.step)
    });
    listed(paper, (BAD, "Stuck"), stuck);
    if report.leftovers.is_empty() {
        paper.line(&[(DIM, &label("Left over")), (DIM, "nothing")]);
    } else {
        listed(paper, (BAD, "Left over"), report.leftovers.iter().map(resource));
    }
    let refusals = report.refusals.iter().map(|refusal| {
        let resource = refusal.resource.as_deref().map(|id| format!(" on {id}")).unwrap_or_default();
        sentence(&format!("{}{resource}: {}", refusal.action, refusal.reason))
    });
    listed(paper, (BAD, "Refused"), refusals);
    listed(paper, (CARE, "Warnings"), report.warnings.iter().map(|warning| sentence(&warning.message)));
    let limits = report.not_exercised.iter().map(|limit| format!("{}: {}", limit.what, sentence(&limit.why)));
    listed(paper, (PLAIN, "Not exercised"), limits);
    let places = report.places.iter().map(|place| {
        let account = place.account.as_deref().unwrap_or("not confirmed");
        let caller = place.caller.as_deref().map(|caller| format!(", as {caller}")).unwrap_or_default();
        format!("{}: {}, account {account}{caller}", place.id, place.region)
    });
    listed(paper, (PLAIN, "Places"), places);
    let remains = !report.stuck.is_empty() || !report.leftovers.is_empty();
    if remains && report.run.world == "lab" {
        paper.blank();
        paper.line(&[(DIM, "Nothing is to be done: the lab's world ended with its process.")]);
    }
    if !report.next.is_empty() {
        paper.heading("To finish what is left:");
        // A command is never broken: it is there to be copied.
        report.next.iter().for_each(|command| paper.line(&[(PLAIN, "  "), (BOLD, command)]));
    }
}

fn label(words: &str) -> String {
    format!("{words:<LABEL$}")
}

fn listed(paper: &mut Paper, (style, words): (Style, &str), items: impl Iterator<Item = String>) {
    let mut words = label(words);
    for item in items {
        paper.hanging((style, &words), PLAIN, &item);
        words = label("");
    }
}

fn resource(row: &ResourceRow) -> String {
    let place = row.region.as_deref().map(|region| format!(" in {region}")).unwrap_or_default();
    let id =
        row.immutable_id.as_deref().map_or_else(|| ", never confirmed".to_owned(), |id| format!(", {id}"));
    format!("{}{place}{id}, by step {}", row.resource, row.step)
}
