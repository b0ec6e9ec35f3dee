//! What can happen to a run, and the one fold from entries to state.
//!
//! Whatever a run knows about itself it knows from entries: a fact that is in no event did not happen.

mod entry;
mod evidence;
mod happening;
mod opening;
mod redact;
mod state;
mod status;

pub(crate) use entry::{Actor, Chapter, Entry, FORMAT, Phase, Seq};
pub(crate) use evidence::{DnsAnswer, Evidence, RecordSet};
pub(crate) use happening::{CallResult, ClockSource, Continuation, Event, StopReason};
pub(crate) use opening::{OnFailure, Opening, Operator, Outline, OutlineStep, UndoRule};
pub(crate) use state::{Cleanup, Fate, Illegal, LeftTo, Owned, RunState, StepState};
pub(crate) use status::{Status, StepStatus};
