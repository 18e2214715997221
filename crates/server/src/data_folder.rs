//! The one folder with everything that the relay keeps: its store, its key, the files, and a lock.

use crate::{PathError, RelayFault, organisation, push::VapidKey, relay::store};
use chancery_wire::signed::PublicKey;
use ed25519_dalek::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Why the folder can't be used. Every message says what to do.
#[derive(Debug, Error)]
pub enum FolderError {
    /// A file or folder.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Somebody else has it.
    #[error("another process runs on the data folder {path}; end it, or name another folder", path = .0.display())]
    InUse(PathBuf),
    /// Not what this program wrote.
    #[error("{path} doesn't hold a key of 32 bytes; put it back from the backup", path = .0.display())]
    NoKey(PathBuf),
    /// A fault.
    #[error(transparent)]
    Fault(#[from] RelayFault),
}

/// The folder. While it is open no other process can open it.
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

/// Whether the folder holds an organisation.
pub fn is_initialised(path: &Path) -> bool {
    path.join("relay.db").exists()
}

/// Looks at everything in the folder that the relay has to read or write, before anything is begun: who meets a wrong owner or a read-only disk is told of
/// the file, not of what the store makes of it. Says nothing of a folder without organisation.
pub fn check_usable(path: &Path) -> Result<(), PathError> {
    let metadata = match fs::metadata(path.join("relay.db")) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(PathError::new("opening the data folder", path, error)),
        Ok(metadata) => metadata,
    };
    if metadata.is_dir() {
        return Err(PathError::new("opening the store", &path.join("relay.db"), ErrorKind::IsADirectory.into()));
    }
    for name in ["relay.db", "relay.db-wal", "relay.db-shm"] {
        let file = path.join(name);
        match OpenOptions::new().read(true).write(true).open(&file) {
            // What a store that was closed in order doesn't leave.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            opened => drop(opened.map_err(|error| PathError::new("opening the store", &file, error))?),
        }
    }
    let files = path.join("files");
    fs::create_dir_all(&files).map_err(|error| PathError::new("making the folder of files", &files, error))?;
    for folder in [path, &files] {
        let probe = folder.join(".writable");
        let written = File::create(&probe).and_then(|_| fs::remove_file(&probe));
        written.map_err(|error| PathError::new("writing into the data folder", folder, error))?;
    }
    Ok(())
}

/// Makes a new organisation's folder: chancery init. Everything is on the disk when it returns.
pub fn initialise(
    path: &Path,
    relay_key: &SigningKey,
    root_key: &PublicKey,
    manifest: &[u8],
    policy: &[u8],
) -> Result<(), RelayFault> {
    fs::create_dir_all(path).map_err(RelayFault::new)?;
    let folder = DataFolder::open(path).map_err(RelayFault::new)?;
    if is_initialised(path) {
        return Err(RelayFault::new("the data folder holds an organisation already"));
    }
    write_secret(&folder.key_path(), relay_key.as_bytes())?;
    // Under another name until it is complete, so that a crash leaves nothing that looks like an organisation.
    let unfinished = path.join("relay.db.new");
    for leftover in ["relay.db.new", "relay.db.new-wal", "relay.db.new-shm"] {
        match fs::remove_file(path.join(leftover)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(RelayFault::new(error)),
            _ => {}
        }
    }
    let db = store::open_writer(&unfinished)?;
    organisation::initialise(&db, root_key, manifest, policy)?;
    // Back to one file, so that the name moves the whole store.
    db.pragma_update(None, "journal_mode", "DELETE")?;
    db.close().map_err(|(_, error)| error)?;
    fs::rename(&unfinished, folder.store_path()).map_err(RelayFault::new)?;
    sync_folder(path)
}

impl DataFolder {
    /// Opens and locks it.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let file = path.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&file);
        let lock = lock.map_err(|error| PathError::new("locking the data folder with", &file, error))?;
        lock.try_lock().map_err(|_| FolderError::InUse(path.to_owned()))?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The store.
    pub fn store_path(&self) -> PathBuf {
        self.path.join("relay.db")
    }

    fn key_path(&self) -> PathBuf {
        self.path.join("relay.key")
    }

    /// The relay's key towards push services, made when it is first asked for. Without the former one every browser has to subscribe anew.
    pub fn push_key(&self) -> Result<VapidKey, FolderError> {
        let path = self.path.join("push.key");
        match fs::read(&path) {
            Ok(bytes) => VapidKey::from_bytes(&bytes).map_err(|_| FolderError::NoKey(path)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut seed = [0; 32];
                getrandom::getrandom(&mut seed).map_err(|error| RelayFault::new(error.to_string()))?;
                let key = VapidKey::generate(&mut ChaCha20Rng::from_seed(seed));
                // Under another name until it is complete.
                let unfinished = self.path.join("push.key.new");
                write_secret(&unfinished, &key.to_bytes())?;
                fs::rename(&unfinished, &path).map_err(RelayFault::new)?;
                sync_folder(&self.path)?;
                Ok(key)
            }
            Err(error) => Err(PathError::new("reading the key towards push services", &path, error).into()),
        }
    }

    /// The relay's external-sender key.
    pub fn relay_key(&self) -> Result<SigningKey, FolderError> {
        let path = self.key_path();
        let bytes = fs::read(&path).map_err(|error| PathError::new("reading the relay's key", &path, error))?;
        let seed: [u8; 32] = bytes.try_into().map_err(|_| FolderError::NoKey(path))?;
        Ok(SigningKey::from_bytes(&seed))
    }
}

fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), RelayFault> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(RelayFault::new)?;
    file.write_all(bytes).map_err(RelayFault::new)?;
    file.sync_all().map_err(RelayFault::new)
}

fn sync_folder(path: &Path) -> Result<(), RelayFault> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(RelayFault::new)
}
