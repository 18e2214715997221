//! Checking and applying commits.

use super::{Applied, RelayGroup};
use crate::{
    MlsError, Trust,
    commit_check::{self, Checked, Judge},
    leaf, message,
    rules::{Actor, Change, Leaf},
    storage::crypto,
};
use chancery_wire::{DeviceId, UserId};
use openmls::{
    group::{MergeCommitError, PublicProcessMessageError, StagedCommit},
    prelude::{
        ContentType, ProcessedMessageContent, Proposal, PublicMessageIn, QueuedProposal, Sender, SignaturePublicKey,
        Verifiable,
    },
};
use openmls_traits::types::SignatureScheme;
use std::collections::BTreeSet;

/// A handshake message that MLS accepts.
pub(super) enum Handshake {
    Commit(Sender, Box<StagedCommit>),
    Proposal(Box<QueuedProposal>),
}

impl RelayGroup {
    /// Checks and applies a commit (PublicMessage): MLS validity as far as a non-member can, chains, rules, all pending removals
    /// covered, GroupInfo of the new epoch fits (context, signer is the committer), Welcome names exactly the added key packages,
    /// sender is `caller`. `self` changes only on success.
    pub fn apply_commit(
        &mut self,
        trust: &Trust,
        caller: (&UserId, &DeviceId),
        commit: &[u8],
        group_info: &[u8],
        welcome: Option<&[u8]>,
        now_seconds: u64,
    ) -> Result<Applied, MlsError> {
        let message = message::handshake(commit)?;
        let tag = message.confirmation_tag().map(message::bytes_of).transpose()?;
        let Handshake::Commit(sender, staged) = self.check_handshake(message)? else {
            return Err(MlsError::Malformed("not a commit".into()));
        };
        let credential = |index| self.credential_at(index);
        let before = self.before(Judge::At(trust, now_seconds), &credential)?;
        let checked = commit_check::commit(&before, &sender, &staged)?;
        check_caller(caller, &checked.actor)?;
        self.check_group_info(group_info, &sender, &staged, tag)?;
        check_welcome(welcome, &staged)?;
        self.merge(*staged, checked)
    }

    /// Applies a commit or proposal from the log again, after a snapshot. It was judged when it was accepted, and that verdict stands:
    /// neither a clock nor the present manifest is asked.
    pub fn replay(&mut self, item: &[u8]) -> Result<(), MlsError> {
        let credential = |index| self.credential_at(index);
        match self.check_handshake(message::handshake(item)?)? {
            Handshake::Commit(sender, staged) => {
                let checked = commit_check::commit(&self.before(Judge::Accepted, &credential)?, &sender, &staged)?;
                self.merge(*staged, checked).map(|_| ())
            }
            Handshake::Proposal(queued) => {
                commit_check::proposal(&self.before(Judge::Accepted, &credential)?, &queued)?;
                self.queue(*queued)
            }
        }
    }

    /// Whether MLS accepts a handshake message, as far as a non-member can tell.
    pub(super) fn check_handshake(&self, message: PublicMessageIn) -> Result<Handshake, MlsError> {
        let (of, group) = (message.epoch().as_u64(), self.epoch());
        if message.group_id() != self.group.group_id() {
            return Err(MlsError::Mismatch("the message is of another group"));
        }
        if of != group {
            return Err(MlsError::Epoch { message: of, group });
        }
        if message.content_type() == ContentType::Application {
            return Err(MlsError::Malformed("content has to be encrypted".into()));
        }
        let processed = self.group.process_message(crypto(), message).map_err(|error| match error {
            PublicProcessMessageError::UnsupportedProposalType => crate::rules::Violation::RelayMayOnlyRemove.into(),
            error => MlsError::Refused(error.to_string()),
        })?;
        let sender = processed.sender().clone();
        match processed.into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => Ok(Handshake::Commit(sender, staged)),
            ProcessedMessageContent::ProposalMessage(queued) => Ok(Handshake::Proposal(queued)),
            _ => Err(crate::rules::Violation::ProposalKind.into()),
        }
    }

    /// The GroupInfo says what the commit leads to, and the committer signed it. Its key for external commits can't be checked
    /// without the group's secrets: a committer who lies about it makes rejoining fail until the next commit, nothing more.
    fn check_group_info(
        &self,
        bytes: &[u8],
        sender: &Sender,
        staged: &StagedCommit,
        tag: Option<Vec<u8>>,
    ) -> Result<(), MlsError> {
        let info = message::group_info(bytes)?;
        if info.group_context() != staged.group_context() {
            return Err(MlsError::Mismatch("the GroupInfo isn't of the commit's new epoch"));
        }
        let parts = message::group_info_parts(bytes)?;
        if Some(message::bytes_of(&parts.confirmation_tag)?) != tag {
            return Err(MlsError::Mismatch("the GroupInfo has another confirmation tag than the commit"));
        }
        let index = match sender {
            Sender::Member(index) => *index,
            _ => self.group.ext_commit_sender_index(staged).map_err(|error| MlsError::Internal(error.to_string()))?,
        };
        if parts.signer != index.u32() {
            return Err(MlsError::Mismatch("the GroupInfo isn't signed by the committer"));
        }
        let key = match staged.update_path_leaf_node() {
            Some(node) => node.signature_key().clone(),
            None => self
                .group
                .leaf(index)
                .map(|node| node.signature_key().clone())
                .ok_or_else(|| MlsError::Internal("the committer has no leaf".into()))?,
        };
        let key: SignaturePublicKey = key;
        info.verify_no_out(crypto(), &key.into_signature_public_key_enriched(SignatureScheme::ED25519))
            .map_err(|_| MlsError::Mismatch("the GroupInfo isn't signed by the committer"))
    }

    fn merge(&mut self, staged: StagedCommit, checked: Checked) -> Result<Applied, MlsError> {
        let devices = |leaves: &[Leaf]| -> BTreeSet<(UserId, DeviceId)> {
            leaves.iter().map(|leaf| (leaf.user.clone(), leaf.device)).collect()
        };
        let before = devices(&self.leaves);
        let mut added_key_packages = Vec::new();
        for queued in staged.queued_proposals() {
            if let Proposal::Add(add) = queued.proposal() {
                added_key_packages.push(message::bytes_of(add.key_package())?);
            }
        }
        // In the order of the proposals, as the key packages are.
        let added = checked.changes.iter().filter_map(|change| match change {
            Change::Add { user, device, .. } => Some((user.clone(), *device)),
            _ => None,
        });
        let added = added.collect();
        self.group.merge_commit(&self.values.storage(), staged).map_err(|error| match error {
            MergeCommitError::StorageError(fault) => fault.into(),
            error => MlsError::Internal(format!("merging a commit: {error}")),
        })?;
        let replaced = |leaf: &Leaf| {
            checked.committer == Some(leaf.index)
                || checked.changes.iter().any(|change| {
                    matches!(change, Change::Remove { user, device, .. } if *user == leaf.user && *device == leaf.device)
                })
        };
        self.leaves = leaf::read_all(self.group.treesync().full_leaves(), &self.leaves, |leaf| !replaced(leaf))?;
        self.data = checked.data;
        let after = devices(&self.leaves);
        Ok(Applied {
            epoch: self.epoch(),
            actor: checked.actor,
            changes: checked.changes,
            added,
            added_key_packages,
            removed: before.difference(&after).cloned().collect(),
            dropped_removals: checked.dropped,
            accepted_at: checked.accepted_at,
        })
    }
}

/// The session that brings an item is its author's.
pub(super) fn check_caller(caller: (&UserId, &DeviceId), actor: &Actor) -> Result<(), MlsError> {
    match actor {
        Actor::Member { user, device } | Actor::Rejoiner { user, device } if (user, device) == caller => Ok(()),
        _ => Err(MlsError::Mismatch("the item isn't from the device that sent it")),
    }
}

/// A Welcome has one share for each added key package, and there is one when somebody is added.
fn check_welcome(welcome: Option<&[u8]>, staged: &StagedCommit) -> Result<(), MlsError> {
    let mut added = BTreeSet::new();
    for queued in staged.queued_proposals() {
        if let Proposal::Add(add) = queued.proposal() {
            let reference = add
                .key_package()
                .hash_ref(crypto())
                .map_err(|error| MlsError::Internal(format!("hashing a key package: {error}")))?;
            added.insert(reference.as_slice().to_vec());
        }
    }
    let Some(welcome) = welcome else {
        return if added.is_empty() {
            Ok(())
        } else {
            Err(MlsError::Mismatch("the commit adds devices without a Welcome"))
        };
    };
    let parts = message::welcome_parts(welcome)?;
    let shares: BTreeSet<Vec<u8>> = parts.secrets.iter().map(|share| share.new_member.as_slice().to_vec()).collect();
    if added.is_empty() || shares != added || parts.secrets.len() != added.len() {
        return Err(MlsError::Mismatch("the Welcome isn't for exactly the devices that are added"));
    }
    Ok(())
}
