//! A plan: a runbook with the parameters of one run, ready for the executor.

use super::{Runbook, RunbookStep, foresee, wishes::Given, wishes::Wishes};
use crate::base::{Action, Finding, Mark, Mode, Period, Place, PlaceId, Redactor, Span, StepPath};
use crate::event::{OnFailure, Outline, OutlineStep, UndoRule};
use crate::runbook::{FailurePolicy, Findings, Scope, Template, UndoPolicy};
use crate::step::{Reversal, StepType};
use crate::world::Allowance;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The pause between two attempts at a step, unless the runbook says otherwise.
const BACKOFF: Period = Period::new(Duration::from_secs(5));

/// What will run.
pub(crate) struct Plan {
    pub(crate) mode: Mode,
    pub(crate) outline: Outline,
    /// As it was read: secrets that somebody wrote into it included.
    pub(crate) runbook_text: String,
    /// SHA-256 of the file as it was read, in lowercase hex.
    pub(crate) runbook_digest: String,
    /// In the order of the document.
    pub(crate) steps: Vec<PlannedStep>,
    pub(crate) places: Vec<Place>,
    pub(crate) allowance: Allowance,
    pub(crate) max_duration: Option<Period>,
    /// For the journal: secrets and what comes from the environment taken out.
    pub(crate) parameters: BTreeMap<String, Value>,
    pub(crate) redactor: Redactor,
    /// By path: the position in `steps`.
    index: BTreeMap<StepPath, usize>,
    /// By path: the positions of those that need it.
    dependents: BTreeMap<StepPath, Vec<usize>>,
    pub(super) given: Given,
    /// Parameters and environment, which do not change while it runs.
    pub(super) constants: Scope,
}

/// One step of a plan.
#[derive(Debug, Clone)]
pub(crate) struct PlannedStep {
    pub(crate) path: StepPath,
    pub(crate) step_type: StepType,
    pub(crate) place: Option<Place>,
    pub(crate) needs: Vec<StepPath>,
    pub(crate) timeout: Duration,
    /// In all, the first one included.
    pub(crate) attempts: u32,
    pub(crate) backoff: Period,
    pub(crate) on_failure: OnFailure,
    pub(crate) undo: UndoRule,
    pub(crate) mark: Option<Mark>,
    pub(super) condition: Option<Template>,
    pub(super) with: Map<String, Value>,
    pub(super) in_drill: Map<String, Value>,
}

impl Plan {
    /// The plan of one run, or what is wrong with what it was given.
    pub(crate) fn new(runbook: &Runbook, wishes: &Wishes<'_>) -> Result<Self, Vec<Finding>> {
        let mut findings = Findings::new(&runbook.source);
        let given = Given::new(runbook, wishes, &mut findings);
        if findings.has_errors() {
            return Err(findings.into_vec());
        }
        let constants = given.scope(&runbook.parameters);
        let places = places(runbook, &constants, &mut findings);
        let drill_may_change = drill_may_change(runbook, &constants, &mut findings);
        let redactor = given.redactor();
        foresee::check(runbook, wishes.mode, &constants, &redactor, &mut findings);
        if findings.has_errors() {
            return Err(findings.into_vec());
        }
        let steps: Vec<PlannedStep> =
            runbook.steps.iter().map(|step| PlannedStep::new(step, &places)).collect();
        Ok(Self {
            mode: wishes.mode,
            outline: outline(runbook, &steps),
            runbook_text: runbook.source.text().to_owned(),
            runbook_digest: runbook.digest.clone(),
            allowance: allowance(runbook, wishes.mode, &steps, drill_may_change),
            max_duration: runbook.guardrails.max_duration,
            parameters: given.shown(&redactor),
            index: steps.iter().enumerate().map(|(at, step)| (step.path.clone(), at)).collect(),
            dependents: dependents(&steps),
            steps,
            places,
            redactor,
            given,
            constants,
        })
    }

    /// The step at `path`, which is one of this plan's.
    pub(crate) fn step(&self, path: &StepPath) -> &PlannedStep {
        self.find(path).expect("paths of steps are taken from the plan")
    }

    /// The step at `path`, if this plan has it: a path from a journal may be anything.
    pub(crate) fn find(&self, path: &StepPath) -> Option<&PlannedStep> {
        self.index.get(path).and_then(|at| self.steps.get(*at))
    }

    /// Steps in an order in which each comes after those it needs, else in the document's.
    pub(crate) fn order(&self) -> Vec<&PlannedStep> {
        let mut waits: BTreeMap<&StepPath, usize> =
            self.steps.iter().map(|step| (&step.path, step.needs.len())).collect();
        let mut ready: BTreeSet<usize> =
            (0..self.steps.len()).filter(|at| self.steps[*at].needs.is_empty()).collect();
        let mut ordered = Vec::new();
        while let Some(at) = ready.pop_first() {
            let step = &self.steps[at];
            ordered.push(step);
            for dependent in self.dependents.get(&step.path).into_iter().flatten() {
                let Some(left) = waits.get_mut(&self.steps[*dependent].path) else { continue };
                *left -= 1;
                if *left == 0 {
                    ready.insert(*dependent);
                }
            }
        }
        ordered
    }

    /// The steps that need `path`, themselves or through others, in the order of the document.
    pub(crate) fn dependents(&self, path: &StepPath) -> Vec<&PlannedStep> {
        let mut found: BTreeSet<usize> = BTreeSet::new();
        let mut waiting = vec![path];
        while let Some(path) = waiting.pop() {
            for at in self.dependents.get(path).into_iter().flatten() {
                if found.insert(*at) {
                    waiting.push(&self.steps[*at].path);
                }
            }
        }
        found.into_iter().map(|at| &self.steps[at]).collect()
    }

    /// The chain of steps that can take longest by their timeouts: until a run has measured it, no more is
    /// known. It ends in the step that is marked `recovered`, if there is one.
    pub(crate) fn critical_path(&self) -> Vec<StepPath> {
        let mut longest: BTreeMap<&StepPath, (Duration, Option<&StepPath>)> = BTreeMap::new();
        for step in self.order() {
            let before = step.needs.iter().max_by_key(|need| longest.get(need).map(|(length, _)| *length));
            let length =
                before.and_then(|need| longest.get(need)).map_or(Duration::ZERO, |(length, _)| *length);
            longest.insert(&step.path, (length.saturating_add(step.timeout), before));
        }
        let recovered = self.steps.iter().filter(|step| step.mark == Some(Mark::Recovered));
        let last = recovered
            .map(|step| &step.path)
            .max_by_key(|path| longest.get(path).map(|(length, _)| *length))
            .or_else(|| longest.iter().max_by_key(|(_, (length, _))| *length).map(|(path, _)| *path));
        let mut path: Vec<StepPath> = Vec::new();
        let mut at = last;
        while let Some(step) = at {
            path.push(step.clone());
            at = longest.get(step).and_then(|(_, before)| *before);
        }
        path.reverse();
        path
    }

    /// Why a step whose condition is false does not run.
    pub(crate) fn why_skipped(&self, step: &PlannedStep) -> String {
        let outlined = self.outline.steps.iter().find(|outlined| outlined.path == step.path);
        match outlined.and_then(|outlined| outlined.condition.as_deref()) {
            Some(condition) => format!("its condition is false: {condition}"),
            None => "its condition is false".to_owned(),
        }
    }
}

impl PlannedStep {
    fn new(step: &RunbookStep, places: &[Place]) -> Self {
        let RunbookStep { document, step_type, .. } = step;
        Self {
            path: step.path.clone(),
            step_type: *step_type,
            place: step.place.as_ref().and_then(|id| places.iter().find(|place| place.id == *id)).cloned(),
            needs: distinct(&step.needs),
            timeout: document.timeout.map_or(step_type.timeout, Period::get),
            attempts: document.retry.map_or(1, |retry| retry.attempts.max(1)),
            backoff: document.retry.and_then(|retry| retry.backoff).unwrap_or(BACKOFF),
            on_failure: match document.on_failure {
                Some(FailurePolicy::Continue) => OnFailure::Continue,
                Some(FailurePolicy::Stop) | None => OnFailure::Stop,
            },
            undo: undo(step),
            mark: document.mark,
            condition: step.condition.clone(),
            with: step.with.clone(),
            in_drill: step.in_drill.clone(),
        }
    }
}

fn distinct(needs: &[StepPath]) -> Vec<StepPath> {
    let mut seen = BTreeSet::new();
    needs.iter().filter(|need| seen.insert(*need)).cloned().collect()
}

fn dependents(steps: &[PlannedStep]) -> BTreeMap<StepPath, Vec<usize>> {
    let mut dependents: BTreeMap<StepPath, Vec<usize>> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        for need in &step.needs {
            dependents.entry(need.clone()).or_default().push(at);
        }
    }
    dependents
}

fn undo(step: &RunbookStep) -> UndoRule {
    match (step.document.undo, step.step_type.reversal) {
        (Some(UndoPolicy::None), _) => {
            UndoRule::Forgone { reason: step.document.reason.clone().unwrap_or_default() }
        }
        (None, Reversal::Undo) => UndoRule::ByStepType,
        (None, Reversal::Nothing | Reversal::Cleanup | Reversal::Impossible) => UndoRule::NotNeeded,
    }
}

fn places(runbook: &Runbook, scope: &Scope, findings: &mut Findings) -> Vec<Place> {
    let mut places = Vec::new();
    for (id, document) in &runbook.places {
        let mut filled = |text: &str| text_of(text, scope, runbook.place_span(id), findings);
        let mut optional = |text: &Option<String>| text.as_deref().and_then(&mut filled);
        let (account, role_arn, profile) =
            (optional(&document.account), optional(&document.role_arn), optional(&document.profile));
        let Some(region) = filled(&document.region) else { continue };
        // What a parameter makes of a place is for the guard to judge, on the record.
        places.push(Place { id: id.clone(), region, account, role_arn, profile });
    }
    places
}

fn text_of(text: &str, scope: &Scope, span: Span, findings: &mut Findings) -> Option<String> {
    let filled = Template::compile(text)
        .map_err(|error| error.message)
        .and_then(|template| template.fill(scope).map_err(|error| error.to_string()));
    match filled {
        Ok(Value::Null) => {
            findings.error("missing-parameter", span, format!("`{text}` has no value"));
            None
        }
        Ok(value) => Some(super::parameter::plain_text(&value)),
        Err(problem) => {
            findings.error("bad-expression", span, problem);
            None
        }
    }
}

fn drill_may_change(runbook: &Runbook, scope: &Scope, findings: &mut Findings) -> Vec<String> {
    let lines = &runbook.guardrails.drill_may_change;
    lines.iter().filter_map(|line| text_of(line, scope, Span::default(), findings)).collect()
}

fn allowance(
    runbook: &Runbook,
    mode: Mode,
    steps: &[PlannedStep],
    drill_may_change: Vec<String>,
) -> Allowance {
    let of_steps = steps.iter().flat_map(|step| step.step_type.actions).copied();
    let guardrails = &runbook.guardrails;
    Allowance {
        mode,
        actions: of_steps.chain([Action::observe("sts", "GetCallerIdentity")]).collect(),
        accounts: guardrails.accounts.iter().map(|account| account.0.clone()).collect(),
        regions: guardrails.regions.iter().cloned().collect(),
        lost_regions: guardrails.lost_regions.iter().cloned().collect(),
        drill_may_change,
    }
}

fn outline(runbook: &Runbook, steps: &[PlannedStep]) -> Outline {
    let step = |(step, written): (&PlannedStep, &RunbookStep)| OutlineStep {
        path: step.path.clone(),
        uses: step.step_type.name.to_owned(),
        place: step.place.as_ref().map(|place| place.id.clone()),
        needs: step.needs.clone(),
        mark: step.mark,
        effect: step.step_type.effect,
        condition: written.document.r#if.clone(),
        on_failure: step.on_failure,
        undo: step.undo.clone(),
        waits_for_person: step.step_type.waits_for_person,
        differs_in_drill: !step.in_drill.is_empty(),
    };
    Outline {
        runbook: runbook.name.clone(),
        description: runbook.description.clone(),
        owner: runbook.owner.clone(),
        objectives: runbook.objectives,
        steps: steps.iter().zip(&runbook.steps).map(step).collect(),
    }
}

impl Runbook {
    pub(super) fn place_span(&self, id: &PlaceId) -> Span {
        self.place_spans.get(id.as_str()).copied().unwrap_or_default()
    }
}
