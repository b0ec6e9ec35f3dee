//! A step type without its Rust type: what the registry, the checker and the driver work with.

use super::{Context, Reversal, Step, Touch};
use crate::base::{Action, Effect, Failure, FailureKind, Mark};
use futures_util::future::LocalBoxFuture;
use schemars::Schema;
use serde_json::Value;
use std::time::Duration;

/// Everything that is known of a step type before any step of it runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepType {
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
    pub(crate) actions: &'static [Action],
    pub(crate) reversal: Reversal,
    pub(crate) touch: Touch,
    pub(crate) in_place: bool,
    pub(crate) waits_for_person: bool,
    pub(crate) usual_marks: &'static [Mark],
    pub(crate) timeout: Duration,
    /// JSON Schema of the arguments; its description is the manual.
    pub(crate) arguments: fn() -> Schema,
    /// JSON Schema of the outputs.
    pub(crate) outputs: fn() -> Schema,
    /// Reads evaluated arguments.
    pub(crate) read: fn(Value) -> Result<Box<dyn AnyStep>, BadArguments>,
}

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct BadArguments {
    pub(crate) message: String,
}

/// A step with its arguments, ready to run.
pub(crate) trait AnyStep {
    fn measures_newest_data(&self) -> bool;
    fn run<'a>(&'a self, cx: &'a Context) -> LocalBoxFuture<'a, Result<Value, Failure>>;
    fn undo<'a>(&'a self, cx: &'a Context, memory: Option<Value>) -> LocalBoxFuture<'a, Result<(), Failure>>;
    fn cleanup<'a>(
        &'a self,
        cx: &'a Context,
        memory: Option<Value>,
    ) -> LocalBoxFuture<'a, Result<(), Failure>>;
}

impl StepType {
    pub(crate) fn of<S: Step>() -> Self {
        Self {
            name: S::NAME,
            effect: S::EFFECT,
            actions: S::ACTIONS,
            reversal: S::REVERSAL,
            touch: S::TOUCH,
            in_place: S::IN_PLACE,
            waits_for_person: S::WAITS_FOR_PERSON,
            usual_marks: S::USUAL_MARKS,
            timeout: S::TIMEOUT,
            arguments: || schemars::schema_for!(S),
            outputs: || schemars::schema_for!(S::Output),
            read: read::<S>,
        }
    }
}

fn read<S: Step>(arguments: Value) -> Result<Box<dyn AnyStep>, BadArguments> {
    let step: S =
        serde_json::from_value(arguments).map_err(|error| BadArguments { message: error.to_string() })?;
    step.validate().map_err(|message| BadArguments { message })?;
    Ok(Box::new(Erased(step)))
}

struct Erased<S>(S);

impl<S: Step> AnyStep for Erased<S> {
    fn measures_newest_data(&self) -> bool {
        self.0.measures_newest_data()
    }

    fn run<'a>(&'a self, cx: &'a Context) -> LocalBoxFuture<'a, Result<Value, Failure>> {
        Box::pin(async move {
            let output = self.0.run(cx).await?;
            serde_json::to_value(output).map_err(|error| {
                Failure::new(FailureKind::Invalid, format!("its outputs cannot be written down: {error}"))
            })
        })
    }

    fn undo<'a>(&'a self, cx: &'a Context, memory: Option<Value>) -> LocalBoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.0.undo(cx, memory))
    }

    fn cleanup<'a>(
        &'a self,
        cx: &'a Context,
        memory: Option<Value>,
    ) -> LocalBoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.0.cleanup(cx, memory))
    }
}
