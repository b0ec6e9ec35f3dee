//! One line of a journal.

use super::Event;
use crate::base::Instant;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The version of the journal's format that this program writes.
pub(crate) const FORMAT: u32 = 1;

/// The position of an entry in its journal, from 0.
pub(crate) type Seq = u64;

/// The part of a journal that one seal closes, from 0.
pub(crate) type Chapter = u32;

/// An event with its place in the journal. `hash` is the last key of the line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) v: u32,
    pub(crate) seq: Seq,
    pub(crate) at: Instant,
    /// Monotonic time since the run began, in nanoseconds.
    pub(crate) elapsed: u64,
    /// The part of the journal that one process wrote, from 0.
    pub(crate) segment: u32,
    pub(crate) chapter: Chapter,
    pub(crate) phase: Phase,
    pub(crate) actor: Actor,
    pub(crate) event: Event,
    pub(crate) prev: String,
    pub(crate) hash: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    /// Steps run.
    Forward,
    /// Undos run.
    Rollback,
    /// What the run created is removed.
    Cleanup,
    /// The run has ended.
    Ended,
}

/// Who made an entry happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Actor {
    /// The executor itself.
    Lifeboat,
    /// The watcher of a place and kind of resource, on behalf of all who wait.
    Watcher,
    /// A person, by the name that they claim.
    Person(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lifeboat => f.write_str("lifeboat"),
            Self::Watcher => f.write_str("watcher"),
            Self::Person(name) => write!(f, "person:{name}"),
        }
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.to_string()
    }
}

impl TryFrom<String> for Actor {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "lifeboat" => Ok(Self::Lifeboat),
            "watcher" => Ok(Self::Watcher),
            other => match other.strip_prefix("person:") {
                Some(name) => Ok(Self::Person(name.to_owned())),
                None => Err(format!("`{other}` is no actor")),
            },
        }
    }
}
