//! Runs that were cut off or left, taken up by another process, at an emulator that outlives both.

use crate::interrupts::{is, wait_for};
use crate::lifeboat::{Place, Ran, entries};
use crate::moto::Moto;
use std::process::{Child, Command, Stdio};

const RUNBOOK: &str = "runbook: pause
places: { recovery: { region: us-west-2 } }
steps:
  - { id: restore, uses: rds.restore-to-point-in-time, with: { source: orders-prod, target: \"${{ run.name }}-copy\" } }
  - id: switch
    uses: route53.switch
    needs: [restore]
    with: { zone: example.com, record: orders-db.example.com, type: CNAME, to: \"${{ steps.restore.outputs.endpoint }}\" }
    in-drill: { record: drill-orders-db.example.com }
  - { id: pause, uses: wait.for, needs: [switch], with: { duration: 5s } }
";

/// A run that waits in its last step.
fn pausing(place: &Place, moto: &Moto, mode: &[&str]) -> Child {
    let runbook = place.file("runbook.yaml", RUNBOOK);
    let mut command = place.command();
    command.args([
        "run",
        runbook.to_str().expect("UTF-8"),
        "--endpoint-url",
        &moto.url(),
        "--run-id",
        "night",
    ]);
    let child = command.args(mode).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    wait_for(&place.journal("night"), "the pause", is("step-started", "pause"));
    child
}

fn signal(child: &Child, signal: &str) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
    assert!(status.success());
}

fn kinds(place: &Place, kind: &str) -> usize {
    entries(&place.journal("night")).iter().filter(|entry| entry["event"]["kind"] == kind).count()
}

#[test]
fn a_killed_drill_is_resumed_and_leaves_nothing() {
    let moto = Moto::start();
    let zone = moto.seed();
    let (instances, records) = (moto.instances(), moto.records(&zone));
    let place = Place::new();
    let mut child = pausing(&place, &moto, &[]);
    // While it runs nobody else can take it up, and status says so.
    let busy = place.run(&["resume", "night"]).expect(2);
    assert!(busy.stderr.contains("another process"), "{}", busy.stderr);
    assert!(place.run(&["status", "night"]).expect(0).stderr.contains("A process is running it now"));
    signal(&child, "-KILL");
    child.wait().expect("it is gone");
    assert!(place.run(&["status", "night"]).expect(0).stderr.contains("No process is running it"));
    assert_eq!(moto.instances().len(), instances.len() + 1);
    place.run(&["resume", "night"]).expect(0);
    assert_eq!((moto.instances(), moto.records(&zone)), (instances, records));
    assert_eq!((kinds(&place, "created"), kinds(&place, "step-started")), (1, 3));
    place.run(&["verify", "night"]).expect(0);
    // What has ended is not taken up again.
    place.run(&["resume", "night"]).expect(2);
}

#[test]
fn a_killed_drill_can_go_back_instead() {
    let moto = Moto::start();
    let zone = moto.seed();
    let (instances, records) = (moto.instances(), moto.records(&zone));
    let place = Place::new();
    let mut child = pausing(&place, &moto, &[]);
    signal(&child, "-KILL");
    child.wait().expect("it is gone");
    place.run(&["resume", "night", "--rollback"]).expect(0);
    assert_eq!((moto.instances(), moto.records(&zone)), (instances, records));
    let report = place.run(&["report", "night", "--json"]).expect(0).json();
    assert_eq!(report["run"]["outcome"], "stopped");
}

#[test]
fn an_incident_that_was_left_is_resumed_and_can_be_rolled_back_but_never_cleaned_up() {
    let moto = Moto::start();
    let zone = moto.seed();
    let (instances, records) = (moto.instances(), moto.records(&zone));
    let place = Place::new();
    let child = pausing(&place, &moto, &["--incident", "--yes"]);
    signal(&child, "-INT");
    let left = Ran::of(child.wait_with_output().expect("it ends")).expect(4);
    assert!(left.stderr.contains("lifeboat resume night"), "{}", left.stderr);
    let said = place.run(&["report", "night"]).expect(0).stdout;
    assert!(!said.contains("delete-db-instance"), "{said}");
    place.run(&["resume", "night"]).expect(0);
    let switched = moto.records(&zone);
    assert_ne!(switched, records);
    // What an incident kept is deleted by no command.
    place.run(&["cleanup", "night", "--yes"]).expect(4);
    place.run(&["rollback", "night"]).expect(4);
    assert_eq!((moto.instances().len(), moto.records(&zone)), (instances.len() + 1, switched));
    place.run(&["rollback", "night", "--yes"]).expect(0);
    assert_eq!((moto.instances().len(), moto.records(&zone)), (instances.len() + 1, records));
    place.run(&["verify", "night"]).expect(0);
}

#[test]
fn a_run_is_taken_up_in_its_own_account_or_not_at_all() {
    let moto = Moto::start();
    moto.seed();
    let place = Place::new();
    let mut child = pausing(&place, &moto, &[]);
    signal(&child, "-KILL");
    child.wait().expect("it is gone");
    // The journal of a run in another account.
    let journal = place.journal("night");
    let text = std::fs::read_to_string(&journal).expect("a journal");
    std::fs::write(&journal, rehashed(&text.replace("123456789012", "999999999999"))).expect("written");
    let before = moto.instances();
    let ran = place.run(&["resume", "night"]).expect(4);
    assert!(ran.stderr.contains("999999999999"), "{}", ran.stderr);
    assert_eq!(moto.instances(), before);
}

/// The same lines, in a chain that holds.
fn rehashed(text: &str) -> String {
    let mut prev = "0".repeat(64);
    let mut lines = String::new();
    for line in text.lines() {
        let body = line.rsplit_once(",\"hash\":\"").expect("a hash").0;
        let body = format!("{},\"prev\":\"{prev}\"}}", body.rsplit_once(",\"prev\":\"").expect("a prev").0);
        prev = sha256(&body);
        lines = format!("{lines}{},\"hash\":\"{prev}\"}}\n", &body[..body.len() - 1]);
    }
    lines
}

fn sha256(text: &str) -> String {
    let mut sha =
        Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    std::io::Write::write_all(&mut sha.stdin.take().expect("stdin"), text.as_bytes()).expect("written");
    let output = sha.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&output.stdout).split(' ').next().expect("a hash").to_owned()
}
