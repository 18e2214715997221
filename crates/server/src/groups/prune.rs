//! Deletes what no device will read: log items that every member stored, or that are older than policy allows.

use super::{items, log, stored};
use crate::{
    Failure, Relay, Row, Tx,
    relay::{Until, lock},
};
use chancery_wire::GroupId;
use rusqlite::{OptionalExtension, params};

/// Items that every member stored are deleted when there are so many of them, to spare the disk.
const MIN_PRUNED_ITEMS: u64 = 64;
/// Items that one transaction deletes, because senders wait meanwhile.
const PRUNED_AT_ONCE: u64 = 256;

/// One step of pruning a group. `oldest_ms` is the time of the oldest items that are kept whether stored by everybody or not.
/// The state that deleted commits led to moves into the snapshot. Returns how many items went; none when there is nothing left to prune.
pub fn prune(relay: &Relay, tx: &Tx<'_>, group: &GroupId, oldest_ms: u64) -> Result<u64, Failure> {
    let Some(state) = relay.group(tx, group)? else { return Ok(0) };
    let state = lock(&state);
    let row = state.row;
    let pruned_seq: u64 =
        tx.prepare_cached("SELECT pruned_seq FROM groups WHERE id = ?")?.query_row([row], |row| row.get(0))?;
    let stored: u64 = tx
        .prepare_cached(
            // Who was removed still has to read how, unless the device is no longer anybody's.
            "SELECT coalesce(min(cursor), 0) FROM members WHERE group_id = ? AND (removed_seq IS NULL
             OR cursor < removed_seq AND device_id NOT IN (SELECT id FROM devices WHERE revoked_at_ms IS NOT NULL))",
        )?
        .query_row([row], |row| row.get(0))?;
    let by_cursor = if stored >= pruned_seq + MIN_PRUNED_ITEMS { stored } else { 0 };
    let too_old: Option<i64> = tx
        .prepare_cached("SELECT max(position) FROM log WHERE position BETWEEN ? AND ? AND at_ms < ?")?
        .query_row(params![log::position(row, pruned_seq), log::position(row, log::MAX_SEQ), oldest_ms], |row| {
            row.get(0)
        })?;
    // The last item stays: it says where the log ends.
    let cut = by_cursor.max(too_old.map_or(0, log::seq)).min(state.head.saturating_sub(1));
    if cut <= pruned_seq {
        return Ok(0);
    }
    let cut = cut.min(pruned_seq + PRUNED_AT_ONCE);
    advance_snapshot(relay, tx, row, cut)?;
    let (from, to) = (log::position(row, 0), log::position(row, cut));
    stored::prune(tx, from, to)?;
    items::prune(tx, from, to)?;
    let deleted = tx.prepare_cached("DELETE FROM log WHERE position BETWEEN ? AND ?")?.execute([from, to])?;
    tx.prepare_cached("UPDATE groups SET pruned_seq = ? WHERE id = ?")?.execute(params![cut, row])?;
    tx.prepare_cached("DELETE FROM former_stays WHERE group_id = ? AND removed_seq <= ?")?
        .execute(params![row, cut])?;
    Ok(deleted as u64)
}

/// Makes a snapshot of the state after `cut` the oldest one.
fn advance_snapshot(relay: &Relay, tx: &Tx<'_>, row: Row, cut: u64) -> Result<(), Failure> {
    let oldest_kept: u64 = tx
        .prepare_cached("SELECT max(seq) FROM group_snapshots WHERE group_id = ? AND seq <= ?")?
        .query_row(params![row, cut], |row| row.get(0))?;
    let handshakes = tx
        .prepare_cached("SELECT 1 FROM log WHERE position > ? AND position <= ? AND kind != 0")?
        .query_row([log::position(row, oldest_kept), log::position(row, cut)], |_| Ok(()))
        .optional()?
        .is_some();
    if handshakes {
        let tree = relay.rebuild(tx, row, Until::Seq(cut))?;
        tx.prepare_cached("INSERT INTO group_snapshots (group_id, seq, epoch, body) VALUES (?, ?, ?, ?)")?
            .execute(params![row, cut, tree.group.epoch(), tree.group.snapshot()])?;
    } else {
        // Nothing but messages in between: the same state, only later.
        tx.prepare_cached("UPDATE group_snapshots SET seq = ? WHERE group_id = ? AND seq = ?")?.execute(params![
            cut,
            row,
            oldest_kept
        ])?;
    }
    tx.prepare_cached("DELETE FROM group_snapshots WHERE group_id = ? AND seq < ?")?.execute(params![row, cut])?;
    Ok(())
}
