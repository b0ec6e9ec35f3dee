//! Amazon RDS.

mod api;
mod copy;
mod instance_status;
pub(super) mod restore_to_point_in_time;
mod source;
#[cfg(test)]
mod tests;
pub(super) mod verify_backup;
mod watch;

use crate::base::Instant;
use aws_sdk_rds::primitives::DateTime;

/// A service's time as ours, to the millisecond.
fn instant(time: &DateTime) -> Option<Instant> {
    time.to_millis().ok().and_then(Instant::from_timestamp_millis)
}

/// Our time as the service's.
fn date_time(instant: Instant) -> DateTime {
    DateTime::from_millis(instant.timestamp_millis())
}
