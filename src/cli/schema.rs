//! `lifeboat schema`: what editors need to complete and check documents while people type.

use super::screen::Screen;
use crate::{measure, plan, scenario};
use clap::{Args, ValueEnum};

/// Print the JSON Schema of a kind of document
#[derive(Debug, Args)]
pub(super) struct SchemaCommand {
    /// The kind of document
    document: Document,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Document {
    Runbook,
    Scenario,
    Report,
}

impl SchemaCommand {
    pub(super) fn run(self, screen: Screen) -> u8 {
        let schema = match self.document {
            Document::Runbook => plan::runbook_schema(),
            Document::Scenario => scenario::scenario_schema(),
            Document::Report => schemars::schema_for!(measure::Report).to_value(),
        };
        screen.result(&format!("{schema:#}\n"));
        0
    }
}
