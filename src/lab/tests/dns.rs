//! Authorities that learn of a change one by one, and resolvers that hold on to the old answer.

use super::{
    route53::{change, record},
    *,
};
use aws_sdk_route53::types::ChangeAction;
use std::time::Duration;

const NAME: &str = "orders-db.example.com";

async fn switch(bench: &Bench) -> Instant {
    let client = bench.route53();
    let upsert = [(ChangeAction::Upsert, record(NAME, 30, "new.example.org."))];
    change(&client, &upsert).await.expect("a change");
    bench.clock.now()
}

/// When `server` first answers with the new value, to the second.
async fn switched_at(bench: &Bench, server: &str) -> Instant {
    for _ in 0..7200 {
        let reply = bench.lab.dns().ask(server, NAME, "CNAME").await.expect("an answer");
        assert_eq!(reply.values.len(), 1);
        if reply.values == ["new.example.org"] {
            return bench.clock.now();
        }
        bench.clock.sleep(Duration::from_secs(1)).await;
    }
    panic!("{server} never answers with the new value");
}

#[tokio::test(start_paused = true)]
async fn the_last_authority_knows_when_the_change_is_in_sync() {
    let mut world = world();
    world["durations"]["route53.insync"] = json!({ "p50": "50s", "p90": "50s" });
    let bench = bench(world, Value::Null, json!([]));
    let submitted = switch(&bench).await;
    let servers = bench.lab.dns().authorities(NAME).await.expect("authorities");
    let mut when: std::collections::BTreeMap<&str, Instant> = std::collections::BTreeMap::new();
    while when.len() < servers.len() {
        for server in &servers {
            let reply = bench.lab.dns().ask(server, NAME, "CNAME").await.expect("an answer");
            if reply.values == ["new.example.org"] {
                assert_eq!(reply.ttl, Some(Duration::from_secs(30)));
                when.entry(server).or_insert_with(|| bench.clock.now());
            }
        }
        bench.clock.sleep(Duration::from_secs(1)).await;
    }
    let last = *when.values().max().expect("servers");
    let first = *when.values().min().expect("servers");
    assert_eq!((last - submitted).num_seconds(), 50);
    assert!(first < last, "all at once: {when:?}");
}

#[tokio::test(start_paused = true)]
async fn resolvers_hold_the_old_answer_for_at_most_its_ttl() {
    let mut world = world();
    world["route53"][0]["records"][0]["ttl"] = json!("1h");
    world["durations"]["route53.insync"] = json!({ "p50": "5s", "p90": "5s" });
    let bench = bench(world, Value::Null, json!([]));
    let submitted = switch(&bench).await;
    let mut waits = Vec::new();
    for resolver in bench.lab.dns().resolvers() {
        waits.push((switched_at(&bench, &resolver).await - submitted).num_seconds());
    }
    assert_eq!(waits.len(), 2);
    assert!(waits.iter().all(|wait| *wait <= 3605), "{waits:?}");
    assert!(waits.iter().any(|wait| *wait > 60), "nobody held the old answer: {waits:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_cached_ttl_runs_down() {
    let bench = calm();
    let dns = bench.lab.dns();
    let left = async || dns.ask("resolver-a", NAME, "CNAME").await.expect("an answer").ttl.expect("a TTL");
    let first = left().await;
    assert!(first <= Duration::from_mins(1));
    bench.clock.sleep(first.saturating_sub(Duration::from_millis(1))).await;
    assert!(left().await <= Duration::from_millis(2));
    bench.clock.sleep(Duration::from_millis(3)).await;
    assert!(left().await > Duration::from_secs(59));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_was_absent_is_found_as_soon_as_it_exists() {
    let mut world = world();
    world["durations"]["route53.insync"] = json!({ "p50": "5s", "p90": "5s" });
    let bench = bench(world, Value::Null, json!([]));
    let dns = bench.lab.dns();
    let ask = async || dns.ask("resolver-a", "fresh.example.com", "CNAME").await.expect("an answer").values;
    assert_eq!(ask().await, Vec::<String>::new());
    let created = [(ChangeAction::Create, record("fresh.example.com", 60, "x.example.org"))];
    change(&bench.route53(), &created).await.expect("a change");
    bench.clock.sleep(Duration::from_secs(6)).await;
    assert_eq!(ask().await, ["x.example.org"]);
}

#[tokio::test(start_paused = true)]
async fn an_address_is_found_behind_aliases_and_unknown_servers_do_not_answer() {
    let bench = calm();
    let dns = bench.lab.dns();
    let servers = dns.authorities(NAME).await.expect("authorities");
    for server in ["resolver-b", servers[3].as_str()] {
        let reply = dns.ask(server, NAME, "A").await.expect("an answer");
        assert!(reply.values[0].starts_with("10."), "{reply:?}");
        assert!(reply.ttl <= Some(Duration::from_secs(5)));
    }
    assert!(matches!(dns.ask("nobody", NAME, "A").await, Err(crate::world::DnsFailure::Timeout { .. })));
    assert!(dns.authorities("example.org").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_private_zone_has_no_authorities_and_its_resolvers_answer() {
    let mut world = world();
    world["route53"][0]["private"] = json!(true);
    let bench = bench(world, Value::Null, json!([]));
    let dns = bench.lab.dns();
    assert!(dns.authorities(NAME).await.is_err());
    assert_eq!(dns.ask("resolver-a", NAME, "CNAME").await.expect("an answer").values.len(), 1);
}
