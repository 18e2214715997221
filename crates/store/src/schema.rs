//! The schema and its migrations. A store of every former version has to open: `tests/it/golden/` holds one of each.

use crate::OpenError;
use chancery_core::Table;
use rusqlite::{Connection, TransactionBehavior};

/// `PRAGMA application_id` of a client's store: `ChnC`.
pub(crate) const APPLICATION_ID: i32 = 0x4368_6e43;
/// The version that this code writes.
pub(crate) const VERSION: u32 = MIGRATIONS.len() as u32;

/// The n-th brings a store from version n to n + 1. Never edit one that was released.
const MIGRATIONS: [&str; 1] = [
    // Version 1. One table per kind of record, and the full-text index. The index gets words that are folded and split
    // already (words.rs), hence the plainest tokenizer; with secure-delete the words of a deleted message are gone from it.
    "CREATE TABLE meta (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE mls (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE conversation (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE message (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE message_index (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE outbox (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE operation (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE pending_commit (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE contact (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE mark (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE device (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE orphan (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE link (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE transfer (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE log_view (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE text_key (id INTEGER PRIMARY KEY, k BLOB NOT NULL UNIQUE);
     CREATE VIRTUAL TABLE text USING fts5(words, tokenize = 'ascii');
     INSERT INTO text (text, rank) VALUES ('secure-delete', 1);",
];

/// The SQL table of a core table.
pub(crate) fn table(table: Table) -> &'static str {
    match table {
        Table::Meta => "meta",
        Table::Mls => "mls",
        Table::Conversation => "conversation",
        Table::Message => "message",
        Table::MessageIndex => "message_index",
        Table::Outbox => "outbox",
        Table::Operation => "operation",
        Table::PendingCommit => "pending_commit",
        Table::Contact => "contact",
        Table::Mark => "mark",
        Table::Device => "device",
        Table::Orphan => "orphan",
        Table::Link => "link",
        Table::Transfer => "transfer",
        Table::LogView => "log_view",
    }
}

/// What a database file turns out to be.
pub(crate) enum Found {
    /// Empty, or a store of a version up to ours.
    Store(u32),
    /// Something else.
    Foreign,
}

/// Looks at the header; this is the first read, so it also shows whether the key fits.
pub(crate) fn inspect(connection: &Connection) -> rusqlite::Result<Found> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application, version, objects) {
        (0, 0, 0) => Found::Store(0),
        (APPLICATION_ID, 1.., _) => Found::Store(version),
        _ => Found::Foreign,
    })
}

/// Brings a store of version `from` up to date, in one transaction.
pub(crate) fn migrate(connection: &mut Connection, from: u32) -> Result<(), OpenError> {
    if from > VERSION {
        return Err(OpenError::Newer { what: "store", found: from, known: VERSION });
    }
    if from == VERSION {
        return Ok(());
    }
    let run = |connection: &mut Connection| {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for script in &MIGRATIONS[from as usize..] {
            tx.execute_batch(script)?;
        }
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", VERSION)?;
        tx.commit()
    };
    run(connection).map_err(OpenError::Sqlite)
}
