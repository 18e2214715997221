//! How large the workloads are.

use std::time::Duration;

/// Sizes and times of all workloads.
#[derive(Debug, Clone)]
pub struct Sizes {
    /// W1: idle clients.
    pub idle_clients: usize,
    /// W1: time for the relay to come to rest before its memory is read.
    pub rest: Duration,
    /// W2: pairs.
    pub pairs: usize,
    /// W3: members of the group.
    pub members: usize,
    /// W3: members that send.
    pub senders: usize,
    /// W2, W3: not measured.
    pub warm_up: Duration,
    /// W2, W3: measured.
    pub measure: Duration,
    /// W4: messages missed.
    pub missed: usize,
    /// W4: clients that catch up, one after another.
    pub absent: usize,
    /// W5: connections.
    pub connects: usize,
    /// W5: at a time.
    pub connects_at_once: usize,
    /// Abuse: how long each phase takes.
    pub abuse_phase: Duration,
    /// Abuse: connections that callers without a session try to hold.
    pub abuse_connections: usize,
    /// Client: messages encrypted and decrypted.
    pub crypto_messages: usize,
    /// Client: members of the large group.
    pub large_group: usize,
    /// Client: messages missed.
    pub received: usize,
}

impl Sizes {
    /// As the workloads are defined.
    pub fn full() -> Self {
        Self {
            idle_clients: 2000,
            rest: Duration::from_secs(3),
            pairs: 100,
            members: 500,
            senders: 5,
            warm_up: Duration::from_secs(3),
            measure: Duration::from_secs(20),
            missed: 5000,
            absent: 20,
            connects: 4000,
            connects_at_once: 16,
            abuse_phase: Duration::from_secs(10),
            abuse_connections: 2500,
            crypto_messages: 20_000,
            large_group: 1000,
            received: 10_000,
        }
    }

    /// Just enough to show that everything works.
    pub fn smoke() -> Self {
        Self {
            idle_clients: 10,
            rest: Duration::from_millis(100),
            pairs: 2,
            members: 8,
            senders: 2,
            warm_up: Duration::from_millis(100),
            measure: Duration::from_millis(500),
            missed: 50,
            absent: 2,
            connects: 20,
            connects_at_once: 4,
            abuse_phase: Duration::from_millis(500),
            abuse_connections: 20,
            crypto_messages: 50,
            large_group: 8,
            received: 50,
        }
    }

    /// Users that the workloads need at the relay; they share them.
    pub fn users(&self, only: &dyn Fn(&str) -> bool) -> usize {
        let needs = [
            ("w1", self.idle_clients),
            ("w2", 2 * self.pairs),
            ("w3", self.members),
            ("w4", self.absent + 1),
            ("w5", self.connects.min(self.idle_clients)),
            ("abuse", 2 * self.pairs + 1),
        ];
        needs.into_iter().filter(|(name, _)| only(name)).map(|(_, users)| users).max().unwrap_or(0)
    }
}
