//! `lifeboat status`: where a run stands.

use super::{complaint::Complaint, options::Common, report::read_run, screen::Screen};
use crate::{journal, measure, view};
use clap::Args;

/// Show where a run stands
#[derive(Debug, Args)]
pub(super) struct Status {
    /// The run: an id, a unique prefix, `latest`
    run: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) fn run(self, common: &Common, screen: Screen) -> Result<u8, Complaint> {
        let run = common.find_run(&self.run)?;
        let report = measure::report(&read_run(common, &run)?).map_err(|error| Complaint::of(1, &error))?;
        let journal = common.store().journal(&run);
        let text = if self.json {
            view::json(&report)
        } else {
            view::summary(&report, journal.as_str(), screen.page())
        };
        screen.result(&text);
        if !self.json && report.run.outcome.is_none() {
            let words = if journal::is_written(&journal) {
                "A process is running it now."
            } else {
                "No process is running it: it was cut off, or left. `lifeboat resume` goes on with it"
            };
            screen.tell(&format!("{words} {run}\n"));
        }
        Ok(0)
    }
}
