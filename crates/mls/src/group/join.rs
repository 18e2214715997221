//! Joining by a Welcome.

use super::{Group, join_config, load::load_mls};
use crate::{
    Device, GroupData, MlsError, MlsStore, Trust, context, leaf, message,
    rules::{self, Leaf, Violation},
    storage::{Muted, Provider, Storage},
};
use chancery_wire::GroupId;
use openmls::group::{StagedWelcome, WelcomeError};

/// A Welcome that was opened but not yet joined: shows what it leads to.
pub struct Join {
    staged: StagedWelcome,
    id: GroupId,
    leaves: Vec<Leaf>,
    data: GroupData,
    sender: Leaf,
}

fn refusal(error: WelcomeError<crate::store::StoreFault>) -> MlsError {
    match error {
        WelcomeError::StorageError(fault) => fault.into(),
        WelcomeError::NoMatchingKeyPackage => MlsError::Mismatch("the Welcome is for none of our key packages"),
        error => MlsError::Refused(error.to_string()),
    }
}

impl Join {
    /// Opens a Welcome with the tree from the relay. Verifies every leaf's chain and the rules' invariants on the tree (each leaf's
    /// user has a role, no device twice, the relay's key is the only external sender).
    ///
    /// It uses up the key package (unless that is a last-resort one), refused or not: who wants to try the same Welcome again, e.g. with another
    /// tree, rolls the transaction back. A group that we are in already is replaced by a later epoch only.
    pub fn open(
        store: &dyn MlsStore,
        device: &Device,
        trust: &Trust,
        welcome: &[u8],
        tree: &[u8],
    ) -> Result<Self, MlsError> {
        let provider = Provider::new(store);
        let staged = StagedWelcome::build_from_welcome(&provider, &join_config(), message::welcome(welcome)?)
            .map_err(refusal)?
            .with_ratchet_tree(message::tree(tree)?)
            .replace_old_group()
            .skip_lifetime_validation()
            .build()
            .map_err(refusal)?;
        let context = staged.group_context();
        context::suite(context.ciphersuite())?;
        let id = message::group_id(context.group_id().as_slice())?;
        let data = context::open(context.extensions(), trust.manifest())?;
        let leaves = leaf::verify_all(trust, staged.members())?;
        rules::check_state(&data, &leaves)?;
        let own = leaf::find(&leaves, staged.own_leaf_index().u32()).ok_or(Violation::UnknownLeaf)?;
        if own.user != device.owner().user || own.device != device.owner().device {
            return Err(MlsError::Mismatch("the Welcome is for another device"));
        }
        let sender = leaf::find(&leaves, staged.welcome_sender_index().u32()).ok_or(Violation::NotMember)?.clone();
        if let Some(old) = load_mls(store, &id)?
            && old.is_active()
            && old.epoch() >= context.epoch()
        {
            return Err(MlsError::Epoch { message: context.epoch().as_u64(), group: old.epoch().as_u64() });
        }
        Ok(Self { staged, id, leaves, data, sender })
    }

    /// Who added us.
    pub fn sender(&self) -> &Leaf {
        &self.sender
    }

    /// Group.
    pub fn id(&self) -> &GroupId {
        &self.id
    }

    /// Epoch.
    pub fn epoch(&self) -> u64 {
        self.staged.group_context().epoch().as_u64()
    }

    /// Data.
    pub fn data(&self) -> &GroupData {
        &self.data
    }

    /// Leaves, by index.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// Joins. What was stored of the group before is replaced.
    pub fn accept(self, store: &dyn MlsStore) -> Result<Group, MlsError> {
        if let Some(mut old) = load_mls(store, &self.id)? {
            old.delete(&Storage::new(store, Muted::default()))?;
        }
        let mls = self.staged.into_group(&Provider::new(store)).map_err(|error| match error {
            WelcomeError::StorageError(fault) => fault.into(),
            error => MlsError::Internal(format!("joining: {error}")),
        })?;
        Group::from_mls(mls, self.leaves)
    }
}
