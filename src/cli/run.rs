//! `lifeboat run`: a runbook, run against an endpoint.

use super::{
    complaint::Complaint,
    engine::{Scene, after, drive},
    options::{Common, Parameters, store_complaint},
    plan::{make_plan, read_runbook},
    screen::Screen,
    settings,
};
use crate::base::{Clock, Instant, Mode, RunId, Seed, WorldKind, rfc3339};
use crate::measure;
use crate::plan::Plan;
use crate::run::{self, Beginning, RecoveryClock};
use crate::view::{self, LiveView};
use crate::world::Endpoints;
use camino::Utf8PathBuf;
use chrono::TimeDelta;
use clap::Args;

/// Run a drill; with --incident a real recovery
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The runbook's file
    runbook: Utf8PathBuf,
    #[command(flatten)]
    parameters: Parameters,
    /// Recover for real: what it recovers is kept, and nothing is undone unless a person commands it
    #[arg(long)]
    incident: bool,
    /// When the disruption was (T0), such as 2026-11-23T09:10:00Z
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    incident_at: Option<Instant>,
    /// The id of the run
    #[arg(long = "run-id", value_name = "ID")]
    id: Option<RunId>,
    /// The URL that answers for every AWS service
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Who runs it, as it will be shown
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Answer the question before the start, of which an emulated world has none; never an approval
    #[arg(long)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn read_time(text: &str) -> Result<Instant, String> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "it wants a time such as 2026-11-23T09:10:00Z".to_owned())
}

impl Run {
    pub(super) fn run(self, common: &Common, screen: Screen) -> Result<u8, Complaint> {
        let mode = if self.incident { Mode::Incident } else { Mode::Drill };
        self.check_time()?;
        let runbook = read_runbook(&self.runbook, screen)?;
        let plan = make_plan(&runbook, mode, &self.parameters, false, screen)?;
        let endpoints = self.endpoints(&plan)?;
        let store = common.store();
        let run = self.id.clone().unwrap_or_else(|| {
            settings::new_run_id(mode.as_str().chars().next().unwrap_or('d'), Clock::system())
        });
        screen.tell(&self.announcement(&plan, &endpoints, &run));
        let mut live = LiveView::new(Screen::is_watched(), screen.colours_progress());
        let clock = Clock::system();
        let mut journal = store.begin(&run).map_err(|error| store_complaint(&error))?;
        let beginning = self.beginning(&plan, &endpoints, &run, clock);
        let seed = beginning.seed;
        let opened =
            run::begin(&plan, beginning, clock, &mut journal).map_err(|error| Complaint::of(2, &error))?;
        let scene = Scene { clock, seed, endpoints, store: &store, run: &run };
        let execution = drive(&plan, scene, opened, journal, &mut live)?;
        let report = measure::report(&execution.entries).map_err(|error| Complaint::of(1, &error))?;
        let journal = store.journal(&run);
        screen.result(&if self.json {
            view::json(&report)
        } else {
            view::summary(&report, journal.as_str(), screen.page())
        });
        Ok(after(&execution.result, &report, screen))
    }

    /// A disruption lies in the past, if not in a very far one.
    fn check_time(&self) -> Result<(), Complaint> {
        let now = Clock::system().now();
        match self.incident_at {
            Some(at) if at > now => {
                let complaint = Complaint::wrong(format!("--incident-at {} lies in the future", rfc3339(at)));
                Err(complaint.hint(format!("it is {} now, in UTC", rfc3339(now))))
            }
            Some(at) if now - at > TimeDelta::days(366) => {
                let complaint =
                    Complaint::wrong(format!("--incident-at {} lies more than a year back", rfc3339(at)));
                Err(complaint.hint("give the time in UTC, or with its offset"))
            }
            _ => Ok(()),
        }
    }

    /// Where the services answer. Against AWS itself nothing is run yet.
    fn endpoints(&self, plan: &Plan) -> Result<Endpoints, Complaint> {
        let services = plan.allowance.actions.iter().map(|action| action.service);
        let env = |name: &str| std::env::var(name).ok();
        Endpoints::resolve(self.endpoint_url.as_deref(), services, &env)
            .map_err(|error| Complaint::wrong(error.to_string()).hint(error.hint()))
    }

    fn announcement(&self, plan: &Plan, endpoints: &Endpoints, run: &RunId) -> String {
        let what = if self.incident { "an incident" } else { "a drill" };
        let places: Vec<String> =
            plan.places.iter().map(|place| format!("{} ({})", place.id, place.region)).collect();
        format!(
            "Rehearsing {what} of `{}` at {endpoints}; places: {}. This store guards itself only: other \
             stores do not know of this run. Run: {run}\n",
            plan.outline.runbook,
            if places.is_empty() { "none".to_owned() } else { places.join(", ") },
        )
    }

    fn beginning(&self, plan: &Plan, endpoints: &Endpoints, run: &RunId, clock: Clock) -> Beginning {
        let mode = plan.mode;
        Beginning {
            run: run.clone(),
            rehearsal: true,
            scenario: None,
            world: endpoints.by_service(),
            world_kind: WorldKind::Endpoint,
            durations: Some("the endpoint's own, which are those of no AWS".to_owned()),
            operator: settings::operator(self.by.clone()),
            process: settings::process(),
            seed: Seed(u64::from(std::process::id())),
            virtual_time: false,
            recovery_clock: RecoveryClock::from_operator(self.incident_at, mode, clock.now()),
        }
    }
}
