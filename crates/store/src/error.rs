//! Why a profile or its store can't be opened.

use std::{fmt, io, path::PathBuf};
use thiserror::Error;

/// What about a store is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// The key file can't be read.
    KeyFile,
    /// The key file is gone while the store is there.
    KeyFileMissing,
    /// The first page doesn't authenticate under the key.
    FirstPage,
    /// The file is shorter than its header says, or ends within a page.
    Truncated,
    /// A page doesn't authenticate, or SQLite finds a contradiction.
    Pages,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Damage::KeyFile => "its key file can't be read",
            Damage::KeyFileMissing => "its key file is missing, and without it nobody can read the store",
            Damage::FirstPage => "its first page is damaged, or the key file belongs to another store",
            Damage::Truncated => "the end of its file is missing",
            Damage::Pages => "some of its pages are damaged",
        })
    }
}

/// Why a profile can't be opened. Each message says what to do.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("this profile is in use by {}; close it there first", match pid { Some(pid) => format!("process {pid}"), None => "another process".to_owned() })]
    Locked {
        /// The other process, when it is known.
        pid: Option<u32>,
    },
    /// The store is sealed and no passphrase was given.
    #[error("this profile is sealed: a passphrase is needed")]
    PassphraseNeeded,
    /// Not this passphrase.
    #[error("this is not the profile's passphrase")]
    WrongPassphrase,
    /// The file is something else.
    #[error("{} is no Chancery store", .0.display())]
    NotAStore(PathBuf),
    /// Damaged.
    #[error("the store is damaged: {0}; restore it from a backup, or link this device again")]
    Damaged(Damage),
    /// From a newer version of Chancery.
    #[error("the {what} is of version {found}, and this Chancery knows up to {known}; update Chancery")]
    Newer {
        /// `store` or `key file`.
        what: &'static str,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The disk is full.
    #[error("the disk is full; make room, then start again")]
    DiskFull,
    /// The operating system refuses.
    #[error("{doing}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The browser lacks what a store needs.
    #[cfg(target_family = "wasm")]
    #[error(
        "this browser can't keep an encrypted store (it lacks the origin private file system); update it, or use another one"
    )]
    Unsupported,
    /// The browser doesn't let this page keep files.
    #[cfg(target_family = "wasm")]
    #[error(
        "the browser doesn't let Chancery keep its store: {0}; leave private browsing, allow site data, then try again"
    )]
    Denied(String),
    /// SQLite refuses for another reason.
    #[error("opening the store: {0}")]
    Sqlite(#[source] rusqlite::Error),
}

#[cfg(not(target_family = "wasm"))]
impl OpenError {
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => OpenError::DiskFull,
            _ => OpenError::Io { doing, source },
        }
    }
}
