//! Processing what others sent.

use super::{Group, Processed};
use crate::{
    MlsError, MlsStore, Trust,
    commit_check::{self, Judge},
    leaf, message,
    rules::Violation,
    storage::{Muted, Provider, Storage},
};
use openmls::{
    framing::errors::MessageDecryptionError,
    group::{MergeCommitError, MlsGroupStateError, ProcessMessageError, QueuedProposal, StagedCommit, ValidationError},
    prelude::{ContentType, Credential, ProcessedMessageContent, ProtocolMessage, Sender},
};

impl Group {
    /// Processes a message of somebody else from the log, whose item states the time `at_seconds` (since 1970). Verifies chains of new and
    /// changed leaves as of that time, and the rules. On any error nothing of the group has changed. A commit of another device clears our pending commit.
    ///
    /// Our own messages don't belong here: our pending commit gives [`MlsError::PendingCommit`] (call
    /// [`Group::merge_pending_commit`]), our own content [`MlsError::Mismatch`]. A proposal of ours that is pending already stays so.
    pub fn process(
        &mut self,
        store: &dyn MlsStore,
        trust: &Trust,
        body: &[u8],
        at_seconds: u64,
    ) -> Result<Processed, MlsError> {
        let message = message::protocol(body)?;
        self.check_envelope(&message)?;
        let epoch = message.epoch().as_u64();
        let provider = Provider::without_message_secrets(store);
        let processed = self.mls.process_message(&provider, message).map_err(|error| self.refusal(epoch, error))?;
        let sender = processed.sender().clone();
        let credential = processed.credential().clone();
        let aad = processed.aad().to_vec();
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(content) => {
                // The ratchet moved on.
                self.dirty = true;
                let sender = self.sender_leaf(epoch, &sender, &credential)?;
                Ok(Processed::Application { sender, epoch, content: content.into_bytes(), aad })
            }
            ProcessedMessageContent::ProposalMessage(queued) => self.queue(store, trust, *queued, at_seconds),
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                self.merge(store, trust, &sender, *staged, at_seconds)
            }
            ProcessedMessageContent::OwnPendingCommit => Err(MlsError::PendingCommit),
            ProcessedMessageContent::OwnPrivateMessage => {
                Err(MlsError::Mismatch("the message claims to be from this device"))
            }
            ProcessedMessageContent::ExternalJoinProposalMessage(_) => Err(Violation::ProposalKind.into()),
        }
    }

    fn check_envelope(&self, message: &ProtocolMessage) -> Result<(), MlsError> {
        if !self.is_member() {
            return Err(MlsError::NotMember);
        }
        if message.group_id() != self.mls.group_id() {
            return Err(MlsError::Mismatch("the message is of another group"));
        }
        let (of, group) = (message.epoch().as_u64(), self.epoch());
        let fits = match message.content_type() {
            ContentType::Application => of <= group,
            _ => of == group,
        };
        if fits { Ok(()) } else { Err(MlsError::Epoch { message: of, group }) }
    }

    /// The sender in the message's own epoch: OpenMLS took the credential from that epoch's leaf.
    fn sender_leaf(
        &self,
        epoch: u64,
        sender: &Sender,
        credential: &Credential,
    ) -> Result<crate::rules::Leaf, MlsError> {
        let Sender::Member(index) = sender else {
            return Err(MlsError::Refused("content of somebody who is no member".into()));
        };
        match leaf::find(&self.leaves, index.u32()) {
            Some(leaf) if epoch == self.epoch() => Ok(leaf.clone()),
            _ => leaf::read(index.u32(), credential),
        }
    }

    fn queue(
        &mut self,
        store: &dyn MlsStore,
        trust: &Trust,
        queued: QueuedProposal,
        at_seconds: u64,
    ) -> Result<Processed, MlsError> {
        let credential = |index| self.credential_at(index);
        let mut before = self.before(Judge::At(trust, at_seconds), &credential)?;
        let known = |own: &QueuedProposal| own.proposal_reference_ref() == queued.proposal_reference_ref();
        let ours = self.mls.pending_proposals().any(known);
        if ours {
            before.pending.clear();
        }
        let (actor, change) = commit_check::proposal(&before, &queued)?;
        if !ours {
            self.mls.store_pending_proposal(&Storage::new(store, Muted::default()), queued)?;
        }
        Ok(Processed::Proposal { actor, change })
    }

    fn merge(
        &mut self,
        store: &dyn MlsStore,
        trust: &Trust,
        sender: &Sender,
        staged: StagedCommit,
        at_seconds: u64,
    ) -> Result<Processed, MlsError> {
        let credential = |index| self.credential_at(index);
        let checked = commit_check::commit(&self.before(Judge::At(trust, at_seconds), &credential)?, sender, &staged)?;
        let removed = staged.self_removed();
        self.mls.merge_staged_commit(&Provider::without_message_secrets(store), staged).map_err(
            |error| match error {
                MergeCommitError::StorageError(fault) => fault.into(),
                error => MlsError::Internal(format!("merging a commit: {error}")),
            },
        )?;
        self.entered(&checked)?;
        Ok(Processed::Commit { actor: checked.actor, changes: checked.changes, removed })
    }

    fn refusal(&self, message: u64, error: ProcessMessageError<crate::store::StoreFault>) -> MlsError {
        use ProcessMessageError as E;
        let group = self.epoch();
        match error {
            E::StorageError(fault) => fault.into(),
            E::GroupStateError(MlsGroupStateError::UseAfterEviction) => MlsError::NotMember,
            E::ValidationError(ValidationError::WrongEpoch | ValidationError::NoPastEpochData) => {
                MlsError::Epoch { message, group }
            }
            E::ValidationError(ValidationError::UnableToDecrypt(MessageDecryptionError::SecretTreeError(error))) => {
                // OpenMLS exports no name for this error's type, so its variants are told apart by their names.
                match format!("{error:?}").as_str() {
                    "TooDistantInThePast" if !self.keeps(message) => MlsError::Epoch { message, group },
                    "SecretReuseError" | "TooDistantInThePast" => MlsError::Replayed,
                    _ => MlsError::Refused(error.to_string()),
                }
            }
            E::UnsupportedProposalType => Violation::RelayMayOnlyRemove.into(),
            error => MlsError::Refused(error.to_string()),
        }
    }

    /// Whether that epoch's secrets are kept as a rule; of epochs before we joined we never had any.
    fn keeps(&self, epoch: u64) -> bool {
        epoch.saturating_add(chancery_wire::limits::PAST_EPOCHS_KEPT as u64) >= self.epoch()
    }
}
