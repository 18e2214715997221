//! Checks a commit or proposal against the public tree: the part that costs CPU, outside the writing transaction.

use super::{
    handshake::{Handshake, NewMember},
    items, membership,
};
use crate::{
    Context, Failure, Relay, Row, refusals,
    relay::{Limit, Tree},
};
use chancery_mls::{
    Applied,
    rules::{Actor, Change},
};
use chancery_wire::{
    Code, DeviceId, GroupId, ItemId, Refusal, UserId,
    api::groups::Append,
    frames::ItemKind,
    limits::{MAX_GROUP_LEAVES, MAX_ITEM_BYTES, MAX_REQUEST_BYTES},
};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// A snapshot is written when so many commits would have to be replayed …
const MAX_REPLAY_COMMITS: u64 = 64;
/// … or so many bytes of them.
const MAX_REPLAY_BYTES: u64 = 1024 * 1024;

/// Checks it. `db` has to be in a transaction. While this runs and until the result is applied, nobody else should prepare
/// for the same group, or the later one is refused with `wrong_epoch`.
pub fn prepare_handshake(
    relay: &Relay,
    db: &Connection,
    context: Context<'_>,
    group: GroupId,
    body: Append,
) -> Result<Handshake, Failure> {
    let caller = context.caller()?;
    let sizes = [body.body.0.len(), body.group_info.as_ref().map_or(0, |bytes| bytes.0.len())];
    if sizes.into_iter().any(|size| size > MAX_ITEM_BYTES) {
        return Err(Refusal::new(Code::TooLarge, format!("an item has more than {MAX_ITEM_BYTES} bytes")).into());
    }
    if body.welcome.as_ref().is_some_and(|welcome| welcome.0.len() > MAX_REQUEST_BYTES) {
        return Err(Refusal::new(Code::TooLarge, format!("`welcome` has more than {MAX_REQUEST_BYTES} bytes")).into());
    }
    let membership = membership(db, caller.row, &group)?;
    if let Some(answer) = items::answered_before(db, membership.row, (caller.row, body.item))? {
        return Ok(Handshake::Answered(answer));
    }
    membership.current()?;
    // Before the part that costs CPU.
    relay.limit(Limit::Handshakes, (caller.user_row as u64, 0), context.now_ms)?;
    let bytes = sizes.into_iter().sum::<usize>() + body.welcome.as_ref().map_or(0, |bytes| bytes.0.len());
    relay.take_bytes(Limit::Bytes, caller.user_row, bytes, context.now_ms)?;
    if body.epoch != membership.epoch {
        return Err(Refusal::wrong_epoch(membership.epoch).into());
    }
    let (handshake_seq, replay_commits, replay_bytes): (u64, u64, u64) = db
        .prepare_cached("SELECT handshake_seq, replay_commits, replay_bytes FROM groups WHERE id = ?")?
        .query_row([membership.row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut tree = relay.take_tree(db, None, &group, membership.row, handshake_seq)?;
    let applied = match apply(relay, context, &mut tree, &body) {
        Ok(applied) => applied,
        Err(failure) => {
            // A refused item left the tree as it was.
            relay.put_tree(group, tree);
            return Err(failure);
        }
    };
    if tree.group.leaves().len() > MAX_GROUP_LEAVES {
        return Err(Refusal::new(Code::TooLarge, format!("a group has at most {MAX_GROUP_LEAVES} devices")).into());
    }
    let added = added(db, &tree, &applied)?;
    let removed = applied
        .removed
        .iter()
        .map(|(user, device)| find(db, user, *device).map(|found| found.map(|(row, _)| row)))
        .collect::<Result<Vec<_>, _>>()?;
    let commit = body.kind == ItemKind::Commit;
    let snapshot = (commit
        && (replay_commits + 1 > MAX_REPLAY_COMMITS || replay_bytes + body.body.0.len() as u64 > MAX_REPLAY_BYTES))
        .then(|| tree.group.snapshot());
    let tree_bytes = (!added.is_empty()).then(|| Arc::new(tree.group.tree()));
    let proposals = propose_again(relay, &mut tree, &applied)?;
    let roles = applied
        .changes
        .iter()
        .any(|change| matches!(change, Change::SetData(_)))
        .then(|| tree.group.data().roles.iter().map(|(user, role)| (user.clone(), *role)).collect());
    let changes_readers =
        !added.is_empty() || !applied.removed.is_empty() || matches!(applied.actor, Actor::Rejoiner { .. });
    Ok(Handshake::Checked(Box::new(super::handshake::Checked {
        changes_readers,
        group,
        base_handshake_seq: handshake_seq,
        item: body.item,
        kind: body.kind,
        epoch: body.epoch,
        next_epoch: applied.epoch,
        body: body.body.0,
        group_info: body.group_info.map(|bytes| bytes.0),
        welcome: body.welcome.map(|bytes| bytes.0),
        added,
        removed: removed.into_iter().flatten().collect(),
        roles,
        snapshot,
        proposals,
        accepted_at: applied.accepted_at,
        tree,
        tree_bytes,
    })))
}

fn apply(relay: &Relay, context: Context<'_>, tree: &mut Tree, body: &Append) -> Result<Applied, Failure> {
    let caller = context.caller()?;
    let trust = &relay.organisation().trust;
    let epoch = tree.group.epoch();
    let sender = (&caller.user, &caller.device);
    let applied = match body.kind {
        ItemKind::Commit => {
            let missing = || Refusal::new(Code::InvalidRequest, "a commit comes with `group_info`");
            let group_info = body.group_info.as_ref().ok_or_else(missing)?;
            let welcome = body.welcome.as_ref().map(|bytes| bytes.0.as_slice());
            tree.group.apply_commit(trust, sender, &body.body.0, &group_info.0, welcome, context.now_seconds())
        }
        ItemKind::Proposal => tree.group.apply_proposal(trust, sender, &body.body.0),
        ItemKind::Application => {
            return Err(Refusal::new(Code::InvalidRequest, "a message is no handshake").into());
        }
    };
    applied.map_err(|error| refusals::mls(error, epoch))
}

/// The rows of added devices. A device that isn't registered, or was revoked, can't be added.
fn added(db: &Connection, tree: &Tree, applied: &Applied) -> Result<Vec<NewMember>, Failure> {
    let unknown =
        || Refusal::new(Code::CommitInvalid, "the commit adds a device that isn't registered, or was removed");
    let mut added = Vec::with_capacity(applied.added.len());
    for ((user, device), key_package) in applied.added.iter().zip(&applied.added_key_packages) {
        let Some((row, false)) = find(db, user, *device)? else { return Err(unknown().into()) };
        let role = tree.group.data().roles.get(user).copied().ok_or_else(unknown)?;
        added.push(NewMember { row, role, key_package: key_package.clone() });
    }
    Ok(added)
}

/// A device's row, and whether it is revoked.
fn find(db: &Connection, user: &UserId, device: DeviceId) -> Result<Option<(Row, bool)>, Failure> {
    Ok(db
        .prepare_cached(
            "SELECT devices.id, revoked_at_ms IS NOT NULL FROM devices JOIN users ON users.id = user_id
             WHERE device = ? AND user = ?",
        )?
        .query_row(params![device.as_bytes(), user.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// An external commit can't cover pending removals (RFC 9420 section 12.4.3.2), and its new epoch forgets them: the relay
/// proposes them again, so that nobody escapes a removal by somebody's rejoining.
fn propose_again(relay: &Relay, tree: &mut Tree, applied: &Applied) -> Result<Vec<(ItemId, Vec<u8>)>, Failure> {
    if applied.dropped_removals.is_empty() {
        return Ok(Vec::new());
    }
    let trust = &relay.organisation().trust;
    let proposals = tree
        .group
        .propose_removals(trust, &relay.relay_key, &applied.dropped_removals)
        .map_err(|error| refusals::mls(error, applied.epoch))?;
    Ok(proposals.into_iter().map(|body| (ItemId(relay.random()), body)).collect())
}
