//! The services, without their wire: typed questions in, typed answers and errors out.
//!
//! Nothing here waits, and nothing knows XML: what is true follows from the state and the time.

pub(super) mod backups;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod error;
pub(super) mod hosted_zone;
pub(super) mod instance;
pub(super) mod listing;
pub(super) mod rds;
pub(super) mod restore;
pub(super) mod route53;
pub(super) mod tags;
pub(super) mod zone;

use crate::base::Instant;
use std::time::Duration;

/// Who asks, where, and when.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) now: Instant,
    /// What was created less than this ago is not found yet.
    pub(super) not_found_for: Duration,
    /// How a restore ends, when a fault says so.
    pub(super) ends_in: Option<super::status::Status>,
}

/// The page that a listing is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    pub(super) marker: Option<String>,
    pub(super) size: Option<String>,
}
