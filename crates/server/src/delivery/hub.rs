//! Who is connected and follows what. It only wakes; the log is the truth.

use super::mailbox::{Event, Mailbox};
use crate::{
    Effect, Effects, Row,
    metrics::Metrics,
    push::{News, NewsSender},
    relay::lock,
};
use bytes::Bytes;
use chancery_wire::{
    Code, GroupId, Refusal,
    frames::{LogItem, ServerFrame},
    limits::ITEMS_FRAME_BYTES,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;

/// Bytes of one item in a frame besides its body, at most.
const ITEM_OVERHEAD_BYTES: usize = 64;

/// All connections.
pub struct Hub {
    connections: Mutex<Connections>,
    empty: Notify,
    metrics: Arc<Metrics>,
    open: Arc<AtomicUsize>,
    max: usize,
    max_per_device: usize,
    news: OnceLock<NewsSender>,
    work: Notify,
}

/// One of the connections that the relay has open at one time, authenticated or not.
pub struct Slot(Arc<AtomicUsize>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Connections {
    devices: HashMap<Row, Vec<Arc<Mailbox>>>,
    followers: HashMap<Row, Vec<Arc<Mailbox>>>,
    count: usize,
    draining: bool,
}

/// Connections that have to be woken, once each.
#[derive(Default)]
pub struct Wakes(Vec<Arc<Mailbox>>);

impl Wakes {
    /// Puts an event into a mailbox.
    pub fn push(&mut self, mailbox: &Arc<Mailbox>, event: Event) {
        if mailbox.push(event) {
            self.0.push(mailbox.clone());
        }
    }

    /// Wakes them.
    pub fn wake(self) {
        for mailbox in self.0 {
            mailbox.wake();
        }
    }
}

impl Hub {
    /// Without connections.
    pub fn new(metrics: Arc<Metrics>, max: usize, max_per_device: usize) -> Self {
        Self {
            connections: Mutex::default(),
            empty: Notify::new(),
            metrics,
            open: Arc::default(),
            max,
            max_per_device,
            news: OnceLock::new(),
            work: Notify::new(),
        }
    }

    /// What may wake devices without a connection goes there, from now on.
    pub fn tell_news(&self, news: NewsSender) {
        // Set once, when the relay starts; another one would have no task behind it.
        let _ = self.news.set(news);
    }

    /// Waits until there is stored work to carry out; returns at once when some came since the last time.
    pub async fn work_began(&self) {
        self.work.notified().await;
    }

    /// When a device's client last said something on a connection that is open; `None` when it has none.
    pub fn heard_ms(&self, device: Row) -> Option<u64> {
        let connections = lock(&self.connections);
        connections.devices.get(&device)?.iter().map(|mailbox| mailbox.heard_ms()).max()
    }

    /// Room for one more connection; `None` when all is taken.
    pub fn slot(&self) -> Option<Slot> {
        let slot = Slot(self.open.clone());
        (self.open.fetch_add(1, Ordering::Relaxed) < self.max).then_some(slot)
    }

    /// A device connected. Its oldest connection goes when it has too many.
    pub fn connect(&self, mailbox: &Arc<Mailbox>) -> Result<(), Refusal> {
        let mut connections = lock(&self.connections);
        if connections.draining {
            return Err(Code::Draining.into());
        }
        connections.count += 1;
        self.metrics.connections.set(connections.count as i64);
        let of_device = connections.devices.entry(mailbox.device).or_default();
        of_device.push(mailbox.clone());
        if of_device.len() > self.max_per_device {
            let oldest = &of_device[of_device.len() - 1 - self.max_per_device];
            oldest.close(Refusal::new(Code::RateLimited, "the device opened too many connections; this is its oldest"));
        }
        Ok(())
    }

    /// A connection follows groups from now on.
    pub fn follow(&self, mailbox: &Arc<Mailbox>, groups: impl IntoIterator<Item = Row>) {
        let mut connections = lock(&self.connections);
        for group in groups {
            let followers = connections.followers.entry(group).or_default();
            if !followers.iter().any(|follower| Arc::ptr_eq(follower, mailbox)) {
                followers.push(mailbox.clone());
            }
        }
    }

    /// A connection ended; it followed these groups.
    pub fn disconnect(&self, mailbox: &Arc<Mailbox>, groups: impl IntoIterator<Item = Row>) {
        let mut connections = lock(&self.connections);
        for group in groups {
            remove(&mut connections.followers, group, |follower| Arc::ptr_eq(follower, mailbox));
        }
        remove(&mut connections.devices, mailbox.device, |other| Arc::ptr_eq(other, mailbox));
        connections.count -= 1;
        self.metrics.connections.set(connections.count as i64);
        if connections.count == 0 {
            self.empty.notify_waiters();
        }
    }

    /// Applies what a committed transaction wakes: encodes each group's new items once, and queues the bytes for its followers.
    pub fn deliver(&self, effects: Effects, wakes: &mut Wakes) {
        let mut connections = lock(&self.connections);
        let mut batches: HashMap<Row, (GroupId, Vec<LogItem>)> = HashMap::new();
        let mut news = Vec::new();
        for effect in effects.0 {
            match effect {
                Effect::Item { row, group, item } => {
                    self.metrics.accepted(item.kind);
                    batches.entry(row).or_insert_with(|| (group, Vec::new())).1.push(item);
                }
                Effect::Left { row, device } => {
                    // The device gets its own removal, and nothing after it.
                    if let Some((group, items)) = batches.remove(&row) {
                        connections.send(row, group, items, wakes, &self.metrics);
                    }
                    remove(&mut connections.followers, row, |follower| follower.device == device);
                }
                Effect::News { row, user } => {
                    let message = News::Message { group: row, user };
                    // One that writes much writes in a row.
                    if news.last() != Some(&message) {
                        news.push(message);
                    }
                }
                Effect::Work => self.work.notify_one(),
                Effect::Subscribed { device } => news.push(News::Subscribed { device }),
                Effect::Signal { row, from, frame } => connections.signal(row, from, &frame, wakes),
                Effect::Inbox { device } => {
                    for mailbox in connections.devices.get(&device).into_iter().flatten() {
                        if mailbox.push_inbox() {
                            wakes.0.push(mailbox.clone());
                        }
                    }
                }
                Effect::Cut { device } => {
                    for mailbox in connections.devices.get(&device).into_iter().flatten() {
                        mailbox.close(Code::DeviceRevoked.into());
                    }
                }
            }
        }
        for (row, (group, items)) in batches {
            connections.send(row, group, items, wakes, &self.metrics);
        }
        drop(connections);
        if !news.is_empty()
            && let Some(queue) = self.news.get()
            && queue.try_send(news).is_err()
        {
            // Nobody is slowed down for a wake-up.
            self.metrics.pushed("dropped");
        }
    }

    /// Tells every connection to end, refuses new ones, and waits until all are gone.
    pub async fn drain(&self) {
        loop {
            let empty = self.empty.notified();
            {
                let mut connections = lock(&self.connections);
                connections.draining = true;
                if connections.count == 0 {
                    return;
                }
                for mailbox in connections.devices.values().flatten() {
                    mailbox.close(Code::Draining.into());
                }
            }
            empty.await;
        }
    }
}

fn remove(of: &mut HashMap<Row, Vec<Arc<Mailbox>>>, key: Row, which: impl Fn(&Arc<Mailbox>) -> bool) {
    if let Some(mailboxes) = of.get_mut(&key) {
        mailboxes.retain(|mailbox| !which(mailbox));
        if mailboxes.is_empty() {
            of.remove(&key);
        }
    }
}

impl Connections {
    fn send(&self, row: Row, group: GroupId, items: Vec<LogItem>, wakes: &mut Wakes, metrics: &Metrics) {
        let Some(followers) = self.followers.get(&row) else { return };
        for items in frames(items) {
            let (first, last) = (items[0].seq, items[items.len() - 1].seq);
            metrics.items_delivered.inc_by((items.len() * followers.len()) as u64);
            let frame = Bytes::from(ServerFrame::Items { group: group.clone(), items }.to_vec());
            for follower in followers {
                wakes.push(follower, Event::Items { row, first, last, frame: frame.clone() });
            }
        }
    }
}

impl Connections {
    /// Passes a signal on to whoever follows the group and is awake enough to take it.
    fn signal(&self, row: Row, from: Row, frame: &ServerFrame, wakes: &mut Wakes) {
        let Some(followers) = self.followers.get(&row) else { return };
        let frame = Bytes::from(frame.to_vec());
        for follower in followers.iter().filter(|follower| follower.device != from) {
            wakes.push(follower, Event::Signal { row, frame: frame.clone() });
        }
    }
}

/// Splits items so that each part fits a frame.
fn frames(items: Vec<LogItem>) -> Vec<Vec<LogItem>> {
    let mut parts: Vec<Vec<LogItem>> = Vec::new();
    let mut bytes = usize::MAX;
    for item in items {
        let size = item.body.len() + ITEM_OVERHEAD_BYTES;
        if bytes.saturating_add(size) > ITEMS_FRAME_BYTES {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        parts.last_mut().expect("a part was begun").push(item);
    }
    parts
}
