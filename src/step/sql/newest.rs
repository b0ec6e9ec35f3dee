//! The newest recovered data, read from a query's answer: exactly one instant, or a reason why not.

use crate::base::{Failure, FailureKind, Instant};
use crate::world::{SqlAnswer, SqlValue};
use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone};

/// The zone that a runbook spells: `UTC`, or an offset such as `+01:00`.
pub(super) fn zone(spelled: &str) -> Result<FixedOffset, String> {
    let offset = if spelled.eq_ignore_ascii_case("utc") || spelled == "Z" { "+00:00" } else { spelled };
    offset
        .parse()
        .map_err(|_| format!("`timezone` is `UTC` or an offset such as `+01:00`, and `{spelled}` is neither"))
}

/// The one instant that the answer holds.
pub(super) fn of(answer: &SqlAnswer, timezone: Option<&str>) -> Result<Instant, Failure> {
    let contradicted = |message: String| Failure::new(FailureKind::Contradicted, message);
    let [row] = answer.rows.as_slice() else {
        return Err(contradicted(format!("the newest data is one row, and {} came back", answer.rows.len())));
    };
    match row.first() {
        None | Some(SqlValue::Null) => {
            Err(contradicted("no row came back: the answer is NULL, so nothing was recovered".to_owned()))
        }
        Some(SqlValue::Timestamp(at)) => Ok(*at),
        Some(SqlValue::LocalTimestamp(local)) => zoned(*local, timezone),
        Some(SqlValue::Text(text)) => match DateTime::parse_from_rfc3339(text) {
            Ok(at) => Ok(at.to_utc()),
            Err(_) => match text.parse::<NaiveDateTime>() {
                Ok(local) => zoned(local, timezone),
                Err(_) => Err(not_a_time(text)),
            },
        },
        Some(other) => Err(not_a_time(&other.to_string())),
    }
}

fn zoned(local: NaiveDateTime, timezone: Option<&str>) -> Result<Instant, Failure> {
    let Some(spelled) = timezone else {
        let message = format!("the newest data, {local}, has no time zone");
        return Err(Failure::new(FailureKind::Invalid, message)
            .hint("say which zone it is in: `timezone: UTC`, or an offset such as `+01:00`"));
    };
    let zone = zone(spelled).map_err(|bad| Failure::new(FailureKind::Invalid, bad))?;
    // An offset knows no summer: every local time is one instant.
    zone.from_local_datetime(&local)
        .single()
        .map(|at| at.to_utc())
        .ok_or_else(|| Failure::new(FailureKind::Invalid, format!("{local} is no time in zone {spelled}")))
}

fn not_a_time(text: &str) -> Failure {
    Failure::new(FailureKind::Contradicted, format!("the newest data is a time, and the answer is `{text}`"))
        .hint("ask for one timestamp: `select max(written_at) from heartbeat`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rows: Vec<SqlValue>) -> SqlAnswer {
        SqlAnswer {
            columns: vec!["max".to_owned()],
            rows: rows.into_iter().map(|value| vec![value]).collect(),
        }
    }

    fn at(text: &str) -> Instant {
        DateTime::parse_from_rfc3339(text).expect("a time").to_utc()
    }

    fn kind(rows: Vec<SqlValue>, timezone: Option<&str>) -> FailureKind {
        of(&answer(rows), timezone).expect_err("no instant").kind
    }

    #[test]
    fn one_timestamp_is_the_newest_data() {
        let local = SqlValue::LocalTimestamp(at("2026-11-23T09:05:00Z").naive_utc());
        assert_eq!(of(&answer(vec![local]), Some("+01:00")), Ok(at("2026-11-23T08:05:00Z")));
        let text = SqlValue::Text("2026-11-23T09:05:00+01:00".to_owned());
        assert_eq!(of(&answer(vec![text]), None), Ok(at("2026-11-23T08:05:00Z")));
        let timestamp = SqlValue::Timestamp(at("2026-11-23T08:05:00Z"));
        assert_eq!(of(&answer(vec![timestamp]), None), Ok(at("2026-11-23T08:05:00Z")));
    }

    #[test]
    fn null_none_or_many_rows_recover_nothing() {
        assert_eq!(kind(vec![SqlValue::Null], None), FailureKind::Contradicted);
        assert_eq!(kind(vec![], None), FailureKind::Contradicted);
        assert_eq!(kind(vec![SqlValue::Int(1), SqlValue::Int(2)], None), FailureKind::Contradicted);
        assert_eq!(kind(vec![SqlValue::Text("soon".to_owned())], None), FailureKind::Contradicted);
    }

    #[test]
    fn a_time_without_a_zone_needs_one() {
        let local = || vec![SqlValue::LocalTimestamp(at("2026-11-23T09:05:00Z").naive_utc())];
        assert_eq!(kind(local(), None), FailureKind::Invalid);
        assert_eq!(kind(local(), Some("Berlin")), FailureKind::Invalid);
    }
}
