//! Encrypting content.

use super::Group;
use crate::{Device, MlsError, MlsStore, message::bytes_of, storage::Provider};

impl Group {
    /// Encrypts content as a PrivateMessage. [`MlsError::PendingProposals`] when a commit has to come first. A pending commit of
    /// our own doesn't matter: the message is of the epoch before it.
    pub fn encrypt(
        &mut self,
        store: &dyn MlsStore,
        device: &Device,
        content: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, MlsError> {
        self.check_own(device.owner())?;
        if self.mls.has_pending_proposals() {
            return Err(MlsError::PendingProposals);
        }
        self.mls.set_aad(aad.to_vec());
        // Before the attempt: whatever comes of it, a generation may have been used.
        self.dirty = true;
        let message = self
            .mls
            .create_message(&Provider::without_message_secrets(store), device.signer(), content)
            .map_err(|error| MlsError::Internal(format!("encrypting: {error}")))?;
        bytes_of(&message)
    }
}
