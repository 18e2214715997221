//! What the writer keeps of a group in memory, so that an application message costs one insertion.

use super::log;
use crate::{Failure, RelayFault, Row};
use chancery_mls::Role;
use chancery_wire::GroupId;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;

/// A device in the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its user's role.
    pub role: Role,
    /// Its user took it away; it waits for removal from the tree.
    pub revoked: bool,
}

/// A group as the writing transaction sees it.
#[derive(Debug)]
pub struct GroupState {
    /// Its row.
    pub row: Row,
    /// Its epoch.
    pub epoch: u64,
    /// The last item.
    pub head: u64,
    /// When the last item was accepted, in milliseconds since 1970.
    pub last_at_ms: u64,
    /// The last commit or proposal.
    pub handshake_seq: u64,
    /// The epoch that the last change of devices began: older messages can be read by somebody who is gone, and can't be read by
    /// somebody who has come or joined anew.
    pub removal_epoch: u64,
    /// The devices in it, by row.
    pub members: HashMap<Row, Member>,
}

impl GroupState {
    /// Reads it.
    pub fn load(db: &Connection, group: &GroupId) -> Result<Option<Self>, Failure> {
        let found: Option<(Row, u64, u64, u64)> = db
            .prepare_cached("SELECT id, epoch, handshake_seq, removal_epoch FROM groups WHERE gid = ?")?
            .query_row([group.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let Some((row, epoch, handshake_seq, removal_epoch)) = found else { return Ok(None) };
        let mut statement = db.prepare_cached(
            "SELECT device_id, role, revoked_at_ms IS NOT NULL FROM members JOIN devices ON devices.id = device_id
             WHERE group_id = ? AND removed_seq IS NULL",
        )?;
        let mut rows = statement.query([row])?;
        let mut members = HashMap::new();
        while let Some(found) = rows.next()? {
            members.insert(found.get(0)?, Member { role: role(found.get(1)?)?, revoked: found.get(2)? });
        }
        let (head, last_at_ms) = log::last(db, row)?;
        Ok(Some(Self { row, epoch, head, last_at_ms, handshake_seq, removal_epoch, members }))
    }
}

impl GroupState {
    /// The time that the next item states.
    pub fn stamp(&self, now_ms: u64) -> u64 {
        log::stamp(self.last_at_ms, now_ms)
    }

    /// An item was appended.
    pub fn appended(&mut self, seq: u64, at_ms: u64) {
        self.head = seq;
        self.last_at_ms = at_ms;
    }
}

/// A role, as stored.
pub fn role(stored: i64) -> Result<Role, RelayFault> {
    match stored {
        0 => Ok(Role::Admin),
        1 => Ok(Role::Member),
        2 => Ok(Role::Reader),
        _ => Err(RelayFault::new("a member of unknown role")),
    }
}

/// A role, to be stored.
pub fn stored_role(role: Role) -> i64 {
    match role {
        Role::Admin => 0,
        Role::Member => 1,
        Role::Reader => 2,
    }
}
