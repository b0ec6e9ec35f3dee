//! Worlds as they are written, and the mistakes in them.

use super::*;
use crate::lab::LabMistake;

fn mistakes(change: impl FnOnce(&mut Value), disaster: Value, faults: Value) -> Vec<String> {
    let mut world = world();
    change(&mut world);
    let world: WorldDescription = read(world);
    let (disaster, faults): (Option<Disaster>, Vec<Fault>) = (read(disaster), read(faults));
    let clock = Clock::starting_at(world.now);
    match Lab::new(&world, disaster.as_ref(), &faults, &[], clock, Seed(1)) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.into_iter().map(|LabMistake { path, .. }| path).collect(),
    }
}

#[tokio::test(start_paused = true)]
async fn all_mistakes_of_a_world_are_found_at_once_each_with_its_place() {
    let found = mistakes(
        |world| {
            let twin = world["rds"][0].clone();
            world["account"] = json!("42");
            world["s3"] = json!([{}]);
            world["rds"] = json!([twin.clone(), twin]);
            world["rds"][0]["retention"] = json!("36h");
            world["rds"][0]["replicate-backups-to"] = json!("us-east-2");
            world["route53"][0]["records"][0]["to"] = json!("nobody");
            world["route53"][0]["records"][0]["name"] = json!("orders.example.org");
        },
        json!({ "at": "1m", "do": [{ "delete-instance": "ghost" },
            { "region-down": "us-esat2" }, { "drop-table": { "instance": "us-east-2/orders-prod", "table": "none" } }] }),
        json!([{ "on": "*" }, { "on": "s3:*", "fail": 404, "probability": 2.0 }]),
    );
    let wanted = [
        "world.account",
        "world.s3",
        "world.rds[0].retention",
        "world.rds[0].replicate-backups-to",
        "world.rds[1].instance",
        "world.route53[0].records[0].name",
        "world.route53[0].records[0].to",
        "disaster.do[0].delete-instance",
        "disaster.do[1].region-down",
        "disaster.do[2].drop-table.instance",
        "disaster.do[2].drop-table.table",
        "faults[0]",
        "faults[1].on",
        "faults[1].fail",
        "faults[1].probability",
    ];
    assert_eq!(found, wanted);
}

#[tokio::test(start_paused = true)]
async fn a_world_is_in_a_year_that_can_be_reckoned_with() {
    for (now, wanted) in [
        ("9999-12-31T23:00:00Z", &["world.now"][..]),
        ("1970-06-01T00:00:00Z", &["world.now"]),
        ("2200-01-01T00:00:00Z", &[]),
    ] {
        let found = mistakes(|world| world["now"] = json!(now), Value::Null, json!([]));
        assert_eq!(found, wanted, "{now}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_in_two_regions_needs_the_region() {
    let twin = |world: &mut Value| {
        let mut twin = world["rds"][0].clone();
        twin["region"] = json!("us-west-2");
        twin["replicate-backups-to"] = Value::Null;
        let first = world["rds"][0].clone();
        world["rds"] = json!([first, twin]);
    };
    assert_eq!(mistakes(twin, Value::Null, json!([])), ["world.route53[0].records[0].to"]);
    let named = |world: &mut Value| {
        twin(world);
        world["route53"][0]["records"][0]["to"] = json!("us-west-2/orders-prod");
    };
    assert_eq!(mistakes(named, Value::Null, json!([])), Vec::<String>::new());
}

#[test]
fn unknown_keys_services_rates_and_deeds_are_refused() {
    fn refused<T: serde::de::DeserializeOwned>(value: Value) -> bool {
        serde_json::from_value::<T>(value).is_err()
    }
    let mut misspelled = world();
    misspelled["rds"][0]["retentoin"] = json!("7d");
    assert!(refused::<WorldDescription>(misspelled));
    assert!(refused::<Disaster>(json!({ "at": "1m", "do": [{ "meteor": "us-east-2" }] })));
    assert!(refused::<Disaster>(json!({ "at": "1m", "do": [{ "control-plane-down": "rsd" }] })));
    assert!(refused::<Fault>(json!({ "on": "*", "throttle": "0/s" })));
    assert!(refused::<Fault>(json!({ "on": "*", "ends-in": "sad" })));
    assert!(refused::<Person>(json!({ "step": "a", "answers": "maybe", "after": "1s" })));
}

#[test]
fn the_instants_follow_from_the_disaster() {
    let world: WorldDescription = read(world());
    let instants = |disaster: Value| {
        let disaster: Option<Disaster> = read(disaster);
        let Instants { t0, t1, t2 } = Instants::new(&world, disaster.as_ref());
        (t0, t1, t2)
    };
    let (t0, t1, t2) = (at("2026-11-23T09:10:00Z"), at("2026-11-23T09:11:00Z"), at("2026-11-23T09:12:00Z"));
    assert_eq!(instants(region_down()), (Some(t0), Some(t1), t2));
    assert_eq!(instants(json!({ "at": "10m", "detected": "1m" })), (Some(t0), Some(t1), t1));
    assert_eq!(instants(json!({ "at": "10m" })), (Some(t0), None, t0));
    assert_eq!(instants(Value::Null), (None, None, world.now));
}

#[test]
fn durations_are_the_scenarios_where_it_states_them() {
    let mut described: WorldDescription = read(world());
    let source = described.durations_source();
    assert!(source.starts_with("the scenario (rds.restore, route53.insync); the lab's own assumption ("));
    described.durations.clear();
    assert_eq!(described.durations_source(), "the lab's own assumption");
}

#[test]
fn every_description_has_a_schema_with_a_word_on_each_kind() {
    for schema in [
        schemars::schema_for!(WorldDescription),
        schemars::schema_for!(Disaster),
        schemars::schema_for!(Fault),
        schemars::schema_for!(Person),
    ] {
        assert!(schema.get("description").is_some() && schema.get("properties").is_some(), "{schema:?}");
    }
}
