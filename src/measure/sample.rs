//! Journals for tests: entries without hashes, told in seconds since the run began.

use crate::base::{
    Effect, Failure, FailureKind, Instant, Mark, Mode, Objectives, Outcome, Period, Place, PlaceId, Resource,
    RunId, Seed, StepPath, WorldKind,
};
use crate::event::{
    Actor, ClockSource, Entry, Event, Evidence, FORMAT, OnFailure, Opening, Operator, Outline, OutlineStep,
    Phase, RecordSet, UndoRule,
};
use chrono::{DateTime, TimeDelta};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

/// A journal in the making.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) entries: Vec<Entry>,
    phase: Phase,
}

pub(crate) fn path(id: &str) -> StepPath {
    StepPath::new(id).expect("a step's path")
}

pub(crate) fn period(text: &str) -> Period {
    text.parse().expect("a duration")
}

/// When every sample's run begins, less `seconds`: T0 lies two minutes before.
pub(crate) fn instant(seconds: f64) -> Instant {
    let start: Instant = DateTime::parse_from_rfc3339("2026-11-23T09:12:00Z").expect("a time").to_utc();
    start
        + TimeDelta::milliseconds(Duration::try_from_secs_f64(seconds.abs()).map_or(0, |length| {
            i64::try_from(length.as_millis()).expect("short") * if seconds < 0.0 { -1 } else { 1 }
        }))
}

pub(crate) fn step(id: &str, uses: &str, needs: &[&str]) -> OutlineStep {
    let changes = matches!(uses, "rds.restore-to-point-in-time" | "route53.switch");
    OutlineStep {
        path: path(id),
        uses: uses.to_owned(),
        place: uses.starts_with("rds").then(|| PlaceId::new("recovery").expect("a place")),
        needs: needs.iter().map(|need| path(need)).collect(),
        mark: None,
        effect: if changes { Effect::Change } else { Effect::Observe },
        condition: None,
        on_failure: OnFailure::Stop,
        undo: if uses == "route53.switch" { UndoRule::ByStepType } else { UndoRule::NotNeeded },
        waits_for_person: uses == "human.approve",
        differs_in_drill: false,
    }
}

pub(crate) fn marked(mark: Mark, step: OutlineStep) -> OutlineStep {
    OutlineStep { mark: Some(mark), ..step }
}

pub(crate) fn record(value: &str, ttl: &str) -> RecordSet {
    RecordSet {
        name: "orders-db.example.com".to_owned(),
        kind: "CNAME".to_owned(),
        ttl: period(ttl),
        values: vec![value.to_owned()],
    }
}

pub(crate) fn restored() -> Resource {
    Resource::rds_instance("us-west-2", "lb-r1-orders")
}

fn opening(steps: Vec<OutlineStep>) -> Opening {
    let run = RunId::new("r1").expect("a run id");
    Opening {
        name: run.run_name(),
        run,
        mode: Mode::Incident,
        rehearsal: true,
        outline: Outline {
            runbook: "regional-failover".to_owned(),
            description: Some("Restore the orders database in us-west-2.".to_owned()),
            owner: Some("payments-sre".to_owned()),
            objectives: Objectives { rto: Some(period("15m")), rpo: Some(period("30m")) },
            steps,
        },
        runbook_text: String::new(),
        runbook_digest: String::new(),
        scenario: Some("region-outage".to_owned()),
        parameters: BTreeMap::new(),
        places: vec![Place {
            id: PlaceId::new("recovery").expect("a place"),
            region: "us-west-2".to_owned(),
            account: None,
            role_arn: None,
            profile: None,
        }],
        world: ["rds", "route53", "sts"].map(|service| (service.to_owned(), "lab".to_owned())).into(),
        world_kind: WorldKind::Lab,
        durations: Some("the scenario: rds.restore p50 7m p90 9m".to_owned()),
        operator: Operator { user: "operator".to_owned(), claimed: None },
        parent: None,
        seed: Seed(1),
        virtual_time: true,
    }
}

impl Sample {
    pub(crate) fn of(steps: Vec<OutlineStep>) -> Self {
        let mut sample = Self { entries: Vec::new(), phase: Phase::Forward };
        sample.push(0.0, Event::RunOpened { opening: Box::new(opening(steps)) });
        sample
    }

    /// The steps of a regional failover.
    pub(crate) fn outline() -> Vec<OutlineStep> {
        vec![
            step("backup", "rds.verify-backup", &[]),
            step("restore", "rds.restore-to-point-in-time", &["backup"]),
            marked(Mark::DataVerified, step("data", "sql.check", &["restore"])),
            step("approve", "human.approve", &["data"]),
            OutlineStep {
                differs_in_drill: true,
                ..marked(Mark::DnsSwitched, step("switch", "route53.switch", &["data", "approve"]))
            },
            marked(Mark::Recovered, step("reachable", "sql.check", &["switch"])),
        ]
    }

    /// A regional failover that succeeds: RTO 13m20s, RPO 6m5s, 90s of them waiting for a person.
    pub(crate) fn incident() -> Self {
        let mut sample = Self::of(Self::outline());
        sample.t0(-120.0);
        sample.until_data();
        sample.asked("approve", 456.0, Some(546.0));
        sample.switched();
        sample.run("reachable", 580.0, 660.0);
        sample.push(661.0, Event::Kept { step: path("restore"), resource: restored() });
        sample.end(662.0, Outcome::Succeeded);
        sample
    }

    /// The same as a drill that goes back: the record stands in, and what was restored is removed.
    pub(crate) fn drill() -> Self {
        let mut sample = Self::of(Self::outline());
        sample.opening().mode = Mode::Drill;
        sample.t0(-120.0);
        sample.until_data();
        let reason = "run.mode == \"incident\" is false".to_owned();
        sample.push(456.0, Event::StepSkipped { step: path("approve"), reason });
        sample.switched();
        sample.run("reachable", 580.0, 660.0);
        sample.undo_and_clean();
        sample.end(700.0, Outcome::Succeeded);
        sample
    }

    /// A drill that can neither put the record back nor remove what it restored.
    pub(crate) fn stuck() -> Self {
        let mut sample = Self::drill();
        sample.entries.retain(|entry| entry.phase == Phase::Forward);
        sample.phase(Phase::Rollback).push(661.0, Event::UndoStarted { step: path("switch") });
        let failure = |message| Failure::new(FailureKind::Terminal, message);
        sample
            .push(670.0, Event::UndoFailed { step: path("switch"), failure: failure("somebody changed it") });
        sample.phase(Phase::Cleanup).push(671.0, Event::CleanupStarted { step: path("restore") });
        sample.push(680.0, Event::CleanupFailed { step: path("restore"), failure: failure("it is locked") });
        sample.end(681.0, Outcome::Succeeded);
        sample
    }

    /// The opening, to be told otherwise.
    pub(crate) fn opening(&mut self) -> &mut Opening {
        match &mut self.entries[0].event {
            Event::RunOpened { opening } => opening,
            other => unreachable!("a sample opens with {other:?}"),
        }
    }

    pub(crate) fn phase(&mut self, phase: Phase) -> &mut Self {
        self.phase = phase;
        self
    }

    pub(crate) fn push(&mut self, seconds: f64, event: Event) -> &mut Self {
        let seq = self.entries.len() as u64;
        self.entries.push(Entry {
            v: FORMAT,
            seq,
            at: instant(seconds),
            elapsed: (instant(seconds) - instant(0.0)).num_nanoseconds().unwrap_or(0).unsigned_abs(),
            segment: 0,
            chapter: 0,
            phase: self.phase,
            actor: Actor::Lifeboat,
            event,
            prev: String::new(),
            hash: String::new(),
        });
        self
    }

    /// T0 as the scenario states it, T1 and T2 a minute later each.
    pub(crate) fn t0(&mut self, seconds: f64) -> &mut Self {
        self.push(
            0.0,
            Event::ClockSet {
                incident_at: Some(instant(seconds)),
                detected_at: Some(instant(seconds + 60.0)),
                declared_at: Some(instant(seconds + 120.0)),
                source: ClockSource::Scenario,
            },
        )
    }

    pub(crate) fn start(&mut self, id: &str, at: f64) -> &mut Self {
        let inputs = match id {
            "data" | "reachable" => json!({ "endpoint": "LB-r1-orders.rds.example." }),
            _ => json!({}),
        };
        self.push(at, Event::StepStarted { step: path(id), attempt: 1, inputs })
    }

    pub(crate) fn succeed(&mut self, id: &str, at: f64) -> &mut Self {
        let (step, uncertainty) = (path(id), period("5s"));
        self.push(at, Event::StepSucceeded { step, outputs: json!({}), uncertainty })
    }

    pub(crate) fn fail(&mut self, id: &str, at: f64, message: &str) -> &mut Self {
        self.push(
            at,
            Event::StepFailed { step: path(id), failure: Failure::new(FailureKind::Terminal, message) },
        )
    }

    pub(crate) fn run(&mut self, id: &str, from: f64, to: f64) -> &mut Self {
        self.start(id, from).succeed(id, to)
    }

    pub(crate) fn observe(&mut self, id: &str, at: f64, evidence: Evidence) -> &mut Self {
        self.push(at, Event::Observed { step: path(id), evidence })
    }

    pub(crate) fn newest(&mut self, id: &str, at: f64, newest: Option<f64>) -> &mut Self {
        let granularity = Some(period("5s"));
        self.observe(id, at, Evidence::NewestData { at: newest.map(instant), granularity })
    }

    pub(crate) fn claim(&mut self, id: &str, at: f64, claimed: f64) -> &mut Self {
        let basis = "LatestRestorableTime".to_owned();
        self.observe(id, at, Evidence::RecoveryPoint { claimed: instant(claimed), basis })
    }

    pub(crate) fn asked(&mut self, id: &str, from: f64, to: Option<f64>) -> &mut Self {
        self.start(id, from);
        let (step, question) = (path(id), "Switch production?".to_owned());
        self.push(from, Event::ApprovalAsked { step, question });
        if let Some(to) = to {
            let (by, user, comment) = ("ada".to_owned(), "operator".to_owned(), None);
            self.push(to, Event::ApprovalAnswered { step: path(id), approved: true, by, user, comment });
            self.succeed(id, to);
        }
        self
    }

    /// Verifies, restores, and reads what was restored.
    pub(crate) fn until_data(&mut self) -> &mut Self {
        self.run("backup", 0.0, 2.0).start("restore", 2.0);
        self.push(2.0, Event::Creating { step: path("restore"), resource: restored() });
        let immutable_id = "db-4F2A".to_owned();
        let created =
            Event::Created { step: path("restore"), resource: restored(), immutable_id, adopted: false };
        self.push(3.0, created).claim("restore", 3.0, -480.0);
        let (target, endpoint) =
            ("lb-r1-orders".to_owned(), Some("lb-r1-orders.rds.example:5432".to_owned()));
        let status = "available".to_owned();
        self.observe("restore", 450.0, Evidence::Restored { target, resource_id: None, endpoint, status });
        self.succeed("restore", 450.0).start("data", 450.0);
        let endpoint = "lb-r1-orders.rds.example".to_owned();
        self.observe("data", 454.0, Evidence::AcceptsQueries { endpoint });
        self.newest("data", 455.0, Some(-485.0)).succeed("data", 456.0)
    }

    pub(crate) fn switched(&mut self) -> &mut Self {
        self.start("switch", 546.0);
        let (zone, change_id) = ("Z1".to_owned(), "C1".to_owned());
        let (before, after) = (Some(record("orders-prod", "1m")), record("lb-r1-orders", "1m"));
        self.observe("switch", 547.0, Evidence::RecordSwitched { zone, before, after, change_id });
        let record = "orders-db.example.com".to_owned();
        self.observe("switch", 547.0, Evidence::ProductionTtl { record, ttl: period("1m") });
        self.succeed("switch", 580.0)
    }

    pub(crate) fn undo_and_clean(&mut self) -> &mut Self {
        self.phase(Phase::Rollback).push(661.0, Event::PhaseBegan);
        self.push(661.0, Event::UndoStarted { step: path("switch") });
        self.push(680.0, Event::Undone { step: path("switch") });
        self.phase(Phase::Cleanup).push(680.0, Event::PhaseBegan);
        self.push(680.0, Event::CleanupStarted { step: path("restore") });
        self.push(699.0, Event::Removed { step: path("restore"), resource: restored() });
        self.push(699.0, Event::CleanedUp { step: path("restore") })
    }

    pub(crate) fn end(&mut self, at: f64, outcome: Outcome) -> &mut Self {
        self.phase(Phase::Ended).push(at, Event::RunEnded { outcome });
        let entries = self.entries.len() as u64;
        self.push(at, Event::Sealed { entries, digest: String::new() })
    }
}
