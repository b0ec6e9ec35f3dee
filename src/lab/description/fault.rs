//! What goes wrong with single calls.

use crate::base::Period;
use crate::lab::status::Status;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

/// One kind of trouble for some calls. Besides `on`, `region`, `probability` and `times` it says
/// exactly one thing.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Fault {
    /// Which calls: `rds:DescribeDBInstances`, `rds:*` or `*`.
    pub(crate) on: CallPattern,
    /// In which Region only.
    pub(crate) region: Option<String>,
    /// How likely each call is hit; every one if absent.
    pub(crate) probability: Option<f64>,
    /// How many calls are hit at most.
    pub(crate) times: Option<u32>,
    /// How many calls a second are let through; more get `Throttling`.
    pub(crate) throttle: Option<Rate>,
    /// The call fails with this HTTP status, 500 to 599.
    pub(crate) fail: Option<u16>,
    /// The call fails with this error code of the service.
    pub(crate) code: Option<String>,
    /// The call takes effect, but its answer never arrives.
    #[serde(default)]
    pub(crate) lose_reply: bool,
    /// The call takes effect at once, but its answer comes so much later.
    pub(crate) delay: Option<Period>,
    /// What was created is not found for so long.
    pub(crate) not_found_for: Option<Period>,
    /// What a restore creates ends in this status instead of `available`.
    pub(crate) ends_in: Option<Status>,
}

impl Fault {
    /// How many things it says: one is right.
    pub(crate) fn kinds(&self) -> usize {
        [
            self.throttle.is_some(),
            self.fail.is_some(),
            self.code.is_some(),
            self.lose_reply,
            self.delay.is_some(),
            self.not_found_for.is_some(),
            self.ends_in.is_some(),
        ]
        .into_iter()
        .filter(|said| *said)
        .count()
    }
}

/// Which calls are meant: `rds:DescribeDBInstances`, `rds:*` or `*`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct CallPattern(pub(crate) String);

impl CallPattern {
    pub(crate) fn matches(&self, service: &str, operation: &str) -> bool {
        match self.0.split_once(':') {
            None => self.0 == "*",
            Some((own, "*")) => own == service,
            Some((own, wanted)) => own == service && wanted == operation,
        }
    }
}

/// So many calls a second, written `10/s`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Rate {
    per_second: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a rate such as `10/s` or `30/m`")]
pub(crate) struct BadRate(String);

impl Rate {
    pub(crate) fn per_second(self) -> f64 {
        self.per_second
    }
}

impl TryFrom<String> for Rate {
    type Error = BadRate;

    fn try_from(text: String) -> Result<Self, BadRate> {
        let rate = text.split_once('/').and_then(|(number, unit)| {
            let seconds = match unit {
                "s" => 1,
                "m" => 60,
                _ => return None,
            };
            let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
            Some(Self { per_second: f64::from(number) / f64::from(seconds) })
        });
        rate.ok_or(BadRate(text))
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[1-9][0-9]*/[sm]$", "description": "A rate such as `10/s`." })
    }
}
