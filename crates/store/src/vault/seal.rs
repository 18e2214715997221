//! Sealing the database key with a passphrase: Argon2id (RFC 9106), then XChaCha20-Poly1305.

use super::DatabaseKey;
use crate::{Damage, OpenError};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use minicbor::{Decode, Encode};
use rand_core::RngCore;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Shortest passphrase, in characters.
pub const MIN_PASSPHRASE_CHARS: usize = 8;
/// A key file that asks for more memory than this is damaged or hostile, in KiB.
const MAX_MEMORY_KIB: u32 = 2 * 1024 * 1024;
/// The same, in passes.
const MAX_PASSES: u32 = 64;
/// The same, in lanes.
const MAX_LANES: u32 = 64;

/// What a guess at a passphrase costs. It stands in the key file, so it can rise later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Cost {
    /// Memory, in KiB.
    #[n(0)]
    pub memory_kib: u32,
    /// Passes over the memory.
    #[n(1)]
    pub passes: u32,
    /// Lanes.
    #[n(2)]
    pub lanes: u32,
}

impl Cost {
    /// RFC 9106 section 4, second recommended option: 64 MiB, three passes, four lanes. About 0.2 s on a desktop.
    pub const RECOMMENDED: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
}

/// A database key sealed with a passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SealedKey {
    #[n(0)]
    cost: Cost,
    #[cbor(n(1), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[cbor(n(2), with = "minicbor::bytes")]
    nonce: [u8; 24],
    #[cbor(n(3), with = "minicbor::bytes")]
    ciphertext: Vec<u8>,
}

/// What the seal is for: it enters as associated data, so that the same bytes elsewhere mean nothing.
const PURPOSE: &[u8] = b"chancery profile key v1";

impl SealedKey {
    /// Seals a key.
    pub fn seal(key: &DatabaseKey, passphrase: &str, cost: Cost, rng: &mut dyn RngCore) -> Self {
        let (mut salt, mut nonce) = ([0; 16], [0; 24]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let wrapping = derive(passphrase, &salt, cost).expect("the caller's cost is within Argon2's limits");
        let ciphertext = XChaCha20Poly1305::new(wrapping.as_slice().into())
            .encrypt(&nonce.into(), Payload { msg: key.as_bytes(), aad: PURPOSE })
            .expect("32 bytes are far below the AEAD's limit");
        Self { cost, salt, nonce, ciphertext }
    }

    /// To be stored.
    pub fn to_vec(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to a Vec can't fail")
    }

    /// As it was stored.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, OpenError> {
        minicbor::decode(bytes).map_err(|_| OpenError::Damaged(Damage::KeyFile))
    }

    /// Opens it: [`OpenError::WrongPassphrase`] when it isn't this one.
    pub fn open(&self, passphrase: &str) -> Result<DatabaseKey, OpenError> {
        let damaged = || OpenError::Damaged(Damage::KeyFile);
        let Cost { memory_kib, passes, lanes } = self.cost;
        if memory_kib > MAX_MEMORY_KIB || passes > MAX_PASSES || lanes > MAX_LANES || self.ciphertext.len() != 48 {
            return Err(damaged());
        }
        let wrapping = derive(passphrase, &self.salt, self.cost).ok_or_else(damaged)?;
        let key = XChaCha20Poly1305::new(wrapping.as_slice().into())
            .decrypt(&self.nonce.into(), Payload { msg: &self.ciphertext, aad: PURPOSE })
            .map(Zeroizing::new)
            .map_err(|_| OpenError::WrongPassphrase)?;
        Ok(DatabaseKey(key.as_slice().try_into().map_err(|_| damaged())?))
    }
}

fn derive(passphrase: &str, salt: &[u8; 16], cost: Cost) -> Option<Zeroizing<[u8; 32]>> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).ok()?;
    // Keyboards write the same letter composed or decomposed.
    let passphrase: Zeroizing<String> = Zeroizing::new(passphrase.nfc().collect());
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .ok()?;
    Some(key)
}
