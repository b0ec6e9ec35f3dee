//! Words that every floor shares: ids, time, objectives, failures, findings, secrets.
//!
//! Nothing here reads, writes or waits, except that [`Clock`] hands out the one sleep there is.

mod clock;
mod draw;
mod failure;
mod finding;
mod hex;
mod id;
mod mark;
mod mode;
mod objective;
mod period;
mod place;
mod resource;
mod secret;
mod size;

pub(crate) use clock::{Clock, Instant, rfc3339};
pub(crate) use draw::{Draw, Seed};
pub(crate) use failure::{Failure, FailureKind};
pub(crate) use finding::{Code, Finding, Severity, Span, nearest};
pub(crate) use hex::hex;
pub(crate) use id::{ParameterId, PlaceId, RunId, RunName, StepId, StepPath};
pub(crate) use mark::Mark;
pub(crate) use mode::{Mode, Outcome, WorldKind};
pub(crate) use objective::{Objectives, Verdict};
pub(crate) use period::Period;
pub(crate) use place::Place;
pub(crate) use resource::{Action, Effect, Resource, ResourceKind};
pub(crate) use secret::{REDACTED, Redactor, Secret};
pub(crate) use size::Size;
