//! Sealing the database key with a passkey: the PRF extension of WebAuthn Level 3 gives 32 secret bytes, HKDF-SHA256
//! (RFC 5869) makes the wrapping key of them, XChaCha20-Poly1305 wraps.

use super::DatabaseKey;
use crate::{Damage, OpenError};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use minicbor::{Decode, Encode};
use rand_core::RngCore;
use sha2::Sha256;
use zeroize::Zeroizing;

/// What the seal is for: it enters the key derivation and the associated data.
const PURPOSE: &[u8] = b"chancery store key by passkey v1";
/// Shortest output of an authenticator that is taken for secret, in bytes.
const MIN_SECRET_BYTES: usize = 32;

/// A database key sealed with what a passkey gives.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PasskeySealedKey {
    #[cbor(n(0), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[cbor(n(1), with = "minicbor::bytes")]
    nonce: [u8; 24],
    #[cbor(n(2), with = "minicbor::bytes")]
    ciphertext: Vec<u8>,
}

impl PasskeySealedKey {
    /// Seals a key with the authenticator's output; `None` when that is too short.
    pub fn seal(key: &DatabaseKey, secret: &[u8], rng: &mut dyn RngCore) -> Option<Self> {
        let (mut salt, mut nonce) = ([0; 16], [0; 24]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let ciphertext = cipher(secret, &salt)?
            .encrypt(&nonce.into(), Payload { msg: key.as_bytes(), aad: PURPOSE })
            .expect("32 bytes are far below the AEAD's limit");
        Some(Self { salt, nonce, ciphertext })
    }

    /// Opens it: [`OpenError::WrongPassphrase`] when the output is another passkey's.
    pub fn open(&self, secret: &[u8]) -> Result<DatabaseKey, OpenError> {
        let key = cipher(secret, &self.salt)
            .ok_or(OpenError::WrongPassphrase)?
            .decrypt(&self.nonce.into(), Payload { msg: &self.ciphertext, aad: PURPOSE })
            .map(Zeroizing::new)
            .map_err(|_| OpenError::WrongPassphrase)?;
        Ok(DatabaseKey::from_bytes(key.as_slice().try_into().map_err(|_| OpenError::Damaged(Damage::KeyFile))?))
    }

    /// To be stored.
    pub fn to_vec(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to a Vec can't fail")
    }

    /// As it was stored.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, OpenError> {
        minicbor::decode(bytes).map_err(|_| OpenError::Damaged(Damage::KeyFile))
    }
}

fn cipher(secret: &[u8], salt: &[u8; 16]) -> Option<XChaCha20Poly1305> {
    if secret.len() < MIN_SECRET_BYTES {
        return None;
    }
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), secret).expand(PURPOSE, key.as_mut_slice()).ok()?;
    Some(XChaCha20Poly1305::new(key.as_slice().into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    #[test]
    fn only_the_same_passkey_opens_what_it_sealed() {
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        let key = DatabaseKey::generate(&mut rng);
        let sealed = PasskeySealedKey::seal(&key, &[1; 32], &mut rng).unwrap();
        let stored = PasskeySealedKey::from_slice(&sealed.to_vec()).unwrap();
        assert!(stored.open(&[1; 32]).unwrap() == key);
        assert!(matches!(stored.open(&[2; 32]), Err(OpenError::WrongPassphrase)));
        assert!(PasskeySealedKey::seal(&key, &[1; 31], &mut rng).is_none());
        assert!(!sealed.to_vec().windows(32).any(|window| window == key.as_bytes()));
    }
}
