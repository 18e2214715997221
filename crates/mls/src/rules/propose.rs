//! May this actor send this proposal, to be committed by somebody else?

use super::{Actor, Change, Leaf, Violation, decide};
use crate::group_data::{GroupData, GroupKind};

/// Decides about a proposal on its own. `pending` are the leaf indexes of removals that wait already.
///
/// Members propose the removal of their own devices, which is how they leave; the relay proposes removals. Nothing else is
/// ever proposed: whoever may make a change commits it.
pub fn decide_proposal(
    data: &GroupData,
    leaves: &[Leaf],
    pending: &[u32],
    actor: &Actor,
    change: &Change,
) -> Result<(), Violation> {
    let Change::Remove { user, device, .. } = change else {
        return Err(if *actor == Actor::Relay { Violation::RelayMayOnlyRemove } else { Violation::ProposalKind });
    };
    match actor {
        Actor::Relay => decide(data, leaves, actor, std::slice::from_ref(change)),
        Actor::Rejoiner { .. } => Err(Violation::ProposalKind),
        Actor::Member { user: proposer, device: proposing } => {
            if !leaves.iter().any(|leaf| leaf.user == *proposer && leaf.device == *proposing) {
                return Err(Violation::NotMember);
            }
            if proposer != user {
                return Err(Violation::ForeignProposal);
            }
            if !leaves.iter().any(|leaf| leaf.user == *user && leaf.device == *device) {
                return Err(Violation::UnknownLeaf);
            }
            let stays = |leaf: &&Leaf| leaf.user == *user && leaf.device != *device && !pending.contains(&leaf.index);
            if data.kind == GroupKind::Direct && leaves.iter().filter(stays).count() == 0 {
                return Err(Violation::DirectLeave);
            }
            Ok(())
        }
    }
}
