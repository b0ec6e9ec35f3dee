//! Probes of name servers that a test scripts.

use super::probe::Probe;
use crate::base::{FailureKind, Mode};
use crate::event::{Event, Evidence};
use crate::step::bench::{Bench, Ended};
use crate::step::{Context, Step};
use crate::world::scripted::scripted;
use crate::world::{Dns, DnsFailure, DnsReply};
use futures_util::future::{LocalBoxFuture, ready};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

/// Each server says `old` so many times before it says `new`; `None` never answers.
struct Scripted(RefCell<BTreeMap<&'static str, Option<u32>>>);

impl Dns for Scripted {
    fn authorities<'a>(&'a self, _: &'a str) -> LocalBoxFuture<'a, Result<Vec<String>, DnsFailure>> {
        Box::pin(ready(Ok(vec!["ns1".to_owned()])))
    }

    fn resolvers(&self) -> Vec<String> {
        vec!["isp".to_owned()]
    }

    fn ask<'a>(
        &'a self,
        server: &'a str,
        _: &'a str,
        _: &'a str,
    ) -> LocalBoxFuture<'a, Result<DnsReply, DnsFailure>> {
        let mut servers = self.0.borrow_mut();
        let reply = |value: &str| Ok(DnsReply { values: vec![value.to_owned()], ttl: None });
        Box::pin(ready(match servers.get_mut(server) {
            Some(Some(0)) => reply("new.example.net"),
            Some(Some(left)) => {
                *left -= 1;
                reply("old.example.net")
            }
            _ => Err(DnsFailure::Timeout { server: server.to_owned() }),
        }))
    }
}

async fn run(servers: Option<[(&'static str, Option<u32>); 2]>, more: Value) -> Ended<Value> {
    let mut arguments = json!({ "record": "db.example.com", "expect": "New.example.net.", "within": "30s" });
    let more = more.as_object().cloned().unwrap_or_default();
    arguments.as_object_mut().expect("an object").extend(more);
    let step: Probe = serde_json::from_value(arguments).expect("arguments");
    let (connection, _) = scripted(|_| (500, String::new()));
    let mut bench = Bench::new(Mode::Drill, connection);
    if let Some(servers) = servers {
        bench.dns = Rc::new(Scripted(RefCell::new(servers.into())));
    }
    bench
        .with::<Probe, _>(
            async |cx: &Context| Ok(serde_json::to_value(step.run(cx).await?).expect("outputs")),
        )
        .await
}

#[tokio::test(start_paused = true)]
async fn it_waits_for_every_server_and_knows_since_when_each_agrees() {
    let ended = run(Some([("ns1", Some(1)), ("isp", Some(4))]), json!({ "resolvers": ["all"] })).await;
    let output = ended.result.as_ref().expect("all agree");
    assert_eq!(output["authorities_at"], "2026-11-23T09:10:02Z");
    assert_eq!(output["resolvers_at"], "2026-11-23T09:10:08Z");
    assert_eq!(ended.uncertainty.as_secs(), 2);
    assert!(
        matches!(&ended.events[..], [Event::Observed { evidence: Evidence::Answers { answers, .. }, .. }]
        if answers.len() == 2)
    );
}

#[tokio::test(start_paused = true)]
async fn who_still_says_the_old_is_named_when_time_is_up() {
    let ended = run(Some([("ns1", Some(0)), ("isp", Some(100))]), json!({ "resolvers": ["isp"] })).await;
    assert_eq!(ended.failure().kind, FailureKind::Contradicted);
    assert!(ended.failure().message.contains("isp says `old.example.net`"), "{}", ended.failure());
    assert_eq!(ended.events.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_waited_for_until_time_is_up() {
    let ended = run(Some([("ns1", None), ("isp", Some(0))]), json!({})).await;
    assert_eq!(ended.failure().kind, FailureKind::TimedOut);
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_nobody_knows_is_a_mistake_and_a_world_without_dns_says_so() {
    let ended = run(Some([("ns1", Some(0)), ("isp", Some(0))]), json!({ "resolvers": ["ips"] })).await;
    assert_eq!(ended.failure().kind, FailureKind::Invalid);
    assert_eq!(run(None, json!({})).await.failure().kind, FailureKind::Unsupported);
}
