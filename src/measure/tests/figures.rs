//! Timeline, RTO and RPO.

use super::measured;
use crate::base::{Mark, Mode, Outcome, Verdict};
use crate::event::{ClockSource, Event, Evidence, Phase};
use crate::measure::sample::{Sample, instant, marked, path, period, record, step};
use crate::measure::{Basis, Method};
use serde_json::json;

#[test]
fn an_incident_is_judged_from_the_disruption_to_the_last_client() {
    let report = measured(&Sample::incident());
    let rto = &report.objectives.rto;
    assert_eq!((rto.achieved_s, rto.execution_s), (Some(780.0), Some(660.0)));
    assert_eq!((rto.net_service_s, rto.net_execution_s), (Some(690.0), Some(570.0)));
    assert_eq!((rto.uncertainty_s, rto.verdict, rto.basis), (Some(5.0), Verdict::Met, Basis::Service));
    let at = |seconds| Some(instant(seconds));
    let timeline = report.timeline;
    assert_eq!([timeline.t0, timeline.t1, timeline.t2], [at(-120.0), at(-60.0), at(0.0)]);
    assert_eq!([timeline.t3, timeline.t4, timeline.t5], [at(0.0), at(454.0), at(456.0)]);
    assert_eq!([timeline.t6, timeline.t7, timeline.t8], [at(580.0), at(640.0), at(660.0)]);
}

#[test]
fn an_hour_of_caches_misses_an_rto_that_the_first_client_meets() {
    let mut sample = Sample::incident();
    for entry in &mut sample.entries {
        if let Event::Observed { evidence: Evidence::ProductionTtl { ttl, .. }, .. } = &mut entry.event {
            *ttl = period("1h");
        }
    }
    let report = measured(&sample);
    assert_eq!(report.timeline.t7, Some(instant(4180.0)));
    assert_eq!(report.objectives.rto.achieved_s, Some(4300.0));
    assert_eq!(report.objectives.rto.verdict, Verdict::Missed);
}

#[test]
fn a_mark_of_several_bearers_is_the_latest_and_a_skipped_one_bears_nothing() {
    let verify = |id| marked(Mark::DataVerified, step(id, "sql.check", &[]));
    let mut sample = Sample::of(vec![verify("a"), verify("b"), verify("c")]);
    sample.run("a", 0.0, 20.0).run("b", 0.0, 10.0);
    assert_eq!(measured(&sample).timeline.t5, None, "`c` has not ended");
    let mut skipped = sample.clone();
    skipped.push(20.0, Event::StepSkipped { step: path("c"), reason: String::new() });
    assert_eq!(measured(&skipped).timeline.t5, Some(instant(20.0)));
    sample.start("c", 0.0).fail("c", 20.0, "no answer");
    assert_eq!(measured(&sample).timeline.t5, None);
}

#[test]
fn without_a_recovered_client_nothing_is_met() {
    let mut sample = Sample::of(Sample::outline());
    sample.t0(-120.0).until_data().asked("approve", 456.0, Some(546.0)).switched();
    sample.start("reachable", 580.0).fail("reachable", 600.0, "no answer").end(601.0, Outcome::Failed);
    let rto = measured(&sample).objectives.rto;
    assert_eq!((rto.achieved_s, rto.execution_s, rto.net_service_s), (None, None, None));
    assert_eq!((rto.uncertainty_s, rto.verdict), (None, Verdict::NotMeasured));
    assert_eq!(rto.reason.as_deref(), Some("no step marked `recovered` succeeded"));
}

#[test]
fn a_drill_that_nobody_told_its_t0_judges_the_execution_alone() {
    let mut sample = Sample::drill();
    sample.entries.remove(1);
    sample.opening().outline.objectives.rto = Some(period("660s"));
    let report = measured(&sample);
    let rto = &report.objectives.rto;
    assert_eq!((rto.basis, rto.achieved_s, rto.net_service_s), (Basis::Execution, Some(660.0), None));
    assert_eq!((rto.verdict, report.clock_source), (Verdict::Met, "start"));
}

#[test]
fn an_incident_that_nobody_told_its_t0_measures_neither_objective() {
    let mut sample = Sample::incident();
    sample.entries.remove(1);
    let report = measured(&sample);
    assert_eq!(report.timeline.t0, None);
    assert_eq!((report.objectives.rto.achieved_s, report.objectives.rto.execution_s), (None, Some(660.0)));
    assert_eq!(report.objectives.rto.verdict, Verdict::NotMeasured);
    assert_eq!(report.objectives.rpo.verdict, Verdict::NotMeasured);
}

#[test]
fn an_amended_t0_replaces_the_first_and_silence_takes_nothing_back() {
    let mut sample = Sample::incident();
    let source = ClockSource::Operator;
    let (incident_at, detected_at, declared_at) = (Some(instant(-240.0)), None, None);
    sample.push(700.0, Event::ClockSet { incident_at, detected_at, declared_at, source });
    let report = measured(&sample);
    assert_eq!((report.timeline.t0, report.timeline.t1), (Some(instant(-240.0)), Some(instant(-60.0))));
    assert_eq!((report.objectives.rto.achieved_s, report.clock_source), (Some(900.0), "operator"));
}

#[test]
fn without_an_objective_there_is_a_figure_and_no_judgement() {
    let mut sample = Sample::incident();
    sample.opening().outline.objectives.rto = None;
    let rto = measured(&sample).objectives.rto;
    assert_eq!((rto.set, rto.objective_s, rto.achieved_s), (false, None, Some(780.0)));
    assert!(rto.verdict == Verdict::NotMeasured && !rto.counts_against());
}

#[test]
fn a_drills_stand_in_record_says_nothing_of_the_production_ttl() {
    let mut sample = Sample::drill();
    sample.entries.retain(|entry| {
        !matches!(&entry.event, Event::Observed { evidence: Evidence::ProductionTtl { .. }, .. })
    });
    let report = measured(&sample);
    assert_eq!((report.timeline.t7, report.objectives.rto.verdict), (None, Verdict::NotMeasured));
    sample.opening().mode = Mode::Incident;
    assert_eq!(measured(&sample).timeline.t7, Some(instant(640.0)), "the record itself tells its TTL");
}

#[test]
fn what_an_undo_switches_back_is_no_part_of_the_recovery() {
    let mut sample = Sample::drill();
    let last = sample.entries.len();
    let (zone, change_id) = ("Z1".to_owned(), "C2".to_owned());
    let (was, after) = (Some(record("lb-r1-orders", "10m")), record("orders-prod", "1m"));
    sample.phase(Phase::Rollback).observe(
        "data",
        690.0,
        Evidence::RecordSwitched { zone, before: was, after, change_id },
    );
    let mut forward = sample.clone();
    forward.entries[last].phase = Phase::Forward;
    assert_eq!(measured(&sample).timeline.t7, Some(instant(640.0)));
    assert_eq!(measured(&forward).timeline.t7, Some(instant(1056.0)), "the same in the recovery would count");
}

#[test]
fn the_rpo_is_what_the_worst_database_lost() {
    let mut sample = Sample::incident();
    sample.phase(Phase::Forward).newest("reachable", 650.0, Some(-2000.0));
    let rpo = measured(&sample).objectives.rpo;
    assert_eq!((rpo.achieved_s, rpo.claimed_s), (Some(1880.0), Some(360.0)));
    assert_eq!((rpo.method, rpo.verdict), (Some(Method::Data), Verdict::Missed));
}

#[test]
fn data_of_what_this_run_did_not_restore_measures_nothing() {
    for asked in ["orders-db.example.com", "orders-prod.rds.example:5432"] {
        let mut sample = Sample::incident();
        for entry in &mut sample.entries {
            if let Event::StepStarted { step, inputs, .. } = &mut entry.event
                && step.as_str() == "data"
            {
                *inputs = json!({ "endpoint": asked });
            }
        }
        let rpo = measured(&sample).objectives.rpo;
        assert_eq!((rpo.achieved_s, rpo.verdict), (None, Verdict::NotMeasured));
        let reason = rpo.reason.expect("a reason");
        assert!(reason.contains(&format!("asked of `{asked}`, which this run did not restore")), "{reason}");
    }
}

#[test]
fn a_restored_database_that_nobody_asked_leaves_the_loss_open() {
    let mut sample = Sample::incident();
    let second = Evidence::Restored {
        target: "lb-r1-stock".to_owned(),
        resource_id: None,
        endpoint: Some("lb-r1-stock.rds.example:5432".to_owned()),
        status: "available".to_owned(),
    };
    sample.phase(Phase::Forward).observe("backup", 451.0, second);
    let rpo = measured(&sample).objectives.rpo;
    assert_eq!((rpo.achieved_s, rpo.verdict), (None, Verdict::NotMeasured));
    let reason = rpo.reason.expect("a reason");
    assert!(reason.contains("`lb-r1-stock`"), "{reason}");
}

#[test]
fn instants_at_the_end_of_the_calendar_are_not_measured() {
    let mut sample = Sample::incident();
    for entry in &mut sample.entries {
        entry.at = crate::base::Instant::MAX_UTC;
    }
    assert_eq!(measured(&sample).objectives.rto.verdict, Verdict::NotMeasured);
}

#[test]
fn a_later_try_of_one_step_replaces_the_earlier_one() {
    let mut sample = Sample::incident();
    sample.phase(Phase::Forward).newest("data", 455.5, Some(-180.0));
    let rpo = measured(&sample).objectives.rpo;
    assert_eq!((rpo.achieved_s, rpo.uncertainty_s, rpo.verdict), (Some(60.0), Some(5.0), Verdict::Met));
}

#[test]
fn a_claim_alone_is_shown_and_meets_nothing() {
    let mut sample = Sample::incident();
    sample.entries.retain(|entry| {
        !matches!(&entry.event, Event::Observed { evidence: Evidence::NewestData { .. }, .. })
    });
    let rpo = measured(&sample).objectives.rpo;
    assert_eq!((rpo.achieved_s, rpo.claimed_s, rpo.method), (None, Some(360.0), Some(Method::Api)));
    assert_eq!(rpo.verdict, Verdict::NotMeasured);
}

#[test]
fn data_that_is_missing_or_younger_than_the_disruption_measures_nothing() {
    for newest in [None, Some(-119.0)] {
        let mut sample = Sample::incident();
        sample.phase(Phase::Forward).newest("data", 455.5, newest);
        let rpo = measured(&sample).objectives.rpo;
        assert_eq!((rpo.achieved_s, rpo.verdict), (None, Verdict::NotMeasured), "{newest:?}");
        assert!(rpo.reason.is_some());
    }
}

#[test]
fn the_offset_between_clocks_adds_to_the_uncertainty_of_the_loss() {
    let mut sample = Sample::incident();
    let event = json!({
        "kind": "account-confirmed", "place": "recovery", "region": "us-west-2", "account": "111122223333",
        "caller": "arn", "clock_offset_ms": -1500,
    });
    sample.push(0.0, serde_json::from_value(event).expect("an event"));
    assert_eq!(measured(&sample).objectives.rpo.uncertainty_s, Some(6.5));
}

#[test]
fn the_report_keeps_to_the_names_that_machines_rely_on() {
    let value = serde_json::to_value(measured(&Sample::incident())).expect("json");
    for pointer in [
        "/schema",
        "/run/id",
        "/run/mode",
        "/run/as",
        "/run/world",
        "/run/certified",
        "/run/runbook",
        "/run/started_at",
        "/run/ended_at",
        "/run/outcome",
        "/objectives/rto/objective_s",
        "/objectives/rto/achieved_s",
        "/objectives/rto/execution_s",
        "/objectives/rto/net_service_s",
        "/objectives/rto/net_execution_s",
        "/objectives/rto/uncertainty_s",
        "/objectives/rto/verdict",
        "/objectives/rpo/objective_s",
        "/objectives/rpo/achieved_s",
        "/objectives/rpo/uncertainty_s",
        "/objectives/rpo/method",
        "/objectives/rpo/claimed_s",
        "/objectives/rpo/verdict",
        "/timeline/T0",
        "/timeline/T8",
        "/steps/0/id",
        "/steps/0/type",
        "/steps/0/status",
        "/steps/0/started_at",
        "/steps/0/duration_s",
        "/steps/0/attempts",
        "/steps/0/critical",
        "/steps/0/outputs",
        "/kept/0",
        "/stuck",
        "/leftovers",
        "/not_exercised/0",
    ] {
        assert!(value.pointer(pointer).is_some(), "{pointer} is missing");
    }
    let run = &value["run"];
    assert_eq!(
        (&run["mode"], &run["as"], &run["world"]),
        (&json!("rehearsal"), &json!("incident"), &json!("lab"))
    );
    assert_eq!((&run["outcome"], &run["certified"]), (&json!("succeeded"), &json!(false)));
    assert_eq!(value["objectives"]["rpo"]["method"], json!("data"));
}

#[test]
fn what_answered_before_anything_was_restored_is_not_the_recovered_database() {
    let accepts = |endpoint: &str| Evidence::AcceptsQueries { endpoint: endpoint.to_owned() };
    let restored = Evidence::Restored {
        target: "new".to_owned(),
        resource_id: None,
        endpoint: Some("new.rds.example:5432".to_owned()),
        status: "available".to_owned(),
    };
    let mut sample = Sample::of(vec![step("check", "sql.check", &[])]);
    sample.start("check", 0.0).observe("check", 1.0, accepts("old.rds.example"));
    assert_eq!(measured(&sample).timeline.t4, Some(instant(1.0)), "nothing was restored: it is all there is");
    sample.observe("check", 2.0, restored);
    assert_eq!(measured(&sample).timeline.t4, None);
    sample.observe("check", 3.0, accepts("orders-db.example.com"));
    assert_eq!(measured(&sample).timeline.t4, Some(instant(3.0)), "through a name");
    sample.observe("check", 4.0, accepts("NEW.rds.example."));
    assert_eq!(measured(&sample).timeline.t4, Some(instant(4.0)), "the endpoint itself is sure");
}

#[test]
fn without_a_mark_t6_is_when_the_switch_succeeded() {
    let mut sample = Sample::incident();
    sample.opening().outline.steps[4].mark = None;
    assert_eq!(measured(&sample).timeline.t6, Some(instant(580.0)));
    sample.entries.retain(|entry| {
        !matches!(&entry.event, Event::Observed { evidence: Evidence::RecordSwitched { .. }, .. })
    });
    let timeline = measured(&sample).timeline;
    assert_eq!((timeline.t6, timeline.t7), (None, None), "no record was changed");
}

#[test]
fn of_several_switches_each_has_its_own_caches() {
    let switch = |id| marked(Mark::DnsSwitched, step(id, "route53.switch", &[]));
    let mut sample = Sample::of(vec![switch("billing"), switch("orders")]);
    let mut switched = |id: &str, from: f64, to: f64, ttl: &str| {
        let (zone, change_id) = ("Z1".to_owned(), "C1".to_owned());
        let (before, after) = (Some(record("old", ttl)), record("new", ttl));
        sample.start(id, from);
        sample.observe(id, from, Evidence::RecordSwitched { zone, before, after, change_id });
        sample.succeed(id, to);
    };
    switched("billing", 0.0, 100.0, "1h");
    switched("orders", 200.0, 1000.0, "1m");
    let timeline = measured(&sample).timeline;
    assert_eq!(timeline.t6, Some(instant(1000.0)));
    // Billing's hour counts from billing's switch, not from the last one.
    assert_eq!(timeline.t7, Some(instant(3700.0)));
}

#[test]
fn a_probe_that_waited_for_resolvers_knows_when_the_authorities_knew() {
    let mut sample = Sample::of(vec![marked(Mark::DnsSwitched, step("names", "dns.probe", &[]))]);
    sample.start("names", 100.0);
    let outputs = json!({ "authorities_at": crate::base::rfc3339(instant(110.0)) });
    sample.push(400.0, Event::StepSucceeded { step: path("names"), outputs, uncertainty: period("2s") });
    assert_eq!(measured(&sample).timeline.t6, Some(instant(110.0)));
}
