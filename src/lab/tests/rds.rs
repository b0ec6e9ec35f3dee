//! Instances and their backups, described, tagged and deleted.

use super::*;
use aws_sdk_rds::types::Tag;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn the_restorable_time_trails_now_by_up_to_five_minutes_and_moves() {
    let bench = calm();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let found = bench.rds("us-east-2").describe_db_instances().send().await.expect("instances");
        let latest = instant(found.db_instances()[0].latest_restorable_time().expect("a time"));
        let age = bench.clock.now() - latest;
        assert!(age > seconds(0) && age < seconds(330), "{age}");
        seen.insert(latest);
        bench.clock.sleep(Duration::from_mins(1)).await;
    }
    let (first, last) = (*seen.first().expect("a time"), *seen.last().expect("a time"));
    assert_eq!(last - first, seconds(300) * (i32::try_from(seen.len()).expect("few") - 1));
    assert!((4..=5).contains(&seen.len()), "19 minutes of 5-minute uploads: {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_dead_source_freezes_its_replicated_backup_which_lags_behind() {
    let bench = bench(world(), region_down(), json!([]));
    let t0 = bench.instants.t0.expect("T0");
    let window = async || {
        let found = bench.rds("us-west-2").describe_db_instance_automated_backups().send().await;
        let backup = found.expect("backups").db_instance_automated_backups()[0].clone();
        assert_eq!(backup.status(), Some("replicating"));
        assert_eq!(backup.region(), Some("us-east-2"));
        let window = backup.restore_window().expect("a window").clone();
        instant(window.latest_time().expect("a time"))
    };
    let before = window().await;
    assert!(before < t0 && t0 - before < seconds(3600), "{before}");
    bench.clock.sleep(Duration::from_mins(30)).await;
    assert_eq!(window().await, before);
}

#[tokio::test(start_paused = true)]
async fn stale_backups_are_as_old_as_described() {
    let mut world = world();
    world["rds"][0]["backups-stalled-for"] = json!("3h");
    let bench = bench(world, Value::Null, json!([]));
    let found = bench.rds("us-east-2").describe_db_instances().send().await.expect("instances");
    let age = bench.clock.now() - instant(found.db_instances()[0].latest_restorable_time().expect("a time"));
    assert!(age >= seconds(3 * 3600) && age < seconds(3 * 3600 + 330), "{age}");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_a_typed_error() {
    let bench = calm();
    let client = bench.rds("us-east-2");
    let error = client.describe_db_instances().db_instance_identifier("nobody").send().await;
    assert!(error.expect_err("none").into_service_error().is_db_instance_not_found_fault());
    let error = client.describe_db_instance_automated_backups().db_instance_identifier("nobody").send().await;
    let error = error.expect_err("none").into_service_error();
    assert!(error.is_db_instance_automated_backup_not_found_fault());
    // Elsewhere, and in another account, it is not there either.
    let elsewhere = bench.rds("us-west-2").describe_db_instances().send().await.expect("instances");
    assert!(elsewhere.db_instances().is_empty());
    let stranger = aws_sdk_rds::Client::new(&bench.config("us-east-2", "444455556666"));
    assert!(stranger.describe_db_instances().send().await.expect("instances").db_instances().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_the_lab_does_not_have_is_an_error_of_the_service() {
    let bench = calm();
    let error = bench.rds("us-east-2").describe_db_clusters().send().await.expect_err("unknown");
    assert_eq!(code(&error), "InvalidAction");
}

#[tokio::test(start_paused = true)]
async fn filters_and_pages_select_instances() {
    let mut world = world();
    world["rds"] = (0..45)
        .map(|n| json!({ "instance": format!("db-{n:02}"), "region": "us-east-2" }))
        .collect::<Vec<_>>()
        .into();
    world["route53"] = json!([]);
    let bench = bench(world, Value::Null, json!([]));
    let client = bench.rds("us-east-2");
    let mut marker = None;
    let mut sizes = Vec::new();
    loop {
        let page = client.describe_db_instances().max_records(20).set_marker(marker).send().await;
        let page = page.expect("a page");
        sizes.push(page.db_instances().len());
        marker = page.marker().map(str::to_owned);
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [20, 20, 5]);
    let filter = aws_sdk_rds::types::Filter::builder()
        .name("db-instance-id")
        .values("db-07")
        .values("DB-31")
        .values("x");
    let found = client.describe_db_instances().filters(filter.build()).send().await.expect("instances");
    assert_eq!(found.db_instances().len(), 2);
    let error = client.describe_db_instances().max_records(19).send().await.expect_err("too few");
    assert_eq!(code(&error), "InvalidParameterValue");
}

#[tokio::test(start_paused = true)]
async fn tags_are_listed_and_added_and_those_of_aws_are_rejected() {
    let bench = calm();
    let client = bench.rds("us-east-2");
    let arn = format!("arn:aws:rds:us-east-2:{ACCOUNT}:db:orders-prod");
    let tag = |key: &str| Tag::builder().key(key).value("yes <&>").build();
    client.add_tags_to_resource().resource_name(&arn).tags(tag("drill")).send().await.expect("tagged");
    let tags = client.list_tags_for_resource().resource_name(&arn).send().await.expect("tags");
    assert!(tags.tag_list().contains(&tag("drill")), "{tags:?}");
    let error = client.add_tags_to_resource().resource_name(&arn).tags(tag("aws:mine")).send().await;
    assert_eq!(code(&error.expect_err("reserved")), "InvalidParameterValue");
}

#[tokio::test(start_paused = true)]
async fn what_is_protected_or_half_asked_for_is_not_deleted() {
    let bench = calm();
    let client = bench.rds("us-east-2");
    let delete = || client.delete_db_instance().db_instance_identifier("orders-prod");
    for request in [
        delete().skip_final_snapshot(true),
        delete(),
        delete().skip_final_snapshot(true).final_db_snapshot_identifier("last"),
    ] {
        assert_eq!(code(&request.send().await.expect_err("refused")), "InvalidParameterCombination");
    }
    assert_eq!(bench.lab.snapshot(), calm().lab.snapshot());
}

#[tokio::test(start_paused = true)]
async fn a_deleted_instance_is_deleting_for_a_while_and_may_leave_its_backups() {
    for (with_backups, left) in [(true, 0), (false, 1)] {
        let mut world = world();
        world["rds"][0]["deletion-protection"] = json!(false);
        world["rds"][0]["replicate-backups-to"] = Value::Null;
        let bench = bench(world, Value::Null, json!([]));
        let client = bench.rds("us-east-2");
        let delete = || {
            client
                .delete_db_instance()
                .db_instance_identifier("orders-prod")
                .skip_final_snapshot(true)
                .delete_automated_backups(with_backups)
                .send()
        };
        let deleted = delete().await.expect("deleting");
        assert_eq!(deleted.db_instance().and_then(|found| found.db_instance_status()), Some("deleting"));
        let again = delete().await.expect_err("already deleting").into_service_error();
        assert!(again.is_invalid_db_instance_state_fault());
        bench.clock.sleep(Duration::from_hours(1)).await;
        let gone = delete().await.expect_err("gone").into_service_error();
        assert!(gone.is_db_instance_not_found_fault());
        let backups = client.describe_db_instance_automated_backups().send().await.expect("backups");
        assert_eq!(backups.db_instance_automated_backups().len(), left);
        assert!(backups.db_instance_automated_backups().iter().all(|left| left.status() == Some("retained")));
    }
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_a_request_id_and_the_same_seed_repeats_them() {
    use aws_types::request_id::RequestId;
    let ids = async |seed| {
        let bench = seeded(world(), Value::Null, json!([]), seed);
        let client = bench.rds("us-east-2");
        let answer = client.describe_db_instances().send().await.expect("instances");
        let error =
            client.describe_db_instances().db_instance_identifier("x").send().await.expect_err("none");
        let resource = answer.db_instances()[0].dbi_resource_id().map(str::to_owned);
        (answer.request_id().map(str::to_owned), error.request_id().map(str::to_owned), resource)
    };
    let first = ids(1).await;
    assert!(first.0.is_some() && first.1.is_some() && first.0 != first.1, "{first:?}");
    assert_eq!(ids(1).await, first);
    assert_ne!(ids(2).await, first);
}
