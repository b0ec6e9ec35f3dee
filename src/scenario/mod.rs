//! A scenario: a world, a disaster, a runbook, and what must come out. Rehearsed, then judged.
//!
//! Every expectation is judged by what the run and the world say afterwards; one that nothing can
//! contradict does not exist.

mod document;
mod expect;
mod judge;
#[cfg(test)]
mod laws;
mod rehearse;

pub(crate) use document::{Scenario, read, scenario_schema};
pub(crate) use judge::Judgement;
pub(crate) use rehearse::{Rehearsal, RehearseError, Rehearsing, rehearse};
