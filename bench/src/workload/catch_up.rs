//! W4: clients that were away while messages came; from connecting to having the last.

use super::{Setting, item_id};
use crate::{
    connection::Connection,
    groups::{self, Prepared},
    report::Report,
    statistics::median,
};
use anyhow::{Context, Result, bail};
use chancery_mls::GroupKind;
use chancery_wire::{
    frames::{ClientFrame, SendOutcome, ServerFrame},
    signed::Suite,
};
use std::time::Instant;

/// Messages of the sender under way at once, while the others are away.
const SENT_AT_ONCE: usize = 64;

/// Measures CPU per message and the time for all.
pub async fn run(setting: Setting<'_>, report: &mut Report) -> Result<()> {
    let Setting { relay, organisation, members, sizes } = setting;
    let members = &members[..=sizes.absent];
    let prepared = Prepared::usual(1, sizes.missed);
    let group = groups::make(relay.origin(), organisation, Suite::Hybrid, GroupKind::Group, members, prepared).await?;
    let (sender, absent) = members.split_first().context("a group has members")?;
    let messages = group.senders.first().context("the first member sends")?;

    let mut connection = Connection::open(relay.address(), sender).await?;
    let (mut sent, mut accepted) = (0, 0);
    while accepted < sizes.missed {
        while sent < sizes.missed && sent - accepted < SENT_AT_ONCE {
            connection
                .send(&ClientFrame::Send {
                    request: sent as u32,
                    group: group.group.clone(),
                    item: item_id(4, 0, sent as u64),
                    epoch: messages.epoch,
                    body: messages.body(sent).to_vec(),
                    quiet: false,
                })
                .await?;
            sent += 1;
        }
        match connection.next().await? {
            ServerFrame::Reply { outcome: SendOutcome::Accepted { .. }, .. } => accepted += 1,
            ServerFrame::Reply { outcome: SendOutcome::Refused { refusal }, .. } | ServerFrame::Closing { refusal } => {
                bail!("the relay refused: {refusal}")
            }
            _ => {}
        }
    }
    connection.close().await?;

    let last = group.head + sizes.missed as u64;
    let before = relay.cpu_time()?;
    let mut times = Vec::with_capacity(absent.len());
    for member in absent {
        let start = Instant::now();
        let mut connection = Connection::open(relay.address(), member).await?;
        connection.follow(vec![group.cursor()]).await?;
        let mut seq = group.head;
        while seq < last {
            match connection.next().await? {
                ServerFrame::Items { items, .. } => {
                    for item in items {
                        if item.seq != seq + 1 {
                            bail!("item {} came after item {seq}", item.seq);
                        }
                        seq = item.seq;
                    }
                }
                ServerFrame::Unavailable { refusal, .. } | ServerFrame::Closing { refusal } => {
                    bail!("the relay refused: {refusal}")
                }
                _ => {}
            }
        }
        times.push(start.elapsed());
        connection.close().await?;
    }
    let cpu = relay.cpu_time()? - before;
    report.set("w4.cpu_us_per_message", cpu.as_secs_f64() * 1e6 / (absent.len() * sizes.missed) as f64);
    report.set("w4.seconds", median(times).context("somebody was away")?.as_secs_f64());
    Ok(())
}
