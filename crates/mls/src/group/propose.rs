//! Proposing to leave.

use super::Group;
use crate::{
    Device, MlsError, MlsStore, leaf,
    message::bytes_of,
    rules::{self, Actor, Change, Violation},
    storage::{Muted, Provider, Storage},
};
use openmls::{group::ProposeRemoveMemberError, prelude::LeafNodeIndex};

impl Group {
    /// Makes a Remove proposal (a PublicMessage) for a leaf of one's own user, to be sent to the log; it becomes pending here too
    /// when it comes back and is processed: the relay may refuse it, and a commit that doesn't know it may come first.
    /// A device can't commit its own removal, so this is how a user leaves: propose it for each of their leaves.
    pub fn propose_remove(&mut self, store: &dyn MlsStore, device: &Device, leaf: u32) -> Result<Vec<u8>, MlsError> {
        let own = self.check_own(device.owner())?.clone();
        if self.has_pending_commit() {
            return Err(MlsError::PendingCommit);
        }
        let removed = leaf::find(&self.leaves, leaf).ok_or(Violation::UnknownLeaf)?;
        let change = Change::Remove { user: removed.user.clone(), device: removed.device, proposed_by: None };
        let pending: Vec<u32> = self.pending()?.into_iter().map(|(index, _)| index).collect();
        let actor = Actor::Member { user: own.user, device: own.device };
        rules::decide_proposal(&self.data, &self.leaves, &pending, &actor, &change)?;
        let provider = Provider::without_message_secrets(store);
        let (message, reference) = self
            .mls
            .propose_remove_member(&provider, device.signer(), LeafNodeIndex::new(leaf))
            .map_err(|error| match error {
                ProposeRemoveMemberError::StorageError(fault) => fault.into(),
                error => MlsError::Internal(format!("proposing a removal: {error}")),
            })?;
        self.mls
            .remove_pending_proposal(&Storage::new(store, Muted::default()), &reference)
            .map_err(|error| MlsError::Internal(format!("taking a proposal back: {error}")))?;
        bytes_of(&message)
    }
}
