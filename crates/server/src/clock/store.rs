//! The latest time that was believed.

use super::REMEMBER_MS;
use crate::{Failure, Tx};
use rusqlite::{Connection, params};

/// It, in milliseconds since 1970; 0 when there is none yet.
pub fn seen_ms(db: &Connection) -> Result<u64, Failure> {
    Ok(db.prepare_cached("SELECT seen_ms FROM clock")?.query_row((), |row| row.get(0))?)
}

/// The clock is believed. Remembered when it has gone on by enough, or when it is a jump that was confirmed by running on.
pub fn believe(tx: &Tx<'_>, now_ms: u64) -> Result<(), Failure> {
    let seen = seen_ms(tx)?;
    // A little behind is believed, and takes nothing back.
    if now_ms >= seen.saturating_add(REMEMBER_MS) || now_ms.saturating_add(super::MAX_BEHIND_MS) < seen {
        tx.prepare_cached("UPDATE clock SET seen_ms = ?")?.execute(params![now_ms])?;
    }
    Ok(())
}
