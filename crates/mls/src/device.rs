//! One's own device: its signature key and credential.

use crate::{MlsError, Trust, leaf};
use chancery_wire::signed::VerifiedDevice;
use ed25519_dalek::{Signer as _, SigningKey};
use openmls::prelude::{CredentialWithKey, SignatureScheme};
use openmls_traits::signatures::{Signer, SignerError};

pub use crate::key_package::VerifiedKeyPackage;

/// The device that acts.
pub struct Device {
    signer: Ed25519Signer,
    credential: Vec<u8>,
    owner: VerifiedDevice,
}

impl Device {
    /// From the device's key and its credential (bytes of [`chancery_wire::signed::Credential`]), verified against `trust`.
    pub fn new(key: SigningKey, credential: Vec<u8>, trust: &Trust) -> Result<Self, MlsError> {
        let owner = leaf::verify(trust, &leaf::credential_of(&credential), key.verifying_key().as_bytes(), None)?;
        Ok(Self { signer: Ed25519Signer(key), credential, owner })
    }

    /// Whose it is.
    pub fn owner(&self) -> &VerifiedDevice {
        &self.owner
    }

    pub(crate) fn signer(&self) -> &Ed25519Signer {
        &self.signer
    }

    pub(crate) fn credential(&self) -> &[u8] {
        &self.credential
    }

    pub(crate) fn credential_with_key(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: leaf::credential_of(&self.credential),
            signature_key: self.owner.key.to_vec().into(),
        }
    }
}

/// Signs for OpenMLS.
pub(crate) struct Ed25519Signer(pub(crate) SigningKey);

impl Signer for Ed25519Signer {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(payload).to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}
