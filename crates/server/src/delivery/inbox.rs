//! A device's inbox: what happened to it outside its groups' logs.

use crate::{
    Failure, RelayFault, Row, Tx,
    effects::Effect,
    groups::stored,
    health::{Health, Part},
};
use chancery_mls::RelayGroup;
use chancery_wire::{
    GroupId,
    frames::{InboxEvent, InboxItem},
};
use rusqlite::{Connection, OptionalExtension, params};

/// Events in one page.
const PAGE_EVENTS: usize = 50;
/// Bytes of Welcomes in one page, about; one larger Welcome travels alone.
const PAGE_BYTES: usize = 512 * 1024;

/// Events without a body; as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
pub enum Kind {
    /// See [`InboxEvent::DevicesChanged`].
    DevicesChanged = 1,
    /// See [`InboxEvent::KeyPackagesLow`].
    KeyPackagesLow = 2,
    /// See [`InboxEvent::OrganisationChanged`].
    OrganisationChanged = 3,
}

const WELCOME: i64 = 0;

/// Notes an event. An unread one of the same kind is replaced, not doubled; the new one has a higher position, so that
/// acknowledging the former doesn't lose it.
pub fn notify(tx: &Tx<'_>, device: Row, kind: Kind, now_ms: u64) -> Result<(), Failure> {
    tx.prepare_cached("DELETE FROM inbox WHERE device_id = ? AND kind = ?")?.execute(params![device, kind as i64])?;
    insert(tx, device, kind as i64, now_ms, None, None)
}

/// Notes that a device was added to a group. The Welcome is stored once for all.
pub fn welcome(tx: &Tx<'_>, device: Row, welcome: Row, key_package: &[u8], now_ms: u64) -> Result<(), Failure> {
    insert(tx, device, WELCOME, now_ms, Some(welcome), Some(key_package))
}

fn insert(
    tx: &Tx<'_>,
    device: Row,
    kind: i64,
    now_ms: u64,
    welcome: Option<Row>,
    key_package: Option<&[u8]>,
) -> Result<(), Failure> {
    let n: i64 = tx
        .prepare_cached("UPDATE devices SET inbox_last = inbox_last + 1 WHERE id = ? RETURNING inbox_last")?
        .query_row([device], |row| row.get(0))?;
    tx.prepare_cached(
        // A clock that was set back must not make it look old when the clock is right again.
        "INSERT INTO inbox (device_id, n, kind, at_ms, welcome_id, key_package)
         VALUES (?1, ?2, ?3, max(?4, (SELECT seen_ms FROM clock)), ?5, ?6)",
    )?
    .execute(params![device, n, kind, now_ms, welcome, key_package])?;
    tx.effect(Effect::Inbox { device });
    Ok(())
}

/// Events after `after`, in order. Welcomes are cut down to this device's share. One that can't be read is passed over: it would keep
/// its device from everything that comes after it.
pub fn read(db: &Connection, health: &Health, device: Row, after: u64) -> Result<Vec<InboxItem>, Failure> {
    let mut statement = db.prepare_cached(
        "SELECT n, kind, key_package, gid, seq, welcomes.epoch, body FROM inbox
         LEFT JOIN welcomes ON welcomes.id = welcome_id LEFT JOIN groups ON groups.id = group_id
         WHERE device_id = ? AND n > ? ORDER BY n",
    )?;
    let mut rows = statement.query(params![device, i64::try_from(after).unwrap_or(i64::MAX)])?;
    let (mut items, mut bytes) = (Vec::new(), 0);
    while items.len() < PAGE_EVENTS
        && bytes <= PAGE_BYTES
        && let Some(row) = rows.next()?
    {
        match event(row) {
            Ok(event) => {
                if let InboxEvent::Welcome { welcome, .. } = &event {
                    bytes += welcome.len();
                }
                items.push(InboxItem { n: row.get(0)?, event });
            }
            Err(failure) => health.passed_over(Part::Inbox, &failure),
        }
    }
    Ok(items)
}

fn event(row: &rusqlite::Row<'_>) -> Result<InboxEvent, Failure> {
    Ok(match row.get::<_, i64>(1)? {
        WELCOME => {
            let key_package: Vec<u8> = row.get(2)?;
            let group: GroupId = row.get::<_, String>(3)?.parse().map_err(RelayFault::new)?;
            let whole = row.get_ref(6)?.as_blob().map_err(RelayFault::new)?;
            let welcome = RelayGroup::trim_welcome(whole, &key_package).map_err(RelayFault::new)?;
            InboxEvent::Welcome { group, seq: row.get(4)?, epoch: row.get(5)?, welcome }
        }
        1 => InboxEvent::DevicesChanged,
        2 => InboxEvent::KeyPackagesLow,
        3 => InboxEvent::OrganisationChanged,
        kind => return Err(RelayFault::new(format!("an inbox event of unknown kind {kind}")).into()),
    })
}

/// The position of a device's last event.
pub fn last(db: &Connection, device: Row) -> Result<u64, Failure> {
    Ok(db.prepare_cached("SELECT inbox_last FROM devices WHERE id = ?")?.query_row([device], |row| row.get(0))?)
}

/// Forgets what a device has stored. A Welcome that nobody else waits for goes too.
pub fn acknowledge(tx: &Tx<'_>, device: Row, up_to: u64) -> Result<(), Failure> {
    let up_to = i64::try_from(up_to).unwrap_or(i64::MAX);
    let mut statement = tx.prepare_cached("DELETE FROM inbox WHERE device_id = ? AND n <= ? RETURNING welcome_id")?;
    let read =
        statement.query_map(params![device, up_to], |row| row.get(0))?.collect::<Result<Vec<Option<Row>>, _>>()?;
    for welcome in read.into_iter().flatten() {
        forget_welcome(tx, welcome)?;
    }
    Ok(())
}

/// Deletes a Welcome that no inbox refers to.
pub fn forget_welcome(tx: &Tx<'_>, welcome: Row) -> Result<(), Failure> {
    let gone: Option<(Option<Row>, i64)> = tx
        .prepare_cached(
            "DELETE FROM welcomes WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM inbox WHERE welcome_id = ?1)
             RETURNING user_id, length(body)",
        )?
        .query_row([welcome], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((Some(user), bytes)) = gone {
        stored::welcome_gone(tx, user, bytes)?;
    }
    Ok(())
}
