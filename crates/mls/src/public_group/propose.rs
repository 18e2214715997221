//! Proposals: members who leave, and the relay's own removals.

use super::{
    Applied, RelayGroup,
    commit::{Handshake, check_caller},
};
use crate::{
    MlsError, Trust,
    commit_check::{self, ALWAYS, Judge},
    device::Ed25519Signer,
    leaf, message,
    message::bytes_of,
    rules::Violation,
    storage::Provider,
};
use chancery_wire::{DeviceId, UserId};
use openmls::prelude::{ExternalProposal, LeafNodeIndex, Proposal, QueuedProposal, SenderExtensionIndex};

/// Proposals to remove one leaf that wait at the same time: its own, its other devices' and the relay's. More say nothing new, and each costs
/// whoever rebuilds the tree.
const MAX_PROPOSALS_PER_LEAF: usize = 4;

impl RelayGroup {
    /// Checks and queues a member's Remove proposal. One that waits already is refused, and so is what goes beyond the limit for a leaf.
    pub fn apply_proposal(
        &mut self,
        _trust: &Trust,
        caller: (&UserId, &DeviceId),
        proposal: &[u8],
    ) -> Result<Applied, MlsError> {
        let Handshake::Proposal(queued) = self.check_handshake(message::handshake(proposal)?)? else {
            return Err(MlsError::Malformed("not a proposal".into()));
        };
        let credential = |index| self.credential_at(index);
        let (actor, change) = commit_check::proposal(&self.before(Judge::Accepted, &credential)?, &queued)?;
        check_caller(caller, &actor)?;
        self.check_is_news(&queued)?;
        self.queue(*queued)?;
        Ok(Applied {
            epoch: self.epoch(),
            actor,
            changes: vec![change],
            added: Vec::new(),
            added_key_packages: Vec::new(),
            removed: Vec::new(),
            dropped_removals: Vec::new(),
            accepted_at: ALWAYS,
        })
    }

    /// Makes the relay's own Remove proposals (external sender 0) for these leaves, and queues them. All or none.
    pub fn propose_removals(
        &mut self,
        _trust: &Trust,
        relay_key: &ed25519_dalek::SigningKey,
        leaves: &[u32],
    ) -> Result<Vec<Vec<u8>>, MlsError> {
        if leaves.iter().any(|index| leaf::find(&self.leaves, *index).is_none()) {
            return Err(Violation::UnknownLeaf.into());
        }
        let signer = Ed25519Signer(relay_key.clone());
        let mut proposals = Vec::with_capacity(leaves.len());
        let mut checked = Vec::with_capacity(leaves.len());
        for index in leaves {
            let message = ExternalProposal::new_remove::<Provider<'_>>(
                LeafNodeIndex::new(*index),
                self.group.group_id().clone(),
                self.group.group_context().epoch(),
                &signer,
                SenderExtensionIndex::new(0),
            )
            .map_err(|error| MlsError::Internal(format!("proposing a removal: {error}")))?;
            let bytes = bytes_of(&message)?;
            // The relay's proposals take the way of everybody's, so that a wrong key is found here and not by the members.
            let Handshake::Proposal(queued) = self.check_handshake(message::handshake(&bytes)?)? else {
                return Err(MlsError::Internal("a proposal that is none".into()));
            };
            let credential = |index| self.credential_at(index);
            commit_check::proposal(&self.before(Judge::Accepted, &credential)?, &queued)?;
            checked.push(*queued);
            proposals.push(bytes);
        }
        for queued in checked {
            self.queue(queued)?;
        }
        Ok(proposals)
    }

    fn check_is_news(&self, queued: &QueuedProposal) -> Result<(), MlsError> {
        let known = self.group.queued_proposals(&self.values.storage())?;
        if known.iter().any(|(reference, _)| reference == queued.proposal_reference_ref()) {
            return Err(MlsError::Refused("this proposal waits already".into()));
        }
        let Proposal::Remove(remove) = queued.proposal() else { return Ok(()) };
        let same = self.pending()?.into_iter().filter(|index| *index == remove.removed().u32()).count();
        if same >= MAX_PROPOSALS_PER_LEAF {
            return Err(MlsError::Refused(format!("{same} proposals to remove this leaf wait already")));
        }
        Ok(())
    }

    /// Queues a checked proposal; the same again changes nothing.
    pub(super) fn queue(&mut self, queued: QueuedProposal) -> Result<(), MlsError> {
        let storage = self.values.storage();
        let known = self.group.queued_proposals(&storage)?;
        if known.iter().any(|(reference, _)| reference == queued.proposal_reference_ref()) {
            return Ok(());
        }
        Ok(self.group.add_proposal(&storage, queued)?)
    }
}
