//! From the store, to the store, and out of it.

use super::{Group, past_epochs};
use crate::{
    MlsError, MlsStore, Trust, leaf,
    storage::{Muted, Provider, Storage},
};
use chancery_wire::GroupId;
use openmls::group::{MlsGroup, SetPastEpochDeletionPolicyError};

/// Loads OpenMLS's group.
pub(super) fn load_mls(store: &dyn MlsStore, id: &GroupId) -> Result<Option<MlsGroup>, MlsError> {
    let storage = Storage::new(store, Muted::default());
    Ok(MlsGroup::load(&storage, &openmls::prelude::GroupId::from_slice(id.as_str().as_bytes()))?)
}

impl Group {
    /// Loads a group. What is stored was verified when it came in, and isn't verified again.
    pub fn load(store: &dyn MlsStore, _trust: &Trust, id: &GroupId) -> Result<Self, MlsError> {
        let mls = load_mls(store, id)?.ok_or(MlsError::UnknownGroup)?;
        let leaves = leaf::read_all(mls.treesync().full_leaves(), &[], |_| false)?;
        Self::from_mls(mls, leaves)
    }

    /// Writes the message secrets if they changed since the last time.
    pub fn flush(&mut self, store: &dyn MlsStore) -> Result<(), MlsError> {
        if !self.dirty {
            return Ok(());
        }
        // The one call of OpenMLS that writes the message secrets without changing them: the policy is the one in force.
        self.mls.set_past_epoch_deletion_policy(&Provider::new(store), past_epochs()).map_err(|error| match error {
            SetPastEpochDeletionPolicyError::StorageError(fault) => fault,
        })?;
        self.dirty = false;
        Ok(())
    }

    /// Forgets a group's secrets and state.
    pub fn delete(mut self, store: &dyn MlsStore) -> Result<(), MlsError> {
        Ok(self.mls.delete(&Storage::new(store, Muted::default()))?)
    }
}
