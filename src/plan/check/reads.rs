//! What expressions read: things that exist, and are there when they are read.

use super::super::draft::{Draft, DraftStep, bad_expression};
use super::{graph, secrets};
use crate::base::{Mode, Span};
use crate::runbook::{
    Comparison, Content, FailurePolicy, Findings, Node, Reference, Shape, Source, Template,
};
use std::collections::{BTreeMap, BTreeSet};

const ROOTS: [&str; 6] = ["parameters", "places", "steps", "run", "incident", "env"];
/// What is read before there is a run.
const EARLY_ROOTS: [&str; 2] = ["parameters", "env"];
const RUN: [&str; 3] = ["id", "mode", "name"];
const INCIDENT: [&str; 3] = ["at", "declared", "detected"];
const PLACE: [&str; 3] = ["account", "id", "region"];

/// Scalars with expressions that stand in no step: places, and what a drill may change.
pub(super) fn elsewhere(draft: &Draft) -> Vec<&Node> {
    let mut nodes = Vec::new();
    for (_, place) in draft.root.get("places").map_or(&[][..], Node::entries) {
        nodes.extend(place.entries().iter().map(|(_, node)| node));
    }
    let guardrails = draft.root.get("guardrails");
    nodes.extend(guardrails.and_then(|node| node.get("drill-may-change")).map_or(&[][..], Node::items));
    nodes.retain(|node| matches!(node.content, Content::Scalar(_)));
    nodes
}

/// Every text that may hold expressions, and whether it is a condition.
pub(super) fn texts(draft: &Draft) -> Vec<(&str, bool)> {
    let mut texts: Vec<(&str, bool)> =
        elsewhere(draft).into_iter().filter_map(Node::text).map(|text| (text, false)).collect();
    for step in &draft.steps {
        texts
            .extend(secrets::leaves_of(step).into_iter().filter_map(|(node, _)| Some((node.text()?, false))));
        texts.extend(step.node.get("if").and_then(Node::text).map(|text| (text, true)));
    }
    texts
}

pub(super) fn check(draft: &Draft, findings: &mut Findings) {
    let graph = graph::needs(draft);
    for node in elsewhere(draft) {
        let mut reader = Reader { draft, step: None, before: BTreeSet::new(), findings };
        reader.text(node);
    }
    for step in &draft.steps {
        let before = before(step, &graph);
        let mut reader = Reader { draft, step: Some(step), before, findings };
        for (node, _) in secrets::leaves_of(step) {
            reader.text(node);
        }
        if let (Some(node), Some(condition)) = (step.node.get("if"), &step.condition) {
            reader.template(condition, node.text().unwrap_or_default(), node.span);
        }
    }
}

/// All that comes before a step, if it reads anything of it.
fn before<'a>(step: &DraftStep, graph: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let reads = |text: Option<&str>| text.is_some_and(|text| text.contains("steps"));
    let leaves = secrets::leaves_of(step);
    let any =
        reads(step.node.get("if").and_then(Node::text)) || leaves.iter().any(|(node, _)| reads(node.text()));
    step.id.as_deref().filter(|_| any).map(|id| graph::before(graph, id)).unwrap_or_default()
}

struct Reader<'a, 'f> {
    draft: &'a Draft,
    /// `None` outside of steps, where only parameters and the environment are known.
    step: Option<&'a DraftStep>,
    before: BTreeSet<&'a str>,
    findings: &'f mut Findings,
}

impl Reader<'_, '_> {
    fn text(&mut self, node: &Node) {
        let Some(text) = node.text().filter(|text| text.contains("${{")) else { return };
        match Template::compile(text) {
            Ok(template) => self.template(&template, text, node.span),
            Err(error) => bad_expression(&error, text, node.span, self.findings),
        }
    }

    fn template(&mut self, template: &Template, text: &str, span: Span) {
        let guarded = guarded_outputs(template);
        for reference in template.references() {
            let at = Template::locate(text, reference.at, span, self.findings.source());
            self.reference(&reference, &guarded, at);
        }
        for comparison in template.comparisons() {
            let at = Template::locate(text, comparison.at, span, self.findings.source());
            self.comparison(&comparison, at);
        }
    }

    fn reference(&mut self, reference: &Reference, guarded: &BTreeSet<String>, at: Span) {
        let root = reference.path[0].as_str();
        let roots = if self.step.is_some() { &ROOTS[..] } else { &EARLY_ROOTS[..] };
        if matches!(root, "each" | "index") {
            let message = format!("`{root}` belongs to `for-each`, which is not supported yet");
            self.findings.error("not-supported-yet", at, message);
            return;
        }
        if !roots.contains(&root) {
            let message = format!("an expression here knows no `{root}`");
            self.findings.error("unknown-root", at, message).suggest(root, roots.iter().copied());
            return;
        }
        let Some(name) = reference.path.get(1).map(String::as_str) else {
            let message = format!("`{root}` as a whole is no value");
            self.findings.error("whole-root", at, message).hint(format!("name one: `{root}.name`"));
            return;
        };
        match root {
            "parameters" => {
                let names = self.draft.parameters.keys().map(String::as_str);
                self.known("unknown-parameter", "parameter", name, names, at);
            }
            "places" => {
                let names = self.draft.places.keys().map(String::as_str);
                if self.known("unknown-place", "place", name, names, at) {
                    self.field("a place", reference.path.get(2), &PLACE, at);
                }
            }
            "run" => self.field("the run", Some(&name.to_owned()), &RUN, at),
            "incident" => self.field("the incident", Some(&name.to_owned()), &INCIDENT, at),
            "steps" => self.step_output(name, reference, guarded, at),
            _ => {}
        }
    }

    fn known<'c>(
        &mut self,
        code: &'static str,
        what: &str,
        name: &str,
        names: impl Iterator<Item = &'c str> + Clone,
        at: Span,
    ) -> bool {
        let known = names.clone().any(|known| known == name);
        if !known {
            self.findings.error(code, at, format!("there is no {what} `{name}`")).suggest(name, names);
        }
        known
    }

    fn field(&mut self, of: &str, name: Option<&String>, fields: &[&str], at: Span) {
        match name {
            Some(name) if fields.contains(&name.as_str()) => {}
            Some(name) => {
                let findings = self.findings.error("unknown-field", at, format!("{of} has no `{name}`"));
                findings.suggest(name, fields.iter().copied());
            }
            None => {
                let message = format!("{of} as a whole is no value");
                self.findings.error("whole-root", at, message).suggest("", fields.iter().copied());
            }
        }
    }

    fn step_output(&mut self, id: &str, reference: &Reference, guarded: &BTreeSet<String>, at: Span) {
        let draft = self.draft;
        if !self.known("unknown-step", "step", id, draft.step_ids().collect::<Vec<_>>().into_iter(), at) {
            return;
        }
        let (Some(reader), Some(read)) = (self.step, draft.step(id)) else { return };
        match (reference.path.get(2).map(String::as_str), reference.path.get(3)) {
            (Some("outputs"), Some(output)) => self.output(read, id, output, at),
            (Some("outputs"), None) | (None, _) => {
                let message = format!("step `{id}` as a whole is no value");
                self.findings
                    .error("whole-root", at, message)
                    .hint(format!("name an output: `steps.{id}.outputs.name`"));
            }
            (Some(other), _) => {
                self.findings
                    .error("unknown-field", at, format!("a step has no `{other}`"))
                    .hint(format!("its outputs are `steps.{id}.outputs.name`"));
            }
        }
        if !self.before.contains(id) {
            let message = format!("{} reads an output of `{id}`, and does not wait for it", reader.title());
            self.findings.error("reads-without-need", at, message).hint(format!("add `{id}` to its `needs`"));
        }
        let mine = !reference.guarded && !guarded.contains(id);
        if mine && may_be_skipped(read) && !guarded_by_condition(reader, read, id) {
            let message = format!("step `{id}` may be skipped or fail, and then has no outputs");
            self.findings.error("unguarded-output", at, message).hint(format!(
                "ask first: `has(steps.{id}.outputs.name) ? ... : ...`, or give this step the same `if`"
            ));
        }
    }

    fn output(&mut self, read: &DraftStep, id: &str, output: &str, at: Span) {
        let Some(step_type) = read.step_type else { return };
        let schema = (step_type.outputs)();
        let shape = Shape::new(schema.as_value());
        if !shape.properties().any(|known| known == output) {
            let message = format!("step `{id}` (`{}`) has no output `{output}`", step_type.name);
            self.findings.error("unknown-output", at, message).suggest(output, shape.properties());
        }
    }

    fn comparison(&mut self, comparison: &Comparison, at: Span) {
        let path: Vec<&str> = comparison.path.iter().map(String::as_str).collect();
        let words: Vec<String> = match path.as_slice() {
            ["run", "mode"] => [Mode::Drill, Mode::Incident].map(|mode| mode.as_str().to_owned()).to_vec(),
            ["parameters", name] => {
                let model = self.draft.parameters.get(*name).and_then(Option::as_ref);
                let Some(choices) = model.and_then(|model| model.choices.as_ref()) else { return };
                choices.iter().map(super::super::parameter::plain_text).collect()
            }
            _ => return,
        };
        if !words.contains(&comparison.word) {
            let message = format!("`{}` is never `{}`", path.join("."), comparison.word);
            self.findings
                .error("wrong-word", at, message)
                .suggest(&comparison.word, words.iter().map(String::as_str));
        }
    }
}

/// Steps of which the template asks whether an output is there.
fn guarded_outputs(template: &Template) -> BTreeSet<String> {
    let asked = template.references().into_iter().filter(|reference| reference.guarded);
    asked
        .filter(|reference| reference.path[0] == "steps" && reference.path.len() >= 4)
        .map(|reference| reference.path[1].clone())
        .collect()
}

fn may_be_skipped(step: &DraftStep) -> bool {
    let policy = step.document.as_ref().and_then(|document| document.on_failure);
    step.node.get("if").is_some() || policy == Some(FailurePolicy::Continue)
}

/// The reader's own condition sees to it that what it reads is there.
fn guarded_by_condition(reader: &DraftStep, read: &DraftStep, id: &str) -> bool {
    let Some(condition) = &reader.condition else { return false };
    if guarded_outputs(condition).contains(id) {
        return true;
    }
    let policy = read.document.as_ref().and_then(|document| document.on_failure);
    let parts = |step: &DraftStep| {
        let condition = step.condition.as_ref().and_then(Template::whole);
        condition.map(crate::runbook::Expression::conjuncts).unwrap_or_default()
    };
    let (own, theirs) = (parts(reader), parts(read));
    policy != Some(FailurePolicy::Continue)
        && !theirs.is_empty()
        && theirs.iter().all(|part| own.contains(part))
}

/// Environment variables that expressions read, with the place of one of them.
pub(in super::super) fn variables(draft: &Draft, source: &Source) -> BTreeMap<String, Span> {
    let mut variables = BTreeMap::new();
    for (text, condition) in texts(draft) {
        let compiled = if condition { Template::condition(text) } else { Template::compile(text) };
        let references = compiled.map(|template| template.references()).unwrap_or_default();
        for reference in references.into_iter().filter(|reference| reference.path[0] == "env") {
            let Some(name) = reference.path.get(1) else { continue };
            let written = format!("env.{name}");
            let start = source.text().find(&written).unwrap_or(0);
            variables.insert(name.clone(), Span { start, end: start + written.len() });
        }
    }
    variables
}
