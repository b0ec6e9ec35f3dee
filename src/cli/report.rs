//! `lifeboat report`: what a run achieved, from its journal alone.

use super::{complaint::Complaint, options::Common, screen::Screen};
use crate::base::RunId;
use crate::event::Entry;
use crate::{journal, measure, view};
use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

/// Report what a run achieved, from its journal alone
#[derive(Debug, Args)]
pub(super) struct ReportCommand {
    /// The run: an id, a unique prefix, `latest`
    run: String,
    /// The form of the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write to a file instead
    #[arg(long, short, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl ReportCommand {
    pub(super) fn run(self, common: &Common, screen: Screen) -> Result<u8, Complaint> {
        let run = common.find_run(&self.run)?;
        let report = measure::report(&read_run(common, &run)?).map_err(|error| Complaint::of(1, &error))?;
        let journal = common.store().journal(&run);
        let mut page = screen.page();
        page.colour &= self.output.is_none();
        let text = match if self.json { Format::Json } else { self.format } {
            Format::Json => view::json(&report),
            Format::Text => view::summary(&report, journal.as_str(), page),
        };
        match self.output {
            None => screen.result(&text),
            Some(path) => {
                journal::files::replace(&path, text.as_bytes()).map_err(|error| Complaint::of(2, &error))?;
                screen.tell(&format!("Wrote the report to {path}\n"));
            }
        }
        Ok(0)
    }
}

/// Every entry of a run. A torn last line is told, and left out.
pub(super) fn read_run(common: &Common, run: &RunId) -> Result<Vec<Entry>, Complaint> {
    let reading = journal::read_file(&common.store().journal(run)).map_err(|error| {
        Complaint::of(1, &error)
            .hint("keep the file as it is: what was changed may matter; restore it from a copy")
    })?;
    if reading.entries.is_empty() {
        return Err(Complaint {
            code: 1,
            message: format!("the journal of run {run} holds no entry"),
            hint: None,
        });
    }
    Ok(reading.entries)
}
