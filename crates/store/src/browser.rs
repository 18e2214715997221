//! The store in the browser: SQLite with SQLite3 Multiple Ciphers (ChaCha20-Poly1305 per page) on a pool of synchronous access
//! handles in the origin private file system. Runs in a dedicated worker, which holds every handle of the pool: a second one
//! can't open it.
//!
//! **Invariant:** every byte of database and journal that reaches a file is encrypted; a SQLite without the cipher is refused
//! ([`SqliteStore::open`]), and the browser test searches the raw files (`web/e2e`).

use crate::{
    Damage, Failure, OpenError,
    schema::{self, Found},
    transaction::STATEMENT_CACHE,
    vault::DatabaseKey,
};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use sqlite_wasm_rs::vfs::{
    VfsFilesManager as _,
    memvfs::{MemVfsError, MemVfsUtil},
    transfer::DbTransfer as _,
};
use sqlite_wasm_vfs::sahpool::{OpfsSAHError, OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install};
use std::{cell::Cell, fmt::Write, path::PathBuf};
use zeroize::Zeroizing;

/// The pool's name among SQLite's file systems.
const POOL: &str = "opfs-sahpool";
/// The same with encryption in front: SQLite3 Multiple Ciphers makes it when it is asked for by this name.
const ENCRYPTED_POOL: &str = "multipleciphers-opfs-sahpool";
/// The store's name in the pool; a service worker looks for it there (`web/src/sw/image.ts`).
const FILE: &str = "store.db";
/// The encrypted file system in memory.
const ENCRYPTED_MEMORY: &str = "multipleciphers-memvfs";
/// The copy's name there.
const COPY: &str = "copy.db";
/// Files that the pool holds open: database, journal, statement journals, and some to spare. A pool that runs out fails commits.
const POOL_FILES: usize = 16;
/// Page cache, in KiB.
const CACHE_KIB: i64 = 16 * 1024;

/// The store of this browser.
pub struct SqliteStore {
    // Closed before the pool lets go of the files.
    pub(crate) connection: Connection,
    pub(crate) failure: Cell<Option<Failure>>,
    /// None for a copy in memory.
    pool: Option<OpfsSAHPoolUtil>,
}

impl SqliteStore {
    /// Opens the store `name` (a folder of the origin private file system), or makes an empty one.
    pub async fn open(name: &str, key: &DatabaseKey) -> Result<Self, OpenError> {
        let options = OpfsSAHPoolCfgBuilder::new().vfs_name(POOL).directory(name).initial_capacity(POOL_FILES).build();
        let pool = install::<sqlite_wasm_rs::WasmOsCallback>(&options, true).await.map_err(denied)?;
        // Closed and opened again in the same worker.
        pool.resume().await.map_err(denied)?;
        pool.ensure_capacity(POOL_FILES).await.map_err(denied)?;
        match connect(FILE, ENCRYPTED_POOL, key) {
            Ok(connection) => Ok(Self { connection, failure: Cell::new(None), pool: Some(pool) }),
            Err(error) => {
                // Nothing is open: the next attempt may come from another worker.
                let _ = pool.pause();
                Err(error)
            }
        }
    }

    /// Opens a copy, in memory, of a store's file: for a service worker, which gets no handles to files. What is done to it is gone when it
    /// is closed.
    pub fn open_copy(file: &[u8], key: &DatabaseKey) -> Result<Self, OpenError> {
        // SQLite's own start registers the file system in memory.
        drop(Connection::open_in_memory().map_err(opening)?);
        put_in_memory(file)?;
        let connection = connect(COPY, ENCRYPTED_MEMORY, key)?;
        Ok(Self { connection, failure: Cell::new(None), pool: None })
    }

    /// What kind of fault was last met, and forgets it.
    pub fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    /// Reads every page, which checks its authentication code, then the structure.
    pub fn check(&self) -> Result<(), OpenError> {
        let sound = self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
        match sound {
            Ok(word) if word == "ok" => Ok(()),
            Ok(_) => Err(OpenError::Damaged(Damage::Pages)),
            Err(error) => Err(opening(error)),
        }
    }

    /// Refuses to grow beyond this many pages, as if the disk were full: for tests.
    pub fn limit_pages(&self, pages: u32) -> Result<(), OpenError> {
        self.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).map_err(opening)
    }

    /// Closes it and lets go of its files, so that another worker can open them.
    pub fn close(self) -> Result<(), OpenError> {
        let Self { connection, pool, .. } = self;
        connection.close().map_err(|(_, error)| opening(error))?;
        pool.map_or(Ok(()), |pool| pool.pause()).map_err(denied)
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteStore")
    }
}

/// Replaces the former copy, if any.
#[expect(unsafe_code, reason = "the crate marks its handle so; nothing else in Chancery needs it")]
fn put_in_memory(file: &[u8]) -> Result<(), OpenError> {
    let refused = |error: MemVfsError| OpenError::Denied(error.to_string());
    // SAFETY: asked for on the one thread that there is, which installed this file system and runs all of SQLite.
    let memory = unsafe { MemVfsUtil::get() }.map_err(refused)?;
    match memory.remove(COPY) {
        Ok(_) => memory.import_db_unchecked(COPY, file).map_err(refused),
        Err(never) => match never {},
    }
}

fn connect(file: &str, file_system: &str, key: &DatabaseKey) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = Connection::open_with_flags_and_vfs(file, flags, file_system).map_err(opening)?;
    give_key(&connection, key).map_err(opening)?;
    let Found::Store(version) = schema::inspect(&connection).map_err(opening)? else {
        return Err(OpenError::NotAStore(PathBuf::from(file)));
    };
    if version > schema::VERSION {
        return Err(OpenError::Newer { what: "store", found: version, known: schema::VERSION });
    }
    configure(&connection).map_err(opening)?;
    schema::migrate(&mut connection, version).map_err(|error| match error {
        OpenError::Sqlite(error) => opening(error),
        other => other,
    })?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    Ok(connection)
}

/// Hands the key over in its raw form, so that SQLite runs no key derivation of its own.
fn give_key(connection: &Connection, key: &DatabaseKey) -> rusqlite::Result<()> {
    // Stored in effect: another cipher can't read what this one wrote.
    let cipher: Option<String> = connection.query_row("PRAGMA cipher = 'chacha20'", [], |row| row.get(0)).optional()?;
    assert_eq!(cipher.as_deref(), Some("chacha20"), "SQLite is built with its ciphers, or the store would be in clear");
    let mut sql = Zeroizing::new(String::with_capacity(96));
    sql.push_str("PRAGMA key = 'raw:");
    for byte in key.as_bytes() {
        write!(sql, "{byte:02x}").expect("writing to a String can't fail");
    }
    sql.push('\'');
    connection.execute_batch(&sql)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    // One worker owns the file; without the lock changing hands the journal's file stays open.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "TRUNCATE")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// What an error while opening means.
fn opening(error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => OpenError::DiskFull,
        Some(ErrorCode::NotADatabase) => OpenError::Damaged(Damage::FirstPage),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged(Damage::Pages),
        _ => OpenError::Sqlite(error),
    }
}

/// Why the browser gives no files.
fn denied(error: OpfsSAHError) -> OpenError {
    match error {
        OpfsSAHError::NotSupported => OpenError::Unsupported,
        OpfsSAHError::InvalidHeader { .. } | OpfsSAHError::DuplicateFilename(_) | OpfsSAHError::NeedsRecovery => {
            OpenError::Damaged(Damage::Pages)
        }
        OpfsSAHError::Opfs { message, .. } if message.starts_with("QuotaExceededError") => OpenError::DiskFull,
        // Another worker has the files; it may be about to end.
        OpfsSAHError::Opfs { message, .. } if message.starts_with("NoModificationAllowedError") => {
            OpenError::Locked { pid: None }
        }
        other => OpenError::Denied(other.to_string()),
    }
}
