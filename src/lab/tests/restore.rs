//! Restores to a point in time.

use super::*;
use aws_sdk_rds::{
    operation::restore_db_instance_to_point_in_time::{
        RestoreDBInstanceToPointInTimeError, builders::RestoreDBInstanceToPointInTimeFluentBuilder,
    },
    types::{DbInstance, Tag},
};
use std::time::Duration;

fn restore(client: &aws_sdk_rds::Client) -> RestoreDBInstanceToPointInTimeFluentBuilder {
    client
        .restore_db_instance_to_point_in_time()
        .source_db_instance_identifier("orders-prod")
        .target_db_instance_identifier("lb-orders")
}

async fn seen(client: &aws_sdk_rds::Client, id: &str) -> DbInstance {
    let found = client.describe_db_instances().db_instance_identifier(id).send().await.expect("found");
    found.db_instances()[0].clone()
}

async fn refused(
    request: RestoreDBInstanceToPointInTimeFluentBuilder,
) -> RestoreDBInstanceToPointInTimeError {
    request.send().await.expect_err("refused").into_service_error()
}

#[tokio::test(start_paused = true)]
async fn a_restore_is_created_then_backed_up_then_available() {
    let bench = calm();
    let client = bench.rds("us-east-2");
    restore(&client).use_latest_restorable_time(true).send().await.expect("restoring");
    let mut statuses = Vec::new();
    for _ in 0..400 {
        let found = seen(&client, "lb-orders").await;
        let status = found.db_instance_status().unwrap_or_default().to_owned();
        if status != "creating" {
            assert!(found.endpoint().is_some());
        }
        if statuses.is_empty() {
            assert!(found.endpoint().is_none(), "an endpoint from the first moment");
        }
        if statuses.last() != Some(&status) {
            statuses.push(status);
        }
        bench.clock.sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(statuses, ["creating", "backing-up", "available"]);
}

#[tokio::test(start_paused = true)]
async fn without_backups_of_its_own_it_is_never_backing_up() {
    let bench = calm();
    let client = bench.rds("us-east-2");
    restore(&client)
        .use_latest_restorable_time(true)
        .backup_retention_period(0)
        .send()
        .await
        .expect("restoring");
    for _ in 0..400 {
        let found = seen(&client, "lb-orders").await;
        assert_ne!(found.db_instance_status(), Some("backing-up"));
        bench.clock.sleep(Duration::from_secs(10)).await;
    }
    let error = refused(
        restore(&client)
            .source_db_instance_identifier("lb-orders")
            .target_db_instance_identifier("again")
            .use_latest_restorable_time(true),
    );
    assert!(error.await.is_point_in_time_restore_not_enabled_fault());
}

#[tokio::test(start_paused = true)]
async fn what_a_restore_does_not_carry_over_gets_defaults() {
    let bench = calm();
    let client = bench.rds("us-east-2");
    restore(&client).use_latest_restorable_time(true).send().await.expect("restoring");
    let (source, copy) = (seen(&client, "orders-prod").await, seen(&client, "lb-orders").await);
    assert_eq!((source.multi_az(), copy.multi_az()), (Some(true), Some(false)));
    assert_eq!((source.deletion_protection(), copy.deletion_protection()), (Some(true), Some(false)));
    assert_eq!(source.iam_database_authentication_enabled(), Some(true));
    assert_eq!(copy.iam_database_authentication_enabled(), Some(false));
    assert_eq!(copy.storage_encrypted(), source.storage_encrypted());
    assert_eq!(copy.backup_retention_period(), source.backup_retention_period());
    assert_ne!(copy.dbi_resource_id(), source.dbi_resource_id());
    let team = Tag::builder().key("team").value("orders").build();
    assert_eq!(copy.tag_list(), [team]);
}

#[tokio::test(start_paused = true)]
async fn tags_that_are_passed_replace_those_of_the_source() {
    let bench = calm();
    let client = bench.rds("us-east-2");
    let tag = Tag::builder().key("lifeboat:run").value("drill-1").build();
    let request = restore(&client).use_latest_restorable_time(true).tags(tag.clone()).multi_az(true);
    request
        .vpc_security_group_ids("sg-0f2a")
        .db_subnet_group_name("private")
        .send()
        .await
        .expect("restoring");
    let copy = seen(&client, "lb-orders").await;
    assert_eq!(copy.tag_list(), [tag]);
    assert_eq!(copy.multi_az(), Some(true));
    assert_eq!(copy.vpc_security_groups()[0].vpc_security_group_id(), Some("sg-0f2a"));
    assert_eq!(copy.db_subnet_group().and_then(|group| group.db_subnet_group_name()), Some("private"));
}

#[tokio::test(start_paused = true)]
async fn only_times_within_the_window_can_be_restored() {
    let bench = calm();
    let client = bench.rds("us-east-2");
    let latest = *seen(&client, "orders-prod").await.latest_restorable_time().expect("a time");
    let secs = latest.secs();
    for (time, possible) in [(secs + 1, false), (secs, false), (secs - 8 * 86_400, false), (secs - 60, true)]
    {
        let time = aws_smithy_types::DateTime::from_secs(time);
        let result = restore(&client).restore_time(time).send().await;
        match result {
            Ok(_) => assert!(possible, "{time} was restored"),
            Err(error) => {
                assert!(!possible);
                assert!(error.into_service_error().is_invalid_restore_fault());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_wrong_request_has_its_own_error() {
    let mut world = world();
    world["subnet-groups"] = json!([{ "name": "private", "region": "us-east-2" }]);
    world["security-groups"] = json!([{ "id": "sg-1", "region": "us-east-2" }]);
    let bench = bench(world, Value::Null, json!([]));
    let client = bench.rds("us-east-2");
    let latest = || restore(&client).use_latest_restorable_time(true);
    assert!(
        refused(latest().target_db_instance_identifier("orders-prod"))
            .await
            .is_db_instance_already_exists_fault()
    );
    assert!(refused(latest().source_db_instance_identifier("nobody")).await.is_db_instance_not_found_fault());
    assert!(refused(latest().db_subnet_group_name("public")).await.is_db_subnet_group_not_found_fault());
    let by_arn =
        latest().set_source_db_instance_identifier(None).source_db_instance_automated_backups_arn("arn:x");
    assert!(refused(by_arn).await.is_db_instance_automated_backup_not_found_fault());
    for (request, wanted) in [
        (latest().vpc_security_group_ids("sg-2"), "InvalidParameterValue"),
        (latest().target_db_instance_identifier("no--good"), "InvalidParameterValue"),
        (latest().tags(Tag::builder().key("aws:x").value("y").build()), "InvalidParameterValue"),
        (restore(&client), "InvalidParameterCombination"),
        (latest().restore_time(aws_smithy_types::DateTime::from_secs(1)), "InvalidParameterCombination"),
        (latest().source_dbi_resource_id("db-X"), "InvalidParameterCombination"),
    ] {
        let error = refused(request).await;
        assert_eq!(code(&error), wanted, "{error:?}");
    }
    latest().db_subnet_group_name("private").vpc_security_group_ids("sg-1").send().await.expect("restoring");
    let creating = latest().source_db_instance_identifier("lb-orders").target_db_instance_identifier("b");
    assert!(refused(creating).await.is_invalid_db_instance_state_fault());
}

#[tokio::test(start_paused = true)]
async fn a_replicated_backup_is_restored_by_its_arn_when_the_source_is_dark() {
    let bench = bench(world(), region_down(), json!([]));
    let dark = bench.rds("us-east-2").describe_db_instances().send().await.expect_err("no answer");
    assert!(matches!(dark, aws_sdk_rds::error::SdkError::DispatchFailure(_)), "{dark:?}");
    let client = bench.rds("us-west-2");
    assert!(
        refused(restore(&client).use_latest_restorable_time(true)).await.is_db_instance_not_found_fault()
    );
    let backups = client.describe_db_instance_automated_backups().db_instance_identifier("orders-prod");
    let backups = backups.send().await.expect("backups");
    let arn = backups.db_instance_automated_backups()[0].db_instance_automated_backups_arn();
    let request = restore(&client).set_source_db_instance_identifier(None).use_latest_restorable_time(true);
    request
        .set_source_db_instance_automated_backups_arn(arn.map(str::to_owned))
        .send()
        .await
        .expect("restoring");
    bench.clock.sleep(Duration::from_hours(2)).await;
    assert_eq!(seen(&client, "lb-orders").await.db_instance_status(), Some("available"));
}

#[tokio::test(start_paused = true)]
async fn a_retained_backup_is_restored_by_the_resource_id() {
    let disaster = json!({ "at": "10m", "declared": "30m", "do": [{ "delete-instance": "orders-prod" }] });
    let bench = bench(world(), disaster, json!([]));
    let client = bench.rds("us-east-2");
    assert!(
        refused(restore(&client).use_latest_restorable_time(true)).await.is_db_instance_not_found_fault()
    );
    let backups = client.describe_db_instance_automated_backups().send().await.expect("backups");
    let backup = &backups.db_instance_automated_backups()[0];
    assert_eq!(backup.status(), Some("retained"));
    let request = restore(&client).set_source_db_instance_identifier(None).use_latest_restorable_time(true);
    let id = backup.dbi_resource_id().map(str::to_owned);
    request.set_source_dbi_resource_id(id).send().await.expect("restoring");
}

#[tokio::test(start_paused = true)]
async fn another_seed_takes_another_time() {
    let took = async |seed| {
        let bench = seeded(world(), Value::Null, json!([]), seed);
        let client = bench.rds("us-east-2");
        restore(&client).use_latest_restorable_time(true).send().await.expect("restoring");
        let began = bench.clock.now();
        while seen(&client, "lb-orders").await.db_instance_status() == Some("creating") {
            bench.clock.sleep(Duration::from_secs(1)).await;
        }
        bench.clock.now() - began
    };
    let first = took(1).await;
    assert_eq!(took(1).await, first);
    assert_ne!(took(2).await, first);
}
