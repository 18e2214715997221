//! Which item of a device is where: what makes sending again harmless.
//!
//! The table `items` is in the order of devices, so that each row that is added touches a page of its own. So the newest
//! entries are known in memory only, and are filed many at a time. After a restart they are read from `entries`.
//!
//! **Invariant:** memory holds every entry after `filed.up_to` and nothing of a transaction that was rolled back.

use super::log;
use crate::{Failure, Relay, RelayFault, Row, Tx, health::Part, relay::lock};
use chancery_wire::{ItemId, api::groups::Appended};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// So many entries are filed at once, which takes the writer some milliseconds.
pub const FILED_AT_ONCE: usize = 2048;

/// A device's item.
pub type Key = (Row, ItemId);

/// Positions of entries that aren't filed; absent until they were read.
pub type Unfiled = Option<HashMap<Key, i64>>;

/// Where a device's item was put; it may be pruned since. Only for the writing transaction.
fn position(relay: &Relay, tx: &Tx<'_>, key: Key) -> Result<Option<i64>, RelayFault> {
    let mut unfiled = lock(&relay.unfiled);
    let unfiled = match &mut *unfiled {
        Some(unfiled) => unfiled,
        none => none.insert(read_unfiled(relay, tx)?),
    };
    if let Some(position) = unfiled.get(&key) {
        return Ok(Some(*position));
    }
    Ok(tx
        .prepare_cached("SELECT position FROM items WHERE device_id = ? AND item = ?")?
        .query_row(params![key.0, key.1.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// An entry that can't be read is passed over: nobody could send anything else.
fn read_unfiled(relay: &Relay, db: &Connection) -> Result<HashMap<Key, i64>, RelayFault> {
    let mut statement = db.prepare_cached(
        "SELECT device_id, item, position FROM entries
         WHERE id > (SELECT up_to FROM filed) AND device_id IS NOT NULL ORDER BY id",
    )?;
    let mut rows = statement.query(())?;
    let mut unfiled = HashMap::new();
    while let Some(row) = rows.next()? {
        let entry = || -> rusqlite::Result<(Key, i64)> { Ok(((row.get(0)?, ItemId(row.get(1)?)), row.get(2)?)) };
        match entry() {
            Ok((key, position)) => {
                unfiled.insert(key, position);
            }
            Err(error) => relay.health.passed_over(Part::Entries, &RelayFault::from(error).into()),
        }
    }
    Ok(unfiled)
}

/// Whether the device's item is in the log. Only for the writing transaction.
pub fn is_known(relay: &Relay, tx: &Tx<'_>, key: Key) -> Result<bool, Failure> {
    match position(relay, tx, key)? {
        Some(position) => Ok(accepted_at(tx, key, position)?.is_some()),
        None => Ok(false),
    }
}

/// Notes where an entry was put.
pub fn note(relay: &Relay, tx: &Tx<'_>, key: Key, position: i64) {
    tx.noted(key);
    if let Some(unfiled) = &mut *lock(&relay.unfiled) {
        unfiled.insert(key, position);
    }
}

/// The answer that an item got before. The item has to be of this group. Only for the writing transaction.
pub fn answered(relay: &Relay, tx: &Tx<'_>, group: Row, key: Key) -> Result<Option<Appended>, Failure> {
    match position(relay, tx, key)? {
        Some(position) => answer(tx, group, key, position),
        None => Ok(None),
    }
}

/// Like [`answered`], for any connection: looks through the entries that aren't filed.
pub fn answered_before(db: &Connection, group: Row, key: Key) -> Result<Option<Appended>, Failure> {
    let found: Option<i64> = db
        .prepare_cached(
            "SELECT position FROM entries WHERE id > (SELECT up_to FROM filed) AND device_id = ?1 AND item = ?2
             UNION ALL SELECT position FROM items WHERE device_id = ?1 AND item = ?2",
        )?
        .query_row(params![key.0, key.1.as_bytes()], |row| row.get(0))
        .optional()?;
    found.map_or(Ok(None), |position| answer(db, group, key, position))
}

fn answer(db: &Connection, group: Row, key: Key, position: i64) -> Result<Option<Appended>, Failure> {
    match accepted_at(db, key, position)? {
        None => Ok(None),
        Some(at_ms) if position >> 32 == group => Ok(Some(Appended { seq: log::seq(position), at_ms })),
        Some(_) => Err(chancery_wire::Refusal::new(
            chancery_wire::Code::InvalidRequest,
            "`item` was used for an item of another group",
        )
        .into()),
    }
}

/// When the item at this position was accepted, if it is this one and still there.
fn accepted_at(db: &Connection, key: Key, position: i64) -> Result<Option<u64>, RelayFault> {
    Ok(db
        .prepare_cached(
            "SELECT at_ms FROM log JOIN entries ON entries.id = entry_id
             WHERE log.position = ? AND entries.device_id = ? AND item = ?",
        )?
        .query_row(params![position, key.0, key.1.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// Files what is in memory, if it is enough; whether it did. Memory is to be emptied once the transaction is committed.
pub fn file(relay: &Relay, db: &Connection) -> Result<bool, RelayFault> {
    if lock(&relay.unfiled).as_ref().is_none_or(|unfiled| unfiled.len() < FILED_AT_ONCE) {
        return Ok(false);
    }
    // An item that was pruned and came again has a new position.
    db.prepare_cached(
        "INSERT OR REPLACE INTO items (device_id, item, position) SELECT device_id, item, position FROM entries
         WHERE id > (SELECT up_to FROM filed) AND device_id IS NOT NULL ORDER BY device_id, item",
    )?
    .execute(())?;
    super::stored::file(db)?;
    db.prepare_cached("UPDATE filed SET up_to = (SELECT coalesce(max(id), 0) FROM entries)")?.execute(())?;
    Ok(true)
}

/// Deletes what belongs to the rows of the log between these positions, before they go themselves. A group's last item
/// never goes, so the newest entry stays and no id above `filed.up_to` is given twice.
pub fn prune(db: &Connection, from: i64, to: i64) -> Result<(), RelayFault> {
    db.prepare_cached(
        "DELETE FROM items WHERE (device_id, item) IN (SELECT entries.device_id, item FROM log
         JOIN entries ON entries.id = entry_id WHERE log.position BETWEEN ? AND ? AND entries.device_id IS NOT NULL)",
    )?
    .execute([from, to])?;
    db.prepare_cached("DELETE FROM entries WHERE id IN (SELECT entry_id FROM log WHERE position BETWEEN ? AND ?)")?
        .execute([from, to])?;
    Ok(())
}
