//! Who is trusted: the organisation's verified manifest, with a cache of verified credentials.

use chancery_wire::signed::{ChainError, Credential, Manifest, VerifiedDevice};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Verified credentials kept; more than the leaves of the largest group. When it is full it starts anew.
pub const MAX_CACHED_CREDENTIALS: usize = 20_000;

/// Verifies credentials against a manifest that was itself verified against the pinned root. Results are cached by the
/// SHA-256 of the credential (a chain that verified once verifies until the manifest changes; expiry is checked each time).
pub struct Trust {
    manifest: Manifest,
    cache: Mutex<HashMap<[u8; 32], VerifiedDevice>>,
}

impl Trust {
    /// From a verified manifest.
    pub fn new(manifest: Manifest) -> Self {
        Self { manifest, cache: Mutex::default() }
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Verifies a credential's bytes. `now_seconds` as in [`chancery_wire::signed::Credential::verify`].
    pub fn verify(&self, credential: &[u8], now_seconds: Option<u64>) -> Result<VerifiedDevice, ChainError> {
        let key: [u8; 32] = Sha256::digest(credential).into();
        // A panic while the lock is held can't leave the map half changed.
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(device) = cached {
            let in_time = now_seconds.is_none_or(|now| device.accepted_at().contains(&now));
            return if in_time { Ok(device) } else { Err(ChainError::Expired) };
        }
        let chain = Credential::from_slice(credential)?;
        let device = chain.verify(&self.manifest, now_seconds)?;
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= MAX_CACHED_CREDENTIALS {
            cache.clear();
        }
        cache.insert(key, device.clone());
        Ok(device)
    }
}
