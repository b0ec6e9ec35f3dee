//! Parameters: what a runbook says of them, and the values that a run gives them.

use crate::base::{Instant, Period, Secret, Span};
use crate::runbook::{Datum, Expressions, Findings, Node, Parameter, ParameterType, conform, listed};
use schemars::{Schema, json_schema};
use serde_json::Value;

/// A parameter whose default and choices are known to be of its type.
#[derive(Debug, Clone)]
pub(crate) struct ParameterModel {
    pub(crate) name: String,
    pub(crate) kind: ParameterType,
    pub(crate) default: Option<Value>,
    pub(crate) choices: Option<Vec<Value>>,
    /// The environment variable that it is read from.
    pub(crate) variable: Option<String>,
    pub(crate) required: bool,
    pub(crate) span: Span,
}

impl ParameterModel {
    pub(super) fn read(name: &str, node: &Node, findings: &mut Findings) -> Option<Self> {
        let document: Parameter = super::draft::part(node, findings)?;
        let kind = document.r#type;
        let schema = schema_of(kind);
        let mut typed = |node: &Node| conform(node, &schema, Expressions::Forbidden, findings);
        let default = node.get("default").and_then(&mut typed).filter(|default| !default.is_null());
        let choices: Option<Vec<Value>> =
            node.get("enum").map(|node| node.items().iter().filter_map(&mut typed).collect());
        if let (Some(default), Some(choices)) = (&default, &choices)
            && !choices.contains(default)
        {
            let message = "this default is none of the values that `enum` allows";
            findings.error("wrong-word", node.value_span("default"), message);
        }
        let variable = document.from.as_deref().and_then(|from| variable(from, node, findings));
        let given_by_itself = default.is_some() || document.from.is_some();
        Some(Self {
            name: name.to_owned(),
            kind,
            required: document.required.unwrap_or(!given_by_itself),
            default,
            choices,
            variable,
            span: node.span,
        })
    }

    pub(crate) fn is_secret(&self) -> bool {
        self.kind == ParameterType::Secret
    }

    /// The value that `text` means. The error never repeats a secret.
    pub(super) fn parse(&self, text: &str) -> Result<Value, String> {
        let value = match self.kind {
            ParameterType::String | ParameterType::Secret => Some(Value::String(text.to_owned())),
            ParameterType::Integer => text.parse::<i64>().ok().map(Value::from),
            ParameterType::Boolean => text.parse::<bool>().ok().map(Value::from),
            ParameterType::Duration => text.parse::<Period>().ok().map(|_| Value::String(text.to_owned())),
            ParameterType::Timestamp => {
                chrono::DateTime::parse_from_rfc3339(text).ok().map(|_| Value::String(text.to_owned()))
            }
            ParameterType::List => Some(list(text)),
        };
        let Some(value) = value else {
            return Err(format!("`{text}` is not {}", self.described()));
        };
        match &self.choices {
            Some(choices) if !choices.contains(&value) => {
                let words: Vec<String> = choices.iter().map(plain_text).collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let what = if self.is_secret() { "this".to_owned() } else { format!("`{text}`") };
                Err(format!("{what} is none of {}", listed(&words)))
            }
            _ => Ok(value),
        }
    }

    fn described(&self) -> &'static str {
        match self.kind {
            ParameterType::String | ParameterType::Secret => "a text",
            ParameterType::Integer => "an integer",
            ParameterType::Boolean => "`true` or `false`",
            ParameterType::Duration => "a duration such as `15m`",
            ParameterType::Timestamp => "a time such as `2026-11-23T09:10:00Z`",
            ParameterType::List => "a list such as `a,b`",
        }
    }

    /// What expressions see of a value.
    pub(super) fn datum(&self, value: &Value) -> Datum {
        let text = value.as_str();
        match self.kind {
            ParameterType::Duration => text.and_then(|text| text.parse().ok()).map(Datum::Duration),
            ParameterType::Timestamp => text.and_then(instant).map(Datum::Timestamp),
            _ => None,
        }
        .unwrap_or_else(|| Datum::Json(value.clone()))
    }
}

fn instant(text: &str) -> Option<Instant> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// A JSON array, or texts with commas between them.
fn list(text: &str) -> Value {
    match serde_json::from_str::<Vec<String>>(text) {
        Ok(items) => items.into(),
        Err(_) => text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
    }
}

pub(super) fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Every secret in a value, for the redactor.
pub(super) fn secret(value: &Value) -> Secret {
    Secret::new(plain_text(value))
}

fn variable(from: &str, node: &Node, findings: &mut Findings) -> Option<String> {
    let name = from
        .strip_prefix("env.")
        .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    if name.is_none() {
        findings
            .error("bad-from", node.value_span("from"), format!("`{from}` names no environment variable"))
            .hint("write `env.NAME`");
    }
    name.map(str::to_owned)
}

fn schema_of(kind: ParameterType) -> Schema {
    match kind {
        ParameterType::String => json_schema!({ "type": "string" }),
        ParameterType::Integer => json_schema!({ "type": "integer" }),
        ParameterType::Boolean => json_schema!({ "type": "boolean" }),
        ParameterType::Duration => json_schema!({ "type": "string", "format": "duration" }),
        ParameterType::Timestamp => json_schema!({ "type": "string", "format": "date-time" }),
        ParameterType::Secret => json_schema!({ "type": "string", "format": "secret" }),
        ParameterType::List => json_schema!({ "type": "array", "items": { "type": "string" } }),
    }
}
