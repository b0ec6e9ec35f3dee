//! The lab itself: one state, and the ways into it.

use super::{
    aws::error::ServiceError,
    build::build,
    check::{LabMistake, check},
    connector::LabClient,
    description::{Disaster, Fault, Person, WorldDescription},
    names::LabDns,
    people::LabPeople,
    snapshot::LabSnapshot,
    sql::LabSql,
    state::State,
    wire::{self, Cut, WireRequest, WireResponse},
};
#[cfg(test)]
use crate::base::Instant;
use crate::base::{Clock, Seed};
use crate::world::{Dns, People, Sql};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
#[cfg(test)]
use std::collections::BTreeMap;
use std::{
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long a call to a Region that is down waits before it gives up.
const NO_ANSWER_AFTER: Duration = Duration::from_secs(3);

/// An emulated world. Clones are the same world.
#[derive(Debug, Clone)]
pub(crate) struct Lab {
    state: Arc<Mutex<State>>,
    people: Vec<Person>,
    clock: Clock,
}

impl Lab {
    /// The described world, and what becomes of it. `clock` reads the time at which the run begins,
    /// usually T2.
    pub(crate) fn new(
        world: &WorldDescription,
        disaster: Option<&Disaster>,
        faults: &[Fault],
        people: &[Person],
        clock: Clock,
        seed: Seed,
    ) -> Result<Self, Vec<LabMistake>> {
        let mistakes = check(world, disaster, faults);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Self {
            state: Arc::new(Mutex::new(build(world, disaster, faults, clock.now(), seed))),
            people: people.to_vec(),
            clock,
        })
    }

    /// Answers the SDK's clients of every service, Region and account.
    pub(crate) fn http(&self) -> SharedHttpClient {
        SharedHttpClient::new(LabClient::new(self.clone()))
    }

    pub(crate) fn dns(&self) -> Rc<dyn Dns> {
        Rc::new(LabDns::new(self.clone()))
    }

    pub(crate) fn sql(&self) -> Rc<dyn Sql> {
        Rc::new(LabSql::new(self.clone()))
    }

    pub(crate) fn people(&self) -> Rc<dyn People> {
        Rc::new(LabPeople::new(self.people.clone(), self.clock))
    }

    /// What stands in the lab now.
    pub(crate) fn snapshot(&self) -> LabSnapshot {
        LabSnapshot::of(&self.state(), self.clock.now())
    }

    /// How often each operation was called: `rds:DescribeDBInstances`.
    #[cfg(test)]
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        self.state().calls.clone()
    }

    /// The newest row that the instance `id` in `region` held at `at`, known to nobody inside the world.
    #[cfg(test)]
    pub(crate) fn newest_row(&self, region: &str, id: &str, at: Instant) -> Option<Instant> {
        let state = self.state();
        let mut standing = state.instances.iter();
        let meant = |instance: &&super::aws::instance::Instance| {
            instance.region == region && instance.id == id && instance.status(at).is_some()
        };
        standing.find(meant)?.data.rows_at(at)?.newest()
    }

    /// Answers one request of any client, in the time that the lab takes for it.
    pub(crate) async fn answer(&self, request: WireRequest) -> Result<WireResponse, Cut> {
        let call = wire::read(&request, &self.state());
        let effects = {
            let mut state = self.state();
            let now = self.clock.now();
            *state.calls.entry(call.name()).or_default() += 1;
            let seed = state.seed;
            state.trouble.meet(seed, call.incoming(now))
        };
        if self.state().region_is_down(&call.region, self.clock.now()) {
            self.clock.sleep(NO_ANSWER_AFTER).await;
            return Err(Cut::RegionDown(call.region));
        }
        let now = self.clock.now();
        let answer = wire::answer(&mut self.state(), &call, &effects, now);
        // A client that gives up meanwhile has had its way all the same.
        self.clock.sleep(effects.delay).await;
        if effects.lose_reply { Err(Cut::ReplyLost) } else { Ok(answer) }
    }

    /// Answers what is no request of any service.
    pub(super) fn refuse(&self, status: u16, code: &str, message: &str) -> WireResponse {
        let error = ServiceError::new(status, code, message);
        wire::refusal(&mut self.state(), &error, self.clock.now())
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements that could panic: nothing here is half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }
}
