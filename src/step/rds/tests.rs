//! Restores against an RDS that a test scripts.

use super::restore_to_point_in_time::RestoreToPointInTime;
use super::verify_backup::VerifyBackup;
use crate::base::{Failure, FailureKind, Mode};
use crate::event::Event;
use crate::step::bench::{Bench, Ended};
use crate::step::{Context, Step};
use crate::world::scripted::{Log, error, rds, scripted};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

const OURS: [(&str, &str); 6] = [
    ("lifeboat:mode", "drill"),
    ("lifeboat:run", "drill-7"),
    ("lifeboat:runbook", "one-database"),
    ("lifeboat:source", "orders"),
    ("lifeboat:step", "step"),
    ("lifeboat:began", "2026-11-23T09:10:00.000Z"),
];

fn instance(name: &str, status: &str, resource_id: &str, tags: &[(&str, &str)]) -> String {
    let tags: Vec<String> = tags
        .iter()
        .map(|(key, value)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>"))
        .collect();
    let tags = tags.concat();
    format!(
        "<DBInstanceIdentifier>{name}</DBInstanceIdentifier><DBInstanceStatus>{status}</DBInstanceStatus>\
         <DbiResourceId>{resource_id}</DbiResourceId><TagList>{tags}</TagList>\
         <BackupRetentionPeriod>7</BackupRetentionPeriod><DeletionProtection>true</DeletionProtection>\
         <Endpoint><Address>{name}.example.net</Address><Port>5432</Port></Endpoint>\
         <LatestRestorableTime>2026-11-23T09:05:00Z</LatestRestorableTime>"
    )
}

fn listed(instance: &str) -> (u16, String) {
    rds("DescribeDBInstances", &format!("<DBInstances><DBInstance>{instance}</DBInstance></DBInstances>"))
}

fn nothing() -> (u16, String) {
    rds("DescribeDBInstances", "<DBInstances/>")
}

fn source() -> (u16, String) {
    listed(&instance("orders", "available", "db-SOURCE", &[("team", "pay"), ("aws:cfn", "stack")]))
}

/// Scripts an RDS with the source in it: `target` answers the n-th look at the target, from 0.
fn bench(
    mode: Mode,
    target: impl Fn(usize) -> (u16, String) + Send + Sync + 'static,
    change: impl Fn(usize, &str) -> (u16, String) + Send + Sync + 'static,
) -> (Bench, Log) {
    let (looks, changes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (connection, log) = scripted(move |sent| match sent.operation.as_str() {
        "DescribeDBInstances" if sent.body.contains("lb-drill-7") => {
            target(looks.fetch_add(1, Ordering::SeqCst))
        }
        "DescribeDBInstances" => source(),
        operation => change(changes.fetch_add(1, Ordering::SeqCst), operation),
    });
    (Bench::new(mode, connection), log)
}

fn restored(name: &str) -> (u16, String) {
    let instance = instance(name, "creating", "db-COPY", &OURS);
    rds("RestoreDBInstanceToPointInTime", &format!("<DBInstance>{instance}</DBInstance>"))
}

fn step(to: &str) -> RestoreToPointInTime {
    serde_json::from_value(json!({ "source": "orders", "target": "lb-drill-7-orders", "to": to }))
        .expect("arguments")
}

async fn run(bench: Bench, to: &str) -> Ended<Value> {
    let step = step(to);
    bench
        .with::<RestoreToPointInTime, _>(async |cx: &Context| {
            Ok(serde_json::to_value(step.run(cx).await?).expect("outputs"))
        })
        .await
}

async fn cleanup(bench: Bench, memory: Value) -> Ended<()> {
    let step = step("latest");
    bench.with::<RestoreToPointInTime, _>(async |cx: &Context| step.cleanup(cx, Some(memory)).await).await
}

fn target(status: &str) -> (u16, String) {
    listed(&instance("lb-drill-7-orders", status, "db-COPY", &OURS))
}

fn made() -> Value {
    json!({ "target": "lb-drill-7-orders", "source_arn": null, "restored_to": null,
            "stage": { "is": "made", "resource_id": "db-COPY" } })
}

#[tokio::test(start_paused = true)]
async fn a_drill_restores_a_private_copy_and_waits_for_late_visibility() {
    let looks = [nothing, nothing, || target("creating"), || target("available")];
    let (bench, log) = bench(Mode::Drill, move |n| looks[n.min(3)](), |_, _| restored("lb-drill-7-orders"));
    let ended = run(bench, "latest").await;
    let output = ended.result.as_ref().expect("restored");
    assert_eq!(output["endpoint"], "lb-drill-7-orders.example.net");
    assert_eq!(ended.uncertainty.as_secs(), 10);
    let body = &log.bodies("Restore")[0];
    for wanted in [
        "PubliclyAccessible=false",
        "BackupRetentionPeriod=0",
        "DeletionProtection=false",
        "RestoreTime=2026-11-23T09%3A04%3A59Z",
        "lifeboat%3Arun",
    ] {
        assert!(body.contains(wanted), "{wanted} is not in {body}");
    }
    assert!(!body.contains("team") && !body.contains("UseLatestRestorableTime"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn an_incident_restores_with_the_sources_tags_retention_and_protection() {
    let ours = [("lifeboat:mode", "incident"), OURS[1], OURS[2], OURS[3], OURS[4], OURS[5]];
    let (bench, log) = bench(
        Mode::Incident,
        move |n| match n {
            0 => nothing(),
            _ => listed(&instance("lb-drill-7-orders", "backing-up", "db-COPY", &ours)),
        },
        |_, _| restored("lb-drill-7-orders"),
    );
    run(bench, "latest").await.result.expect("restored");
    let body = &log.bodies("Restore")[0];
    for wanted in
        ["UseLatestRestorableTime=true", "BackupRetentionPeriod=7", "DeletionProtection=true", "team"]
    {
        assert!(body.contains(wanted), "{wanted} is not in {body}");
    }
    assert!(!body.contains("aws%3Acfn") && !body.contains("PubliclyAccessible"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_restore_whose_reply_was_lost_is_adopted() {
    let (bench, log) = bench(
        Mode::Drill,
        |n| if n == 0 { nothing() } else { target("available") },
        |n, _| if n == 0 { (503, String::new()) } else { error(400, "DBInstanceAlreadyExists") },
    );
    let ended = run(bench, "latest").await;
    assert!(ended.result.is_ok(), "{:?}", ended.result);
    assert!(ended.events.iter().any(|event| matches!(event, Event::Created { adopted: true, .. })));
    assert_eq!(log.bodies("Restore").len(), 2);
    assert_eq!(ended.memory().expect("remembered")["restored_to"], "2026-11-23T09:04:59Z");
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_instance_under_the_name_is_left_alone() {
    let stranger = || listed(&instance("lb-drill-7-orders", "available", "db-OTHER", &[("team", "pay")]));
    let (bench, log) = bench(Mode::Drill, move |_| stranger(), |_, _| error(400, "unexpected"));
    let ended = run(bench, "latest").await;
    assert_eq!(ended.failure().kind, FailureKind::Stranger);
    assert_eq!(log.operations(), ["DescribeDBInstances"]);
    assert_eq!(ended.memory(), None);
}

#[tokio::test(start_paused = true)]
async fn a_terminal_status_and_a_disappearance_end_the_wait() {
    for (last, wanted) in [
        (target as fn(&str) -> (u16, String), "is in status `incompatible-network`"),
        (|_: &str| nothing(), "has disappeared"),
    ] {
        let (bench, _) = bench(
            Mode::Drill,
            move |n| match n {
                0 => nothing(),
                1 => target("creating"),
                _ => last("incompatible-network"),
            },
            |_, _| restored("lb-drill-7-orders"),
        );
        let ended = run(bench, "latest").await;
        assert_eq!(ended.failure().kind, FailureKind::Terminal);
        assert!(ended.failure().message.contains(wanted), "{}", ended.failure());
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_service_refused_is_no_leftover() {
    let refuse = |_, _: &str| error(400, "KMSKeyNotAccessibleFault");
    let (refusing, _) = bench(Mode::Drill, |_| nothing(), refuse);
    let ended = run(refusing, "latest").await;
    assert_eq!(ended.failure().code.as_deref(), Some("KMSKeyNotAccessibleFault"));
    assert!(ended.failure().hint.as_ref().is_some_and(|hint| hint.contains("KMS key")));
    assert!(matches!(ended.events.last(), Some(Event::Removed { .. })));
    let (again, log) = bench(Mode::Drill, |_| nothing(), refuse);
    cleanup(again, ended.memory().expect("remembered")).await.result.expect("nothing to do");
    assert_eq!(log.operations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_a_lost_reply_settles_nothing() {
    let (bench, _) = bench(
        Mode::Drill,
        |_| nothing(),
        |n, _| if n == 0 { (503, String::new()) } else { error(400, "InstanceQuotaExceeded") },
    );
    let ended = run(bench, "latest").await;
    assert_eq!(ended.failure().kind, FailureKind::Terminal);
    assert_eq!(ended.memory().expect("remembered")["stage"]["is"], "asked");
    assert!(!ended.events.iter().any(|event| matches!(event, Event::Removed { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_time_after_the_window_is_refused_before_the_call() {
    let (bench, log) = bench(Mode::Drill, |_| nothing(), |_, _| restored("lb-drill-7-orders"));
    let ended = run(bench, "2026-11-23T09:06:00Z").await;
    assert_eq!(ended.failure().kind, FailureKind::Contradicted);
    let message = &ended.failure().message;
    assert!(message.contains("09:06:00") && message.contains("09:05:00"), "{message}");
    assert_eq!(log.bodies("Restore").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_drill_that_restores_beyond_its_t0_says_so() {
    let (mut bench, _) = bench(
        Mode::Drill,
        |n| if n == 0 { nothing() } else { target("available") },
        |_, _| restored("lb-drill-7-orders"),
    );
    bench.incident_at = "2026-11-23T09:00:00Z".parse().ok();
    // The other deviation is about the defaults that it gets for want of a subnet group.
    assert_eq!(run(bench, "latest").await.deviations(), 2);
}

#[tokio::test(start_paused = true)]
async fn cleanup_deletes_what_is_busy_once_it_can_and_waits_until_it_is_gone() {
    let (bench, log) = bench(
        Mode::Drill,
        |n| match n {
            0 | 1 => target("creating"),
            2 => target("deleting"),
            _ => nothing(),
        },
        |n, operation| if n == 0 { error(400, "InvalidDBInstanceState") } else { rds(operation, "") },
    );
    let ended = cleanup(bench, made()).await;
    assert_eq!(ended.result, Ok(()));
    assert!(matches!(ended.events.last(), Some(Event::Removed { .. })));
    let deletions = log.bodies("DeleteDBInstance");
    assert_eq!(deletions.len(), 2);
    assert!(deletions[1].contains("SkipFinalSnapshot=true"), "{}", deletions[1]);
    assert!(deletions[1].contains("DeleteAutomatedBackups=true"), "{}", deletions[1]);
}

#[tokio::test(start_paused = true)]
async fn cleanup_leaves_alone_what_only_bears_the_name() {
    let others = [("db-OTHER", &OURS[..]), ("db-COPY", &[("team", "pay")][..])];
    for (resource_id, tags) in others {
        let answer = listed(&instance("lb-drill-7-orders", "available", resource_id, tags));
        let (bench, log) = bench(Mode::Drill, move |_| answer.clone(), |_, operation| rds(operation, ""));
        let ended = cleanup(bench, made()).await;
        assert_eq!(ended.failure().kind, FailureKind::Stranger);
        assert_eq!(log.bodies("DeleteDBInstance").len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn cleanup_waits_for_a_restore_whose_reply_never_came() {
    let (bench, log) = bench(
        Mode::Drill,
        |n| match n {
            1 => target("creating"),
            _ => nothing(),
        },
        |_, operation| rds(operation, ""),
    );
    let asked = json!({ "target": "lb-drill-7-orders", "source_arn": null, "restored_to": null,
                        "stage": { "is": "asked" } });
    assert_eq!(cleanup(bench, asked).await.result, Ok(()));
    assert_eq!(log.bodies("DeleteDBInstance").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn cleanup_waits_for_what_was_made_and_is_not_visible_yet() {
    let (bench, log) = bench(
        Mode::Drill,
        |n| if n == 3 { target("available") } else { nothing() },
        |_, operation| rds(operation, ""),
    );
    assert_eq!(cleanup(bench, made()).await.result, Ok(()));
    assert_eq!(log.bodies("DeleteDBInstance").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_absence_after_the_order_to_delete_may_be_a_slip() {
    let (bench, log) = bench(
        Mode::Drill,
        |n| match n {
            0 => target("available"),
            2 => target("deleting"),
            _ => error(404, "DBInstanceNotFound"),
        },
        |_, operation| rds(operation, ""),
    );
    assert_eq!(cleanup(bench, made()).await.result, Ok(()));
    assert_eq!(log.bodies("DescribeDBInstances").len(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_copy_of_another_step_or_of_another_run_of_that_id_is_a_strangers() {
    for (at, other) in [(4, ("lifeboat:step", "other")), (5, ("lifeboat:began", "2026-11-22T09:10:00.000Z"))]
    {
        let mut tags = OURS;
        tags[at] = other;
        let answer = listed(&instance("lb-drill-7-orders", "available", "db-COPY", &tags));
        let (adopting, log) = bench(Mode::Drill, move |_| answer.clone(), |_, operation| rds(operation, ""));
        assert_eq!(run(adopting, "latest").await.failure().kind, FailureKind::Stranger);
        assert_eq!(log.bodies("Restore").len(), 0);
        let answer = listed(&instance("lb-drill-7-orders", "available", "db-COPY", &tags));
        let (cleaning, log) = bench(Mode::Drill, move |_| answer.clone(), |_, operation| rds(operation, ""));
        assert_eq!(cleanup(cleaning, made()).await.failure().kind, FailureKind::Stranger);
        assert_eq!(log.bodies("DeleteDBInstance").len(), 0);
    }
}

/// Verifies `orders` in a Region that has these automated backups and no instance.
async fn verify(mode: Mode, backups: &[&str], max_age: &str) -> Result<(), Failure> {
    let backups: Vec<String> = backups
        .iter()
        .map(|arn| {
            format!(
                "<DBInstanceAutomatedBackup><DBInstanceIdentifier>orders</DBInstanceIdentifier>\
                 <DBInstanceAutomatedBackupsArn>{arn}</DBInstanceAutomatedBackupsArn><RestoreWindow>\
                 <EarliestTime>2026-11-16T09:00:00Z</EarliestTime><LatestTime>2026-11-23T08:00:00Z</LatestTime>\
                 </RestoreWindow></DBInstanceAutomatedBackup>"
            )
        })
        .collect();
    let answer =
        Arc::new(format!("<DBInstanceAutomatedBackups>{}</DBInstanceAutomatedBackups>", backups.concat()));
    let (connection, _) = scripted(move |sent| match sent.operation.as_str() {
        "DescribeDBInstances" => error(404, "DBInstanceNotFound"),
        operation => rds(operation, &answer),
    });
    let step: VerifyBackup =
        serde_json::from_value(json!({ "source": "orders", "max-age": max_age })).expect("arguments");
    let ended = Bench::new(mode, connection)
        .with::<VerifyBackup, _>(async |cx: &Context| step.run(cx).await.map(|_| ()))
        .await;
    assert_eq!(ended.deviations(), usize::from(mode == Mode::Incident && max_age == "30m"));
    ended.result
}

#[tokio::test(start_paused = true)]
async fn one_replicated_backup_is_the_source_and_two_are_none() {
    assert_eq!(verify(Mode::Drill, &["arn:one"], "2h").await, Ok(()));
    let kind = |result: Result<(), Failure>| result.expect_err("no source").kind;
    assert_eq!(kind(verify(Mode::Drill, &["arn:one", "arn:two"], "2h").await), FailureKind::Contradicted);
    assert_eq!(kind(verify(Mode::Drill, &[], "2h").await), FailureKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_stale_backup_fails_a_drill_and_not_an_incident() {
    let stale = verify(Mode::Drill, &["arn:one"], "30m").await.expect_err("stale");
    assert!(stale.message.contains("1h10m") && stale.message.contains("30m"), "{stale}");
    assert_eq!(verify(Mode::Incident, &["arn:one"], "30m").await, Ok(()));
}
