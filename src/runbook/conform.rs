//! A tree against a JSON Schema: every finding at once, and the value of what conforms.
//!
//! The schema decides what a scalar means: where it wants a text, `0123` stays `0123`.

use super::{Content, Core, Findings, Node, Scalar, schema::Shape};
use crate::base::{Period, Size, Span};
use schemars::Schema;
use serde_json::{Map, Number, Value};

/// Whether scalars may be `${{ }}` instead of what the schema says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expressions {
    Allowed,
    /// But where the schema says `x-expressions`.
    Forbidden,
}

/// Checks `node` against `schema`, and gives the value of what conforms: what does not is left out,
/// and `None` when nothing is left. Scalars with `${{ }}` stay text.
pub(crate) fn conform(
    node: &Node,
    schema: &Schema,
    expressions: Expressions,
    findings: &mut Findings,
) -> Option<Value> {
    let root = schema.as_value();
    Conformance { findings }.read(node, Shape::new(root), expressions)
}

struct Conformance<'f> {
    findings: &'f mut Findings,
}

impl Conformance<'_> {
    fn read(&mut self, node: &Node, shape: Shape<'_>, expressions: Expressions) -> Option<Value> {
        let expressions = if shape.flag("x-expressions") { Expressions::Allowed } else { expressions };
        if let Some(scalar) = node.scalar() {
            if scalar.has_expression() {
                return self.expression(scalar, node.span, expressions);
            }
            if scalar.is_null() && shape.takes_null() {
                return Some(Value::Null);
            }
        }
        if let Some(words) = shape.words() {
            return self.word(node, &words);
        }
        let alternatives = shape.alternatives();
        match alternatives.as_slice() {
            [] => self.plainly(node, shape, expressions),
            [one] => self.read(node, *one, expressions),
            several => self.alternatives(node, shape, several, expressions),
        }
    }

    fn expression(&mut self, scalar: &Scalar, span: Span, expressions: Expressions) -> Option<Value> {
        if expressions == Expressions::Allowed {
            return Some(Value::String(scalar.text.clone()));
        }
        self.findings
            .error("expression-not-allowed", span, "no `${{ }}` can stand here")
            .hint("expressions are for arguments (`with`, `in-drill`), `if`, places and `drill-may-change`");
        None
    }

    fn word(&mut self, node: &Node, words: &[&str]) -> Option<Value> {
        match node.text() {
            Some(text) if words.contains(&text) => Some(Value::String(text.to_owned())),
            Some(text) => {
                let findings =
                    self.findings.error("wrong-word", node.span, format!("`{text}` is no word for this"));
                findings.suggest(text, words.iter().copied());
                None
            }
            None => {
                self.wrong_type(node, &super::listed(words));
                None
            }
        }
    }

    fn alternatives(
        &mut self,
        node: &Node,
        shape: Shape<'_>,
        several: &[Shape<'_>],
        expressions: Expressions,
    ) -> Option<Value> {
        let mut nearest: Option<(Option<Value>, Findings)> = None;
        for one in several {
            let mut scratch = self.findings.scratch();
            let value = Conformance { findings: &mut scratch }.read(node, *one, expressions);
            if !scratch.has_errors() {
                return value;
            }
            let fits = match node.content {
                Content::Map(_) => one.says_type() && one.takes("object"),
                Content::Seq(_) => one.says_type() && one.takes("array"),
                Content::Scalar(_) => false,
            };
            if fits {
                nearest = Some((value, scratch));
            }
        }
        if let Some((value, scratch)) = nearest {
            self.findings.append(scratch);
            return value;
        }
        self.wrong_type(node, &shape.described());
        None
    }

    fn plainly(&mut self, node: &Node, shape: Shape<'_>, expressions: Expressions) -> Option<Value> {
        match &node.content {
            Content::Map(_) if shape.takes("object") => self.object(node, shape, expressions),
            Content::Seq(items) if shape.takes("array") => {
                let shape = shape.items();
                // An item that does not conform leaves the others standing.
                Some(items.iter().filter_map(|item| self.read(item, shape, expressions)).collect())
            }
            Content::Scalar(scalar) => self.scalar(node, scalar, shape),
            _ => {
                self.wrong_type(node, &shape.described());
                None
            }
        }
    }

    fn object(&mut self, node: &Node, shape: Shape<'_>, expressions: Expressions) -> Option<Value> {
        let mut object = Map::new();
        for (key, value) in node.entries() {
            let Some(property) = shape.property(&key.text).or_else(|| shape.other_keys()) else {
                let message = format!("`{}` is no key that is known here", key.text);
                self.findings.error("unknown-key", key.span, message).suggest(&key.text, shape.properties());
                continue;
            };
            let expressions =
                if shape.property_takes_expressions(&key.text) { Expressions::Allowed } else { expressions };
            if let Some(value) = self.read(value, property, expressions) {
                object.insert(key.text.clone(), value);
            }
        }
        for name in shape.required().filter(|name| node.get(name).is_none()) {
            let what = shape.property(name).map(Shape::described).filter(|what| !what.is_empty());
            let findings = self.findings.error("missing-key", node.span, format!("`{name}` is missing"));
            if let Some(what) = what {
                findings.hint(format!("add `{name}`: {what}"));
            }
        }
        shape.required().all(|name| object.contains_key(name)).then_some(Value::Object(object))
    }

    fn scalar(&mut self, node: &Node, scalar: &Scalar, shape: Shape<'_>) -> Option<Value> {
        let core = scalar.core();
        if !shape.says_type() && shape.format().is_none() {
            return Some(match core {
                Core::Null => Value::Null,
                Core::Bool(truth) => Value::Bool(truth),
                Core::Int(number) => number.into(),
                Core::Float(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
                Core::Text => Value::String(scalar.text.clone()),
            });
        }
        if shape.is_secret() {
            self.findings
                .error("literal-secret", node.span, "a secret is written here for everybody to read")
                .hint("give a parameter of type `secret` its value by `from: env.NAME`, and write `${{ parameters.name }}` here");
            return None;
        }
        match core {
            Core::Bool(truth) if shape.takes("boolean") => return Some(truth.into()),
            Core::Int(number) if shape.takes("integer") || shape.takes("number") => {
                #[expect(clippy::cast_precision_loss, reason = "compared with bounds far below 2^53")]
                return self.in_range(node, number as f64, shape).then(|| number.into());
            }
            Core::Float(number) if shape.takes("number") => {
                let value = Number::from_f64(number).map(Value::Number);
                return value.filter(|_| self.in_range(node, number, shape));
            }
            _ => {}
        }
        if shape.takes("string") && core != Core::Null {
            return self.formatted(node, &scalar.text, shape).then(|| Value::String(scalar.text.clone()));
        }
        self.wrong_type(node, &shape.described());
        let bare = Scalar { plain: true, ..scalar.clone() };
        if !scalar.plain && bare.core() != Core::Text {
            self.findings.hint("take the quotes off");
        }
        None
    }

    fn in_range(&mut self, node: &Node, number: f64, shape: Shape<'_>) -> bool {
        let (least, most) = (shape.number("minimum"), shape.number("maximum"));
        let fits = least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most);
        if !fits {
            let bounds = match (least, most) {
                (Some(least), Some(most)) => format!("from {least} to {most}"),
                (Some(least), None) => format!("at least {least}"),
                (None, most) => format!("at most {}", most.unwrap_or(number)),
            };
            self.findings.error("out-of-range", node.span, format!("{number} is not {bounds}"));
        }
        fits
    }

    fn formatted(&mut self, node: &Node, text: &str, shape: Shape<'_>) -> bool {
        let (code, problem) = match shape.format() {
            Some("duration") => ("bad-duration", text.parse::<Period>().err().map(|error| error.to_string())),
            Some("size") => ("bad-size", text.parse::<Size>().err().map(|error| error.to_string())),
            Some("date-time") => (
                "bad-time",
                chrono::DateTime::parse_from_rfc3339(text)
                    .err()
                    .map(|_| format!("`{text}` is not a time such as `2026-11-23T09:10:00Z`")),
            ),
            Some("account") => {
                let good = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
                ("bad-account", (!good).then(|| format!("`{text}` is not an account: those have 12 digits")))
            }
            _ => return true,
        };
        let Some(problem) = problem else { return true };
        let findings = self.findings.error(code, node.span, problem);
        if code == "bad-duration" && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            findings.hint(format!("name the unit: `{text}s`, `{text}m` or `{text}h`"));
        }
        false
    }

    fn wrong_type(&mut self, node: &Node, wanted: &str) {
        let message = format!("this is {}, where {wanted} is wanted", node.kind());
        let findings = self.findings.error("wrong-type", node.span, message);
        if wanted == "a list" && node.scalar().is_some() {
            findings.hint(format!("write `[{}]`", node.text().unwrap_or_default()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::JsonSchema;
    use serde_json::json;

    /// Something to check against.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    #[schemars(deny_unknown_fields, rename_all = "kebab-case")]
    struct Sample {
        account: String,
        port: Option<u16>,
        wait: Option<Period>,
        storage: Option<Size>,
        public: Option<bool>,
        mode: Option<crate::base::Mode>,
        password: Option<crate::base::Secret>,
        groups: Option<Vec<String>>,
    }

    fn conformed(text: &str, expressions: Expressions) -> (Option<Value>, Vec<(&'static str, usize)>) {
        let (root, mut findings) = super::super::parse(text.as_bytes(), "f");
        let value = conform(&root.expect("yaml"), &schemars::schema_for!(Sample), expressions, &mut findings);
        let found = findings.into_vec();
        (value, found.iter().map(|finding| (finding.code.0, finding.line)).collect())
    }

    #[test]
    fn a_text_keeps_its_raw_form_whatever_yaml_would_make_of_it() {
        for raw in ["012345678901", "1e3", "2026-11-23", "true", "0x10"] {
            let (value, found) = conformed(&format!("account: {raw}"), Expressions::Forbidden);
            assert_eq!((value, found), (Some(json!({ "account": raw })), vec![]));
        }
    }

    #[test]
    fn everything_wrong_is_found_at_once_and_the_rest_is_kept() {
        let text = "account: ~\nprot: 1\nport: 70000\nwait: 15\nstorage: 20GB\npublic: 'true'\nmode: dril\n\
                    password: hunter2\ngroups: sg-1\n";
        let (value, found) = conformed(text, Expressions::Allowed);
        let expected = [
            ("wrong-type", 1),
            ("unknown-key", 2),
            ("out-of-range", 3),
            ("bad-duration", 4),
            ("bad-size", 5),
            ("wrong-type", 6),
            ("wrong-word", 7),
            ("literal-secret", 8),
            ("wrong-type", 9),
        ];
        assert_eq!(found, expected);
        assert_eq!(value, None, "a required key has no good value");
        let (value, _) = conformed("account: a\nport: x\ngroups: [a, [b], c]", Expressions::Allowed);
        assert_eq!(value, Some(json!({ "account": "a", "groups": ["a", "c"] })));
    }

    #[test]
    fn an_expression_stands_for_any_scalar_only_where_it_may() {
        let text = "account: a\nport: ${{ parameters.port }}\npassword: ${{ parameters.p }}";
        let (value, found) = conformed(text, Expressions::Allowed);
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(value.expect("value")["port"], "${{ parameters.port }}");
        let (_, found) = conformed(text, Expressions::Forbidden);
        assert_eq!(found, [("expression-not-allowed", 2), ("expression-not-allowed", 3)]);
    }
}
