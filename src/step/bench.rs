//! A run with one step in it, for tests: what it records is kept in memory, its watchers work.

use super::{Context, Recorder, RunFacts, Step};
use crate::base::{Clock, Failure, Instant, Mode, Place, PlaceId, RunId, Seed, StepPath};
use crate::event::Event;
use crate::world::scripted::Kept;
use crate::world::{
    Allowance, Answer, AwsClients, Connection, Dns, Guard, NoDns, NoSql, People, Question, Sql, Watchers,
    World,
};
use futures_util::future::{LocalBoxFuture, ready};
use serde_json::Value;
use std::{cell::Cell, collections::BTreeSet, rc::Rc, sync::Arc, time::Duration};

pub(super) const ACCOUNT: &str = "111122223333";

/// What a test wants of its run, beside the step.
pub(super) struct Bench {
    pub(super) mode: Mode,
    pub(super) incident_at: Option<Instant>,
    pub(super) drill_may_change: Vec<String>,
    pub(super) production: Value,
    pub(super) memory: Option<Value>,
    pub(super) dns: Rc<dyn Dns>,
    pub(super) sql: Rc<dyn Sql>,
    pub(super) answer: Answer,
    pub(super) connection: Connection,
}

/// What became of it.
pub(super) struct Ended<T> {
    pub(super) result: Result<T, Failure>,
    pub(super) events: Vec<Event>,
    pub(super) uncertainty: Duration,
}

impl<T> Ended<T> {
    /// The last memory that was written down.
    pub(super) fn memory(&self) -> Option<Value> {
        self.events.iter().rev().find_map(|event| match event {
            Event::StepRemembered { memory, .. } => Some(memory.clone()),
            _ => None,
        })
    }

    pub(super) fn failure(&self) -> &Failure {
        self.result.as_ref().err().expect("it failed")
    }

    pub(super) fn deviations(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, Event::Deviated { .. })).count()
    }
}

struct Person(Answer);

impl People for Person {
    fn ask(&self, _: Question) -> LocalBoxFuture<'_, Answer> {
        Box::pin(ready(self.0.clone()))
    }
}

pub(super) fn place() -> Place {
    Place {
        id: PlaceId::new("recovery").expect("valid"),
        region: "us-west-2".to_owned(),
        account: None,
        role_arn: None,
        profile: None,
    }
}

impl Bench {
    pub(super) fn new(mode: Mode, connection: Connection) -> Self {
        Self {
            mode,
            incident_at: None,
            drill_may_change: Vec::new(),
            production: Value::Null,
            memory: None,
            dns: Rc::new(NoDns),
            sql: Rc::new(NoSql),
            answer: Answer { approved: true, by: "ann".to_owned(), user: "ann".to_owned(), comment: None },
            connection,
        }
    }

    /// Gives `work` the context of a step of type `S`, and keeps what it records.
    pub(super) async fn with<S: Step, T>(
        self,
        work: impl AsyncFnOnce(&Context) -> Result<T, Failure>,
    ) -> Ended<T> {
        let clock = Clock::starting_at("2026-11-23T09:10:00Z".parse().expect("a time"));
        let guard = Guard::new(Allowance {
            mode: self.mode,
            actions: S::ACTIONS.iter().copied().collect(),
            accounts: BTreeSet::new(),
            regions: BTreeSet::new(),
            lost_regions: BTreeSet::new(),
            drill_may_change: self.drill_may_change.clone(),
        });
        let notices = Rc::new(Kept::default());
        let aws = AwsClients::new(&self.connection, &[place()], clock, &guard);
        aws.confirm_account(&place().id, ACCOUNT);
        let (recorder, mut recordings) = Recorder::new();
        let cx = self.context(clock, guard, aws, notices.clone(), recorder);
        let mut events = Vec::new();
        let result = {
            let keeping = async {
                while let Some(recording) = recordings.recv().await {
                    events.push(recording.event);
                    let _ = recording.durable.send(());
                }
            };
            tokio::select! {
                biased;
                result = work(&cx) => result,
                () = keeping => unreachable!("the context holds a recorder"),
                () = cx.world.watchers.drive() => unreachable!("watchers never end"),
            }
        };
        Ended { result, events, uncertainty: cx.uncertainty.get() }
    }

    fn context(
        self,
        clock: Clock,
        guard: Arc<Guard>,
        aws: AwsClients,
        notices: Rc<Kept>,
        recorder: Recorder,
    ) -> Context {
        let run = RunId::new("drill-7").expect("valid");
        Context {
            run: Rc::new(RunFacts {
                id: run,
                runbook: "one-database".to_owned(),
                mode: self.mode,
                incident_at: self.incident_at,
                started_at: clock.now(),
            }),
            step: StepPath::new("step").expect("valid"),
            place: Some(place()),
            world: Rc::new(World {
                clock,
                seed: Seed(1),
                aws,
                dns: self.dns,
                sql: self.sql,
                people: Rc::new(Person(self.answer)),
                watchers: Watchers::new(clock, notices.clone()),
                notices,
            }),
            guard,
            recorder,
            production: self.production,
            memory: self.memory,
            uncertainty: Cell::default(),
        }
    }
}
