//! Without a fuzzer: every seed runs, and the seeds are those of this version.

use chancery_fuzz::{TARGETS, seeds};
use std::{collections::BTreeSet, fs, path::PathBuf};

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target)
}

#[test]
fn every_seed_passes_its_target() {
    for (name, target) in TARGETS {
        let mut count = 0;
        for entry in fs::read_dir(folder(name)).unwrap() {
            target(&fs::read(entry.unwrap().path()).unwrap());
            count += 1;
        }
        assert!(count > 0, "{name} has no seeds");
    }
}

#[test]
fn made_seeds_are_current() {
    for (target, name, bytes) in seeds::all() {
        let found = fs::read(folder(target).join(&name)).unwrap_or_default();
        assert!(found == bytes, "{target}/{name} is of another version: cargo run --bin seeds");
    }
}

#[test]
fn there_is_a_folder_of_seeds_for_each_target_and_no_other() {
    let folders: BTreeSet<String> =
        fs::read_dir(folder("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(folders, TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect());
}
