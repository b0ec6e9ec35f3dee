//! What goes wrong with single calls, as the scenario's faults have it.
//!
//! Whether a fault hits is drawn by the fault and the call's own number, never from a shared sequence.

use super::{aws::error::ServiceError, description::Fault, status::Status};
use crate::base::{Instant, Period, Seed};
use std::{collections::BTreeMap, time::Duration};

/// The faults of a scenario, and what they have done so far.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    faults: Vec<Active>,
}

#[derive(Debug)]
struct Active {
    fault: Fault,
    hits: u32,
    /// How often each operation met it.
    met: BTreeMap<String, u64>,
    bucket: Option<Bucket>,
}

/// A token bucket: as many as a second's worth, refilled all the time.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

/// What happens to one call.
#[derive(Debug, Default)]
pub(super) struct Effects {
    pub(super) delay: Duration,
    pub(super) error: Option<ServiceError>,
    pub(super) lose_reply: bool,
    pub(super) not_found_for: Duration,
    pub(super) ends_in: Option<Status>,
}

/// One call, on its way in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Incoming<'a> {
    pub(super) service: &'a str,
    pub(super) operation: &'a str,
    pub(super) region: &'a str,
    pub(super) now: Instant,
}

impl Trouble {
    pub(super) fn new(faults: &[Fault]) -> Self {
        let active =
            |fault: &Fault| Active { fault: fault.clone(), hits: 0, met: BTreeMap::new(), bucket: None };
        Self { faults: faults.iter().map(active).collect() }
    }

    /// What this call meets. The first error stands.
    pub(super) fn meet(&mut self, seed: Seed, call: Incoming<'_>) -> Effects {
        let mut effects = Effects::default();
        for (index, active) in self.faults.iter_mut().enumerate() {
            if active.applies(seed, index, call) {
                active.add_to(&mut effects, call);
            }
        }
        effects
    }
}

impl Active {
    fn applies(&mut self, seed: Seed, index: usize, call: Incoming<'_>) -> bool {
        let Fault { on, region, probability, times, .. } = &self.fault;
        if !on.matches(call.service, call.operation)
            || region.as_ref().is_some_and(|region| region != call.region)
            || times.is_some_and(|times| self.hits >= times)
        {
            return false;
        }
        let name = format!("{}:{}@{}", call.service, call.operation, call.region);
        let nth = self.met.entry(name.clone()).or_default();
        *nth += 1;
        let drawn = seed.draw(&["lab", "fault", &index.to_string(), &name, &nth.to_string()]).uniform();
        let hit = probability.is_none_or(|probability| drawn < probability);
        self.hits += u32::from(hit);
        hit
    }

    fn add_to(&mut self, effects: &mut Effects, call: Incoming<'_>) {
        if let Some(rate) = self.fault.throttle
            && !self.take(rate.per_second(), call.now)
        {
            effects.error.get_or_insert_with(ServiceError::throttled);
        }
        let Fault { fail, code, lose_reply, delay, not_found_for, ends_in, .. } = &self.fault;
        if let Some(status) = fail {
            let code = if *status == 500 { "InternalFailure" } else { "ServiceUnavailable" };
            effects.error.get_or_insert_with(|| ServiceError::new(*status, code, "An injected failure."));
        }
        if let Some(code) = code {
            effects.error.get_or_insert_with(|| ServiceError::bad_request(code, "An injected error."));
        }
        effects.lose_reply |= lose_reply;
        effects.delay += delay.map_or(Duration::ZERO, Period::get);
        effects.not_found_for = effects.not_found_for.max(not_found_for.map_or(Duration::ZERO, Period::get));
        effects.ends_in = effects.ends_in.or(*ends_in);
    }

    fn take(&mut self, per_second: f64, now: Instant) -> bool {
        let full = per_second.max(1.0);
        let bucket = self.bucket.get_or_insert(Bucket { tokens: full, filled: now });
        let passed = (now - bucket.filled).to_std().unwrap_or_default().as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * per_second).min(full);
        bucket.filled = now;
        let granted = bucket.tokens >= 1.0;
        if granted {
            bucket.tokens -= 1.0;
        }
        granted
    }
}
