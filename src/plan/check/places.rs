//! Where steps act: a place that exists, in no Region that is lost.

use super::super::draft::{Draft, DraftStep};
use crate::base::Span;
use crate::runbook::{Findings, Node};

/// The place that a step acts in: the one it names, else the only one there is.
pub(in super::super) fn place_of(draft: &Draft, step: &DraftStep) -> Option<String> {
    let named = step.node.get("in").and_then(Node::text).map(str::to_owned);
    named.or_else(|| {
        let only = draft.places.keys().next().filter(|_| draft.places.len() == 1)?;
        step.step_type.filter(|step_type| step_type.in_place).map(|_| only.clone())
    })
}

pub(super) fn check(draft: &Draft, findings: &mut Findings) {
    for step in &draft.steps {
        check_step(draft, step, findings);
    }
    for (name, place) in &draft.places {
        let Some(place) = place else { continue };
        let node = draft.root.get("places").and_then(|places| places.get(name));
        let span = |key: &str| node.map_or(Span::default(), |node| node.value_span(key));
        if !place.region.contains("${{") {
            check_region(draft, &place.region, span("region"), findings);
        }
        let account = place.account.as_deref().filter(|account| !account.contains("${{"));
        if let Some(account) = account {
            let accounts = &draft.guardrails.accounts;
            if !accounts.is_empty() && !accounts.iter().any(|allowed| allowed.0 == account) {
                let message = format!("account {account} is not among the accounts of the guardrails");
                findings.error("place-outside-accounts", span("account"), message);
            }
        }
    }
}

fn check_region(draft: &Draft, region: &str, span: Span, findings: &mut Findings) {
    let guardrails = &draft.guardrails;
    if guardrails.lost_regions.iter().any(|lost| lost == region) {
        findings
            .error(
                "place-in-lost-region",
                span,
                format!("{region} is a lost Region: every call there is refused"),
            )
            .hint("recover in another Region, or take it out of `lost-regions`");
    } else if !guardrails.regions.is_empty() && !guardrails.regions.iter().any(|allowed| allowed == region) {
        findings
            .error(
                "place-outside-regions",
                span,
                format!("{region} is not among the Regions of the guardrails"),
            )
            .suggest(region, guardrails.regions.iter().map(String::as_str));
    }
}

fn check_step(draft: &Draft, step: &DraftStep, findings: &mut Findings) {
    if let Some(named) = step.node.get("in") {
        let name = named.text().unwrap_or_default();
        if !draft.places.contains_key(name) {
            findings
                .error("unknown-place", named.span, format!("there is no place `{name}`"))
                .suggest(name, draft.places.keys().map(String::as_str));
        }
        return;
    }
    let Some(step_type) = step.step_type.filter(|step_type| step_type.in_place) else { return };
    if draft.places.len() != 1 {
        let message = format!("{} acts in a place, and does not say in which", step.title());
        let finding = findings.error("missing-place", step.node.value_span("uses"), message);
        let places: Vec<&str> = draft.places.keys().map(String::as_str).collect();
        match places.as_slice() {
            [] => finding.hint(format!("add a place for `{}` under `places`", step_type.name)),
            several => finding.hint(format!("add `in`: there is {}", crate::runbook::listed(several))),
        }
    }
}
