//! What checking and planning promise, on whole documents.

use super::{Facts, Plan, Runbook, Wishes, read, reading::Reading};
use crate::base::{FailureKind, Finding, Instant, Mode, Period, RunId, StepPath};
use crate::event::{OnFailure, UndoRule};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

const FAILOVER: &str = include_str!("../../runbooks/regional-failover.yaml");

fn codes(reading: &Reading) -> Vec<(&'static str, usize)> {
    reading.findings.iter().map(|finding| (finding.code.0, finding.line)).collect()
}

#[test]
fn the_runbooks_of_this_project_have_no_findings() {
    // The short one says itself why it restores into the default network.
    let short = include_str!("../../runbooks/one-database.yaml");
    for (file, text, expected) in [
        ("regional-failover.yaml", FAILOVER, &[][..]),
        ("one-database.yaml", short, &["drill-in-default-network"]),
    ] {
        let reading = read(text.as_bytes(), file);
        let found: Vec<&str> = reading.findings.iter().map(|finding| finding.code.0).collect();
        assert_eq!(found, expected, "{file}");
        assert!(reading.runbook.is_some());
    }
}

#[test]
fn every_mistake_is_found_at_once_with_its_line() {
    let text = include_str!("../../tests/documents/every-mistake.yaml");
    let reading = read(text.as_bytes(), "every-mistake.yaml");
    assert!(reading.runbook.is_none());
    let expected = [
        ("unknown-key", 2),
        ("no-recovered-mark", 3),
        ("no-newest-data", 3),
        ("unused-parameter", 5),
        ("bad-name", 6),
        ("unused-parameter", 6),
        ("unused-parameter", 8),
        ("literal-secret", 8),
        ("unused-parameter", 10),
        ("place-in-lost-region", 13),
        ("place-outside-regions", 14),
        ("bad-account", 16),
        ("bad-duration", 19),
        ("unknown-key", 20),
        ("unknown-step-type", 23),
        ("duplicate-id", 25),
        ("unknown-place", 27),
        ("missing-key", 28),
        ("unknown-key", 28),
        ("bad-duration", 28),
        ("bad-name", 29),
        ("missing-place", 30),
        ("unknown-step", 31),
        ("wrong-word", 32),
        ("unknown-parameter", 34),
        ("wrong-type", 36),
        ("wrong-type", 37),
        ("no-reason", 41),
        ("wrong-word", 42),
        ("exposed-secret", 45),
        ("literal-secret", 46),
        ("reads-without-need", 47),
        ("unknown-output", 47),
        ("control-plane-lost", 50),
        ("missing-place", 50),
        ("drill-changes", 51),
        ("bad-expression", 51),
        ("cycle", 54),
        ("wrong-word", 55),
        ("unknown-root", 55),
        ("bad-duration", 56),
        ("unknown-field", 61),
        ("unguarded-output", 65),
        ("not-supported-yet", 67),
        ("bad-expression", 69),
        ("not-supported-yet", 71),
        ("drill-in-default-network", 73),
        ("reason-without-undo", 75),
        ("drill-name-not-unique", 76),
        ("bad-name", 77),
        ("out-of-range", 77),
        ("unknown-key", 77),
    ];
    assert_eq!(codes(&reading), expected);
}

/// The failover runbook with one thing changed.
fn changed(from: &str, to: &str) -> Vec<&'static str> {
    assert!(FAILOVER.contains(from), "{from}");
    let reading = read(FAILOVER.replacen(from, to, 1).as_bytes(), "f.yaml");
    assert_eq!(reading.runbook.is_some(), reading.findings.iter().all(is_warning));
    reading.findings.into_iter().map(|finding| finding.code.0).collect()
}

fn is_warning(finding: &Finding) -> bool {
    finding.severity == crate::base::Severity::Warning
}

#[test]
fn a_drill_that_would_change_production_is_found_and_ways_out_of_it_are_taken() {
    let in_drill = "    in-drill: { record: \"drill-orders-db.${{ parameters.zone }}\" }";
    assert_eq!(changed(in_drill, ""), ["drill-changes"]);
    assert_eq!(changed(in_drill, "    if: run.mode == \"incident\""), ["unguarded-output"]);
    assert_eq!(
        changed(in_drill, "    in-drill: { record: \"orders-db.${{ parameters.zone }}\" }"),
        ["drill-changes"]
    );
    for own in ["ttl: 5s", "zone: Z2", "type: A", "record: \"ORDERS-db.${{parameters.zone}}.\""] {
        assert_eq!(changed(in_drill, &format!("    in-drill: {{ {own} }}")), ["drill-changes"], "{own}");
    }
    let allowed = FAILOVER
        .replace(in_drill, "")
        .replace("drill-may-change: []", "drill-may-change: [\"orders-db.${{ parameters.zone }}\"]");
    assert_eq!(read(allowed.as_bytes(), "f").findings, []);
    assert_eq!(changed("${{ run.name }}-orders", "orders-copy"), ["drill-name-not-unique"]);
    assert_eq!(changed("      security-groups: [sg-0f2a]\n", ""), ["drill-in-default-network"]);
}

#[test]
fn an_objective_that_nothing_measures_is_found() {
    assert_eq!(changed("    mark: recovered ", "    # "), ["no-recovered-mark"]);
    assert_eq!(changed("newest-data: true", "newest-data: false"), ["no-newest-data"]);
    assert_eq!(
        changed("endpoint: ${{ steps.restore.outputs.endpoint }}", "endpoint: db"),
        ["newest-data-elsewhere"]
    );
    let endpoint = "endpoint: ${{ steps.restore.outputs.endpoint }}";
    for other in [
        "${{ run.mode == 'drill' ? 'db' : steps.restore.outputs.endpoint }}",
        "${{ steps.backup.outputs.source }}",
        "${{ steps.restore.outputs.target }}",
        "a.${{ steps.restore.outputs.endpoint }}",
    ] {
        let found = changed(endpoint, &format!("endpoint: \"{other}\""));
        assert!(found.contains(&"newest-data-elsewhere"), "{other}: {found:?}");
    }
}

#[test]
fn an_output_that_may_not_be_there_needs_a_guard() {
    let question = "to: ${{ steps.restore.outputs.endpoint }}";
    assert_eq!(changed(question, "to: ${{ steps.approve.outputs.by }}"), ["unguarded-output"]);
    assert_eq!(
        changed(
            question,
            "to: \"${{ has(steps.approve.outputs.by) ? steps.approve.outputs.by : 'nobody' }}\""
        ),
        [""; 0]
    );
}

#[test]
fn a_lost_control_plane_is_a_warning() {
    assert_eq!(changed("lost-regions: [us-east-2]", "lost-regions: [us-east-1]"), ["control-plane-lost"]);
}

#[test]
fn numbers_that_are_accounts_keep_their_zeros() {
    let text = FAILOVER.replace("[\"111122223333\"]", "[011122223333]");
    let reading = read(text.as_bytes(), "f");
    let runbook = reading.runbook.expect("no errors");
    assert_eq!(runbook.guardrails.accounts[0].0, "011122223333");
}

#[test]
fn smaller_mistakes_are_found_too() {
    let steps = FAILOVER.find("steps:\n").expect("steps");
    let none = format!("{}steps: []\n", &FAILOVER[..steps]);
    assert!(codes(&read(none.as_bytes(), "f")).iter().any(|(code, _)| *code == "no-steps"));
    for (from, to, expected) in [
        ("region: us-west-2 }", "region: us-west-2, account: '999999999999' }", "place-outside-accounts"),
        ("from: env.ORDERS_DB_PASSWORD", "from: ORDERS_DB_PASSWORD", "bad-from"),
        ("default: example.com", "default: example.com, enum: [a, b]", "wrong-word"),
        ("type: string, default: orders-prod", "type: integer, default: orders-prod", "wrong-type"),
        ("${{ steps.restore.outputs.endpoint }}", "${{ steps.restore }}", "whole-root"),
        ("${{ steps.restore.outputs.endpoint }}", "${{ steps.restore.endpoint }}", "unknown-field"),
        ("needs: [backup]", "needs: backup", "wrong-type"),
        ("max-age: 30m", "max-age: 30 m", "bad-duration"),
        ("runbook: regional-failover\n", "", "missing-key"),
        ("if: run.mode == \"incident\"", "if: a ${{ run.mode }}", "bad-expression"),
        ("to: latest", "to: \"${{ index }}\"", "not-supported-yet"),
        ("region: us-west-2 }", "region: \"${{ run.name }}\" }", "unknown-root"),
        ("timeout: 30m", "timeout: \"${{ parameters.zone }}\"", "expression-not-allowed"),
        ("objectives: {", "objectives: { tro: 1m,", "unknown-key"),
        ("drill-may-change: []", "drill-may-change: [s3:bucket]", "bad-drill-may-change"),
        ("drill-may-change: []", "drill-may-change: [orders-prod]", "bad-drill-may-change"),
    ] {
        assert_eq!(changed(from, to), [expected], "{to}");
    }
}

fn runbook(text: &str) -> Runbook {
    let reading = read(text.as_bytes(), "book.yaml");
    reading.runbook.unwrap_or_else(|| panic!("{:?}", reading.findings))
}

fn wishes(mode: Mode) -> Wishes<'static> {
    let environment = &|name: &str| (name == "ORDERS_DB_PASSWORD").then(|| "hunter2".to_owned());
    Wishes { mode, parameters: BTreeMap::new(), environment, dummy_secrets: false }
}

fn failover(mode: Mode) -> Plan {
    Plan::new(&runbook(FAILOVER), &wishes(mode)).unwrap_or_else(|findings| panic!("{findings:?}"))
}

fn path(id: &str) -> StepPath {
    StepPath::new(id).expect("a path")
}

fn with_facts<T>(mode: Mode, at: Option<Instant>, check: impl FnOnce(&Facts<'_>) -> T) -> T {
    let run_id = RunId::new("r1").expect("an id");
    let outputs = BTreeMap::from([
        (path("restore"), json!({ "endpoint": "lb-r1-orders.rds", "port": 5432 })),
        (path("switch"), json!({ "record": "orders-db.example.com" })),
    ]);
    check(&Facts {
        run_id: &run_id,
        run_name: &run_id.run_name(),
        mode,
        incident_at: at,
        detected_at: None,
        declared_at: None,
        outputs: &outputs,
    })
}

#[test]
fn a_plan_says_what_each_step_needs_and_how_it_is_tried() {
    let plan = failover(Mode::Drill);
    let restore = plan.step(&path("restore"));
    assert_eq!(restore.timeout, Duration::from_mins(30));
    assert_eq!((restore.attempts, restore.on_failure), (1, OnFailure::Stop));
    assert_eq!(restore.place.as_ref().map(|place| place.region.as_str()), Some("us-west-2"));
    assert_eq!(plan.step(&path("switch")).undo, UndoRule::ByStepType);
    assert_eq!(plan.step(&path("data")).place, None);
    let dependents: Vec<&str> =
        plan.dependents(&path("restore")).into_iter().map(|step| step.path.as_str()).collect();
    assert_eq!(dependents, ["data", "approve", "switch", "reachable"]);
    assert!(plan.allowance.actions.iter().any(|action| action.operation == "GetCallerIdentity"));
    assert!(plan.allowance.lost_regions.contains("us-east-2"));
    assert_eq!(plan.max_duration, Some(Period::new(Duration::from_hours(1))));
    assert!(plan.outline.steps[4].differs_in_drill);
    assert_eq!(plan.runbook_text, FAILOVER);
}

#[test]
fn steps_are_ordered_by_need_whatever_their_place_in_the_document() {
    let text = "runbook: r\nsteps:\n  - { id: b, uses: wait.for, needs: [a], with: { duration: 1s } }\n  \
                - { id: a, uses: wait.for, with: { duration: 1s } }\n";
    let plan = Plan::new(&runbook(text), &wishes(Mode::Drill)).unwrap_or_else(|found| panic!("{found:?}"));
    let order: Vec<&str> = plan.order().into_iter().map(|step| step.path.as_str()).collect();
    assert_eq!(order, ["a", "b"]);
}

#[test]
fn a_drill_has_its_own_arguments_and_knows_those_of_production() {
    let plan = failover(Mode::Drill);
    let switch = plan.step(&path("switch"));
    let arguments = with_facts(Mode::Drill, None, |facts| plan.arguments(switch, facts)).expect("arguments");
    assert_eq!(arguments.values["record"], "drill-orders-db.example.com");
    assert_eq!(arguments.production["record"], "orders-db.example.com");
    assert_eq!(arguments.values["to"], "lb-r1-orders.rds");
    assert!(plan.read(switch, &arguments).is_ok());
    let plan = failover(Mode::Incident);
    let switch = plan.step(&path("switch"));
    let arguments =
        with_facts(Mode::Incident, None, |facts| plan.arguments(switch, facts)).expect("arguments");
    assert_eq!(arguments.values["record"], "orders-db.example.com");
}

#[test]
fn a_condition_skips_a_step() {
    for (mode, runs) in [(Mode::Drill, false), (Mode::Incident, true)] {
        let plan = failover(mode);
        let approve = plan.step(&path("approve"));
        assert_eq!(with_facts(mode, None, |facts| plan.condition(approve, facts)), Ok(runs));
    }
}

#[test]
fn secrets_reach_the_step_and_nothing_else() {
    let plan = failover(Mode::Drill);
    let data = plan.step(&path("data"));
    let arguments = with_facts(Mode::Drill, None, |facts| plan.arguments(data, facts)).expect("arguments");
    assert_eq!(arguments.values["password"], "hunter2");
    let seen = format!(
        "{} {arguments:?} {:?} {:?} {:?} {}",
        arguments.shown,
        plan.redactor,
        plan.parameters,
        data,
        plan.redactor.text("the password is hunter2")
    );
    assert!(!seen.contains("hunter2"), "{seen}");
    assert_eq!(plan.parameters["source"], "orders-prod");
}

#[test]
fn a_value_made_of_the_environment_is_hidden_whatever_it_became() {
    let text = "runbook: r\nsteps:\n  - id: a\n    uses: human.approve\n    \
                with: { question: \"${{ size(env.ORDERS_DB_PASSWORD) == 7 ? 'seven' : 'other' }}\" }\n";
    let plan = Plan::new(&runbook(text), &wishes(Mode::Drill)).unwrap_or_else(|found| panic!("{found:?}"));
    let step = plan.step(&path("a"));
    let arguments = with_facts(Mode::Drill, None, |facts| plan.arguments(step, facts)).expect("arguments");
    assert_eq!(arguments.values["question"], "seven");
    assert_eq!(arguments.shown["question"], crate::base::REDACTED);
}

#[test]
fn a_rehearsal_asks_the_environment_for_no_secret() {
    let environment = &|_: &str| -> Option<String> { panic!("the environment was asked") };
    let wishes = Wishes { mode: Mode::Drill, parameters: BTreeMap::new(), environment, dummy_secrets: true };
    assert!(Plan::new(&runbook(FAILOVER), &wishes).is_ok());
    let nothing = &|_: &str| None;
    let wishes = Wishes { environment: nothing, dummy_secrets: false, ..wishes };
    let findings = Plan::new(&runbook(FAILOVER), &wishes).err().expect("no password");
    assert_eq!(findings[0].code.0, "missing-parameter");
    assert_eq!(findings[0].line, 10);
}

#[test]
fn a_wrong_parameter_is_told() {
    let given = |text: &str, name: &str, value: &str| {
        let parameters = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let plan = Plan::new(&runbook(text), &Wishes { parameters, ..wishes(Mode::Drill) });
        plan.err().map(|findings| findings[0].code.0)
    };
    assert_eq!(given(FAILOVER, "sorce", "x"), Some("unknown-parameter"));
    let typed = FAILOVER.replace("zone: { type: string,", "zone: { type: string, enum: [example.com, b],");
    assert_eq!(given(&typed, "zone", "c"), Some("bad-parameter"));
    assert_eq!(given(&typed, "zone", "b"), None);
    // Where a parameter sends a place is for the guard to judge, on the record.
    let place = FAILOVER.replace("region: us-west-2 }", "region: \"${{ parameters.source }}\" }");
    assert_eq!(given(&place, "source", "us-east-2"), None);
}

#[test]
fn what_parameters_make_of_arguments_is_judged_before_the_run() {
    let text = FAILOVER.replace("ttl: 60s", "ttl: ${{ parameters.source }}");
    let findings = Plan::new(&runbook(&text), &wishes(Mode::Drill)).err().expect("no duration");
    assert_eq!(findings[0].code.0, "bad-arguments");
    let parameters = BTreeMap::from([("source".to_owned(), "5m".to_owned())]);
    assert!(Plan::new(&runbook(&text), &Wishes { parameters, ..wishes(Mode::Drill) }).is_ok());
}

#[test]
fn a_hidden_value_that_stands_elsewhere_is_found_and_not_shown() {
    for (weak, zone) in [("abc", "a.b"), ("Orders", "a.b"), ("Boat", "a.b"), ("west-9", "x.WEST-9.net")] {
        let environment = |name: &str| (name == "ORDERS_DB_PASSWORD").then(|| weak.to_owned());
        let parameters = BTreeMap::from([("zone".to_owned(), zone.to_owned())]);
        let wishes = Wishes { environment: &environment, parameters, ..wishes(Mode::Drill) };
        let findings = Plan::new(&runbook(FAILOVER), &wishes).err().expect("weak");
        assert_eq!((findings.len(), findings[0].code.0), (1, "weak-secret"), "{weak}");
        let message = &findings[0].message;
        assert!(message.contains("`password`") && !message.contains(&format!("`{weak}`")), "{message}");
    }
    let text = FAILOVER.replace("owner: payments-sre", "owner: lifeboat-rehearsal-dummy");
    let wishes = Wishes { dummy_secrets: true, ..wishes(Mode::Drill) };
    let plan = Plan::new(&runbook(&text), &wishes).unwrap_or_else(|found| panic!("{found:?}"));
    assert_eq!(plan.redactor.text(&text), text);
}

#[test]
fn the_environment_names_nothing_that_a_run_creates_or_alters() {
    let zone = "default: example.com,";
    let found = changed(zone, "default: example.com, from: env.ZONE,");
    assert!(found.len() >= 2 && found.iter().all(|code| *code == "exposed-env"), "{found:?}");
    assert_eq!(changed("${{ run.name }}-orders", "${{ run.name }}-${{ env.X }}"), ["exposed-env"]);
    assert_eq!(changed("region: us-west-2 }", "region: \"${{ env.X }}\" }"), ["exposed-env"]);
}

#[test]
fn two_steps_do_not_create_the_same() {
    let again = "  - id: data\n";
    let second = "  - id: second\n    uses: rds.restore-to-point-in-time\n    in: recovery\n    with: { source: \
                  orders, target: \"${{ run.name }}-orders\", subnet-group: s, security-groups: [g] }\n";
    assert_eq!(changed(again, &format!("{second}{again}")), ["same-target"]);
    assert_eq!(changed(again, &format!("{}{again}", second.replace("-orders", "-other"))), [""; 0]);
}

#[test]
fn a_mark_is_borne_by_what_can_see_it() {
    let mark = "    timeout: 30m\n";
    assert_eq!(changed(mark, "    timeout: 30m\n    mark: recovered\n"), ["mark-without-client"]);
    assert_eq!(changed(mark, "    timeout: 30m\n    mark: dns-switched\n"), ["mark-without-switch"]);
}

#[test]
fn a_secret_is_taken_from_what_nobody_sees() {
    let password = "password: ${{ parameters.password }}\n      query: select max";
    for open in ["${{ 'hunter2' }}", "${{ parameters.zone }}"] {
        let text = format!("password: {open}\n      query: select max");
        assert_eq!(changed(password, &text), ["unprotected-secret"]);
    }
    assert_eq!(changed(password, "password: ${{ env.OTHER }}\n      query: select max"), [""; 0]);
    assert_eq!(
        changed("question: \"Point", "question: \"${{ parameters.password }} Point"),
        ["exposed-secret"]
    );
}

#[test]
fn times_before_the_incident_are_reckoned_or_asked_for() {
    let plan = Plan::new(
        &runbook(&FAILOVER.replace("to: latest", "to: ${{ incident.at - duration(\"1m\") }}")),
        &wishes(Mode::Incident),
    )
    .unwrap_or_else(|found| panic!("{found:?}"));
    let restore = plan.step(&path("restore"));
    let at = "2026-11-23T09:10:00Z".parse().ok();
    let arguments =
        with_facts(Mode::Incident, at, |facts| plan.arguments(restore, facts)).expect("arguments");
    assert_eq!(arguments.values["to"], "2026-11-23T09:09:00.000Z");
    assert_eq!(arguments.values["security-groups"], json!(["sg-0f2a"]));
    let failure =
        with_facts(Mode::Incident, None, |facts| plan.arguments(restore, facts)).expect_err("no T0");
    assert_eq!(failure.kind, FailureKind::Invalid);
    assert!(failure.message.contains("`incident.at`"), "{failure}");
}

#[test]
fn types_are_kept_and_fitted_to_what_the_step_wants() {
    let text = "runbook: r\nparameters: { n: { type: integer, default: 6432 }, wait: { type: duration, default: 90s } }\n\
                steps:\n  - id: a\n    uses: sql.check\n    with: { endpoint: e, user: u, \
                password: \"${{ env.ORDERS_DB_PASSWORD }}\", query: q, port: \"${{ parameters.n }}\", \
                expect: \"${{ parameters.n }}\", within: \"${{ parameters.wait + parameters.wait }}\" }\n";
    let plan = Plan::new(&runbook(text), &wishes(Mode::Drill)).unwrap_or_else(|found| panic!("{found:?}"));
    let step = plan.step(&path("a"));
    let arguments = with_facts(Mode::Drill, None, |facts| plan.arguments(step, facts)).expect("arguments");
    assert_eq!(arguments.values["port"], json!(6432));
    assert_eq!(arguments.values["expect"], json!("6432"));
    assert_eq!(arguments.values["within"], json!("3m"));
    assert!(plan.read(step, &arguments).is_ok());
}

proptest! {
    #[test]
    fn no_text_makes_the_checker_panic(text in "\\PC{0,200}") {
        let _ = read(text.as_bytes(), "f");
    }

    #[test]
    fn no_change_to_a_good_runbook_makes_the_checker_panic(
        cuts in proptest::collection::vec((0_usize..2600, 0_usize..40, "[-a-z:{}\\[\\]$.\"' \n]{0,6}"), 1..4)
    ) {
        let mut text: Vec<char> = FAILOVER.chars().collect();
        for (at, length, new) in cuts {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, new.chars());
        }
        let text: String = text.into_iter().collect();
        let reading = read(text.as_bytes(), "f");
        if let Some(runbook) = reading.runbook {
            let _ = Plan::new(&runbook, &wishes(Mode::Drill));
        }
        let _ = crate::runbook::render(&reading.findings, &[reading.source], false);
    }
}

#[test]
fn the_schema_for_editors_binds_arguments_to_the_step_type() {
    let schema = super::runbook_schema();
    let text = schema.to_string();
    assert!(text.contains("rds.restore-to-point-in-time"));
    let step = &schema["$defs"]["StepDocument"];
    assert!(step["allOf"].as_array().is_some_and(|rules| rules.len() == crate::step::registry().len()));
    let mut references = Vec::new();
    collect(&schema, &mut references);
    for reference in references {
        let target = schema.pointer(reference.trim_start_matches('#'));
        assert!(target.is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            references.extend(entries.get("$ref").and_then(Value::as_str).map(str::to_owned));
            entries.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[test]
fn a_thousand_steps_in_a_row_are_read_and_planned() {
    let step = |n: u32| {
        let needs = n.checked_sub(1).map_or(String::new(), |before| format!("s{before}"));
        format!("  - {{ id: s{n}, uses: wait.for, needs: [{needs}], with: {{ duration: 0s }} }}\n")
    };
    let text = format!("runbook: r\nsteps:\n{}", (0..1000).map(step).collect::<Vec<_>>().concat());
    let plan = Plan::new(&runbook(&text), &wishes(Mode::Drill)).unwrap_or_else(|found| panic!("{found:?}"));
    assert_eq!(plan.order().len(), 1000);
    assert_eq!(plan.order()[999].path, path("s999"));
}
