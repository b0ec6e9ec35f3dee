//! The runs of a store, one line each.

use super::paper::{BAD, BOLD, CARE, GOOD, PLAIN, Page, Paper, fit, length};
use super::summary::verdict_word;
use crate::base::{Outcome, Verdict};
use crate::measure::Report;

/// A table of runs, in the order given.
pub(crate) fn list(reports: &[Report], page: Page) -> String {
    let mut paper = Paper::new(page);
    if reports.is_empty() {
        paper.line(&[(PLAIN, "No runs.")]);
        return paper.finish();
    }
    let longest = |text: fn(&Report) -> &str, least: usize| {
        reports.iter().map(|report| text(report).chars().count()).max().unwrap_or(0).max(least)
    };
    let id = longest(|report| &report.run.id, 2);
    let runbook = longest(|report| &report.run.runbook, 7).min(24);
    let heading = format!(
        "{:<id$}  {:<runbook$}  {:<9}  {:<16}  {:<9}  {:<12}  RPO",
        "ID", "RUNBOOK", "MODE", "STARTED (UTC)", "OUTCOME", "RTO"
    );
    paper.line(&[(BOLD, &heading)]);
    for report in reports {
        let run = &report.run;
        let (style, outcome) = match run.outcome {
            Some(Outcome::Succeeded) => (GOOD, "succeeded"),
            Some(Outcome::Failed) => (BAD, "failed"),
            Some(Outcome::Stopped) => (BAD, "stopped"),
            None => (CARE, "not ended"),
        };
        let started_at = run.started_at.format("%Y-%m-%d %H:%M");
        let (rto, rpo) = (&report.objectives.rto, &report.objectives.rpo);
        let recovery = (verdict_word(rto.set, rto.verdict).0, figure(rto.achieved_s, rto.set, rto.verdict));
        let loss = (verdict_word(rpo.set, rpo.verdict).0, figure(rpo.achieved_s, rpo.set, rpo.verdict));
        let middle = format!("  {}  {}  {started_at}  ", fit(&run.runbook, runbook), fit(run.mode, 9));
        paper.line(&[
            (BOLD, &fit(&run.id, id)),
            (PLAIN, &middle),
            (style, &fit(outcome, 9)),
            (PLAIN, "  "),
            (recovery.0, &fit(&recovery.1, 12)),
            (PLAIN, "  "),
            (loss.0, &loss.1),
        ]);
    }
    paper.finish()
}

/// `met 13m00s`, `missed 1h02m00s`, `13m00s`, `not measured`.
fn figure(achieved: Option<f64>, set: bool, verdict: Verdict) -> String {
    match (achieved, set, verdict) {
        (Some(achieved), true, Verdict::Met) => format!("met {}", length(achieved)),
        (Some(achieved), true, Verdict::Missed) => format!("missed {}", length(achieved)),
        (Some(achieved), false, _) => length(achieved),
        (None, ..) | (Some(_), true, Verdict::NotMeasured) => "not measured".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Sample, report};

    const PAGE: Page = Page { colour: false, width: 80 };

    #[test]
    fn every_run_has_a_line_that_begins_with_its_id() {
        let mut cut_off = Sample::of(Sample::outline());
        cut_off.run("backup", 0.0, 2.0);
        let reports: Vec<Report> = [Sample::incident(), Sample::drill(), cut_off]
            .iter()
            .map(|sample| report(&sample.entries).expect("a legal journal"))
            .collect();
        insta::assert_snapshot!(list(&reports, PAGE), @r"
        ID  RUNBOOK            MODE       STARTED (UTC)     OUTCOME    RTO           RPO
        r1  regional-failover  rehearsal  2026-11-23 09:12  succeeded  met 13m00s    met 6m05s
        r1  regional-failover  rehearsal  2026-11-23 09:12  succeeded  met 13m00s    met 6m05s
        r1  regional-failover  rehearsal  2026-11-23 09:12  not ended  not measured  not measured
        ");
    }

    #[test]
    fn an_empty_store_says_so() {
        assert_eq!(list(&[], PAGE), "No runs.\n");
    }
}
