//! A plan's expressions, with what is known while it runs.
//!
//! What is shown of arguments never holds a secret; what a failure says never holds a value.

use super::{Plan, PlannedStep};
use crate::base::{Failure, FailureKind, Instant, Mode, REDACTED, RunId, RunName, StepPath};
use crate::runbook::{Datum, FillError, Scope, Shape, Template, fill};
use crate::step::AnyStep;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a run, as far as expressions can read it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) run_id: &'a RunId,
    pub(crate) run_name: &'a RunName,
    pub(crate) mode: Mode,
    /// T0, T1 and T2, as far as they are known.
    pub(crate) incident_at: Option<Instant>,
    pub(crate) detected_at: Option<Instant>,
    pub(crate) declared_at: Option<Instant>,
    /// Of the steps that succeeded.
    pub(crate) outputs: &'a BTreeMap<StepPath, Value>,
}

/// A step's arguments.
#[derive(Clone)]
pub(crate) struct Arguments {
    /// As the step gets them, secrets included.
    pub(crate) values: Value,
    /// As the journal gets them.
    pub(crate) shown: Value,
    /// As an incident would have them, secrets included. What cannot be told in a drill is left out.
    pub(crate) production: Value,
}

impl std::fmt::Debug for Arguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Arguments({})", self.shown)
    }
}

impl Plan {
    /// Whether the step is to run: `false` skips it.
    pub(crate) fn condition(&self, step: &PlannedStep, facts: &Facts<'_>) -> Result<bool, Failure> {
        let Some(condition) = &step.condition else { return Ok(true) };
        let paths: Vec<Vec<String>> = condition.references().into_iter().map(|found| found.path).collect();
        let value = condition
            .fill(&self.scope(facts, &paths))
            .map_err(|error| failure("its condition", &error, &paths, facts))?;
        value.as_bool().ok_or_else(|| {
            Failure::new(FailureKind::Invalid, "its condition is neither true nor false")
                .hint("compare with something: `run.mode == \"incident\"`")
        })
    }

    /// The step's arguments with every expression evaluated; in a drill, with what differs in drills.
    pub(crate) fn arguments(&self, step: &PlannedStep, facts: &Facts<'_>) -> Result<Arguments, Failure> {
        let written = step.with.values().chain(step.in_drill.values());
        let scope = self.scope(facts, &written.flat_map(paths_in).collect::<Vec<_>>());
        let schema = (step.step_type.arguments)();
        let shape = Shape::new(schema.as_value());
        let filled = |name: &str, written: &Value| -> Result<Value, Failure> {
            let value = fill(written, &scope).map_err(|error| {
                failure(&format!("its argument `{name}`"), &error, &paths_in(written), facts)
            })?;
            Ok(fitted(value, shape.property(name)))
        };
        let (mut values, mut shown, mut production) = (Map::new(), Map::new(), Map::new());
        let drill = (facts.mode == Mode::Drill).then_some(&step.in_drill);
        let names: BTreeSet<&String> =
            step.with.keys().chain(drill.into_iter().flat_map(Map::keys)).collect();
        for name in names {
            let with = step.with.get(name);
            let overridden = drill.and_then(|in_drill| in_drill.get(name));
            let Some(written) = overridden.or(with) else { continue };
            let value = filled(name, written)?;
            let in_production = match (overridden, with) {
                (None, _) => Some(value.clone()),
                (Some(_), with) => with.and_then(|with| filled(name, with).ok()),
            };
            if let Some(value) = in_production.filter(|value| !value.is_null()) {
                production.insert(name.clone(), value);
            }
            if value.is_null() {
                continue;
            }
            let secret = shape.property(name).is_some_and(Shape::is_secret) || self.hides(written);
            let visible = if secret { json!(REDACTED) } else { self.redactor.value(value.clone()) };
            shown.insert(name.clone(), visible);
            values.insert(name.clone(), value);
        }
        let [values, shown, production] = [values, shown, production].map(Value::Object);
        Ok(Arguments { values, shown, production })
    }

    /// The step itself. What its type says of bad arguments is redacted.
    pub(crate) fn read(
        &self,
        step: &PlannedStep,
        arguments: &Arguments,
    ) -> Result<Box<dyn AnyStep>, Failure> {
        (step.step_type.read)(arguments.values.clone()).map_err(|error| {
            let message = format!("its arguments are wrong: {}", self.redactor.text(&error.message));
            Failure::new(FailureKind::Invalid, message)
        })
    }

    /// Whether the value of what is written must not be seen.
    fn hides(&self, written: &Value) -> bool {
        paths_in(written).iter().any(|path| match path.as_slice() {
            [root, name, ..] if root == "parameters" => self.given.hidden.contains(name),
            [root, ..] => root == "env",
            [] => false,
        })
    }

    /// What is known, as far as `paths` read it.
    fn scope(&self, facts: &Facts<'_>, paths: &[Vec<String>]) -> Scope {
        if paths.is_empty() {
            return Scope::default();
        }
        let mut scope = self.constants.clone();
        let text = |name: &str, text: &str| (name.to_owned(), Datum::text(text));
        scope.set(
            "run",
            Datum::map([
                text("id", facts.run_id.as_str()),
                text("name", facts.run_name.as_str()),
                text("mode", facts.mode.as_str()),
            ]),
        );
        let instants =
            [("at", facts.incident_at), ("detected", facts.detected_at), ("declared", facts.declared_at)];
        let known =
            instants.into_iter().filter_map(|(name, at)| Some((name.to_owned(), Datum::Timestamp(at?))));
        scope.set("incident", Datum::map(known));
        let places = self.places.iter().map(|place| {
            let mut fields = vec![text("id", place.id.as_str()), text("region", &place.region)];
            fields.extend(place.account.as_deref().map(|account| text("account", account)));
            (place.id.as_str().to_owned(), Datum::map(fields))
        });
        scope.set("places", Datum::map(places));
        let read = paths.iter().filter(|path| path[0] == "steps").filter_map(|path| path.get(1));
        let steps = read.map(|id| {
            // A skipped step has no outputs, and can be asked whether it has.
            let outputs = StepPath::new(id.clone()).ok().and_then(|path| facts.outputs.get(&path).cloned());
            let outputs = Datum::Json(outputs.unwrap_or_else(|| json!({})));
            (id.clone(), Datum::map([("outputs".to_owned(), outputs)]))
        });
        scope.set("steps", Datum::map(steps));
        scope
    }
}

/// Where a text is wanted, a number becomes one.
pub(super) fn fitted(value: Value, shape: Option<Shape<'_>>) -> Value {
    let Some(shape) = shape else { return value };
    match value {
        Value::Number(_) if shape.takes("string") && !shape.takes("integer") && !shape.takes("number") => {
            Value::String(value.to_string())
        }
        Value::Bool(_) if shape.takes("string") && !shape.takes("boolean") => {
            Value::String(value.to_string())
        }
        Value::Array(items) => items.into_iter().map(|item| fitted(item, Some(shape.items()))).collect(),
        other => other,
    }
}

/// What the expressions in a written argument read.
pub(super) fn paths_in(written: &Value) -> Vec<Vec<String>> {
    match written {
        Value::String(text) => {
            let references =
                Template::compile(text).map(|template| template.references()).unwrap_or_default();
            references.into_iter().map(|reference| reference.path).collect()
        }
        Value::Array(items) => items.iter().flat_map(paths_in).collect(),
        Value::Object(entries) => entries.values().flat_map(paths_in).collect(),
        _ => Vec::new(),
    }
}

fn failure(what: &str, error: &FillError, paths: &[Vec<String>], facts: &Facts<'_>) -> Failure {
    let unknown = |path: &&Vec<String>| match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["incident", "at", ..] => facts.incident_at.is_none(),
        ["incident", "detected", ..] => facts.detected_at.is_none(),
        ["incident", "declared", ..] => facts.declared_at.is_none(),
        _ => false,
    };
    if let Some(path) = paths.iter().find(unknown) {
        let message = format!("{what} needs `{}`, which nobody has said yet", path.join("."));
        return Failure::new(FailureKind::Invalid, message)
            .hint("say when the incident began: `--incident-at TIME`");
    }
    Failure::new(FailureKind::Invalid, format!("{what} cannot be told: {error}"))
}
