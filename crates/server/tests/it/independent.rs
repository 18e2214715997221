//! An independent MLS implementation takes part through the documented API alone.
//!
//! The outsider is written from docs/protocol: its MLS is mls-rs, its certificates, JSON, frames and content are made in the modules
//! below without the project's crates. The other side are the relay and devices that run `chancery_mls`.

mod cbor;
mod certificates;
mod content;
mod crypto;
mod outsider;
mod relay;
mod stack;

use crate::support::*;
use chancery_mls::{Processed, Role};
use chancery_server::testkit::TestServer;
use chancery_wire::{
    GroupId,
    api::{Request, enrolment},
    content::{Body, MimiContent, compose},
    frames::{ItemKind, LogItem},
    signed::Suite,
};
use content::LogView;
use mls_rs::client_builder::MlsConfig;
use outsider::{Change, Event, Outsider};

/// An invited person who uses something else than Chancery.
async fn outsider(server: &TestServer, alice: &mut Client, ordinary: usize) -> Outsider<impl MlsConfig + use<>> {
    let (invitation, seed) = server.organisation.invitation("bob", &mut alice.rng, now_seconds());
    let body = enrolment::Invite { invitation: invitation.bytes().to_vec().into() };
    alice.ok(Request::Invite { body }).await;
    let link = server.organisation.link(&server.url(), seed).to_text();
    let suite = match alice.suite {
        Suite::Classical => (0x0001, "classical"),
        Suite::Hybrid => (0x004F, "hybrid"),
    };
    outsider::join(&link, crypto::Provider, suite, ordinary, now_seconds()).await
}

/// A text as our clients write it.
fn text(client: &mut Client, words: &str) -> Vec<u8> {
    compose::text(&mut client.rng, words).to_vec()
}

/// Alice's text with her view of the log.
async fn write(alice: &mut Client, group: &GroupId, view: &LogView, words: &str) {
    let content = text(alice, words);
    let of = alice.groups.get_mut(group).unwrap();
    let body = of.encrypt(&alice.store, &alice.device, &content, &view.seen()).unwrap();
    of.flush(&alice.store).unwrap();
    let epoch = of.epoch();
    let item = alice.new_item();
    let body = chancery_wire::api::groups::Append {
        item,
        kind: ItemKind::Application,
        epoch,
        body: body.into(),
        group_info: None,
        welcome: None,
        quiet: false,
    };
    alice.ok(Request::Append { group: group.clone(), body }).await;
}

/// What our client reads in an item: words, and the sender's authenticated data.
fn read(client: &mut Client, group: &GroupId, item: &LogItem) -> (String, Vec<u8>) {
    let of = client.groups.get_mut(group).unwrap();
    match of.process(&client.store, &client.trust, &item.body, now_seconds()).unwrap() {
        Processed::Application { content, aad, .. } => {
            let content = MimiContent::from_slice(&content).unwrap();
            (Body::of(&content).texts().concat(), aad)
        }
        other => panic!("{other:?}"),
    }
}

async fn last(client: &Client, group: &GroupId) -> LogItem {
    client.log(group, 0).await.unwrap().items.pop().unwrap()
}

fn view(client: &Client, group: &GroupId) -> LogView {
    let group = &client.groups[group];
    LogView::begin(group.epoch(), &group.epoch_authenticator())
}

#[tokio::test]
async fn another_implementation_joins_talks_commits_and_is_removed() {
    join_talk_commit(Suite::Classical).await;
}

#[tokio::test]
async fn another_implementation_joins_talks_commits_and_is_removed_in_the_hybrid_suite() {
    join_talk_commit(Suite::Hybrid).await;
}

async fn join_talk_commit(suite: Suite) {
    let server = TestServer::start_with(suite, |_| {}).await;
    let mut alice = Client::join(&server, "alice").await;
    let mut bob = outsider(&server, &mut alice, 3).await;
    let bobs_id = bob.caller.user.parse().unwrap();
    let group = alice.create_group(&[(&bobs_id, Role::Admin)]).await;
    alice.add(&group, &[&bobs_id]).await;
    let id = group.to_string();

    let mut delivery = bob.connect().await;
    let (_, invites) = delivery.catch_up(&[], 0).await;
    bob.accept(&invites[0]).await;
    let (items, _) = delivery.catch_up(&[(&id, invites[0].seq)], invites[0].n).await;
    assert!(items.is_empty());

    // Both ways, with the same view of the log.
    let mut alices_view = view(&alice, &group);
    write(&mut alice, &group, &alices_view, "Guten Morgen, *Bob*").await;
    let item = last(&alice, &group).await;
    alices_view.append(item.seq, item.item.as_bytes(), &item.body);
    let event = bob.process(&id, &delivery.item().await);
    assert_eq!(event, Event::Text { from: alice.user.to_string(), words: "Guten Morgen, *Bob*".to_owned() });
    let (item, epoch, body) = bob.encrypt(&id, "Привет, Alice 👋");
    assert_eq!(delivery.post(&id, item, epoch, &body).await, 3);
    let item = last(&alice, &group).await;
    assert_eq!(read(&mut alice, &group, &item), ("Привет, Alice 👋".to_owned(), alices_view.seen()));
    alices_view.append(item.seq, item.item.as_bytes(), &item.body);

    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Own]);

    // A commit of ours, and one of its own: both are in the same epoch.
    let committed = alice.commit(&group, &[], &[]);
    alice.append_commit(&group, &committed).await.unwrap();
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Epoch(2)]);
    bob.commit(&id, Change::default()).await;
    assert_eq!(bob.group(&id).mls.current_epoch(), 2, "it is merged when the log shows it");
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Epoch(3)]);
    let item = last(&alice, &group).await;
    alice.process(&group, &item);
    assert_same_epoch(&alice, &group, &mut bob);

    // A device of ours comes in, and the relay proposes to remove it. Bob commits that.
    let second = alice.link(&server, 77).await;
    let packages = alice.claim(&[&alice.user]).await;
    let committed = alice.commit(&group, &packages, &[]);
    alice.append_commit(&group, &committed).await.unwrap();
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Epoch(4)]);
    assert_eq!(bob.group(&id).mls.roster().members().len(), 3);
    alice.ok(Request::RemoveDevice { device: second.device_id }).await;
    removed_everywhere(&alice).await;
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Proposed]);
    bob.commit(&id, Change::default()).await;
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Epoch(5)]);
    for item in alice.log(&group, 6).await.unwrap().items {
        alice.process(&group, &item);
    }
    assert_same_epoch(&alice, &group, &mut bob);
    assert_eq!(alice.groups[&group].leaves().len(), 2);
    bob.post(&id, "nobody else is here").await;
    let item = last(&alice, &group).await;
    assert_eq!(read(&mut alice, &group, &item).0, "nobody else is here");
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Own]);

    // Removed, it sees so, and gets nothing more.
    let leaf = alice.groups[&group].leaves().iter().find(|leaf| leaf.user == bobs_id).unwrap().index;
    let committed = alice.commit(&group, &[], &[leaf]);
    alice.append_commit(&group, &committed).await.unwrap();
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Removed]);
    alice.post(&group, b"not for Bob").await.unwrap();
    let refusal = bob.relay.call("GET", &format!("/v1/groups/{id}/group-info"), None).await.unwrap_err();
    assert!(refusal.contains("not_member"), "{refusal}");
    assert_eq!(bob.sync(&mut delivery, &id).await, []);
}

#[tokio::test]
async fn another_implementation_makes_a_group_adds_rejoins_and_leaves() {
    make_add_rejoin_leave(Suite::Classical).await;
}

#[tokio::test]
async fn another_implementation_makes_a_group_adds_rejoins_and_leaves_in_the_hybrid_suite() {
    make_add_rejoin_leave(Suite::Hybrid).await;
}

async fn make_add_rejoin_leave(suite: Suite) {
    let server = TestServer::start_with(suite, |_| {}).await;
    let mut alice = Client::join(&server, "alice").await;
    let mut carol = Client::join(&server, "carol").await;
    let mut bob = outsider(&server, &mut alice, 3).await;
    let (alices_id, carols_id, bobs_id) = (alice.user.to_string(), carol.user.to_string(), bob.caller.user.clone());
    let two = [(bobs_id.as_str(), 0), (alices_id.as_str(), 1)];
    let id = bob.create_group(&two).await;
    let group: GroupId = id.parse().unwrap();
    let mut delivery = bob.connect().await;

    // People come in by its commits, one together with a role.
    let add = bob.claim(&[&alices_id]).await;
    bob.commit(&id, Change { add, ..Change::default() }).await;
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Epoch(1)]);
    let caught = alice.connect().await.catch_up(&[], 0).await;
    alice.accept(caught.welcomes()[0]).await;
    assert_same_epoch(&alice, &group, &mut bob);
    let add = bob.claim(&[&carols_id]).await;
    let three = [two[0], two[1], (carols_id.as_str(), 2)];
    bob.commit(&id, Change { add, roles: Some(&three), ..Change::default() }).await;
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Epoch(2)]);
    let item = last(&alice, &group).await;
    alice.process(&group, &item);
    let caught = carol.connect().await.catch_up(&[], 0).await;
    carol.accept(caught.welcomes()[0]).await;
    assert_eq!(carol.groups[&group].data().roles[&carol.user], Role::Reader);
    assert_same_epoch(&carol, &group, &mut bob);

    // It takes Carol out again.
    let leaf = alice.leaf_of(&group, carol.device_id);
    bob.commit(&id, Change { remove: vec![leaf], roles: Some(&two), ..Change::default() }).await;
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Epoch(3)]);
    let item = last(&alice, &group).await;
    alice.process(&group, &item);
    assert_same_epoch(&alice, &group, &mut bob);

    // It lost its state and comes back.
    let seq = bob.rejoin(&id).await;
    let item = last(&alice, &group).await;
    assert_eq!(item.seq, seq);
    alice.process(&group, &item);
    assert_same_epoch(&alice, &group, &mut bob);
    let words = text(&mut alice, "welcome back");
    alice.post(&group, &words).await.unwrap();
    let back = Event::Text { from: alices_id.clone(), words: "welcome back".to_owned() };
    assert_eq!(bob.sync(&mut delivery, &id).await, [back]);

    // It leaves by a proposal, which Alice commits.
    let leaf = bob.group(&id).mls.current_member_index();
    bob.propose_removal(&id, leaf).await;
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Proposed]);
    let item = last(&alice, &group).await;
    alice.process(&group, &item);
    let committed = alice.commit(&group, &[], &[]);
    alice.append_commit(&group, &committed).await.unwrap();
    assert_eq!(alice.groups[&group].data().roles[&alice.user], Role::Admin, "somebody has to be");
    assert_eq!(bob.sync(&mut delivery, &id).await, [Event::Removed]);
}

#[tokio::test]
async fn another_implementation_is_added_again_and_again_by_its_last_resort() {
    let server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let mut bob = outsider(&server, &mut alice, 1).await;
    let bobs_id = bob.caller.user.parse().unwrap();
    for _ in 0..3 {
        let group = alice.create_group(&[(&bobs_id, Role::Member)]).await;
        alice.add(&group, &[&bobs_id]).await;
    }
    let (_, invites) = bob.connect().await.catch_up(&[], 0).await;
    assert_eq!(invites.len(), 3);
    for invite in &invites {
        bob.accept(invite).await;
        assert_same_epoch(&alice, &invite.group.parse().unwrap(), &mut bob);
    }
}

/// Both are in the same epoch, and so have the same secrets.
fn assert_same_epoch<C: MlsConfig>(ours: &Client, group: &GroupId, theirs: &mut Outsider<C>) {
    let (ours, theirs) = (&ours.groups[group], theirs.group(&group.to_string()));
    assert_eq!(ours.suite().number(), theirs.mls.cipher_suite().raw_value());
    assert_eq!(ours.epoch(), theirs.mls.current_epoch());
    assert_eq!(ours.epoch_authenticator()[..], theirs.mls.epoch_authenticator().unwrap()[..]);
}
