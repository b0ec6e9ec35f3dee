//! The steps, each with its start and duration, and where the recovery time went.

use crate::base::Instant;
use crate::event::StepStatus;
use crate::measure::{Part, Report, StepRow};
use crate::view::event_line::sentence;
use crate::view::paper::{BAD, BOLD, CARE, DIM, GOOD, PLAIN, Paper, clock, fit, length};
use anstyle::Style;

/// Widths of the columns that vary with what stands in them.
struct Widths {
    id: usize,
    uses: usize,
}

/// `* succeeded  `, and what stands right of the type: start, duration, share.
const LEFT: usize = 13;
const RIGHT: usize = 2 + 10 + 1 + 8 + 1 + 6;

pub(super) fn write(paper: &mut Paper, report: &Report) {
    let longest = |text: fn(&StepRow) -> &str, least: usize| {
        report.steps.iter().map(|step| text(step).chars().count()).max().unwrap_or(0).max(least)
    };
    let room = paper.page.width.saturating_sub(LEFT + RIGHT + 2).max(18);
    let id = longest(|step| &step.id, 4).min(room * 2 / 3);
    let widths = Widths { id, uses: longest(|step| &step.uses, 4).min(room - id) };
    paper.blank();
    let Widths { id, uses } = widths;
    let heading = format!("  STATUS     {:<id$}  {:<uses$}  START          TOOK  SHARE", "STEP", "TYPE");
    paper.line(&[(BOLD, &heading)]);
    let t0 = report.timeline.t0.unwrap_or(report.run.started_at);
    let part = |paper: &mut Paper, wanted: Part, words: &str| {
        for part in report.path.iter().filter(|part| part.part == wanted) {
            between(paper, &widths, words, (part.from, t0), part.seconds, part.percent);
        }
    };
    part(paper, Part::BeforeRun, "before the run: found, declared");
    for step in &report.steps {
        row(paper, &widths, step, t0);
        notes(paper, report, step);
    }
    part(paper, Part::ResolverCaches, "until resolvers have let go (T7)");
    gaps(paper, &widths, report);
    paper.line(&[(DIM, "  * on the critical path; SHARE is of the recovery time.")]);
}

fn row(paper: &mut Paper, widths: &Widths, step: &StepRow, t0: Instant) {
    let (style, word) = status(step);
    let start = step.started_at.map(|at| clock(at - t0)).unwrap_or_default();
    let took = step.duration_s.map(length).unwrap_or_default();
    let share = step.share_percent.map(|share| format!("{share:.1}%")).unwrap_or_default();
    let star = if step.critical { "* " } else { "  " };
    paper.line(&[
        (BOLD, star),
        (style, &fit(word, 9)),
        (PLAIN, "  "),
        (if step.critical { BOLD } else { PLAIN }, &fit(&step.id, widths.id)),
        (PLAIN, "  "),
        (DIM, &fit(&step.uses, widths.uses)),
        (PLAIN, &format!("  {start:<10} {took:>8} {share:>6}")),
    ]);
}

fn between(
    paper: &mut Paper,
    widths: &Widths,
    words: &str,
    (from, t0): (Instant, Instant),
    seconds: f64,
    percent: f64,
) {
    let room = widths.id + 2 + widths.uses;
    let (start, took, share) = (clock(from - t0), length(seconds), format!("{percent:.1}%"));
    paper.line(&[
        (BOLD, "*            "),
        (DIM, &fit(words, room)),
        (PLAIN, &format!("  {start:<10} {took:>8} {share:>6}")),
    ]);
}

/// What passed between the end of one step and the start of the next, where it shows.
fn gaps(paper: &mut Paper, widths: &Widths, report: &Report) {
    let gaps = || report.path.iter().filter(|part| part.part == Part::Between);
    let (seconds, percent): (f64, f64) =
        (gaps().map(|part| part.seconds).sum(), gaps().map(|part| part.percent).sum());
    if percent >= 0.1 {
        let words = fit("between steps", widths.id + 2 + widths.uses);
        let figures = format!("  {:<10} {:>8} {:>6}", "", length(seconds), format!("{percent:.1}%"));
        paper.line(&[(BOLD, "*            "), (DIM, &words), (PLAIN, &figures)]);
    }
}

fn status(step: &StepRow) -> (Style, &'static str) {
    match step.state {
        Some("waiting") => return (CARE, "waiting"),
        Some(_) => return (CARE, "running"),
        None => {}
    }
    match step.status {
        StepStatus::Succeeded => (GOOD, "succeeded"),
        StepStatus::Failed => (BAD, "failed"),
        StepStatus::Skipped => (DIM, "skipped"),
        StepStatus::Undone => (GOOD, "undone"),
        StepStatus::Stuck => (BAD, "stuck"),
        StepStatus::NotRun => (DIM, "not run"),
    }
}

/// In the lab the scenario answers, so no command would reach anybody.
fn waiting(report: &Report, question: &str, step: &str) -> String {
    let words = format!("Waits for an answer: {}", sentence(question));
    match report.run.world {
        "lab" => words,
        _ => format!("{words} lifeboat approve {} {step}", report.run.id),
    }
}

/// What the figures of a step do not say.
fn notes(paper: &mut Paper, report: &Report, step: &StepRow) {
    let label = "             ";
    let mut note = |style, words: &str| paper.hanging((PLAIN, label), style, words);
    if let Some(failure) = &step.failure {
        note(BAD, &sentence(&format!("Failed: {}", failure.message)));
        if let Some(hint) = &failure.hint {
            note(PLAIN, &sentence(&format!("Hint: {hint}")));
        }
    } else if step.state == Some("running") {
        note(CARE, "Running, or cut off.");
    } else if step.failed {
        note(BAD, "The run was cut off while it ran.");
    }
    if let Some(reason) = &step.skipped_because {
        note(DIM, &sentence(&format!("Because {reason}")));
    }
    if step.attempts > 1 {
        note(CARE, &format!("In {} attempts.", step.attempts));
    }
    for approval in report.approvals.iter().filter(|approval| approval.step == step.id) {
        let by = approval.by.as_deref().unwrap_or("nobody");
        let waited = approval.waited_s.map(length).unwrap_or_default();
        note(
            DIM,
            &match approval.approved {
                Some(true) => format!("Approved by {by} after {waited} of waiting."),
                Some(false) => format!("Rejected by {by} after {waited} of waiting."),
                None if step.state == Some("waiting") => waiting(report, &approval.question, &step.id),
                None => "Nobody answered.".to_owned(),
            },
        );
    }
    for deviation in report.deviations.iter().filter(|deviation| deviation.step.as_ref() == Some(&step.id)) {
        note(CARE, &sentence(&format!("Deviation: {}", deviation.message)));
    }
}
