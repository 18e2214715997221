//! The ratchet tree of an epoch, for a joiner.

use super::{members::Membership, membership};
use crate::{
    Caller, Failure, Relay,
    relay::{Until, lock},
};
use chancery_wire::{Code, GroupId, api::groups::Tree};
use rusqlite::{Connection, params};
use std::sync::Arc;

/// The tree of `epoch`, for a member of that epoch, for whom a Welcome to it waits, and for who was removed before having joined: the
/// Welcome's epoch leads to what may still be read.
pub fn get_tree(relay: &Relay, db: &Connection, caller: &Caller, group: &GroupId, epoch: u64) -> Result<Tree, Failure> {
    let membership = membership(db, caller.row, group)?;
    let member = match membership.removed_seq {
        None => (membership.joined_epoch..=membership.epoch).contains(&epoch),
        Some(_) => membership.joined_epoch == epoch,
    };
    if !member && !has_welcome(db, caller, &membership, epoch)? {
        return Err(if membership.removed_seq.is_some() { Code::NotMember } else { Code::NotFound }.into());
    }
    let tree = tree_of(relay, db, group, &membership, epoch)?;
    Ok(Tree { tree: tree.to_vec().into() })
}

fn has_welcome(db: &Connection, caller: &Caller, membership: &Membership, epoch: u64) -> Result<bool, Failure> {
    let Ok(epoch) = i64::try_from(epoch) else { return Ok(false) };
    Ok(db
        .prepare_cached(
            "SELECT 1 FROM inbox JOIN welcomes ON welcomes.id = welcome_id
             WHERE device_id = ? AND group_id = ? AND epoch = ?",
        )?
        .exists(params![caller.row, membership.row, epoch])?)
}

/// The serialised tree of an epoch, from memory or from the log.
pub fn tree_of(
    relay: &Relay,
    db: &Connection,
    group: &GroupId,
    membership: &Membership,
    epoch: u64,
) -> Result<Arc<Vec<u8>>, Failure> {
    if let Some(bytes) = relay.remembered_tree_bytes(group, epoch) {
        return Ok(bytes);
    }
    let cached =
        lock(relay.trees()).get(group).filter(|tree| tree.group.epoch() == epoch).map(|tree| tree.group.tree());
    let bytes = match cached {
        Some(bytes) => bytes,
        None => {
            let tree = relay.rebuild(db, membership.row, Until::Epoch(epoch))?;
            if tree.group.epoch() != epoch {
                return Err(Code::BehindHorizon.into());
            }
            tree.group.tree()
        }
    };
    let bytes = Arc::new(bytes);
    relay.remember_tree_bytes(group, epoch, bytes.clone());
    Ok(bytes)
}
