//! A profile's folder: locked while it is open.

use super::{Cost, DatabaseKey, key_file::Protection, seal::SealedKey};
use crate::{Damage, OpenError, SqliteStore};
use rand_core::RngCore;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Read, Seek, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Name of the key file.
pub const KEY_FILE: &str = "key";
/// Name of the lock file.
pub const LOCK_FILE: &str = "lock";
/// Name of the store.
pub const STORE_FILE: &str = "store.db";
const NEW_KEY_FILE: &str = "key.new";
/// A key file that is longer is none, in bytes.
const MAX_KEY_FILE_BYTES: u64 = 4096;

/// A profile's folder, open and locked. The lock ends when this is dropped, or with the process, however it ends.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: File,
}

impl Folder {
    /// Opens and locks a profile's folder, and makes it when there is none.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(OpenError::io("making the profile's folder"))?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        private(&mut options);
        let mut lock = options.open(path.join(LOCK_FILE)).map_err(OpenError::io("locking the profile"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let read = lock.take(16).read_to_string(&mut pid);
                return Err(OpenError::Locked { pid: read.ok().and_then(|_| pid.trim().parse().ok()) });
            }
            Err(TryLockError::Error(source)) => return Err(OpenError::io("locking the profile")(source)),
        }
        lock.set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(OpenError::io("locking the profile"))?;
        Ok(Self { path: path.to_owned(), lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it holds a key already; otherwise it is new.
    pub fn is_initialised(&self) -> Result<bool, OpenError> {
        Ok(self.read_key_file()?.is_some())
    }

    /// Whether a passphrase is needed.
    pub fn is_sealed(&self) -> Result<bool, OpenError> {
        Ok(matches!(self.read_key_file()?, Some(Protection::Passphrase(_))))
    }

    /// Opens the store; in a new profile, makes a key (sealed when there is a passphrase) and an empty store.
    pub fn open_store(&self, passphrase: Option<&str>, rng: &mut dyn RngCore) -> Result<SqliteStore, OpenError> {
        let store = self.path.join(STORE_FILE);
        let key = match self.read_key_file()? {
            Some(protection) => protection.open(passphrase)?,
            None if fs::metadata(&store).is_ok_and(|m| m.len() > 0) => {
                return Err(OpenError::Damaged(Damage::KeyFileMissing));
            }
            None => {
                let key = DatabaseKey::generate(rng);
                self.write_key_file(&protect(&key, passphrase, Cost::RECOMMENDED, rng))?;
                key
            }
        };
        SqliteStore::open(&store, &key)
    }

    /// Seals the key with another passphrase, or keeps it plain from now on (`None`). Only the key file is written.
    pub fn change_passphrase(
        &self,
        old: Option<&str>,
        new: Option<&str>,
        rng: &mut dyn RngCore,
    ) -> Result<(), OpenError> {
        self.change_passphrase_at(old, new, Cost::RECOMMENDED, rng)
    }

    /// The same at another cost.
    pub fn change_passphrase_at(
        &self,
        old: Option<&str>,
        new: Option<&str>,
        cost: Cost,
        rng: &mut dyn RngCore,
    ) -> Result<(), OpenError> {
        let protection = self.read_key_file()?.ok_or(OpenError::Damaged(Damage::KeyFileMissing))?;
        let key = protection.open(old)?;
        self.write_key_file(&protect(&key, new, cost, rng))
    }

    fn read_key_file(&self) -> Result<Option<Protection>, OpenError> {
        let file = match File::open(self.path.join(KEY_FILE)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(OpenError::io("reading the key file")(error)),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_KEY_FILE_BYTES as usize));
        file.take(MAX_KEY_FILE_BYTES).read_to_end(&mut bytes).map_err(OpenError::io("reading the key file"))?;
        Protection::from_slice(&bytes).map(Some)
    }

    /// All or nothing: a crash leaves the former file or the new one.
    fn write_key_file(&self, protection: &Protection) -> Result<(), OpenError> {
        let write = || {
            let new = self.path.join(NEW_KEY_FILE);
            match fs::remove_file(&new) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            private(&mut options);
            let mut file = options.open(&new)?;
            file.write_all(&protection.to_vec())?;
            file.sync_all()?;
            fs::rename(&new, self.path.join(KEY_FILE))?;
            sync_folder(&self.path)
        };
        write().map_err(OpenError::io("writing the key file"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The file stays: removing it would let two processes lock two files of the same name.
        let _ = self.lock.set_len(0);
        let _ = self.lock.unlock();
    }
}

fn protect(key: &DatabaseKey, passphrase: Option<&str>, cost: Cost, rng: &mut dyn RngCore) -> Protection {
    match passphrase {
        Some(passphrase) => Protection::Passphrase(SealedKey::seal(key, passphrase, cost, rng)),
        None => Protection::plain(key),
    }
}

fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// Makes a rename durable. Windows has no such call and needs none.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
