//! Interrupts of a rehearsal in real time, by real signals.

use crate::lifeboat::{Place, Ran, entries};
use serde_json::Value;
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Waits until a journal holds an entry. Real time: there is no clock to move.
pub(crate) fn wait_for(journal: &Path, what: &str, found: impl Fn(&Value) -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        if journal.exists() && complete_entries(journal).iter().any(&found) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{what} did not happen in {}", journal.display());
}

/// The journal of a run that goes on may end in half a line.
fn complete_entries(journal: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(journal).expect("a journal");
    text.split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

pub(crate) fn is(kind: &'static str, step: &'static str) -> impl Fn(&Value) -> bool {
    move |entry| entry["event"]["kind"] == kind && entry["event"]["step"] == step
}

fn start(place: &Place, scenario: &str) -> Child {
    let arguments = ["rehearse", scenario, "--real-time", "--run-id", "night", "--json"];
    place.command().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

fn signal(child: &Child, signal: &str) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
    assert!(status.success());
}

fn end(child: Child) -> Ran {
    Ran::of(child.wait_with_output().expect("it ends"))
}

fn steps(report: &Value) -> Vec<(&str, &str)> {
    report["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| (step["id"].as_str().expect("an id"), step["status"].as_str().expect("a status")))
        .collect()
}

/// Whatever asks it to stop, a drill leaves nothing.
fn a_drill_goes_back_after(name: &str) {
    let place = Place::new();
    let child = start(&place, "tests/worlds/pause-drill.yaml");
    wait_for(&place.journal("night"), "the pause", is("step-started", "pause"));
    signal(&child, name);
    let ran = end(child);
    let report = &ran.json();
    assert_eq!(report["run"]["outcome"], "stopped", "{}", ran.stderr);
    assert_eq!(
        steps(report),
        [("restore", "succeeded"), ("switch", "undone"), ("approve", "skipped"), ("pause", "failed")]
    );
    for empty in ["leftovers", "stuck", "kept"] {
        assert_eq!(report[empty], Value::Array(vec![]), "{empty}");
    }
    place.run(&["verify", "night"]).expect(0);
}

#[test]
fn ctrl_c_rolls_a_drill_back_and_cleans_up() {
    a_drill_goes_back_after("-INT");
}

#[test]
fn sigterm_rolls_a_drill_back_and_cleans_up() {
    a_drill_goes_back_after("-TERM");
}

#[test]
fn sighup_rolls_a_drill_back_and_cleans_up() {
    a_drill_goes_back_after("-HUP");
}

#[test]
fn two_interrupts_of_a_drill_finish_the_undo_at_hand_and_name_what_is_left() {
    let place = Place::new();
    let child = start(&place, "tests/worlds/pause-drill.yaml");
    let journal = place.journal("night");
    wait_for(&journal, "the pause", is("step-started", "pause"));
    signal(&child, "-INT");
    wait_for(&journal, "the undo", is("undo-started", "switch"));
    signal(&child, "-INT");
    let ran = end(child);
    let report = &ran.json();
    assert_eq!(report["run"]["outcome"], "stopped", "{}", ran.stderr);
    let kinds: Vec<String> =
        entries(&journal).iter().map(|entry| entry["event"]["kind"].to_string()).collect();
    assert!(kinds.contains(&"\"undone\"".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"\"abandoned\"".to_owned()), "{kinds:?}");
    assert_eq!(report["leftovers"][0]["resource"], "rds:lb-night-orders");
    assert_eq!(report["leftovers"].as_array().map(Vec::len), Some(1));
    place.run(&["verify", "night"]).expect(0);
}

#[test]
fn an_interrupt_of_an_incident_detaches_and_undoes_nothing() {
    let place = Place::new();
    let child = start(&place, "tests/worlds/pause-incident.yaml");
    let journal = place.journal("night");
    wait_for(&journal, "the pause", is("step-started", "pause"));
    signal(&child, "-INT");
    let ran = end(child);
    assert!(ran.stderr.contains("lifeboat resume night"), "{}", ran.stderr);
    let kinds: Vec<String> = entries(&journal)
        .iter()
        .map(|entry| entry["event"]["kind"].as_str().expect("a kind").to_owned())
        .collect();
    for never in ["undo-started", "cleanup-started", "run-ended", "sealed"] {
        assert!(!kinds.iter().any(|kind| kind == never), "{never} in {kinds:?}");
    }
    // A run that goes on is whole, but not sealed.
    place.run(&["verify", "night"]).expect(1);
}
