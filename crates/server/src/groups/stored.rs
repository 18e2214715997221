//! How many bytes of whose items are stored, so that one person can't fill the disk.
//!
//! The table `stored` counts the entries up to `filed.up_to`, and Welcomes; memory counts the later entries, as [`super::items`]
//! knows them. So a message costs no statement of its own, and a crash loses no count.
//!
//! **Invariant:** table and memory together are what is stored: nothing of a transaction that was rolled back, nothing pruned.

use crate::{Failure, Relay, RelayFault, Row, Tx, relay::lock};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// Counts in memory; absent until they were read.
pub type Stored = Option<Counts>;

/// Bytes by user.
#[derive(Debug, Default)]
pub struct Counts {
    /// The table's, of the users that were asked for.
    filed: HashMap<Row, u64>,
    /// Of entries that aren't filed.
    recent: HashMap<Row, u64>,
}

/// A change of a count that waits for its transaction.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    user: Row,
    /// Change of what the table counts.
    filed: i64,
    /// Change of what memory counts.
    recent: i64,
}

fn add(count: &mut u64, change: i64) {
    *count = count.saturating_add_signed(change);
}

impl Counts {
    fn read(db: &Connection) -> Result<Self, RelayFault> {
        let mut statement = db.prepare_cached(
            "SELECT user_id, sum(length(body)) FROM entries JOIN devices ON devices.id = device_id
             WHERE entries.id > (SELECT up_to FROM filed) GROUP BY user_id",
        )?;
        let recent = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(Self { filed: HashMap::new(), recent })
    }

    /// Everything is filed now.
    pub fn filed(&mut self) {
        for (user, bytes) in self.recent.drain() {
            // A user who wasn't asked for is read when they are.
            if let Some(filed) = self.filed.get_mut(&user) {
                *filed += bytes;
            }
        }
    }

    /// A transaction was committed.
    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            if let Some(filed) = self.filed.get_mut(&change.user) {
                add(filed, change.filed);
            }
            if let Some(recent) = self.recent.get_mut(&change.user) {
                add(recent, change.recent);
            }
        }
    }

    /// An entry of a transaction that was rolled back.
    pub fn forget(&mut self, notes: &[(Row, u64)]) {
        for (user, bytes) in notes {
            if let Some(recent) = self.recent.get_mut(user) {
                *recent = recent.saturating_sub(*bytes);
            }
        }
    }
}

/// Refuses a user who would have more stored than allowed. Only for the writing transaction.
pub fn check(relay: &Relay, tx: &Tx<'_>, user: Row, bytes: usize) -> Result<(), Failure> {
    let used = used(relay, tx, user)?;
    let quota = relay.quotas.log_bytes;
    if used.saturating_add(bytes as u64) > quota {
        return Err(crate::relay::stored_too_much(used, quota).into());
    }
    Ok(())
}

/// Bytes that a user has stored. Only for the writing transaction.
pub fn used(relay: &Relay, tx: &Tx<'_>, user: Row) -> Result<u64, RelayFault> {
    let mut stored = lock(&relay.stored);
    let counts = match &mut *stored {
        Some(counts) => counts,
        none => none.insert(Counts::read(tx)?),
    };
    let filed = match counts.filed.get(&user) {
        Some(filed) => *filed,
        None => {
            let filed = tx
                .prepare_cached("SELECT bytes FROM stored WHERE user_id = ?")?
                .query_row([user], |row| row.get::<_, u64>(0))
                .optional()?
                .unwrap_or(0);
            // What this transaction changed itself is in the table already, and is applied to memory after the commit.
            if !tx.changed_stored(user) {
                counts.filed.insert(user, filed);
            }
            filed
        }
    };
    Ok(filed + counts.recent.get(&user).copied().unwrap_or(0))
}

/// Reads the counts, so that what comes now is noted. Only for the writing transaction.
pub fn ready(relay: &Relay, tx: &Tx<'_>) -> Result<(), RelayFault> {
    let mut stored = lock(&relay.stored);
    if stored.is_none() {
        *stored = Some(Counts::read(tx)?);
    }
    Ok(())
}

/// Notes an entry.
pub fn note(relay: &Relay, tx: &Tx<'_>, user: Row, bytes: usize) {
    if let Some(counts) = &mut *lock(&relay.stored) {
        *counts.recent.entry(user).or_default() += bytes as u64;
        tx.noted_bytes(user, bytes as u64);
    }
}

/// Counts the entries that are being filed. Before `filed.up_to` rises.
pub fn file(db: &Connection) -> Result<(), RelayFault> {
    db.prepare_cached(
        "INSERT INTO stored (user_id, bytes)
         SELECT user_id, sum(length(body)) FROM entries JOIN devices ON devices.id = device_id
         WHERE entries.id > (SELECT up_to FROM filed) GROUP BY user_id
         ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes",
    )?
    .execute(())?;
    Ok(())
}

/// Takes the entries between these positions of the log from the counts, before they are deleted.
pub fn prune(tx: &Tx<'_>, from: i64, to: i64) -> Result<(), RelayFault> {
    let mut statement = tx.prepare_cached(
        "SELECT user_id, sum(iif(entries.id <= up_to, length(body), 0)), sum(iif(entries.id > up_to, length(body), 0))
         FROM log JOIN entries ON entries.id = entry_id JOIN devices ON devices.id = entries.device_id JOIN filed
         WHERE log.position BETWEEN ? AND ? GROUP BY user_id",
    )?;
    let rows = statement.query_map([from, to], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for (user, filed, recent) in rows.collect::<Result<Vec<(Row, i64, i64)>, _>>()? {
        change(tx, user, -filed, -recent)?;
    }
    Ok(())
}

/// A user's Welcome is stored.
pub fn welcome(tx: &Tx<'_>, user: Row, bytes: usize) -> Result<(), RelayFault> {
    change(tx, user, bytes as i64, 0)
}

/// A user's Welcome is gone.
pub fn welcome_gone(tx: &Tx<'_>, user: Row, bytes: i64) -> Result<(), RelayFault> {
    change(tx, user, -bytes, 0)
}

fn change(tx: &Tx<'_>, user: Row, filed: i64, recent: i64) -> Result<(), RelayFault> {
    if filed != 0 {
        tx.prepare_cached(
            "INSERT INTO stored (user_id, bytes) VALUES (?1, max(0, ?2)) ON CONFLICT DO UPDATE SET bytes = max(0, bytes + ?2)",
        )?
        .execute(params![user, filed])?;
    }
    tx.changes_stored(Change { user, filed, recent });
    Ok(())
}

impl Change {
    /// Whose count changes.
    pub fn user(&self) -> Row {
        self.user
    }
}
