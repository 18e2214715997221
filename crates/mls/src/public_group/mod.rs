//! A group as the relay sees it: tree and context, no secrets.
//!
//! **Invariant:** everything is checked before anything changes, so `self` changes only on success.

mod application;
mod commit;
mod create;
mod propose;
mod snapshot;
mod welcome;

use crate::{
    GroupData, MlsError,
    commit_check::{self, Before, Judge},
    message::bytes_of,
    rules::{Actor, Change, Leaf},
    store::{MlsStore, StoreFault},
};
use chancery_wire::{DeviceId, GroupId, UserId, signed::Suite};
use openmls::{
    group::PublicGroup,
    prelude::{Credential, LeafNodeIndex},
};
use std::{cell::RefCell, collections::BTreeMap, ops::RangeInclusive};

/// The relay's view. In memory; [`RelayGroup::snapshot`] and replaying commits bring it back.
pub struct RelayGroup {
    group: PublicGroup,
    /// What OpenMLS stores, but for the tree, which only snapshots need.
    values: Values,
    id: GroupId,
    suite: Suite,
    data: GroupData,
    leaves: Vec<Leaf>,
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
    /// Devices that a member added, each of which needs its share of the Welcome; a device that is removed and added by one commit too. A
    /// rejoin adds and removes nobody.
    pub added: Vec<(UserId, DeviceId)>,
    /// The MLS KeyPackage of each of `added`, in the same order: the relay needs it for [`RelayGroup::trim_welcome`].
    pub added_key_packages: Vec<Vec<u8>>,
    /// Devices no longer in the tree.
    pub removed: Vec<(UserId, DeviceId)>,
    /// Leaves whose pending removal ended with the epoch without being carried out, because a rejoin can't include it: propose them again
    /// ([`RelayGroup::propose_removals`]). Empty for every other commit.
    pub dropped_removals: Vec<u32>,
    /// The times, in seconds since 1970, at which every certificate that came in is valid: the time that the log states for this item has
    /// to be one of them.
    pub accepted_at: RangeInclusive<u64>,
}

impl RelayGroup {
    /// Id.
    pub fn id(&self) -> &GroupId {
        &self.id
    }

    /// Epoch.
    pub fn epoch(&self) -> u64 {
        self.group.group_context().epoch().as_u64()
    }

    /// Suite.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Data.
    pub fn data(&self) -> &GroupData {
        &self.data
    }

    /// Leaves, by index.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// Pending Remove proposals: leaf indexes. A commit has to cover them all.
    pub fn pending_removals(&self) -> Vec<u32> {
        let mut indexes: Vec<u32> = self.pending().unwrap_or_default();
        indexes.sort_unstable();
        indexes.dedup();
        indexes
    }

    /// The ratchet tree, as joiners need it.
    pub fn tree(&self) -> Vec<u8> {
        bytes_of(&self.group.export_ratchet_tree()).expect("a tree that was parsed can be written")
    }

    fn pending(&self) -> Result<Vec<u32>, MlsError> {
        let queued = self.group.queued_proposals(&self.values.storage())?;
        let pending = commit_check::pending(&self.leaves, queued.iter().map(|(_, proposal)| proposal))?;
        Ok(pending.into_iter().map(|(index, _)| index).collect())
    }

    fn before<'a>(
        &'a self,
        judge: Judge<'a>,
        credential: &'a dyn Fn(u32) -> Option<Credential>,
    ) -> Result<Before<'a>, MlsError> {
        Ok(Before {
            data: &self.data,
            leaves: &self.leaves,
            extensions: self.group.group_context().extensions(),
            pending: self.pending()?,
            judge,
            credential,
        })
    }

    fn credential_at(&self, index: u32) -> Option<Credential> {
        self.group.leaf(LeafNodeIndex::new(index)).map(|node| node.credential().clone())
    }
}

/// The values that OpenMLS stores of one public group, in memory.
#[derive(Default)]
struct Values(RefCell<BTreeMap<Vec<u8>, Vec<u8>>>);

impl Values {
    fn storage(&self) -> crate::storage::Storage<'_> {
        crate::storage::Storage::new(self, crate::storage::Muted { tree: true, ..Default::default() })
    }
}

impl MlsStore for Values {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        Ok(self.0.borrow().get(key).cloned())
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), StoreFault> {
        self.0.borrow_mut().insert(key.to_vec(), value.to_vec());
        Ok(())
    }

    fn delete(&self, key: &[u8]) -> Result<(), StoreFault> {
        self.0.borrow_mut().remove(key);
        Ok(())
    }
}
