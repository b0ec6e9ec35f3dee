//! Text into documents: a spanned tree, a schema to check it by, and the expressions in it.
//!
//! Nothing here stops at the first mistake, and nothing panics on bad input: whatever is wrong becomes
//! a finding with its place in the text.

mod conform;
mod document;
mod evaluate;
mod expression;
mod parse;
mod references;
mod render;
mod schema;
mod source;
mod template;
mod tree;

pub(crate) use conform::{Expressions, conform};
pub(crate) use document::{
    FailurePolicy, Guardrails, Parameter, ParameterType, PlaceDocument, RunbookDocument, StepDocument,
    UndoPolicy,
};
pub(crate) use evaluate::{Datum, EvaluateError, Scope};
pub(crate) use expression::{BadExpression, Expression};
pub(crate) use parse::parse;
pub(crate) use references::{Comparison, Reference};
pub(crate) use render::render;
pub(crate) use schema::Shape;
pub(crate) use source::{Findings, Source, listed};
pub(crate) use template::{FillError, Template, fill};
pub(crate) use tree::{Content, Core, Key, Node, Scalar};
