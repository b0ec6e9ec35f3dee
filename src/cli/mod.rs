//! The command line: one file per command. Results go to stdout, everything else to stderr.

mod approve;
mod check;
mod cleanup;
mod complaint;
mod completions;
mod engine;
mod lab;
mod list;
mod options;
mod plan;
mod rehearse;
mod report;
mod resume;
mod rollback;
mod run;
mod schema;
mod screen;
mod settings;
mod status;
mod steps;
mod taking_up;
mod verify;

use clap::{Parser, Subcommand};
use complaint::Complaint;
use options::Common;
use screen::Screen;
use std::process::ExitCode;

/// Rehearses disaster recovery from one runbook, and proves which RTO and RPO were achieved.
#[derive(Debug, Parser)]
#[command(
    name = "lifeboat",
    version,
    arg_required_else_help = true,
    after_help = "Begin with: lifeboat rehearse scenarios/region-outage.yaml\n\n\
        Exit codes: 0 all well; 1 a step failed; 2 nothing was touched, because the command line, a \
        document or the store is wrong; 3 an objective was missed or not measured; 4 refused or stopped; \
        5 something is stuck or left over. `rehearse`: 0 as expected, 1 not as expected."
)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Plan(plan::PlanCommand),
    Rehearse(rehearse::Rehearse),
    Run(run::Run),
    Resume(resume::Resume),
    Rollback(rollback::Rollback),
    Cleanup(cleanup::Cleanup),
    Approve(approve::Approve),
    List(list::List),
    Status(status::Status),
    Report(report::ReportCommand),
    Verify(verify::Verify),
    Lab(lab::LabCommand),
    Steps(steps::Steps),
    Schema(schema::SchemaCommand),
    Completions(completions::Completions),
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is the reader's business.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let screen = Screen::new(cli.common.colour());
    match cli.command.run(&cli.common, screen) {
        Ok(0) if !Screen::wrote_everything() => ExitCode::from(1),
        Ok(code) => ExitCode::from(code),
        Err(complaint) => {
            screen.complain(&complaint);
            ExitCode::from(complaint.code)
        }
    }
}

impl Command {
    fn run(self, common: &Common, screen: Screen) -> Result<u8, Complaint> {
        match self {
            Self::Check(command) => command.run(screen),
            Self::Plan(command) => command.run(screen),
            Self::Rehearse(command) => command.run(common, screen),
            Self::Run(command) => command.run(common, screen),
            Self::Resume(command) => command.run(common, screen),
            Self::Rollback(command) => command.run(common, screen),
            Self::Cleanup(command) => command.run(common, screen),
            Self::Approve(command) => command.run(common, screen),
            Self::List(command) => command.run(common, screen),
            Self::Status(command) => command.run(common, screen),
            Self::Report(command) => command.run(common, screen),
            Self::Verify(command) => command.run(common, screen),
            Self::Lab(command) => command.run(screen),
            Self::Steps(command) => command.run(screen),
            Self::Schema(command) => Ok(command.run(screen)),
            Self::Completions(command) => Ok(command.run(screen)),
        }
    }
}
