//! The JSON Schema of a runbook, for editors: each step type's arguments are bound to its `uses`.

use crate::runbook::RunbookDocument;
use crate::step::{StepType, registry};
use schemars::schema_for;
use serde_json::{Map, Value, json};

/// Where a step type's own definitions are kept, so that two of one name do not meet.
const DEFINITIONS: &str = "$defs";

/// What `lifeboat schema runbook` prints.
pub(crate) fn runbook_schema() -> Value {
    let mut schema = schema_for!(RunbookDocument).to_value();
    let types = registry();
    let rules: Vec<Value> = types.iter().map(rule).collect();
    let names: Vec<&str> = types.iter().map(|step_type| step_type.name).collect();
    if let Some(step) = schema.pointer_mut("/$defs/StepDocument").and_then(Value::as_object_mut) {
        step.insert("allOf".to_owned(), rules.into());
        if let Some(uses) = step.get_mut("properties").and_then(|properties| properties.get_mut("uses")) {
            uses["enum"] = names.into();
        }
    }
    if let Some(definitions) = schema.get_mut(DEFINITIONS).and_then(Value::as_object_mut) {
        for step_type in &types {
            let prefix = prefix(step_type);
            let arguments = (step_type.arguments)().to_value();
            let mut arguments = with_expressions(renamed(arguments, &prefix));
            if let Some(own) = arguments.as_object_mut().and_then(|object| object.remove(DEFINITIONS)) {
                definitions
                    .extend(object(own).into_iter().map(|(name, value)| (format!("{prefix}{name}"), value)));
            }
            let mut in_drill = arguments.clone();
            in_drill.as_object_mut().and_then(|object| object.remove("required"));
            definitions.insert(format!("{prefix}with"), arguments);
            definitions.insert(format!("{prefix}in-drill"), in_drill);
        }
    }
    schema
}

fn prefix(step_type: &StepType) -> String {
    format!("{}.", step_type.name)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// If `uses` is this type, then the arguments are this type's, and there if it wants any.
fn rule(step_type: &StepType) -> Value {
    let prefix = prefix(step_type);
    let wants =
        (step_type.arguments)().get("required").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    let mut then = json!({
        "properties": {
            "with": { "$ref": format!("#/$defs/{prefix}with") },
            "in-drill": { "$ref": format!("#/$defs/{prefix}in-drill") },
        },
    });
    if wants {
        then["required"] = json!(["with"]);
    }
    json!({
        "if": { "properties": { "uses": { "const": step_type.name } }, "required": ["uses"] },
        "then": then,
    })
}

/// References to definitions, under their names in the whole.
fn renamed(value: Value, prefix: &str) -> Value {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .filter(|(key, _)| key != "$schema")
            .map(|(key, value)| {
                let target = value.as_str().and_then(|path| path.strip_prefix("#/$defs/"));
                let value = match (key.as_str(), target) {
                    ("$ref", Some(name)) => json!(format!("#/$defs/{prefix}{name}")),
                    _ => renamed(value, prefix),
                };
                (key, value)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| renamed(item, prefix)).collect(),
        other => other,
    }
}

/// Each argument may be a `${{ }}` instead, and so may each item of one.
fn with_expressions(mut arguments: Value) -> Value {
    let properties = arguments.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(Map::values_mut) {
        if let Some(items) = property.get_mut("items") {
            *items = or_expression(items.take());
        }
        *property = or_expression(property.take());
    }
    arguments
}

fn or_expression(mut schema: Value) -> Value {
    let mut outer = Map::new();
    if let Some(inner) = schema.as_object_mut() {
        // What editors show belongs to the argument, not to one way of writing it.
        for shown in ["description", "default"] {
            outer.extend(inner.remove(shown).map(|value| (shown.to_owned(), value)));
        }
    }
    outer.insert("anyOf".to_owned(), json!([schema, { "type": "string", "pattern": "\\$\\{\\{" }]));
    Value::Object(outer)
}
