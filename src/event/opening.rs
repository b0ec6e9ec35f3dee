//! The first entry of a run: what will be run, for whom, where.

use crate::base::{
    Effect, Mark, Mode, Objectives, Place, PlaceId, RunId, RunName, Seed, StepPath, WorldKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// All that a later reader needs to know of a run before its first step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Opening {
    pub(crate) run: RunId,
    pub(crate) name: RunName,
    pub(crate) mode: Mode,
    /// Whether the world is an emulated one. A rehearsal is never certified.
    pub(crate) rehearsal: bool,
    pub(crate) outline: Outline,
    /// The runbook's text, secrets taken out.
    pub(crate) runbook_text: String,
    /// SHA-256 of the runbook's text as it was read, in lowercase hex.
    pub(crate) runbook_digest: String,
    pub(crate) scenario: Option<String>,
    pub(crate) parameters: BTreeMap<String, Value>,
    pub(crate) places: Vec<Place>,
    /// Service to the world it is in: `aws`, `lab`, or an endpoint's URL.
    pub(crate) world: BTreeMap<String, String>,
    pub(crate) world_kind: WorldKind,
    /// Where an emulated world's durations come from. `None` in a real one.
    pub(crate) durations: Option<String>,
    pub(crate) operator: Operator,
    pub(crate) parent: Option<RunId>,
    pub(crate) seed: Seed,
    /// Whether time was virtual.
    pub(crate) virtual_time: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Operator {
    /// The operating system's user.
    pub(crate) user: String,
    /// Who the operator says to be.
    pub(crate) claimed: Option<String>,
}

/// What will run, in which order: what `plan` prints and every view starts from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outline {
    pub(crate) runbook: String,
    pub(crate) description: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) objectives: Objectives,
    /// In the order of the document.
    pub(crate) steps: Vec<OutlineStep>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OutlineStep {
    pub(crate) path: StepPath,
    /// The step type.
    pub(crate) uses: String,
    pub(crate) place: Option<PlaceId>,
    pub(crate) needs: Vec<StepPath>,
    pub(crate) mark: Option<Mark>,
    pub(crate) effect: Effect,
    /// The condition under which it runs, as written.
    pub(crate) condition: Option<String>,
    pub(crate) on_failure: OnFailure,
    pub(crate) undo: UndoRule,
    /// Whether it waits for a person.
    pub(crate) waits_for_person: bool,
    /// Whether a drill overrides its arguments.
    pub(crate) differs_in_drill: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnFailure {
    Stop,
    Continue,
}

/// How a step is reversed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub(crate) enum UndoRule {
    /// It changes nothing, or only creates what cleanup removes.
    NotNeeded,
    ByStepType,
    /// The runbook forgoes the undo, and says why.
    Forgone {
        reason: String,
    },
}
