//! Making a group.

use super::{Group, past_epochs, sender_ratchet};
use crate::{
    Device, GroupData, MlsError, MlsStore, Trust, context, key_package, leaf,
    message::bytes_of,
    rules,
    storage::{Provider, crypto},
};
use chancery_wire::{GroupId, signed::Suite};
use openmls::group::{MlsGroup, NewGroupError, PURE_PLAINTEXT_WIRE_FORMAT_POLICY};

/// A new group, to be registered at the relay.
pub struct Created {
    /// The group.
    pub group: Group,
    /// GroupInfo of epoch 0 (MLSMessage), without the tree.
    pub group_info: Vec<u8>,
    /// The ratchet tree.
    pub tree: Vec<u8>,
}

impl Group {
    /// Makes a group with one's own leaf only. `data.roles` has to name all users who will be added, and the creator as
    /// an administrator (in a direct conversation, as one of the two members).
    pub fn create(
        store: &dyn MlsStore,
        device: &Device,
        trust: &Trust,
        id: &GroupId,
        suite: Suite,
        data: GroupData,
    ) -> Result<Created, MlsError> {
        let leaves = vec![leaf::leaf(0, device.owner().clone())];
        rules::check_state(&data, &leaves)?;
        let mls = MlsGroup::builder()
            .with_group_id(openmls::prelude::GroupId::from_slice(id.as_str().as_bytes()))
            .ciphersuite(context::ciphersuite(suite))
            .with_wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(false)
            .set_past_epoch_deletion_policy(past_epochs())
            .sender_ratchet_configuration(sender_ratchet())
            .lifetime(key_package::unlimited())
            .with_capabilities(context::capabilities())
            .with_group_context_extensions(context::create(&data, trust.manifest())?)
            .build(&Provider::new(store), device.signer(), device.credential_with_key())
            .map_err(|error| match error {
                NewGroupError::GroupAlreadyExists => MlsError::Mismatch("a group with this id exists"),
                NewGroupError::StorageError(fault) => fault.into(),
                error => MlsError::Internal(format!("creating a group: {error}")),
            })?;
        let group_info = mls
            .export_group_info(crypto(), device.signer(), false)
            .map_err(|error| MlsError::Internal(format!("exporting the GroupInfo: {error}")))?;
        Ok(Created {
            group_info: bytes_of(&group_info)?,
            tree: bytes_of(&mls.export_ratchet_tree())?,
            group: Group::from_mls(mls, leaves)?,
        })
    }
}
