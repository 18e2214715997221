//! W1: clients that are connected and send nothing.

use super::Setting;
use crate::{connection::Connection, report::Report};
use anyhow::Result;

/// Measures memory per client.
pub async fn run(setting: Setting<'_>, report: &mut Report) -> Result<()> {
    let Setting { relay, members, sizes, .. } = setting;
    tokio::time::sleep(sizes.rest).await;
    let empty = relay.pss_kib()?;
    let mut connections = Vec::with_capacity(sizes.idle_clients);
    for member in members.iter().take(sizes.idle_clients) {
        let mut connection = Connection::open(relay.address(), member).await?;
        connection.follow(Vec::new()).await?;
        connection.wait_until_caught_up().await?;
        connections.push(connection);
    }
    tokio::time::sleep(sizes.rest).await;
    let full = relay.pss_kib()?;
    report.set("w1.kib_per_client", full.saturating_sub(empty) as f64 / connections.len() as f64);
    report.set("w1.empty_mib", empty as f64 / 1024.0);
    Ok(())
}
