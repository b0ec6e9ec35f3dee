//! The README's documents, commands and figures are true.

use crate::lifeboat::{Place, files};
use std::{collections::BTreeSet, fs};

fn readme() -> String {
    fs::read_to_string("README.md").expect("README.md")
}

/// The fenced blocks of one language.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let fences = text.split("```").skip(1).step_by(2);
    fences.filter_map(|block| block.strip_prefix(&format!("{language}\n"))).map(str::to_owned).collect()
}

#[test]
fn the_first_runbook_checks_clean() {
    let place = Place::new();
    for runbook in blocks("yaml") {
        let file = place.file("first-drill.yaml", &runbook);
        place.run(&["check", file.to_str().expect("UTF-8")]).expect(0);
        place.run(&["plan", file.to_str().expect("UTF-8")]).expect(0);
    }
}

#[test]
fn every_command_is_one_that_there_is() {
    let place = Place::new();
    let mut commands = BTreeSet::new();
    for line in blocks("console").iter().flat_map(|block| block.lines()) {
        let command = line.split('#').next().expect("a line").trim();
        let arguments = command.strip_prefix("cargo run --release -- ").or(command.strip_prefix("lifeboat "));
        let Some(arguments) = arguments else {
            assert_eq!(command, "tests/run");
            continue;
        };
        let name = arguments.split(' ').next().expect("a command").to_owned();
        place.run(&[&name, "--help"]).expect(0);
        commands.insert(name);
    }
    assert!(commands.len() >= 7, "{commands:?}");
}

#[test]
fn the_summary_is_what_the_rehearsal_prints() {
    let place = Place::new();
    let ran = place.run(&["rehearse", "scenarios/region-outage.yaml", "--run-id", "outage"]).expect(0);
    let shown = blocks("text").remove(0);
    assert!(ran.stdout.starts_with(&shown), "{}", ran.stdout);
}

#[test]
fn every_scenario_and_every_exit_code_is_listed() {
    let text = readme();
    for file in files("scenarios", "yaml") {
        let name = file.file_stem().expect("a name").to_str().expect("UTF-8").to_owned();
        assert!(text.contains(&format!("`{name}`")), "{name} is not in the README");
    }
    for code in 0..=5 {
        assert!(text.contains(&format!("\n| {code} | ")), "exit code {code} is not in the README");
    }
}
