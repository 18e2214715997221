//! Records work, in the transaction of the call that wants it.

use super::Kind;
use crate::{Failure, Row, Tx, effects::Effect};
use rusqlite::params;

/// Begins work, unless the same is under way or there is nothing to do.
pub fn begin(tx: &Tx<'_>, kind: Kind, subject: Row, now_ms: u64) -> Result<(), Failure> {
    let total = kind.left(tx, subject, 0)?;
    if total == 0 {
        return Ok(());
    }
    tx.prepare_cached("INSERT OR IGNORE INTO work (kind, subject, total, begun_at_ms) VALUES (?, ?, ?, ?)")?
        .execute(params![kind as i64, subject, total, now_ms])?;
    tx.effect(Effect::Work);
    Ok(())
}
