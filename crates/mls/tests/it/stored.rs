//! What is stored, and when.

use crate::kit::*;
use chancery_mls::{
    Group, Join, MlsError, Processed, RelayGroup, Role, sealed,
    testkit::{MemoryStore, TestOrg},
};
use chancery_wire::signed::Suite;

const DUO: [(&str, Role); 2] = [("alice", Role::Admin), ("bob", Role::Member)];
const SECRETS: &str = "mls.message-secrets";

#[test]
fn a_thousand_messages_write_the_message_secrets_once() {
    let mut world = World::with(&DUO);
    let written = world.clients[0].store.writes(SECRETS);
    let messages: Vec<_> = (0..1000).map(|n| world.clients[0].encrypt(&format!("{n}")).unwrap()).collect();
    let bob = &mut world.clients[1];
    let before = bob.store.writes(SECRETS);
    let group = bob.group.as_mut().unwrap();
    for message in &messages {
        group.process(&bob.store, &world.trust, message, world.org.now()).unwrap();
    }
    assert_eq!(bob.store.writes(SECRETS), before);
    group.flush(&bob.store).unwrap();
    group.flush(&bob.store).unwrap();
    assert_eq!(bob.store.writes(SECRETS), before + 1);
    assert_eq!(world.clients[0].store.writes(SECRETS), written, "nor does encrypting, before the flush");
}

#[test]
fn the_ratchet_goes_on_after_flush_and_load() {
    let mut world = World::with(&DUO);
    let first = world.clients[0].encrypt("first").unwrap();
    world.clients[0].reload(&world.org);
    let second = world.clients[0].encrypt("second").unwrap();
    // Were the ratchet where it was, the second message would use the first one's key, which Bob deleted.
    for message in [first, second] {
        assert!(matches!(world.process(1, &message), Ok(Processed::Application { .. })));
    }
}

#[test]
fn a_commit_that_could_not_be_stored_is_processed_after_rolling_back() {
    let mut world = World::with(&DUO);
    let committed = world.make(0, &[], &[], None).unwrap();
    let bob = &mut world.clients[1];
    let before = bob.store.snapshot();
    bob.store.fail_writes(Some("mls.tree"));
    let now = world.org.now();
    let failed = bob.group.as_mut().unwrap().process(&bob.store, &world.trust, &committed.commit, now);
    assert!(matches!(failed, Err(MlsError::Store(_))));
    bob.store.fail_writes(None);
    bob.store.restore(before);
    let id = world.relay.id().clone();
    bob.group = Some(Group::load(&bob.store, &world.trust, &id).unwrap());
    world.deliver(0, &committed).unwrap();
    world.say(1, "as if nothing had been");
}

#[test]
fn a_pending_commit_survives_a_restart() {
    let mut world = World::with(&DUO);
    let committed = world.make(1, &[], &[], None).unwrap();
    world.clients[1].reload(&world.org);
    assert!(world.clients[1].state().has_pending_commit());
    world.say(1, "in the old epoch meanwhile");
    world.deliver(1, &committed).unwrap();
    assert!(!world.clients[1].state().has_pending_commit());
}

#[test]
fn a_last_resort_key_package_serves_twice() {
    let org = TestOrg::new("example.org");
    let bob = Client::new(org.device("bob", "phone"));
    let made = bob.device.make_key_packages(&bob.store, Suite::Classical, 1, true, org.now()).unwrap();
    let package = chancery_mls::VerifiedKeyPackage::verify(&made[0], &org.trust(), org.now()).unwrap();
    for seed in ["example.org", "example.org"] {
        let mut other = TestOrg::new(seed);
        other.key();
        other.enrolment = org.enrolment.clone();
        let data = roles(&other, &DUO);
        let mut world = World::create(other, Suite::Classical, "alice", data);
        let committed = world.make(0, std::slice::from_ref(&package), &[], None).unwrap();
        world.deliver(0, &committed).unwrap();
        let welcome = RelayGroup::trim_welcome(&committed.welcome.unwrap(), &made[0]).unwrap();
        let join = Join::open(&bob.store, &bob.device, &world.trust, &welcome, &world.relay.tree()).unwrap();
        let group = join.accept(&bob.store).unwrap();
        group.delete(&bob.store).unwrap();
        assert!(matches!(Group::load(&bob.store, &world.trust, world.relay.id()), Err(MlsError::UnknownGroup)));
        assert_eq!(bob.store.snapshot().len(), 1, "only the last-resort key package stays");
    }
}

#[test]
fn a_group_that_we_are_in_is_not_replaced_by_an_old_welcome() {
    let mut world = World::with(&DUO);
    let carol = Client::new(world.org.device("bob", "phone"));
    let made = carol.device.make_key_packages(&carol.store, world.suite, 1, true, world.org.now()).unwrap();
    let package = chancery_mls::VerifiedKeyPackage::verify(&made[0], &world.trust, world.org.now()).unwrap();
    let committed = world.make(0, &[package], &[], None).unwrap();
    world.deliver(0, &committed).unwrap();
    let (welcome, tree) = (committed.welcome.unwrap(), world.relay.tree());
    let join = || Join::open(&carol.store, &carol.device, &world.trust, &welcome, &tree);
    join().unwrap().accept(&carol.store).unwrap();
    assert!(matches!(join().map(|_| ()), Err(MlsError::Epoch { .. })));
}

#[test]
fn exported_secrets_agree_and_differ_by_label() {
    let world = World::with(&DUO);
    let export = |client: usize, label| world.clients[client].state().export_secret(label, b"c").unwrap();
    assert_eq!(export(0, "a"), export(1, "a"));
    assert_ne!(export(0, "a"), export(0, "b"));
}

#[test]
fn what_is_sealed_opens_with_the_key_and_the_info_only() {
    for suite in Suite::ALL {
        let (key, other) = (sealed::generate(suite).unwrap(), sealed::generate(suite).unwrap());
        let bytes = sealed::seal(suite, &key.public, b"info", b"plaintext").unwrap();
        assert_eq!(sealed::open(suite, &key.private, b"info", &bytes).unwrap(), b"plaintext");
        assert!(sealed::open(suite, &key.private, b"other", &bytes).is_err());
        assert!(sealed::open(suite, &other.private, b"info", &bytes).is_err());
        assert!(sealed::open(suite, &key.private, b"info", &bytes[1..]).is_err());
        assert!(sealed::seal(suite, b"no key", b"info", b"plaintext").is_err());
    }
}

#[test]
fn a_store_of_another_version_is_refused_and_not_misread() {
    let mut world = World::with(&DUO);
    world.clients[0].reload(&world.org);
    let values = world.clients[0].store.snapshot().into_iter().map(|(key, mut value)| {
        value[0] += 1;
        (key, value)
    });
    let store = MemoryStore::from_values(values);
    assert!(matches!(Group::load(&store, &world.trust, world.relay.id()), Err(MlsError::Store(_))));
}
