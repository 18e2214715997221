//! Leaving, being removed, and who is administrator afterwards.

use crate::{kit::*, rogue::Rogue};
use chancery_mls::{
    GroupData, MlsError, Processed, Role,
    rules::{Actor, Change, Violation},
};
use openmls::prelude::{MlsMessageIn, OpenMlsProvider as _, ProcessedMessageContent, tls_codec::Deserialize as _};

const TRIO: [(&str, Role); 3] = [("alice", Role::Admin), ("bob", Role::Member), ("carol", Role::Member)];

#[test]
fn who_leaves_loses_the_role_with_the_last_device() {
    let mut world = World::with(&TRIO);
    world.add(1, &["bob"], None).unwrap();
    world.propose(1, world.clients[3].index()).unwrap();
    world.commit(2, &[], None).unwrap();
    assert_eq!(world.relay.data().role(&world.id("bob")), Some(Role::Member));
    world.propose(1, world.clients[1].index()).unwrap();
    assert!(matches!(world.make(1, &[], &[], None), Err(MlsError::Rule(Violation::OwnRemoval))));
    let committed = world.make(2, &[], &[], None).unwrap();
    world.deliver(2, &committed).unwrap();
    assert_eq!(world.relay.data().role(&world.id("bob")), None);
    assert!(!world.clients[1].state().is_member());
    world.say(0, "Bob left");
}

#[test]
fn the_last_admin_who_leaves_is_succeeded_by_the_lowest_leaf() {
    let mut world = World::with(&TRIO);
    let alice = world.clients[0].index();
    world.propose(0, alice).unwrap();
    // Carol commits; Bob, who has the lowest remaining leaf, becomes administrator.
    world.commit(2, &[], None).unwrap();
    let data = world.relay.data();
    assert_eq!(data.role(&world.id("alice")), None);
    assert_eq!(data.role(&world.id("bob")), Some(Role::Admin));
    assert_eq!(data.role(&world.id("carol")), Some(Role::Member));
    let renamed = GroupData { purpose: "Bob's now".into(), ..data.clone() };
    world.commit(1, &[], Some(renamed)).unwrap();
}

#[test]
fn an_admin_whom_the_relay_removes_is_succeeded_and_keeps_the_role() {
    let mut world = World::with(&TRIO);
    world.expel(&[0]);
    assert_eq!(world.relay.pending_removals(), [0]);
    world.commit(1, &[], None).unwrap();
    assert_eq!(world.relay.data().role(&world.id("alice")), Some(Role::Admin));
    assert_eq!(world.relay.data().role(&world.id("bob")), Some(Role::Admin));
    // Her new device comes back without an administrator's doing.
    world.add(2, &["alice"], None).unwrap();
}

#[test]
fn a_proposal_that_waits_already_is_not_taken_again() {
    let mut world = World::with(&TRIO);
    let proposal = world.propose(1, 1).unwrap();
    let bob = world.clients[1].device.owner().clone();
    let again = world.relay.apply_proposal(&world.trust, (&bob.user, &bob.device), &proposal);
    assert!(matches!(again, Err(MlsError::Refused(_))), "{again:?}");
    world.commit(2, &[], None).unwrap();
}

#[test]
fn the_same_removal_proposed_twice_is_committed_once() {
    let mut world = World::with(&TRIO);
    world.propose(1, 1).unwrap();
    world.expel(&[1, 1]);
    assert_eq!(world.relay.pending_removals(), [1]);
    assert_eq!(
        world.relay.propose_removals(&world.trust, &world.org.relay, &[1, 9]).unwrap_err().to_string(),
        MlsError::Rule(Violation::UnknownLeaf).to_string()
    );
    world.commit(0, &[1], None).unwrap();
    assert!(!world.clients[1].state().is_member());
    assert_eq!(world.relay.data().role(&world.id("bob")), None);
    assert!(world.relay.pending_removals().is_empty());
}

#[test]
fn who_commits_a_leave_has_to_drop_the_role() {
    let mut world = World::with(&TRIO);
    let mut rogue = Rogue::join(&mut world, "bob");
    // Carol leaves; the rogue sees the proposal and keeps her role, so that she could be brought back.
    let carol = world.clients[2].index();
    let proposal = world.propose(2, carol).unwrap();
    let message = MlsMessageIn::tls_deserialize_exact(&proposal).unwrap().try_into_protocol_message().unwrap();
    let processed = rogue.mls.process_message(&rogue.provider, message).unwrap();
    let ProcessedMessageContent::ProposalMessage(queued) = processed.into_content() else { panic!() };
    rogue.mls.store_pending_proposal(rogue.provider.storage(), *queued).unwrap();
    let committed = rogue.commit(|commit| commit);
    let (by_relay, by_client) = rogue.try_commit(&mut world, &committed);
    for error in [by_relay, by_client] {
        assert!(matches!(error, MlsError::Rule(Violation::LeaverKeepsRole)), "{error}");
    }
}

#[test]
fn proposals_and_commits_tell_who_did_what() {
    let mut world = World::with(&TRIO);
    let bob = world.clients[1].device.owner().clone();
    let carol = world.clients[2].device.owner().clone();
    let client = &mut world.clients[1];
    let proposal = client.group.as_mut().unwrap().propose_remove(&client.store, &client.device, 1).unwrap();
    world.relay.apply_proposal(&world.trust, (&bob.user, &bob.device), &proposal).unwrap();
    let forged = world.relay.apply_proposal(&world.trust, (&carol.user, &carol.device), &proposal);
    assert!(matches!(forged, Err(MlsError::Mismatch(_))));
    let by = Actor::Member { user: bob.user.clone(), device: bob.device };
    for client in [0, 1, 2] {
        let Processed::Proposal { actor, change } = world.process(client, &proposal).unwrap() else { panic!() };
        assert_eq!(actor, by);
        assert_eq!(change, Change::Remove { user: bob.user.clone(), device: bob.device, proposed_by: None });
    }
    let applied = world.commit(2, &[], None).unwrap();
    assert_eq!(applied.actor, Actor::Member { user: carol.user, device: carol.device });
    let removed = Change::Remove { user: bob.user.clone(), device: bob.device, proposed_by: Some(by) };
    assert!(applied.changes.contains(&removed));
    assert_eq!(applied.removed, [(bob.user, bob.device)]);
}

#[test]
fn a_direct_conversation_is_never_left_and_never_grows() {
    let mut world = World::direct();
    world.say(0, "just us");
    assert!(matches!(world.propose(1, 1), Err(MlsError::Rule(Violation::DirectLeave))));
    let carol = world.add(0, &["carol"], None);
    assert!(matches!(carol, Err(MlsError::Rule(Violation::DirectMembers))));
    assert!(matches!(world.commit(0, &[1], None), Err(MlsError::Rule(Violation::NotAdmin))));
    world.add(0, &["bob"], None).unwrap();
    world.propose(1, 1).unwrap();
    // The other device has to stay: the first one's removal is pending already.
    assert!(matches!(world.propose(2, 2), Err(MlsError::Rule(Violation::DirectLeave))));
    world.commit(0, &[], None).unwrap();
    world.expel(&[2]);
    world.commit(0, &[], None).unwrap();
    assert_eq!(world.relay.leaves().len(), 1);
    assert_eq!(world.relay.data().roles.len(), 2);
}
