//! Registers a group.

use super::{members, state::stored_role, stored};
use crate::{
    Context, Failure, Relay, Row, Tx, refusals,
    relay::{Limit, Tree, Weight},
};
use chancery_mls::RelayGroup;
use chancery_wire::{Code, GroupId, Refusal, api::groups::CreateGroup, limits::MAX_NEW_GROUP_BYTES};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

/// A group that was checked.
pub struct NewGroup {
    id: GroupId,
    hash: [u8; 32],
    group_info: Vec<u8>,
    snapshot: Vec<u8>,
    tree: Tree,
}

/// Checks a new group: one leaf, the caller's, our extensions, our key as the only external sender.
pub fn prepare_create(relay: &Relay, context: Context<'_>, body: CreateGroup) -> Result<NewGroup, Failure> {
    let caller = context.caller()?;
    let organisation = relay.organisation();
    if body.group.domain() != organisation.manifest.domain {
        return Err(Refusal::new(Code::InvalidRequest, "`group` names another relay's domain").into());
    }
    if body.group_info.0.len() + body.tree.0.len() > MAX_NEW_GROUP_BYTES {
        let text = format!("GroupInfo and tree have more than {MAX_NEW_GROUP_BYTES} bytes");
        return Err(Refusal::new(Code::TooLarge, text).into());
    }
    relay.limit(Limit::Groups, (caller.user_row as u64, 0), context.now_ms)?;
    let group = RelayGroup::create(&organisation.trust, &body.group_info.0, &body.tree.0, context.now_seconds())
        .map_err(|error| refusals::mls(error, 0))?;
    if *group.id() != body.group {
        return Err(Refusal::new(Code::InvalidRequest, "`group` isn't the GroupInfo's group").into());
    }
    match group.leaves() {
        [leaf] if leaf.user == caller.user && leaf.device == caller.device => {}
        _ => return Err(Refusal::new(Code::CommitInvalid, "the only leaf has to be the caller's").into()),
    }
    let hash = Sha256::new().chain_update(&body.group_info.0).chain_update(&body.tree.0).finalize().into();
    let snapshot = group.snapshot();
    Ok(NewGroup {
        id: body.group,
        hash,
        group_info: body.group_info.0,
        snapshot,
        tree: Tree { handshake_seq: 0, group },
    })
}

/// Writes it. The same creator with the same bytes succeeds again.
pub fn create(relay: &Relay, tx: &Tx<'_>, context: Context<'_>, new: NewGroup) -> Result<(), Failure> {
    let caller = context.caller()?;
    let known: Option<(Row, [u8; 32])> = tx
        .prepare_cached("SELECT created_by, created_hash FROM groups WHERE gid = ?")?
        .query_row([new.id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match known {
        Some((creator, hash)) if creator == caller.row && hash == new.hash => return Ok(()),
        Some(_) => return Err(Code::GroupExists.into()),
        None => {}
    }
    relay.check_room(Weight::Ordinary)?;
    stored::check(relay, tx, caller.user_row, 0)?;
    let made: u64 = tx
        .prepare_cached("SELECT count(*) FROM groups WHERE created_by IN (SELECT id FROM devices WHERE user_id = ?)")?
        .query_row([caller.user_row], |row| row.get(0))?;
    if made >= relay.quotas.groups {
        return Err(Code::TooManyGroups.into());
    }
    let epoch = new.tree.group.epoch();
    let row: Row = tx
        .prepare_cached(
            "INSERT INTO groups (gid, created_by, created_hash, created_at_ms, epoch) VALUES (?, ?, ?, ?, ?) RETURNING id",
        )?
        .query_row(params![new.id.as_str(), caller.row, new.hash, context.now_ms, epoch], |row| row.get(0))?;
    let role = new.tree.group.data().roles.get(&caller.user).copied().ok_or(Code::CommitInvalid)?;
    members::join(tx, row, caller.row, stored_role(role), 0, epoch)?;
    tx.prepare_cached("INSERT INTO group_snapshots (group_id, seq, epoch, body) VALUES (?, 0, ?, ?)")?
        .execute(params![row, epoch, new.snapshot])?;
    tx.prepare_cached("INSERT INTO group_infos (group_id, epoch, seq, body) VALUES (?, ?, 0, ?)")?.execute(params![
        row,
        epoch,
        new.group_info
    ])?;
    relay.put_tree_in(tx, &new.id, new.tree);
    Ok(())
}
