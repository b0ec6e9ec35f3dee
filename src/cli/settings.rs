//! What the process and its machine say of themselves.

use crate::base::{Clock, RunId};
use crate::event::Operator;
use crate::run::Process;

/// The operator as the operating system knows them.
pub(super) fn operator(claimed: Option<String>) -> Operator {
    Operator { user: user(), claimed }
}

pub(super) fn user() -> String {
    whoami::fallible::username().unwrap_or_else(|_| "unknown".to_owned())
}

/// This process, as its machine knows it.
pub(super) fn process() -> Process {
    Process { host: host(), boot_id: boot_id(), pid: std::process::id() }
}

fn host() -> String {
    whoami::fallible::hostname().unwrap_or_else(|_| "unknown".to_owned())
}

fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

/// A new id: what kind of run, when it began, and a little chance.
pub(super) fn new_run_id(kind: char, clock: Clock) -> RunId {
    let now = clock.now();
    let chance = now.timestamp_subsec_nanos() ^ std::process::id().wrapping_mul(0x9E37_79B9);
    let letters: String = (0..3_u32)
        .map(|place| char::from_digit(chance.rotate_left(place * 11) % 36, 36).unwrap_or('0'))
        .collect();
    RunId::new(format!("{kind}{}-{letters}", now.format("%y%m%d-%H%M%S"))).expect("a run id by construction")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_run_id_fits_the_longest_that_is_allowed() {
        assert_eq!(new_run_id('d', Clock::system()).as_str().len(), 18);
    }
}
