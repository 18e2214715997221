//! Each joiner gets their own share of a Welcome.

use super::RelayGroup;
use crate::{
    MlsError,
    key_package::MAX_KEY_PACKAGE_BYTES,
    message::{bytes_of, exact, welcome_parts},
    storage::crypto,
};
use openmls::prelude::{KeyPackageIn, ProtocolVersion};

impl RelayGroup {
    /// Cuts a Welcome down to one device's share of the secrets: `key_package` is that device's MLS KeyPackage.
    pub fn trim_welcome(welcome: &[u8], key_package: &[u8]) -> Result<Vec<u8>, MlsError> {
        let reference = exact::<KeyPackageIn>(key_package, MAX_KEY_PACKAGE_BYTES, "key package")?
            .validate(crypto(), ProtocolVersion::Mls10)
            .map_err(|error| MlsError::Refused(error.to_string()))?
            .hash_ref(crypto())
            .map_err(|error| MlsError::Internal(format!("hashing a key package: {error}")))?;
        let mut parts = welcome_parts(welcome)?;
        parts.secrets.retain(|share| share.new_member.as_slice() == reference.as_slice());
        if parts.secrets.is_empty() {
            return Err(MlsError::Mismatch("the Welcome has no share for this key package"));
        }
        bytes_of(&parts)
    }
}
