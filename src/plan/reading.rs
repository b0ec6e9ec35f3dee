//! Bytes into a runbook, and everything that is wrong with it in one go.

use super::{Runbook, RunbookStep, check, draft::Draft, draft::DraftStep};
use crate::base::{Finding, PlaceId, Span, StepId, StepPath};
use crate::runbook::{Node, Source, parse};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What reading a runbook comes to.
#[derive(Debug)]
pub(crate) struct Reading {
    /// There is one when no finding is an error.
    pub(crate) runbook: Option<Runbook>,
    /// In the order of the document.
    pub(crate) findings: Vec<Finding>,
    /// For excerpts.
    pub(crate) source: Source,
}

/// Reads and checks a runbook. Nothing outside of it is looked at.
pub(crate) fn read(bytes: &[u8], file: &str) -> Reading {
    let (root, mut findings) = parse(bytes, file);
    let source = findings.source().clone();
    let runbook = root.and_then(|root| {
        let draft = Draft::read(&root, &mut findings);
        check::check(&draft, &mut findings);
        if findings.has_errors() { None } else { runbook(&draft, &source, bytes) }
    });
    Reading { runbook, findings: findings.into_vec(), source }
}

/// `None` only where a finding has said why.
fn runbook(draft: &Draft, source: &Source, bytes: &[u8]) -> Option<Runbook> {
    let text = |key: &str| draft.root.get(key).and_then(Node::text).map(str::to_owned);
    let places =
        draft.places.iter().map(|(name, place)| Some((PlaceId::new(name.clone()).ok()?, place.clone()?)));
    let steps = draft.steps.iter().map(|step| runbook_step(draft, step));
    Some(Runbook {
        name: text("runbook")?,
        description: text("description"),
        owner: text("owner"),
        objectives: draft.objectives,
        guardrails: draft.guardrails.clone(),
        parameters: draft
            .parameters
            .iter()
            .map(|(name, model)| Some((name.clone(), model.clone()?)))
            .collect::<Option<_>>()?,
        places: places.collect::<Option<_>>()?,
        steps: steps.collect::<Option<_>>()?,
        source: source.clone(),
        digest: format!("{:x}", Sha256::digest(bytes)),
        variables: check::variables(draft, source),
        place_spans: place_spans(draft),
    })
}

fn place_spans(draft: &Draft) -> BTreeMap<String, Span> {
    let places = draft.root.get("places").map_or(&[][..], Node::entries);
    places.iter().map(|(key, place)| (key.text.clone(), place.value_span("region"))).collect()
}

fn runbook_step(draft: &Draft, step: &DraftStep) -> Option<RunbookStep> {
    let document = step.document.clone()?;
    let step_type = step.step_type?;
    let place = check::place_of(draft, step).map(PlaceId::new).transpose().ok()?;
    let path = |id: &String| StepId::new(id.clone()).ok().map(|id| StepPath::from(&id));
    Some(RunbookStep {
        path: path(&document.id)?,
        needs: document.needs.iter().map(path).collect::<Option<_>>()?,
        document,
        step_type,
        place,
        with: step.with.clone(),
        in_drill: step.in_drill.clone(),
        condition: step.condition.clone(),
        span: step.span(),
    })
}
