//! What an instance holds: rows of one table, computed from time alone.

use crate::base::{Instant, Seed};
use chrono::TimeDelta;
use std::time::Duration;

/// The rows of a table at one instant: evenly spaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) table: String,
    pub(crate) column: String,
    first: Instant,
    every_ms: i64,
    pub(crate) count: i64,
}

impl Rows {
    /// When the newest row was written.
    pub(crate) fn newest(&self) -> Option<Instant> {
        (self.count > 0).then(|| self.first + TimeDelta::milliseconds((self.count - 1) * self.every_ms))
    }
}

/// What an instance holds, and will.
#[derive(Debug, Clone)]
pub(super) enum Data {
    /// No table that the lab knows.
    Nothing,
    /// An application writes into it.
    Written(Heartbeat),
    /// As it was at an earlier instant; nobody writes.
    Restored(Option<Rows>),
}

#[derive(Debug, Clone)]
pub(super) struct Heartbeat {
    pub(super) table: String,
    column: String,
    first: Instant,
    every_ms: i64,
    /// From here on nothing is written.
    pub(super) stops: Option<Instant>,
    /// From here on there is no table.
    pub(super) dropped: Option<Instant>,
    /// The rows from before are gone from here on.
    pub(super) emptied: Option<Instant>,
}

impl Heartbeat {
    pub(super) fn new(
        described: &super::description::HeartbeatDescription,
        since: Instant,
        seed: Seed,
        instance: &str,
    ) -> Self {
        let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let every = described.every.get();
        let phase = every.mul_f64(seed.draw(&["lab", "heartbeat", instance]).uniform());
        Self {
            table: described.table.clone(),
            column: described.column.clone(),
            first: since + TimeDelta::milliseconds(millis(phase)),
            every_ms: millis(every).max(1),
            stops: None,
            dropped: None,
            emptied: None,
        }
    }

    fn rows_at(&self, now: Instant) -> Option<Rows> {
        let happened = |at: &Option<Instant>| at.filter(|at| *at <= now);
        if happened(&self.dropped).is_some() {
            return None;
        }
        let until = self.stops.map_or(now, |stops| stops.min(now));
        let skipped = happened(&self.emptied).map_or(0, |emptied| self.written_by(emptied));
        let first = self.first + TimeDelta::milliseconds(skipped * self.every_ms);
        let count = (self.written_by(until) - skipped).max(0);
        let (table, column) = (self.table.clone(), self.column.clone());
        Some(Rows { table, column, first, every_ms: self.every_ms, count })
    }

    /// How many rows were ever written up to and including `at`.
    fn written_by(&self, at: Instant) -> i64 {
        let passed = (at - self.first).num_milliseconds();
        if passed < 0 { 0 } else { passed / self.every_ms + 1 }
    }
}

impl Data {
    pub(super) fn rows_at(&self, now: Instant) -> Option<Rows> {
        match self {
            Self::Nothing => None,
            Self::Written(heartbeat) => heartbeat.rows_at(now),
            Self::Restored(rows) => rows.clone(),
        }
    }

    /// From `at` on nothing is written any more.
    pub(super) fn stop(&mut self, at: Instant) {
        if let Self::Written(heartbeat) = self {
            heartbeat.stops = Some(heartbeat.stops.map_or(at, |stops| stops.min(at)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Period;
    use crate::lab::description::HeartbeatDescription;

    fn heartbeat() -> (Heartbeat, Instant) {
        let since = chrono::DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let described = HeartbeatDescription {
            table: "heartbeat".to_owned(),
            column: "written_at".to_owned(),
            every: Period::new(Duration::from_secs(5)),
        };
        (Heartbeat::new(&described, since, Seed(1), "orders"), since)
    }

    #[test]
    fn the_newest_row_is_never_older_than_the_distance_between_rows() {
        let (heartbeat, since) = heartbeat();
        for second in 5..60 {
            let at = since + TimeDelta::seconds(second);
            let newest = heartbeat.rows_at(at).and_then(|rows| rows.newest()).expect("a row");
            assert!(newest <= at && at - newest < TimeDelta::seconds(5), "{newest} at {at}");
        }
    }

    #[test]
    fn an_emptied_table_holds_only_what_was_written_afterwards() {
        let (mut heartbeat, since) = heartbeat();
        let (before, after) = (since + TimeDelta::seconds(100), since + TimeDelta::seconds(112));
        heartbeat.emptied = Some(before + TimeDelta::seconds(1));
        assert_eq!(heartbeat.rows_at(before).map(|rows| rows.count), Some(20));
        let rows = heartbeat.rows_at(after).expect("a table");
        assert_eq!(rows.count, 2);
        assert!(rows.newest() > Some(before));
    }

    #[test]
    fn rows_a_millisecond_apart_are_counted_over_months() {
        let since = chrono::DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let described = HeartbeatDescription {
            table: "heartbeat".to_owned(),
            column: "written_at".to_owned(),
            every: Period::new(Duration::from_millis(1)),
        };
        let heartbeat = Heartbeat::new(&described, since, Seed(1), "orders");
        let at = since + TimeDelta::days(90);
        assert_eq!(heartbeat.rows_at(at).and_then(|rows| rows.newest()), Some(at));
    }

    #[test]
    fn a_dropped_table_was_there_before() {
        let (mut heartbeat, since) = heartbeat();
        let at = since + TimeDelta::seconds(100);
        heartbeat.dropped = Some(at);
        assert!(heartbeat.rows_at(at - TimeDelta::seconds(1)).is_some());
        assert_eq!(heartbeat.rows_at(at), None);
    }
}
