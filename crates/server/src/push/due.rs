//! Which device is woken when: at once, then not again for a while, and again when something came meanwhile. A state machine without clock and IO.

use crate::Row;
use std::collections::{BTreeSet, HashMap};

/// Devices that are remembered; more aren't woken until there is room.
const MAX_DEVICES: usize = 100_000;
/// A push that fails for now is repeated so often.
const MAX_FAILURES: u32 = 6;
/// The first repetition comes after this time, in milliseconds; each further one after twice as long.
const BACKOFF_MS: u64 = 2000;
/// Longest wait that a push service may ask for, in milliseconds.
const MAX_WAIT_MS: u64 = 3600 * 1000;
/// A device whose push service refuses isn't tried again for this long, in milliseconds.
const REST_MS: u64 = 3600 * 1000;

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The push service has it.
    Sent,
    /// The device has no subscription, or its push service doesn't know it any more.
    Gone,
    /// The device needs no push: it has taken what came by its connection.
    Unneeded,
    /// The device is connected and may still take it: look again so many milliseconds later.
    Later(u64),
    /// Not now; maybe the push service said how many milliseconds to wait.
    Failed(Option<u64>),
    /// The push service won't take it.
    Refused,
}

#[derive(Debug, Default)]
struct State {
    /// Since when something waits, in milliseconds since 1970.
    wanted: Option<u64>,
    /// When something waits: not before then. Else: remembered until then.
    at: u64,
    failures: u32,
    /// An attempt is under way, for what waited since then.
    under_way: Option<u64>,
}

/// All devices that are to be woken, or were of late.
pub struct Due {
    interval_ms: u64,
    devices: HashMap<Row, State>,
    /// Of every device without an attempt under way.
    order: BTreeSet<(u64, Row)>,
}

impl Due {
    /// With the time between two pushes to a device.
    pub fn new(interval_ms: u64) -> Self {
        Self { interval_ms, devices: HashMap::new(), order: BTreeSet::new() }
    }

    /// Something is there for a device. `false` when there is no room to remember it.
    pub fn want(&mut self, device: Row, now_ms: u64) -> bool {
        if let Some(state) = self.devices.get_mut(&device) {
            state.wanted.get_or_insert(now_ms);
            return true;
        }
        if self.devices.len() >= MAX_DEVICES {
            return false;
        }
        self.devices.insert(device, State { wanted: Some(now_ms), at: now_ms, ..State::default() });
        self.order.insert((now_ms, device));
        true
    }

    /// When there is something to do next.
    pub fn next_at(&self) -> Option<u64> {
        self.order.first().map(|(at, _)| *at)
    }

    /// The next device to be woken now, and since when something waits for it. [`Due::done`] has to follow.
    pub fn take(&mut self, now_ms: u64) -> Option<(Row, u64)> {
        while self.next_at()? <= now_ms {
            let (_, device) = self.order.pop_first()?;
            let state = self.devices.get_mut(&device)?;
            match state.wanted.take() {
                Some(since) => {
                    state.under_way = Some(since);
                    return Some((device, since));
                }
                None => {
                    self.devices.remove(&device);
                }
            }
        }
        None
    }

    /// What became of a device that was taken.
    pub fn done(&mut self, device: Row, now_ms: u64, outcome: Outcome) {
        let Some(state) = self.devices.get_mut(&device) else { return };
        let Some(since) = state.under_way.take() else { return };
        match outcome {
            Outcome::Sent => {
                state.failures = 0;
                state.at = now_ms + self.interval_ms;
            }
            Outcome::Unneeded => state.at = now_ms,
            Outcome::Later(wait_ms) => {
                state.wanted = Some(since);
                state.at = now_ms + wait_ms;
            }
            Outcome::Failed(asked_ms) if state.failures < MAX_FAILURES => {
                let backoff_ms = BACKOFF_MS << state.failures;
                // Spread, so that a push service that comes back isn't met by all at once.
                let spread_ms = (device as u64).wrapping_mul(7919) % (backoff_ms / 2);
                state.failures += 1;
                state.wanted = Some(since);
                state.at = now_ms + (backoff_ms + spread_ms).max(asked_ms.unwrap_or(0).min(MAX_WAIT_MS));
            }
            Outcome::Failed(_) | Outcome::Refused => {
                state.failures = 0;
                state.wanted = None;
                state.at = now_ms + REST_MS;
            }
            Outcome::Gone => {
                self.devices.remove(&device);
                return;
            }
        }
        self.order.insert((state.at, device));
    }

    /// A device has another subscription: nothing that was holds for it.
    pub fn forget(&mut self, device: Row) {
        if let Some(state) = self.devices.remove(&device) {
            self.order.remove(&(state.at, device));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_push_is_at_once_and_many_in_the_interval_become_one() {
        let mut due = Due::new(20_000);
        assert!(due.want(1, 1000));
        assert_eq!(due.take(1000), Some((1, 1000)));
        // Something comes while it is under way, and after it.
        due.want(1, 1100);
        assert_eq!(due.take(1100), None);
        due.done(1, 1200, Outcome::Sent);
        due.want(1, 5000);
        assert_eq!((due.take(5000), due.next_at()), (None, Some(21_200)));
        assert_eq!(due.take(21_200), Some((1, 1100)));
        due.done(1, 21_300, Outcome::Sent);
        assert_eq!(due.take(41_300), None);
        assert_eq!((due.next_at(), due.devices.len()), (None, 0), "whoever rests is forgotten");
    }

    #[test]
    fn a_failure_is_repeated_later_and_later_and_then_given_up() {
        let mut due = Due::new(1000);
        due.want(1, 0);
        let mut waits = Vec::new();
        let mut now = 0;
        while let Some(taken) = due.take(now) {
            assert_eq!(taken, (1, 0));
            due.done(1, now, Outcome::Failed(None));
            let next = due.next_at().unwrap();
            waits.push(next - now);
            now = next;
        }
        assert_eq!(waits.len(), MAX_FAILURES as usize + 1);
        assert!(waits.is_sorted() && waits[0] >= BACKOFF_MS && waits[0] < 2 * BACKOFF_MS, "{waits:?}");
        assert_eq!(*waits.last().unwrap(), REST_MS);
    }

    #[test]
    fn a_push_service_may_ask_for_patience_but_not_for_ever() {
        let mut due = Due::new(1000);
        due.want(1, 0);
        due.take(0);
        due.done(1, 0, Outcome::Failed(Some(60_000)));
        assert_eq!(due.next_at(), Some(60_000));
        due.take(60_000);
        due.done(1, 60_000, Outcome::Failed(Some(u64::MAX)));
        assert_eq!(due.next_at(), Some(60_000 + MAX_WAIT_MS));
    }

    #[test]
    fn who_is_refused_rests_until_there_is_another_subscription() {
        let mut due = Due::new(1000);
        due.want(1, 0);
        due.take(0);
        due.done(1, 0, Outcome::Refused);
        due.want(1, 10);
        assert_eq!(due.take(REST_MS - 1), None);
        due.forget(1);
        due.want(1, 20);
        assert_eq!(due.take(20), Some((1, 20)));
        // Changed while an attempt is under way: that one's outcome says nothing any more.
        due.forget(1);
        due.done(1, 30, Outcome::Refused);
        due.want(1, 40);
        assert_eq!(due.take(40), Some((1, 40)));
    }

    #[test]
    fn who_is_connected_is_looked_at_again() {
        let mut due = Due::new(1000);
        due.want(1, 0);
        due.take(0);
        due.done(1, 0, Outcome::Later(5000));
        assert_eq!((due.take(4999), due.take(5000)), (None, Some((1, 0))));
        due.done(1, 5000, Outcome::Unneeded);
        assert_eq!((due.take(5000), due.devices.len()), (None, 0));
    }

    #[test]
    fn memory_is_bounded() {
        let mut due = Due::new(1000);
        for device in 0..MAX_DEVICES as Row {
            assert!(due.want(device, 0));
        }
        assert!(!due.want(-1, 0));
        assert!(due.want(0, 0), "known");
    }
}
