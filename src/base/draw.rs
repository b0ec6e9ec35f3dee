//! Random draws that a seed repeats.
//!
//! A draw is keyed by what it is for, never taken from one shared sequence: what happens
//! elsewhere in a run cannot change it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// The draw for `purpose`: the same seed and purpose always give the same draw.
    pub(crate) fn draw(self, purpose: &[&str]) -> Draw {
        let mut hasher = Sha256::new();
        hasher.update(self.0.to_le_bytes());
        for word in purpose {
            hasher.update((word.len() as u64).to_le_bytes());
            hasher.update(word.as_bytes());
        }
        Draw(hasher.finalize().into())
    }
}

/// One draw: a few independent numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw([u8; 32]);

impl Draw {
    fn word(self, index: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[index * 8..index * 8 + 8]);
        u64::from_le_bytes(bytes)
    }

    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept, which a double holds exactly")]
    fn fraction(self, index: usize) -> f64 {
        (self.word(index) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `0.0..1.0`.
    pub(crate) fn uniform(self) -> f64 {
        self.fraction(0)
    }

    /// Standard normal (Box-Muller).
    pub(crate) fn normal(self) -> f64 {
        let (first, second) = (1.0 - self.fraction(1), self.fraction(2));
        (-2.0 * first.ln()).sqrt() * (std::f64::consts::TAU * second).cos()
    }

    /// Log-normal with the given median and 90th percentile, to the millisecond.
    pub(crate) fn duration(self, p50: Duration, p90: Duration) -> Duration {
        /// The standard normal's 90th percentile.
        const Z90: f64 = 1.281_551_565_544_600_4;
        if p50.is_zero() {
            return Duration::ZERO;
        }
        let sigma = (p90.as_secs_f64() / p50.as_secs_f64()).max(1.0).ln() / Z90;
        // A tail longer than ten medians would be the distribution speaking, not the service.
        let factor = (sigma * self.normal()).exp().clamp(0.1, 10.0);
        let seconds = (p50.as_secs_f64() * factor * 1000.0).round() / 1000.0;
        Duration::try_from_secs_f64(seconds).unwrap_or(p50).max(Duration::from_millis(1))
    }

    /// Eight lowercase hex digits.
    pub(crate) fn hex(self) -> String {
        super::hex(&self.0[24..28])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_and_purpose_alone() {
        let draw = |seed, purpose: &[&str]| Seed(seed).draw(purpose).hex();
        assert_eq!(draw(1, &["restore", "1"]), draw(1, &["restore", "1"]));
        assert_ne!(draw(1, &["restore", "1"]), draw(2, &["restore", "1"]));
        assert_ne!(draw(1, &["restore", "1"]), draw(1, &["restore1"]));
    }

    #[test]
    fn durations_have_the_median_and_the_90th_percentile_asked_for() {
        let (p50, p90) = (Duration::from_mins(7), Duration::from_mins(9));
        let mut drawn: Vec<Duration> =
            (0..2001).map(|n| Seed(n).draw(&["restore"]).duration(p50, p90)).collect();
        drawn.sort();
        let near =
            |got: Duration, want: Duration| (got.as_secs_f64() / want.as_secs_f64() - 1.0).abs() < 0.03;
        assert!(near(drawn[1000], p50), "median {:?}", drawn[1000]);
        assert!(near(drawn[1800], p90), "90th percentile {:?}", drawn[1800]);
    }
}
