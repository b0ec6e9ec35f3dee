//! Switches against a Route 53 that a test scripts.

use super::switch::Switch;
use crate::base::{FailureKind, Mode};
use crate::event::Event;
use crate::step::bench::{Bench, Ended};
use crate::step::{Context, Step};
use crate::world::scripted::{Log, error, scripted};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const OLD: &str = "old.example.net";
const NEW: &str = "new.example.net";

fn zones() -> (u16, String) {
    let zone = |id: &str, name: &str| {
        format!(
            "<HostedZone><Id>/hostedzone/{id}</Id><Name>{name}.</Name><CallerReference>c</CallerReference></HostedZone>"
        )
    };
    let zones = [zone("Z1", "example.com"), zone("Z2", "example.net")].concat();
    let text = format!(
        "<ListHostedZonesByNameResponse><HostedZones>{zones}</HostedZones><IsTruncated>false</IsTruncated>\
         <MaxItems>100</MaxItems></ListHostedZonesByNameResponse>"
    );
    (200, text)
}

fn records(value: Option<&str>) -> (u16, String) {
    let set = value.map_or_else(String::new, |value| {
        format!(
            "<ResourceRecordSet><Name>db.example.com.</Name><Type>CNAME</Type><TTL>300</TTL>\
             <ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords>\
             </ResourceRecordSet>"
        )
    });
    let text = format!(
        "<ListResourceRecordSetsResponse><ResourceRecordSets>{set}</ResourceRecordSets>\
         <IsTruncated>false</IsTruncated><MaxItems>1</MaxItems></ListResourceRecordSetsResponse>"
    );
    (200, text)
}

fn change(response: &str, status: &str) -> (u16, String) {
    let text = format!(
        "<{response}><ChangeInfo><Id>/change/C1</Id><Status>{status}</Status>\
         <SubmittedAt>2026-11-23T09:10:00Z</SubmittedAt></ChangeInfo></{response}>"
    );
    (200, text)
}

/// What a zone does when a change is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reaction {
    Accepts,
    /// Accepts, and the reply is lost once.
    LosesReply,
    /// Somebody else was quicker.
    FindsOther,
}

/// A zone in which `db.example.com` is `value`.
fn bench(mode: Mode, value: Option<&'static str>, reaction: Reaction) -> (Bench, Log) {
    let stands = Arc::new(Mutex::new((value.map(str::to_owned), reaction, 0)));
    let (connection, log) = scripted(move |sent| {
        let mut stands = stands.lock().expect("no test panics here");
        match sent.operation.as_str() {
            operation if operation.contains("hostedzonesbyname") => zones(),
            operation if operation.contains("/change/") => {
                stands.2 += 1;
                change("GetChangeResponse", if stands.2 < 3 { "PENDING" } else { "INSYNC" })
            }
            operation if operation.starts_with("GET") => records(stands.0.as_deref()),
            _ => {
                if stands.1 == Reaction::FindsOther {
                    stands.0 = Some("other.example.net".to_owned());
                }
                let deleted = sent.body.split("<Action>DELETE</Action>").nth(1);
                let deleted = deleted.and_then(|rest| rest.split("<Value>").nth(1)?.split('<').next());
                if deleted != stands.0.as_deref() {
                    return error(400, "InvalidChangeBatch");
                }
                let created = sent.body.split("<Action>CREATE</Action>").nth(1);
                let created = created.and_then(|rest| rest.split("<Value>").nth(1)?.split('<').next());
                stands.0 = created.map(str::to_owned);
                if std::mem::replace(&mut stands.1, Reaction::Accepts) == Reaction::LosesReply {
                    return (503, String::new());
                }
                change("ChangeResourceRecordSetsResponse", "PENDING")
            }
        }
    });
    let mut bench = Bench::new(mode, connection);
    bench.production = arguments();
    if mode == Mode::Drill {
        bench.production["record"] = json!("live.example.com");
    }
    (bench, log)
}

fn arguments() -> Value {
    json!({ "zone": "example.com", "record": "db.example.com", "type": "CNAME", "ttl": "300s", "to": NEW })
}

fn step() -> Switch {
    serde_json::from_value(arguments()).expect("arguments")
}

async fn run(bench: Bench) -> Ended<Value> {
    let step = step();
    bench
        .with::<Switch, _>(async |cx: &Context| {
            Ok(serde_json::to_value(step.run(cx).await?).expect("outputs"))
        })
        .await
}

async fn undo(bench: Bench, memory: Value) -> Ended<()> {
    let step = step();
    bench.with::<Switch, _>(async |cx: &Context| step.undo(cx, Some(memory)).await).await
}

fn memory(before: Option<&str>) -> Value {
    let set =
        |value: &str| json!({ "name": "db.example.com", "type": "CNAME", "ttl": "5m", "values": [value] });
    json!({ "zone": "Z1", "before": before.map(set), "after": set(NEW) })
}

fn what(ended: &Ended<Value>) -> Vec<&'static str> {
    let word = |event: &Event| match event {
        Event::StepRemembered { .. } => "remembered",
        Event::Observed { .. } => "observed",
        Event::Deviated { .. } => "deviated",
        _ => "other",
    };
    ended.events.iter().map(word).collect()
}

#[tokio::test(start_paused = true)]
async fn what_stood_there_is_remembered_before_it_is_changed_and_insync_is_waited_for() {
    let (bench, log) = bench(Mode::Incident, Some(OLD), Reaction::Accepts);
    let ended = run(bench).await;
    let output = ended.result.as_ref().expect("switched");
    assert_eq!((&output["zone_id"], &output["previous"]), (&json!("Z1"), &json!(OLD)));
    assert_eq!(ended.memory(), Some(memory(Some(OLD))));
    assert_eq!(what(&ended), ["remembered", "observed", "observed"]);
    assert_eq!(ended.uncertainty.as_secs(), 5);
    assert_eq!(log.bodies("POST").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_as_wanted_is_left_alone() {
    let (bench, log) = bench(Mode::Drill, Some(NEW), Reaction::Accepts);
    let ended = run(bench).await;
    assert!(ended.result.is_ok());
    assert_eq!(ended.memory(), Some(memory(Some(NEW))));
    assert_eq!(log.bodies("POST").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_reply_was_lost_is_adopted_and_confirmed() {
    let (bench, log) = bench(Mode::Drill, None, Reaction::LosesReply);
    let ended = run(bench).await;
    assert!(ended.result.is_ok(), "{:?}", ended.result);
    assert_eq!(ended.memory(), Some(memory(None)));
    // The change, its rejected repetition, and the same once more for a change to ask after.
    assert_eq!(log.bodies("POST").len(), 3);
}

#[tokio::test(start_paused = true)]
async fn who_was_quicker_is_not_overwritten() {
    let (bench, _) = bench(Mode::Incident, Some(OLD), Reaction::FindsOther);
    let ended = run(bench).await;
    assert_eq!(ended.failure().kind, FailureKind::Stranger);
    let message = &ended.failure().message;
    assert_eq!(ended.memory().expect("remembered")["unchanged"], true);
    assert!(message.contains(OLD) && message.contains("other.example.net"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_second_attempt_remembers_what_stood_there_before_the_first() {
    let (mut bench, _) = bench(Mode::Incident, Some(NEW), Reaction::Accepts);
    bench.memory = Some(memory(Some(OLD)));
    let ended = run(bench).await;
    assert!(ended.result.is_ok());
    assert_eq!(ended.memory(), Some(memory(Some(OLD))));
}

#[tokio::test(start_paused = true)]
async fn a_drill_changes_no_record_that_it_did_not_create() {
    let (refusing, log) = bench(Mode::Drill, Some(OLD), Reaction::Accepts);
    assert_eq!(run(refusing).await.failure().kind, FailureKind::Refused);
    assert_eq!(log.bodies("POST").len(), 0);
    let (mut allowing, _) = bench(Mode::Drill, Some(OLD), Reaction::Accepts);
    allowing.drill_may_change = vec!["db.example.com".to_owned()];
    assert!(run(allowing).await.result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_drill_diverts_no_name_of_production_even_where_no_record_stands() {
    for spelled in ["db.example.com", "DB.Example.com.", "\\144b.example.com"] {
        let (mut refusing, log) = bench(Mode::Drill, None, Reaction::Accepts);
        refusing.production["record"] = json!(spelled);
        let ended = run(refusing).await;
        assert_eq!(ended.failure().kind, FailureKind::Refused, "{spelled}");
        assert_eq!((log.bodies("POST").len(), ended.memory()), (0, None));
    }
    let (mut allowing, _) = bench(Mode::Drill, None, Reaction::Accepts);
    allowing.production = arguments();
    allowing.drill_may_change = vec!["db.example.com".to_owned()];
    assert!(run(allowing).await.result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_not_undone_and_says_so() {
    let (refused, _) = bench(Mode::Incident, Some(OLD), Reaction::FindsOther);
    let memory = run(refused).await.memory().expect("remembered");
    let (bench, log) = bench(Mode::Incident, Some("other.example.net"), Reaction::Accepts);
    let ended = undo(bench, memory).await;
    assert_eq!((&ended.result, ended.deviations()), (&Ok(()), 1));
    assert_eq!(log.operations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_undo_needs_nothing_but_what_was_remembered() {
    let (created, log) = bench(Mode::Drill, Some(NEW), Reaction::Accepts);
    assert_eq!(undo(created, memory(None)).await.result, Ok(()));
    assert!(log.bodies("POST")[0].contains("DELETE") && !log.bodies("POST")[0].contains("CREATE"));
    let (mut altered, log) = bench(Mode::Drill, Some(NEW), Reaction::Accepts);
    altered.drill_may_change = vec!["route53:Z1/db.example.com/CNAME".to_owned()];
    assert_eq!(undo(altered, memory(Some(OLD))).await.result, Ok(()));
    assert!(log.bodies("POST")[0].contains(OLD));
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_is_done_already_does_nothing() {
    for (stands, before) in [(None, None), (Some(OLD), Some(OLD))] {
        let (bench, log) = bench(Mode::Drill, stands, Reaction::Accepts);
        assert_eq!(undo(bench, memory(before)).await.result, Ok(()));
        assert_eq!(log.bodies("POST").len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_undo_leaves_alone_what_somebody_else_set() {
    let (bench, log) = bench(Mode::Incident, Some("other.example.net"), Reaction::Accepts);
    let ended = undo(bench, memory(Some(OLD))).await;
    assert_eq!(ended.failure().kind, FailureKind::Stranger);
    assert_eq!(log.bodies("POST").len(), 0);
}
