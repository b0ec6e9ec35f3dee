//! `lifeboat report`: what a run achieved, from its journal alone.

use super::{complaint::Complaint, options::Common, screen::Screen};
use crate::base::RunId;
use crate::event::Entry;
use crate::{journal, measure, view};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use std::io;

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
                write(&path, &journal, &text)?;
                screen.tell(&format!("Wrote the report to {path}\n"));
            }
        }
        Ok(0)
    }
}

/// A report replaces no journal; what is no regular file is written to, not replaced.
fn write(path: &Utf8Path, journal: &Utf8Path, text: &str) -> Result<(), Complaint> {
    let same = |a: &Utf8Path, b: &Utf8Path| matches!((a.canonicalize_utf8(), b.canonicalize_utf8()), (Ok(a), Ok(b)) if a == b);
    if same(path, journal) || path.file_name() == Some("journal.jsonl") {
        let complaint = Complaint::wrong(format!("`{path}` is a journal, which nothing may replace"));
        return Err(complaint.hint("name another file"));
    }
    let written = match path.symlink_metadata() {
        Ok(there) if !there.is_file() => std::fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(path)
            .and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()))
            .map_err(|error| Complaint::wrong(format!("failed to write `{path}`: {error}"))),
        _ => journal::files::replace(path, text.as_bytes()).map_err(|error| Complaint::of(2, &error)),
    };
    written.map_err(|complaint| complaint.hint("name a file that can be written"))
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
