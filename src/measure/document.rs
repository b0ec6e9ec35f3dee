//! The report: what a run proved, in the shape that machines rely on.
//!
//! Fields are added, never renamed or taken away: `lifeboat/report/v1` is a contract.
//! What was not measured is null, never zero.

use crate::base::{Instant, Mark, Mode, Outcome, Verdict};
use crate::event::{ClockSource, Phase, StepStatus};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The name of the report's shape.
pub(crate) const SCHEMA: &str = "lifeboat/report/v1";

/// What a run proved.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// `lifeboat/report/v1`.
    pub(crate) schema: &'static str,
    pub(crate) run: Run,
    pub(crate) objectives: Judged,
    pub(crate) timeline: Timeline,
    /// Where T0 comes from.
    pub(crate) clock_source: &'static str,
    /// In the order of the runbook.
    pub(crate) steps: Vec<StepRow>,
    /// The time from T0 to the end of the recovery, part by part. Empty while that end is unknown.
    pub(crate) path: Vec<PathPart>,
    pub(crate) phases: Vec<PhaseRow>,
    pub(crate) approvals: Vec<Approval>,
    pub(crate) evidence: Vec<EvidenceRow>,
    pub(crate) deviations: Vec<Note>,
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) warnings: Vec<Note>,
    pub(crate) places: Vec<PlaceRow>,
    pub(crate) calls: Calls,
    /// Why no further step was started, if so.
    pub(crate) stopped_because: Option<String>,
    /// How many interrupts the run received.
    pub(crate) interrupted: u32,
    /// What the run created, or may have, and meant to keep.
    pub(crate) kept: Vec<ResourceRow>,
    /// What the run created and removed again.
    pub(crate) removed: Vec<ResourceRow>,
    pub(crate) stuck: Vec<Stuck>,
    /// What the run created, or may have, that still stands although nobody means to keep it.
    pub(crate) leftovers: Vec<ResourceRow>,
    pub(crate) not_exercised: Vec<NotExercised>,
    /// Commands that finish what the run left undone.
    pub(crate) next: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `drill`, `incident` or `rehearsal`.
    pub(crate) mode: &'static str,
    /// What a rehearsal rehearses; for any other run its mode.
    #[serde(rename = "as")]
    pub(crate) acts_as: Mode,
    /// `aws`, `endpoint` or `lab`.
    pub(crate) world: &'static str,
    /// Service to the world it was in.
    pub(crate) services: BTreeMap<String, String>,
    /// Whether this run may stand as proof: on AWS, sealed, nothing emulated.
    pub(crate) certified: bool,
    pub(crate) sealed: bool,
    pub(crate) runbook: String,
    pub(crate) runbook_digest: String,
    pub(crate) description: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) scenario: Option<String>,
    pub(crate) started_at: Instant,
    pub(crate) ended_at: Option<Instant>,
    /// Null while the run has not ended.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) operator: String,
    /// Who the operator says to be.
    pub(crate) claimed_operator: Option<String>,
    pub(crate) parent: Option<String>,
    pub(crate) seed: u64,
    pub(crate) virtual_time: bool,
    /// Where an emulated world's durations come from.
    pub(crate) durations_source: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Judged {
    pub(crate) rto: Rto,
    pub(crate) rpo: Rpo,
}

/// From what on the recovery time was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Basis {
    /// From T0.
    Service,
    /// From T3: nobody said when the disruption was.
    Execution,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Rto {
    /// Whether the runbook sets this objective.
    pub(crate) set: bool,
    pub(crate) objective_s: Option<f64>,
    /// The figure that was judged: an upper bound.
    pub(crate) achieved_s: Option<f64>,
    pub(crate) basis: Basis,
    /// From T3, waiting for people included.
    pub(crate) execution_s: Option<f64>,
    /// From T0, less the time spent waiting for people on the critical path.
    pub(crate) net_service_s: Option<f64>,
    /// From T3, less the time spent waiting for people on the critical path.
    pub(crate) net_execution_s: Option<f64>,
    pub(crate) waiting_s: Option<f64>,
    /// How much earlier it may have been true than it was observed.
    pub(crate) uncertainty_s: Option<f64>,
    pub(crate) verdict: Verdict,
    /// Why it was not measured.
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Method {
    /// Measured in the recovered data.
    Data,
    /// Claimed by a service: never enough to meet an objective.
    Api,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Rpo {
    /// Whether the runbook sets this objective.
    pub(crate) set: bool,
    pub(crate) objective_s: Option<f64>,
    /// T0 less the newest recovered data; of several databases the worst.
    pub(crate) achieved_s: Option<f64>,
    /// The granularity of the data and the offset between clocks. Null while the granularity is unknown.
    pub(crate) uncertainty_s: Option<f64>,
    pub(crate) method: Option<Method>,
    /// What the service says that its restore loses.
    pub(crate) claimed_s: Option<f64>,
    pub(crate) newest_data_at: Option<Instant>,
    pub(crate) verdict: Verdict,
    /// Why it was not measured.
    pub(crate) reason: Option<String>,
}

/// The instants of the recovery. Null is *not measured*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub(crate) struct Timeline {
    /// The disruption.
    #[serde(rename = "T0")]
    pub(crate) t0: Option<Instant>,
    /// Detected.
    #[serde(rename = "T1")]
    pub(crate) t1: Option<Instant>,
    /// Declared: somebody decided to recover.
    #[serde(rename = "T2")]
    pub(crate) t2: Option<Instant>,
    /// Execution starts.
    #[serde(rename = "T3")]
    pub(crate) t3: Option<Instant>,
    /// The database accepts queries.
    #[serde(rename = "T4")]
    pub(crate) t4: Option<Instant>,
    /// The data is verified.
    #[serde(rename = "T5")]
    pub(crate) t5: Option<Instant>,
    /// Every authoritative name server answers with the new target.
    #[serde(rename = "T6")]
    pub(crate) t6: Option<Instant>,
    /// T6 and the TTL that the production record had.
    #[serde(rename = "T7")]
    pub(crate) t7: Option<Instant>,
    /// The service answers from a client's side.
    #[serde(rename = "T8")]
    pub(crate) t8: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct StepRow {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) uses: String,
    pub(crate) status: StepStatus,
    /// `running` or `waiting` (for an answer) where the journal of a run that has not ended leaves the
    /// step in flight: it runs, or was cut off.
    pub(crate) state: Option<&'static str>,
    pub(crate) place: Option<String>,
    pub(crate) mark: Option<Mark>,
    pub(crate) started_at: Option<Instant>,
    pub(crate) duration_s: Option<f64>,
    pub(crate) attempts: u32,
    /// Whether the recovery could not have ended earlier than this step let it.
    pub(crate) critical: bool,
    /// The part of the recovery time that this step took, if critical.
    pub(crate) share_s: Option<f64>,
    pub(crate) share_percent: Option<f64>,
    /// How long it waited for a person.
    pub(crate) waiting_s: Option<f64>,
    pub(crate) outputs: Option<Value>,
    /// Whether the step itself failed, whatever became of it later.
    pub(crate) failed: bool,
    pub(crate) failure: Option<FailureRow>,
    pub(crate) skipped_because: Option<String>,
    pub(crate) cleaned_up: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct FailureRow {
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) code: Option<String>,
}

/// One part of the time from T0 to the end of the recovery.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct PathPart {
    pub(crate) part: Part,
    pub(crate) step: Option<String>,
    pub(crate) from: Instant,
    pub(crate) seconds: f64,
    pub(crate) percent: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    /// T0 to T3: before the run began.
    BeforeRun,
    Step,
    /// Between steps of the path.
    Between,
    /// T8 to T7: until the last well-behaved resolver lets go.
    ResolverCaches,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct PhaseRow {
    #[schemars(with = "String")]
    pub(crate) phase: Phase,
    pub(crate) began_at: Instant,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Approval {
    pub(crate) step: String,
    pub(crate) question: String,
    pub(crate) asked_at: Instant,
    pub(crate) answered_at: Option<Instant>,
    pub(crate) waited_s: Option<f64>,
    pub(crate) approved: Option<bool>,
    /// As claimed.
    pub(crate) by: Option<String>,
    /// The operating system's user.
    pub(crate) user: Option<String>,
    pub(crate) comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct EvidenceRow {
    pub(crate) at: Instant,
    pub(crate) step: String,
    /// Its kind stands under `what`.
    pub(crate) observed: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Note {
    pub(crate) at: Instant,
    pub(crate) step: Option<String>,
    pub(crate) message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Refusal {
    pub(crate) at: Instant,
    pub(crate) step: Option<String>,
    /// `rds:DeleteDBInstance`.
    pub(crate) action: String,
    pub(crate) resource: Option<String>,
    pub(crate) reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct PlaceRow {
    pub(crate) id: String,
    pub(crate) region: String,
    /// As STS confirmed it.
    pub(crate) account: Option<String>,
    pub(crate) caller: Option<String>,
    /// The service's clock less ours.
    pub(crate) clock_offset_ms: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub(crate) struct Calls {
    pub(crate) answered: u64,
    pub(crate) errors: u64,
    pub(crate) refused: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct ResourceRow {
    /// `rds:<id>`, `route53:<zone>/<name>/<type>`.
    pub(crate) resource: String,
    pub(crate) region: Option<String>,
    pub(crate) step: String,
    /// Null when the service never confirmed that it made it.
    pub(crate) immutable_id: Option<String>,
    /// What removes it, if somebody has to.
    pub(crate) command: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Stuck {
    pub(crate) step: String,
    pub(crate) what: StuckIn,
    pub(crate) reason: String,
    /// What finishes it. Null in the lab, whose world ended with its process.
    pub(crate) command: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StuckIn {
    Undo,
    Cleanup,
}

/// A part of a real recovery of which this run says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct NotExercised {
    /// `detection`, `approval`, `production-record`, `rollback`, `cleanup`, or a step's id.
    pub(crate) what: String,
    pub(crate) why: String,
}

impl Rto {
    pub(crate) fn counts_against(&self) -> bool {
        self.set && self.verdict != Verdict::Met
    }
}

impl Rpo {
    pub(crate) fn counts_against(&self) -> bool {
        self.set && self.verdict != Verdict::Met
    }
}

/// The word for where T0 comes from.
pub(super) fn clock_source(source: Option<ClockSource>) -> &'static str {
    match source {
        Some(ClockSource::Scenario) => "scenario",
        Some(ClockSource::Operator) => "operator",
        Some(ClockSource::Start) | None => "start",
    }
}
