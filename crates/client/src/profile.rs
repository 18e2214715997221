//! A profile: one identity on this machine, in its own folder.

use chancery_store::{OpenError, SqliteStore, vault::Folder};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::path::Path;
use zeroize::Zeroizing;

/// An open profile: locked, and its store opened.
#[derive(Debug)]
pub struct Profile {
    // Dropped in this order: the lock is given back when the store is closed.
    pub(crate) store: SqliteStore,
    pub(crate) folder: Folder,
}

impl Profile {
    /// Opens the profile in this folder, or makes a new one. `passphrase` is asked only when the profile is sealed;
    /// `None` means that nobody gave one. A new profile isn't sealed; see [`Profile::change_passphrase`].
    pub fn open(folder: &Path, passphrase: impl FnOnce() -> Option<Zeroizing<String>>) -> Result<Self, OpenError> {
        let folder = Folder::open(folder)?;
        let passphrase = if folder.is_sealed()? { passphrase() } else { None };
        let store = folder.open_store(passphrase.as_ref().map(|p| p.as_str()), &mut generator())?;
        Ok(Self { store, folder })
    }

    /// Whether the profile in this folder asks for a passphrase.
    pub fn is_sealed(folder: &Path) -> Result<bool, OpenError> {
        Folder::open(folder)?.is_sealed()
    }

    /// Seals the profile with a passphrase, changes it, or takes it away (`None`). Rewrites only the small key file.
    pub fn change_passphrase(folder: &Path, old: Option<&str>, new: Option<&str>) -> Result<(), OpenError> {
        Folder::open(folder)?.change_passphrase(old, new, &mut generator())
    }

    /// The profile's folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Lets the store grow to this many pages of 4 KiB and no further.
    pub fn limit_pages(&self, pages: u32) -> Result<(), OpenError> {
        self.store.limit_pages(pages)
    }

    /// Reads the whole store and checks every page.
    pub fn check(&self) -> Result<(), OpenError> {
        self.store.check()
    }
}

/// A generator seeded by the operating system.
pub(crate) fn generator() -> ChaCha20Rng {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::getrandom(seed.as_mut_slice()).expect("the operating system has randomness");
    ChaCha20Rng::from_seed(*seed)
}
