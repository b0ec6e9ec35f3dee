//! `lifeboat rehearse`: a scenario, run and judged.

use super::{
    check::{read_file, show_findings},
    complaint::Complaint,
    engine::{after, interrupts, runtime},
    options::{Common, store_complaint},
    screen::Screen,
    settings,
};
use crate::base::{Clock, RunId, Seed};
use crate::event::Entry;
use crate::plan::{self, Runbook};
use crate::scenario::{self, Judgement, Rehearsal, RehearseError, Rehearsing, Scenario};
use crate::view::{self, LiveView};
use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

/// Rehearse a scenario in the embedded lab, and judge what comes out
#[derive(Debug, Args)]
pub(super) struct Rehearse {
    /// The scenario's file
    scenario: Utf8PathBuf,
    /// What every draw of chance begins from; the same seed and run id give the same journal
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The id of the run
    #[arg(long, value_name = "ID")]
    run_id: Option<RunId>,
    /// Run by the wall clock
    #[arg(long)]
    real_time: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Rehearse {
    pub(super) fn run(self, common: &Common, screen: Screen) -> Result<u8, Complaint> {
        let (scenario, runbook) = match self.read(screen)? {
            Read::Both(both) => *both,
            Read::Judged(code) => return Ok(code),
        };
        let store = common.store();
        let run = self.run_id.clone().unwrap_or_else(|| settings::new_run_id('r', Clock::system()));
        let seed = Seed(self.seed.or(scenario.seed).unwrap_or(1));
        let mut live = LiveView::new(Screen::is_watched() && self.real_time, screen.colours_progress());
        let rehearsal = runtime(!self.real_time)?.block_on(async {
            // In virtual time there is nothing to wait for, and nobody to interrupt it.
            let (mut interrupts, listening) = interrupts(self.real_time)?;
            let mut show = |entry: &Entry| live.show(entry);
            let rehearsing = Rehearsing {
                store: &store,
                run: run.clone(),
                seed,
                real_time: self.real_time,
                interrupts: &mut interrupts,
                show: &mut show,
            };
            tokio::select! {
                biased;
                rehearsal = scenario::rehearse(&scenario, &runbook, rehearsing) => {
                    rehearsal.map_err(|error| rehearse_complaint(&error, screen))
                }
                () = listening => Err(Complaint::wrong("signals can no longer be received")),
            }
        })?;
        let journal = store.journal(&run);
        if self.json {
            screen.result(&as_json(&rehearsal));
        } else {
            screen.result(&view::summary(&rehearsal.report, journal.as_str(), screen.page()));
            screen.result(&view::expectations(&in_view(&rehearsal.judgements), screen.page()));
        }
        let code = after(&rehearsal.result, &rehearsal.report, screen);
        // A journal that failed is no verdict on the scenario.
        Ok(if rehearsal.result.is_err() { code } else { u8::from(!rehearsal.as_expected()) })
    }

    /// The scenario and its runbook, or the verdict when the scenario expects a finding.
    fn read(&self, screen: Screen) -> Result<Read, Complaint> {
        let reading = scenario::read(&read_file(&self.scenario)?, self.scenario.as_str());
        let Some(scenario) = reading.scenario else {
            return Err(show_findings(&reading.findings, &[reading.source], screen));
        };
        let file = scenario.runbook_file(&self.scenario);
        let runbook = plan::read(&read_file(&file)?, file.as_str());
        if let Some(expected) = &scenario.expect.finding {
            let found = runbook.findings.iter().any(|finding| finding.code.0 == expected);
            if !self.json {
                show_findings(&runbook.findings, &[runbook.source], screen);
            }
            let actual = if found { expected.clone() } else { "no such finding".to_owned() };
            let judgement = Judgement {
                what: "finding".to_owned(),
                expected: expected.clone(),
                actual,
                as_expected: found,
            };
            let judgements = [judgement];
            screen.result(&if self.json {
                format!(
                    "{:#}\n",
                    json!({ "rehearsal": { "as_expected": found, "expectations": judgements } })
                )
            } else {
                view::expectations(&in_view(&judgements), screen.page())
            });
            return Ok(Read::Judged(u8::from(!found)));
        }
        match runbook.runbook {
            Some(runbook) => Ok(Read::Both(Box::new((scenario, runbook)))),
            None => Err(show_findings(&runbook.findings, &[runbook.source], screen)),
        }
    }
}

enum Read {
    Both(Box<(Scenario, Runbook)>),
    Judged(u8),
}

fn in_view(judgements: &[Judgement]) -> Vec<view::Expectation<'_>> {
    judgements
        .iter()
        .map(|judgement| view::Expectation {
            what: &judgement.what,
            expected: &judgement.expected,
            actual: &judgement.actual,
            as_expected: judgement.as_expected,
        })
        .collect()
}

fn as_json(rehearsal: &Rehearsal) -> String {
    let mut document = serde_json::to_value(&rehearsal.report).unwrap_or_default();
    document["rehearsal"] =
        json!({ "as_expected": rehearsal.as_expected(), "expectations": rehearsal.judgements });
    format!("{document:#}\n")
}

fn rehearse_complaint(error: &RehearseError, screen: Screen) -> Complaint {
    match error {
        RehearseError::Plan(findings) => show_findings(findings, &[], screen),
        RehearseError::Store(error) => store_complaint(error),
        RehearseError::World(_) | RehearseError::Begin(_) => Complaint::of(2, error),
        RehearseError::Measure(_) => Complaint::of(1, error),
    }
}
