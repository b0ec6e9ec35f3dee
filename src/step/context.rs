//! What a step sees of its run.

use crate::base::{Action, Failure, FailureKind, Instant, Mode, Place, Resource, RunId, StepPath};
use crate::event::{Event, Evidence};
use crate::world::{Caller, Guard, Target, World};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{cell::Cell, rc::Rc, sync::Arc, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// Facts of a run that do not change while it runs.
#[derive(Debug, Clone)]
pub(crate) struct RunFacts {
    pub(crate) id: RunId,
    pub(crate) runbook: String,
    pub(crate) mode: Mode,
    /// T0, as far as it is known.
    pub(crate) incident_at: Option<Instant>,
    pub(crate) started_at: Instant,
}

/// An event on its way to the journal, and where to say that it is there.
pub(crate) struct Recording {
    pub(crate) event: Event,
    pub(crate) durable: oneshot::Sender<()>,
}

/// Writes events of steps to the journal.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    recordings: mpsc::UnboundedSender<Recording>,
}

impl Recorder {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Recording>) {
        let (recordings, receiver) = mpsc::unbounded_channel();
        (Self { recordings }, receiver)
    }

    /// Done when `event` is on disk. Fails when the journal takes no more entries.
    pub(crate) async fn record(&self, event: Event) -> Result<(), Failure> {
        let (durable, written) = oneshot::channel();
        let closed = || Failure::new(FailureKind::Cancelled, "the journal takes no more entries");
        self.recordings.send(Recording { event, durable }).map_err(|_| closed())?;
        written.await.map_err(|_| closed())
    }
}

/// What one step works with.
pub(crate) struct Context {
    pub(crate) run: Rc<RunFacts>,
    pub(crate) step: StepPath,
    /// Steps that act in no place have none.
    pub(crate) place: Option<Place>,
    pub(crate) world: Rc<World>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) recorder: Recorder,
    /// The arguments as an incident would have them, without what a drill overrides.
    pub(crate) production: Value,
    /// What this step wrote down in an earlier attempt, or before a crash.
    pub(crate) memory: Option<Value>,
    pub(crate) uncertainty: Cell<Duration>,
}

impl Context {
    /// The place, for step types that act in one.
    pub(crate) fn place(&self) -> &Place {
        self.place.as_ref().expect("the checker gives a place to every step that acts in one")
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller {
            step: Some(self.step.clone()),
            clock: self.world.clock,
            seed: self.world.seed,
            notices: self.world.notices.clone(),
        }
    }

    /// The same, for a watcher that serves all who wait.
    pub(crate) fn watcher_caller(&self) -> Caller {
        Caller { step: None, ..self.caller() }
    }

    /// T0 as far as it is known: a run that nobody told takes its own start.
    pub(crate) fn disrupted_at(&self) -> Instant {
        self.run.incident_at.unwrap_or(self.run.started_at)
    }

    /// What `work` gives within `limit`, or nothing.
    pub(crate) async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.world.clock.sleep(limit) => None,
        }
    }

    /// A call in this step's Region.
    pub(crate) fn regional(&self, action: Action, resource: Option<Resource>) -> Target {
        Target { action, region: Some(self.place().region.clone()), resource }
    }

    /// A call of a service without Regions.
    pub(crate) fn global(action: Action, resource: Option<Resource>) -> Target {
        Target { action, region: None, resource }
    }

    /// Says how much earlier what this step observed may have been true.
    pub(crate) fn uncertain_by(&self, uncertainty: Duration) {
        self.uncertainty.set(uncertainty);
    }

    pub(crate) async fn observed(&self, evidence: Evidence) -> Result<(), Failure> {
        self.recorder.record(Event::Observed { step: self.step.clone(), evidence }).await
    }

    pub(crate) async fn deviated(&self, message: impl Into<String>) -> Result<(), Failure> {
        self.recorder.record(Event::Deviated { step: self.step.clone(), message: message.into() }).await
    }

    /// Writes down what undo and adoption will need, before the world changes.
    pub(crate) async fn remember<M: Serialize>(&self, memory: &M) -> Result<(), Failure> {
        let memory = serde_json::to_value(memory).map_err(|error| {
            Failure::new(FailureKind::Invalid, format!("its memory cannot be written down: {error}"))
        })?;
        self.recorder.record(Event::StepRemembered { step: self.step.clone(), memory }).await
    }

    /// Writes down that this step itself refuses to send a call.
    pub(crate) async fn refused(
        &self,
        action: Action,
        resource: &Resource,
        why: &str,
    ) -> Result<(), Failure> {
        let event = Event::Refused {
            step: Some(self.step.clone()),
            service: action.service.to_owned(),
            operation: action.operation.to_owned(),
            resource: Some(resource.clone()),
            reason: why.to_owned(),
        };
        self.recorder.record(event).await
    }

    /// Writes down that `resource` is about to be created.
    pub(crate) async fn creating(&self, resource: &Resource) -> Result<(), Failure> {
        self.recorder.record(Event::Creating { step: self.step.clone(), resource: resource.clone() }).await
    }

    /// Writes down that `resource` is this run's, and lets the guard know.
    pub(crate) async fn created(
        &self,
        resource: &Resource,
        immutable_id: &str,
        adopted: bool,
    ) -> Result<(), Failure> {
        let (step, resource) = (self.step.clone(), resource.clone());
        self.guard.own(resource.clone());
        self.recorder
            .record(Event::Created { step, resource, immutable_id: immutable_id.to_owned(), adopted })
            .await
    }

    /// Writes down that `resource` is gone.
    pub(crate) async fn removed(&self, resource: &Resource) -> Result<(), Failure> {
        self.guard.disown(resource);
        self.recorder.record(Event::Removed { step: self.step.clone(), resource: resource.clone() }).await
    }

    /// What this step remembered in an earlier attempt.
    pub(crate) fn remembered<M: DeserializeOwned>(&self) -> Result<Option<M>, Failure> {
        self.memory.clone().map(Self::recall).transpose()
    }

    /// Reads a memory back.
    pub(crate) fn recall<M: DeserializeOwned>(memory: Value) -> Result<M, Failure> {
        serde_json::from_value(memory).map_err(|error| {
            Failure::new(FailureKind::Invalid, format!("what the step remembered cannot be read: {error}"))
        })
    }
}
