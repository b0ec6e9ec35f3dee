//! What a scenario expects to come out. Everything can be expected to go wrong, too.

use crate::base::{Outcome, Period, Verdict};
use crate::event::StepStatus;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap};

/// What must come out. What is not mentioned is not judged.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Expect {
    /// How the run ends.
    pub(crate) outcome: Option<Outcome>,
    /// The verdict on the recovery time, or its bounds.
    pub(crate) rto: Option<Figure>,
    /// The verdict on the recovery point, or its bounds.
    pub(crate) rpo: Option<Figure>,
    /// What the run leaves behind: `none`, or steps.
    pub(crate) leftovers: Option<Names>,
    /// Steps whose undo or cleanup failed: `none`, or their ids.
    pub(crate) stuck: Option<Names>,
    /// What the run keeps: `none`, or the steps that made it.
    pub(crate) kept: Option<Names>,
    /// The status of steps.
    #[serde(default)]
    pub(crate) step: BTreeMap<String, StepStatus>,
    /// An operation that the guard refuses: `rds:RestoreDBInstanceToPointInTime`.
    pub(crate) refused: Option<String>,
    /// The code of a finding that the runbook has: nothing is run then.
    pub(crate) finding: Option<String>,
    /// What becomes of record sets: `unchanged`, `changed`, `absent`, or the value that they have in the end.
    #[serde(default)]
    pub(crate) dns: BTreeMap<String, String>,
    /// A fragment of what the failed step says.
    pub(crate) failure: Option<String>,
    /// The exit code that `run` would have.
    pub(crate) exit: Option<u8>,
}

/// A verdict, or bounds of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    Verdict(Verdict),
    Bounds { at_least: Option<Period>, at_most: Option<Period> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Bounds {
    at_least: Option<Period>,
    at_most: Option<Period>,
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            word @ Value::String(_) => {
                serde_json::from_value(word).map(Self::Verdict).map_err(D::Error::custom)
            }
            bounds => serde_json::from_value(bounds)
                .map(|Bounds { at_least, at_most }| Self::Bounds { at_least, at_most })
                .map_err(D::Error::custom),
        }
    }
}

impl JsonSchema for Figure {
    fn schema_name() -> Cow<'static, str> {
        "Figure".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (verdict, period) = (generator.subschema_for::<Verdict>(), generator.subschema_for::<Period>());
        json_schema!({
            "anyOf": [
                verdict,
                {
                    "type": "object",
                    "additionalProperties": false,
                    "minProperties": 1,
                    "properties": { "at-least": period, "at-most": period },
                },
            ],
        })
    }
}

/// `none`, or names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(word) if word == "none" => Ok(Self(Vec::new())),
            names => serde_json::from_value(names).map(Self).map_err(D::Error::custom),
        }
    }
}

impl JsonSchema for Names {
    fn schema_name() -> Cow<'static, str> {
        "Names".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "const": "none" },
                { "type": "array", "items": { "type": "string" } },
            ],
        })
    }
}
