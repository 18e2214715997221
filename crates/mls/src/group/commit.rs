//! Making a commit.

use super::{Committed, Group};
use crate::{
    Device, GroupData, MlsError, MlsStore, Trust, VerifiedKeyPackage, context, key_package, leaf,
    message::bytes_of,
    rules::{self, Actor, Change, Violation},
    storage::{Provider, crypto},
};
use openmls::{
    group::CommitBuilderStageError,
    prelude::{KeyPackage, LeafNodeIndex, LeafNodeParameters, Proposal, ProposalOrRefType},
};
use openmls_traits::OpenMlsProvider as _;
use std::{cell::RefCell, collections::HashSet};

impl Group {
    /// Makes a commit with these additions, removals (leaf indexes) and new data, plus all pending proposals (those that
    /// became moot are dropped), with a fresh path. Nothing given: a self-update. Checks the rules first.
    ///
    /// What follows from pending proposals is added to the data: who left loses the role, and somebody stays administrator. A
    /// user whose last leaf goes by `remove` keeps the role unless `data` drops it: to remove a person, an administrator
    /// passes the leaves and [`GroupData::without_users`]; to remove a lost device, the leaf only.
    ///
    /// The leaf gets the device's current credential, so a renewed certificate spreads with the next commit.
    pub fn commit(
        &mut self,
        store: &dyn MlsStore,
        device: &Device,
        trust: &Trust,
        add: &[VerifiedKeyPackage],
        remove: &[u32],
        data: Option<GroupData>,
    ) -> Result<Committed, MlsError> {
        let own = self.check_own(device.owner())?.clone();
        if self.has_pending_commit() {
            return Err(MlsError::PendingCommit);
        }
        let actor = Actor::Member { user: own.user, device: own.device };
        let mut changes = Vec::new();
        let mut removed = HashSet::new();
        for (index, change) in self.pending()? {
            if removed.insert(index) {
                changes.push(by_other(change, &actor));
            }
        }
        let mut inline = Vec::new();
        for index in remove {
            let leaf = leaf::find(&self.leaves, *index).ok_or(Violation::UnknownLeaf)?;
            if removed.insert(*index) {
                inline.push(LeafNodeIndex::new(*index));
                changes.push(Change::Remove { user: leaf.user.clone(), device: leaf.device, proposed_by: None });
            }
        }
        let key_packages = self.added(trust, add, &mut changes)?;
        let data = rules::data_after(&self.data, &self.leaves, &changes, data);
        if let Some(data) = &data {
            changes.push(Change::SetData(data.clone()));
        }
        rules::decide(&self.data, &self.leaves, &actor, &changes)?;
        self.build(store, device, key_packages, inline, data)
    }

    fn added(
        &self,
        trust: &Trust,
        add: &[VerifiedKeyPackage],
        changes: &mut Vec<Change>,
    ) -> Result<Vec<KeyPackage>, MlsError> {
        add.iter()
            .map(|verified| {
                let (key_package, owner) = key_package::read(&verified.bytes, trust, None)?;
                if owner != verified.owner {
                    return Err(MlsError::Mismatch("the key package belongs to another device"));
                }
                if context::suite(key_package.ciphersuite())? != self.suite {
                    return Err(MlsError::Mismatch("the key package has another suite than the group"));
                }
                changes.push(Change::Add { user: owner.user, device: owner.device, kind: owner.kind });
                Ok(key_package)
            })
            .collect()
    }

    fn build(
        &mut self,
        store: &dyn MlsStore,
        device: &Device,
        add: Vec<KeyPackage>,
        remove: Vec<LeafNodeIndex>,
        data: Option<GroupData>,
    ) -> Result<Committed, MlsError> {
        let epoch = self.epoch();
        let provider = Provider::without_message_secrets(store);
        let internal = |what: &str, error: &dyn std::fmt::Display| MlsError::Internal(format!("{what}: {error}"));
        let extensions = data.map(|data| context::with_data(self.mls.extensions(), &data)).transpose()?;
        let renewed = self.has_former_certificate(device);
        let mut builder = self.mls.commit_builder().force_self_update(true).propose_adds(add).propose_removals(remove);
        if let Some(extensions) = extensions {
            builder = builder
                .propose_group_context_extensions(extensions)
                .map_err(|error| internal("proposing group data", &error))?;
        }
        if renewed {
            let parameters = LeafNodeParameters::builder().with_credential_with_key(device.credential_with_key());
            builder = builder.leaf_node_parameters(parameters.build());
        }
        // The relay and the leaf's owner may both have proposed the same removal: the first counts, as in `changes`.
        let referenced = RefCell::new(HashSet::new());
        let bundle = builder
            .load_psks(provider.storage())
            .map_err(|error| internal("making a commit", &error))?
            .create_group_info(true)
            .build(crypto(), crypto(), device.signer(), |queued| match queued.proposal() {
                Proposal::Remove(remove) if queued.proposal_or_ref_type() == ProposalOrRefType::Reference => {
                    referenced.borrow_mut().insert(remove.removed())
                }
                _ => true,
            })
            .map_err(|error| MlsError::Refused(error.to_string()))?
            .stage_commit(&provider)
            .map_err(|error| match error {
                CommitBuilderStageError::KeyStoreError(fault) => fault.into(),
                error => internal("making a commit", &error),
            })?;
        let (commit, welcome, group_info) = bundle.into_messages();
        let group_info = group_info.ok_or_else(|| MlsError::Internal("a commit without GroupInfo".into()))?;
        Ok(Committed {
            epoch,
            commit: bytes_of(&commit)?,
            welcome: welcome.map(|welcome| bytes_of(&welcome)).transpose()?,
            group_info: bytes_of(&group_info)?,
        })
    }
}

/// A pending change as the committer's commit carries it: who proposed it is told when it is somebody else.
fn by_other(change: Change, committer: &Actor) -> Change {
    match change {
        Change::Remove { user, device, proposed_by } => {
            Change::Remove { user, device, proposed_by: proposed_by.filter(|proposer| proposer != committer) }
        }
        change => change,
    }
}
