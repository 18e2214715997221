//! Which device is woken when: at once, then not again for a while, and again when something came meanwhile. A state machine without clock and IO.
//!
//! **Invariant:** patience and places follow the push service's host and the person, not the subscription: who subscribes anew gets neither
//! sooner another attempt nor one more place (`renewing_a_subscription_brings_no_attempt_sooner`,
//! `a_host_that_never_answers_takes_one_place_and_a_person_two`).

use super::lane::{Backoff, Lane};
use crate::Row;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Devices that are remembered; more aren't woken until there is room.
const MAX_DEVICES: usize = 100_000;
/// People and hosts whose failures are remembered.
const MAX_PAIRS: usize = 100_000;
/// A device whose push service refuses isn't tried again for this long, in milliseconds.
const REST_MS: u64 = 3600 * 1000;
/// Attempts under way at one host; one that doesn't answer gets one only.
const HOST_PLACES: usize = 16;
/// Attempts under way for one person.
const PERSON_PLACES: usize = 2;

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
    /// The push service answers: not now. Maybe it said how many milliseconds to wait.
    Failed(Option<u64>),
    /// There was no answer.
    Unreachable,
    /// The push service won't take it.
    Refused,
}

/// The host of a push service.
pub type Host = Arc<str>;

/// Whom a device belongs to, and who wakes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The person's row.
    pub user: Row,
    /// The push service.
    pub host: Host,
}

/// Where a device's turn is.
#[derive(Debug, Default)]
enum Place {
    /// In the order of times.
    #[default]
    Ordered,
    /// In the line of its host or its person.
    InLine,
    /// An attempt is under way, for what waited since then.
    UnderWay { since: u64, target: Target },
}

#[derive(Debug)]
struct State {
    target: Target,
    /// Since when something waits, in milliseconds of a time that only goes on.
    wanted: Option<u64>,
    /// When something waits: not before then. Else: remembered until then.
    at: u64,
    place: Place,
    /// Its push service refused, and it rests until it has another subscription.
    refused: bool,
    /// It has another subscription since the attempt began.
    renewed: bool,
}

/// All devices that are to be woken, or were of late.
pub struct Due {
    interval_ms: u64,
    devices: HashMap<Row, State>,
    /// Of every device in the order of times.
    order: BTreeSet<(u64, Row)>,
    hosts: HashMap<Host, Lane>,
    people: HashMap<Row, Lane>,
    pairs: HashMap<Target, Backoff>,
}

impl Due {
    /// With the time between two pushes to a device.
    pub fn new(interval_ms: u64) -> Self {
        Self {
            interval_ms,
            devices: HashMap::new(),
            order: BTreeSet::new(),
            hosts: HashMap::new(),
            people: HashMap::new(),
            pairs: HashMap::new(),
        }
    }

    /// Something is there for a device. `false` when there is no room to remember it.
    pub fn want(&mut self, device: Row, target: Target, now_ms: u64) -> bool {
        if let Some(state) = self.devices.get_mut(&device) {
            state.wanted.get_or_insert(now_ms);
            if matches!(state.place, Place::Ordered) {
                state.target = target;
            }
            return true;
        }
        if self.devices.len() >= MAX_DEVICES {
            return false;
        }
        let wanted = Some(now_ms);
        let state = State { target, wanted, at: now_ms, place: Place::Ordered, refused: false, renewed: false };
        self.devices.insert(device, state);
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
            let Some(state) = self.devices.get(&device) else { continue };
            let target = state.target.clone();
            if state.wanted.is_none() {
                self.devices.remove(&device);
                self.call_up(&target, now_ms);
            } else if let Some(at_ms) = self.not_before(&target, now_ms) {
                self.put(device, at_ms);
                self.call_up(&target, now_ms);
            } else if self.stands_in_line(device, &target) {
                self.call_up(&target, now_ms);
            } else {
                self.hosts.entry(target.host.clone()).or_default().under_way += 1;
                self.people.entry(target.user).or_default().under_way += 1;
                let state = self.devices.get_mut(&device)?;
                let since = state.wanted.take()?;
                state.renewed = false;
                state.place = Place::UnderWay { since, target };
                return Some((device, since));
            }
        }
        None
    }

    /// Until when a person's attempts at a host, or all at the host, have to wait.
    fn not_before(&self, target: &Target, now_ms: u64) -> Option<u64> {
        let pair = self.pairs.get(target).map_or(0, |backoff| backoff.until_ms);
        let host = self.hosts.get(&target.host).map_or(0, |lane| lane.backoff.until_ms);
        let at_ms = pair.max(host);
        (at_ms > now_ms).then_some(at_ms)
    }

    /// Puts a device into the line of its host or its person, when that one has no place.
    fn stands_in_line(&mut self, device: Row, target: &Target) -> bool {
        let host = self.hosts.entry(target.host.clone()).or_default();
        let person = self.people.entry(target.user).or_default();
        let line = if !host.has_place(host_places(host)) {
            &mut host.waiting
        } else if !person.has_place(PERSON_PLACES) {
            &mut person.waiting
        } else {
            return false;
        };
        line.push_back(device);
        if let Some(state) = self.devices.get_mut(&device) {
            state.place = Place::InLine;
        }
        true
    }

    /// Lets the next in the lines of a host and a person try, where there is a place.
    fn call_up(&mut self, target: &Target, now_ms: u64) {
        let mut called = Vec::new();
        if let Some(lane) = self.hosts.get_mut(&target.host) {
            let places = host_places(lane);
            let at_ms = now_ms.max(lane.backoff.until_ms);
            called.extend(lane.next(places).into_iter().map(|device| (device, at_ms)));
            if lane.is_idle() {
                self.hosts.remove(&target.host);
            }
        }
        if let Some(lane) = self.people.get_mut(&target.user) {
            called.extend(lane.next(PERSON_PLACES).into_iter().map(|device| (device, now_ms)));
            if lane.is_idle() {
                self.people.remove(&target.user);
            }
        }
        for (device, at_ms) in called {
            self.put(device, at_ms);
        }
    }

    fn put(&mut self, device: Row, at_ms: u64) {
        if let Some(state) = self.devices.get_mut(&device) {
            state.place = Place::Ordered;
            state.at = at_ms;
            self.order.insert((at_ms, device));
        }
    }

    /// What became of a device that was taken.
    pub fn done(&mut self, device: Row, now_ms: u64, outcome: Outcome) {
        let Some(state) = self.devices.get_mut(&device) else { return };
        let Place::UnderWay { since, target } = std::mem::take(&mut state.place) else { return };
        let renewed = std::mem::take(&mut state.renewed);
        if let Some(lane) = self.people.get_mut(&target.user) {
            lane.under_way -= 1;
        }
        let again_ms = self.learn(device, &target, now_ms, outcome);
        let Some(state) = self.devices.get_mut(&device) else { return };
        let mut forgotten = false;
        let at_ms = match outcome {
            Outcome::Sent => now_ms + self.interval_ms,
            Outcome::Unneeded => now_ms,
            Outcome::Later(wait_ms) => {
                state.wanted = Some(since);
                now_ms + wait_ms
            }
            Outcome::Failed(_) | Outcome::Unreachable => match again_ms {
                Some(at_ms) => {
                    state.wanted = Some(since);
                    at_ms
                }
                None => {
                    state.wanted = None;
                    now_ms + REST_MS
                }
            },
            // That was about the former subscription.
            Outcome::Refused | Outcome::Gone if renewed => {
                state.wanted = Some(since);
                now_ms + self.interval_ms
            }
            Outcome::Refused => {
                state.wanted = None;
                state.refused = true;
                now_ms + REST_MS
            }
            Outcome::Gone => {
                forgotten = true;
                now_ms
            }
        };
        if forgotten {
            self.devices.remove(&device);
        } else {
            self.put(device, at_ms);
        }
        self.call_up(&target, now_ms);
    }

    /// What an outcome says about the host and about this person there; when the next attempt may be after a failure, `None` when it is
    /// given up.
    fn learn(&mut self, device: Row, target: &Target, now_ms: u64, outcome: Outcome) -> Option<u64> {
        let host = self.hosts.entry(target.host.clone()).or_default();
        host.under_way -= 1;
        match outcome {
            Outcome::Unneeded | Outcome::Later(_) => return None,
            Outcome::Unreachable => host.backoff.host_failed(now_ms),
            Outcome::Sent | Outcome::Gone | Outcome::Failed(_) | Outcome::Refused => host.backoff = Backoff::default(),
        }
        match outcome {
            Outcome::Sent => {
                self.pairs.remove(target);
                None
            }
            Outcome::Failed(_) | Outcome::Unreachable => {
                if self.pairs.len() >= MAX_PAIRS && !self.pairs.contains_key(target) {
                    self.pairs.retain(|_, backoff| backoff.until_ms > now_ms);
                    if self.pairs.len() >= MAX_PAIRS {
                        self.pairs.clear();
                    }
                }
                let asked_ms = if let Outcome::Failed(asked_ms) = outcome { asked_ms } else { None };
                let backoff = self.pairs.entry(target.clone()).or_default();
                backoff.failed(device, now_ms, asked_ms, REST_MS).then_some(backoff.until_ms)
            }
            _ => None,
        }
    }

    /// A device has another subscription: that the former one was refused holds no more. Everything else does.
    pub fn renewed(&mut self, device: Row, now_ms: u64) {
        let Some(state) = self.devices.get_mut(&device) else { return };
        match state.place {
            Place::UnderWay { .. } => state.renewed = true,
            Place::Ordered if std::mem::take(&mut state.refused) => {
                self.order.remove(&(state.at, device));
                self.put(device, now_ms);
            }
            _ => {}
        }
    }
}

fn host_places(lane: &Lane) -> usize {
    if lane.backoff.failures > 0 { 1 } else { HOST_PLACES }
}

#[cfg(test)]
mod tests;
