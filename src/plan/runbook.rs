//! A runbook without errors: what a plan is made of.

use super::ParameterModel;
use crate::base::{Objectives, PlaceId, Span, StepPath};
use crate::runbook::{Guardrails, PlaceDocument, Source, StepDocument, Template};
use crate::step::StepType;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub(crate) struct Runbook {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) objectives: Objectives,
    pub(crate) parameters: BTreeMap<String, ParameterModel>,
    pub(crate) places: BTreeMap<PlaceId, PlaceDocument>,
    pub(crate) guardrails: Guardrails,
    /// In the order of the document.
    pub(crate) steps: Vec<RunbookStep>,
    pub(crate) source: Source,
    /// SHA-256 of the bytes that were read, in lowercase hex.
    pub(crate) digest: String,
    /// Environment variables that expressions read, with the place of one of them.
    pub(super) variables: BTreeMap<String, Span>,
    pub(super) place_spans: BTreeMap<String, Span>,
}

#[derive(Debug, Clone)]
pub(crate) struct RunbookStep {
    pub(crate) path: StepPath,
    pub(crate) document: StepDocument,
    pub(crate) step_type: StepType,
    pub(crate) place: Option<PlaceId>,
    pub(crate) needs: Vec<StepPath>,
    /// As written, `${{ }}` and all, typed by the step type's schema.
    pub(crate) with: Map<String, Value>,
    pub(crate) in_drill: Map<String, Value>,
    pub(crate) condition: Option<Template>,
    /// Where a finding about it stands.
    pub(super) span: Span,
}
