//! JSON Schemas as this project makes them: references followed, alternatives told apart.
//!
//! What schemars writes for our types is understood, not the whole of JSON Schema.

use serde_json::{Map, Value};

/// A schema inside its root, which holds the definitions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape<'a> {
    root: &'a Value,
    schema: &'a Value,
}

impl<'a> Shape<'a> {
    pub(crate) fn new(root: &'a Value) -> Self {
        Self { root, schema: root }.resolved()
    }

    fn at(self, schema: &'a Value) -> Self {
        Self { schema, ..self }.resolved()
    }

    fn resolved(self) -> Self {
        let mut schema = self.schema;
        // A chain of references that is longer than this is a circle.
        for _ in 0..16 {
            let target = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
            match target.and_then(|path| self.root.pointer(path)) {
                Some(target) => schema = target,
                None => break,
            }
        }
        Self { schema, ..self }
    }

    fn keyword(self, name: &str) -> Option<&'a Value> {
        self.schema.get(name)
    }

    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.keyword(name).and_then(Value::as_str)
    }

    pub(crate) fn number(self, name: &str) -> Option<f64> {
        self.keyword(name).and_then(Value::as_f64)
    }

    pub(crate) fn flag(self, name: &str) -> bool {
        self.keyword(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn format(self) -> Option<&'a str> {
        self.text("format")
    }

    /// Whether values of this JSON type may stand here.
    pub(crate) fn takes(self, kind: &str) -> bool {
        match self.keyword("type") {
            None => true,
            Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
            Some(one) => one == kind,
        }
    }

    pub(crate) fn says_type(self) -> bool {
        self.keyword("type").is_some()
    }

    /// The words that may stand here, when only words may.
    pub(crate) fn words(self) -> Option<Vec<&'a str>> {
        if let Some(word) = self.text("const") {
            return Some(vec![word]);
        }
        if let Some(words) = self.keyword("enum").and_then(Value::as_array) {
            return Some(words.iter().filter_map(Value::as_str).collect());
        }
        let alternatives = self.alternatives();
        if alternatives.is_empty() {
            return None;
        }
        let words: Option<Vec<Vec<&str>>> = alternatives.into_iter().map(Self::words).collect();
        words.map(|words| words.concat())
    }

    /// The branches of `anyOf` or `oneOf`, null aside.
    pub(crate) fn alternatives(self) -> Vec<Self> {
        let branches = self.keyword("anyOf").or_else(|| self.keyword("oneOf")).and_then(Value::as_array);
        let branches = branches.map(Vec::as_slice).unwrap_or_default();
        branches.iter().map(|branch| self.at(branch)).filter(|branch| !branch.is_null()).collect()
    }

    fn is_null(self) -> bool {
        self.text("type") == Some("null")
    }

    /// Whether nothing at all may stand here.
    pub(crate) fn takes_null(self) -> bool {
        let branches = self.keyword("anyOf").or_else(|| self.keyword("oneOf")).and_then(Value::as_array);
        match branches {
            Some(branches) => branches.iter().any(|branch| self.at(branch).is_null()),
            None => self.takes("null"),
        }
    }

    fn properties_map(self) -> Option<&'a Map<String, Value>> {
        self.keyword("properties").and_then(Value::as_object)
    }

    pub(crate) fn properties(self) -> impl Iterator<Item = &'a str> {
        self.properties_map().into_iter().flat_map(Map::keys).map(String::as_str)
    }

    /// The schema of a property; its own `x-expressions` stands before a reference.
    pub(crate) fn property(self, name: &str) -> Option<Self> {
        self.properties_map().and_then(|properties| properties.get(name)).map(|schema| self.at(schema))
    }

    /// Whether this property takes `${{ }}` although the document around it does not.
    pub(crate) fn property_takes_expressions(self, name: &str) -> bool {
        let property = self.properties_map().and_then(|properties| properties.get(name));
        property.and_then(|schema| schema.get("x-expressions")).is_some_and(|flag| flag == true)
    }

    pub(crate) fn required(self) -> impl Iterator<Item = &'a str> {
        let required = self.keyword("required").and_then(Value::as_array);
        required.into_iter().flatten().filter_map(Value::as_str)
    }

    /// The schema of keys that are no properties; `None` when there may be none.
    pub(crate) fn other_keys(self) -> Option<Self> {
        match self.keyword("additionalProperties") {
            Some(Value::Bool(false)) => None,
            Some(schema) => Some(self.at(schema)),
            None => Some(self.at(&Value::Bool(true))),
        }
    }

    pub(crate) fn items(self) -> Self {
        self.at(self.keyword("items").unwrap_or(&Value::Bool(true)))
    }

    /// Whether a secret stands here.
    pub(crate) fn is_secret(self) -> bool {
        self.format() == Some("secret") || self.alternatives().into_iter().any(Self::is_secret)
    }

    /// What may stand here, as a person would say it.
    pub(crate) fn described(self) -> String {
        let alternatives = self.alternatives();
        if let Some(words) = self.words() {
            return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
        }
        if !alternatives.is_empty() {
            return alternatives.into_iter().map(Self::described).collect::<Vec<_>>().join(" or ");
        }
        let by_format = match self.format() {
            Some("duration") => "a duration such as `15m`",
            Some("size") => "a size such as `20GiB`",
            Some("date-time") => "a time such as `2026-11-23T09:10:00Z`",
            Some("secret") => "a secret such as `${{ parameters.password }}`",
            _ => "",
        };
        if !by_format.is_empty() {
            return by_format.to_owned();
        }
        let kinds = [
            ("object", "a mapping"),
            ("array", "a list"),
            ("string", "a text"),
            ("integer", "an integer"),
            ("number", "a number"),
            ("boolean", "`true` or `false`"),
        ];
        let named: Vec<&str> = kinds
            .iter()
            .filter(|(kind, _)| self.says_type() && self.takes(kind))
            .map(|(_, name)| *name)
            .collect();
        named.join(" or ")
    }
}
