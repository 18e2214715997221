//! The store on SQLite with SQLCipher.

use crate::{
    Damage, OpenError,
    schema::{self, Found},
    vault::DatabaseKey,
    words,
};
use chancery_core::storage::{Entry, Fault, Order, Storage, Table, Tx};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Params, TransactionBehavior, params};
use std::{
    cell::Cell,
    fmt::Write,
    fs,
    io::Read,
    ops::Bound,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// SQLCipher's page, in bytes. Stored: a change needs a migration.
const PAGE_BYTES: u64 = 4096;
/// Prepared statements that are kept: every table's get, put, delete and each form of scan.
const STATEMENT_CACHE: usize = 256;
/// The write-ahead log is cut back to this after a checkpoint, in bytes.
const WAL_LIMIT_BYTES: i64 = 16 * 1024 * 1024;
/// Page cache, in KiB.
const CACHE_KIB: i64 = 16 * 1024;

/// What kind of fault a store has met; [`Fault`] only says it in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No room on the disk.
    DiskFull,
    /// A page is damaged.
    Damaged,
    /// Anything else.
    Other,
}

/// The store of one profile.
pub struct SqliteStore {
    connection: Connection,
    path: PathBuf,
    failure: Cell<Option<Failure>>,
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

    fn fault(&self, error: &rusqlite::Error) -> Fault {
        fault(&self.failure, error)
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

fn fault(failure: &Cell<Option<Failure>>, error: &rusqlite::Error) -> Fault {
    let (kind, text) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (Failure::DiskFull, "the disk is full".to_owned()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            (Failure::Damaged, "a page of the store is damaged".to_owned())
        }
        _ => (Failure::Other, error.to_string()),
    };
    failure.set(Some(kind));
    Fault(text)
}

impl Storage for SqliteStore {
    fn transact<T, E: From<Fault>>(&mut self, f: impl FnOnce(&dyn Tx) -> Result<T, E>) -> Result<T, E> {
        let tx = match self.connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(tx) => tx,
            Err(error) => return Err(fault(&self.failure, &error).into()),
        };
        // Dropping the transaction rolls it back, also when `f` panics.
        let value = f(&SqliteTx { connection: &tx, failure: &self.failure })?;
        match tx.commit() {
            Ok(()) => Ok(value),
            Err(error) => Err(self.fault(&error).into()),
        }
    }
}

struct SqliteTx<'a> {
    connection: &'a Connection,
    failure: &'a Cell<Option<Failure>>,
}

impl SqliteTx<'_> {
    fn fault(&self, error: rusqlite::Error) -> Fault {
        fault(self.failure, &error)
    }

    fn execute(&self, sql: &str, params: impl Params) -> Result<(), Fault> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params))
            .map(drop)
            .map_err(|e| self.fault(e))
    }

    fn text_id(&self, key: &[u8]) -> Result<Option<i64>, Fault> {
        self.connection
            .prepare_cached("SELECT id FROM text_key WHERE k = ?1")
            .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
            .map_err(|e| self.fault(e))
    }
}

impl Tx for SqliteTx<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let sql = format!("SELECT v FROM {} WHERE k = ?1", schema::table(table));
        self.connection
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
            .map_err(|e| self.fault(e))
    }

    fn put(&self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let sql = format!(
            "INSERT INTO {} (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
            schema::table(table)
        );
        self.execute(&sql, params![key, value])
    }

    fn delete(&self, table: Table, key: &[u8]) -> Result<(), Fault> {
        self.execute(&format!("DELETE FROM {} WHERE k = ?1", schema::table(table)), [key])
    }

    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Entry>, Fault> {
        let (from_sql, from) = match from {
            Bound::Included(key) => ("k >= ?1", key),
            Bound::Excluded(key) => ("k > ?1", key),
            Bound::Unbounded => ("k >= ?1", &[][..]),
        };
        // Without an end ?2 is bound all the same, so that the parameters stay three.
        let (to_sql, to) = match to {
            Bound::Included(key) => ("k <= ?2", key),
            Bound::Excluded(key) => ("k < ?2", key),
            Bound::Unbounded => ("?2 IS NOT NULL", &[][..]),
        };
        let order = match order {
            Order::Ascending => "ASC",
            Order::Descending => "DESC",
        };
        let sql = format!(
            "SELECT k, v FROM {} WHERE {from_sql} AND {to_sql} ORDER BY k {order} LIMIT ?3",
            schema::table(table)
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(&sql)
            .and_then(|mut statement| {
                statement.query_map(params![from, to, limit], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .map_err(|e| self.fault(e))
    }

    fn index_text(&self, key: &[u8], text: &str) -> Result<(), Fault> {
        let words = words::words(text).join(" ");
        match self.text_id(key)? {
            Some(id) => self.execute("UPDATE text SET words = ?2 WHERE rowid = ?1", params![id, words]),
            None => {
                self.execute("INSERT INTO text_key (k) VALUES (?1)", [key])?;
                let id = self.connection.last_insert_rowid();
                self.execute("INSERT INTO text (rowid, words) VALUES (?1, ?2)", params![id, words])
            }
        }
    }

    fn unindex_text(&self, key: &[u8]) -> Result<(), Fault> {
        let Some(id) = self.text_id(key)? else { return Ok(()) };
        self.execute("DELETE FROM text WHERE rowid = ?1", [id])?;
        self.execute("DELETE FROM text_key WHERE id = ?1", [id])
    }

    fn search_text(&self, query: &str, limit: usize) -> Result<Vec<Vec<u8>>, Fault> {
        let phrases = words::phrases(query);
        if phrases.is_empty() {
            return Ok(Vec::new());
        }
        // Words are letters, digits and marks, so the quotes can't be closed from inside.
        let quoted: Vec<_> = phrases.iter().map(|phrase| format!("\"{}\"", phrase.join(" "))).collect();
        let expression = format!("{} *", quoted.join(" AND "));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(
                "SELECT text_key.k FROM text JOIN text_key ON text_key.id = text.rowid
                 WHERE text MATCH ?1 ORDER BY text.rowid DESC LIMIT ?2",
            )
            .and_then(|mut statement| statement.query_map(params![expression, limit], |row| row.get(0))?.collect())
            .map_err(|e| self.fault(e))
    }
}
