//! Step types, one file each, in a folder per service.
//!
//! `run`, `undo` and `cleanup` are safe to call twice: they create or adopt, never create again.
//! Steps keep nothing between calls; what must survive goes into the memory or the output.

#[cfg(test)]
mod bench;
mod context;
mod dns;
mod human;
mod kind;
mod rds;
mod registry;
mod route53;
mod sql;
mod wait;

pub(crate) use context::{Context, Recorder, Recording, RunFacts};
pub(crate) use kind::{AnyStep, BadArguments, StepType};
pub(crate) use registry::{find, registry};

use crate::base::{Action, Effect, Failure, Mark};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// How a step type's changes are reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reversal {
    /// It changes nothing.
    Nothing,
    /// [`Step::undo`] puts back what stood there.
    Undo,
    /// It only creates: [`Step::cleanup`] removes it.
    Cleanup,
    /// It cannot be reversed: a runbook that uses it must say `undo: none` and why.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no step type is like that yet; the checker knows the rule")
    )]
    Impossible,
}

/// What of the world a step of this type changes, told from its arguments as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touch {
    Nothing,
    /// It creates what this argument names.
    Creates(&'static str),
    /// It alters what these arguments name together: a drill overrides one of them, or
    /// `drill-may-change` lists what they name.
    Alters(&'static [&'static str]),
}

/// Behaviour of one step type. The struct is the arguments, its doc comment the manual.
pub(crate) trait Step: DeserializeOwned + JsonSchema + 'static {
    const NAME: &'static str;
    const EFFECT: Effect;
    /// Every AWS operation that `run`, `undo` and `cleanup` may call.
    const ACTIONS: &'static [Action];
    const REVERSAL: Reversal = Reversal::Nothing;
    const TOUCH: Touch = Touch::Nothing;
    /// Whether it acts in a place: an account and a Region.
    const IN_PLACE: bool = true;
    const WAITS_FOR_PERSON: bool = false;
    /// The marks that a runbook would usually put on it: shown in the manual.
    const USUAL_MARKS: &'static [Mark] = &[];
    /// How long one attempt may take unless the runbook says otherwise.
    const TIMEOUT: Duration = Duration::from_mins(10);
    type Output: Serialize + JsonSchema;

    /// Whether, with these arguments, it measures the newest recovered data.
    fn measures_newest_data(&self) -> bool {
        false
    }

    /// What is wrong with arguments that each are right, before anything runs.
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }

    async fn run(&self, cx: &Context) -> Result<Self::Output, Failure>;

    /// Puts back what stood there, from what was remembered. With `None` nothing was changed.
    async fn undo(&self, _cx: &Context, _memory: Option<serde_json::Value>) -> Result<(), Failure> {
        Ok(())
    }

    /// Removes what this step created.
    async fn cleanup(&self, _cx: &Context, _memory: Option<serde_json::Value>) -> Result<(), Failure> {
        Ok(())
    }
}
