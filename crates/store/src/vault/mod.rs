//! The vault of a profile: its folder, the lock that keeps a second process out, and the file that holds the database key.
//!
//! ```text
//! profile/  (mode 0700)
//!   lock      locked while a process has the profile open; holds its process id
//!   key       the database key, plain (mode 0600) or sealed with a passphrase
//!   store.db  the SQLCipher store, with store.db-wal and store.db-shm beside it
//! ```
//!
//! **Invariant:** a store is opened only while its profile's lock is held.
//! **Invariant:** the database key never changes; changing the passphrase rewrites the key file alone, atomically.

#[cfg(not(target_family = "wasm"))]
mod folder;
#[cfg(not(target_family = "wasm"))]
mod key_file;
mod passkey;
mod seal;

#[cfg(not(target_family = "wasm"))]
pub use folder::{Folder, KEY_FILE, LOCK_FILE, STORE_FILE};
pub use passkey::PasskeySealedKey;
pub use seal::{Cost, MIN_PASSPHRASE_CHARS, SealedKey};

use rand_core::RngCore;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The random key of a store.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct DatabaseKey([u8; 32]);

impl DatabaseKey {
    /// A random one.
    pub fn generate(rng: &mut dyn RngCore) -> Self {
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        Self(key)
    }

    /// From its bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes: for whoever wraps it.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseKey")
    }
}
