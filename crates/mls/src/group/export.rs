//! What others derive from a group's state.

use super::Group;
use crate::{Device, MlsError, message::bytes_of, storage::crypto};

impl Group {
    /// Epoch authenticator (RFC 9420 section 8.7): equal for all who are in the same state.
    pub fn epoch_authenticator(&self) -> Vec<u8> {
        self.mls.epoch_authenticator().as_slice().to_vec()
    }

    /// The ratchet tree of this epoch, as a joiner needs it (RFC 9420 section 12.4.3.3).
    pub fn tree(&self) -> Result<Vec<u8>, MlsError> {
        bytes_of(&self.mls.export_ratchet_tree())
    }

    /// Whether our leaf still has the key package's encryption key, i.e. we never committed with a path since joining.
    pub fn needs_self_update(&self) -> bool {
        // A leaf that came with a commit has a parent hash (RFC 9420 section 7.2); Update proposals we don't use.
        self.mls.own_leaf_node().is_some_and(|node| node.parent_hash().is_none())
    }

    /// Whether our leaf carries another certificate than the device has by now: its next commit brings the new one.
    pub fn has_former_certificate(&self, device: &Device) -> bool {
        self.mls.own_leaf_node().is_some_and(|node| node.credential().serialized_content() != device.credential())
    }

    /// Exports a secret (RFC 9420 section 8.5), 32 bytes.
    pub fn export_secret(&self, label: &str, context: &[u8]) -> Result<[u8; 32], MlsError> {
        self.own_leaf()?;
        let secret = self
            .mls
            .export_secret(crypto(), label, context, 32)
            .map_err(|error| MlsError::Internal(format!("exporting a secret: {error}")))?;
        secret.try_into().map_err(|_| MlsError::Internal("an exported secret of another length".into()))
    }
}
