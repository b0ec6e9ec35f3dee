//! `lifeboat check`: everything that is wrong with documents, in one go and without a network.

use super::{complaint::Complaint, screen::Screen};
use crate::base::{Finding, Severity};
use crate::runbook::{Node, Source, parse, render};
use crate::{plan, scenario};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::json;

/// Check runbooks and scenarios; no network
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Runbooks and scenarios
    #[arg(required = true, value_name = "FILE")]
    files: Vec<Utf8PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self, screen: Screen) -> Result<u8, Complaint> {
        let (mut findings, mut sources) = (Vec::new(), Vec::new());
        for file in &self.files {
            check_file(file, &mut findings, &mut sources)?;
        }
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        if self.json {
            screen.result(&format!("{:#}\n", json!({ "findings": findings })));
        } else {
            screen.result(&render(&findings, &sources, screen.colours_results()));
            screen.result(&verdict(self.files.len(), errors, findings.len() - errors));
        }
        Ok(if errors > 0 { 2 } else { 0 })
    }
}

fn verdict(files: usize, errors: usize, warnings: usize) -> String {
    let files = counted(files, "file");
    match (errors, warnings) {
        (0, 0) => format!("Checked {files}: nothing is wrong.\n"),
        (0, warnings) => format!("Checked {files}: {}.\n", counted(warnings, "warning")),
        (errors, 0) => format!("Checked {files}: {}.\n", counted(errors, "error")),
        (errors, warnings) => {
            format!("Checked {files}: {} and {}.\n", counted(errors, "error"), counted(warnings, "warning"))
        }
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A scenario's runbook is not checked with it: it is a document of its own.
fn check_file(
    file: &Utf8Path,
    findings: &mut Vec<Finding>,
    sources: &mut Vec<Source>,
) -> Result<(), Complaint> {
    let bytes = read_file(file)?;
    let is_scenario = parse(&bytes, file.as_str()).0.is_some_and(|root: Node| root.get("scenario").is_some());
    if is_scenario {
        let reading = scenario::read(&bytes, file.as_str());
        findings.extend(reading.findings);
        sources.push(reading.source);
    } else {
        let reading = plan::read(&bytes, file.as_str());
        findings.extend(reading.findings);
        sources.push(reading.source);
    }
    Ok(())
}

/// A document's bytes.
pub(super) fn read_file(file: &Utf8Path) -> Result<Vec<u8>, Complaint> {
    std::fs::read(file).map_err(|error| {
        Complaint::wrong(format!("failed to read `{file}`: {error}"))
            .hint("name a file that is there and can be read")
    })
}

/// Shows findings that keep a command from its work.
pub(super) fn show_findings(findings: &[Finding], sources: &[Source], screen: Screen) -> Complaint {
    screen.tell(&render(findings, sources, screen.colours_progress()));
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    Complaint::wrong(format!(
        "nothing was run: there {} to mend first",
        match errors {
            1 => "is an error".to_owned(),
            errors => format!("are {errors} errors"),
        }
    ))
}
