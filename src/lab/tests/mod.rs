//! The lab through real SDK clients, in virtual time.

mod bytes;
mod create;
mod descriptions;
mod dns;
mod faults;
mod rds;
mod restore;
mod route53;
mod serve;
mod sql;

use super::{Disaster, Fault, Instants, Lab, Person, WorldDescription};
use crate::base::{Clock, Instant, Seed};
use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::SystemTime;

pub(super) const ACCOUNT: &str = "111122223333";

#[derive(Debug)]
struct ClockTime(Clock);

impl TimeSource for ClockTime {
    fn now(&self) -> SystemTime {
        self.0.now().into()
    }
}

/// A lab and its clock.
pub(super) struct Bench {
    pub(super) lab: Lab,
    pub(super) instants: Instants,
    pub(super) clock: Clock,
}

impl Bench {
    pub(super) fn config(&self, region: &str, account: &str) -> SdkConfig {
        let credentials = Credentials::new(account, "rehearsal", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .time_source(SharedTimeSource::new(ClockTime(self.clock)))
            .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
                aws_smithy_async::rt::sleep::TokioSleep::new(),
            ))
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(self.lab.http())
            .build()
    }

    pub(super) fn rds(&self, region: &str) -> aws_sdk_rds::Client {
        aws_sdk_rds::Client::new(&self.config(region, ACCOUNT))
    }

    pub(super) fn route53(&self) -> aws_sdk_route53::Client {
        aws_sdk_route53::Client::new(&self.config("us-west-2", ACCOUNT))
    }
}

pub(super) fn world() -> Value {
    json!({
        "now": "2026-11-23T09:00:00Z",
        "account": ACCOUNT,
        "rds": [{
            "instance": "orders-prod", "region": "us-east-2", "engine": "postgres", "storage": "20GiB",
            "retention": "7d", "encrypted": true, "multi-az": true, "iam-authentication": true,
            "deletion-protection": true, "tags": { "team": "orders", "aws:backup": "daily" },
            "replicate-backups-to": "us-west-2",
            "heartbeat": { "table": "heartbeat", "column": "written_at", "every": "5s" },
        }],
        "route53": [{
            "zone": "example.com", "id": "Z0EXAMPLE",
            "records": [{ "name": "orders-db.example.com", "type": "CNAME", "ttl": "60s", "to": "orders-prod" }],
        }],
        "durations": {
            "rds.restore": { "p50": "7m", "p90": "9m" },
            "route53.insync": { "p50": "20s", "p90": "50s" },
        },
    })
}

pub(super) fn region_down() -> Value {
    json!({ "at": "10m", "detected": "1m", "declared": "2m", "do": [{ "region-down": "us-east-2" }] })
}

pub(super) fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a description")
}

/// A lab whose clock reads T2.
pub(super) fn bench(world: Value, disaster: Value, faults: Value) -> Bench {
    seeded(world, disaster, faults, 1)
}

pub(super) fn seeded(world: Value, disaster: Value, faults: Value, seed: u64) -> Bench {
    let world: WorldDescription = read(world);
    let disaster: Option<Disaster> = read(disaster);
    let faults: Vec<Fault> = read(faults);
    let people: Vec<Person> = read(json!([
        { "step": "approve", "answers": "reject", "after": "90s", "by": "jo", "comment": "not today" },
    ]));
    let instants = Instants::new(&world, disaster.as_ref());
    let clock = Clock::starting_at(instants.t2);
    let lab = Lab::new(&world, disaster.as_ref(), &faults, &people, clock, Seed(seed)).expect("a world");
    Bench { lab, instants, clock }
}

/// The world before anything happens to it.
pub(super) fn calm() -> Bench {
    bench(world(), Value::Null, json!([]))
}

pub(super) fn code<E: ProvideErrorMetadata>(error: &E) -> &str {
    error.code().unwrap_or("none")
}

pub(super) fn at(text: &str) -> Instant {
    text.parse().expect("a time")
}

pub(super) fn instant(time: &aws_smithy_types::DateTime) -> Instant {
    chrono::DateTime::from_timestamp(time.secs(), time.subsec_nanos()).expect("a time")
}

pub(super) fn seconds(count: i64) -> TimeDelta {
    TimeDelta::seconds(count)
}

#[tokio::test(start_paused = true)]
async fn a_key_of_twelve_digits_is_the_account() {
    let bench = calm();
    let identity = async |key| {
        let client = aws_sdk_sts::Client::new(&bench.config("us-west-2", key));
        client.get_caller_identity().send().await.expect("an identity").account.expect("an account")
    };
    assert_eq!(identity("444455556666").await, "444455556666");
    assert_eq!(identity("000000000000").await, ACCOUNT);
    assert_eq!(identity("AKIAEXAMPLE").await, ACCOUNT);
}

#[tokio::test(start_paused = true)]
async fn people_answer_after_their_delay_and_others_never() {
    use crate::base::StepPath;
    use crate::world::Question;
    let bench = calm();
    let ask = |step: &str| Question { step: StepPath::new(step).expect("a path"), text: String::new() };
    let people = bench.lab.people();
    let before = bench.clock.now();
    let answer = people.ask(ask("approve")).await;
    assert_eq!((answer.approved, answer.by.as_str()), (false, "jo"));
    assert_eq!(bench.clock.now() - before, seconds(90));
    let nobody = tokio::time::timeout(std::time::Duration::from_hours(240), people.ask(ask("other"))).await;
    assert!(nobody.is_err(), "nobody answers {nobody:?}");
}

#[tokio::test(start_paused = true)]
async fn the_clients_of_a_run_reach_the_lab_and_its_own_account() {
    use crate::base::{Action, Mode, Place, PlaceId};
    use crate::world::{Allowance, AwsClients, Connection, Guard};
    let bench = calm();
    let guard = Guard::new(Allowance {
        mode: Mode::Drill,
        actions: [Action::observe("sts", "GetCallerIdentity")].into(),
        accounts: [ACCOUNT.to_owned()].into(),
        regions: std::collections::BTreeSet::new(),
        lost_regions: std::collections::BTreeSet::new(),
        drill_may_change: Vec::new(),
    });
    let id = PlaceId::new("recovery").expect("a place");
    let region = "us-west-2".to_owned();
    let place = Place { id: id.clone(), region, account: None, role_arn: None, profile: None };
    let clients = AwsClients::new(&Connection::Lab(bench.lab.http()), &[place], bench.clock, &guard);
    let identity = clients.sts(&id).get_caller_identity().send().await.expect("an identity");
    assert_eq!(identity.account(), Some(ACCOUNT));
    let refused = clients.rds(&id).describe_db_instances().send().await;
    assert!(refused.is_err(), "the guard lets through what nobody declared");
    assert_eq!(bench.lab.calls().keys().collect::<Vec<_>>(), ["sts:GetCallerIdentity"]);
}
