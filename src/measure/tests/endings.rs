//! What is left, what was not exercised, and the exit code.

use super::measured;
use crate::base::{Failure, FailureKind, Mode, Outcome, Verdict, WorldKind};
use crate::event::{CallResult, Event, Illegal, Phase, StepStatus, StopReason, UndoRule};
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
    assert!(report.next.is_empty(), "the lab ended with its process: {:?}", report.next);
    assert_eq!(report.leftovers[0].resource, "rds:lb-r1-orders");
    assert_eq!(exit_code(&report), 5);
}

#[test]
fn outside_the_lab_only_lifeboats_own_commands_are_named() {
    let mut sample = Sample::stuck();
    sample.opening().world_kind = WorldKind::Endpoint;
    assert_eq!(measured(&sample).next, ["lifeboat cleanup r1"]);
    sample.entries.retain(|entry| !matches!(entry.event, Event::RunEnded { .. } | Event::Sealed { .. }));
    assert_eq!(measured(&sample).next, ["lifeboat resume r1", "lifeboat resume r1 --rollback"]);
}

#[test]
fn what_was_about_to_be_created_is_left_over_in_a_drill_and_kept_in_an_incident() {
    let mut sample = Sample::of(vec![step("restore", "rds.restore-to-point-in-time", &[])]);
    sample.start("restore", 0.0);
    sample.push(1.0, Event::Creating { step: path("restore"), resource: restored() });
    let report = measured(&sample);
    assert_eq!((report.leftovers.len(), report.kept.len(), exit_code(&report)), (0, 1, 1));
    sample.opening().mode = Mode::Drill;
    let report = measured(&sample);
    assert_eq!((report.leftovers.len(), report.leftovers[0].immutable_id.as_deref()), (1, None));
    assert_eq!((report.run.outcome, exit_code(&report)), (None, 5));
    let row = &report.steps[0];
    assert_eq!((row.status, row.state, row.failed), (StepStatus::NotRun, Some("running"), false));
}

#[test]
fn a_switch_that_no_undo_has_touched_is_stuck_in_a_drill() {
    let mut sample = Sample::drill();
    sample.entries.retain(|entry| !matches!(entry.event, Event::UndoStarted { .. } | Event::Undone { .. }));
    let report = measured(&sample);
    assert_eq!((report.stuck.len(), report.stuck[0].step.as_str()), (1, "switch"));
    assert_eq!((report.stuck[0].reason.as_str(), exit_code(&report)), ("its undo has not run", 5));
    sample.opening().outline.steps[4].undo = UndoRule::Forgone { reason: "a throw-away zone".to_owned() };
    let report = measured(&sample);
    assert_eq!((report.stuck.len(), report.leftovers.len(), exit_code(&report)), (0, 1, 5));
    assert!(report.leftovers[0].resource.contains("orders-db.example.com"));
    assert!(report.leftovers[0].resource.contains("a throw-away zone"));
}

/// A switch that is sent, or refused, and then undone.
fn switch_that(result: Option<CallResult>) -> Sample {
    let mut sample = Sample::drill();
    sample.entries.truncate(1);
    sample.phase(Phase::Forward).start("switch", 546.0);
    let (service, operation) = ("route53".to_owned(), "ChangeResourceRecordSets".to_owned());
    sample.push(
        547.0,
        Event::Calling {
            step: path("switch"),
            service: service.clone(),
            operation: operation.clone(),
            region: None,
            resource: None,
            attempt: 1,
        },
    );
    if let Some(result) = result {
        let (step, region, resource, request_id) = (Some(path("switch")), None, None, None);
        let attempt = 1;
        let called =
            Event::Called { step, service, operation, region, resource, attempt, request_id, result };
        sample.push(548.0, called);
    }
    sample.fail("switch", 549.0, "it failed");
    sample.phase(Phase::Rollback).push(661.0, Event::UndoStarted { step: path("switch") });
    sample.push(680.0, Event::Undone { step: path("switch") });
    sample
}

#[test]
fn a_change_that_the_service_rejected_was_not_undone_and_one_without_an_answer_may_have_been() {
    let no = CallResult::Error { code: Some("AccessDenied".to_owned()), message: "no".to_owned() };
    let sample = switch_that(Some(no));
    assert_eq!(measured(&sample).steps[4].status, StepStatus::Failed);
    assert!(not_exercised(&sample).contains(&"rollback".to_owned()));
    let sample = switch_that(None);
    assert_eq!(measured(&sample).steps[4].status, StepStatus::Undone);
    let limits = measured(&sample).not_exercised;
    assert!(limits.iter().all(|limit| limit.why != "no DNS record was changed"), "{limits:?}");
}

#[test]
fn a_change_of_unknown_outcome_leaves_the_recovery_time_open() {
    let mut sample = switch_that(None);
    sample.phase(Phase::Forward).run("reachable", 690.0, 700.0);
    let rto = measured(&sample).objectives.rto;
    assert_eq!((rto.achieved_s, rto.verdict), (None, Verdict::NotMeasured));
    assert!(rto.reason.is_some_and(|reason| reason.contains("what became of it")));
}

#[test]
fn a_step_that_was_refused_or_rejected_is_4_whatever_else_failed() {
    for kind in [FailureKind::Refused, FailureKind::Rejected] {
        let mut sample = Sample::of(Sample::outline());
        sample.start("backup", 0.0).fail("backup", 1.0, "it failed");
        sample.push(1.0, Event::Stopping { reason: StopReason::StepFailed { step: path("backup") } });
        sample.start("approve", 1.0);
        sample.push(2.0, Event::StepFailed { step: path("approve"), failure: Failure::new(kind, "no") });
        sample.end(3.0, Outcome::Failed);
        assert_eq!(exit_code(&measured(&sample)), 4);
    }
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
    sample.opening().world_kind = WorldKind::Endpoint;
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
