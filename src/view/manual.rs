//! The manual of the step types, from their own schemas.

use super::paper::{BOLD, CARE, DIM, PLAIN, Page, Paper, fit, length};
use serde_json::Value;
use std::time::Duration;

/// What is known of a step type, as plain words and schemas.
#[derive(Debug, Clone)]
pub(crate) struct StepManual {
    pub(crate) name: String,
    /// `observes` or `changes`.
    pub(crate) effect: String,
    /// How what it changes is reversed.
    pub(crate) reversal: String,
    pub(crate) in_place: bool,
    pub(crate) timeout: Duration,
    pub(crate) usual_marks: Vec<String>,
    pub(crate) actions: Vec<String>,
    /// JSON Schema; its description is the manual's text.
    pub(crate) arguments: Value,
    /// JSON Schema.
    pub(crate) outputs: Value,
}

/// Every step type on a line.
pub(crate) fn manuals(manuals: &[StepManual], page: Page) -> String {
    let mut paper = Paper::new(page);
    let name = manuals.iter().map(|manual| manual.name.chars().count()).max().unwrap_or(0);
    for manual in manuals {
        let label = format!("{}  ", fit(&manual.name, name));
        paper.hanging((BOLD, &label), PLAIN, &first_sentence(description(&manual.arguments)));
    }
    paper.finish()
}

/// The manual page of one step type.
pub(crate) fn manual(manual: &StepManual, page: Page) -> String {
    let mut paper = Paper::new(page);
    paper.line(&[(BOLD, &manual.name)]);
    for paragraph in description(&manual.arguments).split("\n\n") {
        paper.blank();
        paper.hanging((PLAIN, "  "), PLAIN, paragraph);
    }
    paper.blank();
    let timeout = length(manual.timeout.as_secs_f64());
    let marks = manual.usual_marks.join(", ");
    for (label, words) in [
        ("Effect", manual.effect.as_str()),
        ("Undo", &manual.reversal),
        ("Place", if manual.in_place { "acts in a place (in: ...)" } else { "acts in no place" }),
        ("Timeout", &timeout),
        ("Marks", if marks.is_empty() { "none usual" } else { &marks }),
    ] {
        paper.hanging((DIM, &format!("  {label:<9}")), PLAIN, words);
    }
    fields(&mut paper, "Arguments", &manual.arguments, true);
    fields(&mut paper, "Outputs", &manual.outputs, false);
    paper.heading("IAM actions");
    if manual.actions.is_empty() {
        paper.line(&[(PLAIN, "  none")]);
    } else {
        manual.actions.iter().for_each(|action| paper.line(&[(PLAIN, "  "), (PLAIN, action)]));
    }
    example(&mut paper, manual);
    paper.finish()
}

fn description(schema: &Value) -> &str {
    schema.get("description").and_then(Value::as_str).unwrap_or_default()
}

fn first_sentence(words: &str) -> String {
    let words = words.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    match words.find(". ") {
        Some(end) => words[..=end].to_owned(),
        None => words,
    }
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(|required| required.iter().any(|word| word.as_str() == Some(name)))
}

fn fields(paper: &mut Paper, heading: &str, schema: &Value, arguments: bool) {
    paper.heading(heading);
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut properties: Vec<(&String, &Value)> = properties.into_iter().flatten().collect();
    if properties.is_empty() {
        paper.line(&[(PLAIN, "  none")]);
    }
    properties.sort_by_key(|(name, _)| !is_required(schema, name));
    for (name, field) in properties {
        let target = resolved(schema, field);
        let need = match field.get("default").filter(|default| !default.is_null()) {
            _ if !arguments => String::new(),
            Some(default) => format!(", default {}", word(default)),
            None if is_required(schema, name) => ", required".to_owned(),
            None => ", optional".to_owned(),
        };
        let style = if need == ", required" { CARE } else { DIM };
        paper.line(&[
            (PLAIN, "  "),
            (BOLD, name),
            (PLAIN, "  "),
            (DIM, &kind(schema, field)),
            (style, &need),
        ]);
        let own = description(field);
        let words = if own.is_empty() { description(target) } else { own };
        if !words.is_empty() {
            paper.hanging((PLAIN, "      "), PLAIN, &words.replace('\n', " "));
        }
    }
}

/// What a field's `$ref` points at, or the field itself.
fn resolved<'a>(schema: &'a Value, field: &'a Value) -> &'a Value {
    let reference = field.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
    reference.and_then(|pointer| schema.pointer(pointer)).unwrap_or(field)
}

/// The type of a field, in a word or two.
fn kind(schema: &Value, field: &Value) -> String {
    let target = resolved(schema, field);
    if let Some(words) = target.get("enum").and_then(Value::as_array) {
        return words.iter().filter(|value| !value.is_null()).map(word).collect::<Vec<_>>().join(" | ");
    }
    if let Some(only) = target.get("const") {
        return word(only);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(kinds) = target.get(key).and_then(Value::as_array) {
            let mut kinds: Vec<String> = kinds.iter().map(|field| kind(schema, field)).collect();
            kinds.retain(|kind| kind != "null");
            return kinds.join(" | ");
        }
    }
    let name = match target.get("type") {
        Some(Value::Array(types)) => {
            types.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("anything")
        }
        Some(Value::String(name)) => name,
        _ if target.get("format").is_some() => "string",
        _ => "anything",
    };
    match (name, target.get("format").and_then(Value::as_str)) {
        ("string", Some("duration")) => "duration".to_owned(),
        ("string", Some("date-time")) => "time".to_owned(),
        ("array", _) => {
            let item = target.get("items").map_or_else(|| "anything".to_owned(), |item| kind(schema, item));
            format!("list of {item}")
        }
        ("string", _) => "text".to_owned(),
        ("boolean", _) => "true | false".to_owned(),
        ("integer", _) => "whole number".to_owned(),
        (name, _) => name.to_owned(),
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A step with every argument that it must have.
fn example(paper: &mut Paper, manual: &StepManual) {
    paper.heading("Example");
    let id = manual.name.rsplit('.').next().unwrap_or_default().replace('-', "_");
    paper.line(&[(PLAIN, &format!("  - id: {id}"))]);
    paper.line(&[(PLAIN, &format!("    uses: {}", manual.name))]);
    if manual.in_place {
        paper.line(&[(PLAIN, "    in: recovery")]);
    }
    let properties = manual.arguments.get("properties").and_then(Value::as_object);
    let required: Vec<(&String, &Value)> =
        properties.into_iter().flatten().filter(|(name, _)| is_required(&manual.arguments, name)).collect();
    if !required.is_empty() {
        paper.line(&[(PLAIN, "    with:")]);
    }
    for (name, field) in required {
        let kind = kind(&manual.arguments, field);
        let value = match kind.as_str() {
            "duration" => "5m".to_owned(),
            "whole number" | "number" => "1".to_owned(),
            "true | false" => "true".to_owned(),
            "text" | "anything" => format!("${{{{ parameters.{} }}}}", name.replace('-', "_")),
            words if words.starts_with("list of") => "[]".to_owned(),
            words => words.split(" | ").next().unwrap_or_default().to_owned(),
        };
        paper.line(&[(PLAIN, &format!("      {name}: {value}"))]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PAGE: Page = Page { colour: false, width: 80 };

    fn sample() -> StepManual {
        StepManual {
            name: "route53.switch".to_owned(),
            effect: "changes".to_owned(),
            reversal: "puts back what stood there".to_owned(),
            in_place: true,
            timeout: Duration::from_mins(10),
            usual_marks: vec!["dns-switched".to_owned()],
            actions: vec!["route53:GetChange".to_owned()],
            arguments: json!({
                "description": "Points `record` at `to`. Waits.\n\nThe change is one batch.",
                "properties": {
                    "record": { "type": "string", "description": "The name of the record." },
                    "ttl": { "anyOf": [{ "$ref": "#/$defs/Duration" }, { "type": "null" }] },
                    "type": { "$ref": "#/$defs/Type" },
                    "within": { "$ref": "#/$defs/Duration", "default": "5m" },
                },
                "required": ["record", "type"],
                "$defs": {
                    "Duration": { "type": "string", "format": "duration", "description": "Such as `90s`." },
                    "Type": { "type": "string", "enum": ["CNAME", "A"] },
                },
            }),
            outputs: json!({ "properties": { "previous": { "type": ["string", "null"] } } }),
        }
    }

    #[test]
    fn a_manual_page_tells_arguments_outputs_effect_undo_marks_and_actions() {
        insta::assert_snapshot!(manual(&sample(), PAGE), @r"
        route53.switch

          Points `record` at `to`. Waits.

          The change is one batch.

          Effect   changes
          Undo     puts back what stood there
          Place    acts in a place (in: ...)
          Timeout  10m00s
          Marks    dns-switched

        Arguments
          record  text, required
              The name of the record.
          type  CNAME | A, required
          ttl  duration, optional
          within  duration, default 5m
              Such as `90s`.

        Outputs
          previous  text

        IAM actions
          route53:GetChange

        Example
          - id: switch
            uses: route53.switch
            in: recovery
            with:
              record: ${{ parameters.record }}
              type: CNAME
        ");
    }

    #[test]
    fn the_list_of_step_types_gives_each_its_first_sentence() {
        assert_eq!(manuals(&[sample()], PAGE), "route53.switch  Points `record` at `to`.\n");
    }
}
