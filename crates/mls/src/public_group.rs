//! A group as the relay sees it: tree and context, no secrets.

use crate::{GroupData, MlsError, Trust, rules::{Actor, Change, Leaf}};
use chancery_wire::{DeviceId, GroupId, UserId, signed::Suite};

/// The relay's view. In memory; [`RelayGroup::snapshot`] and replaying commits bring it back.
pub struct RelayGroup {
    // implementer: PublicGroup + in-memory PublicStorageProvider + leaves
}

/// What an item did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Epoch after it.
    pub epoch: u64,
    /// Who made it.
    pub actor: Actor,
    /// What it changed.
    pub changes: Vec<Change>,
    /// Devices now in the tree that were not before.
    pub added: Vec<(UserId, DeviceId)>,
    /// Devices no longer in the tree.
    pub removed: Vec<(UserId, DeviceId)>,
}

impl RelayGroup {
    /// Checks a new group from its creator: one leaf, epoch 0, our extensions, the relay's key as only external sender.
    pub fn create(trust: &Trust, group_info: &[u8], tree: &[u8], now_seconds: u64) -> Result<Self, MlsError> {
        let _ = (trust, group_info, tree, now_seconds);
        todo!()
    }
    /// Brings one back from a snapshot.
    pub fn from_snapshot(bytes: &[u8], trust: &Trust) -> Result<Self, MlsError> {
        let _ = (bytes, trust);
        todo!()
    }
    /// Everything needed to bring it back: a versioned CBOR value.
    pub fn snapshot(&self) -> Vec<u8> {
        todo!()
    }
    /// Id.
    pub fn id(&self) -> &GroupId {
        todo!()
    }
    /// Epoch.
    pub fn epoch(&self) -> u64 {
        todo!()
    }
    /// Suite.
    pub fn suite(&self) -> Suite {
        todo!()
    }
    /// Data.
    pub fn data(&self) -> &GroupData {
        todo!()
    }
    /// Leaves, by index.
    pub fn leaves(&self) -> &[Leaf] {
        todo!()
    }
    /// Pending Remove proposals: leaf indexes. A commit has to cover them all.
    pub fn pending_removals(&self) -> Vec<u32> {
        todo!()
    }
    /// The ratchet tree, as joiners need it.
    pub fn tree(&self) -> Vec<u8> {
        todo!()
    }

    /// Checks and applies a commit (PublicMessage): MLS validity as far as a non-member can, chains, rules, all pending removals
    /// covered, GroupInfo of the new epoch fits (context, signer is the committer), Welcome names exactly the added key packages,
    /// sender is `caller`. Works on a copy: `self` changes only on success.
    pub fn apply_commit(
        &mut self, trust: &Trust, caller: (&UserId, &DeviceId), commit: &[u8], group_info: &[u8], welcome: Option<&[u8]>,
        now_seconds: u64,
    ) -> Result<Applied, MlsError> {
        let _ = (trust, caller, commit, group_info, welcome, now_seconds);
        todo!()
    }

    /// Applies a commit from the log again, after a snapshot: it was checked before.
    pub fn replay(&mut self, trust: &Trust, item: &[u8]) -> Result<(), MlsError> {
        let _ = (trust, item);
        todo!()
    }

    /// Checks and queues a member's Remove proposal.
    pub fn apply_proposal(&mut self, trust: &Trust, caller: (&UserId, &DeviceId), proposal: &[u8]) -> Result<Applied, MlsError> {
        let _ = (trust, caller, proposal);
        todo!()
    }

    /// Checks an application message's envelope: PrivateMessage, this group, this epoch. Cheap: parses the header only.
    /// Needs no group state, so it is an associated function. Returns nothing else than "fits".
    pub fn check_application(id: &GroupId, epoch: u64, body: &[u8]) -> Result<(), MlsError> {
        let _ = (id, epoch, body);
        todo!()
    }

    /// Makes the relay's own Remove proposals (external sender 0) for these leaves, and queues them.
    pub fn propose_removals(
        &mut self, trust: &Trust, relay_key: &ed25519_dalek::SigningKey, leaves: &[u32],
    ) -> Result<Vec<Vec<u8>>, MlsError> {
        let _ = (trust, relay_key, leaves);
        todo!()
    }

    /// Cuts a Welcome down to one device's share of the secrets: `key_package` is that device's MLS KeyPackage.
    pub fn trim_welcome(welcome: &[u8], key_package: &[u8]) -> Result<Vec<u8>, MlsError> {
        let _ = (welcome, key_package);
        todo!()
    }
}
