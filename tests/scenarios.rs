//! Every scenario rehearses as it expects to, and an expectation that is wrong is judged so.

use crate::lifeboat::{Place, files};
use serde_json::Value;
use std::{fs, path::Path};

#[test]
fn every_scenario_comes_out_as_expected_and_its_journal_verifies() {
    let scenarios = files("scenarios", "yaml");
    assert!(scenarios.len() >= 6);
    for scenario in scenarios {
        let place = Place::new();
        let name = scenario.to_str().expect("UTF-8");
        let ran = place.run(&["rehearse", name, "--run-id", "night"]).expect(0);
        let first = ran.stdout.lines().next().expect("a first line");
        assert!(first.contains("certifies nothing"), "{name}: {first}");
        place.run(&["verify", "night"]).expect(0);
    }
}

#[test]
fn one_seed_and_run_id_repeat_a_journal_to_the_byte_and_another_seed_does_not() {
    let journal = |seed: &str| {
        let place = Place::new();
        place.run(&["rehearse", "scenarios/region-outage.yaml", "--run-id", "night", "--seed", seed]);
        fs::read_to_string(place.journal("night")).expect("a journal")
    };
    let first = journal("7");
    assert_eq!(first, journal("7"));
    let durations = |journal: &str| -> Vec<String> {
        journal
            .lines()
            .map(|line| {
                line.split("\"elapsed\":")
                    .nth(1)
                    .expect("elapsed")
                    .split(',')
                    .next()
                    .expect("a number")
                    .to_owned()
            })
            .collect()
    };
    assert_ne!(durations(&first), durations(&journal("8")));
}

/// A scenario of the repository with its `expect` replaced.
fn rehearse_expecting(scenario: &str, expect: &str) -> (i32, Value) {
    let text = fs::read_to_string(scenario).expect("a scenario");
    let (world, _) = text.split_once("\nexpect:").expect("expectations");
    let runbooks = Path::new("runbooks").canonicalize().expect("runbooks");
    let world = world.replace("../runbooks", runbooks.to_str().expect("UTF-8"));
    let place = Place::new();
    let file = place.file("scenario.yaml", &format!("{world}\nexpect: {expect}\n"));
    let ran = place.run(&["rehearse", file.to_str().expect("UTF-8"), "--json"]);
    (ran.code, ran.json())
}

#[test]
fn every_kind_of_expectation_can_be_contradicted() {
    let outage = "scenarios/region-outage.yaml";
    let stale = "scenarios/stale-backup.yaml";
    let guarded = "scenarios/guarded.yaml";
    // Each as it is, then as it is not.
    for (scenario, right, wrong) in [
        (outage, "{ outcome: succeeded }", "{ outcome: failed }"),
        (stale, "{ outcome: failed }", "{ outcome: succeeded }"),
        (outage, "{ rto: met }", "{ rto: missed }"),
        (stale, "{ rto: not-measured }", "{ rto: met }"),
        (outage, "{ rto: { at-most: 15m } }", "{ rto: { at-most: 1m } }"),
        (outage, "{ rto: { at-least: 5m } }", "{ rto: { at-least: 1h } }"),
        (outage, "{ rpo: { at-most: 30m } }", "{ rpo: { at-most: 1s } }"),
        (stale, "{ rpo: not-measured }", "{ rpo: { at-most: 30m } }"),
        (outage, "{ leftovers: none }", "{ leftovers: [restore] }"),
        (outage, "{ stuck: none }", "{ stuck: [switch] }"),
        (outage, "{ kept: [restore] }", "{ kept: none }"),
        (stale, "{ step: { backup: failed } }", "{ step: { backup: succeeded } }"),
        (stale, "{ step: { restore: not-run } }", "{ step: { nobody: not-run } }"),
        (guarded, "{ refused: \"rds:DescribeDBInstances\" }", "{ refused: \"rds:DeleteDBInstance\" }"),
        (
            outage,
            "{ dns: { orders-db.example.com: changed } }",
            "{ dns: { orders-db.example.com: unchanged } }",
        ),
        (
            stale,
            "{ dns: { orders-db.example.com: unchanged } }",
            "{ dns: { orders-db.example.com: absent } }",
        ),
        (stale, "{ failure: 30m }", "{ failure: nonsense }"),
        (outage, "{ exit: 0 }", "{ exit: 3 }"),
        (stale, "{ exit: 1 }", "{ exit: 0 }"),
    ] {
        let (code, document) = rehearse_expecting(scenario, right);
        assert_eq!(code, 0, "{scenario} {right}: {:#}", document["rehearsal"]);
        let (code, document) = rehearse_expecting(scenario, wrong);
        assert_eq!(code, 1, "{scenario} {wrong}: {:#}", document["rehearsal"]);
        assert_eq!(document["rehearsal"]["as_expected"], false);
    }
}

#[test]
fn an_expected_finding_is_judged_without_running_anything() {
    let place = Place::new();
    place.file(
        "runbook.yaml",
        "runbook: bad\nsteps:\n  - { id: a, uses: wait.fro, with: { duration: 1s } }\n",
    );
    for (finding, code) in [("unknown-step-type", 0), ("cycle", 1)] {
        let scenario = place.file(
            "scenario.yaml",
            &format!(
                "scenario: x\nrunbook: runbook.yaml\nworld: {{ now: 2026-11-23T09:00:00Z, account: \"111122223333\" }}\n\
                 expect: {{ finding: {finding} }}\n"
            ),
        );
        place.run(&["rehearse", scenario.to_str().expect("UTF-8")]).expect(code);
        assert!(!place.path().join("store/runs").exists(), "something was run");
    }
}

#[test]
fn the_summary_on_the_terminal_and_the_one_from_the_journal_are_the_same() {
    let place = Place::new();
    let ran = place.run(&["rehearse", "scenarios/region-outage.yaml", "--run-id", "night"]).expect(0);
    let report = place.run(&["report", "latest"]).expect(0);
    assert!(ran.stdout.starts_with(&report.stdout), "{}\n---\n{}", ran.stdout, report.stdout);
    let live = place.run(&["report", "latest", "--format", "json"]).expect(0).json();
    assert_eq!(live["schema"], "lifeboat/report/v1");
    assert_eq!(live, place.run(&["status", "night", "--json"]).expect(0).json());
}
