//! A runbook as people write it. The doc comments are what editors show.

use crate::base::{Mark, Objectives, Period};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A runbook of Lifeboat: objectives, parameters, places, guardrails, steps.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "documents are checked by its schema; a plan keeps what it needs of them")]
pub(crate) struct RunbookDocument {
    /// The runbook's name.
    pub(crate) runbook: String,
    /// What it recovers, and how, in a sentence.
    pub(crate) description: Option<String>,
    /// Who answers for it.
    pub(crate) owner: Option<String>,
    /// How often it must be drilled: `annual`, `semi-annual`, `quarterly`, `monthly` or a cron expression.
    pub(crate) schedule: Option<String>,
    /// What recovery must achieve.
    #[serde(default)]
    pub(crate) objectives: Objectives,
    /// What a run can be given: `${{ parameters.name }}`.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "pattern": "^[a-z][a-z0-9_]*$" }))]
    pub(crate) parameters: BTreeMap<String, Parameter>,
    /// Where steps act.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "pattern": "^[a-z][a-z0-9_]*$" }))]
    pub(crate) places: BTreeMap<String, PlaceDocument>,
    /// What a run must never do.
    #[serde(default)]
    pub(crate) guardrails: Guardrails,
    /// What is done. Steps without a path of `needs` between them run side by side.
    pub(crate) steps: Vec<StepDocument>,
}

/// What a run can be given.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "documents are checked by its schema; a plan keeps what it needs of them")]
pub(crate) struct Parameter {
    /// What kind of value it has.
    pub(crate) r#type: ParameterType,
    /// Its value, when nobody gives another.
    pub(crate) default: Option<Value>,
    /// What it means.
    pub(crate) description: Option<String>,
    /// The environment variable that it is read from: `env.NAME`.
    pub(crate) from: Option<String>,
    /// The values that it may have.
    pub(crate) r#enum: Option<Vec<Value>>,
    /// Whether a run must be given it. Without it, one that has neither `default` nor `from` must.
    pub(crate) required: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ParameterType {
    String,
    Integer,
    Boolean,
    Duration,
    Timestamp,
    /// Never shown, journaled or logged.
    Secret,
    /// A list of texts.
    List,
}

/// An account and a Region that steps act in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PlaceDocument {
    /// The AWS Region.
    #[schemars(extend("x-expressions" = true))]
    pub(crate) region: String,
    /// The account that must be met there.
    #[schemars(extend("x-expressions" = true))]
    pub(crate) account: Option<String>,
    /// The role to assume.
    #[schemars(extend("x-expressions" = true))]
    pub(crate) role_arn: Option<String>,
    /// The profile of the AWS configuration to use.
    #[schemars(extend("x-expressions" = true))]
    pub(crate) profile: Option<String>,
}

/// What a run must never do.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Guardrails {
    /// The accounts that may be called; any, when there are none.
    #[serde(default)]
    pub(crate) accounts: Vec<Account>,
    /// The Regions that may be called; any, when there are none.
    #[serde(default)]
    pub(crate) regions: Vec<String>,
    /// Regions that count as gone: any call there is refused, in drills too.
    #[serde(default)]
    pub(crate) lost_regions: Vec<String>,
    /// How long a drill may take. An incident only warns.
    pub(crate) max_duration: Option<Period>,
    /// What a drill may change although it did not create it: `rds:<id>`, `route53:<zone>/<name>/<type>`
    /// or a domain name.
    #[serde(default)]
    #[schemars(extend("x-expressions" = true))]
    pub(crate) drill_may_change: Vec<String>,
}

/// The 12 digits of an AWS account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub(crate) struct Account(pub(crate) String);

impl JsonSchema for Account {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Account".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "account",
            "description": "The 12 digits of an AWS account.",
        })
    }
}

/// One step.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "documents are checked by its schema; a plan keeps what it needs of them")]
pub(crate) struct StepDocument {
    /// Its name in this runbook: a-z, 0-9 and _, a letter first.
    #[schemars(extend("pattern" = "^[a-z][a-z0-9_]*$"))]
    pub(crate) id: String,
    /// The step type.
    pub(crate) uses: String,
    /// What people call it.
    pub(crate) name: Option<String>,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// The place that it acts in. With exactly one place that one is meant.
    pub(crate) r#in: Option<String>,
    /// The steps that come before it.
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    /// The condition under which it runs, in CEL.
    #[schemars(extend("x-expressions" = true))]
    pub(crate) r#if: Option<String>,
    /// Its arguments.
    #[serde(default)]
    #[schemars(extend("x-expressions" = true))]
    pub(crate) with: Map<String, Value>,
    /// The arguments that are others in a drill.
    #[serde(default)]
    #[schemars(extend("x-expressions" = true))]
    pub(crate) in_drill: Map<String, Value>,
    /// The instant of the recovery clock that it stands for.
    pub(crate) mark: Option<Mark>,
    /// How long one attempt may take.
    pub(crate) timeout: Option<Period>,
    /// Whether it is tried again when it fails.
    pub(crate) retry: Option<Retry>,
    /// Whether a failure of it ends the run.
    pub(crate) on_failure: Option<FailurePolicy>,
    /// `none`: it is not undone, for the `reason` given.
    pub(crate) undo: Option<UndoPolicy>,
    /// Why it is not undone.
    pub(crate) reason: Option<String>,
}

/// How often a step is tried, and how long it waits in between.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Retry {
    /// Attempts in all, the first included.
    #[schemars(range(min = 1, max = 100))]
    pub(crate) attempts: u32,
    /// The pause between two attempts.
    pub(crate) backoff: Option<Period>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailurePolicy {
    /// No further step starts.
    Stop,
    /// Those that need it go on as if it had succeeded.
    Continue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UndoPolicy {
    None,
}
