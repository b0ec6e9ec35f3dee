//! Lengths of time as people write them: `1d2h3m4s`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

/// A length of time, written `90s`, `15m`, `1h30m`, `7d` or `250ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Period(Duration);

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration such as `90s`, `15m` or `1h30m`")]
pub(crate) struct BadPeriod(String);

impl Period {
    pub(crate) const fn new(duration: Duration) -> Self {
        Self(duration)
    }

    pub(crate) const fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for Period {
    type Err = BadPeriod;

    fn from_str(text: &str) -> Result<Self, BadPeriod> {
        let bad = || BadPeriod(text.to_owned());
        let (mut rest, mut millis, mut units) = (text, 0_u64, &UNITS[..]);
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
            let (number, tail) = rest.split_at(digits);
            let letters = tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            // Units come in falling order, each at most once: `5m1h` is more likely a slip than a wish.
            let position = units.iter().position(|(name, _)| *name == unit).ok_or_else(bad)?;
            let number: u64 = number.parse().map_err(|_| bad())?;
            millis = number
                .checked_mul(units[position].1)
                .and_then(|part| millis.checked_add(part))
                .filter(|total| *total <= 1_000 * 366 * 86_400_000)
                .ok_or_else(bad)?;
            (rest, units) = (tail, &units[position + 1..]);
        }
        if text.is_empty() { Err(bad()) } else { Ok(Self(Duration::from_millis(millis))) }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if millis == 0 {
            return f.write_str("0s");
        }
        for (unit, size) in UNITS {
            if millis >= size {
                write!(f, "{}{unit}", millis / size)?;
                millis %= size;
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Period {
    type Error = BadPeriod;
    fn try_from(text: String) -> Result<Self, BadPeriod> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "duration",
            "description": "A duration such as `90s`, `15m` or `1h30m`.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let read = |text: &str| text.parse::<Period>().map(|period| period.get().as_millis());
        assert_eq!(read("15m"), Ok(900_000));
        assert_eq!(read("1d2h3m4s"), Ok(93_784_000));
        assert_eq!(read("250ms"), Ok(250));
        for bad in ["", "15", "m", "5m1h", "1h1h", "1.5h", "-1s", "1h ", "99999999999999999999s"] {
            assert!(read(bad).is_err(), "{bad:?} was taken");
        }
    }

    proptest! {
        #[test]
        fn every_duration_reads_back_as_it_was_written(millis in 0_u64..10_000_000_000) {
            let period = Period::new(Duration::from_millis(millis));
            prop_assert_eq!(period.to_string().parse::<Period>(), Ok(period));
        }
    }
}
