//! W5: connect, authenticate by signature, leave.

use super::Setting;
use crate::{connection::Connection, report::Report};
use anyhow::{Context, Result};
use std::time::Instant;

/// Measures CPU per connection, and the rate.
pub async fn run(setting: Setting<'_>, report: &mut Report) -> Result<()> {
    let Setting { relay, members, sizes, .. } = setting;
    let (address, at_once, connects) = (relay.address(), sizes.connects_at_once, sizes.connects);
    let before = relay.cpu_time()?;
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..at_once {
        let mine: Vec<_> = (worker..connects).step_by(at_once).map(|n| members[n % members.len()].clone()).collect();
        tasks.spawn(async move {
            for member in &mine {
                Connection::open(address, member).await?.close().await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.context("a connecting task panicked")??;
    }
    let seconds = start.elapsed().as_secs_f64();
    let cpu = relay.cpu_time()? - before;
    report.set("w5.cpu_ms_per_connect", cpu.as_secs_f64() * 1e3 / connects as f64);
    report.set("w5.connects_per_s", connects as f64 / seconds);
    Ok(())
}
