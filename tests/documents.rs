//! Example documents are tests: all of them check clean. Mistakes are all found in one go.

use crate::lifeboat::{Place, files};
use serde_json::Value;
use std::{collections::BTreeSet, fs};

#[test]
fn every_runbook_and_scenario_checks_clean() {
    let place = Place::new();
    for folder in ["runbooks", "scenarios", "tests/worlds"] {
        for file in files(folder, "yaml") {
            let ran = place.run(&["check", file.to_str().expect("UTF-8"), "--json"]).expect(0);
            let mut findings: Vec<Value> = ran.json()["findings"].as_array().expect("findings").clone();
            if file.ends_with("one-database.yaml") {
                // It says itself why.
                findings.retain(|finding| finding["code"] != "drill-in-default-network");
            }
            assert!(findings.is_empty(), "{}: {findings:#?}", file.display());
        }
    }
}

#[test]
fn every_runbook_is_rehearsed_by_a_scenario() {
    let rehearsed: BTreeSet<String> = files("scenarios", "yaml")
        .iter()
        .flat_map(|file| {
            let text = fs::read_to_string(file).expect("a scenario");
            text.lines()
                .filter_map(|line| line.strip_prefix("runbook: ../runbooks/").map(str::to_owned))
                .collect::<Vec<_>>()
        })
        .collect();
    let there: BTreeSet<String> = files("runbooks", "yaml")
        .iter()
        .map(|file| file.file_name().expect("a name").to_str().expect("UTF-8").to_owned())
        .collect();
    assert_eq!(rehearsed, there);
}

/// Every line of the file that ends in `# expect: code` has a finding of that code, and there are no others.
#[test]
fn a_runbook_with_one_of_each_mistake_has_them_all_found_in_one_go() {
    let file = "tests/documents/every-mistake.yaml";
    let text = fs::read_to_string(file).expect("the file");
    let mut expected = BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        for code in line.split("# expect: ").skip(1).flat_map(|codes| codes.split(", ")) {
            expected.insert((index + 1, code.trim().to_owned()));
        }
    }
    let ran = Place::new().run(&["check", file, "--json"]).expect(2);
    let found: BTreeSet<(usize, String)> = ran.json()["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| {
            let line = finding["line"].as_u64().expect("a line");
            for key in ["severity", "file", "column", "message"] {
                assert!(!finding[key].is_null(), "{finding}");
            }
            (usize::try_from(line).expect("small"), finding["code"].as_str().expect("a code").to_owned())
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_finding_shows_its_line_and_what_was_probably_meant() {
    let place = Place::new();
    let file = place
        .file("runbook.yaml", "runbook: x\nsteps:\n  - { id: a, uses: wait.for, with: { duratoin: 1s } }\n");
    let ran = place.run(&["check", file.to_str().expect("UTF-8")]).expect(2);
    assert!(ran.stdout.contains("did you mean `duration`?"), "{}", ran.stdout);
    assert!(ran.stdout.contains("duratoin: 1s"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "colours went into a pipe:\n{}", ran.stdout);
}

#[test]
fn documents_that_are_no_documents_are_findings() {
    let place = Place::new();
    let deep = "[".repeat(5000);
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    for text in [
        "",
        "\u{0}",
        "a: [",
        "- a\n- b\n",
        "\t- x",
        "a: 1\na: 2\n",
        &deep,
        bomb,
        "--- 1\n--- 2\n",
        "runbook: ${{",
    ] {
        let file = place.file("runbook.yaml", text);
        let ran = place.run(&["check", file.to_str().expect("UTF-8"), "--json"]).expect(2);
        assert!(!ran.json()["findings"].as_array().expect("findings").is_empty());
    }
    fs::write(place.path().join("latin1.yaml"), b"runbook: caf\xe9\n").expect("written");
    place.run(&["check", place.path().join("latin1.yaml").to_str().expect("UTF-8")]).expect(2);
    place.run(&["check", place.path().to_str().expect("UTF-8")]).expect(2);
    place.run(&["check", "nowhere.yaml"]).expect(2);
}

#[test]
fn the_schemas_are_json_schemas() {
    let place = Place::new();
    for document in ["runbook", "scenario", "report"] {
        let schema = place.run(&["schema", document]).expect(0).json();
        assert!(
            schema["$schema"].as_str().expect("a dialect").starts_with("https://json-schema.org/"),
            "{document}"
        );
    }
}

#[test]
fn a_secret_that_somebody_wrote_is_not_shown_in_the_excerpt() {
    let text = "runbook: x\nsteps:\n  - id: a\n    uses: sql.check\n    with: { endpoint: a, user: b, password: hunter2, query: select 1 }\n";
    let place = Place::new();
    let file = place.file("runbook.yaml", text);
    let ran = place.run(&["check", file.to_str().expect("UTF-8")]).expect(2);
    assert!(ran.stdout.contains("literal-secret") && ran.stdout.contains("*******"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("hunter2"), "{}", ran.stdout);
}
