//! `lifeboat plan`: what would run, in which order, and what it would call.

use super::{
    check::{read_file, show_findings},
    complaint::Complaint,
    options::Parameters,
    screen::Screen,
};
use crate::base::{Mode, Severity};
use crate::plan::{self, Plan, Runbook, Wishes};
use crate::view;
use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

/// Show what would run, in which order, and the calls and IAM actions that it needs; no network
#[derive(Debug, Args)]
pub(super) struct PlanCommand {
    /// The runbook's file
    runbook: Utf8PathBuf,
    #[command(flatten)]
    parameters: Parameters,
    /// Plan a real recovery, not a drill
    #[arg(long)]
    incident: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl PlanCommand {
    pub(super) fn run(self, screen: Screen) -> Result<u8, Complaint> {
        let mode = if self.incident { Mode::Incident } else { Mode::Drill };
        let runbook = read_runbook(&self.runbook, screen)?;
        // A plan is made without secrets: nothing is sent.
        let plan = make_plan(&runbook, mode, &self.parameters, true, screen)?;
        let calls: Vec<(String, Vec<String>)> = plan
            .order()
            .iter()
            .map(|step| {
                let actions = step.step_type.actions.iter().map(ToString::to_string).collect();
                (step.path.to_string(), actions)
            })
            .collect();
        screen.result(&if self.json {
            let order: Vec<&str> = plan.order().iter().map(|step| step.path.as_str()).collect();
            let calls: serde_json::Map<_, _> =
                calls.into_iter().map(|(step, actions)| (step, json!(actions))).collect();
            let document = json!({
                "mode": mode,
                "outline": plan.outline,
                "order": order,
                "critical_path": plan.critical_path(),
                "iam_actions": calls,
            });
            format!("{document:#}\n")
        } else {
            view::outline(&plan.outline, &calls, &plan.critical_path(), screen.page())
        });
        Ok(0)
    }
}

/// The runbook in `file`. Warnings are told; errors end the command.
pub(super) fn read_runbook(file: &camino::Utf8Path, screen: Screen) -> Result<Runbook, Complaint> {
    let reading = plan::read(&read_file(file)?, file.as_str());
    match reading.runbook {
        Some(runbook) => {
            if reading.findings.iter().any(|finding| finding.severity == Severity::Warning) {
                screen.tell(&crate::runbook::render(
                    &reading.findings,
                    &[reading.source],
                    screen.colours_progress(),
                ));
            }
            Ok(runbook)
        }
        None => Err(show_findings(&reading.findings, &[reading.source], screen)),
    }
}

/// A plan, with parameters from the command line and the environment.
pub(super) fn make_plan(
    runbook: &Runbook,
    mode: Mode,
    parameters: &Parameters,
    dummies: bool,
    screen: Screen,
) -> Result<Plan, Complaint> {
    let parameters = parameters.read()?;
    let env = |name: &str| std::env::var(name).ok();
    Plan::new(runbook, &Wishes { mode, parameters, environment: &env, dummy_secrets: dummies })
        .map_err(|findings| show_findings(&findings, &[], screen))
}
