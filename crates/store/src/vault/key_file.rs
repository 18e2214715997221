//! The file `key`: CBOR, versioned.
//!
//! ```text
//! key-file = ["chancery profile key", version: 1, protection]
//! protection = [0, [key: bytes .size 32]]                   ; plain: the file's mode is all that protects it
//!            / [1, [{0: cost, 1: salt, 2: nonce, 3: sealed}]] ; Argon2id, XChaCha20-Poly1305
//! cost = {0: memory in KiB, 1: passes, 2: lanes}
//! ```

use super::{DatabaseKey, seal::SealedKey};
use crate::{Damage, OpenError};
use minicbor::{Decode, Decoder, Encode, Encoder};
use zeroize::Zeroizing;

const MAGIC: &str = "chancery profile key";
const VERSION: u32 = 1;

/// How the database key is kept.
#[derive(Encode, Decode)]
pub(super) enum Protection {
    /// As it is.
    #[n(0)]
    Plain(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
    /// Sealed with a passphrase.
    #[n(1)]
    Passphrase(#[n(0)] SealedKey),
}

impl Protection {
    pub(super) fn plain(key: &DatabaseKey) -> Self {
        Protection::Plain(*key.as_bytes())
    }

    pub(super) fn to_vec(&self) -> Zeroizing<Vec<u8>> {
        // Large enough never to be moved: a moved buffer would leave a copy of the key behind.
        let mut e = Encoder::new(Vec::with_capacity(256));
        (|| e.array(3)?.str(MAGIC)?.u32(VERSION)?.encode(self)?.ok())().expect("writing to a Vec can't fail");
        Zeroizing::new(e.into_writer())
    }

    pub(super) fn from_slice(bytes: &[u8]) -> Result<Self, OpenError> {
        let damaged = |_| OpenError::Damaged(Damage::KeyFile);
        let mut d = Decoder::new(bytes);
        let head = (|| Ok((d.array()?, d.str()?, d.u32()?)))().map_err(damaged)?;
        match head {
            (Some(3), MAGIC, VERSION) => {}
            (_, MAGIC, found) if found > VERSION => {
                return Err(OpenError::Newer { what: "key file", found, known: VERSION });
            }
            _ => return Err(OpenError::Damaged(Damage::KeyFile)),
        }
        let protection = d.decode().map_err(damaged)?;
        if d.position() != bytes.len() {
            return Err(OpenError::Damaged(Damage::KeyFile));
        }
        Ok(protection)
    }

    pub(super) fn open(&self, passphrase: Option<&str>) -> Result<DatabaseKey, OpenError> {
        match (self, passphrase) {
            (Protection::Plain(key), _) => Ok(DatabaseKey::from_bytes(*key)),
            (Protection::Passphrase(_), None) => Err(OpenError::PassphraseNeeded),
            (Protection::Passphrase(sealed), Some(passphrase)) => sealed.open(passphrase),
        }
    }
}

impl Drop for Protection {
    fn drop(&mut self) {
        if let Protection::Plain(key) = self {
            zeroize::Zeroize::zeroize(key);
        }
    }
}
