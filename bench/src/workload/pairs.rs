//! W2: pairs with one message always under way in each: who has received the other's message sends the next.

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
    sync::{Arc, Mutex},
    time::Instant,
};

/// Messages that each member encrypts beforehand.
const MESSAGES_EACH: usize = 32;
/// A client acknowledges after this many items.
const ACKNOWLEDGE_EVERY: u64 = 64;

struct Side {
    connection: Connection,
    messages: Messages,
    /// 0 or 1; the other side has the other number.
    number: u32,
    /// When the message that is under way was sent.
    sent_at: Arc<Mutex<Instant>>,
    sent: u64,
    workload: u32,
}

/// A message that came.
#[derive(Debug, Clone, Copy)]
pub struct Delivered {
    /// When.
    pub at: Instant,
    /// So long after it was sent, in microseconds.
    pub us: u64,
}

/// Members that talk in pairs.
pub struct Talk(tokio::task::JoinSet<Result<Vec<Delivered>>>);

/// Measures CPU per message, rate and latency.
pub async fn run(setting: Setting<'_>, report: &mut Report) -> Result<()> {
    let sizes = setting.sizes;
    let pairs = connect(&setting, 2).await?;
    let window = Window::start(sizes);
    let talk = pairs.talk(window.to);
    let cpu_us = window.cpu_us(setting.relay).await?;
    let mut latencies: Vec<u64> =
        talk.end().await?.into_iter().filter(|message| message.at >= window.from).map(|message| message.us).collect();
    latencies.sort_unstable();
    if latencies.is_empty() {
        bail!("no message was delivered");
    }
    report.set("w2.cpu_us_per_message", cpu_us / latencies.len() as f64);
    report.set("w2.delivered_per_s", latencies.len() as f64 / sizes.measure.as_secs_f64());
    report.set("w2.p50_ms", ms(percentile(&latencies, 50.0)));
    report.set("w2.p99_ms", ms(percentile(&latencies, 99.0)));
    Ok(())
}

/// Connected pairs.
pub struct Pairs(Vec<Side>);

/// Makes the pairs' groups and connects them.
pub async fn connect(setting: &Setting<'_>, workload: u32) -> Result<Pairs> {
    let Setting { relay, organisation, members, sizes } = setting;
    let mut sides = Vec::new();
    for pair in members.chunks_exact(2).take(sizes.pairs) {
        let prepared = Prepared::usual(2, MESSAGES_EACH);
        let group =
            groups::make(relay.origin(), organisation, Suite::Hybrid, GroupKind::Direct, pair, prepared).await?;
        let sent_at = Arc::new(Mutex::new(Instant::now()));
        for (number, (member, messages)) in pair.iter().zip(&group.senders).enumerate() {
            let mut connection = Connection::open(relay.address(), member).await?;
            connection.follow(vec![group.cursor()]).await?;
            connection.wait_until_caught_up().await?;
            sides.push(Side {
                connection,
                messages: messages.clone(),
                number: number as u32,
                sent_at: sent_at.clone(),
                sent: 0,
                workload,
            });
        }
    }
    Ok(Pairs(sides))
}

impl Pairs {
    /// Lets them talk until then.
    pub fn talk(self, until: Instant) -> Talk {
        let mut tasks = tokio::task::JoinSet::new();
        for side in self.0 {
            tasks.spawn(side.talk(until));
        }
        Talk(tasks)
    }
}

impl Talk {
    /// What was delivered until the end.
    pub async fn end(mut self) -> Result<Vec<Delivered>> {
        let mut delivered = Vec::new();
        while let Some(done) = self.0.join_next().await {
            delivered.extend(done.context("a client task panicked")??);
        }
        Ok(delivered)
    }
}

impl Side {
    async fn send(&mut self) -> Result<()> {
        let frame = ClientFrame::Send {
            request: self.sent as u32,
            group: self.messages.group.clone(),
            item: item_id(self.workload, self.number, self.sent),
            epoch: self.messages.epoch,
            body: self.messages.body(self.sent as usize).to_vec(),
            quiet: false,
        };
        self.sent += 1;
        *self.sent_at.lock().expect("no holder panics") = Instant::now();
        self.connection.send(&frame).await
    }

    /// Talks until then; what came from the other side.
    async fn talk(mut self, until: Instant) -> Result<Vec<Delivered>> {
        let mut delivered = Vec::new();
        if self.number == 0 {
            self.send().await?;
        }
        loop {
            let frame = match tokio::time::timeout_at(until.into(), self.connection.next()).await {
                Ok(frame) => frame?,
                Err(_) => return Ok(delivered),
            };
            match frame {
                ServerFrame::Items { items, .. } => {
                    for item in items {
                        if sender_of(item.item) != self.number {
                            let now = Instant::now();
                            let sent_at = *self.sent_at.lock().expect("no holder panics");
                            delivered.push(Delivered { at: now, us: (now - sent_at).as_micros() as u64 });
                            self.send().await?;
                        }
                        if item.seq % ACKNOWLEDGE_EVERY == 0 {
                            let cursors = vec![Cursor { group: self.messages.group.clone(), seq: item.seq }];
                            self.connection.send(&ClientFrame::Acknowledge { cursors, inbox: 0 }).await?;
                        }
                    }
                }
                ServerFrame::Reply { outcome: SendOutcome::Refused { refusal }, .. }
                | ServerFrame::Closing { refusal } => {
                    bail!("the relay refused: {refusal}")
                }
                _ => {}
            }
        }
    }
}
