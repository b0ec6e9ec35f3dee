//! `lifeboat list`: the runs of a store.

use super::{
    complaint::Complaint,
    options::{Common, store_complaint},
    screen::Screen,
};
use crate::measure::{self, Report};
use crate::{journal, view};
use clap::Args;
use serde_json::{Value, json};

/// List the runs of the store, the latest first
#[derive(Debug, Args)]
pub(super) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self, common: &Common, screen: Screen) -> Result<u8, Complaint> {
        let store = common.store();
        let mut reports = Vec::new();
        for run in store.list().map_err(|error| store_complaint(&error))? {
            let read = journal::read_file(&store.journal(&run));
            match read.map(|reading| measure::report(&reading.entries)) {
                Ok(Ok(report)) => reports.push(report),
                // One damaged journal hides no other run.
                Ok(Err(error)) => screen.tell(&format!("warning: failed to follow run {run}: {error}.\n")),
                Err(error) => screen.tell(&format!("warning: {}.\n", Complaint::of(1, &error).message)),
            }
        }
        let text = if self.json {
            let runs: Vec<_> = reports.iter().map(row).collect();
            format!("{:#}\n", json!({ "runs": runs }))
        } else {
            view::list(&reports, screen.page())
        };
        screen.result(&text);
        Ok(0)
    }
}

fn row(report: &Report) -> Value {
    let Report { run, objectives, .. } = report;
    json!({
        "id": run.id,
        "runbook": run.runbook,
        "scenario": run.scenario,
        "mode": run.mode,
        "as": run.acts_as,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "outcome": run.outcome,
        "certified": run.certified,
        "rto": { "achieved_s": objectives.rto.achieved_s, "verdict": objectives.rto.verdict },
        "rpo": { "achieved_s": objectives.rpo.achieved_s, "verdict": objectives.rpo.verdict },
    })
}
