//! A run: plan and journal in, entries out.
//!
//! [`core`] decides what happens next, from the state alone; [`driver`] does it. Append first, act
//! second, show third. Nothing else writes the journal.

mod back;
mod begin;
mod core;
mod doing;
mod driver;
mod execute;
mod notices;

pub(crate) use begin::{Beginning, Opened, Process, RecoveryClock, TakingUp, begin, take_up};
pub(crate) use driver::{Ending, RunError};
pub(crate) use execute::{Execution, WorldParts, execute};
