//! The places of one host or one person, who waits for one, and how patient the relay has to be.

use crate::Row;
use std::collections::VecDeque;

/// A push that fails for now is repeated so often.
pub const MAX_FAILURES: u32 = 6;
/// The first repetition comes after this time, in milliseconds; each further one after twice as long.
pub const BACKOFF_MS: u64 = 2000;
/// Longest wait that a push service may ask for, in milliseconds.
pub const MAX_WAIT_MS: u64 = 3600 * 1000;
/// A host that doesn't answer is tried again after this time at the latest, in milliseconds.
pub const MAX_HOST_WAIT_MS: u64 = 64_000;

/// How often something failed, and until when it isn't tried.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    pub failures: u32,
    /// In milliseconds of a time that only goes on.
    pub until_ms: u64,
}

impl Backoff {
    /// It failed once more. `false`: it is given up, and rests.
    pub fn failed(&mut self, device: Row, now_ms: u64, asked_ms: Option<u64>, rest_ms: u64) -> bool {
        if self.failures >= MAX_FAILURES {
            *self = Self { failures: 0, until_ms: now_ms + rest_ms };
            return false;
        }
        let backoff_ms = BACKOFF_MS << self.failures;
        // Spread, so that a push service that comes back isn't met by all at once.
        let spread_ms = (device as u64).wrapping_mul(7919) % (backoff_ms / 2);
        self.failures += 1;
        self.until_ms = now_ms + (backoff_ms + spread_ms).max(asked_ms.unwrap_or(0).min(MAX_WAIT_MS));
        true
    }

    /// A host gave no answer: it is tried again soon by one, and never given up, because others need it.
    pub fn host_failed(&mut self, now_ms: u64) {
        let wait_ms = BACKOFF_MS.checked_shl(self.failures).unwrap_or(MAX_HOST_WAIT_MS).min(MAX_HOST_WAIT_MS);
        self.failures = (self.failures + 1).min(MAX_FAILURES);
        self.until_ms = now_ms + wait_ms;
    }
}

/// Of a host or a person.
#[derive(Debug, Default)]
pub struct Lane {
    pub under_way: usize,
    /// Devices, in the order in which they came; some may have gone.
    pub waiting: VecDeque<Row>,
    /// Of a host.
    pub backoff: Backoff,
}

impl Lane {
    /// Whether one more may begin.
    pub fn has_place(&self, places: usize) -> bool {
        self.under_way < places
    }

    /// The next in line, as many as there are places.
    pub fn next(&mut self, places: usize) -> Vec<Row> {
        let free = places.saturating_sub(self.under_way).min(self.waiting.len());
        self.waiting.drain(..free).collect()
    }

    /// Nothing is to be remembered.
    pub fn is_idle(&self) -> bool {
        self.under_way == 0 && self.waiting.is_empty() && self.backoff == Backoff::default()
    }
}
