//! A document as a tree in which every key and value knows its bytes.
//!
//! A scalar keeps its raw text and whether it was quoted: what it means is for the schema to say,
//! so that an account id never loses its leading zero.

use crate::base::Span;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) content: Content,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Scalar(Scalar),
    Seq(Vec<Node>),
    /// In the order of the document; keys are unique.
    Map(Vec<(Key, Node)>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// Unquoted: it may be a number, a truth or nothing.
    pub(crate) plain: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// What a plain scalar is in YAML 1.2's core schema.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Core {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text,
}

impl Scalar {
    pub(crate) fn core(&self) -> Core {
        if !self.plain {
            return Core::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Core::Null,
            "true" | "True" | "TRUE" => Core::Bool(true),
            "false" | "False" | "FALSE" => Core::Bool(false),
            text => number(text),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.core() == Core::Null
    }

    pub(crate) fn has_expression(&self) -> bool {
        self.text.contains("${{")
    }
}

fn number(text: &str) -> Core {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_or(Core::Text, Core::Int);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(rest) = text.strip_prefix(prefix)
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return i64::from_str_radix(rest, radix).map_or(Core::Text, Core::Int);
        }
    }
    // Only what looks like a number: Rust would also read `inf` and `nan`.
    let numeric = digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    match text.parse::<f64>() {
        Ok(float) if numeric && float.is_finite() && digits.bytes().any(|byte| byte.is_ascii_digit()) => {
            Core::Float(float)
        }
        _ => Core::Text,
    }
}

impl Node {
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.content {
            Content::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        self.scalar().map(|scalar| scalar.text.as_str())
    }

    pub(crate) fn items(&self) -> &[Node] {
        match &self.content {
            Content::Seq(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn entries(&self) -> &[(Key, Node)] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&(Key, Node)> {
        self.entries().iter().find(|(candidate, _)| candidate.text == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, node)| node)
    }

    /// The span of a key; this node's own where there is none.
    pub(crate) fn key_span(&self, key: &str) -> Span {
        self.entry(key).map_or(self.span, |(key, _)| key.span)
    }

    /// The span of a value; this node's own where there is none.
    pub(crate) fn value_span(&self, key: &str) -> Span {
        self.get(key).map_or(self.span, |node| node.span)
    }

    /// What a person calls it.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.content {
            Content::Seq(_) => "a list",
            Content::Map(_) => "a mapping",
            Content::Scalar(scalar) => match scalar.core() {
                Core::Null => "nothing",
                Core::Bool(_) => "a boolean",
                Core::Int(_) => "an integer",
                Core::Float(_) => "a number",
                Core::Text => "a text",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_read_by_the_core_schema_and_quoted_ones_are_text() {
        let core = |text: &str, plain| Scalar { text: text.to_owned(), plain }.core();
        assert_eq!(core("111122223333", true), Core::Int(111_122_223_333));
        assert_eq!(core("0123", true), Core::Int(123));
        assert_eq!(core("1e3", true), Core::Float(1000.0));
        assert_eq!(core("0x1F", true), Core::Int(31));
        assert_eq!(core("~", true), Core::Null);
        for text in ["yes", "inf", "2026-11-23", "1.2.3", "99999999999999999999", "-", ".", "e"] {
            assert_eq!(core(text, true), Core::Text, "{text}");
        }
        assert_eq!(core("1", false), Core::Text);
    }
}
