//! The futures of a run: one for each step, undo, cleanup or pause that is under way.

use super::core::{Input, StepEnd};
use crate::base::{Action, Clock, Failure, FailureKind, Place, PlaceId, Resource, StepPath};
use crate::event::Event;
use crate::plan::{Arguments, Plan, PlannedStep};
use crate::step::{AnyStep, Context, Recorder, RunFacts};
use crate::world::{Caller, Guard, Target, World, clock_offset};
use serde_json::Value;
use std::{cell::Cell, collections::BTreeMap, future::Future, rc::Rc, sync::Arc, time::Duration};

/// How long one attempt at an undo or a cleanup may take.
const GOING_BACK_TIMEOUT: Duration = Duration::from_mins(30);
const GOING_BACK_ATTEMPTS: u32 = 4;
const GOING_BACK_PAUSE: Duration = Duration::from_secs(5);

/// What every step of a run shares.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) run: Rc<RunFacts>,
    pub(super) world: Rc<World>,
    pub(super) guard: Arc<Guard>,
    pub(super) recorder: Recorder,
}

impl Surroundings {
    fn context(
        &self,
        step: StepPath,
        place: Option<Place>,
        production: Value,
        memory: Option<Value>,
    ) -> Context {
        Context {
            memory,
            run: self.run.clone(),
            step,
            place,
            world: self.world.clone(),
            guard: self.guard.clone(),
            recorder: self.recorder.clone(),
            production,
            uncertainty: Cell::default(),
        }
    }
}

/// A step's type, and what it works with.
pub(super) struct Job {
    step: Result<Rc<dyn AnyStep>, Failure>,
    cx: Context,
}

impl Job {
    pub(super) fn new(
        plan: &Plan,
        planned: &PlannedStep,
        arguments: Arguments,
        memory: Option<Value>,
        around: &Surroundings,
    ) -> Self {
        let step = plan.read(planned, &arguments).map(Rc::from);
        let production = arguments.production;
        let cx = around.context(planned.path.clone(), planned.place.clone(), production, memory);
        Self { step, cx }
    }

    async fn within<T>(
        &self,
        timeout: Duration,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            result = work => result,
            () = self.cx.world.clock.sleep(timeout) => {
                let timeout = crate::base::Period::new(timeout);
                Err(Failure::new(FailureKind::TimedOut, format!("it did not end within its timeout of {timeout}")))
            }
        }
    }

    pub(super) async fn run(self, timeout: Duration) -> Input {
        let result = match &self.step {
            Ok(step) => self.within(timeout, step.run(&self.cx)).await,
            Err(failure) => Err(failure.clone()),
        };
        let uncertainty = self.cx.uncertainty.get();
        let result = result.map(|outputs| StepEnd { outputs, uncertainty });
        Input::StepEnded { step: self.cx.step, result }
    }

    pub(super) async fn undo(self) -> Input {
        let cx = &self.cx;
        let result = self.go_back(|step| async move { step.undo(cx, cx.memory.clone()).await }).await;
        Input::UndoEnded { step: self.cx.step, result }
    }

    pub(super) async fn clean_up(self) -> Input {
        let cx = &self.cx;
        let result = self.go_back(|step| async move { step.cleanup(cx, cx.memory.clone()).await }).await;
        Input::CleanupEnded { step: self.cx.step, result }
    }

    /// Tries a few times: what is left behind costs more than patience.
    async fn go_back<'a, Work>(&'a self, work: impl Fn(Rc<dyn AnyStep>) -> Work) -> Result<(), Failure>
    where
        Work: Future<Output = Result<(), Failure>> + 'a,
    {
        let step = self.step.clone()?;
        let mut pause = GOING_BACK_PAUSE;
        for _ in 1..GOING_BACK_ATTEMPTS {
            match self.within(GOING_BACK_TIMEOUT, work(step.clone())).await {
                Err(failure) if failure.kind.may_pass() => self.cx.world.clock.sleep(pause).await,
                result => return result,
            }
            pause *= 2;
        }
        self.within(GOING_BACK_TIMEOUT, work(step)).await
    }
}

pub(super) async fn pause(clock: Clock, step: StepPath, pause: Duration) -> Input {
    clock.sleep(pause).await;
    Input::RetryDue { step }
}

/// Learns from STS which account is behind each place, and whether the guardrails allow it.
pub(super) async fn confirm_accounts(
    around: Surroundings,
    places: Vec<Place>,
    known: BTreeMap<PlaceId, String>,
) -> Input {
    for place in &places {
        if let Err(failure) = confirm_account(&around, place, known.get(&place.id)).await {
            return Input::Confirmed(Err(failure));
        }
    }
    Input::Confirmed(Ok(()))
}

async fn confirm_account(
    around: &Surroundings,
    place: &Place,
    known: Option<&String>,
) -> Result<(), Failure> {
    let World { clock, seed, aws, notices, .. } = &*around.world;
    let caller = Caller { step: None, clock: *clock, seed: *seed, notices: notices.clone() };
    let target = Target {
        action: Action::observe("sts", "GetCallerIdentity"),
        region: None,
        resource: None::<Resource>,
    };
    let sts = aws.sts(&place.id);
    let date = aws.last_date(&place.id);
    let identity = caller.call(target, || sts.get_caller_identity().send()).await?;
    let account = identity.account().unwrap_or_default().to_owned();
    let refused = |message: String| Failure::new(FailureKind::Refused, message);
    if let Some(wanted) = place.account.as_ref().filter(|wanted| **wanted != account) {
        let message = format!("place `{}` is in account {account}, not in {wanted}", place.id);
        return Err(refused(message));
    }
    if let Some(known) = known.filter(|known| **known != account) {
        let message = format!("place `{}` is in account {account}, and the run is in {known}", place.id);
        return Err(refused(message));
    }
    around.guard.allows_account(&account).map_err(|refusal| refused(refusal.to_string()))?;
    aws.confirm_account(&place.id, &account);
    let event = Event::AccountConfirmed {
        place: place.id.clone(),
        region: place.region.clone(),
        caller: identity.arn().unwrap_or_default().to_owned(),
        account,
        clock_offset_ms: date().and_then(|date| clock_offset(&date, clock.now())),
    };
    around.recorder.record(event).await
}
