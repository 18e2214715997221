//! The relay's own Remove proposals, for devices that were revoked.

use super::{
    handshake::set_handshake_seq,
    log::{self, NewItem},
};
use crate::{Context, Failure, Relay, Row, Tx, refusals, relay::lock};
use chancery_wire::{DeviceId, GroupId, ItemId, UserId, frames::ItemKind};

/// Proposes the removal of these devices' leaves, and lets them send no more. Any member commits it.
pub fn propose_removals(
    relay: &Relay,
    tx: &Tx<'_>,
    context: Context<'_>,
    group: &GroupId,
    devices: &[(Row, &UserId, DeviceId)],
) -> Result<(), Failure> {
    let Some(state) = relay.group(tx, group)? else { return Ok(()) };
    let mut state = lock(&state);
    tx.touch(group);
    for (row, _, _) in devices {
        if let Some(member) = state.members.get_mut(row) {
            member.revoked = true;
        }
    }
    let mut tree = match relay.take_tree(tx, Some(tx), group, state.row, state.handshake_seq) {
        Ok(tree) => tree,
        Err(failure) => {
            // A damaged group must not keep a device from being cut off everywhere else.
            failure.into_refusal("proposing removals");
            return Ok(());
        }
    };
    let pending = tree.group.pending_removals();
    let leaves: Vec<u32> = tree
        .group
        .leaves()
        .iter()
        .filter(|leaf| !pending.contains(&leaf.index))
        .filter(|leaf| devices.iter().any(|(_, user, device)| **user == leaf.user && *device == leaf.device))
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
            let (seq, at_ms) = (state.head + 1, state.stamp(context.now_ms));
            log::append(relay, tx, state.row, group, seq, new, at_ms)?;
            state.appended(seq, at_ms);
        }
        set_handshake_seq(tx, &mut state)?;
        tree.handshake_seq = state.handshake_seq;
    }
    relay.put_tree_in(tx, group, tree);
    Ok(())
}
