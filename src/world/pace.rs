//! How often the world is asked, and how long to wait before asking again.

use crate::base::{Draw, Seed};
use std::time::Duration;

/// Attempts at one call, the first included.
pub(super) const ATTEMPTS: u32 = 5;

/// The same while the service asks for patience: a change in flight to a Route 53 zone can take a minute.
pub(super) const PATIENT_ATTEMPTS: u32 = 12;

const BASE: Duration = Duration::from_millis(500);
const CAP: Duration = Duration::from_secs(20);

/// The pause before attempt `attempt + 1` of an operation: exponential, with full jitter, drawn from
/// the seed by what is called, so that a rehearsal repeats it.
pub(super) fn backoff(seed: Seed, purpose: &[&str], attempt: u32) -> Duration {
    let ceiling = BASE.saturating_mul(1 << attempt.min(10)).min(CAP);
    let attempt = attempt.to_string();
    let mut key = purpose.to_vec();
    key.push(&attempt);
    let draw: Draw = seed.draw(&key);
    let millis = (ceiling.as_secs_f64() * draw.uniform() * 1000.0).round();
    Duration::from_secs_f64(millis / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_to_its_cap_and_repeats_with_its_seed() {
        let pause = |attempt| backoff(Seed(7), &["restore", "rds:DescribeDBInstances"], attempt);
        assert!((1..20).all(|attempt| pause(attempt) <= CAP));
        assert_eq!(pause(3), pause(3));
        assert_ne!(pause(3), backoff(Seed(8), &["restore", "rds:DescribeDBInstances"], 3));
    }
}
