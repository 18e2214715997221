//! The store on SQLite with SQLCipher.

use crate::{
    Damage, Failure, OpenError,
    schema::{self, Found},
    transaction::STATEMENT_CACHE,
    vault::DatabaseKey,
};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use std::{
    cell::Cell,
    fmt::Write,
    fs,
    io::Read,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// SQLCipher's page, in bytes. Stored: a change needs a migration.
const PAGE_BYTES: u64 = 4096;
/// The write-ahead log is cut back to this after a checkpoint, in bytes.
const WAL_LIMIT_BYTES: i64 = 16 * 1024 * 1024;
/// Page cache, in KiB.
const CACHE_KIB: i64 = 16 * 1024;

/// The store of one profile.
pub struct SqliteStore {
    pub(crate) connection: Connection,
    path: PathBuf,
    pub(crate) failure: Cell<Option<Failure>>,
}

impl SqliteStore {
    /// Opens the store at `path`, or makes an empty one. The caller holds the profile's lock.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self, OpenError> {
        create_private(path)?;
        // SQLite takes a file of less than a page for an empty one and would begin a new store in it.
        let length = fs::metadata(path).map_err(OpenError::io("opening the store"))?.len();
        if (1..PAGE_BYTES).contains(&length) {
            return Err(OpenError::Damaged(Damage::Truncated));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(|e| opening(e, path))?;
        give_key(&connection, key).map_err(|e| opening(e, path))?;
        let found = schema::inspect(&connection).map_err(|e| opening(e, path))?;
        let Found::Store(version) = found else {
            return Err(OpenError::NotAStore(path.to_owned()));
        };
        if version > schema::VERSION {
            return Err(OpenError::Newer { what: "store", found: version, known: schema::VERSION });
        }
        configure(&connection).map_err(|e| opening(e, path))?;
        check_length(&connection, path)?;
        schema::migrate(&mut connection, version).map_err(|e| match e {
            OpenError::Sqlite(e) => opening(e, path),
            other => other,
        })?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        Ok(Self { connection, path: path.to_owned(), failure: Cell::new(None) })
    }

    /// What kind of fault was last met, and forgets it.
    pub fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    /// Reads every page and checks its authentication code, then the structure. Takes as long as reading the whole file.
    pub fn check(&self) -> Result<(), OpenError> {
        let bad = |sql: &str, fine: &[&str]| -> rusqlite::Result<bool> {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if !fine.contains(&row.get_ref(0)?.as_str().unwrap_or_default()) {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        // SQLCipher reports a row per damaged page; SQLite says "ok".
        let damaged = bad("PRAGMA cipher_integrity_check", &[])
            .and_then(|first| Ok(first || bad("PRAGMA integrity_check", &["ok"])?));
        match damaged {
            Ok(false) => Ok(()),
            Ok(true) => Err(OpenError::Damaged(Damage::Pages)),
            Err(error) => Err(opening(error, &self.path)),
        }
    }

    /// Refuses to grow beyond this many pages of 4 KiB, as if the disk were full: for managed devices and tests.
    pub fn limit_pages(&self, pages: u32) -> Result<(), OpenError> {
        let limit = self.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()));
        limit.map_err(|error| opening(error, &self.path))
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteStore")
    }
}

/// Makes the file with access for its owner only, before SQLite makes it with more. The log beside it inherits the mode.
fn create_private(path: &Path) -> Result<(), OpenError> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(OpenError::io("opening the store"))
}

/// Hands the key over in SQLCipher's raw form, so that it runs no key derivation of its own.
fn give_key(connection: &Connection, key: &DatabaseKey) -> rusqlite::Result<()> {
    let mut sql = Zeroizing::new(String::with_capacity(96));
    sql.push_str("PRAGMA key = \"x'");
    for byte in key.as_bytes() {
        write!(sql, "{byte:02x}").expect("writing to a String can't fail");
    }
    sql.push_str("'\"");
    connection.execute_batch(&sql)?;
    // Were SQLite built without SQLCipher, the key would be ignored silently and the store be in clear.
    let cipher: Option<String> = connection.query_row("PRAGMA cipher_version", [], |row| row.get(0)).optional()?;
    assert!(cipher.is_some(), "SQLite is built with SQLCipher");
    Ok(())
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: a commit is on the disk when it returns. NORMAL would lose the last ones in a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "journal_size_limit", WAL_LIMIT_BYTES)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// SQLite notices missing pages by itself, but takes a part of a page for a whole one until it reads it.
fn check_length(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let partial = || fs::metadata(path).map(|m| m.len() % PAGE_BYTES != 0).map_err(OpenError::io("opening the store"));
    if partial()? {
        // After a crash in the middle of a checkpoint the log still has the page.
        let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if checkpoint.is_err() || partial()? {
            return Err(OpenError::Damaged(Damage::Truncated));
        }
    }
    Ok(())
}

/// What an error while opening means.
fn opening(error: rusqlite::Error, path: &Path) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => OpenError::DiskFull,
        Some(ErrorCode::NotADatabase) => {
            let mut header = [0; 16];
            let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
            let starts_plain = read.is_ok() && &header == b"SQLite format 3\0";
            match starts_plain {
                true => OpenError::NotAStore(path.to_owned()),
                false => OpenError::Damaged(Damage::FirstPage),
            }
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            let header_fits = fs::metadata(path).is_ok_and(|m| m.len() % PAGE_BYTES == 0);
            OpenError::Damaged(if header_fits { Damage::Pages } else { Damage::Truncated })
        }
        _ => OpenError::Sqlite(error),
    }
}
