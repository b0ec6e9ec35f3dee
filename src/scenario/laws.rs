//! What must hold whatever happens to the process: every scenario, cut off after every telling entry (not
//! after each of a watcher's many looks), and taken up again in the same world.
//!
//! Nothing is created twice, nothing is left over unnamed, records end as they must, the journal verifies,
//! and the recovery clock never stopped. A new scenario gets all of this free.

use super::document::{Scenario, read};
use super::rehearse::{beginning, plan};
use crate::base::{Clock, Mode, RunId, Seed};
use crate::event::{Continuation, Entry, Event, Operator, RunState};
use crate::journal::{self, Store};
use crate::lab::{Lab, LabSnapshot};
use crate::measure::{self, Report};
use crate::plan::{self, Plan, Runbook};
use crate::run::{self, Ending, Execution, Opened, Process, TakingUp, WorldParts, execute};
use crate::world::Connection;
use camino::{Utf8Path, Utf8PathBuf};
use futures_util::FutureExt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use tokio::sync::mpsc;

/// A scenario on a stage of its own: one world, in which processes come and go.
struct Stage {
    scenario: Scenario,
    plan: Plan,
    lab: Lab,
    before: LabSnapshot,
    clock: Clock,
    store: Store,
    run: RunId,
    _folder: tempfile::TempDir,
}

/// How a process ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Never,
    /// Right after so many entries are on disk, before anything acts on the last one.
    After(usize),
}

/// What a killed process throws: it unwinds through everything, and nothing can act any more.
struct Killed;

fn documents(file: &Utf8Path) -> (Scenario, Runbook) {
    let bytes = |file: &Utf8Path| std::fs::read(file).expect("a document");
    let scenario = read(&bytes(file), file.as_str()).scenario.expect("a scenario");
    let runbook = scenario.runbook_file(file);
    let runbook = plan::read(&bytes(&runbook), runbook.as_str()).runbook.expect("a runbook");
    (scenario, runbook)
}

impl Stage {
    fn set(file: &Utf8Path) -> Self {
        let (scenario, runbook) = documents(file);
        let plan = plan(&scenario, &runbook).unwrap_or_else(|findings| panic!("{findings:?}"));
        let clock = Clock::starting_at(scenario.instants().t2);
        let lab = scenario.lab(clock, Seed(1)).expect("a world");
        // Thousands of journals: in memory, where a sync costs nothing.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let store = Store::new(Utf8Path::from_path(folder.path()).expect("UTF-8"));
        let run = RunId::new("law").expect("valid");
        let before = lab.snapshot();
        Self { scenario, plan, lab, before, clock, store, run, _folder: folder }
    }

    fn parts(&self) -> WorldParts {
        WorldParts {
            clock: self.clock,
            seed: Seed(1),
            connection: Connection::Lab(self.lab.http()),
            dns: self.lab.dns(),
            sql: self.lab.sql(),
            people: self.lab.people(),
        }
    }

    /// The first process.
    async fn begin(&self, cut: Cut) -> Option<Execution> {
        let mut journal = self.store.begin(&self.run).expect("a journal");
        let beginning = beginning(&self.scenario, self.run.clone(), Seed(1), false);
        let opened = run::begin(&self.plan, beginning, self.clock, &mut journal).expect("it begins");
        self.drive(opened, journal, cut).await
    }

    /// A further process.
    async fn take_up(&self, how: Continuation, cut: Cut) -> Option<Execution> {
        let (mut journal, entries) = self.store.reopen(&self.run).expect("a journal");
        let taking_up = TakingUp {
            how,
            operator: Operator { user: "rehearsal".to_owned(), claimed: None },
            process: Process { host: "lab".to_owned(), boot_id: "lab".to_owned(), pid: 0 },
        };
        let opened =
            run::take_up(&self.plan, entries, taking_up, self.clock, &mut journal).expect("it goes on");
        self.drive(opened, journal, cut).await
    }

    /// `None` when it was cut off.
    async fn drive(&self, opened: Opened, journal: journal::Writer, cut: Cut) -> Option<Execution> {
        let (_sender, mut interrupts) = mpsc::unbounded_channel();
        let mut show = |entry: &Entry| {
            if cut == Cut::After(usize::try_from(entry.seq).expect("few") + 1) {
                resume_unwind(Box::new(Killed));
            }
        };
        let running = execute(&self.plan, self.parts(), opened, journal, &mut interrupts, &mut show);
        match AssertUnwindSafe(running).catch_unwind().await {
            Ok(execution) => Some(execution.expect("it runs")),
            Err(killed) => {
                assert!(killed.is::<Killed>(), "it panicked");
                None
            }
        }
    }

    /// What a loss of power leaves of the last line: so many halves.
    fn tear(&self, halves: usize) {
        let bytes = std::fs::read(self.path()).expect("a journal");
        let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let file = std::fs::OpenOptions::new().write(true).open(self.path()).expect("a journal");
        file.set_len((last + (bytes.len() - last) * halves / 2) as u64).expect("cut");
    }

    fn path(&self) -> Utf8PathBuf {
        self.store.journal(&self.run)
    }

    fn entries(&self) -> Vec<Entry> {
        journal::read_file(&self.path()).expect("a journal").entries
    }

    fn report(&self) -> Report {
        measure::report(&self.entries()).expect("a report")
    }

    /// What must hold in the end. `what` says what was done to the run.
    fn judge(&self, what: &str, unbroken: &Report) {
        let verified = journal::verify(&self.path()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(verified.is_sealed(), "{what}: the journal is not sealed");
        let report = self.report();
        assert_eq!(report.run.outcome, unbroken.run.outcome, "{what}");
        assert_eq!(report.timeline.t0, unbroken.timeline.t0, "{what}: T0 has moved");
        assert_eq!(report.timeline.t3, unbroken.timeline.t3, "{what}: the run has begun anew");
        let creations =
            self.lab.calls().get("rds:RestoreDBInstanceToPointInTime").copied().unwrap_or_default();
        let wanted =
            u64::from(self.entries().iter().any(|entry| matches!(entry.event, Event::Creating { .. })));
        assert!(
            creations <= wanted + u64::from(what.contains("interrupted")),
            "{what}: {creations} restores"
        );
        let after = self.lab.snapshot();
        let made: Vec<&String> =
            after.instances.keys().filter(|name| !self.before.instances.contains_key(*name)).collect();
        let told: Vec<&str> =
            report.kept.iter().chain(&report.leftovers).map(|row| row.resource.as_str()).collect();
        for name in made {
            let id = name.rsplit('/').next().expect("an id");
            assert!(
                told.contains(&format!("rds:{id}").as_str()),
                "{what}: {name} stands, and nobody says so"
            );
        }
        if self.scenario.mode == Mode::Drill {
            assert_eq!(after.records, self.before.records, "{what}: the records are not as before");
            assert!(report.leftovers.is_empty() && report.stuck.is_empty(), "{what}: {:?}", report.leftovers);
        }
        let state = RunState::fold(&self.entries()).expect("a state");
        assert!(state.steps.values().all(|step| step.attempts <= 1), "{what}: a step ran twice");
    }
}

async fn unbroken(file: &Utf8Path) -> (Report, Vec<Entry>) {
    let stage = Stage::set(file);
    let execution = stage.begin(Cut::Never).await.expect("nobody cut it off");
    assert!(matches!(execution.result, Ok(Ending::Sealed)), "{file}");
    let report = stage.report();
    stage.judge(&format!("{file}, unbroken"), &report);
    (report, stage.entries())
}

/// The entries after which a run is cut off: all but those of a watcher that looks for the hundredth time.
fn telling(entries: &[Entry]) -> Vec<usize> {
    let looks = |entry: &Entry| matches!(entry.event, Event::Called { step: None, .. });
    let mut in_a_row = 0;
    let mut telling = Vec::new();
    for (index, entry) in entries.iter().enumerate().skip(3) {
        in_a_row = if looks(entry) { in_a_row + 1 } else { 0 };
        if in_a_row <= 2 {
            telling.push(index + 1);
        }
    }
    telling
}

/// Cut off after every entry, with the entry whole, torn or lost, and resumed.
async fn crash_anywhere(scenario: &str) {
    let file = Utf8PathBuf::from(format!("scenarios/{scenario}.yaml"));
    let (report, entries) = unbroken(&file).await;
    // How much of the last line is there, in halves.
    let losses = [("whole", 2), ("torn", 1), ("lost", 0)];
    for after in telling(&entries) {
        for (how, halves) in losses {
            let what = format!("{file}, crashed at entry {after}, which is {how}, and resumed");
            let stage = Stage::set(&file);
            assert!(stage.begin(Cut::After(after)).await.is_none(), "{what}: it went on");
            stage.tear(halves);
            if !RunState::fold(&stage.entries()).expect("a state").sealed {
                let execution =
                    stage.take_up(Continuation::Resume, Cut::Never).await.expect("nobody cut it off");
                assert!(matches!(execution.result, Ok(Ending::Sealed)), "{what}: {:?}", execution.result);
            }
            stage.judge(&what, &report);
        }
    }
}

macro_rules! laws {
    ($($name:ident: $scenario:literal),+ $(,)?) => {
        $(#[tokio::test(start_paused = true)]
        async fn $name() {
            crash_anywhere($scenario).await;
        })+

        #[test]
        fn every_scenario_has_its_laws() {
            let mut with: Vec<&str> = vec![$($scenario),+];
            with.sort_unstable();
            let mut there: Vec<String> = std::fs::read_dir("scenarios")
                .expect("scenarios")
                .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned())
                .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
                .collect();
            there.sort();
            assert_eq!(with, there);
        }
    };
}

laws! {
    a_bad_deploy_survives_a_crash_anywhere: "bad-deploy",
    a_guarded_run_survives_a_crash_anywhere: "guarded",
    a_guarded_production_survives_a_crash_anywhere: "guarded-production",
    one_database_survives_a_crash_anywhere: "one-database",
    a_drill_survives_a_crash_anywhere: "quarterly-drill",
    an_outage_survives_a_crash_anywhere: "region-outage",
    a_failed_restore_survives_a_crash_anywhere: "restore-fails",
    a_slow_switch_survives_a_crash_anywhere: "slow-dns",
    a_stale_backup_survives_a_crash_anywhere: "stale-backup",
}
