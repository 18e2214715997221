//! The ordinary life of a group.

use crate::kit::*;
use chancery_mls::{Group, Join, Processed, RelayGroup, Role, rules::Change};
use chancery_wire::signed::Suite;

const TRIO: [(&str, Role); 3] = [("alice", Role::Admin), ("bob", Role::Member), ("carol", Role::Member)];

#[test]
fn people_with_several_devices_talk_in_both_suites() {
    for suite in Suite::ALL {
        let mut world = World::of(suite, &TRIO);
        assert_eq!(world.clients[0].state().suite(), suite);
        world.say(0, "hello");
        world.say(2, "hello, Alice");
        world.add(1, &["bob"], None).unwrap();
        assert_eq!(world.relay.leaves().len(), 4);
        world.say(3, "from my second device");
        world.commit(2, &[], None).unwrap();
        assert!(!world.clients[2].state().needs_self_update());
        world.say(1, "after an update");
    }
}

#[test]
fn a_removed_member_reads_nothing_more() {
    let mut world = World::with(&TRIO);
    let carol = world.clients[2].index();
    let data = world.relay.data().without_users(&[world.id("carol")], &world.relay.leaves()[..2]);
    let applied = world.commit(0, &[carol], Some(data)).unwrap();
    assert_eq!(applied.removed.len(), 1);
    assert!(!world.clients[2].state().is_member());
    assert!(world.clients[2].state().own_leaf().is_err());
    let message = world.clients[0].encrypt("secret").unwrap();
    assert!(world.process(2, &message).is_err());
    assert!(world.clients[2].encrypt("too late").is_err());
    world.say(1, "only us");
}

#[test]
fn state_survives_flush_and_load() {
    let mut world = World::with(&TRIO);
    for round in 0..3 {
        for client in 0..3 {
            world.say(client, &format!("round {round}"));
            world.clients[client].reload(&world.org);
        }
        world.commit(round, &[], None).unwrap();
        for client in 0..3 {
            world.clients[client].reload(&world.org);
        }
        world.check();
    }
}

#[test]
fn a_snapshot_and_the_log_after_it_equal_the_live_group() {
    let mut world = World::with(&TRIO);
    let snapshot = world.relay.snapshot();
    let mut log = Vec::new();
    log.push(world.propose(2, 2).unwrap());
    let committed = world.make(0, &[], &[], None).unwrap();
    world.deliver(0, &committed).unwrap();
    log.push(committed.commit);
    world.expel(&[1]);
    let proposals = world.relay.propose_removals(&world.trust, &world.org.relay, &[1]).unwrap();
    log.extend(proposals);
    let mut replayed = RelayGroup::from_snapshot(&snapshot, &world.trust).unwrap();
    for item in log {
        replayed.replay(&item).unwrap();
    }
    assert_eq!(replayed.snapshot(), world.relay.snapshot());
    assert_eq!(replayed.pending_removals(), [1]);
    assert_eq!(replayed.tree(), world.relay.tree());
    assert_eq!((replayed.leaves(), replayed.data()), (world.relay.leaves(), world.relay.data()));
}

#[test]
fn two_hundred_and_fifty_devices_join_by_one_commit() {
    let org = chancery_mls::testkit::TestOrg::new("example.org");
    let mut data = roles(&org, &[("admin", Role::Admin)]);
    let names: Vec<String> = (0..250).map(|n| format!("user{n}")).collect();
    for name in &names {
        data.roles.insert(org.user_id(name), Role::Member);
    }
    let mut world = World::create(org, Suite::Classical, "admin", data);
    let clients: Vec<Client> = names.iter().map(|name| Client::new(world.org.device(name, "phone"))).collect();
    let packages: Vec<_> = clients.iter().map(|client| key_package(&world.org, client, Suite::Classical)).collect();
    let committed = world.make(0, &packages, &[], None).unwrap();
    let applied = world.deliver(0, &committed).unwrap();
    assert_eq!(applied.added.len(), 250);
    assert_eq!(applied.added_key_packages.len(), 250);
    let tree = world.relay.tree();
    for at in [0, 249] {
        let client = &clients[at];
        let at = applied.added.iter().position(|(_, device)| *device == client.device.owner().device).unwrap();
        let welcome =
            RelayGroup::trim_welcome(committed.welcome.as_ref().unwrap(), &applied.added_key_packages[at]).unwrap();
        assert!(welcome.len() < committed.welcome.as_ref().unwrap().len() / 2);
        let join = Join::open(&client.store, &client.device, &world.trust, &welcome, &tree).unwrap();
        assert_eq!(join.sender().user, world.id("admin"));
        let mut group: Group = join.accept(&client.store).unwrap();
        let message = world.clients[0].encrypt("welcome").unwrap();
        let processed = group.process(&client.store, &world.trust, &message, world.org.now()).unwrap();
        assert!(matches!(processed, Processed::Application { .. }));
        assert!(group.needs_self_update());
    }
}

#[test]
fn a_commit_tells_what_it_changed() {
    let mut world = World::with(&TRIO);
    let data = chancery_mls::GroupData { purpose: "lunch".into(), ..world.relay.data().clone() };
    let committed = world.make(0, &[], &[], Some(data.clone())).unwrap();
    let Processed::Commit { changes, removed, .. } = world.process(1, &committed.commit).unwrap() else { panic!() };
    assert_eq!((changes, removed), (vec![Change::SetData(data)], false));
}
