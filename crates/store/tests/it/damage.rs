//! A damaged store, another file, or another key is reported for what it is.

use crate::{put, rng};
use chancery_core::{Fault, Storage, Table, Tx};
use chancery_store::{Damage, OpenError, SqliteStore, vault::DatabaseKey};
use std::{fs, path::PathBuf};
use tempfile::TempDir;

/// A closed store of some 100 pages.
fn closed_store() -> (TempDir, PathBuf, DatabaseKey) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let key = DatabaseKey::generate(&mut rng(1));
    let mut store = SqliteStore::open(&path, &key).unwrap();
    for n in 0..100u8 {
        put(&mut store, Table::Message, &[n], &[n; 4000]);
    }
    drop(store);
    (folder, path, key)
}

fn damage(path: &PathBuf, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn another_key_opens_nothing() {
    let (_folder, path, key) = closed_store();
    let other = DatabaseKey::generate(&mut rng(2));
    let error = SqliteStore::open(&path, &other).unwrap_err();
    assert!(matches!(error, OpenError::Damaged(Damage::FirstPage)), "{error:?}");
    assert!(error.to_string().contains("another store"));
    SqliteStore::open(&path, &key).unwrap().check().unwrap();
}

#[test]
fn without_a_key_it_is_no_database() {
    let (_folder, path, _) = closed_store();
    let connection = rusqlite_without_key(&path);
    assert!(connection.is_err());
}

fn rusqlite_without_key(path: &PathBuf) -> rusqlite::Result<i64> {
    rusqlite::Connection::open(path)?.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
}

#[test]
fn a_lost_last_page_is_reported() {
    let (_folder, path, key) = closed_store();
    damage(&path, |bytes| bytes.truncate(bytes.len() - 4096));
    let error = SqliteStore::open(&path, &key).unwrap_err();
    assert!(matches!(error, OpenError::Damaged(_)), "{error:?}");
}

#[test]
fn a_file_cut_anywhere_is_reported() {
    let (_folder, path, key) = closed_store();
    let whole = fs::read(&path).unwrap();
    for end in [1, 100, 4095, 4096, 5000, whole.len() - 4097, whole.len() - 1] {
        fs::write(&path, &whole[..end]).unwrap();
        let error = SqliteStore::open(&path, &key).unwrap_err();
        assert!(matches!(error, OpenError::Damaged(_)), "cut to {end}: {error:?}");
        assert!(error.to_string().contains("restore it from a backup"));
    }
}

#[test]
fn a_changed_byte_anywhere_is_found_by_the_check_and_never_read() {
    let (_folder, path, key) = closed_store();
    let at = fs::metadata(&path).unwrap().len() as usize / 2;
    damage(&path, |bytes| bytes[at] ^= 1);
    let mut store = SqliteStore::open(&path, &key).unwrap();
    assert!(matches!(store.check().unwrap_err(), OpenError::Damaged(Damage::Pages)));
    let all: Result<Vec<_>, Fault> = store.transact(|tx: &dyn Tx| {
        tx.scan(
            Table::Message,
            std::ops::Bound::Unbounded,
            std::ops::Bound::Unbounded,
            chancery_core::storage::Order::Ascending,
            1000,
        )
    });
    assert!(all.is_err());
    assert!(store.take_failure().is_some());
}

#[test]
fn another_sqlite_file_is_no_store() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let error = SqliteStore::open(&path, &DatabaseKey::generate(&mut rng(1))).unwrap_err();
    assert!(matches!(error, OpenError::NotAStore(_)), "{error:?}");
}

#[test]
fn another_encrypted_database_is_no_store() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch(&format!("PRAGMA key = \"x'{}'\"; CREATE TABLE t (a)", "07".repeat(32))).unwrap();
    drop(connection);
    let error = SqliteStore::open(&path, &DatabaseKey::from_bytes([7; 32])).unwrap_err();
    assert!(matches!(error, OpenError::NotAStore(_)), "{error:?}");
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let key = DatabaseKey::from_bytes([7; 32]);
    drop(SqliteStore::open(&path, &key).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch(&format!("PRAGMA key = \"x'{}'\"; PRAGMA user_version = 99", "07".repeat(32))).unwrap();
    drop(connection);
    let before = fs::read(&path).unwrap();
    let error = SqliteStore::open(&path, &key).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error:?}");
    assert!(error.to_string().contains("update Chancery"));
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// A limit on the file's size stands in for a full disk: SQLite reports both as SQLITE_FULL.
#[test]
fn a_full_store_says_so_and_stays_whole() {
    let (_folder, path, key) = closed_store();
    let mut store = SqliteStore::open(&path, &key).unwrap();
    store.limit_pages(110).unwrap();
    let result: Result<(), Fault> =
        store.transact(|tx| (0..200u8).try_for_each(|n| tx.put(Table::Outbox, &[n], &[n; 4000])));
    assert_eq!(result, Err(Fault("the disk is full".to_owned())));
    assert_eq!(store.take_failure(), Some(chancery_store::Failure::DiskFull));
    assert_eq!(crate::get(&mut store, Table::Outbox, &[0]), None);
    store.check().unwrap();
}
