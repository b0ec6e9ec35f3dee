//! The one source of time. Virtual when the runtime's clock is paused, else the machine's.
//!
//! Wall time is the epoch plus a monotonic difference, so that it never jumps within a process.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use std::time::Duration;

/// An instant on the wall clock, in UTC.
pub(crate) type Instant = DateTime<Utc>;

/// Tells the time and sleeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    epoch: Instant,
    origin: tokio::time::Instant,
}

impl Clock {
    /// A clock that reads `epoch` now. Must be called inside a runtime when time is paused.
    pub(crate) fn starting_at(epoch: Instant) -> Self {
        Self { epoch, origin: tokio::time::Instant::now() }
    }

    /// The machine's own clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
    pub(crate) fn system() -> Self {
        Self::starting_at(Utc::now())
    }

    pub(crate) fn now(&self) -> Instant {
        self.epoch + TimeDelta::from_std(self.elapsed()).unwrap_or(TimeDelta::MAX)
    }

    /// Monotonic time since this clock was made.
    pub(crate) fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
    pub(crate) async fn sleep(self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// `2026-11-23T09:10:00.000Z`: milliseconds, always UTC.
pub(crate) fn rfc3339(instant: Instant) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}
