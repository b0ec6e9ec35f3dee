//! Taking a run up again: the plan and the world that its journal names, or not at all.

use super::{
    check::{read_file, show_findings},
    complaint::Complaint,
    engine::{Scene, after, drive},
    options::{Common, Parameters, store_complaint},
    screen::Screen,
    settings,
};
use crate::base::{Clock, Mode, REDACTED, RunId, WorldKind, hex};
use crate::event::{Continuation, Opening, RunState};
use crate::measure;
use crate::plan::{self, Plan, Runbook, Wishes};
use crate::run::{self, Ending, TakingUp};
use crate::view::{self, LiveView};
use crate::world::Endpoints;
use camino::Utf8PathBuf;
use clap::Args;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Options of every command that takes a run up again.
#[derive(Debug, Args)]
pub(super) struct Again {
    /// The run: an id, a unique prefix, `latest`
    pub(super) run: String,
    #[command(flatten)]
    parameters: Parameters,
    /// The runbook's file, if the journal's copy had secrets taken out
    #[arg(long, value_name = "FILE")]
    runbook: Option<Utf8PathBuf>,
    /// Who does it, as it will be shown
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Do not ask before the start; never answers an approval
    #[arg(long)]
    pub(super) yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is known of a run before it is taken up.
pub(super) struct Found {
    pub(super) run: RunId,
    pub(super) state: RunState,
    pub(super) opening: Opening,
}

impl Again {
    /// The run, as its journal stands.
    pub(super) fn find(&self, common: &Common) -> Result<Found, Complaint> {
        let run = common.find_run(&self.run)?;
        let entries = super::report::read_run(common, &run)?;
        let state = RunState::fold(&entries).map_err(|error| Complaint::of(1, &error))?;
        let Some(opening) = state.opening.clone() else {
            return Err(Complaint {
                code: 1,
                message: format!("the journal of run {run} has no opening"),
                hint: None,
            });
        };
        Ok(Found { run, state, opening })
    }

    /// Takes the run up, and drives it to its end. The exit code: of a run that goes back, 0 when nothing is
    /// left and 5 when something is, for how the run itself ended is not the question any more.
    pub(super) fn drive(
        &self,
        common: &Common,
        screen: Screen,
        found: &Found,
        how: Continuation,
    ) -> Result<u8, Complaint> {
        let Found { run, opening, .. } = found;
        let endpoints = endpoints(opening)?;
        let plan = self.plan(opening, screen)?;
        let store = common.store();
        let clock = Clock::system();
        let (mut journal, entries) = store.reopen(run).map_err(|error| store_complaint(&error))?;
        let operator = settings::operator(self.by.clone());
        let mut live = LiveView::new(Screen::is_watched(), screen.colours_progress());
        live.catch_up(&entries);
        let taking_up = TakingUp { how, operator, process: settings::process() };
        let opened = run::take_up(&plan, entries, taking_up, clock, &mut journal)
            .map_err(|error| Complaint::of(2, &error))?;
        let scene = Scene { clock, seed: opening.seed, endpoints, store: &store, run };
        let execution = drive(&plan, scene, opened, journal, &mut live)?;
        let report = measure::report(&execution.entries).map_err(|error| Complaint::of(1, &error))?;
        let path = store.journal(run);
        screen.result(&if self.json {
            view::json(&report)
        } else {
            view::summary(&report, path.as_str(), screen.page())
        });
        let code = after(&execution.result, &report, screen);
        let went_back = how == Continuation::GoBack && matches!(execution.result, Ok(Ending::Sealed));
        let clean = report.leftovers.is_empty() && report.stuck.is_empty();
        Ok(match (went_back, clean) {
            (false, _) => code,
            (true, true) => 0,
            (true, false) => 5,
        })
    }

    fn plan(&self, opening: &Opening, screen: Screen) -> Result<Plan, Complaint> {
        let runbook = self.runbook_of(opening, screen)?;
        let mut parameters = self.parameters.read()?;
        for (name, value) in &opening.parameters {
            // What was hidden comes from where it came from before.
            if !value.is_null() && !mentions_secret(value) {
                parameters.entry(name.clone()).or_insert_with(|| text_of(value));
            }
        }
        let environment = &|name: &str| std::env::var(name).ok();
        let wishes = Wishes { mode: opening.mode, parameters, environment, dummy_secrets: false };
        Plan::new(&runbook, &wishes).map_err(|findings| show_findings(&findings, &[], screen))
    }

    /// The runbook that the run began with, to the byte.
    fn runbook_of(&self, opening: &Opening, screen: Screen) -> Result<Runbook, Complaint> {
        let (text, file) = match &self.runbook {
            Some(file) => (read_file(file)?, file.as_str()),
            None => (opening.runbook_text.clone().into_bytes(), "the journal's runbook"),
        };
        if hex(&Sha256::digest(&text)) != opening.runbook_digest {
            let complaint = Complaint::wrong(format!("{file} is not the runbook that the run began with"));
            return Err(complaint.hint("name that one with --runbook: it must be the same to the byte"));
        }
        let reading = plan::read(&text, file);
        reading.runbook.ok_or_else(|| show_findings(&reading.findings, &[reading.source], screen))
    }
}

fn endpoints(opening: &Opening) -> Result<Endpoints, Complaint> {
    match opening.world_kind {
        WorldKind::Endpoint => Endpoints::from_journal(&opening.world).map_err(|error| {
            Complaint::wrong(error.to_string()).hint("the journal's world is not one to go back to")
        }),
        WorldKind::Lab => {
            Err(Complaint::wrong("the world of this run was embedded in its process, and ended with it")
                .hint("rehearse the scenario again; nothing of it is left anywhere"))
        }
        WorldKind::Aws => Err(Complaint::wrong("AWS itself is refused by this version")),
    }
}

fn mentions_secret(value: &Value) -> bool {
    value.to_string().contains(REDACTED)
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether the run is a drill: what an incident made is kept.
pub(super) fn is_drill(found: &Found) -> bool {
    found.opening.mode == Mode::Drill
}
