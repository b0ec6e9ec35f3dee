//! What an expression reads, and what it is known to say before anything is known.

use super::expression::{Expression, children};
use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue, operators};

/// `steps.restore.outputs.endpoint`, somewhere in an expression.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) path: Vec<String>,
    /// Where in the expression, in bytes.
    pub(crate) at: usize,
    /// It is asked whether it is there, or read only if it is.
    pub(crate) guarded: bool,
}

/// Something read is compared with a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) path: Vec<String>,
    pub(crate) word: String,
    pub(crate) at: usize,
}

impl Expression {
    pub(crate) fn references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        collect(self, self.tree(), &mut Vec::new(), &mut found);
        found
    }

    /// Comparisons with `==`, `!=` and `in`.
    pub(crate) fn comparisons(&self) -> Vec<Comparison> {
        let mut found = Vec::new();
        compare(self, self.tree(), &mut found);
        found
    }

    /// What it comes to when all that is known is that `path` has the value `word`; `None` when that
    /// is not enough to tell.
    pub(crate) fn decided(&self, path: &[&str], word: &str) -> Option<bool> {
        decide(self.tree(), path, word)
    }

    /// The parts that must all hold, without their places, so that they can be compared.
    pub(crate) fn conjuncts(&self) -> Vec<String> {
        let mut found = Vec::new();
        conjuncts(self.tree(), &mut found);
        found
    }
}

/// A chain of selections from a name, and whether a link of it is optional.
fn chain(tree: &IdedExpr) -> Option<(Vec<String>, bool)> {
    let link = |operand: &IdedExpr, name: &str, optional: bool| {
        let (mut path, optional_before) = chain(operand)?;
        path.push(name.to_owned());
        Some((path, optional || optional_before))
    };
    match &tree.expr {
        Expr::Ident(name) => Some((vec![name.trim_start_matches('.').to_owned()], false)),
        Expr::Select(select) => link(&select.operand, &select.field, select.test),
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::INDEX, [operand, key]) => link(operand, &literal(key)?, false),
            (operators::OPT_INDEX | operators::OPT_SELECT, [operand, key]) => {
                link(operand, &literal(key)?, true)
            }
            _ => None,
        },
        _ => None,
    }
}

fn literal(tree: &IdedExpr) -> Option<String> {
    match &tree.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        _ => None,
    }
}

/// Where a chain begins: the place of its name.
fn first(tree: &IdedExpr) -> &IdedExpr {
    match &tree.expr {
        Expr::Select(select) => first(&select.operand),
        Expr::Call(call) if !call.args.is_empty() && call.target.is_none() => first(&call.args[0]),
        _ => tree,
    }
}

fn collect(expression: &Expression, tree: &IdedExpr, bound: &mut Vec<String>, found: &mut Vec<Reference>) {
    if let Some((path, guarded)) = chain(tree) {
        if !path[0].starts_with('@') && !bound.contains(&path[0]) {
            let at = expression.offset(first(tree).id);
            found.push(Reference { path, at, guarded });
        }
        return;
    }
    let before = bound.len();
    if let Expr::Comprehension(parts) = &tree.expr {
        // What is looped over is written outside of the loop.
        collect(expression, &parts.iter_range, bound, found);
        bound.push(parts.iter_var.clone());
        bound.extend(parts.iter_var2.clone());
        for part in [&parts.accu_init, &parts.loop_cond, &parts.loop_step, &parts.result] {
            collect(expression, part, bound, found);
        }
    } else {
        for child in children(tree) {
            collect(expression, child, bound, found);
        }
    }
    bound.truncate(before);
}

fn compare(expression: &Expression, tree: &IdedExpr, found: &mut Vec<Comparison>) {
    if let Expr::Call(call) = &tree.expr
        && let [left, right] = call.args.as_slice()
    {
        let mut note = |chained: &IdedExpr, words: &[&IdedExpr]| {
            let Some((path, _)) = chain(chained) else { return };
            for word in words {
                if let Some(text) = literal(word) {
                    found.push(Comparison { path: path.clone(), word: text, at: expression.offset(word.id) });
                }
            }
        };
        match call.func_name.as_str() {
            operators::EQUALS | operators::NOT_EQUALS => {
                note(left, &[right]);
                note(right, &[left]);
            }
            operators::IN => {
                if let Expr::List(list) = &right.expr {
                    note(left, &list.elements.iter().collect::<Vec<_>>());
                }
            }
            _ => {}
        }
    }
    for child in children(tree) {
        compare(expression, child, found);
    }
}

fn decide(tree: &IdedExpr, path: &[&str], word: &str) -> Option<bool> {
    let Expr::Call(call) = &tree.expr else {
        return match &tree.expr {
            Expr::Literal(LiteralValue::Boolean(truth)) => Some(*truth.inner()),
            _ => None,
        };
    };
    let decided = |index: usize| call.args.get(index).and_then(|tree| decide(tree, path, word));
    let same = |index: usize, other: usize| {
        let (chained, _) = chain(call.args.get(index)?)?;
        let compared = literal(call.args.get(other)?)?;
        (chained == path).then(|| compared == word)
    };
    let equal = || same(0, 1).or_else(|| same(1, 0));
    match call.func_name.as_str() {
        operators::LOGICAL_NOT => decided(0).map(|truth| !truth),
        operators::LOGICAL_AND => match (decided(0), decided(1)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        operators::LOGICAL_OR => match (decided(0), decided(1)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        operators::EQUALS => equal(),
        operators::NOT_EQUALS => equal().map(|truth| !truth),
        _ => None,
    }
}

fn conjuncts(tree: &IdedExpr, found: &mut Vec<String>) {
    match &tree.expr {
        Expr::Call(call) if call.func_name == operators::LOGICAL_AND => {
            call.args.iter().for_each(|part| conjuncts(part, found));
        }
        _ => found.push(spelled(tree)),
    }
}

/// The tree without the numbers of its nodes.
fn spelled(tree: &IdedExpr) -> String {
    if let Some((path, guarded)) = chain(tree) {
        return format!("{guarded}:{}", path.join("."));
    }
    let own = match &tree.expr {
        Expr::Call(call) => call.func_name.clone(),
        Expr::Literal(literal) => format!("{literal:?}"),
        // What is not compared part by part equals nothing else.
        _ => format!("#{}", tree.id),
    };
    let parts: Vec<String> = children(tree).into_iter().map(spelled).collect();
    format!("{own}({})", parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> Expression {
        Expression::compile(text).expect("an expression")
    }

    fn paths(text: &str) -> Vec<(String, usize, bool)> {
        let references = expression(text).references();
        references.into_iter().map(|found| (found.path.join("."), found.at, found.guarded)).collect()
    }

    #[test]
    fn references_are_found_wherever_they_stand_with_their_place() {
        assert_eq!(
            paths("parameters.a + steps['b'].outputs.c"),
            [("parameters.a".to_owned(), 0, false), ("steps.b.outputs.c".to_owned(), 15, false)]
        );
        assert_eq!(
            paths("has(steps.b.outputs.c) ? 'é' : env.X"),
            [("steps.b.outputs.c".to_owned(), 4, true), ("env.X".to_owned(), 32, false)]
        );
        assert_eq!(paths("[1].exists(x, x == parameters.n)"), [("parameters.n".to_owned(), 19, false)]);
        assert_eq!(paths("parameters.list.map(x, x + 'a')"), [("parameters.list".to_owned(), 0, false)]);
        assert_eq!(paths("steps.b.outputs.?c.orValue('')"), [("steps.b.outputs.c".to_owned(), 0, true)]);
    }

    #[test]
    fn words_that_something_is_compared_with_are_found() {
        let words = |text: &str| -> Vec<String> {
            expression(text).comparisons().into_iter().map(|found| found.word).collect()
        };
        assert_eq!(words("run.mode == 'dril' || 'x' != run.mode"), ["dril", "x"]);
        assert_eq!(words("!(run.mode in ['drill', 'other'])"), ["drill", "other"]);
    }

    #[test]
    fn a_condition_on_the_mode_is_decided_as_far_as_the_mode_decides_it() {
        let decided = |text: &str| expression(text).decided(&["run", "mode"], "drill");
        assert_eq!(decided("run.mode == 'incident'"), Some(false));
        assert_eq!(decided("run.mode == 'incident' && parameters.x == 'y'"), Some(false));
        assert_eq!(decided("run.mode != 'incident'"), Some(true));
        assert_eq!(decided("run.mode == 'incident' || parameters.x == 'y'"), None);
        assert_eq!(decided("!(run.mode == 'drill')"), Some(false));
    }

    #[test]
    fn the_same_condition_is_the_same_wherever_it_is_written() {
        let shared = expression("run.mode == 'incident'").conjuncts();
        let longer = expression("parameters.x == 1 && run.mode == 'incident'").conjuncts();
        assert!(shared.iter().all(|part| longer.contains(part)));
        assert!(!expression("run.mode == 'drill'").conjuncts().iter().any(|part| longer.contains(part)));
    }
}
