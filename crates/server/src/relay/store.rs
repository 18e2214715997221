//! Opening the store: pragmas and numbered migrations.

use crate::RelayFault;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// The migrations, in order; `PRAGMA user_version` says how many were applied.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_initial.sql"),
    include_str!("../../migrations/0002_admissions.sql"),
    include_str!("../../migrations/0003_entries.sql"),
    include_str!("../../migrations/0004_push.sql"),
    include_str!("../../migrations/0005_former_stays.sql"),
    include_str!("../../migrations/0006_bounds.sql"),
    include_str!("../../migrations/0007_upkeep.sql"),
];

/// How long a connection waits for another process's lock (a backup tool), in milliseconds.
const BUSY_TIMEOUT_MS: u64 = 5000;
/// Page cache of the writing connection, in KiB. Whenever a page was split, SQLite looks through the whole table of cached pages at
/// the commit, so more isn't better; what isn't here is in the system's cache.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
/// Page cache of a reading connection, in KiB.
const READER_CACHE_KIB: i64 = 8 * 1024;
/// The write-ahead log is copied back into the store after this many pages.
const CHECKPOINT_PAGES: i64 = 4000;
/// The write-ahead log's file is cut back to this many bytes.
const WAL_LIMIT_BYTES: i64 = 64 * 1024 * 1024;
/// Prepared statements kept per connection.
const STATEMENTS: usize = 128;

/// Opens the store for writing and brings it to the current version.
pub fn open_writer(path: &Path) -> Result<Connection, RelayFault> {
    let mut db = Connection::open(path)?;
    prepare(&mut db)?;
    Ok(db)
}

/// Opens the store for reading.
pub fn open_reader(path: &Path) -> Result<Connection, RelayFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS))?;
    db.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    db.pragma_update(None, "query_only", true)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

/// Opens the store for a small change beside a relay that may be running. It has to be of this program's version: who serves it migrates it.
pub fn open_beside(path: &Path) -> Result<Connection, RelayFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    let version: usize = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != MIGRATIONS.len() {
        return Err(RelayFault::new(format!(
            "the store is of version {version}, this program is for {}; use the program that serves it, after its first start",
            MIGRATIONS.len()
        )));
    }
    Ok(db)
}

/// Opens the store for copying its write-ahead log back, and nothing else.
pub fn open_checkpointer(path: &Path) -> Result<Connection, RelayFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    // The store is flushed before the log begins anew.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    db.pragma_update(None, "query_only", true)?;
    // It has to have read the store once to know that there is a log.
    let _: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(db)
}

/// Sets a writing connection up (an in-memory one too) and migrates its store.
pub fn prepare(db: &mut Connection) -> Result<(), RelayFault> {
    db.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS))?;
    let version: usize = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        // Has to come before the first table; a purge then gives its pages back.
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    db.pragma_update(None, "journal_mode", "WAL")?;
    // The acknowledgement means durable: the write-ahead log is flushed at every commit.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    db.pragma_update(None, "journal_size_limit", WAL_LIMIT_BYTES)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    if version > MIGRATIONS.len() {
        return Err(RelayFault::new(format!(
            "the store is of version {version}, this program knows {} and older; run the newer program",
            MIGRATIONS.len()
        )));
    }
    for (n, migration) in MIGRATIONS.iter().enumerate().skip(version) {
        let tx = db.transaction()?;
        tx.execute_batch(migration)?;
        tx.pragma_update(None, "user_version", n + 1)?;
        tx.commit()?;
    }
    Ok(())
}
