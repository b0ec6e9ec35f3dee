//! Calls that go wrong.

use super::*;
use aws_sdk_rds::error::SdkError;
use std::time::Duration;

fn with(fault: &Value) -> Bench {
    bench(world(), Value::Null, json!([fault]))
}

async fn describe(bench: &Bench) -> Result<usize, String> {
    let answer = bench.rds("us-east-2").describe_db_instances().send().await;
    answer.map(|found| found.db_instances().len()).map_err(|error| match error {
        SdkError::DispatchFailure(_) => "cut".to_owned(),
        other => code(&other).to_owned(),
    })
}

async fn restore(bench: &Bench) -> Result<(), String> {
    let client = bench.rds("us-east-2");
    let request = client.restore_db_instance_to_point_in_time().source_db_instance_identifier("orders-prod");
    let request = request.target_db_instance_identifier("lb-orders").use_latest_restorable_time(true);
    request.send().await.map(|_| ()).map_err(|error| match error {
        SdkError::DispatchFailure(_) => "cut".to_owned(),
        other => code(&other).to_owned(),
    })
}

#[tokio::test(start_paused = true)]
async fn a_throttle_lets_through_what_its_rate_allows() {
    let bench = with(&json!({ "on": "rds:DescribeDBInstances", "throttle": "3/s" }));
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(describe(&bench).await.is_ok());
    }
    assert_eq!(answers, [true, true, true, false, false]);
    assert_eq!(describe(&bench).await, Err("Throttling".to_owned()));
    bench.clock.sleep(Duration::from_secs(1)).await;
    assert_eq!(describe(&bench).await, Ok(1));
    restore(&bench).await.expect("another operation");
}

#[tokio::test(start_paused = true)]
async fn failures_come_as_often_as_they_are_likely_and_repeat_with_the_seed() {
    let pattern = async |seed| {
        let fault = json!([{ "on": "*", "fail": 503, "probability": 0.25 }]);
        let bench = seeded(world(), Value::Null, fault, seed);
        let mut hits = Vec::new();
        for _ in 0..200 {
            hits.push(describe(&bench).await == Err("ServiceUnavailable".to_owned()));
        }
        hits
    };
    let first = pattern(1).await;
    let count = first.iter().filter(|hit| **hit).count();
    assert!((30..70).contains(&count), "{count} of 200");
    assert_eq!(pattern(1).await, first);
    assert_ne!(pattern(2).await, first);
}

#[tokio::test(start_paused = true)]
async fn an_error_comes_so_many_times_and_changes_nothing() {
    let bench =
        with(&json!({ "on": "rds:RestoreDBInstanceToPointInTime", "code": "InsufficientDBInstanceCapacity",
        "times": 2 }));
    for _ in 0..2 {
        assert_eq!(restore(&bench).await, Err("InsufficientDBInstanceCapacity".to_owned()));
    }
    assert_eq!(bench.lab.snapshot().instances.len(), 1);
    assert_eq!(restore(&bench).await, Ok(()));
    assert_eq!(bench.lab.calls().get("rds:RestoreDBInstanceToPointInTime"), Some(&3));
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_has_taken_effect() {
    let bench = with(&json!({ "on": "rds:RestoreDBInstanceToPointInTime", "lose-reply": true, "times": 1 }));
    assert_eq!(restore(&bench).await, Err("cut".to_owned()));
    assert!(bench.lab.snapshot().instances.contains_key("us-east-2/lb-orders"));
    assert_eq!(restore(&bench).await, Err("DBInstanceAlreadyExists".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_takes_its_time() {
    let bench = with(&json!({ "on": "rds:*", "region": "us-east-2", "delay": "2s" }));
    let began = bench.clock.now();
    describe(&bench).await.expect("an answer");
    assert_eq!(bench.clock.now() - began, seconds(2));
    bench.rds("us-west-2").describe_db_instances().send().await.expect("an answer");
    assert_eq!(bench.clock.now() - began, seconds(2));
}

#[tokio::test(start_paused = true)]
async fn what_is_new_is_not_found_at_first_and_still_stands_in_the_way() {
    let bench = with(&json!({ "on": "rds:DescribeDBInstances", "not-found-for": "10s" }));
    restore(&bench).await.expect("restoring");
    assert_eq!(describe(&bench).await, Ok(1));
    assert_eq!(restore(&bench).await, Err("DBInstanceAlreadyExists".to_owned()));
    bench.clock.sleep(Duration::from_secs(10)).await;
    assert_eq!(describe(&bench).await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn a_restore_can_end_where_it_should_not_and_can_still_be_deleted() {
    let bench =
        with(&json!({ "on": "rds:RestoreDBInstanceToPointInTime", "ends-in": "incompatible-network" }));
    restore(&bench).await.expect("restoring");
    bench.clock.sleep(Duration::from_hours(2)).await;
    let status = |bench: &Bench| bench.lab.snapshot().instances["us-east-2/lb-orders"].status.clone();
    assert_eq!(status(&bench), "incompatible-network");
    let client = bench.rds("us-east-2");
    let delete = client.delete_db_instance().db_instance_identifier("lb-orders").skip_final_snapshot(true);
    delete.send().await.expect("deleting");
    assert_eq!(status(&bench), "deleting");
    bench.clock.sleep(Duration::from_hours(2)).await;
    assert!(!bench.lab.snapshot().instances.contains_key("us-east-2/lb-orders"));
}

#[tokio::test(start_paused = true)]
async fn a_control_plane_can_fail_while_its_data_plane_answers() {
    let bench =
        bench(world(), json!({ "at": "1m", "do": [{ "control-plane-down": "rds@us-east-2" }] }), json!([]));
    assert_eq!(describe(&bench).await, Err("ServiceUnavailable".to_owned()));
    bench.rds("us-west-2").describe_db_instances().send().await.expect("another Region");
    assert!(
        bench.lab.newest_row("us-east-2", "orders-prod", bench.clock.now())
            > bench.instants.t0.map(|t0| t0 - seconds(5))
    );
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_down_lets_callers_wait_and_says_nothing() {
    let bench = bench(world(), region_down(), json!([]));
    let began = bench.clock.now();
    assert_eq!(describe(&bench).await, Err("cut".to_owned()));
    assert_eq!(bench.clock.now() - began, seconds(3));
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_client_gave_up_has_taken_effect() {
    let bench = with(&json!({ "on": "rds:RestoreDBInstanceToPointInTime", "delay": "1m", "times": 1 }));
    let impatient = tokio::time::timeout(Duration::from_secs(30), restore(&bench)).await;
    assert!(impatient.is_err());
    assert_eq!(restore(&bench).await, Err("DBInstanceAlreadyExists".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_disaster_that_is_still_to_come_strikes_at_its_time() {
    let (world, disaster): (WorldDescription, Disaster) = (read(world()), read(region_down()));
    let clock = Clock::starting_at(world.now);
    let lab = Lab::new(&world, Some(&disaster), &[], &[], clock, Seed(1)).expect("a world");
    let bench = Bench { lab, instants: Instants::new(&world, None), clock };
    assert_eq!(describe(&bench).await, Ok(1));
    bench.clock.sleep(Duration::from_mins(10)).await;
    assert_eq!(describe(&bench).await, Err("cut".to_owned()));
}
