//! W3: one group, all members online, a few senders; each sends its next message once all members have the last.

use super::{Setting, Window, item_id, sender_of};
use crate::{
    connection::Connection,
    groups::{self, Messages, Prepared},
    report::Report,
    statistics::{ms, percentile},
};
use anyhow::{Context, Result, bail};
use chancery_mls::GroupKind;
use chancery_wire::{
    frames::{ClientFrame, Cursor, SendOutcome, ServerFrame},
    signed::Suite,
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use tokio::sync::Notify;

/// Messages that each sender encrypts beforehand.
const MESSAGES_EACH: usize = 128;
/// A client acknowledges after this many items.
const ACKNOWLEDGE_EVERY: u64 = 64;

/// The message of one sender that is under way.
struct UnderWay {
    sent_at: Mutex<Instant>,
    missing: AtomicU64,
    /// All members have it.
    complete: Notify,
    /// From sending to the last member's having parsed it, in microseconds, within the window.
    latencies: Mutex<Vec<u64>>,
}

/// What all members of the group share.
struct Round {
    window: Window,
    /// Members besides the sender.
    others: u64,
    senders: Vec<UnderWay>,
    /// Deliveries within the window, the sender's own copy not counted.
    deliveries: AtomicU64,
}

struct MemberTask {
    connection: Connection,
    cursor: Cursor,
    /// Number and messages, of a sender.
    sender: Option<(u32, Messages)>,
    sent: u64,
    round: Arc<Round>,
}

/// Measures CPU per delivery, rate and latency to the last member.
pub async fn run(setting: Setting<'_>, report: &mut Report) -> Result<()> {
    let Setting { relay, organisation, members, sizes } = setting;
    let members = &members[..sizes.members];
    let group = groups::make(
        relay.origin(),
        organisation,
        Suite::Hybrid,
        GroupKind::Group,
        members,
        Prepared::usual(sizes.senders, MESSAGES_EACH),
    )
    .await?;
    let mut connections = Vec::with_capacity(members.len());
    for member in members {
        let mut connection = Connection::open(relay.address(), member).await?;
        connection.follow(vec![group.cursor()]).await?;
        connection.wait_until_caught_up().await?;
        connections.push(connection);
    }
    let window = Window::start(sizes);
    let round = Arc::new(Round {
        window,
        others: members.len() as u64 - 1,
        senders: (0..sizes.senders).map(|_| UnderWay::new()).collect(),
        deliveries: AtomicU64::new(0),
    });
    let mut tasks = tokio::task::JoinSet::new();
    for (n, connection) in connections.into_iter().enumerate() {
        let sender = group.senders.get(n).map(|messages| (n as u32, messages.clone()));
        let member = MemberTask { connection, cursor: group.cursor(), sender, sent: 0, round: round.clone() };
        tasks.spawn(member.run());
    }
    let cpu_us = window.cpu_us(relay).await?;
    while let Some(done) = tasks.join_next().await {
        done.context("a member's task panicked")??;
    }
    let deliveries = round.deliveries.load(Ordering::Relaxed);
    let mut latencies: Vec<u64> =
        round.senders.iter().flat_map(|sender| sender.latencies.lock().expect("no holder panics").clone()).collect();
    latencies.sort_unstable();
    if latencies.is_empty() {
        bail!("no message reached all members");
    }
    report.set("w3.cpu_us_per_delivery", cpu_us / deliveries as f64);
    report.set("w3.deliveries_per_s", deliveries as f64 / sizes.measure.as_secs_f64());
    report.set("w3.p50_ms", ms(percentile(&latencies, 50.0)));
    report.set("w3.p99_ms", ms(percentile(&latencies, 99.0)));
    Ok(())
}

impl UnderWay {
    fn new() -> Self {
        Self {
            sent_at: Mutex::new(Instant::now()),
            missing: AtomicU64::new(0),
            complete: Notify::new(),
            latencies: Mutex::default(),
        }
    }
}

impl MemberTask {
    async fn run(mut self) -> Result<()> {
        let round = self.round.clone();
        if self.sender.is_some() {
            self.send().await?;
        }
        let end = tokio::time::sleep_until(round.window.to.into());
        tokio::pin!(end);
        loop {
            let complete = async {
                match &self.sender {
                    Some((number, _)) => round.senders[*number as usize].complete.notified().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                frame = self.connection.next() => self.receive(frame?).await?,
                () = complete => self.send().await?,
                () = &mut end => return Ok(()),
            }
        }
    }

    async fn send(&mut self) -> Result<()> {
        let (number, messages) = self.sender.as_ref().context("only senders send")?;
        let frame = ClientFrame::Send {
            request: self.sent as u32,
            group: messages.group.clone(),
            item: item_id(3, *number, self.sent),
            epoch: messages.epoch,
            body: messages.body(self.sent as usize).to_vec(),
            quiet: false,
        };
        self.sent += 1;
        let under_way = &self.round.senders[*number as usize];
        under_way.missing.store(self.round.others, Ordering::Release);
        *under_way.sent_at.lock().expect("no holder panics") = Instant::now();
        self.connection.send(&frame).await
    }

    async fn receive(&mut self, frame: ServerFrame) -> Result<()> {
        match frame {
            ServerFrame::Items { items, .. } => {
                for item in items {
                    let sender = sender_of(item.item);
                    if self.sender.as_ref().is_none_or(|(number, _)| *number != sender) {
                        self.round.delivered(sender)?;
                    }
                    if item.seq % ACKNOWLEDGE_EVERY == 0 {
                        self.cursor.seq = item.seq;
                        let cursors = vec![self.cursor.clone()];
                        self.connection.send(&ClientFrame::Acknowledge { cursors, inbox: 0 }).await?;
                    }
                }
            }
            ServerFrame::Reply { outcome: SendOutcome::Refused { refusal }, .. } | ServerFrame::Closing { refusal } => {
                bail!("the relay refused: {refusal}")
            }
            _ => {}
        }
        Ok(())
    }
}

impl Round {
    fn delivered(&self, sender: u32) -> Result<()> {
        let under_way = self.senders.get(sender as usize).context("an item of no sender")?;
        let now = Instant::now();
        let counts = now >= self.window.from && now < self.window.to;
        if counts {
            self.deliveries.fetch_add(1, Ordering::Relaxed);
        }
        if under_way.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            if counts {
                let sent_at = *under_way.sent_at.lock().expect("no holder panics");
                under_way.latencies.lock().expect("no holder panics").push((now - sent_at).as_micros() as u64);
            }
            under_way.complete.notify_one();
        }
        Ok(())
    }
}
