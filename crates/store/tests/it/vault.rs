//! The vault: lock, key file, passphrase.

use crate::{get, put, rng};
use chancery_core::Table;
use chancery_store::{
    Damage, OpenError,
    vault::{Cost, Folder, KEY_FILE, LOCK_FILE, STORE_FILE},
};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

fn sealed_profile(path: &Path, passphrase: &str) -> Folder {
    let folder = Folder::open(path).unwrap();
    let mut store = folder.open_store(None, &mut rng(1)).unwrap();
    put(&mut store, Table::Meta, b"a", b"kept");
    drop(store);
    folder.change_passphrase_at(None, Some(passphrase), CHEAP, &mut rng(2)).unwrap();
    folder
}

#[test]
fn a_new_profile_gets_a_key_and_opens_again() {
    let temp = tempfile::tempdir().unwrap();
    let folder = Folder::open(&temp.path().join("profiles/alice")).unwrap();
    assert!(!folder.is_initialised().unwrap());
    put(&mut folder.open_store(None, &mut rng(1)).unwrap(), Table::Meta, b"a", b"b");
    assert!(folder.is_initialised().unwrap() && !folder.is_sealed().unwrap());
    drop(folder);
    let folder = Folder::open(&temp.path().join("profiles/alice")).unwrap();
    assert_eq!(get(&mut folder.open_store(None, &mut rng(9)).unwrap(), Table::Meta, b"a").unwrap(), b"b");
}

#[test]
fn a_new_profile_can_be_sealed_from_the_start() {
    let temp = tempfile::tempdir().unwrap();
    let folder = Folder::open(temp.path()).unwrap();
    put(&mut folder.open_store(Some("correct horse"), &mut rng(1)).unwrap(), Table::Meta, b"a", b"b");
    assert!(folder.is_sealed().unwrap());
    let mut store = folder.open_store(Some("correct horse"), &mut rng(2)).unwrap();
    assert_eq!(get(&mut store, Table::Meta, b"a").unwrap(), b"b");
}

#[test]
fn a_sealed_profile_wants_its_passphrase() {
    let temp = tempfile::tempdir().unwrap();
    let folder = sealed_profile(temp.path(), "correct horse é");
    assert!(matches!(folder.open_store(None, &mut rng(1)), Err(OpenError::PassphraseNeeded)));
    assert!(matches!(folder.open_store(Some("battery staple"), &mut rng(1)), Err(OpenError::WrongPassphrase)));
    for same in ["correct horse é", "correct horse e\u{301}"] {
        assert_eq!(get(&mut folder.open_store(Some(same), &mut rng(1)).unwrap(), Table::Meta, b"a").unwrap(), b"kept");
    }
}

#[test]
fn changing_the_passphrase_writes_the_key_file_alone() {
    let temp = tempfile::tempdir().unwrap();
    let folder = sealed_profile(temp.path(), "first one");
    let store = fs::read(temp.path().join(STORE_FILE)).unwrap();
    // What a crash may have left of an earlier change.
    fs::write(temp.path().join("key.new"), b"half").unwrap();
    let wrong = folder.change_passphrase_at(Some("other one"), Some("second one"), CHEAP, &mut rng(3));
    assert!(matches!(wrong, Err(OpenError::WrongPassphrase)));
    folder.change_passphrase_at(Some("first one"), Some("second one"), CHEAP, &mut rng(3)).unwrap();
    assert_eq!(fs::read(temp.path().join(STORE_FILE)).unwrap(), store);
    assert!(!fs::exists(temp.path().join("key.new")).unwrap());
    assert!(matches!(folder.open_store(Some("first one"), &mut rng(1)), Err(OpenError::WrongPassphrase)));
    folder.open_store(Some("second one"), &mut rng(1)).unwrap();
    folder.change_passphrase_at(Some("second one"), None, CHEAP, &mut rng(3)).unwrap();
    folder.open_store(None, &mut rng(1)).unwrap();
}

#[test]
fn the_sealed_key_file_does_not_hold_the_key() {
    let temp = tempfile::tempdir().unwrap();
    let folder = Folder::open(temp.path()).unwrap();
    drop(folder.open_store(None, &mut rng(1)).unwrap());
    let plain = fs::read(temp.path().join(KEY_FILE)).unwrap();
    let key = plain[plain.len() - 32..].to_vec();
    folder.change_passphrase_at(None, Some("correct horse"), CHEAP, &mut rng(2)).unwrap();
    let sealed = fs::read(temp.path().join(KEY_FILE)).unwrap();
    assert!(!sealed.windows(8).any(|w| key.windows(8).any(|k| k == w)));
}

#[test]
fn a_lost_or_damaged_key_file_is_reported_and_never_replaced() {
    let temp = tempfile::tempdir().unwrap();
    let folder = sealed_profile(temp.path(), "correct horse");
    let path = temp.path().join(KEY_FILE);
    let whole = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let error = folder.open_store(None, &mut rng(1)).unwrap_err();
    assert!(matches!(error, OpenError::Damaged(Damage::KeyFileMissing)), "{error:?}");
    assert!(!fs::exists(&path).unwrap());
    for end in 0..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        let error = folder.open_store(Some("correct horse"), &mut rng(1)).unwrap_err();
        assert!(matches!(error, OpenError::Damaged(Damage::KeyFile)), "{end}: {error:?}");
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        fs::write(&path, &bytes).unwrap();
        assert!(folder.open_store(Some("correct horse"), &mut rng(1)).is_err(), "byte {at}");
    }
}

#[test]
fn a_key_file_of_a_newer_version_is_reported() {
    let temp = tempfile::tempdir().unwrap();
    let folder = sealed_profile(temp.path(), "correct horse");
    let path = temp.path().join(KEY_FILE);
    let mut bytes = fs::read(&path).unwrap();
    let version = bytes.windows(4).position(|w| w == b" key").unwrap() + 4;
    assert_eq!(bytes[version], 1);
    bytes[version] = 2;
    fs::write(&path, bytes).unwrap();
    let error = folder.open_store(Some("correct horse"), &mut rng(1)).unwrap_err();
    assert!(matches!(error, OpenError::Newer { what: "key file", found: 2, known: 1 }), "{error:?}");
}

/// Not a test of its own: the process that [`a_second_process_is_kept_out_and_told_who_is_in`] starts.
#[test]
#[ignore = "started by another test"]
fn child_holds_the_lock() {
    let Some(path) = std::env::var_os("CHANCERY_TEST_PROFILE") else { return };
    let _folder = Folder::open(Path::new(&path)).unwrap();
    println!("\nlocked");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn a_second_process_is_kept_out_and_told_who_is_in() {
    let temp = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "vault::child_holds_the_lock", "--nocapture"])
        .env("CHANCERY_TEST_PROFILE", temp.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "locked"));
    let error = Folder::open(temp.path()).unwrap_err();
    assert!(matches!(error, OpenError::Locked { pid: Some(pid) } if pid == child.id()), "{error:?}");
    assert!(error.to_string().contains(&format!("process {}", child.id())));
    // However it ends, its lock ends with it.
    child.kill().unwrap();
    child.wait().unwrap();
    Folder::open(temp.path()).unwrap();
    assert!(fs::exists(temp.path().join(LOCK_FILE)).unwrap());
}

#[test]
fn a_profile_is_locked_within_one_process_too() {
    let temp = tempfile::tempdir().unwrap();
    let folder = Folder::open(temp.path()).unwrap();
    assert!(matches!(Folder::open(temp.path()), Err(OpenError::Locked { pid: Some(_) })));
    drop(folder);
    Folder::open(temp.path()).unwrap();
}
