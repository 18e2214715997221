//! The operator's word that the clock is right. Works on the store beside a running relay, which looks again within a minute.

use super::{Verdict, Watch};
use crate::{Failure, RelayFault, relay::store};
use rusqlite::{Connection, params};
use std::path::Path;

/// What the relay knows of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The latest time that it has believed, in milliseconds since 1970; 0 when there is none yet.
    pub seen_ms: u64,
    /// What it thinks of the clock.
    pub verdict: Verdict,
}

/// Looks, and changes nothing.
pub fn show(data_dir: &Path, now_ms: u64) -> Result<Standing, RelayFault> {
    standing(&open(data_dir)?, now_ms)
}

/// Takes this machine's clock as right, ahead or behind. Returns what was known before.
pub fn confirm(data_dir: &Path, now_ms: u64) -> Result<Standing, RelayFault> {
    let db = open(data_dir)?;
    let before = standing(&db, now_ms)?;
    db.execute("UPDATE clock SET seen_ms = ?", params![now_ms])?;
    Ok(before)
}

fn open(data_dir: &Path) -> Result<Connection, RelayFault> {
    if !crate::data_folder::is_initialised(data_dir) {
        return Err(RelayFault::new(format!("{} holds no organisation", data_dir.display())));
    }
    store::open_beside(&data_dir.join("relay.db"))
}

fn standing(db: &Connection, now_ms: u64) -> Result<Standing, RelayFault> {
    let seen_ms = super::seen_ms(db).map_err(|failure| match failure {
        Failure::Fault(fault) => fault,
        Failure::Refused(refusal) => RelayFault::new(refusal.to_string()),
    })?;
    Ok(Standing { seen_ms, verdict: Watch::default().look(seen_ms, now_ms, 0) })
}
