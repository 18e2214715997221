//! Removes one of one's own devices: it is cut off at once, and proposed for removal in every group it is in, one after the other.

use super::add::notify_others;
use crate::{Context, Failure, Relay, Row, Tx, effects::Effect, push, work};
use chancery_wire::{Code, DeviceId};
use rusqlite::{OptionalExtension, params};

/// Revokes a device of the caller's user. Once more succeeds. The Remove proposals in its groups are stored work: however many there are,
/// this transaction stays small.
pub fn remove(relay: &Relay, tx: &Tx<'_>, context: Context<'_>, device: DeviceId) -> Result<(), Failure> {
    let caller = context.caller()?;
    let (row, revoked): (Row, bool) = tx
        .prepare_cached("SELECT id, revoked_at_ms IS NOT NULL FROM devices WHERE device = ? AND user_id = ?")?
        .query_row(params![device.as_bytes(), caller.user_row], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or(Code::NotFound)?;
    if revoked {
        return Ok(());
    }
    tx.prepare_cached("UPDATE devices SET revoked_at_ms = ? WHERE id = ?")?.execute(params![context.now_ms, row])?;
    relay.cut_off(tx, row);
    tx.prepare_cached("DELETE FROM key_packages WHERE device_id = ?")?.execute([row])?;
    push::forget(tx, row)?;
    // Whoever waits for its history there is told so.
    tx.prepare_cached("DELETE FROM links WHERE device_id = ?")?.execute([row])?;
    work::begin(tx, work::Kind::RemoveDevice, row, context.now_ms)?;
    tx.effect(Effect::Cut { device: row });
    notify_others(tx, caller.user_row, row, context)
}
