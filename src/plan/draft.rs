//! A runbook in the making: each part that can be read, with its place in the text.
//!
//! One bad part does not hide what is wrong with the others.

use super::parameter::ParameterModel;
use crate::base::{Objectives, Span};
use crate::runbook::{
    Content, Expressions, Findings, Guardrails, Node, PlaceDocument, StepDocument, Template, conform,
};
use crate::step::{StepType, find};
use schemars::{JsonSchema, Schema, schema_for};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is reserved for later: known, and refused with its own words.
const LATER: [&str; 2] = ["for-each", "steps"];

pub(super) struct Draft {
    pub(super) root: Node,
    pub(super) objectives: Objectives,
    pub(super) guardrails: Guardrails,
    /// `None`: there is such a name, but what it stands for cannot be read.
    pub(super) parameters: BTreeMap<String, Option<ParameterModel>>,
    pub(super) places: BTreeMap<String, Option<PlaceDocument>>,
    pub(super) steps: Vec<DraftStep>,
}

pub(super) struct DraftStep {
    pub(super) node: Node,
    pub(super) id: Option<String>,
    pub(super) document: Option<StepDocument>,
    pub(super) step_type: Option<StepType>,
    pub(super) arguments: Option<Schema>,
    pub(super) with: Map<String, Value>,
    pub(super) in_drill: Map<String, Value>,
    pub(super) condition: Option<Template>,
}

impl Draft {
    pub(super) fn read(root: &Node, findings: &mut Findings) -> Self {
        let root = without_later(root, findings);
        conform(&root, &schema_for!(crate::runbook::RunbookDocument), Expressions::Forbidden, findings);
        let section = |name: &str| root.get(name).map_or(&[][..], Node::entries);
        let parameters = section("parameters")
            .iter()
            .map(|(key, node)| (key.text.clone(), ParameterModel::read(&key.text, node, findings)))
            .collect();
        let places = section("places")
            .iter()
            .map(|(key, node)| (key.text.clone(), part::<PlaceDocument>(node, findings)))
            .collect();
        let steps = root.get("steps").map_or(&[][..], Node::items);
        let steps = steps.iter().map(|node| DraftStep::read(node, findings)).collect();
        let objectives = root.get("objectives").and_then(|node| part(node, findings)).unwrap_or_default();
        let guardrails = root.get("guardrails").and_then(|node| part(node, findings)).unwrap_or_default();
        Self { root, objectives, guardrails, parameters, places, steps }
    }

    pub(super) fn step(&self, id: &str) -> Option<&DraftStep> {
        self.steps.iter().find(|step| step.id.as_deref() == Some(id))
    }

    pub(super) fn step_ids(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| step.id.as_deref())
    }
}

/// What of a part can be read. Its findings were made when the whole document was checked.
pub(super) fn part<T: DeserializeOwned + JsonSchema>(node: &Node, findings: &Findings) -> Option<T> {
    let value = conform(node, &schema_for!(T), Expressions::Forbidden, &mut findings.scratch())?;
    serde_json::from_value(value).ok()
}

/// The document without what is not supported yet, each with a finding.
fn without_later(root: &Node, findings: &mut Findings) -> Node {
    let mut root = root.clone();
    let Content::Map(entries) = &mut root.content else { return root };
    let steps = entries.iter_mut().find(|(key, _)| key.text == "steps").map(|(_, node)| &mut node.content);
    let Some(Content::Seq(steps)) = steps else { return root };
    steps.retain_mut(|step| {
        let Content::Map(entries) = &mut step.content else { return true };
        let mut is_group = false;
        entries.retain(|(key, _)| {
            let later = LATER.contains(&key.text.as_str());
            if later {
                is_group |= key.text == "steps";
                let message = format!("`{}` is not supported yet", key.text);
                findings.error("not-supported-yet", key.span, message).hint("write the steps out");
            }
            !later
        });
        !is_group
    });
    root
}

impl DraftStep {
    fn read(node: &Node, findings: &mut Findings) -> Self {
        let document: Option<StepDocument> = part(node, findings);
        let id = node.get("id").and_then(Node::text).map(str::to_owned);
        let step_type = step_type(node, findings);
        let arguments = step_type.map(|step_type| (step_type.arguments)());
        let mut step = Self {
            node: node.clone(),
            id,
            document,
            step_type,
            arguments,
            with: Map::new(),
            in_drill: Map::new(),
            condition: None,
        };
        step.with = step.read_arguments("with", findings);
        step.in_drill = step.read_arguments("in-drill", findings);
        step.condition = step.read_condition(findings);
        step
    }

    fn read_arguments(&self, key: &str, findings: &mut Findings) -> Map<String, Value> {
        let Some(schema) = &self.arguments else { return Map::new() };
        let absent = Node { content: Content::Map(Vec::new()), span: self.node.value_span("uses") };
        let node = match self.node.get(key) {
            Some(node) if matches!(node.content, Content::Map(_)) => node,
            None if key == "with" => &absent,
            // That it is no mapping was found when the document was checked.
            _ => return Map::new(),
        };
        // What is missing must not hide what is there.
        let lenient = without_required(schema);
        let full = if key == "with" { schema } else { &lenient };
        conform(node, full, Expressions::Allowed, findings);
        match conform(node, &lenient, Expressions::Allowed, &mut findings.scratch()) {
            Some(Value::Object(arguments)) => arguments,
            _ => Map::new(),
        }
    }

    fn read_condition(&self, findings: &mut Findings) -> Option<Template> {
        let node = self.node.get("if")?;
        let text = node.text()?;
        match Template::condition(text) {
            Ok(template) if template.whole().is_some() => Some(template),
            Ok(_) => {
                findings
                    .error("bad-expression", node.span, "an `if` is one expression, and this is a text")
                    .hint("write it without `${{ }}`");
                None
            }
            Err(error) => {
                bad_expression(&error, text, node.span, findings);
                None
            }
        }
    }

    /// What this step is called in findings.
    pub(super) fn title(&self) -> String {
        self.id.as_ref().map_or_else(|| "this step".to_owned(), |id| format!("`{id}`"))
    }

    /// Where a finding about the step as a whole stands.
    pub(super) fn span(&self) -> Span {
        self.node.value_span("id")
    }

    /// The argument as it is written for drills, or for incidents.
    pub(super) fn argument(&self, name: &str, in_drill: bool) -> Option<&Node> {
        let written = |key: &str| self.node.get(key).and_then(|arguments| arguments.get(name));
        let overridden = if in_drill { written("in-drill") } else { None };
        overridden.or_else(|| written("with"))
    }

    /// Whether a drill may come to run it, as far as its condition tells.
    pub(super) fn may_run_in_drill(&self) -> bool {
        let condition = self.condition.as_ref().and_then(Template::whole);
        condition.is_none_or(|condition| condition.decided(&["run", "mode"], "drill") != Some(false))
    }
}

pub(super) fn bad_expression(
    error: &crate::runbook::BadExpression,
    text: &str,
    span: Span,
    findings: &mut Findings,
) {
    let at = Template::locate(text, error.at.min(text.len()), span, findings.source());
    let finding = findings.error("bad-expression", at, error.message.clone());
    if let Some(hint) = &error.hint {
        finding.hint(hint.clone());
    }
}

fn step_type(node: &Node, findings: &mut Findings) -> Option<StepType> {
    let uses = node.get("uses")?;
    let name = uses.text()?;
    let found = find(name);
    if found.is_none() {
        let names: Vec<&str> = crate::step::registry().iter().map(|step_type| step_type.name).collect();
        findings
            .error("unknown-step-type", uses.span, format!("there is no step type `{name}`"))
            .suggest(name, names);
    }
    found
}

fn without_required(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    schema.remove("required");
    schema
}
