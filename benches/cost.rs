//! What a run itself costs, step by step, beside what the disk takes for a sync.
//!
//! `cargo bench` runs 1,000 steps of no length in sequence and side by side, as whole processes, and
//! measures the disk in between.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark measures real time, and prints it"
)]

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const STEPS: u32 = 1000;
const ROUNDS: usize = 5;

fn runbook(in_sequence: bool) -> String {
    let mut text = "runbook: cost\nsteps:\n".to_owned();
    for step in 0..STEPS {
        let needs = if in_sequence && step > 0 { format!("needs: [s{}], ", step - 1) } else { String::new() };
        writeln!(text, "  - {{ id: s{step}, uses: wait.for, {needs}with: {{ duration: 0s }} }}")
            .expect("a string");
    }
    text
}

const SCENARIO: &str = "scenario: cost\nrunbook: runbook.yaml\nas: drill\n\
    world: { now: 2026-11-23T09:00:00Z, account: \"111122223333\" }\nexpect: { outcome: succeeded }\n";

/// Wall time of one rehearsal, the size of its journal, and how many times it was synced.
fn rehearse(folder: &Path, round: usize) -> (Duration, u64) {
    let run = format!("round-{round}");
    let started = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(["rehearse", "scenario.yaml", "--store", "store", "--run-id", &run])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("lifeboat runs");
    assert!(status.success());
    let journal = folder.join("store/runs").join(run).join("journal.jsonl");
    (started.elapsed(), fs::metadata(journal).expect("a journal").len())
}

/// The time of one append of a line and its sync.
fn sync_time(folder: &Path) -> Duration {
    let mut file = File::create(folder.join("probe")).expect("a file");
    let started = Instant::now();
    for _ in 0..STEPS {
        file.write_all(&[b'x'; 400]).and_then(|()| file.sync_data()).expect("written");
    }
    started.elapsed() / STEPS
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    // Beside the build, so that the disk is the one that people use, and no memory.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cost");
    println!("{STEPS} steps of no length, median of {ROUNDS} rounds");
    for (name, in_sequence) in [("in sequence", true), ("side by side", false)] {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("runbook.yaml"), runbook(in_sequence)).expect("written");
        fs::write(folder.join("scenario.yaml"), SCENARIO).expect("written");
        let (mut runs, mut syncs, mut size) = (Vec::new(), Vec::new(), 0);
        for round in 0..ROUNDS {
            syncs.push(sync_time(&folder));
            let (time, bytes) = rehearse(&folder, round);
            runs.push(time);
            size = bytes;
        }
        let (run, sync) = (median(runs), median(syncs));
        println!(
            "{name:>12}: {:>7.1} ms a run, {:>6.3} ms a step; one sync of this disk takes {:.3} ms; journal {} KiB",
            run.as_secs_f64() * 1e3,
            run.as_secs_f64() * 1e3 / f64::from(STEPS),
            sync.as_secs_f64() * 1e3,
            size / 1024,
        );
    }
    let _ = fs::remove_dir_all(&folder);
}
