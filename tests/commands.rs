//! Commands and their exit codes.

use crate::lifeboat::Place;

#[test]
fn the_binary_says_what_it_is() {
    let place = Place::new();
    let version = place.run(&["--version"]).expect(0);
    assert_eq!(version.stdout, format!("lifeboat {}\n", env!("CARGO_PKG_VERSION")));
    let help = place.run(&["--help"]).expect(0);
    for command in [
        "check", "plan", "rehearse", "run", "approve", "list", "status", "report", "verify", "lab", "steps",
        "schema",
    ] {
        assert!(help.stdout.contains(&format!("\n  {command} ")), "{command} is not in the help");
        place.run(&[command, "--help"]).expect(0);
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let place = Place::new();
    for arguments in [
        &["frobnicate"][..],
        &["rehearse"],
        &["rehearse", "nowhere.yaml"],
        &["rehearse", "scenarios/region-outage.yaml", "--run-id", "Not An Id"],
        &["rehearse", "scenarios/region-outage.yaml", "--seed", "x"],
        &["report", "latest"],
        &["status", "nobody"],
        &["verify", "nobody"],
        &["approve", "nobody", "step"],
        &["steps", "rds.restore-to-point-in-tiem"],
        &["plan", "runbooks/one-database.yaml", "-p", "source"],
        &["plan", "runbooks/one-database.yaml", "-p", "nobody=x"],
        &["run", "runbooks/one-database.yaml", "--endpoint-url", "ftp://x"],
    ] {
        let ran = place.run(arguments).expect(2);
        assert!(ran.stderr.contains("error"), "{arguments:?}: {}", ran.stderr);
        assert!(!place.path().join("store").exists(), "{arguments:?} touched the store");
    }
}

#[test]
fn aws_itself_is_refused() {
    let place = Place::new();
    let ran = place.run(&["run", "runbooks/one-database.yaml"]).expect(2);
    assert!(ran.stderr.contains("AWS itself is refused"), "{}", ran.stderr);
    let url = "https://rds.us-west-2.amazonaws.com";
    place.run(&["run", "runbooks/one-database.yaml", "--endpoint-url", url]).expect(2);
}

#[test]
fn a_plan_lists_the_steps_in_their_order_and_the_actions_they_need() {
    let place = Place::new();
    let plan = place.run(&["plan", "runbooks/regional-failover.yaml", "--json"]).expect(0).json();
    let order: Vec<&str> =
        plan["order"].as_array().expect("an order").iter().map(|id| id.as_str().expect("an id")).collect();
    let position = |id: &str| order.iter().position(|other| *other == id).expect(id);
    assert!(position("backup") < position("restore") && position("restore") < position("switch"));
    assert!(plan["iam_actions"]["switch"].to_string().contains("route53:ChangeResourceRecordSets"));
    let text = place.run(&["plan", "runbooks/regional-failover.yaml"]).expect(0).stdout;
    for word in ["backup", "restore", "switch", "rds:RestoreDBInstanceToPointInTime"] {
        assert!(text.contains(word), "{word} is not in the plan:\n{text}");
    }
}

#[test]
fn runs_are_listed_the_latest_first() {
    let place = Place::new();
    assert!(place.run(&["list", "--json"]).expect(0).json()["runs"].as_array().expect("runs").is_empty());
    for id in ["first", "second"] {
        place.run(&["rehearse", "scenarios/quarterly-drill.yaml", "--run-id", id]).expect(0);
    }
    let listed = place.run(&["list", "--json"]).expect(0).json();
    assert_eq!(listed["runs"][0]["id"], "second");
    assert_eq!(listed["runs"][1]["id"], "first");
    let text = place.run(&["list"]).expect(0).stdout;
    assert!(text.contains("second") && text.contains("rehearsal"), "{text}");
}

#[test]
fn completions_are_there_for_the_shells() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.run(&["completions", shell]).expect(0).stdout.contains("lifeboat"));
    }
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let place = Place::new();
    let script = format!("{} steps --json | head -c 10", env!("CARGO_BIN_EXE_lifeboat"));
    let output =
        std::process::Command::new("bash").args(["-o", "pipefail", "-c", &script]).output().expect("bash");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    drop(place);
}

#[test]
fn a_result_that_cannot_be_written_is_no_success() {
    let place = Place::new();
    place.run(&["rehearse", "scenarios/stale-backup.yaml", "--run-id", "night"]).expect(0);
    for arguments in [&["report", "night"][..], &["verify", "night"], &["list"], &["steps"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        let ran = place.command().args(arguments).stdout(full).output().expect("it runs");
        assert_eq!(ran.status.code(), Some(1), "{arguments:?}");
    }
}

#[test]
fn a_report_replaces_no_journal() {
    let place = Place::new();
    place.run(&["rehearse", "scenarios/stale-backup.yaml", "--run-id", "night"]).expect(0);
    let journal = place.journal("night");
    place.run(&["report", "night", "-o", journal.to_str().expect("UTF-8")]).expect(2);
    place.run(&["verify", "night"]).expect(0);
    let file = place.path().join("report.json");
    place.run(&["report", "night", "--json", "-o", file.to_str().expect("UTF-8")]).expect(0);
    let report = std::fs::read_to_string(file).expect("a report");
    assert!(report.contains("lifeboat/report/v1"), "{report}");
}

#[test]
fn a_disruption_in_the_future_is_refused() {
    let place = Place::new();
    let arguments =
        ["run", "runbooks/one-database.yaml", "--endpoint-url", "http://127.0.0.1:9", "--incident-at"];
    for time in ["2099-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "yesterday"] {
        let ran = place.run(&[&arguments[..], &[time]].concat()).expect(2);
        assert!(!place.path().join("store").exists(), "{}", ran.stderr);
    }
}

#[test]
fn a_run_of_the_lab_cannot_be_taken_up_nor_approved() {
    let place = Place::new();
    place.run(&["rehearse", "scenarios/region-outage.yaml", "--run-id", "night"]).expect(0);
    for arguments in [&["resume", "night"][..], &["rollback", "night", "--yes"], &["cleanup", "night"]] {
        let ran = place.run(arguments);
        assert!([2, 4].contains(&ran.code), "{arguments:?}: {}", ran.stderr);
    }
    place.run(&["verify", "night"]).expect(0);
}
