//! The storage contract on an open SQLite connection: the same code natively and in the browser.

use crate::{SqliteStore, schema, words};
use chancery_core::storage::{Entry, Fault, Order, Storage, Table, Tx};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Params, TransactionBehavior, params};
use std::{cell::Cell, ops::Bound};

/// Prepared statements that are kept: every table's get, put, delete and each form of scan.
pub(crate) const STATEMENT_CACHE: usize = 256;

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

/// Whether there is no room. Files in a browser only say that a write failed, and what keeps them from being written is the quota.
fn is_full(error: &rusqlite::Error) -> bool {
    let Some(error) = error.sqlite_error() else { return false };
    let unwritten = matches!(
        error.extended_code,
        rusqlite::ffi::SQLITE_IOERR_WRITE | rusqlite::ffi::SQLITE_IOERR_TRUNCATE | rusqlite::ffi::SQLITE_IOERR_FSYNC
    );
    error.code == ErrorCode::DiskFull || (cfg!(target_family = "wasm") && unwritten)
}

fn fault(failure: &Cell<Option<Failure>>, error: &rusqlite::Error) -> Fault {
    let (kind, text) = match error.sqlite_error_code() {
        _ if is_full(error) => (Failure::DiskFull, "the disk is full".to_owned()),
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
            Err(error) => Err(fault(&self.failure, &error).into()),
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
