//! Journals that earlier versions wrote are read for ever, and say what they said then.

use crate::lifeboat::{Place, files};
use serde_json::Value;
use std::fs;

/// The report of a stored journal.
fn report(name: &str) -> Value {
    let place = Place::new();
    let journal = place.journal("old");
    fs::create_dir_all(journal.parent().expect("a folder")).expect("a folder");
    fs::copy(format!("tests/journals/{name}.jsonl"), &journal).expect("a journal");
    place.run(&["report", "latest", "--json"]).expect(0).json()
}

#[test]
fn every_stored_journal_verifies() {
    let journals = files("tests/journals", "jsonl");
    assert!(!journals.is_empty());
    for journal in journals {
        Place::new().run(&["verify", journal.to_str().expect("UTF-8")]).expect(0);
    }
}

#[test]
fn a_recovery_of_format_1_still_says_what_it_achieved() {
    let report = report("v1-region-outage");
    assert_eq!(report["run"]["outcome"], "succeeded");
    assert_eq!(report["objectives"]["rto"]["achieved_s"], 785.0);
    assert_eq!(report["objectives"]["rto"]["verdict"], "met");
    assert_eq!(report["objectives"]["rpo"]["achieved_s"], 330.286);
    assert_eq!(report["timeline"]["T7"], "2026-11-23T09:23:05Z");
    assert_eq!(report["kept"][0]["resource"], "rds:lb-outage-orders");
}

#[test]
fn a_failed_drill_of_format_1_still_says_why() {
    let report = report("v1-restore-fails");
    assert_eq!(report["run"]["outcome"], "failed");
    assert_eq!(report["objectives"]["rto"]["verdict"], "not-measured");
    let failure = report["steps"][1]["failure"]["message"].as_str().expect("a message");
    assert!(failure.contains("incompatible-network"), "{failure}");
    assert_eq!(report["leftovers"], Value::Array(vec![]));
}
