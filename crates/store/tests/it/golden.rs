//! Stores and key files that earlier versions wrote, committed as they are: each has to open for ever.
//! `CHANCERY_WRITE_GOLDEN=1` writes the files of the current version when there are none yet.

use crate::{get, put, rng, transact};
use chancery_core::Table;
use chancery_store::vault::{Cost, Folder, KEY_FILE, STORE_FILE};
use std::{
    fs,
    path::{Path, PathBuf},
};

const PASSPHRASE: &str = "golden passphrase";

fn golden(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/golden/v{version}"))
}

fn write(into: &Path) {
    let temp = tempfile::tempdir().unwrap();
    let folder = Folder::open(temp.path()).unwrap();
    let mut store = folder.open_store(None, &mut rng(1)).unwrap();
    for table in Table::ALL {
        put(&mut store, table, b"key", format!("{table:?}").as_bytes());
    }
    transact(&mut store, |tx| {
        tx.index_text(b"one", "Grüße aus Köln").and_then(|()| tx.index_text(b"two", "会議 at noon"))
    });
    drop(store);
    fs::create_dir_all(into).unwrap();
    fs::copy(temp.path().join(STORE_FILE), into.join(STORE_FILE)).unwrap();
    fs::copy(temp.path().join(KEY_FILE), into.join("key-plain.bin")).unwrap();
    let cheap = Cost { memory_kib: 64, passes: 1, lanes: 1 };
    folder.change_passphrase_at(None, Some(PASSPHRASE), cheap, &mut rng(2)).unwrap();
    fs::copy(temp.path().join(KEY_FILE), into.join("key-sealed.bin")).unwrap();
}

#[test]
fn a_store_of_version_1_opens() {
    let from = golden(1);
    if std::env::var_os("CHANCERY_WRITE_GOLDEN").is_some() && !fs::exists(&from).unwrap() {
        write(&from);
    }
    for (key, passphrase) in [("key-plain.bin", None), ("key-sealed.bin", Some(PASSPHRASE))] {
        let temp = tempfile::tempdir().unwrap();
        fs::copy(from.join(STORE_FILE), temp.path().join(STORE_FILE)).unwrap();
        fs::copy(from.join(key), temp.path().join(KEY_FILE)).unwrap();
        let folder = Folder::open(temp.path()).unwrap();
        let mut store = folder.open_store(passphrase, &mut rng(3)).unwrap();
        for table in Table::ALL {
            assert_eq!(get(&mut store, table, b"key").unwrap(), format!("{table:?}").as_bytes());
        }
        for (query, expected) in [("grusse", b"one"), ("会議", b"two")] {
            assert_eq!(transact(&mut store, |tx| tx.search_text(query, 9)), [expected]);
        }
        transact(&mut store, |tx| tx.index_text(b"one", "changed").and_then(|()| tx.unindex_text(b"two")));
        store.check().unwrap();
    }
}
