//! Expressions into values. No error says what a value was: it may have been a secret.

use super::expression::{DURATION, Expression, environment};
use crate::base::{Instant, Period, rfc3339};
use cel::{Context, ExecutionError};
use serde_json::{Map, Number, Value};
use std::{
    collections::{BTreeMap, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Something an expression can read. It may be a secret, so there is no `Debug`.
#[derive(Clone, PartialEq)]
pub(crate) enum Datum {
    Json(Value),
    Duration(Period),
    Timestamp(Instant),
    Map(BTreeMap<String, Datum>),
}

impl Datum {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Json(Value::String(text.into()))
    }

    pub(crate) fn map(entries: impl IntoIterator<Item = (String, Self)>) -> Self {
        Self::Map(entries.into_iter().collect())
    }
}

/// All that expressions can read, by its root: `parameters`, `run`, ...
#[derive(Clone, Default)]
pub(crate) struct Scope {
    roots: BTreeMap<&'static str, Datum>,
}

impl Scope {
    pub(crate) fn set(&mut self, root: &'static str, datum: Datum) {
        self.roots.insert(root, datum);
    }
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{expression}` has no value: {reason}")]
pub(crate) struct EvaluateError {
    expression: String,
    reason: String,
}

impl Expression {
    /// The value, in which durations and times have become text.
    pub(crate) fn evaluate(&self, scope: &Scope) -> Result<Value, EvaluateError> {
        let fail = |reason: String| EvaluateError { expression: self.text().to_owned(), reason };
        let evaluated = catch_unwind(AssertUnwindSafe(|| {
            let context = context(scope)?;
            cel::Value::resolve(self.tree(), &context)
        }));
        match evaluated {
            Ok(Ok(value)) => json(&value).map_err(|reason| fail(reason.to_owned())),
            Ok(Err(error)) => Err(fail(reason(&error, self.text()))),
            Err(_) => Err(fail("it cannot be evaluated".to_owned())),
        }
    }
}

fn context(scope: &Scope) -> Result<Context<'static, 'static>, ExecutionError> {
    let mut context = Context::with_env(environment());
    for (root, datum) in &scope.roots {
        context.add_variable_from_value(*root, cel_value(datum));
    }
    let added = context.add_function(DURATION, |argument: cel::Value| -> Result<_, ExecutionError> {
        match argument {
            cel::Value::Duration(duration) => Ok(duration),
            cel::Value::String(text) => text
                .parse::<Period>()
                .ok()
                .and_then(|period| chrono::Duration::from_std(period.get()).ok())
                .ok_or_else(|| ExecutionError::function_error("duration", "not a duration")),
            _ => Err(ExecutionError::function_error("duration", "not a text")),
        }
    });
    added.map_err(|error| ExecutionError::function_error("duration", error))?;
    Ok(context)
}

fn cel_value(datum: &Datum) -> cel::Value {
    match datum {
        Datum::Json(value) => cel_json(value),
        Datum::Duration(period) => {
            chrono::Duration::from_std(period.get()).map_or(cel::Value::Null, cel::Value::Duration)
        }
        Datum::Timestamp(instant) => cel::Value::Timestamp(instant.fixed_offset()),
        Datum::Map(entries) => cel_map(entries.iter().map(|(key, datum)| (key.clone(), cel_value(datum)))),
    }
}

fn cel_map(entries: impl Iterator<Item = (String, cel::Value)>) -> cel::Value {
    cel::Value::Map(entries.collect::<HashMap<_, _>>().into())
}

fn cel_json(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(truth) => cel::Value::Bool(*truth),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => cel::Value::Int(integer),
            (None, Some(float)) => cel::Value::Float(float),
            (None, None) => cel::Value::Null,
        },
        Value::String(text) => cel::Value::String(text.clone().into()),
        Value::Array(items) => cel::Value::List(items.iter().map(cel_json).collect::<Vec<_>>().into()),
        Value::Object(entries) => cel_map(entries.iter().map(|(key, item)| (key.clone(), cel_json(item)))),
    }
}

fn json(value: &cel::Value) -> Result<Value, &'static str> {
    Ok(match value {
        cel::Value::Null => Value::Null,
        cel::Value::Bool(truth) => Value::Bool(*truth),
        cel::Value::Int(number) => (*number).into(),
        cel::Value::UInt(number) => (*number).into(),
        cel::Value::Float(number) => {
            Number::from_f64(*number).map(Value::Number).ok_or("it is no finite number")?
        }
        cel::Value::String(text) => Value::String(text.to_string()),
        cel::Value::Duration(duration) => {
            let duration = duration.to_std().map_err(|_| "it is a negative duration")?;
            Value::String(Period::new(duration).to_string())
        }
        cel::Value::Timestamp(timestamp) => Value::String(rfc3339(timestamp.to_utc())),
        cel::Value::List(items) => Value::Array(items.iter().map(json).collect::<Result<_, _>>()?),
        cel::Value::Map(map) => {
            let entries = map.map.iter().map(|(key, item)| Ok((key.to_string(), json(item)?)));
            Value::Object(entries.collect::<Result<Map<_, _>, &'static str>>()?)
        }
        _ => return Err("it is of a type that no argument has"),
    })
}

/// The reason, in words that hold nothing but what the expression itself says.
fn reason(error: &ExecutionError, text: &str) -> String {
    match error {
        ExecutionError::NoSuchKey(key) if text.contains(key.as_str()) => format!("there is no `{key}` in it"),
        ExecutionError::UndeclaredReference(name) if text.contains(name.as_str()) => {
            format!("`{name}` is not known")
        }
        ExecutionError::NoSuchOverload(_)
        | ExecutionError::UnexpectedType { .. }
        | ExecutionError::UnsupportedBinaryOperator(..)
        | ExecutionError::ValuesNotComparable(..)
        | ExecutionError::UnsupportedTargetType { .. }
        | ExecutionError::UnsupportedIndex(..) => "its parts are of types that do not go together".to_owned(),
        ExecutionError::FunctionError { function, .. } => {
            let function = if function == DURATION { "duration" } else { function };
            format!("`{function}` cannot make anything of its argument")
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "it divides by zero".to_owned()
        }
        ExecutionError::Overflow(..) => "a number or a time in it grows too large".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "a list in it is shorter than that".to_owned(),
        ExecutionError::NoSuchKey(_) => "a key in it is missing".to_owned(),
        _ => "it cannot be evaluated".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn scope() -> Scope {
        let mut scope = Scope::default();
        let at = "2026-11-23T09:10:00Z".parse::<Instant>().expect("time");
        scope.set("incident", Datum::map([("at".to_owned(), Datum::Timestamp(at))]));
        scope.set(
            "parameters",
            Datum::map([
                ("port".to_owned(), Datum::Json(json!(5432))),
                ("list".to_owned(), Datum::Json(json!(["a", "b"]))),
                ("wait".to_owned(), Datum::Duration("90s".parse().expect("period"))),
                ("password".to_owned(), Datum::text("hunter2")),
            ]),
        );
        scope
    }

    fn value(text: &str) -> Result<Value, String> {
        let expression = Expression::compile(text).map_err(|error| error.message)?;
        expression.evaluate(&scope()).map_err(|error| error.to_string())
    }

    #[test]
    fn times_and_durations_are_reckoned_with_and_come_out_as_our_text() {
        assert_eq!(value(r#"incident.at - duration("1m")"#), Ok(json!("2026-11-23T09:09:00.000Z")));
        assert_eq!(value(r#"duration("1d2h")"#), Ok(json!("1d2h")));
        assert_eq!(value(r#"duration("7d") > duration("1h")"#), Ok(json!(true)));
        assert_eq!(value("parameters.wait + parameters.wait"), Ok(json!("3m")));
        assert_eq!(value("duration(parameters.wait)"), Ok(json!("1m30s")));
        assert_eq!(value(r#"timestamp("2026-11-23T10:00:00+01:00") < incident.at"#), Ok(json!(true)));
        assert!(value(r#"duration("1m") - duration("2m")"#).is_err());
    }

    #[test]
    fn types_are_kept() {
        assert_eq!(value("parameters.port"), Ok(json!(5432)));
        assert_eq!(value("parameters.port + 1"), Ok(json!(5433)));
        assert_eq!(value("parameters.list"), Ok(json!(["a", "b"])));
        assert_eq!(value("size(parameters.list) == 2"), Ok(json!(true)));
    }

    #[test]
    fn no_error_tells_a_secret() {
        for text in [
            "duration(parameters.password)",
            "timestamp(parameters.password)",
            "parameters.password + 1",
            "parameters[parameters.password]",
            "int(parameters.password)",
            "parameters.password < 1",
            "parameters.list[parameters.password]",
            "'a'.matches(parameters.password + '(')",
            "parameters.password.x",
        ] {
            let error = value(text).expect_err(text);
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn what_overflows_is_an_error() {
        for text in
            ["9223372036854775807 + 1", "1 / 0", "1 % 0", "-9223372036854775808 / -1", "[1][5]", "1.0 / 0.0"]
        {
            assert!(value(text).is_err(), "{text}");
        }
        assert!(value("timestamp('9999-12-31T23:59:59Z') + duration('7d')").is_err());
    }

    proptest! {
        #[test]
        fn no_expression_makes_the_evaluator_panic(
            text in "(parameters|incident|[a-b]|[0-9]|\\.at|\\.list|\\.port|\\[|\\]|\\(|\\)|[+*/%<>=!&|?:-]|'x'){1,12}"
        ) {
            let _ = value(&text);
        }
    }
}
