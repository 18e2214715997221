//! Each joiner gets their own share of a Welcome.

use super::RelayGroup;
use crate::{
    MlsError,
    message::{bytes_of, welcome_parts},
};
use sha2::{Digest, Sha256};
use tls_codec::VLBytes;

/// RFC 9420 section 5.2.
const REFERENCE_LABEL: &[u8] = b"MLS 1.0 KeyPackage Reference";

impl RelayGroup {
    /// Cuts a Welcome down to one device's share of the secrets: `key_package` is that device's MLS KeyPackage.
    pub fn trim_welcome(welcome: &[u8], key_package: &[u8]) -> Result<Vec<u8>, MlsError> {
        let reference = reference(key_package)?;
        let mut parts = welcome_parts(welcome)?;
        parts.secrets.retain(|share| share.new_member.as_slice() == reference);
        if parts.secrets.is_empty() {
            return Err(MlsError::Mismatch("the Welcome has no share for this key package"));
        }
        bytes_of(&parts)
    }
}

/// The reference of a key package that was verified when it was added. OpenMLS would verify it anew, and ask the clock: a Welcome has to
/// be served however long it waited. Both suites hash with SHA-256.
fn reference(key_package: &[u8]) -> Result<[u8; 32], MlsError> {
    let input = [bytes_of(&VLBytes::new(REFERENCE_LABEL.to_vec()))?, bytes_of(&VLBytes::new(key_package.to_vec()))?];
    Ok(Sha256::digest(input.concat()).into())
}
