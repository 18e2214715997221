//! Who may read what of a group.

use crate::{Failure, Row, Tx};
use chancery_wire::{Code, GroupId, Refusal};
use rusqlite::{Connection, OptionalExtension, params};

/// A device's place in a group, now or formerly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The group's row.
    pub row: Row,
    /// The group's epoch.
    pub epoch: u64,
    /// The log begins after this item.
    pub pruned_seq: u64,
    /// The device reads after this item.
    pub joined_seq: u64,
    /// It was in the group from this epoch on.
    pub joined_epoch: u64,
    /// It reads up to this item.
    pub removed_seq: Option<u64>,
    /// It has stored everything up to this item.
    pub cursor: u64,
    /// It was in the group before, and hadn't read that stay to its end when it was added again.
    pub has_former_stays: bool,
}

/// The device's place. Refuses who never was in the group.
pub fn membership(db: &Connection, device: Row, group: &GroupId) -> Result<Membership, Failure> {
    let found = db
        .prepare_cached(
            "SELECT id, epoch, pruned_seq, joined_seq, joined_epoch, removed_seq, cursor,
             EXISTS (SELECT 1 FROM former_stays WHERE former_stays.group_id = id AND former_stays.device_id = ?1)
             FROM groups LEFT JOIN members ON group_id = id AND device_id = ?1 WHERE gid = ?2",
        )?
        .query_row(params![device, group.as_str()], |row| {
            let Some(joined_seq) = row.get(3)? else { return Ok(None) };
            Ok(Some(Membership {
                row: row.get(0)?,
                epoch: row.get(1)?,
                pruned_seq: row.get(2)?,
                joined_seq,
                joined_epoch: row.get(4)?,
                removed_seq: row.get(5)?,
                cursor: row.get(6)?,
                has_former_stays: row.get(7)?,
            }))
        })
        .optional()?;
    match found {
        None => Err(Code::NotFound.into()),
        Some(None) => Err(Code::NotMember.into()),
        Some(Some(membership)) => Ok(membership),
    }
}

impl Membership {
    /// The same, refusing who was removed.
    pub fn current(self) -> Result<Self, Refusal> {
        match self.removed_seq {
            None => Ok(self),
            Some(_) => Err(Code::NotMember.into()),
        }
    }

    /// The stay that a device reads in after item `after`: the first that isn't over by then.
    pub fn stay_after(self, db: &Connection, device: Row, after: u64) -> Result<Self, Failure> {
        if !self.has_former_stays {
            return Ok(self);
        }
        let former = db
            .prepare_cached(
                "SELECT joined_seq, removed_seq FROM former_stays
                 WHERE group_id = ? AND device_id = ? AND removed_seq > ? ORDER BY removed_seq LIMIT 1",
            )?
            .query_row(params![self.row, device, i64::try_from(after).unwrap_or(i64::MAX)], |row| {
                Ok(Self { joined_seq: row.get(0)?, removed_seq: Some(row.get(1)?), ..self })
            })
            .optional()?;
        Ok(former.unwrap_or(self))
    }

    /// The last item that the device may read, given the log's last.
    pub fn last(&self, head: u64) -> u64 {
        self.removed_seq.unwrap_or(head).min(head)
    }
}

/// A device enters a group, maybe anew: it reads on after the commit that added it, but first what it hasn't read of a former stay,
/// which is kept as long as what any other member hasn't read.
pub fn join(tx: &Tx<'_>, group: Row, device: Row, role: i64, seq: u64, epoch: u64) -> Result<(), Failure> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO former_stays (group_id, device_id, joined_seq, removed_seq)
         SELECT group_id, device_id, joined_seq, removed_seq FROM members
         WHERE group_id = ? AND device_id = ? AND cursor < removed_seq",
    )?
    .execute(params![group, device])?;
    tx.prepare_cached(
        "INSERT INTO members (group_id, device_id, role, joined_seq, joined_epoch, cursor) VALUES (?1, ?2, ?3, ?4, ?5, ?4)
         ON CONFLICT DO UPDATE SET role = ?3, joined_seq = ?4, joined_epoch = ?5, removed_seq = NULL,
         cursor = iif(cursor < removed_seq, cursor, ?4)",
    )?
    .execute(params![group, device, role, seq, epoch])?;
    Ok(())
}

/// A device leaves a group: it reads up to the commit that removed it.
pub fn leave(tx: &Tx<'_>, group: Row, device: Row, seq: u64) -> Result<(), Failure> {
    tx.prepare_cached("UPDATE members SET removed_seq = ? WHERE group_id = ? AND device_id = ?")?
        .execute(params![seq, group, device])?;
    Ok(())
}

/// A device has stored everything up to `seq`, which lets the log be pruned. Cursors don't go back.
pub fn acknowledge(tx: &Tx<'_>, device: Row, group: Row, seq: u64) -> Result<(), Failure> {
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    tx.prepare_cached("UPDATE members SET cursor = ?3 WHERE group_id = ?1 AND device_id = ?2 AND cursor < ?3")?
        .execute(params![group, device, seq])?;
    Ok(())
}
