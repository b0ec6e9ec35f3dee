//! Secrets stay where secrets belong; parameters are there to be used.

use super::super::draft::{Draft, DraftStep};
use super::reads;
use crate::base::Span;
use crate::runbook::{Content, Findings, Node, Shape, Template};
use crate::step::Touch;
use std::collections::BTreeSet;

pub(super) fn check(draft: &Draft, findings: &mut Findings) {
    for step in &draft.steps {
        for (node, secret) in leaves_of(step).into_iter().filter(|_| step.step_type.is_some()) {
            let text = node.text().unwrap_or_default();
            if secret {
                unprotected(draft, text, node.span, findings);
            } else {
                exposed(draft, text, node.span, false, findings);
            }
        }
        from_environment(draft, &named_by(step), findings);
        if let Some(node) = step.node.get("if") {
            exposed(draft, node.text().unwrap_or_default(), node.span, true, findings);
        }
    }
    for node in reads::elsewhere(draft) {
        exposed(draft, node.text().unwrap_or_default(), node.span, false, findings);
    }
    for (_, place) in draft.root.get("places").map_or(&[][..], Node::entries) {
        let named: Vec<&Node> = ["region", "account"].into_iter().filter_map(|key| place.get(key)).collect();
        from_environment(draft, &named, findings);
    }
    unused(draft, findings);
}

/// The arguments that name what the step creates or alters.
fn named_by(step: &DraftStep) -> Vec<&Node> {
    let names: &[&str] = match step.step_type.map(|step_type| step_type.touch) {
        Some(Touch::Creates(argument)) => &[argument],
        Some(Touch::Alters(arguments)) => arguments,
        Some(Touch::Nothing) | None => &[],
    };
    let sections = ["with", "in-drill"].into_iter().filter_map(|key| step.node.get(key));
    sections.flat_map(|section| names.iter().filter_map(|name| section.get(name))).collect()
}

/// What comes from the environment is in no journal: a resource could not be named there, and so not
/// be found again.
fn from_environment(draft: &Draft, nodes: &[&Node], findings: &mut Findings) {
    for node in nodes {
        let text = node.text().unwrap_or_default();
        let Ok(template) = Template::compile(text) else { continue };
        for reference in template.references() {
            let hidden = match reference.path.as_slice() {
                [root, ..] if root == "env" => true,
                [root, name, ..] if root == "parameters" => {
                    let model = draft.parameters.get(name).and_then(Option::as_ref);
                    model.is_some_and(|model| !model.is_secret() && model.variable.is_some())
                }
                _ => false,
            };
            if hidden {
                let at = Template::locate(text, reference.at, node.span, findings.source());
                let message =
                    "what comes from the environment is in no journal, and this must be named there";
                findings.error("exposed-env", at, message).hint("take it from a parameter: pass it with -p");
            }
        }
    }
}

/// Every scalar among a step's arguments, and whether a secret is wanted there.
pub(super) fn leaves_of(step: &DraftStep) -> Vec<(&Node, bool)> {
    let mut leaves = Vec::new();
    for key in ["with", "in-drill"] {
        let Some(node) = step.node.get(key) else { continue };
        match &step.arguments {
            Some(schema) => leaves_in(node, Some(Shape::new(schema.as_value())), &mut leaves),
            None => leaves_in(node, None, &mut leaves),
        }
    }
    leaves
}

fn leaves_in<'n>(node: &'n Node, shape: Option<Shape<'_>>, leaves: &mut Vec<(&'n Node, bool)>) {
    match &node.content {
        Content::Scalar(_) => leaves.push((node, shape.is_some_and(Shape::is_secret))),
        Content::Seq(items) => {
            for item in items {
                leaves_in(item, shape.map(Shape::items), leaves);
            }
        }
        Content::Map(entries) => {
            for (key, value) in entries {
                let property = shape.and_then(|shape| shape.property(&key.text));
                leaves_in(value, property, leaves);
            }
        }
    }
}

fn exposed(draft: &Draft, text: &str, span: Span, condition: bool, findings: &mut Findings) {
    let compiled = if condition { Template::condition(text) } else { Template::compile(text) };
    let Ok(template) = compiled else { return };
    for reference in template.references() {
        let [root, name, ..] = reference.path.as_slice() else { continue };
        let model = draft.parameters.get(name).and_then(Option::as_ref);
        if root == "parameters" && model.is_some_and(super::super::ParameterModel::is_secret) {
            let at = Template::locate(text, reference.at, span, findings.source());
            findings
                .error(
                    "exposed-secret",
                    at,
                    format!("`{name}` is a secret, and what stands here is shown to everybody"),
                )
                .hint("use it only where an argument wants a secret");
        }
    }
}

/// A secret that is made of nothing but what everybody may see.
fn unprotected(draft: &Draft, text: &str, span: Span, findings: &mut Findings) {
    let Ok(template) = Template::compile(text) else { return };
    let hidden = |name: &String| {
        // Of a parameter that cannot be read nothing is known to be seen.
        let model = draft.parameters.get(name).and_then(Option::as_ref);
        model.is_none_or(|model| model.is_secret() || model.variable.is_some())
    };
    let protected = template.references().iter().any(|reference| match reference.path.as_slice() {
        [root, name, ..] if root == "parameters" => hidden(name),
        [root, ..] => root == "env",
        [] => false,
    });
    if text.contains("${{") && !protected {
        findings
            .error("unprotected-secret", span, "this secret is made of what everybody may see")
            .hint("take it from a parameter of type `secret`, or from `env`");
    }
}

fn unused(draft: &Draft, findings: &mut Findings) {
    let mut used = BTreeSet::new();
    for (text, condition) in reads::texts(draft) {
        let compiled = if condition { Template::condition(text) } else { Template::compile(text) };
        // What cannot be read may use whatever it mentions.
        let Ok(template) = compiled else {
            used.extend(draft.parameters.keys().filter(|name| text.contains(name.as_str())).cloned());
            continue;
        };
        for reference in template.references() {
            if reference.path[0] == "parameters" {
                used.extend(reference.path.get(1).cloned());
            }
        }
    }
    for (key, _) in draft.root.get("parameters").map_or(&[][..], Node::entries) {
        if !used.contains(&key.text) {
            findings.warning(
                "unused-parameter",
                key.span,
                format!("nothing uses the parameter `{}`", key.text),
            );
        }
    }
}
