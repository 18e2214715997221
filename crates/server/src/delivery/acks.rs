//! Acknowledgements on their way into the store. They may come late: they only let the relay delete. So what comes while some
//! wait joins them, one job at a time is in the writer's queue, and each writes a bounded number.

use crate::{
    Caller, Failure, Row, Tx,
    delivery::inbox,
    engine::{Engine, Owner},
    groups,
    relay::lock,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, Weak},
};

/// Cursors that one job writes.
const CURSORS_AT_ONCE: usize = 64;

/// What one connection has acknowledged.
pub struct Acks {
    caller: Arc<Caller>,
    engine: Weak<Engine>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    cursors: BTreeMap<Row, u64>,
    inbox: u64,
    /// The inbox up to here is written.
    written: u64,
    /// A job waits in the writer's queue.
    queued: bool,
}

impl Acks {
    /// Of a new connection.
    pub fn new(caller: Arc<Caller>, engine: &Arc<Engine>) -> Arc<Self> {
        Arc::new(Self { caller, engine: Arc::downgrade(engine), waiting: Mutex::default() })
    }

    /// Adds some; groups are named by their rows.
    pub fn add(self: &Arc<Self>, cursors: Vec<(Row, u64)>, inbox: u64) {
        {
            let mut waiting = lock(&self.waiting);
            for (row, seq) in cursors {
                let cursor = waiting.cursors.entry(row).or_default();
                *cursor = seq.max(*cursor);
            }
            waiting.inbox = inbox.max(waiting.inbox);
            if !waiting.has_more() {
                return;
            }
            if std::mem::replace(&mut waiting.queued, true) {
                return;
            }
        }
        self.submit();
    }

    fn submit(self: &Arc<Self>) {
        let this = self.clone();
        let submitted = self.engine.upgrade().is_some_and(|engine| {
            let job = Submitted { acks: this.clone(), ran: false };
            engine.write_later(Owner::User(self.caller.user_row), move |_, tx| {
                job.runs();
                let written = this.write(tx);
                if lock(&this.waiting).go_on() {
                    this.submit();
                }
                written
            })
        });
        if !submitted {
            // A full queue means that there are more important things to do: they go with the next ones.
            lock(&self.waiting).queued = false;
        }
    }

    fn write(&self, tx: &Tx<'_>) -> Result<(), Failure> {
        let (cursors, inbox) = lock(&self.waiting).take();
        apply(tx, self.caller.row, &cursors, inbox)
    }
}

/// A job in the writer's queue. One that is given up unrun makes room for the next.
struct Submitted {
    acks: Arc<Acks>,
    ran: bool,
}

impl Submitted {
    fn runs(mut self) {
        self.ran = true;
    }
}

impl Drop for Submitted {
    fn drop(&mut self) {
        if !self.ran {
            lock(&self.acks.waiting).queued = false;
        }
    }
}

impl Waiting {
    fn has_more(&self) -> bool {
        !self.cursors.is_empty() || self.inbox > self.written
    }

    fn take(&mut self) -> (Vec<(Row, u64)>, u64) {
        let rest = match self.cursors.keys().nth(CURSORS_AT_ONCE).copied() {
            Some(first) => self.cursors.split_off(&first),
            None => BTreeMap::new(),
        };
        self.written = self.inbox;
        (std::mem::replace(&mut self.cursors, rest).into_iter().collect(), self.inbox)
    }

    /// Whether another job is needed; if not, the next acknowledgement brings one.
    fn go_on(&mut self) -> bool {
        self.queued = self.has_more();
        self.queued
    }
}

/// Writes what a device has stored.
pub fn apply(tx: &Tx<'_>, device: Row, cursors: &[(Row, u64)], inbox: u64) -> Result<(), Failure> {
    for (group, seq) in cursors {
        groups::acknowledge(tx, device, *group, *seq)?;
    }
    inbox::acknowledge(tx, device, inbox)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_wire::DeviceId;

    #[test]
    fn a_job_that_is_given_up_lets_the_next_one_come() {
        let acks = |queued| {
            let user = "alice@example.org".parse().unwrap();
            let caller = Arc::new(Caller { user, device: DeviceId([1; 16]), row: 1, user_row: 1 });
            Arc::new(Acks {
                caller,
                engine: Weak::new(),
                waiting: Mutex::new(Waiting { queued, ..Waiting::default() }),
            })
        };
        let given_up = acks(true);
        drop(Submitted { acks: given_up.clone(), ran: false });
        assert!(!lock(&given_up.waiting).queued);
        let done = acks(true);
        Submitted { acks: done.clone(), ran: false }.runs();
        assert!(lock(&done.waiting).queued, "the job itself says what comes next");
    }

    #[test]
    fn many_are_written_in_steps_and_the_newest_of_each_counts() {
        let mut waiting =
            Waiting { cursors: (0..150).map(|row| (row, 1)).collect(), inbox: 7, written: 0, queued: true };
        let mut steps = Vec::new();
        loop {
            let (cursors, inbox) = waiting.take();
            assert_eq!(inbox, 7);
            steps.push(cursors.len());
            if !waiting.go_on() {
                break;
            }
        }
        assert_eq!(steps, [CURSORS_AT_ONCE, CURSORS_AT_ONCE, 150 - 2 * CURSORS_AT_ONCE]);
        assert!(!waiting.queued);
    }
}
