//! Reads a group's log.

use super::{log, members::Membership, membership};
use crate::{Caller, Failure};
use chancery_wire::{
    Code, DeviceId, GroupId, ItemId, Refusal, api::groups::LogPage, frames::LogItem, limits::MAX_LOG_PAGE_ITEMS,
};
use rusqlite::{Connection, params};

/// Bytes of bodies in one page; one larger item travels alone.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// How much to read at once.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Items.
    pub items: u32,
    /// Bytes of bodies; one larger item is read alone.
    pub bytes: usize,
}

/// A page over HTTP.
pub fn read(db: &Connection, caller: &Caller, group: &GroupId, after: u64, limit: u32) -> Result<LogPage, Failure> {
    if limit == 0 || limit > MAX_LOG_PAGE_ITEMS {
        return Err(Refusal::new(Code::InvalidRequest, format!("`limit` is from 1 to {MAX_LOG_PAGE_ITEMS}")).into());
    }
    let membership = membership(db, caller.row, group)?;
    let stay = membership.stay_after(db, caller.row, after)?;
    let items = read_page(db, &stay, after, Page { items: limit, bytes: PAGE_BYTES })?;
    Ok(LogPage { items, head: membership.last(log::head(db, membership.row)?) })
}

/// Items after `after` that the device may read in this stay, contiguous.
pub fn read_page(db: &Connection, membership: &Membership, after: u64, page: Page) -> Result<Vec<LogItem>, Failure> {
    let after = after.max(membership.joined_seq);
    if after < membership.pruned_seq && membership.removed_seq.is_none_or(|removed| after < removed) {
        return Err(Code::BehindHorizon.into());
    }
    let last = membership.removed_seq.unwrap_or(log::MAX_SEQ);
    let mut statement = db.prepare_cached(
        "SELECT log.position, kind, epoch, devices.device, item, at_ms, body FROM log JOIN entries ON entries.id = entry_id
         LEFT JOIN devices ON devices.id = log.device_id
         WHERE log.position > ? AND log.position <= ? ORDER BY log.position LIMIT ?",
    )?;
    let range = params![log::position(membership.row, after), log::position(membership.row, last), page.items];
    let mut rows = statement.query(range)?;
    let (mut items, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let body = row.get_ref(6)?.as_blob().map_err(crate::RelayFault::new)?;
        bytes += body.len();
        if bytes > page.bytes && !items.is_empty() {
            break;
        }
        items.push(LogItem {
            seq: log::seq(row.get(0)?),
            kind: log::kind(row.get(1)?)?,
            epoch: row.get(2)?,
            device: row.get::<_, Option<[u8; 16]>>(3)?.map(DeviceId),
            item: ItemId(row.get(4)?),
            at_ms: row.get(5)?,
            body: body.to_vec(),
        });
    }
    Ok(items)
}
