//! Waiting before the next attempt: exponential, with jitter, so that a relay that comes back isn't met by everybody at once.

use crate::limits::{RETRY_FIRST_MILLIS, RETRY_LONGEST_MILLIS};
use rand_core::RngCore;
use std::time::Duration;

/// How long to wait before the next attempt.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// After the first failure.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first: Duration::from_millis(RETRY_FIRST_MILLIS), longest: Duration::from_millis(RETRY_LONGEST_MILLIS) }
    }
}

impl Retry {
    /// The wait after this many failures in a row (from 1): half of it fixed, half of it random.
    pub(crate) fn wait(&self, failures: u32, rng: &mut dyn RngCore) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.saturating_sub(1).min(20));
        let half = doubled.min(self.longest) / 2;
        half + half.mul_f64(f64::from(rng.next_u32()) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest_and_differ() {
        let retry = Retry::default();
        let mut rng = crate::profile::generator();
        for (failures, least, most) in [(1, 250, 500), (2, 500, 1000), (5, 4000, 8000), (99, 30_000, 60_000)] {
            let waits: Vec<_> = (0..50).map(|_| retry.wait(failures, &mut rng).as_millis()).collect();
            assert!(waits.iter().all(|wait| (least..=most).contains(wait)), "{failures}: {waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]));
        }
    }
}
