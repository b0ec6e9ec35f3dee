//! Names that expressions can read, and that mean one thing.

use super::super::draft::Draft;
use crate::base::{ParameterId, PlaceId, StepId};
use crate::runbook::{Findings, Node};
use std::collections::BTreeSet;

pub(super) fn check(draft: &Draft, findings: &mut Findings) {
    for (key, _) in draft.root.get("parameters").map_or(&[][..], Node::entries) {
        if let Err(error) = ParameterId::new(key.text.clone()) {
            findings.error("bad-name", key.span, error.to_string()).hint(better(&key.text));
        }
    }
    for (key, _) in draft.root.get("places").map_or(&[][..], Node::entries) {
        if let Err(error) = PlaceId::new(key.text.clone()) {
            findings.error("bad-name", key.span, error.to_string()).hint(better(&key.text));
        }
    }
    let mut ids = BTreeSet::new();
    for step in &draft.steps {
        let Some(id) = &step.id else { continue };
        if let Err(error) = StepId::new(id.clone()) {
            findings.error("bad-name", step.span(), error.to_string()).hint(better(id));
        }
        if !ids.insert(id) {
            findings.error("duplicate-id", step.span(), format!("there are two steps named `{id}`"));
        }
    }
}

fn better(name: &str) -> String {
    let word: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let word = word.trim_matches('_');
    match word.chars().next() {
        Some(first) if first.is_ascii_lowercase() => {
            format!("write `{word}`: in an expression a hyphen is a minus")
        }
        _ => "begin with a letter from a to z".to_owned(),
    }
}
