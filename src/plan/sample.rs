//! Steps with made-up values where expressions stand, to learn what a step type says of them.

use super::draft::DraftStep;
use crate::runbook::Shape;
use crate::step::{AnyStep, BadArguments};
use serde_json::{Map, Value, json};

/// The step as a drill or an incident would have it. `None` when its type is not known.
pub(super) fn step(step: &DraftStep, in_drill: bool) -> Option<Result<Box<dyn AnyStep>, BadArguments>> {
    let (step_type, schema) = (step.step_type?, step.arguments.as_ref()?);
    let mut arguments = step.with.clone();
    if in_drill {
        arguments.extend(step.in_drill.clone());
    }
    let shape = Shape::new(schema.as_value());
    for name in shape.required() {
        let property = shape.property(name)?;
        arguments.entry(name).or_insert_with(|| example(property));
    }
    let arguments: Map<String, Value> = arguments
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let value = match shape.property(&name) {
                Some(property) => made_up(value, property),
                None => value,
            };
            (name, value)
        })
        .collect();
    Some((step_type.read)(Value::Object(arguments)))
}

pub(super) fn made_up(value: Value, shape: Shape<'_>) -> Value {
    match value {
        Value::String(text) if text.contains("${{") => example(shape),
        Value::Array(items) => items.into_iter().map(|item| made_up(item, shape.items())).collect(),
        other => other,
    }
}

fn example(shape: Shape<'_>) -> Value {
    if let Some(word) = shape.words().and_then(|words| words.first().copied()) {
        return json!(word);
    }
    if let Some(first) = shape.alternatives().first() {
        return example(*first);
    }
    match shape.format() {
        Some("duration") => json!("1m"),
        Some("size") => json!("1GiB"),
        Some("date-time") => json!("2026-01-01T00:00:00Z"),
        _ if shape.takes("string") => json!("example"),
        _ if shape.takes("integer") || shape.takes("number") => json!(1),
        _ if shape.takes("boolean") => json!(false),
        _ if shape.takes("array") => json!([]),
        _ => Value::Null,
    }
}
