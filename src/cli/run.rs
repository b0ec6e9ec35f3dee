//! `lifeboat run`: a runbook, run against an endpoint.

use super::{
    complaint::Complaint,
    options::{Common, Parameters, store_complaint},
    plan::{make_plan, read_runbook},
    screen::Screen,
    settings,
};
use crate::base::{Clock, Instant, Mode, RunId, Seed, WorldKind};
use crate::event::Entry;
use crate::journal::{Inbox, Store};
use crate::measure::{self, Report};
use crate::plan::Plan;
use crate::run::{Beginning, Ending, Execution, RecoveryClock, RunError, WorldParts, execute};
use crate::view::{self, LiveView};
use crate::world::{Connection, Endpoints, NoDns, NoSql};
use camino::Utf8PathBuf;
use clap::Args;
use std::{future::Future, rc::Rc};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

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
    /// Do not ask before the start; never answers an approval
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
        let runbook = read_runbook(&self.runbook, screen)?;
        let plan = make_plan(&runbook, mode, &self.parameters, false, screen)?;
        let endpoints = self.endpoints(&plan)?;
        let store = common.store();
        let run = self.id.clone().unwrap_or_else(|| {
            settings::new_run_id(mode.as_str().chars().next().unwrap_or('d'), Clock::system())
        });
        screen.tell(&self.announcement(&plan, &endpoints, &run));
        let mut live = LiveView::new(Screen::is_watched(), screen.colours_progress());
        let execution = runtime(false)?.block_on(self.execute(&plan, endpoints, &store, &run, &mut live))?;
        let report = measure::report(&execution.entries).map_err(|error| Complaint::of(1, &error))?;
        let journal = store.journal(&run);
        screen.result(&if self.json {
            view::json(&report)
        } else {
            view::summary(&report, journal.as_str(), screen.page())
        });
        Ok(after(&execution.result, &report, screen))
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

    async fn execute(
        &self,
        plan: &Plan,
        endpoints: Endpoints,
        store: &Store,
        run: &RunId,
        live: &mut LiveView,
    ) -> Result<Execution, Complaint> {
        let clock = Clock::system();
        let journal = store.begin(run).map_err(|error| store_complaint(&error))?;
        let beginning = self.beginning(plan, &endpoints, run, clock);
        let parts = WorldParts {
            clock,
            seed: beginning.seed,
            connection: Connection::Endpoint(endpoints),
            dns: Rc::new(NoDns),
            sql: Rc::new(NoSql),
            people: Rc::new(Inbox::new(&store.folder(run), clock)),
        };
        let (mut interrupts, listening) = interrupts(true)?;
        let mut show = |entry: &Entry| live.show(entry);
        tokio::select! {
            biased;
            execution = execute(plan, parts, beginning, journal, &mut interrupts, &mut show) => {
                execution.map_err(|error| Complaint::of(2, &error))
            }
            () = listening => Err(Complaint::wrong("signals can no longer be received")),
        }
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
            host: settings::host(),
            boot_id: settings::boot_id(),
            pid: std::process::id(),
            seed: Seed(u64::from(std::process::id())),
            virtual_time: false,
            recovery_clock: RecoveryClock::from_operator(self.incident_at, mode, clock.now()),
        }
    }
}

/// Says what is left to say of a run that has ended, and gives its exit code.
pub(super) fn after(result: &Result<Ending, RunError>, report: &Report, screen: Screen) -> u8 {
    let id = &report.run.id;
    match result {
        Ok(Ending::Sealed) => measure::exit_code(report),
        Ok(Ending::Detached) => {
            screen.tell(&format!("Left as it is; nothing was undone. To go on: lifeboat resume {id}\n"));
            4
        }
        Ok(Ending::Abandoned) => {
            screen.tell(&format!("Left at once, with what the report names. Run: {id}\n"));
            measure::exit_code(report)
        }
        Err(error) => {
            let complaint = journal_complaint(error, report);
            screen.complain(&complaint);
            complaint.code
        }
    }
}

/// The journal failed in mid-run: what had been made until then may still be there.
fn journal_complaint(error: &RunError, report: &Report) -> Complaint {
    let remains: Vec<&str> = report.leftovers.iter().map(|leftover| leftover.resource.as_str()).collect();
    if remains.is_empty() {
        return Complaint::of(1, error).hint("the run stopped at once, and nothing that it made remains");
    }
    let hint = format!("the run stopped at once, and this remains: {}", remains.join(", "));
    Complaint::of(5, error).hint(hint)
}

/// One thread; with virtual time the clock runs only while nothing else does.
pub(super) fn runtime(virtual_time: bool) -> Result<Runtime, Complaint> {
    let mut builder = Builder::new_current_thread();
    if virtual_time {
        builder.enable_time().start_paused(true)
    } else {
        builder.enable_all()
    };
    builder.build().map_err(|error| Complaint::wrong(format!("the runtime does not start: {error}")))
}

/// Interrupts as they come, and the work that passes them on. SIGTERM and SIGHUP count like Ctrl-C.
pub(super) fn interrupts(
    listen: bool,
) -> Result<(mpsc::UnboundedReceiver<()>, impl Future<Output = ()>), Complaint> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let mut signals = Vec::new();
    if listen {
        for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
            let signal = signal(kind)
                .map_err(|error| Complaint::wrong(format!("signals cannot be received: {error}")))?;
            signals.push(signal);
        }
    }
    let passing = async move {
        let mut signals = signals.into_iter();
        let (Some(mut interrupt), Some(mut terminate), Some(mut hangup)) =
            (signals.next(), signals.next(), signals.next())
        else {
            return std::future::pending().await;
        };
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            if sender.send(()).is_err() {
                return;
            }
        }
    };
    Ok((receiver, passing))
}
