//! Rows of the log. A row's key is the group's row in the upper and the seq in the lower 32 bits.

use crate::{Failure, RelayFault, Row, Tx, effects::Effect};
use chancery_wire::{
    DeviceId, GroupId, ItemId,
    api::groups::Appended,
    frames::{ItemKind, LogItem},
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

fn stored(kind: ItemKind) -> i64 {
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
    let inserted = tx
        .prepare_cached(
            "INSERT INTO log (position, kind, epoch, device_id, item, at_ms, body) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (device_id, item) WHERE device_id IS NOT NULL DO NOTHING",
        )?
        .execute(params![
            position(row, seq),
            stored(new.kind),
            new.epoch,
            new.sender.map(|sender| sender.row),
            new.item.as_bytes(),
            now_ms,
            new.body
        ])?;
    if inserted == 0 {
        return Ok(None);
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

/// The answer that an item got before. The item has to be of this group.
pub fn answered(db: &Connection, group: Row, device: Row, item: ItemId) -> Result<Option<Appended>, Failure> {
    let known: Option<(i64, u64)> = db
        .prepare_cached("SELECT position, at_ms FROM log WHERE device_id = ? AND item = ?")?
        .query_row(params![device, item.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match known {
        None => Ok(None),
        Some((position, at_ms)) if position >> 32 == group => Ok(Some(Appended { seq: seq(position), at_ms })),
        Some(_) => Err(chancery_wire::Refusal::new(
            chancery_wire::Code::InvalidRequest,
            "`item` was used for an item of another group",
        )
        .into()),
    }
}

/// The last seq of a group's log; 0 when it is empty.
pub fn head(db: &Connection, group: Row) -> Result<u64, Failure> {
    let last: Option<i64> = db
        .prepare_cached("SELECT max(position) FROM log WHERE position BETWEEN ? AND ?")?
        .query_row([position(group, 0), position(group, MAX_SEQ)], |row| row.get(0))?;
    Ok(last.map_or(0, seq))
}
