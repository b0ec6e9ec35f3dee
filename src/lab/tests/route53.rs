//! Zones and record sets through the control plane.

use super::*;
use aws_sdk_route53::{
    operation::change_resource_record_sets::{ChangeResourceRecordSetsError, ChangeResourceRecordSetsOutput},
    types::{
        Change, ChangeAction, ChangeBatch, ChangeStatus, HostedZone, HostedZoneConfig, ResourceRecord,
        ResourceRecordSet, RrType,
    },
};
use std::time::Duration;

pub(super) fn record(name: &str, ttl: i64, value: &str) -> ResourceRecordSet {
    let value = ResourceRecord::builder().value(value).build().expect("a value");
    ResourceRecordSet::builder()
        .name(name)
        .r#type(RrType::Cname)
        .ttl(ttl)
        .resource_records(value)
        .build()
        .expect("a record set")
}

pub(super) async fn change(
    client: &aws_sdk_route53::Client,
    changes: &[(ChangeAction, ResourceRecordSet)],
) -> Result<ChangeResourceRecordSetsOutput, ChangeResourceRecordSetsError> {
    let change = |(action, set): &(ChangeAction, ResourceRecordSet)| {
        Change::builder().action(action.clone()).resource_record_set(set.clone()).build().expect("a change")
    };
    let batch =
        ChangeBatch::builder().set_changes(Some(changes.iter().map(change).collect())).comment("a & b");
    let batch = batch.build().expect("a batch");
    let request = client.change_resource_record_sets().hosted_zone_id("Z0EXAMPLE").change_batch(batch);
    request.send().await.map_err(aws_sdk_route53::error::SdkError::into_service_error)
}

async fn standing(client: &aws_sdk_route53::Client) -> Vec<ResourceRecordSet> {
    let listed = client.list_resource_record_sets().hosted_zone_id("/hostedzone/Z0EXAMPLE").send().await;
    listed.expect("records").resource_record_sets
}

#[tokio::test(start_paused = true)]
async fn a_listing_by_name_begins_there_and_does_not_match() {
    let mut world = world();
    world["route53"] = json!([
        { "zone": "example.com", "id": "Z2" }, { "zone": "example.com", "id": "Z1", "private": true },
        { "zone": "a.example.com" }, { "zone": "example.org" }, { "zone": "elsewhere.com" },
    ]);
    let bench = bench(world, Value::Null, json!([]));
    let client = bench.route53();
    let found = client.list_hosted_zones_by_name().dns_name("example.com.").send().await.expect("zones");
    let names: Vec<&str> = found.hosted_zones().iter().map(HostedZone::name).collect();
    assert_eq!(names, ["example.com.", "example.com.", "a.example.com.", "example.org."]);
    assert_eq!(found.hosted_zones()[0].id(), "/hostedzone/Z1");
    let private = |index: usize| found.hosted_zones()[index].config().map(HostedZoneConfig::private_zone);
    assert_eq!((private(0), private(1)), (Some(true), Some(false)));
    let one = client.list_hosted_zones_by_name().dns_name("b").max_items(1).send().await.expect("zones");
    assert!(one.is_truncated());
    assert!(one.next_dns_name().is_some() && one.next_hosted_zone_id().is_some());
    let all = client.list_hosted_zones().send().await.expect("zones");
    assert_eq!(all.hosted_zones().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_zone_has_four_authorities_and_those_of_other_accounts_are_not_seen() {
    let bench = calm();
    let zone = bench.route53().get_hosted_zone().id("Z0EXAMPLE").send().await.expect("a zone");
    let servers = zone.delegation_set().expect("servers").name_servers();
    assert_eq!(servers.len(), 4);
    let stranger = aws_sdk_route53::Client::new(&bench.config("us-east-1", "444455556666"));
    let error = stranger.get_hosted_zone().id("Z0EXAMPLE").send().await.expect_err("not theirs");
    assert!(error.into_service_error().is_no_such_hosted_zone());
}

#[tokio::test(start_paused = true)]
async fn records_are_listed_by_their_labels_from_the_right_a_page_at_a_time() {
    let mut world = world();
    let cname = |name: &str| json!({ "name": name, "type": "CNAME", "ttl": "60s", "to": "x.example.org" });
    world["route53"][0]["records"] =
        json!([cname("b.example.com"), cname("a.z.example.com"), cname("*.a.example.com")]);
    let bench = bench(world, Value::Null, json!([]));
    let client = bench.route53();
    let names = standing(&client).await.into_iter().map(|set| format!("{} {}", set.name, set.r#type));
    let wanted = [
        "example.com. NS",
        "example.com. SOA",
        "\\052.a.example.com. CNAME",
        "b.example.com. CNAME",
        "a.z.example.com. CNAME",
    ];
    assert_eq!(names.collect::<Vec<_>>(), wanted);
    let page = client.list_resource_record_sets().hosted_zone_id("Z0EXAMPLE");
    let page = page.start_record_name("b.example.com").max_items(1).send().await.expect("a page");
    assert_eq!(page.resource_record_sets()[0].name(), "b.example.com.");
    assert_eq!((page.is_truncated(), page.next_record_name()), (true, Some("a.z.example.com.")));
}

#[tokio::test(start_paused = true)]
async fn a_change_is_pending_and_then_in_sync() {
    let bench = calm();
    let client = bench.route53();
    let made =
        change(&client, &[(ChangeAction::Create, record("new.example.com", 60, "x.example.org"))]).await;
    let info = made.expect("a change").change_info.expect("its info");
    assert_eq!(info.status, ChangeStatus::Pending);
    assert_eq!(info.comment.as_deref(), Some("a & b"));
    let mut looks = 0;
    loop {
        let got = client.get_change().id(info.id.as_str()).send().await.expect("a change");
        if got.change_info.expect("its info").status == ChangeStatus::Insync {
            break;
        }
        looks += 1;
        bench.clock.sleep(Duration::from_secs(1)).await;
    }
    assert!((2..200).contains(&looks), "{looks}");
    let error = client.get_change().id("C0NONE").send().await.expect_err("none");
    assert!(error.into_service_error().is_no_such_change());
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_applied_whole_or_not_at_all() {
    let bench = calm();
    let client = bench.route53();
    let before = standing(&client).await;
    let old = before.iter().find(|set| set.r#type == RrType::Cname).expect("a record").clone();
    let value = old.resource_records()[0].value().to_owned();
    let created = || (ChangeAction::Create, record("new.example.com", 60, "x.example.org"));
    let name = "orders-db.example.com";
    for wrong in [
        (ChangeAction::Create, record(name, 60, "x.example.org")),
        (ChangeAction::Delete, record(name, 61, &value)),
        (ChangeAction::Delete, record(name, 60, "y.example.org")),
        (ChangeAction::Delete, record("absent.example.com", 60, &value)),
        (ChangeAction::Create, record("other.example.org", 60, &value)),
        (ChangeAction::Create, record("new.example.com", 60, "twice.example.org")),
        (ChangeAction::Upsert, record("example.com", 60, "beside.soa.example.org")),
    ] {
        let error = change(&client, &[created(), wrong.clone()]).await.expect_err("rejected");
        assert!(error.is_invalid_change_batch(), "{wrong:?}: {error:?}");
        assert_eq!(standing(&client).await, before);
    }
    let swap = [(ChangeAction::Delete, old), (ChangeAction::Create, record(name, 30, "x.example.org"))];
    change(&client, &swap).await.expect("a swap");
    assert_ne!(standing(&client).await, before);
    let again = change(&client, &swap).await.expect_err("somebody changed it meanwhile");
    assert!(again.is_invalid_change_batch());
    let upsert = [(ChangeAction::Upsert, record(name, 20, "z.example.org"))];
    change(&client, &upsert).await.expect("an upsert");
    assert!(standing(&client).await.contains(&record("orders-db.example.com.", 20, "z.example.org")));
}

#[tokio::test(start_paused = true)]
async fn what_the_lab_does_not_hold_is_refused_rather_than_forgotten() {
    let bench = calm();
    let client = bench.route53();
    let mut weighted = record("w.example.com", 60, "x.example.org");
    weighted.set_identifier = Some("blue".to_owned());
    weighted.weight = Some(1);
    let error = change(&client, &[(ChangeAction::Create, weighted)]).await.expect_err("refused");
    assert!(error.is_invalid_input(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn losing_us_east_1_stops_changes_and_not_answers() {
    for lost in [json!({ "region-down": "us-east-1" }), json!({ "control-plane-down": "route53" })] {
        let bench = bench(world(), json!({ "at": "10m", "do": [lost] }), json!([]));
        let error = bench.route53().list_hosted_zones().send().await;
        assert!(error.is_err(), "{error:?}");
        let dns = bench.lab.dns();
        let authorities = dns.authorities("orders-db.example.com").await.expect("authorities");
        let reply = dns.ask(&authorities[0], "orders-db.example.com", "CNAME").await.expect("an answer");
        assert_eq!(reply.values.len(), 1);
    }
}
