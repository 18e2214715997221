//! What waits for one connection.

use crate::{Row, relay::lock};
use bytes::Bytes;
use chancery_wire::{Refusal, frames::SendOutcome};
use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;

/// Frames of items that wait for one connection; when there are more, it goes back to reading the log.
const MAX_QUEUED_FRAMES: usize = 64;
/// Bytes of frames that wait for one connection.
const MAX_QUEUED_BYTES: usize = 1024 * 1024;

/// The queue between the engine and a connection. Bounded: items are dropped when it is full, because the log holds them.
pub struct Mailbox {
    /// Whose connection it is.
    pub device: Row,
    /// When its client last said something, in milliseconds of [`crate::engine::up_ms`]. Pongs don't count: a browser that was put to sleep sends them.
    heard_ms: AtomicU64,
    waiting: Mutex<Waiting>,
    wake: Notify,
}

/// What waits.
#[derive(Default)]
pub struct Waiting {
    /// In order.
    pub events: VecDeque<Event>,
    /// Items were dropped: read the log.
    pub lost: bool,
    /// The inbox has something new.
    pub inbox: bool,
    /// The connection has to end.
    pub closing: Option<Refusal>,
    frames: usize,
    bytes: usize,
    woken: bool,
}

/// One thing for the connection.
pub enum Event {
    /// A frame of items, the same bytes for every follower.
    Items {
        /// The group's row.
        row: Row,
        /// The first seq in it.
        first: u64,
        /// The last seq in it.
        last: u64,
        /// The encoded frame.
        frame: Bytes,
    },
    /// A signal; dropped when much waits already.
    Signal {
        /// The group's row.
        row: Row,
        /// The encoded frame.
        frame: Bytes,
    },
    /// What became of a sent item. Their number is bounded by the connection's unanswered sends.
    Reply {
        /// The client's number of it.
        request: u32,
        /// What became of it.
        outcome: SendOutcome,
    },
}

impl Mailbox {
    /// An empty one.
    pub fn new(device: Row) -> Self {
        Self {
            device,
            heard_ms: AtomicU64::new(crate::engine::up_ms()),
            waiting: Mutex::default(),
            wake: Notify::new(),
        }
    }

    /// Puts an event in; whether the connection has to be woken ([`Mailbox::wake`]), which is done once per batch.
    pub fn push(&self, event: Event) -> bool {
        let mut waiting = lock(&self.waiting);
        if let Event::Signal { frame, .. } = &event {
            if waiting.frames >= MAX_QUEUED_FRAMES / 2 {
                return false;
            }
            waiting.frames += 1;
            waiting.bytes += frame.len();
        }
        if let Event::Items { frame, .. } = &event {
            if waiting.frames >= MAX_QUEUED_FRAMES || waiting.bytes + frame.len() > MAX_QUEUED_BYTES {
                waiting.lost = true;
                return waiting.wake();
            }
            waiting.frames += 1;
            waiting.bytes += frame.len();
        }
        waiting.events.push_back(event);
        waiting.wake()
    }

    /// The inbox has something new.
    pub fn push_inbox(&self) -> bool {
        let mut waiting = lock(&self.waiting);
        waiting.inbox = true;
        waiting.wake()
    }

    /// Its client said something.
    pub fn heard(&self, now_ms: u64) {
        self.heard_ms.store(now_ms, Ordering::Relaxed);
    }

    /// When its client last said something.
    pub fn heard_ms(&self) -> u64 {
        self.heard_ms.load(Ordering::Relaxed)
    }

    /// Ends the connection.
    pub fn close(&self, refusal: Refusal) {
        {
            let mut waiting = lock(&self.waiting);
            waiting.closing.get_or_insert(refusal);
            waiting.woken = true;
        }
        self.wake();
    }

    /// Wakes the connection.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until something is there.
    pub async fn wait(&self) {
        self.wake.notified().await;
    }

    /// Takes everything.
    pub fn take(&self) -> Waiting {
        std::mem::take(&mut *lock(&self.waiting))
    }
}

impl Waiting {
    fn wake(&mut self) -> bool {
        !std::mem::replace(&mut self.woken, true)
    }

    /// Items were dropped for this connection.
    pub fn fell_behind(&self) -> bool {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_wire::Code;

    fn items(seq: u64) -> Event {
        Event::Items { row: 1, first: seq, last: seq, frame: Bytes::from_static(&[0; 100]) }
    }

    #[test]
    fn a_full_queue_drops_items_and_says_so_but_never_replies() {
        let mailbox = Mailbox::new(1);
        for seq in 0..=MAX_QUEUED_FRAMES as u64 {
            mailbox.push(items(seq));
        }
        let outcome = SendOutcome::Refused { refusal: Code::Draining.into() };
        mailbox.push(Event::Reply { request: 7, outcome });
        let waiting = mailbox.take();
        assert!(waiting.fell_behind());
        assert_eq!(waiting.events.len(), MAX_QUEUED_FRAMES + 1);
        assert!(matches!(waiting.events.back(), Some(Event::Reply { request: 7, .. })));
        mailbox.push(items(1));
        assert!(!mailbox.take().fell_behind(), "taking makes room");
    }

    #[test]
    fn signals_are_dropped_before_items_are() {
        let mailbox = Mailbox::new(1);
        for _ in 0..MAX_QUEUED_FRAMES {
            mailbox.push(Event::Signal { row: 1, frame: Bytes::from_static(&[0; 100]) });
        }
        for seq in 0..MAX_QUEUED_FRAMES as u64 / 2 {
            mailbox.push(items(seq));
        }
        let waiting = mailbox.take();
        assert!(!waiting.fell_behind());
        assert_eq!(waiting.events.len(), MAX_QUEUED_FRAMES);
    }

    #[test]
    fn a_connection_is_woken_once_for_many_events() {
        let mailbox = Mailbox::new(1);
        assert!(mailbox.push(items(1)));
        assert!(!mailbox.push(items(2)));
        mailbox.take();
        assert!(mailbox.push(items(3)));
    }
}
