//! Who is trusted: the organisation's verified manifest, with a cache of verified credentials.

use chancery_wire::signed::{ChainError, Manifest, VerifiedDevice};

/// Verifies credentials against a manifest that was itself verified against the pinned root. Results are cached by the
/// SHA-256 of the credential (a chain that verified once verifies until the manifest changes; expiry is checked each time).
pub struct Trust {
    manifest: Manifest,
    // the contract's author leaves the cache to the implementer: std::sync::Mutex<HashMap<[u8; 32], VerifiedDevice>>, bounded
}

impl Trust {
    /// From a verified manifest.
    pub fn new(manifest: Manifest) -> Self {
        Self { manifest }
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Verifies a credential's bytes. `now_seconds` as in [`chancery_wire::signed::Credential::verify`].
    pub fn verify(&self, credential: &[u8], now_seconds: Option<u64>) -> Result<VerifiedDevice, ChainError> {
        let _ = (credential, now_seconds);
        todo!()
    }
}
