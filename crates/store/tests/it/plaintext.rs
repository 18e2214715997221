//! The raw bytes of a profile tell nothing.

use crate::{rng, transact};
use chancery_core::Table;
use chancery_store::vault::Folder;
use std::{fs, path::Path};

const SECRETS: [&str; 6] =
    ["thewirefraudmemo", "Überweisung morgen", "alice@example.org", "Project Nightjar", "会議の議事録", "uberweisung"];

fn assert_no_plaintext(folder: &Path) {
    let mut bytes = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let raw = fs::read(&path).unwrap();
        bytes += raw.len();
        let names = ["CREATE TABLE", "SQLite format 3", "message_index"];
        for secret in SECRETS.iter().chain(&names) {
            assert!(!raw.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret:?} stands in {path:?}");
        }
    }
    assert!(bytes > 20_000, "there is something to look at");
}

#[test]
fn no_file_of_a_profile_holds_plaintext_also_while_it_is_open() {
    let temp = tempfile::tempdir().unwrap();
    let folder = Folder::open(temp.path()).unwrap();
    let mut store = folder.open_store(None, &mut rng(1)).unwrap();
    transact(&mut store, |tx| {
        for (n, secret) in SECRETS.iter().enumerate() {
            for table in Table::ALL {
                tx.put(table, secret.as_bytes(), secret.repeat(40).as_bytes())?;
            }
            tx.index_text(&[n as u8], secret)?;
        }
        Ok(())
    });
    let log = fs::metadata(temp.path().join("store.db-wal")).unwrap();
    assert!(log.len() > 20_000, "the write-ahead log is in use");
    assert_no_plaintext(temp.path());
    transact(&mut store, |tx| tx.unindex_text(&[0]));
    drop(store);
    assert_no_plaintext(temp.path());
    assert!(!fs::exists(temp.path().join("store.db-wal")).unwrap(), "closed: all is in the store itself");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_a_profile() {
    use std::os::unix::fs::PermissionsExt;
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("alice");
    let folder = Folder::open(&path).unwrap();
    let mut store = folder.open_store(None, &mut rng(1)).unwrap();
    crate::put(&mut store, Table::Meta, b"a", b"b");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    for file in fs::read_dir(&path).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.path());
    }
}
