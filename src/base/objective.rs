//! Targets, and whether they were met.

use super::Period;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a runbook promises: how long recovery takes, how much is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Objectives {
    /// Recovery time objective: from the disruption until clients are served again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rto: Option<Period>,
    /// Recovery point objective: how much of the newest data may be lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rpo: Option<Period>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Met,
    Missed,
    NotMeasured,
}

impl Verdict {
    /// Met if what was achieved is at most the objective. What was not measured is never met.
    pub(crate) fn judge(objective: Period, achieved: Option<Duration>) -> Self {
        match achieved {
            None => Self::NotMeasured,
            Some(achieved) if achieved <= objective.get() => Self::Met,
            Some(_) => Self::Missed,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::NotMeasured => "not-measured",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objective_is_met_to_the_second_and_never_by_silence() {
        let objective = Period::new(Duration::from_mins(15));
        assert_eq!(Verdict::judge(objective, Some(Duration::from_mins(15))), Verdict::Met);
        assert_eq!(Verdict::judge(objective, Some(Duration::from_millis(900_001))), Verdict::Missed);
        assert_eq!(Verdict::judge(objective, None), Verdict::NotMeasured);
    }
}
