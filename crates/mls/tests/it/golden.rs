//! A group stored by the first version still loads. `UPDATE_GOLDEN=1` writes the file anew: only with a change of
//! the stored format that is meant, under another name.

use crate::kit::*;
use chancery_mls::{
    Group, Processed, RelayGroup, Role,
    testkit::{MemoryStore, TestOrg},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use std::{fs, path::PathBuf};

#[derive(Encode, Decode)]
struct Golden {
    /// Bob's store.
    #[n(0)]
    values: Vec<(ByteVec, ByteVec)>,
    /// The relay's snapshot.
    #[n(1)]
    snapshot: ByteVec,
    /// A message of a past epoch, which Bob has not read.
    #[n(2)]
    past: ByteVec,
    /// A commit that includes the pending removal.
    #[n(3)]
    commit: ByteVec,
    /// Bob's epoch authenticator.
    #[n(4)]
    authenticator: ByteVec,
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/group-1.cbor")
}

fn make() -> Golden {
    let mut world = World::with(&[("alice", Role::Admin), ("bob", Role::Member), ("carol", Role::Member)]);
    let past = world.clients[0].encrypt("from the past").unwrap();
    world.commit(1, &[], None).unwrap();
    world.say(2, "present");
    world.propose(2, 2).unwrap();
    let store = world.clients[1].store.snapshot();
    let snapshot = world.relay.snapshot();
    let authenticator = world.clients[1].state().epoch_authenticator();
    let committed = world.make(0, &[], &[], None).unwrap();
    Golden {
        values: store.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
        snapshot: snapshot.into(),
        past: past.into(),
        commit: committed.commit.into(),
        authenticator: authenticator.into(),
    }
}

#[test]
fn a_group_stored_by_the_first_version_still_loads() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path().parent().unwrap()).unwrap();
        fs::write(path(), minicbor::to_vec(make()).unwrap()).unwrap();
    }
    let golden: Golden = minicbor::decode(&fs::read(path()).unwrap()).unwrap();
    let org = TestOrg::new("example.org");
    let trust = org.trust();
    let mut relay = RelayGroup::from_snapshot(&golden.snapshot, &trust).unwrap();
    assert_eq!(relay.snapshot(), golden.snapshot.to_vec(), "a snapshot is written as it was read");
    let store = MemoryStore::from_values(golden.values.into_iter().map(|(key, value)| (key.into(), value.into())));
    let mut group = Group::load(&store, &trust, relay.id()).unwrap();
    assert_eq!((group.epoch(), group.epoch()), (2, relay.epoch()));
    assert_eq!(group.leaves(), relay.leaves());
    assert_eq!(group.pending_proposals().len(), 1);
    assert_eq!(relay.pending_removals(), [2]);
    assert_eq!(group.epoch_authenticator(), golden.authenticator.to_vec());
    let past = group.process(&store, &trust, &golden.past, org.now()).unwrap();
    assert!(matches!(past, Processed::Application { epoch: 1, .. }));
    assert!(matches!(group.process(&store, &trust, &golden.commit, org.now()), Ok(Processed::Commit { .. })));
    relay.replay(&golden.commit).unwrap();
    assert_eq!((group.leaves(), group.data()), (relay.leaves(), relay.data()));
}
