//! Texts with `${{ }}` in them.
//!
//! A text that is wholly one `${{ }}` keeps its value's type; any other becomes text.

use super::{
    BadExpression, EvaluateError, Expression, Scope, Source,
    expression::outside_quotes,
    references::{Comparison, Reference},
};
use crate::base::Span;
use serde_json::Value;

const OPEN: &str = "${{";
const CLOSE: &str = "}}";

#[derive(Debug, Clone)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    /// With its place in the text, in bytes.
    Expression(Expression, usize),
}

/// Why a template has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FillError {
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    #[error("`{0}` is no text, number or truth, and cannot be a part of a text")]
    NoText(String),
    #[error("{0}")]
    Bad(#[from] BadExpression),
}

impl Template {
    /// Reads the `${{ }}` in `text`. The places of errors are in bytes of `text`.
    pub(crate) fn compile(text: &str) -> Result<Self, BadExpression> {
        let (mut parts, mut at) = (Vec::new(), 0);
        while let Some(open) = text[at..].find(OPEN).map(|found| at + found) {
            if open > at {
                parts.push(Part::Text(text[at..open].to_owned()));
            }
            let start = open + OPEN.len();
            let Some(length) = closing(&text[start..]) else {
                let message = "this `${{` has no `}}`".to_owned();
                return Err(BadExpression { message, at: open, hint: None });
            };
            let (expression, place) = trimmed(&text[start..start + length], start)?;
            parts.push(Part::Expression(expression, place));
            at = start + length + CLOSE.len();
        }
        if at < text.len() {
            parts.push(Part::Text(text[at..].to_owned()));
        }
        Ok(Self { parts })
    }

    /// Reads a text that is one expression whether it stands in `${{ }}` or not: an `if`.
    pub(crate) fn condition(text: &str) -> Result<Self, BadExpression> {
        if text.contains(OPEN) {
            return Self::compile(text);
        }
        let (expression, place) = trimmed(text, 0)?;
        Ok(Self { parts: vec![Part::Expression(expression, place)] })
    }

    /// The one expression that this is, if it is one.
    pub(crate) fn whole(&self) -> Option<&Expression> {
        match self.parts.as_slice() {
            [Part::Expression(expression, _)] => Some(expression),
            _ => None,
        }
    }

    fn expressions(&self) -> impl Iterator<Item = (&Expression, usize)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expression(expression, place) => Some((expression, *place)),
            Part::Text(_) => None,
        })
    }

    /// What it reads; places are in bytes of the text.
    pub(crate) fn references(&self) -> Vec<Reference> {
        self.expressions()
            .flat_map(|(expression, place)| {
                let found = expression.references().into_iter();
                found.map(move |reference| Reference { at: reference.at + place, ..reference })
            })
            .collect()
    }

    pub(crate) fn comparisons(&self) -> Vec<Comparison> {
        self.expressions()
            .flat_map(|(expression, place)| {
                let found = expression.comparisons().into_iter();
                found.map(move |comparison| Comparison { at: comparison.at + place, ..comparison })
            })
            .collect()
    }

    pub(crate) fn fill(&self, scope: &Scope) -> Result<Value, FillError> {
        if let Some(expression) = self.whole() {
            return Ok(expression.evaluate(scope)?);
        }
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Expression(expression, _) => match expression.evaluate(scope)? {
                    Value::String(text) => filled.push_str(&text),
                    value @ (Value::Number(_) | Value::Bool(_)) => filled.push_str(&value.to_string()),
                    _ => return Err(FillError::NoText(expression.text().to_owned())),
                },
            }
        }
        Ok(Value::String(filled))
    }

    /// Where byte `at` of this text is in the document, when the scalar at `span` holds it. What quoting
    /// and folding moved is told as far as the expression in which it stands.
    pub(crate) fn locate(text: &str, at: usize, span: Span, source: &Source) -> Span {
        let written = source.slice(span);
        let inside = |start: usize| Span { start: span.start + start, end: span.end };
        if let Some(start) = written.find(text) {
            return inside(start + at);
        }
        let before = text.get(..=at).unwrap_or(text).matches(OPEN).count();
        let nth = written.match_indices(OPEN).nth(before.saturating_sub(1));
        nth.map_or(span, |(start, _)| inside(start))
    }
}

fn trimmed(text: &str, start: usize) -> Result<(Expression, usize), BadExpression> {
    let place = start + text.len() - text.trim_start().len();
    let expression =
        Expression::compile(text.trim()).map_err(|error| BadExpression { at: error.at + place, ..error })?;
    Ok((expression, place))
}

/// The length of what stands before the `}}` that closes it: one in quotes or in a map does not.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in outside_quotes(text) {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' if text[at..].starts_with(CLOSE) => return Some(at),
            _ => {}
        }
    }
    None
}

/// Fills every template in `value`.
pub(crate) fn fill(value: &Value, scope: &Scope) -> Result<Value, FillError> {
    match value {
        Value::String(text) if text.contains(OPEN) => Template::compile(text)?.fill(scope),
        Value::Array(items) => items.iter().map(|item| fill(item, scope)).collect(),
        Value::Object(entries) => {
            entries.iter().map(|(key, item)| Ok((key.clone(), fill(item, scope)?))).collect()
        }
        other => Ok(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Datum;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn filled(text: &str) -> Value {
        let mut scope = Scope::default();
        let parameters = [("n".to_owned(), Datum::Json(json!(3))), ("s".to_owned(), Datum::text("x"))];
        scope.set("parameters", Datum::map(parameters));
        Template::compile(text).expect("template").fill(&scope).expect("value")
    }

    #[test]
    fn a_whole_expression_keeps_its_type_and_a_part_becomes_text() {
        assert_eq!(filled("${{ parameters.n }}"), json!(3));
        assert_eq!(filled("${{parameters.n}}0"), json!("30"));
        assert_eq!(filled("a-${{ parameters.s }}-${{ parameters.n == 3 }}"), json!("a-x-true"));
        assert_eq!(filled("${{ {'a': {'b': '}}'}}.a.b }}"), json!("}}"));
        assert_eq!(filled("plain"), json!("plain"));
    }

    #[test]
    fn an_open_expression_is_told_where_it_opens() {
        let error = Template::compile("ab ${{ parameters.n }").expect_err("open");
        assert_eq!(error.at, 3);
        let error = Template::compile("ab ${{ nope() }}").expect_err("unknown");
        assert!(error.at >= 7, "{error:?}");
    }

    #[test]
    fn a_value_that_holds_a_template_is_not_filled_again() {
        let mut scope = Scope::default();
        scope.set("parameters", Datum::map([("s".to_owned(), Datum::text("${{ parameters.t }}"))]));
        let value = fill(&json!(["${{ parameters.s }}"]), &scope);
        assert_eq!(value, Ok(json!(["${{ parameters.t }}"])));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_of_templates_panic(text in "(\\$\\{\\{|\\}\\}|[a'\"{}é\\\\]|\\PC){0,20}") {
            let _ = Template::compile(&text);
            let _ = Template::locate(&text, text.len() / 2, Span { start: 0, end: 9 }, &Source::new("f", "${{ x"));
        }
    }
}
