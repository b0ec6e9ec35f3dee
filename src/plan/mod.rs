//! A runbook and the step types into a plan: what will run, in which order, on what.

mod build;
mod check;
mod draft;
mod facts;
mod foresee;
mod parameter;
mod reading;
mod runbook;
mod sample;
mod schema;
mod wishes;

pub(crate) use build::{Plan, PlannedStep};
pub(crate) use facts::{Arguments, Facts};
pub(crate) use parameter::ParameterModel;
pub(crate) use reading::read;
pub(crate) use runbook::{Runbook, RunbookStep};
pub(crate) use schema::runbook_schema;
pub(crate) use wishes::Wishes;

#[cfg(test)]
mod tests;
