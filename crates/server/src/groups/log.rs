//! Rows of the log, and of the entries that they point to. A row's key is the group's row in the upper and the seq in the lower 32 bits.

use super::{items, stored};
use crate::{Failure, Relay, RelayFault, Row, Tx, effects::Effect};
use chancery_wire::{
    DeviceId, GroupId, ItemId,
    api::groups::Appended,
    frames::{ItemKind, LogItem},
    limits::LOG_TIME_STANDS_MS,
};
use rusqlite::{Connection, OptionalExtension, params};

/// Largest seq.
pub const MAX_SEQ: u64 = u32::MAX as u64;

/// The key of a seq; seqs beyond the largest one mean the largest one.
pub fn position(group: Row, seq: u64) -> i64 {
    (group << 32) | i64::try_from(seq.min(MAX_SEQ)).expect("32 bits fit")
}

/// The seq of a key.
pub fn seq(position: i64) -> u64 {
    position as u64 & MAX_SEQ
}

/// A kind, as stored.
pub fn kind(stored: i64) -> Result<ItemKind, RelayFault> {
    match stored {
        0 => Ok(ItemKind::Application),
        1 => Ok(ItemKind::Proposal),
        2 => Ok(ItemKind::Commit),
        _ => Err(RelayFault::new("a log item of unknown kind")),
    }
}

fn stored_kind(kind: ItemKind) -> i64 {
    match kind {
        ItemKind::Application => 0,
        ItemKind::Proposal => 1,
        ItemKind::Commit => 2,
    }
}

/// Who sends an item.
#[derive(Debug, Clone, Copy)]
pub struct Sender {
    /// The device's row.
    pub row: Row,
    /// The device.
    pub device: DeviceId,
    /// The user's row.
    pub user: Row,
}

/// An item to be appended.
pub struct NewItem {
    /// What it is.
    pub kind: ItemKind,
    /// Its epoch.
    pub epoch: u64,
    /// Absent for the relay's own.
    pub sender: Option<Sender>,
    /// The sender's id of it.
    pub item: ItemId,
    /// The MLS message.
    pub body: Vec<u8>,
}

/// Appends an item at `seq`, and lets followers know after the commit. `None` when the same device sent the same item before.
pub fn append(
    relay: &Relay,
    tx: &Tx<'_>,
    row: Row,
    group: &GroupId,
    seq: u64,
    new: NewItem,
    now_ms: u64,
) -> Result<Option<Appended>, Failure> {
    if seq > MAX_SEQ {
        return Err(RelayFault::new("a group's log is full").into());
    }
    let (position, sender) = (position(row, seq), new.sender.map(|sender| sender.row));
    if let Some(sender) = sender
        && items::is_known(relay, tx, (sender, new.item))?
    {
        return Ok(None);
    }
    stored::ready(relay, tx)?;
    tx.prepare_cached("INSERT INTO entries (position, device_id, item, body) VALUES (?, ?, ?, ?)")?
        .execute(params![position, sender, new.item.as_bytes(), new.body])?;
    tx.prepare_cached("INSERT INTO log (position, kind, epoch, device_id, at_ms, entry_id) VALUES (?, ?, ?, ?, ?, ?)")?
        .execute(params![position, stored_kind(new.kind), new.epoch, sender, now_ms, tx.last_insert_rowid()])?;
    if let Some(sender) = new.sender {
        items::note(relay, tx, (sender.row, new.item), position);
        stored::note(relay, tx, sender.user, new.body.len());
    }
    let item = LogItem {
        seq,
        kind: new.kind,
        epoch: new.epoch,
        device: new.sender.map(|sender| sender.device),
        item: new.item,
        at_ms: now_ms,
        body: new.body,
    };
    tx.effect(Effect::Item { row, group: group.clone(), item });
    Ok(Some(Appended { seq, at_ms: now_ms }))
}

/// The last seq of a group's log; 0 when it is empty.
pub fn head(db: &Connection, group: Row) -> Result<u64, Failure> {
    Ok(last(db, group)?.0)
}

/// The last seq of a group's log and when that item was accepted, in milliseconds since 1970; 0 and 0 when it is empty.
pub fn last(db: &Connection, group: Row) -> Result<(u64, u64), Failure> {
    let last: Option<(i64, u64)> = db
        .prepare_cached(
            "SELECT position, at_ms FROM log WHERE position BETWEEN ? AND ? ORDER BY position DESC LIMIT 1",
        )?
        .query_row([position(group, 0), position(group, MAX_SEQ)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(last.map_or((0, 0), |(position, at_ms)| (seq(position), at_ms)))
}

/// The time that a group's next item states, given the last one's: it doesn't fall when the relay's clock was set back, but stands still,
/// because certificates are judged by it. When the last one is further ahead than [`LOG_TIME_STANDS_MS`] the clock was wrong then, and
/// the log returns to what it says now; clients tell.
pub fn stamp(last_at_ms: u64, now_ms: u64) -> u64 {
    if last_at_ms <= now_ms.saturating_add(LOG_TIME_STANDS_MS) { now_ms.max(last_at_ms) } else { now_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_log_stands_still_for_a_day_when_the_clock_is_set_back() {
        let at = 2_000_000_000_000;
        assert_eq!(stamp(0, at), at);
        assert_eq!(stamp(at, at + 1), at + 1);
        assert_eq!(stamp(at, at - 1), at);
        assert_eq!(stamp(at, at - LOG_TIME_STANDS_MS), at);
        assert_eq!(stamp(at, at - LOG_TIME_STANDS_MS - 1), at - LOG_TIME_STANDS_MS - 1);
    }
}
