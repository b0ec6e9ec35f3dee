//! Was it as expected? Pure: from the report and the world before and after.

use super::expect::{Expect, Figure, Names};
use crate::base::Verdict;
use crate::lab::LabSnapshot;
use crate::measure::{self, Report};
use serde::Serialize;
use std::time::Duration;

/// One expectation, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Judgement {
    pub(crate) what: String,
    pub(crate) expected: String,
    pub(crate) actual: String,
    pub(crate) as_expected: bool,
}

/// What a judgement rests on.
pub(super) struct Evidence<'a> {
    pub(super) report: &'a Report,
    pub(super) before: &'a LabSnapshot,
    pub(super) after: &'a LabSnapshot,
}

fn judgement(what: impl Into<String>, expected: impl Into<String>, actual: impl Into<String>) -> Judgement {
    let (expected, actual) = (expected.into(), actual.into());
    Judgement { what: what.into(), as_expected: expected == actual, expected, actual }
}

/// Judges every expectation but the finding, which is judged before anything runs.
pub(super) fn judge(expect: &Expect, evidence: &Evidence<'_>) -> Vec<Judgement> {
    let Evidence { report, before, after } = evidence;
    let mut judgements = Vec::new();
    if let Some(outcome) = expect.outcome {
        let actual = report.run.outcome.map_or("not ended", crate::base::Outcome::as_str);
        judgements.push(judgement("outcome", outcome.as_str(), actual));
    }
    let objectives = &report.objectives;
    if let Some(figure) = expect.rto {
        judgements.push(judge_figure("rto", figure, objectives.rto.verdict, objectives.rto.achieved_s));
    }
    if let Some(figure) = expect.rpo {
        judgements.push(judge_figure("rpo", figure, objectives.rpo.verdict, objectives.rpo.achieved_s));
    }
    let left_over = || leftovers(report, before, after);
    judgements.extend(expect.leftovers.as_ref().map(|names| judge_names("leftovers", names, left_over())));
    let stuck = || report.stuck.iter().map(|stuck| stuck.step.clone()).collect();
    judgements.extend(expect.stuck.as_ref().map(|names| judge_names("stuck", names, stuck())));
    let kept = || report.kept.iter().map(|kept| kept.step.clone()).collect();
    judgements.extend(expect.kept.as_ref().map(|names| judge_names("kept", names, kept())));
    for (step, status) in &expect.step {
        let actual =
            report.steps.iter().find(|row| row.id == *step).map_or("no such step", |row| row.status.as_str());
        judgements.push(judgement(format!("step {step}"), status.as_str(), actual));
    }
    judgements.extend(expect.refused.as_ref().map(|action| judge_refusal(action, report)));
    judgements.extend(expect.failure.as_ref().map(|fragment| judge_failure(fragment, report)));
    for (record, value) in &expect.dns {
        judgements.push(judge_record(record, value, before, after));
    }
    if let Some(code) = expect.exit {
        judgements.push(judgement("exit code", code.to_string(), measure::exit_code(report).to_string()));
    }
    judgements
}

fn judge_figure(what: &str, figure: Figure, verdict: Verdict, achieved_s: Option<f64>) -> Judgement {
    let (at_least, at_most) = match figure {
        Figure::Verdict(expected) => return judgement(what, expected.as_str(), verdict.as_str()),
        Figure::Bounds { at_least, at_most } => (at_least, at_most),
    };
    let achieved = achieved_s.map(Duration::from_secs_f64);
    let as_expected = achieved.is_some_and(|achieved| {
        at_least.is_none_or(|bound| achieved >= bound.get())
            && at_most.is_none_or(|bound| achieved <= bound.get())
    });
    let bounds: Vec<String> = [("at least", at_least), ("at most", at_most)]
        .into_iter()
        .filter_map(|(word, bound)| bound.map(|bound| format!("{word} {bound}")))
        .collect();
    let actual = achieved
        .map_or_else(|| "not measured".to_owned(), |achieved| crate::base::Period::new(achieved).to_string());
    Judgement { what: what.to_owned(), expected: bounds.join(", "), actual, as_expected }
}

fn judge_names(what: &str, expected: &Names, mut actual: Vec<String>) -> Judgement {
    let words = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let mut expected = expected.0.clone();
    expected.sort();
    actual.sort();
    actual.dedup();
    judgement(what, words(&expected), words(&actual))
}

/// What the report names, and what the world shows that the report does not: a run's own word is not
/// enough.
fn leftovers(report: &Report, before: &LabSnapshot, after: &LabSnapshot) -> Vec<String> {
    let mut names: Vec<String> = report.leftovers.iter().map(|row| row.step.clone()).collect();
    let told_of = |id: &str| {
        let is_it = |resource: &str| resource.rsplit(':').next() == Some(id);
        report.leftovers.iter().chain(&report.kept).any(|row| is_it(&row.resource))
    };
    let made = after.instances.keys().filter(|place| !before.instances.contains_key(*place));
    let untold = made.filter(|place| place.rsplit('/').next().is_none_or(|id| !told_of(id)));
    names.extend(untold.map(|place| format!("{place} (which the report does not name)")));
    names
}

fn judge_refusal(action: &str, report: &Report) -> Judgement {
    let refused: Vec<&str> = report.refusals.iter().map(|refusal| refusal.action.as_str()).collect();
    let actual = if refused.is_empty() { "nothing".to_owned() } else { refused.join(", ") };
    Judgement {
        what: "refused".to_owned(),
        expected: action.to_owned(),
        as_expected: refused.contains(&action),
        actual,
    }
}

fn judge_failure(fragment: &str, report: &Report) -> Judgement {
    let messages: Vec<&str> = report
        .steps
        .iter()
        .filter_map(|step| step.failure.as_ref())
        .map(|failure| failure.message.as_str())
        .collect();
    Judgement {
        what: "failure".to_owned(),
        expected: format!("…{fragment}…"),
        as_expected: messages.iter().any(|message| message.contains(fragment)),
        actual: if messages.is_empty() { "no step failed".to_owned() } else { messages.join("; ") },
    }
}

fn judge_record(record: &str, expected: &str, before: &LabSnapshot, after: &LabSnapshot) -> Judgement {
    let value = |snapshot: &LabSnapshot| value_of(record, snapshot).unwrap_or_else(|| "absent".to_owned());
    let (was, is) = (value(before), value(after));
    let what = format!("record {record}");
    match expected {
        "unchanged" if was == is => judgement(what, "unchanged", "unchanged"),
        "unchanged" => judgement(what, format!("unchanged ({was})"), is),
        "changed" if was != is => judgement(what, "changed", "changed"),
        "changed" => judgement(what, "changed", format!("unchanged ({was})")),
        value => judgement(what, value, is),
    }
}

/// The values of all record sets of a name, whatever their types.
fn value_of(name: &str, snapshot: &LabSnapshot) -> Option<String> {
    let sets = snapshot.records.values().flatten();
    let named = sets.filter(|(key, _)| key.split(' ').next() == Some(name));
    let values: Vec<String> = named.map(|(_, set)| set.values.join(", ")).collect();
    if values.is_empty() { None } else { Some(values.join("; ")) }
}
