//! The groups that a device is or was in.

use super::log;
use crate::{Caller, Failure, RelayFault, Row};
use chancery_wire::api::groups::{GroupState, Groups};
use rusqlite::Connection;

/// The caller's groups.
pub fn list(db: &Connection, caller: &Caller) -> Result<Groups, Failure> {
    let mut statement = db.prepare_cached(
        "SELECT groups.id, gid, epoch, joined_seq, removed_seq FROM members JOIN groups ON groups.id = group_id
         WHERE device_id = ? ORDER BY groups.id",
    )?;
    let mut rows = statement.query([caller.row])?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        let group: Row = row.get(0)?;
        let removed_seq: Option<u64> = row.get(4)?;
        let head = log::head(db, group)?;
        groups.push(GroupState {
            group: row.get::<_, String>(1)?.parse().map_err(RelayFault::new)?,
            epoch: row.get(2)?,
            head: removed_seq.unwrap_or(head).min(head),
            joined_seq: row.get(3)?,
            removed_seq,
        });
    }
    Ok(Groups { groups })
}
