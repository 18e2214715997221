//! The relay's own Remove proposals, for devices that were revoked.

use super::{
    handshake::set_handshake_seq,
    log::{self, NewItem},
};
use crate::{Failure, Relay, RelayFault, Row, Tx, refusals, relay::lock};
use chancery_wire::{DeviceId, GroupId, ItemId, UserId, frames::ItemKind};
use rusqlite::OptionalExtension;

/// Proposes the removal of a revoked device's leaf in one group, unless that was done. Any member commits it.
pub fn propose_removal(relay: &Relay, tx: &Tx<'_>, now_ms: u64, group: Row, device: Row) -> Result<(), Failure> {
    let (user, id) = owner(tx, device)?;
    let Some(group) = group_id(tx, group)? else { return Ok(()) };
    let Some(state) = relay.group(tx, &group)? else { return Ok(()) };
    let mut state = lock(&state);
    if !state.members.contains_key(&device) {
        return Ok(());
    }
    tx.touch(&group);
    let mut tree = relay.take_tree(tx, Some(tx), &group, state.row, state.handshake_seq)?;
    let pending = tree.group.pending_removals();
    let leaves: Vec<u32> = tree
        .group
        .leaves()
        .iter()
        .filter(|leaf| !pending.contains(&leaf.index) && leaf.user == user && leaf.device == id)
        .map(|leaf| leaf.index)
        .collect();
    if !leaves.is_empty() {
        let epoch = tree.group.epoch();
        let trust = &tx.organisation(relay).trust;
        let proposals = tree
            .group
            .propose_removals(trust, &relay.relay_key, &leaves)
            .map_err(|error| refusals::mls(error, epoch))?;
        for body in proposals {
            let new = NewItem { kind: ItemKind::Proposal, epoch, sender: None, item: ItemId(relay.random()), body };
            let (seq, at_ms) = (state.head + 1, state.stamp(now_ms));
            log::append(relay, tx, state.row, &group, seq, new, at_ms)?;
            state.appended(seq, at_ms);
        }
        set_handshake_seq(tx, &mut state)?;
        tree.handshake_seq = state.handshake_seq;
    }
    relay.put_tree_in(tx, &group, tree);
    Ok(())
}

fn owner(tx: &Tx<'_>, device: Row) -> Result<(UserId, DeviceId), Failure> {
    let (user, device): (String, [u8; 16]) = tx
        .prepare_cached("SELECT user, device FROM devices JOIN users ON users.id = user_id WHERE devices.id = ?")?
        .query_row([device], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((user.parse().map_err(RelayFault::new)?, DeviceId(device)))
}

fn group_id(tx: &Tx<'_>, group: Row) -> Result<Option<GroupId>, Failure> {
    let found: Option<String> =
        tx.prepare_cached("SELECT gid FROM groups WHERE id = ?")?.query_row([group], |row| row.get(0)).optional()?;
    Ok(found.map(|group| group.parse()).transpose().map_err(RelayFault::new)?)
}
