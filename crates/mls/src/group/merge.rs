//! Our own commit was accepted, or not.

use super::Group;
use crate::{
    MlsError, MlsStore, Trust,
    commit_check::{self, Judge},
    rules::Change,
    storage::{Muted, Provider, Storage},
};
use openmls::{
    group::{MergeCommitError, MergePendingCommitError},
    prelude::Sender,
};

impl Group {
    /// The relay accepted our commit and it came in the log, in an item that states the time `at_seconds` (since 1970): enters the new
    /// epoch. Returns what it changed. Judged like everybody's, so that we don't go where nobody follows.
    pub fn merge_pending_commit(
        &mut self,
        store: &dyn MlsStore,
        trust: &Trust,
        at_seconds: u64,
    ) -> Result<Vec<Change>, MlsError> {
        let staged = self.mls.pending_commit().ok_or(MlsError::Mismatch("no commit is pending"))?;
        let credential = |index| self.credential_at(index);
        let before = self.before(Judge::At(trust, at_seconds), &credential)?;
        let checked = commit_check::commit(&before, &Sender::Member(self.mls.own_leaf_index()), staged)?;
        self.mls.merge_pending_commit(&Provider::without_message_secrets(store)).map_err(|error| match error {
            MergePendingCommitError::MergeCommitError(MergeCommitError::StorageError(fault)) => fault.into(),
            error => MlsError::Internal(format!("merging our commit: {error}")),
        })?;
        self.entered(&checked)?;
        Ok(checked.changes)
    }

    /// Another commit won, or ours was refused for good: forgets ours. Pending proposals stay.
    pub fn clear_pending_commit(&mut self, store: &dyn MlsStore) -> Result<(), MlsError> {
        Ok(self.mls.clear_pending_commit(&Storage::new(store, Muted::default()))?)
    }
}
