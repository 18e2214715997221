//! What a member needs to rejoin by an external commit.

use super::{membership, tree::tree_of};
use crate::{Caller, Failure, Relay};
use chancery_wire::{GroupId, api::groups::RejoinInfo};
use rusqlite::{Connection, params};

/// The current GroupInfo and tree, for members only.
pub fn rejoin_info(relay: &Relay, db: &Connection, caller: &Caller, group: &GroupId) -> Result<RejoinInfo, Failure> {
    let membership = membership(db, caller.row, group)?.current()?;
    let (seq, body): (u64, Vec<u8>) = db
        .prepare_cached("SELECT seq, body FROM group_infos WHERE group_id = ? AND epoch = ?")?
        .query_row(params![membership.row, membership.epoch], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let tree = tree_of(relay, db, group, &membership, membership.epoch)?;
    // Nothing can be read from before the horizon, be the commit older or not.
    let seq = seq.max(membership.pruned_seq);
    Ok(RejoinInfo { epoch: membership.epoch, seq, group_info: body.into(), tree: tree.to_vec().into() })
}
