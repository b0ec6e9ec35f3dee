//! The journal: every event of a run, on disk before anything acts on it.
//!
//! An entry is synced before `append` returns. A step whose start is not in the journal never ran;
//! a step with a start and no end may have.

pub(crate) mod files;
mod format;
mod inbox;
mod reader;
mod store;
mod verify;
mod writer;

pub(crate) use format::Draft;
pub(crate) use inbox::{Decision, Inbox};
pub(crate) use reader::read_file;
pub(crate) use store::{Store, StoreError};
pub(crate) use verify::{Verification, verify};
pub(crate) use writer::{AppendError, Writer, is_written};
