//! What people see, at 80 columns.

use super::summary;
use crate::base::{Failure, FailureKind, Mode, Outcome, Resource, StepPath};
use crate::event::{Event, StopReason};
use crate::measure::{Sample, report};
use crate::view::Page;

const PAGE: Page = Page { colour: false, width: 80 };

fn shown(sample: &Sample, page: Page) -> String {
    let report = report(&sample.entries).expect("a legal journal");
    summary(&report, ".lifeboat/runs/r1/journal.jsonl", page)
}

#[test]
fn an_incident_reads_at_a_glance() {
    insta::assert_snapshot!(shown(&Sample::incident(), PAGE), @r"
    Rehearsal: the world is emulated (the embedded lab): this certifies nothing.

    region-outage: regional-failover as an incident succeeded after 11m02s. r1

    RTO  met           13m00s of 15m00s, 2m00s to spare, uncertain by 5s.
                       These durations are an assumption, from the scenario:
                       rds.restore p50 7m p90 9m.
                       11m00s of execution, from its start (T3).
                       Waited 1m30s for people; without that: service 11m30s,
                       execution 9m30s.
    RPO  met           6m05s of 30m00s, 23m55s to spare, uncertain by 5s.
                       Measured in the recovered data. The service claims 6m00s.

      STATUS     STEP       TYPE                          START          TOOK  SHARE
    *            before the run: found, declared          T+00:00:00    2m00s  15.4%
    * succeeded  backup     rds.verify-backup             T+00:02:00       2s   0.3%
    * succeeded  restore    rds.restore-to-point-in-time  T+00:02:02    7m28s  57.4%
    * succeeded  data       sql.check                     T+00:09:30       6s   0.8%
    * succeeded  approve    human.approve                 T+00:09:36    1m30s  11.5%
                 Approved by ada after 1m30s of waiting.
    * succeeded  switch     route53.switch                T+00:11:06      34s   4.4%
    * succeeded  reachable  sql.check                     T+00:11:40    1m20s  10.3%
      * on the critical path; SHARE is of the recovery time.

    T0  disruption (the scenario's)           T+00:00:00   2026-11-23T09:10:00.000Z
    T1  detected                              T+00:01:00   2026-11-23T09:11:00.000Z
    T2  declared                              T+00:02:00   2026-11-23T09:12:00.000Z
    T3  execution starts                      T+00:02:00   2026-11-23T09:12:00.000Z
    T4  the database accepts queries          T+00:09:34   2026-11-23T09:19:34.000Z
    T5  the data is verified                  T+00:09:36   2026-11-23T09:19:36.000Z
    T6  every name server has the new target  T+00:11:40   2026-11-23T09:21:40.000Z
    T7  the last resolver has let go          T+00:12:40   2026-11-23T09:22:40.000Z
    T8  the service answers its clients       T+00:13:00   2026-11-23T09:23:00.000Z

    Kept           rds:lb-r1-orders in us-west-2, db-4F2A, by step restore
    Left over      nothing
    Not exercised  aws: the world is emulated.
                   detection: T1 is given, not found by an alarm.
                   approval: the scenario answers, not a person.
                   rollback: nothing was undone.
                   cleanup: nothing was cleaned up.
    Places         recovery: us-west-2, account not confirmed

    Seed: 1, in virtual time
    Journal: .lifeboat/runs/r1/journal.jsonl
    ");
}

#[test]
fn a_drill_tells_what_it_undid_and_cleaned_up() {
    insta::assert_snapshot!(shown(&Sample::drill(), PAGE), @r#"
    Rehearsal: the world is emulated (the embedded lab): this certifies nothing.

    region-outage: regional-failover as a drill succeeded after 11m40s. r1

    RTO  met           13m00s of 15m00s, 2m00s to spare, uncertain by 5s.
                       These durations are an assumption, from the scenario:
                       rds.restore p50 7m p90 9m.
                       11m00s of execution, from its start (T3).
    RPO  met           6m05s of 30m00s, 23m55s to spare, uncertain by 5s.
                       Measured in the recovered data. The service claims 6m00s.

      STATUS     STEP       TYPE                          START          TOOK  SHARE
    *            before the run: found, declared          T+00:00:00    2m00s  15.4%
    * succeeded  backup     rds.verify-backup             T+00:02:00       2s   0.3%
    * succeeded  restore    rds.restore-to-point-in-time  T+00:02:02    7m28s  57.4%
    * succeeded  data       sql.check                     T+00:09:30       6s   0.8%
      skipped    approve    human.approve
                 Because run.mode == "incident" is false.
    * undone     switch     route53.switch                T+00:11:06      34s   4.4%
    * succeeded  reachable  sql.check                     T+00:11:40    1m20s  10.3%
    *            between steps                                          1m30s  11.5%
      * on the critical path; SHARE is of the recovery time.

    T0  disruption (the scenario's)           T+00:00:00   2026-11-23T09:10:00.000Z
    T1  detected                              T+00:01:00   2026-11-23T09:11:00.000Z
    T2  declared                              T+00:02:00   2026-11-23T09:12:00.000Z
    T3  execution starts                      T+00:02:00   2026-11-23T09:12:00.000Z
    T4  the database accepts queries          T+00:09:34   2026-11-23T09:19:34.000Z
    T5  the data is verified                  T+00:09:36   2026-11-23T09:19:36.000Z
    T6  every name server has the new target  T+00:11:40   2026-11-23T09:21:40.000Z
    T7  the last resolver has let go          T+00:12:40   2026-11-23T09:22:40.000Z
    T8  the service answers its clients       T+00:13:00   2026-11-23T09:23:00.000Z

    Cleaned up     rds:lb-r1-orders in us-west-2, db-4F2A, by step restore
    Undone         switch
    Left over      nothing
    Not exercised  aws: the world is emulated.
                   detection: T1 is given, not found by an alarm.
                   approval: a step that asks a person did not run.
                   production-record: the drill changed a record that stands in for
                   it.
    Places         recovery: us-west-2, account not confirmed

    Seed: 1, in virtual time
    Journal: .lifeboat/runs/r1/journal.jsonl
    "#);
}

#[test]
fn what_is_stuck_stands_beside_the_command_that_finishes_it() {
    insta::assert_snapshot!(shown(&Sample::stuck(), PAGE), @r#"
    Rehearsal: the world is emulated (the embedded lab): this certifies nothing.

    region-outage: regional-failover as a drill succeeded after 11m21s. r1

    RTO  met           13m00s of 15m00s, 2m00s to spare, uncertain by 5s.
                       These durations are an assumption, from the scenario:
                       rds.restore p50 7m p90 9m.
                       11m00s of execution, from its start (T3).
    RPO  met           6m05s of 30m00s, 23m55s to spare, uncertain by 5s.
                       Measured in the recovered data. The service claims 6m00s.

      STATUS     STEP       TYPE                          START          TOOK  SHARE
    *            before the run: found, declared          T+00:00:00    2m00s  15.4%
    * succeeded  backup     rds.verify-backup             T+00:02:00       2s   0.3%
    * stuck      restore    rds.restore-to-point-in-time  T+00:02:02    7m28s  57.4%
    * succeeded  data       sql.check                     T+00:09:30       6s   0.8%
      skipped    approve    human.approve
                 Because run.mode == "incident" is false.
    * stuck      switch     route53.switch                T+00:11:06      34s   4.4%
    * succeeded  reachable  sql.check                     T+00:11:40    1m20s  10.3%
    *            between steps                                          1m30s  11.5%
      * on the critical path; SHARE is of the recovery time.

    T0  disruption (the scenario's)           T+00:00:00   2026-11-23T09:10:00.000Z
    T1  detected                              T+00:01:00   2026-11-23T09:11:00.000Z
    T2  declared                              T+00:02:00   2026-11-23T09:12:00.000Z
    T3  execution starts                      T+00:02:00   2026-11-23T09:12:00.000Z
    T4  the database accepts queries          T+00:09:34   2026-11-23T09:19:34.000Z
    T5  the data is verified                  T+00:09:36   2026-11-23T09:19:36.000Z
    T6  every name server has the new target  T+00:11:40   2026-11-23T09:21:40.000Z
    T7  the last resolver has let go          T+00:12:40   2026-11-23T09:22:40.000Z
    T8  the service answers its clients       T+00:13:00   2026-11-23T09:23:00.000Z

    Stuck          its undo: somebody changed it. switch
                   its cleanup: it is locked. restore
    Left over      rds:lb-r1-orders in us-west-2, db-4F2A, by step restore
    Not exercised  aws: the world is emulated.
                   detection: T1 is given, not found by an alarm.
                   approval: a step that asks a person did not run.
                   production-record: the drill changed a record that stands in for
                   it.
                   rollback: nothing was undone.
                   cleanup: nothing was cleaned up.
    Places         recovery: us-west-2, account not confirmed

    Nothing is to be done: the lab's world ended with its process.

    Seed: 1, in virtual time
    Journal: .lifeboat/runs/r1/journal.jsonl
    "#);
}

#[test]
fn a_run_that_was_cut_off_measures_nothing() {
    let mut sample = Sample::of(Sample::outline());
    sample.run("backup", 0.0, 2.0).start("restore", 2.0);
    insta::assert_snapshot!(shown(&sample, PAGE), @r"
    Rehearsal: the world is emulated (the embedded lab): this certifies nothing.

    region-outage: regional-failover as an incident has not ended. r1

    RTO  not measured  objective 15m00s.
                       These durations are an assumption, from the scenario:
                       rds.restore p50 7m p90 9m.
                       Because no step marked `recovered` succeeded.
    RPO  not measured  objective 30m00s.
                       Because nobody has said when the disruption was (T0).
                       The service claims nothing.

      STATUS     STEP       TYPE                          START          TOOK  SHARE
    * succeeded  backup     rds.verify-backup             T+00:00:00       2s
      running    restore    rds.restore-to-point-in-time  T+00:00:02
                 Running, or cut off.
      not run    data       sql.check
      not run    approve    human.approve
      not run    switch     route53.switch
      not run    reachable  sql.check
      * on the critical path; SHARE is of the recovery time.

    T0  disruption (not stated)               not measured
    T1  detected                              not measured
    T2  declared                                           2026-11-23T09:12:00.000Z
    T3  execution starts                                   2026-11-23T09:12:00.000Z
    T4  the database accepts queries          not measured
    T5  the data is verified                  not measured
    T6  every name server has the new target  not measured
    T7  the last resolver has let go          not measured
    T8  the service answers its clients       not measured

    Left over      nothing
    Not exercised  aws: the world is emulated.
                   detection: nobody stated when it was detected (T1).
                   approval: a step that asks a person did not run.
                   production-record: no DNS record was changed.
                   rollback: nothing was undone.
                   recovered-data: no step looked for the newest recovered data.
                   data: it never started.
                   switch: it never started.
                   reachable: it never started.
    Places         recovery: us-west-2, account not confirmed

    Seed: 1, in virtual time
    Journal: .lifeboat/runs/r1/journal.jsonl
    ");
}

#[test]
fn nothing_but_commands_and_paths_is_wider_than_the_page() {
    for sample in [Sample::incident(), Sample::drill(), Sample::stuck()] {
        for width in [60, 80, 120] {
            let text = shown(&sample, Page { colour: false, width });
            let wide = text.lines().find(|line| line.chars().count() > width.max(80));
            assert_eq!(wide, None, "at {width} columns");
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let coloured = shown(&Sample::stuck(), Page { colour: true, ..PAGE });
    assert!(coloured.contains('\u{1b}'));
    let bare = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(bare.replace(' ', ""), shown(&Sample::stuck(), PAGE).replace(' ', ""));
}

#[test]
fn a_failure_a_retry_and_a_refusal_are_told_where_they_happened() {
    let mut sample = Sample::of(Sample::outline());
    sample.opening().mode = Mode::Drill;
    sample.run("backup", 0.0, 2.0).start("restore", 2.0);
    let step = || StepPath::new("restore").expect("a path");
    let transient = Failure::new(FailureKind::Transient, "Rate exceeded").code("Throttling");
    let after = "2s".parse().expect("a duration");
    sample.push(3.0, Event::StepRetrying { step: step(), attempt: 1, after, failure: transient });
    sample.push(5.0, Event::StepStarted { step: step(), attempt: 2, inputs: serde_json::Value::Null });
    sample.push(
        6.0,
        Event::Refused {
            step: Some(step()),
            service: "rds".to_owned(),
            operation: "DeleteDBInstance".to_owned(),
            resource: Some(Resource::rds_instance("us-west-2", "orders-prod")),
            reason: "this run did not create it".to_owned(),
        },
    );
    let failure = Failure::new(FailureKind::Refused, "the guard refused rds:DeleteDBInstance")
        .hint("list `rds:orders-prod` under drill-may-change, if a drill may change it");
    sample.push(6.0, Event::StepFailed { step: step(), failure });
    sample.push(6.0, Event::Stopping { reason: StopReason::Refused { step: step() } });
    sample.end(7.0, Outcome::Stopped);
    insta::assert_snapshot!(shown(&sample, PAGE), @r"
    Rehearsal: the world is emulated (the embedded lab): this certifies nothing.

    region-outage: regional-failover as a drill stopped after 7s. r1
      No further step was started: step `restore` was refused by a guardrail.

    RTO  not measured  objective 15m00s.
                       These durations are an assumption, from the scenario:
                       rds.restore p50 7m p90 9m.
                       T0 is not stated: the execution alone is judged, from its
                       start (T3).
                       Because no step marked `recovered` succeeded.
    RPO  not measured  objective 30m00s.
                       Because no step looked for the newest recovered data.
                       The service claims nothing.

      STATUS     STEP       TYPE                          START          TOOK  SHARE
    * succeeded  backup     rds.verify-backup             T+00:00:00       2s
    * failed     restore    rds.restore-to-point-in-time  T+00:00:02       4s
                 Failed: the guard refused rds:DeleteDBInstance.
                 Hint: list `rds:orders-prod` under drill-may-change, if a drill may
                 change it.
                 In 2 attempts.
      not run    data       sql.check
      not run    approve    human.approve
      not run    switch     route53.switch
      not run    reachable  sql.check
      * on the critical path; SHARE is of the recovery time.

    T0  disruption (not stated: the start)    T+00:00:00   2026-11-23T09:12:00.000Z
    T1  detected                              not measured
    T2  declared                              T+00:00:00   2026-11-23T09:12:00.000Z
    T3  execution starts                      T+00:00:00   2026-11-23T09:12:00.000Z
    T4  the database accepts queries          not measured
    T5  the data is verified                  not measured
    T6  every name server has the new target  not measured
    T7  the last resolver has let go          not measured
    T8  the service answers its clients       not measured

    Left over      nothing
    Refused        rds:DeleteDBInstance on rds:orders-prod: this run did not create
                   it.
    Not exercised  aws: the world is emulated.
                   detection: nobody stated when it was detected (T1).
                   approval: a step that asks a person did not run.
                   production-record: no DNS record was changed.
                   rollback: nothing was undone.
                   recovered-data: no step looked for the newest recovered data.
                   data: it never started.
                   switch: it never started.
                   reachable: it never started.
    Places         recovery: us-west-2, account not confirmed

    Seed: 1, in virtual time
    Journal: .lifeboat/runs/r1/journal.jsonl
    ");
}
