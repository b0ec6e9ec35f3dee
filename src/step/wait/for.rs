//! `wait.for`: nothing happens for a while.

use crate::base::{Action, Effect, Failure, Period};
use crate::step::{Context, Step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Waits for a fixed length of time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WaitFor {
    /// How long to wait.
    duration: Period,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Waited {}

impl Step for WaitFor {
    const NAME: &'static str = "wait.for";
    const EFFECT: Effect = Effect::Observe;
    const ACTIONS: &'static [Action] = &[];
    const IN_PLACE: bool = false;
    /// The wait itself is the bound.
    const TIMEOUT: Duration = Duration::from_hours(366 * 24);
    type Output = Waited;

    async fn run(&self, cx: &Context) -> Result<Waited, Failure> {
        cx.world.clock.sleep(self.duration.get()).await;
        Ok(Waited {})
    }
}
