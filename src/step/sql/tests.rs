//! Checks of a database that a test scripts.

use super::check::Check;
use crate::base::{FailureKind, Mode};
use crate::event::{Event, Evidence};
use crate::step::bench::{Bench, Ended};
use crate::step::{Context, Step};
use crate::world::scripted::scripted;
use crate::world::{Sql, SqlAnswer, SqlFailure, SqlQuestion, SqlValue};
use futures_util::future::{LocalBoxFuture, ready};
use serde_json::{Value, json};
use std::{cell::Cell, rc::Rc};

/// Nobody answers the first `failures` tries; then `last` is the answer.
struct Scripted {
    failures: Cell<u32>,
    last: Result<SqlAnswer, SqlFailure>,
}

impl Sql for Scripted {
    fn ask(&self, question: SqlQuestion) -> LocalBoxFuture<'_, Result<SqlAnswer, SqlFailure>> {
        let answer = match self.failures.get() {
            0 => self.last.clone(),
            left => {
                self.failures.set(left - 1);
                let reason = format!("refused {}", question.password.reveal());
                Err(SqlFailure::Unreachable { host: question.host, reason })
            }
        };
        Box::pin(ready(answer))
    }
}

fn one(value: SqlValue) -> SqlAnswer {
    SqlAnswer { columns: vec!["one".to_owned()], rows: vec![vec![value]] }
}

async fn run(failures: u32, last: Result<SqlAnswer, SqlFailure>, more: Value) -> Ended<Value> {
    let mut arguments =
        json!({ "endpoint": "db", "user": "drill", "password": "hunter2", "query": "select 1" });
    let more = more.as_object().cloned().unwrap_or_default();
    arguments.as_object_mut().expect("an object").extend(more);
    let step: Check = serde_json::from_value(arguments).expect("arguments");
    let (connection, _) = scripted(|_| (500, String::new()));
    let mut bench = Bench::new(Mode::Drill, connection);
    bench.sql = Rc::new(Scripted { failures: Cell::new(failures), last });
    bench
        .with::<Check, _>(
            async |cx: &Context| Ok(serde_json::to_value(step.run(cx).await?).expect("outputs")),
        )
        .await
}

#[tokio::test(start_paused = true)]
async fn it_keeps_trying_and_knows_how_long_ago_nobody_answered() {
    let ended = run(3, Ok(one(SqlValue::Int(1))), json!({ "expect": "1" })).await;
    assert_eq!(ended.result.as_ref().expect("it answers")["answer"], "1");
    assert_eq!(ended.uncertainty.as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn time_runs_out_without_a_word_of_the_password() {
    let ended = run(1000, Ok(one(SqlValue::Int(1))), json!({ "within": "1m" })).await;
    assert_eq!(ended.failure().kind, FailureKind::TimedOut);
    assert!(ended.failure().message.contains("1m") && !ended.failure().message.contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn another_answer_than_the_expected_one_is_shown_beside_it() {
    let ended = run(0, Ok(one(SqlValue::Int(2))), json!({ "expect": "1" })).await;
    assert_eq!(ended.failure().kind, FailureKind::Contradicted);
    assert!(ended.failure().message.contains("`2`") && ended.failure().message.contains("`1`"));
}

#[tokio::test(start_paused = true)]
async fn no_newest_row_is_evidence_and_a_failure() {
    let ended = run(0, Ok(one(SqlValue::Null)), json!({ "newest-data": true })).await;
    assert_eq!(ended.failure().kind, FailureKind::Contradicted);
    let none = Event::Observed {
        step: crate::base::StepPath::new("step").expect("valid"),
        evidence: Evidence::NewestData { at: None, granularity: None },
    };
    assert!(ended.events.contains(&none));
}

#[tokio::test(start_paused = true)]
async fn a_world_without_databases_says_so() {
    let ended = run(0, Err(SqlFailure::NotModelled), json!({})).await;
    assert_eq!(ended.failure().kind, FailureKind::Unsupported);
}
