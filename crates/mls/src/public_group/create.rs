//! Registering a new group.

use super::{RelayGroup, Values};
use crate::{
    MlsError, Trust, context, leaf, message,
    rules::{self, Violation},
    storage::crypto,
};
use openmls::group::{ProposalStore, PublicGroup};

impl RelayGroup {
    /// Checks a new group from its creator: one leaf, epoch 0, our extensions, the relay's key as only external sender. The
    /// caller compares [`RelayGroup::leaves`] with who sent it, and [`RelayGroup::id`] with what was asked for.
    pub fn create(trust: &Trust, group_info: &[u8], tree: &[u8], now_seconds: u64) -> Result<Self, MlsError> {
        let info = message::group_info(group_info)?;
        let suite = context::suite(info.ciphersuite())?;
        let id = message::group_id(info.group_id().as_slice())?;
        if info.epoch().as_u64() != 0 {
            return Err(Violation::NotNew.into());
        }
        let values = Values::default();
        let (group, _) =
            PublicGroup::from_external(crypto(), &values.storage(), message::tree(tree)?, info, ProposalStore::new())
                .map_err(|error| MlsError::Refused(error.to_string()))?;
        let data = context::open(group.group_context().extensions(), trust.manifest())?;
        let leaves = leaf::verify_all(trust, group.members())?;
        let (Some(creator), 1) = (group.members().next(), leaves.len()) else {
            return Err(Violation::NotNew.into());
        };
        leaf::verify(trust, &creator.credential, &creator.signature_key, Some(now_seconds))?;
        rules::check_state(&data, &leaves)?;
        Ok(Self { group, values, id, suite, data, leaves })
    }
}
