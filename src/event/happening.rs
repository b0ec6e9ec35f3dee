//! Everything that can happen to a run. A stored type: old journals must stay readable.

use super::{Evidence, Opening, Operator};
use crate::base::{Failure, Instant, Outcome, Period, PlaceId, Resource, StepPath};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub(crate) enum Event {
    // The run.
    RunOpened {
        opening: Box<Opening>,
    },
    /// A process begins to write.
    SegmentOpened {
        host: String,
        boot_id: String,
        pid: u32,
        version: String,
    },
    /// The account behind a place, as STS says. `clock_offset_ms` is the service's clock less ours.
    AccountConfirmed {
        place: PlaceId,
        region: String,
        account: String,
        caller: String,
        clock_offset_ms: Option<i64>,
    },
    /// T0, T1 and T2, as far as they are known, and from whom.
    ClockSet {
        incident_at: Option<Instant>,
        detected_at: Option<Instant>,
        declared_at: Option<Instant>,
        source: ClockSource,
    },
    /// Another process takes the run up again.
    Continued {
        how: Continuation,
        operator: Operator,
    },
    /// An interrupt, counted from 1.
    Interrupted {
        count: u32,
    },
    /// No further step starts.
    Stopping {
        reason: StopReason,
    },
    /// A guardrail would have stopped a drill; an incident goes on.
    Warned {
        message: String,
    },
    PhaseBegan,
    RunEnded {
        outcome: Outcome,
    },
    /// Closes a chapter: how many entries stand before it in the journal, and the last one's hash.
    Sealed {
        entries: u64,
        digest: String,
    },

    // A step.
    StepStarted {
        step: StepPath,
        attempt: u32,
        inputs: Value,
    },
    /// A step, undo or cleanup that a process left in flight is taken up by another one.
    StepResumed {
        step: StepPath,
    },
    StepSkipped {
        step: StepPath,
        reason: String,
    },
    /// What undo and adoption will need, written down before the world changes.
    StepRemembered {
        step: StepPath,
        memory: Value,
    },
    Observed {
        step: StepPath,
        evidence: Evidence,
    },
    /// Something an auditor should read about that does not stop the step.
    Deviated {
        step: StepPath,
        message: String,
    },
    StepRetrying {
        step: StepPath,
        attempt: u32,
        after: Period,
        failure: Failure,
    },
    /// `uncertainty`: how much earlier it may have been true than it was observed.
    StepSucceeded {
        step: StepPath,
        outputs: Value,
        uncertainty: Period,
    },
    StepFailed {
        step: StepPath,
        failure: Failure,
    },

    // People.
    ApprovalAsked {
        step: StepPath,
        question: String,
    },
    ApprovalAnswered {
        step: StepPath,
        approved: bool,
        by: String,
        user: String,
        comment: Option<String>,
    },

    // Calls. `step` is `None` for a watcher's call, which serves all who wait.
    /// A call that changes something is about to be sent.
    Calling {
        step: StepPath,
        service: String,
        operation: String,
        region: Option<String>,
        resource: Option<Resource>,
        attempt: u32,
    },
    Called {
        step: Option<StepPath>,
        service: String,
        operation: String,
        region: Option<String>,
        resource: Option<Resource>,
        attempt: u32,
        request_id: Option<String>,
        result: CallResult,
    },
    /// The guard refused a call; nothing was sent.
    Refused {
        step: Option<StepPath>,
        service: String,
        operation: String,
        resource: Option<Resource>,
        reason: String,
    },
    /// A watched resource changed its status.
    Watched {
        resource: String,
        status: String,
    },

    // What the run owns.
    /// About to be created under this name; `Created` says that it was.
    Creating {
        step: StepPath,
        resource: Resource,
    },
    Created {
        step: StepPath,
        resource: Resource,
        immutable_id: String,
        adopted: bool,
    },
    Removed {
        step: StepPath,
        resource: Resource,
    },
    /// What an incident means to keep.
    Kept {
        step: StepPath,
        resource: Resource,
    },

    // Going back.
    UndoStarted {
        step: StepPath,
    },
    Undone {
        step: StepPath,
    },
    UndoFailed {
        step: StepPath,
        failure: Failure,
    },
    CleanupStarted {
        step: StepPath,
    },
    CleanedUp {
        step: StepPath,
    },
    CleanupFailed {
        step: StepPath,
        failure: Failure,
    },
    /// An undo or a cleanup that an interrupt left undone.
    Abandoned {
        step: StepPath,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub(crate) enum CallResult {
    Ok,
    Error { code: Option<String>, message: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClockSource {
    Scenario,
    Operator,
    /// Nobody said: a drill takes its start for T0.
    Start,
}

/// To what end a run is taken up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Continuation {
    /// To go on.
    Resume,
    /// To go back, or to finish going back. Of an incident only what can be undone, never what it keeps.
    GoBack,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub(crate) enum StopReason {
    StepFailed {
        step: StepPath,
    },
    Refused {
        step: StepPath,
    },
    Rejected {
        step: StepPath,
    },
    Interrupted,
    MaxDuration {
        limit: Period,
    },
    /// A person ordered to go back.
    Recalled,
    /// The guardrails do not allow the account behind a place.
    AccountRefused {
        message: String,
    },
    /// It could not be learnt which account is behind a place.
    AccountUnknown {
        message: String,
    },
}

impl Event {
    /// The step whose event this is.
    pub(crate) fn step(&self) -> Option<&StepPath> {
        match self {
            Self::RunOpened { .. }
            | Self::SegmentOpened { .. }
            | Self::AccountConfirmed { .. }
            | Self::ClockSet { .. }
            | Self::Continued { .. }
            | Self::Interrupted { .. }
            | Self::Stopping { .. }
            | Self::Warned { .. }
            | Self::PhaseBegan
            | Self::RunEnded { .. }
            | Self::Sealed { .. }
            | Self::Watched { .. } => None,
            Self::Called { step, .. } | Self::Refused { step, .. } => step.as_ref(),
            Self::StepStarted { step, .. }
            | Self::StepResumed { step }
            | Self::StepSkipped { step, .. }
            | Self::StepRemembered { step, .. }
            | Self::Observed { step, .. }
            | Self::Deviated { step, .. }
            | Self::StepRetrying { step, .. }
            | Self::StepSucceeded { step, .. }
            | Self::StepFailed { step, .. }
            | Self::ApprovalAsked { step, .. }
            | Self::ApprovalAnswered { step, .. }
            | Self::Calling { step, .. }
            | Self::Creating { step, .. }
            | Self::Created { step, .. }
            | Self::Removed { step, .. }
            | Self::Kept { step, .. }
            | Self::UndoStarted { step }
            | Self::Undone { step }
            | Self::UndoFailed { step, .. }
            | Self::CleanupStarted { step }
            | Self::CleanedUp { step }
            | Self::CleanupFailed { step, .. }
            | Self::Abandoned { step } => Some(step),
        }
    }
}
