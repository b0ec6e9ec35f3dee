//! What must never be seen: no `Debug`, `Display` or `Serialize` shows a secret's text.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::{borrow::Cow, fmt};

/// What stands where a secret was.
pub(crate) const REDACTED: &str = "«redacted»";

/// A password or the like. `reveal` is for the client that must send it, and for nothing else.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the lab asks for no password; a client of a database must send it")
    )]
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "secret",
            "description": "A secret: write `${{ parameters.name }}`, never the text itself.",
        })
    }
}

/// Takes the known secrets out of whatever is about to be kept or shown.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    /// Longest first, so that a secret inside another leaves no remainder.
    secrets: Vec<String>,
}

impl Redactor {
    pub(crate) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut secrets: Vec<String> =
            secrets.into_iter().map(|secret| secret.0).filter(|text| !text.is_empty()).collect();
        // A secret that JSON escapes must be found in its escaped form, too.
        let escaped: Vec<String> = secrets
            .iter()
            .filter_map(|text| serde_json::to_string(text).ok())
            .map(|quoted| quoted[1..quoted.len() - 1].to_owned())
            .collect();
        secrets.extend(escaped);
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Self { secrets }
    }

    pub(crate) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for secret in &self.secrets {
            if let Some(without) = without(&text, secret) {
                text = Cow::Owned(without);
            }
        }
        text
    }

    /// Redacts every string in `value`, keys included.
    pub(crate) fn value(&self, value: serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        if self.secrets.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.text(&text).into_owned()),
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.value(item)).collect()),
            Value::Object(entries) => Value::Object(
                entries
                    .into_iter()
                    .map(|(key, item)| (self.text(&key).into_owned(), self.value(item)))
                    .collect(),
            ),
            // A number or a truth may be a secret as well: compare its text.
            other => {
                let text = other.to_string();
                if self.secrets.iter().any(|secret| secret.eq_ignore_ascii_case(&text)) {
                    Value::String(REDACTED.to_owned())
                } else {
                    other
                }
            }
        }
    }
}

/// `text` with `secret` taken out, in whatever capitals: services change those of identifiers. `None`: it
/// is not in there.
fn without(text: &str, secret: &str) -> Option<String> {
    let (folded, wanted) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let mut kept = String::new();
    let mut end = 0;
    for (at, found) in folded.match_indices(&wanted) {
        kept.push_str(&text[end..at]);
        kept.push_str(REDACTED);
        end = at + found.len();
    }
    (end > 0).then(|| kept + &text[end..])
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_secret_survives_in_text_keys_or_numbers() {
        let redactor = Redactor::new(["hunter2", "4711", "a\"b"].map(Secret::new));
        let value = json!({ "k hunter2": ["xhunter2y", 4711, true, "a\"b"] });
        let redacted = redactor.value(value).to_string();
        for secret in ["hunter2", "4711", "a\"b", "a\\\"b"] {
            assert!(!redacted.contains(secret), "{secret} in {redacted}");
        }
        assert!(redacted.contains("true"));
    }

    #[test]
    fn capitals_hide_no_secret() {
        let redactor = Redactor::new([Secret::new("Hunter2-ü")]);
        assert_eq!(redactor.text("a HUNTER2-ü, hunter2-ü."), format!("a {REDACTED}, {REDACTED}."));
        assert_eq!(redactor.text("hunter"), "hunter");
    }

    #[test]
    fn a_secret_cannot_be_debugged() {
        assert!(!format!("{:?}", Secret::new("hunter2")).contains("hunter2"));
    }
}
