//! Joining anew by an external commit (RFC 9420 section 12.4.3.2).

use super::{Committed, Group, join_config, load::load_mls};
use crate::{
    Device, MlsError, MlsStore, Trust, context, leaf, message,
    message::bytes_of,
    rules::{self, Actor, Change},
    storage::{Muted, Provider, Storage, crypto},
};
use openmls::{
    group::{ExternalCommitBuilderError, MlsGroup},
    prelude::{LeafNodeParameters, RatchetTreeIn},
};
use openmls_traits::OpenMlsProvider as _;

/// An external commit that was made, for rejoining.
pub struct Rejoin {
    /// The group, joined as soon as the relay accepts (there is nothing to merge; the group is
    /// stored under its id at once, so make it in a transaction that also notes the pending state).
    pub group: Group,
    /// The commit and the new GroupInfo.
    pub committed: Committed,
}

impl Group {
    /// Makes an external commit that replaces our old leaf (same device). Verifies the whole tree, the GroupInfo's signature by
    /// a verified member, and the group's data. The old state of the group under this id is replaced.
    /// `at_least_epoch` refuses a stale GroupInfo. [`MlsError::NotMember`] when the device has no leaf in the tree.
    ///
    /// On an error roll the transaction back: the last checks need the new tree.
    pub fn rejoin(
        store: &dyn MlsStore,
        device: &Device,
        trust: &Trust,
        group_info: &[u8],
        tree: &[u8],
        at_least_epoch: u64,
    ) -> Result<Rejoin, MlsError> {
        let info = message::group_info(group_info)?;
        let tree = message::tree(tree)?;
        context::suite(info.ciphersuite())?;
        let epoch = info.epoch().as_u64();
        if epoch < at_least_epoch {
            return Err(MlsError::Epoch { message: epoch, group: at_least_epoch });
        }
        let id = message::group_id(info.group_id().as_slice())?;
        let data = context::open(info.group_context().extensions(), trust.manifest())?;
        check_own_leaf(device, &tree)?;
        if let Some(mut old) = load_mls(store, &id)? {
            old.delete(&Storage::new(store, Muted::default()))?;
        }
        let provider = Provider::new(store);
        let leaf_node = LeafNodeParameters::builder().with_capabilities(context::capabilities()).build();
        let (mls, bundle) = MlsGroup::external_commit_builder()
            .with_ratchet_tree(tree)
            .with_config(join_config())
            .skip_lifetime_validation()
            .build_group(&provider, info, device.credential_with_key())
            .map_err(|error| match error {
                ExternalCommitBuilderError::StorageError(fault) => fault.into(),
                error => MlsError::Refused(error.to_string()),
            })?
            .leaf_node_parameters(leaf_node)
            .load_psks(provider.storage())
            .map_err(|error| MlsError::Internal(format!("rejoining: {error}")))?
            .create_group_info(true)
            .build(crypto(), crypto(), device.signer(), |_| true)
            .map_err(|error| MlsError::Refused(error.to_string()))?
            .finalize(&provider)
            .map_err(|error| MlsError::Internal(format!("rejoining: {error}")))?;
        // The tree before differs from this one in our own leaf only.
        let leaves = leaf::verify_all(trust, mls.members())?;
        rules::check_state(&data, &leaves)?;
        let owner = device.owner();
        let replaced = Change::Remove { user: owner.user.clone(), device: owner.device, proposed_by: None };
        rules::decide(
            &data,
            &leaves,
            &Actor::Rejoiner { user: owner.user.clone(), device: owner.device },
            &[replaced],
        )?;
        let (commit, _, group_info) = bundle.into_messages();
        let group_info = group_info.ok_or_else(|| MlsError::Internal("a commit without GroupInfo".into()))?;
        let committed =
            Committed { epoch, commit: bytes_of(&commit)?, welcome: None, group_info: bytes_of(&group_info)? };
        Ok(Rejoin { group: Group::from_mls(mls, leaves)?, committed })
    }
}

/// Our old leaf is in the tree, with our key: OpenMLS removes it in the same commit, so no ghost of it stays.
fn check_own_leaf(device: &Device, tree: &RatchetTreeIn) -> Result<(), MlsError> {
    let owner = device.owner();
    for node in tree.leaves() {
        let of_device =
            leaf::read(0, node.credential()).is_ok_and(|leaf| leaf.user == owner.user && leaf.device == owner.device);
        match (of_device, node.signature_key().as_slice() == owner.key) {
            (true, true) => return Ok(()),
            (true, false) => return Err(MlsError::Mismatch("our leaf in the tree has another key")),
            (false, true) => return Err(MlsError::Mismatch("our key is in the tree under another device")),
            (false, false) => {}
        }
    }
    Err(MlsError::NotMember)
}
