//! `wait.for`: nothing happens for a while.

use crate::base::{Action, Effect, Failure, Instant, Period};
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

/// A wait goes on while nobody runs it: whoever takes it up waits for what is left.
#[derive(Debug, Serialize, Deserialize)]
struct WaitMemory {
    until: Instant,
}

/// A shorter wait may as well begin anew.
const WORTH_REMEMBERING: Duration = Duration::from_secs(1);

impl Step for WaitFor {
    const NAME: &'static str = "wait.for";
    const EFFECT: Effect = Effect::Observe;
    const ACTIONS: &'static [Action] = &[];
    const IN_PLACE: bool = false;
    /// The wait itself is the bound.
    const TIMEOUT: Duration = Duration::from_hours(366 * 24);
    type Output = Waited;

    async fn run(&self, cx: &Context) -> Result<Waited, Failure> {
        let left = match cx.remembered::<WaitMemory>()? {
            Some(WaitMemory { until }) => (until - cx.world.clock.now()).to_std().unwrap_or_default(),
            None => self.duration.get(),
        };
        if left > WORTH_REMEMBERING && cx.memory.is_none() {
            cx.remember(&WaitMemory { until: cx.world.clock.now() + left }).await?;
        }
        cx.world.clock.sleep(left).await;
        Ok(Waited {})
    }
}
