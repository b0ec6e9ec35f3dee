//! The critical path and its shares.

use super::measured;
use crate::base::Mark;
use crate::event::Event;
use crate::measure::Part;
use crate::measure::sample::{Sample, marked, path, step};

fn critical(sample: &Sample) -> Vec<String> {
    measured(sample).steps.into_iter().filter(|step| step.critical).map(|step| step.id).collect()
}

#[test]
fn the_critical_path_takes_the_need_that_ended_last() {
    let mut sample = Sample::of(vec![
        step("quick", "wait.for", &[]),
        step("slow", "wait.for", &[]),
        marked(Mark::Recovered, step("last", "sql.check", &["quick", "slow"])),
        step("aside", "wait.for", &[]),
    ]);
    sample.t0(0.0).start("quick", 0.0).start("slow", 0.0).succeed("quick", 10.0).succeed("slow", 30.0);
    sample.run("last", 30.0, 40.0).run("aside", 0.0, 90.0);
    assert_eq!(critical(&sample), ["slow", "last"]);
}

#[test]
fn without_a_recovery_the_path_leads_to_the_step_that_ended_last() {
    let mut sample = Sample::of(vec![
        step("backup", "rds.verify-backup", &[]),
        step("restore", "rds.restore-to-point-in-time", &["backup"]),
        step("aside", "wait.for", &[]),
    ]);
    sample.run("backup", 0.0, 2.0).run("aside", 0.0, 3.0).start("restore", 2.0).fail("restore", 9.0, "full");
    assert_eq!(critical(&sample), ["backup", "restore"]);
    assert!(measured(&sample).path.is_empty(), "there is no recovery to have a share of");
}

#[test]
fn a_skipped_step_hands_the_path_on_and_is_no_part_of_it() {
    let mut sample = Sample::of(vec![
        step("slow", "wait.for", &[]),
        step("approve", "human.approve", &["slow"]),
        marked(Mark::Recovered, step("last", "sql.check", &["approve"])),
    ]);
    sample.t0(0.0).run("slow", 0.0, 30.0);
    sample.push(30.0, Event::StepSkipped { step: path("approve"), reason: String::new() });
    sample.run("last", 30.0, 40.0);
    assert_eq!(critical(&sample), ["slow", "last"]);
}

#[test]
fn the_shares_add_up_to_the_recovery_time() {
    for sample in [Sample::incident(), Sample::drill()] {
        let report = measured(&sample);
        let total: f64 = report.path.iter().map(|part| part.seconds).sum();
        assert_eq!(Some(total), report.objectives.rto.achieved_s);
        let percent: f64 = report.path.iter().map(|part| part.percent).sum();
        assert!((percent - 100.0).abs() < 1.0, "{percent}");
    }
    let report = measured(&Sample::incident());
    assert_eq!((report.path[0].part, report.path[0].seconds), (Part::BeforeRun, 120.0));
    let restore = report.steps.iter().find(|step| step.id == "restore").expect("a step");
    assert_eq!((restore.share_s, restore.share_percent), (Some(448.0), Some(57.4)));
}

#[test]
fn waiting_off_the_critical_path_is_not_taken_off_the_recovery_time() {
    let mut sample = Sample::of(vec![
        step("slow", "wait.for", &[]),
        step("aside", "human.approve", &[]),
        marked(Mark::Recovered, step("last", "sql.check", &["slow"])),
    ]);
    sample.t0(-10.0).asked("aside", 0.0, Some(20.0)).run("slow", 0.0, 30.0).run("last", 30.0, 40.0);
    let rto = measured(&sample).objectives.rto;
    assert_eq!((rto.net_service_s, rto.waiting_s), (Some(50.0), Some(0.0)));
}

#[test]
fn a_circle_in_a_damaged_outline_ends() {
    let mut sample = Sample::of(vec![step("a", "wait.for", &["b"]), step("b", "wait.for", &["a"])]);
    sample.run("a", 0.0, 1.0).run("b", 0.0, 2.0);
    assert_eq!(critical(&sample).len(), 2);
}

#[test]
fn two_people_who_are_waited_for_at_once_count_once_and_silence_counts_to_the_end() {
    let mut sample = Sample::of(vec![
        step("first", "human.approve", &[]),
        marked(Mark::Recovered, step("last", "human.approve", &["first"])),
    ]);
    sample.t0(0.0).asked("first", 0.0, Some(20.0));
    sample.asked("last", 10.0, None).succeed("last", 30.0);
    let rto = measured(&sample).objectives.rto;
    assert_eq!((rto.achieved_s, rto.waiting_s, rto.net_service_s), (Some(30.0), Some(30.0), Some(0.0)));
}
