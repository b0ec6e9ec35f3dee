//! One expression: CEL, read, bounded, and ready to be evaluated.
//!
//! The CEL crate's parser and evaluator recurse, so length, operators and nesting are bounded before
//! they see a text. What still goes wrong in there is an error of ours, never a panic.

use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue};
use cel::{Env, IdedExpr};
use std::{
    collections::BTreeMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

const MAX_LENGTH: usize = 1000;
/// Each may nest the tree by one level.
const MAX_OPERATORS: usize = 150;
const MAX_BRACKETS: usize = 16;
/// `map` in `map` in `map` multiplies their lengths.
const MAX_COMPREHENSIONS: usize = 2;

/// Our `duration()` under a name that CEL's own does not occupy.
pub(super) const DURATION: &str = "lifeboat_duration";

/// Functions that an expression may call.
const FUNCTIONS: [&str; 28] = [
    "bool",
    "contains",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "exists",
    "exists_one",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "hasValue",
    "int",
    "matches",
    "orValue",
    "size",
    "startsWith",
    "string",
    "timestamp",
    "type",
    "uint",
];

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct BadExpression {
    pub(crate) message: String,
    /// Where in the expression, in bytes.
    pub(crate) at: usize,
    pub(crate) hint: Option<String>,
}

/// A CEL expression.
#[derive(Clone)]
pub(crate) struct Expression {
    text: String,
    tree: IdedExpr,
    /// By node: where it is written, in bytes.
    offsets: BTreeMap<u64, usize>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.text)
    }
}

/// The environment that expressions are read and evaluated in.
pub(super) fn environment() -> Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| Arc::new(Env::stdlib())).clone()
}

impl Expression {
    pub(crate) fn compile(text: &str) -> Result<Self, BadExpression> {
        bounded(text)?;
        let parsed = catch_unwind(AssertUnwindSafe(|| {
            let parser = environment().parser().max_recursion_depth(32);
            parser.parse_with_source_info(text).map_err(|errors| errors.errors.into_iter().next())
        }));
        let (mut tree, info) = match parsed {
            Ok(Ok(parsed)) => parsed,
            Ok(Err(first)) => return Err(unreadable(text, first)),
            Err(_) => return Err(bad("this cannot be read as an expression", 0)),
        };
        let mut offsets = BTreeMap::new();
        check(&mut tree, 0, &mut |id| {
            let at = info.offset_for(id).map_or(0, |(start, _)| boundary(text, start as usize));
            offsets.insert(id, at);
            at
        })?;
        Ok(Self { text: text.to_owned(), tree, offsets })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn tree(&self) -> &IdedExpr {
        &self.tree
    }

    pub(super) fn offset(&self, id: u64) -> usize {
        self.offsets.get(&id).copied().unwrap_or(0)
    }
}

fn bad(message: impl Into<String>, at: usize) -> BadExpression {
    BadExpression { message: message.into(), at, hint: None }
}

/// The nearest place in `text` at or before `at` where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn unreadable(text: &str, error: Option<cel::ParseError>) -> BadExpression {
    let Some(error) = error else { return bad("this cannot be read as an expression", 0) };
    let (line, column) = error.pos;
    let column = usize::try_from(column).unwrap_or(0);
    let line = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let line_start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let at = boundary(text, line_start + column.saturating_sub(1));
    let message = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg);
    // What the grammar would rather have seen is a list of all its signs.
    let message = message.split(" expecting ").next().unwrap_or(message);
    let short: String = message.chars().take_while(|c| *c != '\n').take(120).collect();
    bad(format!("this is no expression: {short}"), at)
}

/// What stands outside quotes, with its place.
pub(super) fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote: Option<(&'static str, bool)> = None;
    let mut skip_to = 0;
    let mut before = ' ';
    text.char_indices().filter(move |&(at, c)| {
        let raw = matches!(before, 'r' | 'R');
        before = c;
        if at < skip_to {
            return false;
        }
        let rest = &text[at..];
        if let Some((end, raw)) = quote {
            if rest.starts_with(end) {
                skip_to = at + end.len();
                quote = None;
            } else if c == '\\' && !raw {
                skip_to = at + 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            }
            return false;
        }
        let opened = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote));
        if let Some(opened) = opened {
            skip_to = at + opened.len();
            quote = Some((opened, raw));
        }
        opened.is_none()
    })
}

fn bounded(text: &str) -> Result<(), BadExpression> {
    if text.trim().is_empty() {
        return Err(bad("this expression is empty", 0));
    }
    if text.len() > MAX_LENGTH {
        return Err(bad(format!("an expression has at most {MAX_LENGTH} characters"), 0));
    }
    let (mut operators, mut open) = (0, 0_usize);
    for (at, c) in outside_quotes(text) {
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        operators += usize::from("([{.,?:+-*/%<>=!&|".contains(c));
        if open > MAX_BRACKETS || operators > MAX_OPERATORS {
            return Err(bad("this expression is too complicated", at));
        }
    }
    Ok(())
}

/// Checks the tree's functions and literals, gives our `duration()` its name, notes the offsets.
fn check(
    tree: &mut IdedExpr,
    comprehensions: usize,
    locate: &mut impl FnMut(u64) -> usize,
) -> Result<(), BadExpression> {
    let at = locate(tree.id);
    let mut inside = comprehensions;
    match &mut tree.expr {
        Expr::Call(call) => check_call(call, at)?,
        Expr::Comprehension(_) => {
            inside += 1;
            if inside > MAX_COMPREHENSIONS {
                return Err(bad("this expression nests too many loops", at));
            }
        }
        Expr::Struct(_) => return Err(bad("an expression makes no message types", at)),
        _ => {}
    }
    children_mut(tree).into_iter().try_for_each(|child| check(child, inside, locate))
}

fn check_call(call: &mut CallExpr, at: usize) -> Result<(), BadExpression> {
    let name = call.func_name.as_str();
    let word = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if word && !FUNCTIONS.contains(&name) {
        let hint = crate::base::nearest(name, FUNCTIONS).map(|near| format!("did you mean `{near}`?"));
        return Err(BadExpression { hint, ..bad(format!("`{name}` is no function that is known here"), at) });
    }
    let literal = match call.args.first().map(|argument| &argument.expr) {
        Some(Expr::Literal(LiteralValue::String(text))) => Some(text.inner().to_owned()),
        _ => None,
    };
    if call.target.is_some() {
        return Ok(());
    }
    match (name, literal) {
        ("duration", literal) => {
            if let Some(Err(error)) = literal.map(|text| text.parse::<crate::base::Period>()) {
                return Err(bad(error.to_string(), at));
            }
            DURATION.clone_into(&mut call.func_name);
        }
        ("timestamp", Some(text)) if chrono::DateTime::parse_from_rfc3339(&text).is_err() => {
            return Err(bad(format!("`{text}` is not a time such as `2026-11-23T09:10:00Z`"), at));
        }
        _ => {}
    }
    Ok(())
}

fn children_mut(tree: &mut IdedExpr) -> Vec<&mut IdedExpr> {
    match &mut tree.expr {
        Expr::Call(call) => call.target.as_deref_mut().into_iter().chain(&mut call.args).collect(),
        Expr::Comprehension(parts) => vec![
            &mut parts.iter_range,
            &mut parts.accu_init,
            &mut parts.loop_cond,
            &mut parts.loop_step,
            &mut parts.result,
        ],
        Expr::List(list) => list.elements.iter_mut().collect(),
        Expr::Map(map) => map
            .entries
            .iter_mut()
            .flat_map(|entry| match &mut entry.expr {
                EntryExpr::MapEntry(entry) => vec![&mut entry.key, &mut entry.value],
                EntryExpr::StructField(field) => vec![&mut field.value],
            })
            .collect(),
        Expr::Select(select) => vec![&mut *select.operand],
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) => Vec::new(),
    }
}

pub(super) fn children(tree: &IdedExpr) -> Vec<&IdedExpr> {
    match &tree.expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Comprehension(parts) => {
            vec![&parts.iter_range, &parts.accu_init, &parts.loop_cond, &parts.loop_step, &parts.result]
        }
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map
            .entries
            .iter()
            .flat_map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
                EntryExpr::StructField(field) => vec![&field.value],
            })
            .collect(),
        Expr::Select(select) => vec![&*select.operand],
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(text: &str) -> Option<(String, usize)> {
        Expression::compile(text).err().map(|error| (error.message, error.at))
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        assert_eq!(problem("run.mode == 'drill'"), None);
        for (text, at) in
            [("a ==", 4), ("dura('7d')", 4), ("duration('7x')", 8), ("timestamp('soon')", 9), ("", 0)]
        {
            let (message, place) = problem(text).expect("bad");
            assert!(place <= at, "{text}: {message} at {place}");
        }
        assert!(problem("duration('1d2h')").is_none());
        assert!(problem("a.b.c[0] + 'x'").is_none());
        assert!(problem("[1, 2].map(x, x * 2).exists(y, y == 2)").is_none());
    }

    #[test]
    fn no_expression_is_deep_enough_to_overflow_a_stack() {
        for piece in ["!", "-", "(", "[", "a.", "1+", "a?b:", "{1:", "f(", "a&&", "a||", "[1].map(x, "] {
            for times in [10, 70, 149, 400] {
                let _ = Expression::compile(&format!("{}a", piece.repeat(times)));
            }
        }
        assert!(problem("[1].map(x, [1].map(y, [1].map(z, x + y + z)))").is_some());
    }

    #[test]
    fn quotes_hide_what_stands_inside() {
        let seen = |text: &str| outside_quotes(text).map(|(_, c)| c).collect::<String>();
        assert_eq!(seen(r#"a'}'b"\"}"c"#), "abc");
        assert_eq!(seen(r"r'\'x"), "rx");
        assert_eq!(seen(r#""""a"b"""x"#), "x");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_compiler_panic(text in "\\PC{0,60}") {
            let _ = Expression::compile(&text);
        }

        #[test]
        fn no_text_of_cel_signs_makes_the_compiler_panic(text in "[a-c0-9.()\\[\\]{}'\"?:+*/%<>=!&|,\\\\-]{0,40}") {
            let _ = Expression::compile(&text);
        }
    }
}
