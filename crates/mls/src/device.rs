//! One's own device: its signature key and credential, and key packages.

use crate::{MlsError, MlsStore, Trust};
use chancery_wire::signed::{Suite, VerifiedDevice};
use ed25519_dalek::SigningKey;

/// The device that acts.
pub struct Device {
    // implementer: signing key, credential bytes, VerifiedDevice
}

/// A key package whose credential was verified.
#[derive(Debug, Clone)]
pub struct VerifiedKeyPackage {
    /// Whose it is.
    pub owner: VerifiedDevice,
    /// Its suite.
    pub suite: Suite,
    /// Whether it is a last-resort one.
    pub last_resort: bool,
    /// The MLS KeyPackage.
    pub bytes: Vec<u8>,
}

impl Device {
    /// From the device's key and its credential (bytes of [`chancery_wire::signed::Credential`]), verified against `trust`.
    pub fn new(key: SigningKey, credential: Vec<u8>, trust: &Trust) -> Result<Self, MlsError> {
        let _ = (key, credential, trust);
        todo!()
    }

    /// Whose it is.
    pub fn owner(&self) -> &VerifiedDevice {
        todo!()
    }

    /// Makes key packages and stores their private halves. Lifetime from `now_seconds` minus a day.
    pub fn make_key_packages(
        &self, store: &dyn MlsStore, suite: Suite, count: usize, last_resort: bool, now_seconds: u64,
    ) -> Result<Vec<Vec<u8>>, MlsError> {
        let _ = (store, suite, count, last_resort, now_seconds);
        todo!()
    }
}

impl VerifiedKeyPackage {
    /// Verifies a key package from outside: signature, lifetime, capabilities (both suites' basics, our credential and
    /// extension types), chain, and that the leaf's key is the certified device key.
    pub fn verify(bytes: &[u8], trust: &Trust, now_seconds: u64) -> Result<Self, MlsError> {
        let _ = (bytes, trust, now_seconds);
        todo!()
    }
}
