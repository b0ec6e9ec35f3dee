//! Worlds that are made by hand.

use super::*;
use aws_sdk_rds::types::Tag;
use std::time::Duration;

/// A lab in which nothing is yet.
fn empty() -> Bench {
    bench(json!({ "now": "2026-11-23T09:00:00Z", "account": ACCOUNT }), Value::Null, json!([]))
}

fn creation(
    client: &aws_sdk_rds::Client,
) -> aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder {
    client
        .create_db_instance()
        .db_instance_identifier("Orders")
        .engine("postgres")
        .db_instance_class("db.t4g.micro")
        .allocated_storage(20)
}

async fn described(client: &aws_sdk_rds::Client) -> aws_sdk_rds::types::DbInstance {
    client.describe_db_instances().send().await.expect("instances").db_instances()[0].clone()
}

#[tokio::test(start_paused = true)]
async fn a_new_instance_comes_up_is_backed_up_and_can_then_be_restored() {
    let bench = empty();
    let client = bench.rds("us-west-2");
    let tag = Tag::builder().key("team").value("payments").build();
    let made = creation(&client).backup_retention_period(7).multi_az(true).tags(tag.clone());
    let made = made.send().await.expect("made").db_instance.expect("an instance");
    assert_eq!(
        (made.db_instance_identifier(), made.db_instance_status()),
        (Some("orders"), Some("creating"))
    );
    assert_eq!((made.multi_az(), made.tag_list()), (Some(true), &[tag][..]));
    assert!(made.endpoint().is_none() && made.latest_restorable_time().is_none());
    let restore = || {
        client
            .restore_db_instance_to_point_in_time()
            .source_db_instance_identifier("orders")
            .target_db_instance_identifier("copy")
            .use_latest_restorable_time(true)
            .send()
    };
    assert_eq!(code(&restore().await.expect_err("too early")), "InvalidDBInstanceState");
    let mut statuses = vec!["creating".to_owned()];
    while statuses.last().is_some_and(|status| status != "available") {
        bench.clock.sleep(Duration::from_secs(10)).await;
        let status = described(&client).await.db_instance_status().expect("a status").to_owned();
        if statuses.last() != Some(&status) {
            statuses.push(status);
        }
    }
    assert_eq!(statuses, ["creating", "backing-up", "available"]);
    bench.clock.sleep(Duration::from_mins(1)).await;
    assert!(described(&client).await.latest_restorable_time().is_some());
    restore().await.expect("restored");
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_cannot_be_is_refused_and_makes_nothing() {
    let bench = empty();
    let client = bench.rds("us-west-2");
    for (request, expected) in [
        (creation(&client).db_instance_identifier("a--b"), "InvalidParameterValue"),
        (creation(&client).engine("paper"), "InvalidParameterValue"),
        (creation(&client).backup_retention_period(36), "InvalidParameterValue"),
        (creation(&client).backup_retention_period(-1), "InvalidParameterValue"),
        (creation(&client).allocated_storage(1), "InvalidParameterValue"),
        (creation(&client).set_allocated_storage(None), "InvalidParameterCombination"),
        (creation(&client).tags(Tag::builder().key("aws:x").build()), "InvalidParameterValue"),
    ] {
        assert_eq!(code(&request.send().await.expect_err("refused")), expected);
    }
    assert!(bench.lab.snapshot().instances.is_empty());
    creation(&client).send().await.expect("made");
    let again = creation(&client).send().await.expect_err("taken").into_service_error();
    assert!(again.is_db_instance_already_exists_fault());
}

#[tokio::test(start_paused = true)]
async fn replicated_backups_arrive_late_and_hold_nothing_from_before() {
    let mut world = world();
    world["rds"][0]["replicate-backups-to"] = Value::Null;
    let bench = bench(world, Value::Null, json!([]));
    let client = bench.rds("us-west-2");
    let arn = format!("arn:aws:rds:us-east-2:{ACCOUNT}:db:orders-prod");
    let start =
        |arn: &str| client.start_db_instance_automated_backups_replication().source_db_instance_arn(arn);
    assert_eq!(code(&start(&arn).send().await.expect_err("no key")), "InvalidParameterCombination");
    let stranger = start(&arn.replace("orders", "nobody")).kms_key_id("key").send().await;
    assert!(stranger.expect_err("nobody").into_service_error().is_db_instance_not_found_fault());
    let begun = bench.clock.now();
    let started = start(&arn).kms_key_id("key").send().await.expect("started");
    let backup = started.db_instance_automated_backup.expect("a backup");
    assert_eq!((backup.status(), backup.region()), (Some("replicating"), Some("us-east-2")));
    assert!(backup.restore_window().is_none_or(|window| window.latest_time().is_none()));
    assert_eq!(
        code(&start(&arn).kms_key_id("key").send().await.expect_err("twice")),
        "InvalidParameterValue"
    );
    bench.clock.sleep(Duration::from_hours(3)).await;
    let found = client.describe_db_instance_automated_backups().send().await.expect("backups");
    let window = found.db_instance_automated_backups()[0].restore_window().cloned().expect("a window");
    assert_eq!(instant(window.earliest_time().expect("a time")), begun);
    assert!(instant(window.latest_time().expect("a time")) > begun);
}

#[tokio::test(start_paused = true)]
async fn a_zone_is_made_once_and_deleted_when_it_is_empty() {
    use aws_sdk_route53::types::{
        Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
    };
    let bench = empty();
    let client = bench.route53();
    let create =
        |reference: &str| client.create_hosted_zone().name("Example.org").caller_reference(reference).send();
    let made = create("once").await.expect("made");
    let zone = made.hosted_zone().expect("a zone").clone();
    assert!(made.location().ends_with(zone.id().trim_start_matches("/hostedzone/")), "{made:?}");
    assert_eq!((zone.name(), zone.caller_reference()), ("example.org.", "once"));
    assert_eq!(made.delegation_set().expect("servers").name_servers().len(), 4);
    assert!(create("once").await.expect_err("twice").into_service_error().is_hosted_zone_already_exists());
    let other = create("again").await.expect("made").hosted_zone.expect("a zone");
    assert_ne!(other.id(), zone.id());
    let change = |action: ChangeAction| {
        let value = ResourceRecord::builder().value("10.0.0.1").build().expect("a value");
        let set = ResourceRecordSet::builder().name("a.example.org").r#type(RrType::A).ttl(60);
        let set = set.resource_records(value).build().expect("a set");
        let change = Change::builder().action(action).resource_record_set(set).build().expect("a change");
        let batch = ChangeBatch::builder().changes(change).build().expect("a batch");
        client.change_resource_record_sets().hosted_zone_id(zone.id()).change_batch(batch).send()
    };
    let delete = |id: &str| client.delete_hosted_zone().id(id).send();
    change(ChangeAction::Create).await.expect("created");
    assert!(delete(zone.id()).await.expect_err("in use").into_service_error().is_hosted_zone_not_empty());
    change(ChangeAction::Delete).await.expect("deleted");
    let deleted = delete(zone.id()).await.expect("deleted").change_info.expect("a change");
    client.get_change().id(deleted.id()).send().await.expect("known");
    assert!(delete(zone.id()).await.expect_err("gone").into_service_error().is_no_such_hosted_zone());
    // A number that was given is not given again.
    let third = create("third").await.expect("made").hosted_zone.expect("a zone");
    assert!(third.id() != zone.id() && third.id() != other.id());
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_none_makes_no_zone() {
    let bench = empty();
    for name in ["", "a..b", "a b", &"a".repeat(64)] {
        let made = bench.route53().create_hosted_zone().name(name).caller_reference("x").send().await;
        assert_eq!(code(&made.expect_err("refused")), "InvalidDomainName", "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_faster_lab_takes_so_many_times_less_and_lags_as_before() {
    let comes_up = async |speed: &str, look_every: Duration| {
        let mut world: WorldDescription = read(world());
        world.speed = speed.parse().expect("a speed");
        let clock = Clock::starting_at(world.now);
        let lab = Lab::new(&world, None, &[], &[], clock, Seed(1)).expect("a world");
        let instants = Instants::new(&world, None);
        let bench = Bench { lab, instants, clock };
        let backups = bench.rds("us-west-2").describe_db_instance_automated_backups().send().await;
        let window = backups.expect("backups").db_instance_automated_backups()[0].restore_window().cloned();
        let client = bench.rds("us-east-2");
        creation(&client).backup_retention_period(0).send().await.expect("made");
        let begun = clock.now();
        while client
            .describe_db_instances()
            .db_instance_identifier("orders")
            .send()
            .await
            .expect("it")
            .db_instances()[0]
            .db_instance_status()
            != Some("available")
        {
            clock.sleep(look_every).await;
        }
        (clock.now() - begun, window)
    };
    let ((slow, window), (fast, same_window)) =
        (comes_up("1", Duration::from_secs(6)).await, comes_up("600", Duration::from_millis(10)).await);
    assert!(slow > seconds(120) && (slow / 600 - fast).abs() < TimeDelta::milliseconds(20), "{slow} {fast}");
    assert_eq!(window, same_window);
    assert!("0".parse::<crate::lab::Speed>().is_err() && "x".parse::<crate::lab::Speed>().is_err());
}
