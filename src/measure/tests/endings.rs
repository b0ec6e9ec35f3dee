//! What is left, what was not exercised, and the exit code.

use super::measured;
use crate::base::{Outcome, Verdict, WorldKind};
use crate::event::{Event, Illegal, StepStatus, StopReason};
use crate::measure::sample::{Sample, path, restored, step};
use crate::measure::{StuckIn, exit_code, report};

fn not_exercised(sample: &Sample) -> Vec<String> {
    measured(sample).not_exercised.into_iter().map(|limit| limit.what).collect()
}

#[test]
fn a_drill_that_went_back_ends_well() {
    let report = measured(&Sample::drill());
    assert!(report.kept.is_empty() && report.leftovers.is_empty() && report.stuck.is_empty());
    assert_eq!(report.removed[0].resource, "rds:lb-r1-orders");
    assert_eq!(exit_code(&report), 0);
    let switch = report.steps.iter().find(|step| step.id == "switch").expect("a step");
    assert_eq!((switch.status, switch.failed), (StepStatus::Undone, false));
    assert_eq!(report.timeline.t6, report.timeline.t7.map(|at| at - chrono::TimeDelta::seconds(60)));
}

#[test]
fn an_incident_keeps_what_it_restored() {
    let report = measured(&Sample::incident());
    assert_eq!(report.kept[0].immutable_id.as_deref(), Some("db-4F2A"));
    assert!(report.leftovers.is_empty() && report.removed.is_empty());
    assert_eq!(exit_code(&report), 0);
}

#[test]
fn what_could_not_be_undone_is_named_with_the_command_that_finishes_it() {
    let report = measured(&Sample::stuck());
    assert_eq!(report.stuck.len(), 2);
    assert_eq!(
        (report.stuck[0].what, report.stuck[0].reason.as_str()),
        (StuckIn::Undo, "somebody changed it")
    );
    assert_eq!(report.next, ["lifeboat rollback r1", "lifeboat cleanup r1"]);
    assert_eq!(report.leftovers[0].resource, "rds:lb-r1-orders");
    assert_eq!(exit_code(&report), 5);
}

#[test]
fn outside_the_lab_the_command_reaches_the_world_that_the_run_was_in() {
    let mut sample = Sample::stuck();
    let opening = sample.opening();
    opening.world_kind = WorldKind::Endpoint;
    for world in opening.world.values_mut() {
        "http://127.0.0.1:5000".clone_into(world);
    }
    let report = measured(&sample);
    assert!(report.next[0].contains(r#"{"Changes":[{"Action":"DELETE""#), "{}", report.next[0]);
    assert_eq!(
        report.next[1],
        "aws rds delete-db-instance --db-instance-identifier lb-r1-orders --skip-final-snapshot \
         --region us-west-2 --endpoint-url http://127.0.0.1:5000"
    );
}

#[test]
fn what_was_about_to_be_created_is_left_over_until_it_is_known_to_be_gone() {
    let mut sample = Sample::of(vec![step("restore", "rds.restore-to-point-in-time", &[])]);
    sample.start("restore", 0.0);
    sample.push(1.0, Event::Creating { step: path("restore"), resource: restored() });
    let report = measured(&sample);
    assert_eq!((report.leftovers.len(), report.leftovers[0].immutable_id.as_deref()), (1, None));
    assert_eq!((report.run.outcome, exit_code(&report)), (None, 5));
}

#[test]
fn a_run_lists_what_it_did_not_exercise() {
    assert_eq!(not_exercised(&Sample::incident()), ["aws", "detection", "approval", "rollback", "cleanup"]);
    assert_eq!(not_exercised(&Sample::drill()), ["aws", "detection", "approval", "production-record"]);
}

#[test]
fn only_a_sealed_run_on_aws_is_certified() {
    let mut sample = Sample::incident();
    let opening = sample.opening();
    (opening.rehearsal, opening.world_kind) = (false, WorldKind::Aws);
    opening.world.values_mut().for_each(|world| "aws".clone_into(world));
    assert!(measured(&sample).run.certified);
    let mut emulated = sample.clone();
    emulated.opening().world.insert("sts".to_owned(), "http://127.0.0.1:5000".to_owned());
    assert!(!measured(&emulated).run.certified, "a world that is half AWS");
    let mut unsealed = sample.clone();
    unsealed.entries.pop();
    assert!(!measured(&unsealed).run.certified);
    assert!(!measured(&Sample::incident()).run.certified);
}

#[test]
fn the_exit_code_is_the_gravest_of_what_happened() {
    let mut sample = Sample::incident();
    sample.opening().outline.objectives.rto = Some("1m".parse().expect("a duration"));
    let missed = measured(&sample);
    assert_eq!((missed.objectives.rto.verdict, exit_code(&missed)), (Verdict::Missed, 3));
    let mut failed = missed.clone();
    failed.steps[0].failed = true;
    assert_eq!(exit_code(&failed), 1, "under `continue` too");
    failed.run.outcome = Some(Outcome::Stopped);
    assert_eq!(exit_code(&failed), 4);
    failed.stuck.clone_from(&measured(&Sample::stuck()).stuck);
    assert_eq!(exit_code(&failed), 5);
}

#[test]
fn an_interrupted_incident_names_the_command_that_resumes_it() {
    let mut sample = Sample::of(Sample::outline());
    sample.t0(-120.0).run("backup", 0.0, 2.0).push(3.0, Event::Interrupted { count: 1 });
    sample.push(3.0, Event::Stopping { reason: StopReason::Interrupted });
    sample.end(3.0, Outcome::Stopped);
    let report = measured(&sample);
    assert_eq!((report.next.as_slice(), exit_code(&report)), (&["lifeboat resume r1".to_owned()][..], 4));
    assert_eq!(report.stopped_because.as_deref(), Some("it was interrupted"));
}

#[test]
fn a_journal_that_cannot_be_is_an_error() {
    assert_eq!(report(&[]).map(|_| ()), Err(Illegal::NotOpened { seq: 0 }));
    let mut sample = Sample::incident();
    sample.succeed("backup", 900.0);
    assert!(matches!(report(&sample.entries), Err(Illegal::Step { .. })));
}
