//! The data plane: what answers where, and with which newest row.

use super::{
    route53::{change, record},
    *,
};
use crate::base::Secret;
use crate::world::{SqlAnswer, SqlFailure, SqlQuestion, SqlValue};
use aws_sdk_route53::types::ChangeAction;
use std::time::Duration;

const MAX: &str = "select max(written_at) from heartbeat";

async fn ask(bench: &Bench, host: &str, query: &str) -> Result<SqlAnswer, SqlFailure> {
    let question = SqlQuestion {
        host: host.to_owned(),
        port: 5432,
        database: None,
        user: "drill".to_owned(),
        password: Secret::new("any"),
        query: query.to_owned(),
        timeout: Duration::from_secs(30),
    };
    bench.lab.sql().ask(question).await
}

fn value(answer: &SqlAnswer) -> &SqlValue {
    &answer.rows[0][0]
}

fn newest(answer: &SqlAnswer) -> Instant {
    match value(answer) {
        SqlValue::Timestamp(newest) => *newest,
        other => panic!("{other:?} is no time"),
    }
}

/// Restores `orders-prod` in `region` and waits; its host name.
async fn restored(bench: &Bench, region: &str, to: Option<Instant>) -> String {
    let client = bench.rds(region);
    let backups = client.describe_db_instance_automated_backups().send().await.expect("backups");
    let arn = backups.db_instance_automated_backups()[0].db_instance_automated_backups_arn();
    let request = client
        .restore_db_instance_to_point_in_time()
        .set_source_db_instance_automated_backups_arn(arn.map(str::to_owned))
        .target_db_instance_identifier("lb-orders");
    let request = match to {
        None => request.use_latest_restorable_time(true),
        Some(to) => request.restore_time(aws_smithy_types::DateTime::from_secs(to.timestamp())),
    };
    request.send().await.expect("restoring");
    bench.clock.sleep(Duration::from_hours(2)).await;
    let found = client.describe_db_instances().db_instance_identifier("lb-orders").send().await.expect("it");
    let endpoint = found.db_instances()[0].endpoint().expect("an endpoint");
    endpoint.address().expect("an address").to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_live_source_is_queried_by_its_alias() {
    let bench = calm();
    let answer = ask(&bench, "orders-db.example.com", MAX).await.expect("an answer");
    let age = bench.clock.now() - newest(&answer);
    assert!(age >= seconds(0) && age < seconds(5), "{age}");
    assert_eq!(bench.lab.newest_row("us-east-2", "orders-prod", bench.clock.now()), Some(newest(&answer)));
    let one = ask(&bench, "orders-db.example.com", "select 1").await.expect("an answer");
    assert_eq!(value(&one), &SqlValue::Int(1));
    let count =
        ask(&bench, "orders-db.example.com", "select count(*) from heartbeat").await.expect("an answer");
    assert_eq!(value(&count), &SqlValue::Int(30 * 86_400 / 5));
}

#[tokio::test(start_paused = true)]
async fn what_was_restored_ends_where_the_replicated_backup_ends() {
    let bench = bench(world(), region_down(), json!([]));
    let backups =
        bench.rds("us-west-2").describe_db_instance_automated_backups().send().await.expect("backups");
    let window = backups.db_instance_automated_backups()[0].restore_window().expect("a window").clone();
    let latest = instant(window.latest_time().expect("a time"));
    let host = restored(&bench, "us-west-2", None).await;
    let newest = newest(&ask(&bench, &host, MAX).await.expect("an answer"));
    assert!(newest <= latest && latest - newest < seconds(5), "{newest} and {latest}");
    assert!(newest < bench.instants.t0.expect("T0"));
}

#[tokio::test(start_paused = true)]
async fn a_dead_region_takes_the_whole_timeout_and_its_alias_still_resolves() {
    let bench = bench(world(), region_down(), json!([]));
    let began = bench.clock.now();
    let failure = ask(&bench, "orders-db.example.com", "select 1").await.expect_err("dead");
    assert!(matches!(failure, SqlFailure::Unreachable { .. }), "{failure:?}");
    assert_eq!(bench.clock.now() - began, seconds(30));
    let host = restored(&bench, "us-west-2", None).await;
    let upsert = [(ChangeAction::Upsert, record("orders-db.example.com", 60, &host))];
    change(&bench.route53(), &upsert).await.expect("a change");
    bench.clock.sleep(Duration::from_mins(10)).await;
    ask(&bench, "orders-db.example.com", "select 1").await.expect("it answers again");
}

#[tokio::test(start_paused = true)]
async fn nothing_answers_while_it_is_created_or_where_nothing_is() {
    let bench = calm();
    let client = bench.rds("us-east-2");
    let request = client.restore_db_instance_to_point_in_time().source_db_instance_identifier("orders-prod");
    let request = request.target_db_instance_identifier("lb-orders").use_latest_restorable_time(true);
    request.send().await.expect("restoring");
    let source =
        client.describe_db_instances().db_instance_identifier("orders-prod").send().await.expect("it");
    let address = source.db_instances()[0].endpoint().and_then(|endpoint| endpoint.address());
    let host = address.expect("an address").replacen("orders-prod", "lb-orders", 1);
    for host in [host.as_str(), "nowhere.example.com", "example.org"] {
        let failure = ask(&bench, host, "select 1").await.expect_err("nothing");
        assert!(matches!(failure, SqlFailure::Unreachable { .. }), "{host}: {failure:?}");
    }
    bench.clock.sleep(Duration::from_hours(2)).await;
    ask(&bench, &host, "select 1").await.expect("it answers");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_table_is_there_again_when_restored_to_before() {
    let disaster = json!({ "at": "60m", "declared": "30m",
        "do": [{ "drop-table": { "instance": "orders-prod", "table": "heartbeat" } }] });
    let bench = bench(world(), disaster, json!([]));
    let failure = ask(&bench, "orders-db.example.com", MAX).await.expect_err("dropped");
    assert!(failure.to_string().contains("relation \"heartbeat\" does not exist"), "{failure}");
    let before = bench.instants.t0.expect("T0") - seconds(60);
    let host = restored(&bench, "us-east-2", Some(before)).await;
    let newest = newest(&ask(&bench, &host, MAX).await.expect("an answer"));
    assert!(newest <= before && before - newest < seconds(5), "{newest}");
}

#[tokio::test(start_paused = true)]
async fn an_emptied_table_restored_to_after_the_disaster_holds_only_newer_rows() {
    let disaster = json!({ "at": "60m", "declared": "30m",
        "do": [{ "empty-table": { "instance": "orders-prod", "table": "heartbeat" } }] });
    let count = "select count(*) from heartbeat";
    let rows = async |after: i64| {
        let bench = bench(world(), disaster.clone(), json!([]));
        let to = bench.instants.t0.expect("T0") + seconds(after);
        let host = restored(&bench, "us-east-2", Some(to)).await;
        match value(&ask(&bench, &host, count).await.expect("an answer")) {
            SqlValue::Int(count) => *count,
            other => panic!("{other:?} is no count"),
        }
    };
    assert!(rows(-10).await > 500_000);
    assert_eq!(rows(600).await, 120);
}

#[tokio::test(start_paused = true)]
async fn a_query_beyond_the_lab_fails_and_says_what_it_understands() {
    let bench = calm();
    for (query, wanted) in [
        ("delete from heartbeat", "the lab understands"),
        ("select max(id) from heartbeat", "column \"id\" does not exist"),
        ("select count(*) from orders", "relation \"orders\" does not exist"),
    ] {
        let failure = ask(&bench, "orders-db.example.com", query).await.expect_err("refused");
        assert!(failure.to_string().contains(wanted), "{failure}");
    }
}
