//! What every command that runs something shares: the runtime, interrupts, and what is said at the end.

use super::{complaint::Complaint, screen::Screen};
use crate::base::{Clock, RunId, Seed};
use crate::event::Entry;
use crate::journal::{Inbox, Store, Writer};
use crate::measure::{self, Report};
use crate::plan::Plan;
use crate::run::{Ending, Execution, Opened, RunError, WorldParts, execute};
use crate::view::LiveView;
use crate::world::{Connection, Endpoints, NoDns, NoSql};
use std::{future::Future, rc::Rc};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

/// Where a run takes place, and where its journal lies.
pub(super) struct Scene<'a> {
    pub(super) clock: Clock,
    pub(super) seed: Seed,
    pub(super) endpoints: Endpoints,
    pub(super) store: &'a Store,
    pub(super) run: &'a RunId,
}

/// Runs what has been opened, at an endpoint and in real time.
pub(super) fn drive(
    plan: &Plan,
    scene: Scene<'_>,
    opened: Opened,
    journal: Writer,
    live: &mut LiveView,
) -> Result<Execution, Complaint> {
    let Scene { clock, seed, endpoints, store, run } = scene;
    let parts = WorldParts {
        clock,
        seed,
        connection: Connection::Endpoint(endpoints),
        dns: Rc::new(NoDns),
        sql: Rc::new(NoSql),
        people: Rc::new(Inbox::new(&store.folder(run), clock)),
    };
    runtime(false)?.block_on(async {
        let (mut interrupts, listening) = interrupts(true)?;
        let mut show = |entry: &Entry| live.show(entry);
        tokio::select! {
            biased;
            execution = execute(plan, parts, opened, journal, &mut interrupts, &mut show) => {
                execution.map_err(|error| Complaint::of(2, &error))
            }
            () = listening => Err(Complaint::wrong("signals can no longer be received")),
        }
    })
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
        Ok(Ending::NotTakenUp { message }) => {
            let complaint = Complaint { code: 4, message: message.clone(), hint: None };
            screen.complain(&complaint.hint("use the credentials and the endpoint that the run began with"));
            4
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
    let stuck = report.stuck.iter().map(|stuck| format!("what step {} changed", stuck.step));
    let remains: Vec<String> =
        report.leftovers.iter().map(|leftover| leftover.resource.clone()).chain(stuck).collect();
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
