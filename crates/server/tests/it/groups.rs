//! Groups and their logs.

use crate::support::*;
use chancery_mls::{Group, Role};
use chancery_server::testkit::TestServer;
use chancery_wire::{
    Code, GroupId,
    api::{Request, Response, groups},
    frames::{InboxEvent, ItemKind, ServerFrame},
};

#[tokio::test]
async fn a_group_is_made_filled_and_talks() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let appended = alice.post(&group, b"hello").await.unwrap();
    assert_eq!(appended.seq, 2);
    let page = bob.log(&group, 1).await.unwrap();
    assert_eq!((seqs(&page.items), page.head), (vec![2], 2));
    assert_eq!(bob.process(&group, &page.items[0]).unwrap(), b"hello");
    bob.post(&group, b"hello back").await.unwrap();
    let page = alice.log(&group, 2).await.unwrap();
    assert_eq!(alice.process(&group, &page.items[0]).unwrap(), b"hello back");
    let Response::Groups(listed) = bob.ok(Request::ListGroups {}).await else { panic!() };
    let state = &listed.groups[0];
    assert_eq!((state.epoch, state.head, state.joined_seq, state.removed_seq), (1, 3, 1, None));
    server.stop().await;
}

#[tokio::test]
async fn the_same_group_again_succeeds_and_another_under_its_id_is_refused() {
    let server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let request = alice.create_request(&[]);
    alice.ok(request.clone()).await;
    alice.ok(request.clone()).await;
    assert_eq!(bob.refused(request).await.code, Code::CommitInvalid, "the leaf isn't Bob's");
    let Request::CreateGroup { body } = alice.create_request(&[]) else { panic!() };
    let elsewhere =
        groups::CreateGroup { group: "00112233445566778899aabbccddeeff@elsewhere.org".parse().unwrap(), ..body };
    assert_eq!(alice.refused(Request::CreateGroup { body: elsewhere }).await.code, Code::InvalidRequest);
}

#[tokio::test]
async fn an_item_sent_again_gets_the_stored_answer() {
    let server = TestServer::start().await;
    let (mut alice, _bob, group) = pair(&server).await;
    let message = alice.message(&group, b"once");
    let Response::Appended(first) = alice.ok(message.clone()).await else { panic!() };
    let Response::Appended(again) = alice.ok(message.clone()).await else { panic!() };
    assert_eq!(first, again);
    let committed = alice.commit(&group, &[], &[]);
    let item = alice.new_item();
    let commit = Client::commit_request(&group, item, &committed);
    let Response::Appended(first) = alice.ok(commit.clone()).await else { panic!() };
    let Response::Appended(again) = alice.ok(commit).await else { panic!() };
    assert_eq!(first, again);
    let Response::Appended(late) = alice.ok(message).await else { panic!() };
    assert_eq!(late.seq, 2, "an answered item keeps its answer in later epochs");
    assert_eq!(alice.log(&group, 0).await.unwrap().head, 3);
}

#[tokio::test]
async fn a_stale_commit_is_refused_with_the_current_epoch() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let of_alice = alice.commit(&group, &[], &[]);
    let of_bob = bob.commit(&group, &[], &[]);
    alice.append_commit(&group, &of_alice).await.unwrap();
    let refusal = bob.append_commit(&group, &of_bob).await.unwrap_err();
    assert_eq!((refusal.code, refusal.current_epoch), (Code::WrongEpoch, Some(2)));
}

#[tokio::test]
async fn of_many_commits_at_once_exactly_one_wins() {
    let server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let mut others = Vec::new();
    for name in ["bob", "carol", "dave", "erin"] {
        others.push(Client::join(&server, name).await);
    }
    let users: Vec<_> = others.iter().map(|client| client.user.clone()).collect();
    let roles: Vec<_> = users.iter().map(|user| (user, Role::Member)).collect();
    let group = alice.create_group(&roles).await;
    alice.add(&group, &users.iter().collect::<Vec<_>>()).await;
    for client in &mut others {
        let caught = client.connect().await.catch_up(&[], 0).await;
        client.accept(caught.welcomes()[0]).await;
    }
    let mut tasks = tokio::task::JoinSet::new();
    for mut client in others {
        let committed = client.commit(&group, &[], &[]);
        let item = client.new_item();
        let request = Client::commit_request(&group, item, &committed);
        let (http, url, token) = (http(), server.url(), client.token.clone());
        tasks.spawn(async move { call(&http, &url, token.as_deref(), &request).await });
    }
    let outcomes = tasks.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refusal in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!((refusal.code, refusal.current_epoch), (Code::WrongEpoch, Some(2)));
    }
}

#[tokio::test]
async fn messages_of_recent_epochs_are_accepted_and_older_ones_refused() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let early = bob.message(&group, b"early");
    let later = bob.message(&group, b"later");
    for _ in 0..4 {
        let committed = alice.commit(&group, &[], &[]);
        alice.append_commit(&group, &committed).await.unwrap();
    }
    bob.ok(early).await;
    let committed = alice.commit(&group, &[], &[]);
    alice.append_commit(&group, &committed).await.unwrap();
    let refusal = bob.refused(later).await;
    assert_eq!((refusal.code, refusal.current_epoch), (Code::WrongEpoch, Some(6)));
}

#[tokio::test]
async fn messages_from_before_a_removal_are_refused() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let carol = Client::join(&server, "carol").await;
    let mut data = alice.groups[&group].data().clone();
    data.roles.insert(carol.user.clone(), Role::Member);
    let packages = alice.claim(&[&carol.user]).await;
    let changed = {
        let of = alice.groups.get_mut(&group).unwrap();
        of.commit(&alice.store, &alice.device, &alice.trust, &packages, &[], Some(data)).unwrap()
    };
    alice.append_commit(&group, &changed).await.unwrap();
    let from_before = bob.message(&group, b"Carol could read this");
    let leaf = alice.leaf_of(&group, carol.device_id);
    let committed = alice.commit(&group, &[], &[leaf]);
    alice.append_commit(&group, &committed).await.unwrap();
    let refusal = bob.refused(from_before).await;
    assert_eq!((refusal.code, refusal.current_epoch), (Code::WrongEpoch, Some(3)));
}

#[tokio::test]
async fn messages_from_before_an_addition_are_refused_because_the_new_device_could_not_read_them() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let from_before = bob.message(&group, b"only for those who are here");
    bob.link(&server, 5).await;
    let packages = alice.claim(&[&bob.user]).await;
    let new: Vec<_> = packages.into_iter().filter(|package| package.owner.device != bob.device_id).collect();
    let committed = alice.commit(&group, &new, &[]);
    alice.append_commit(&group, &committed).await.unwrap();
    let refusal = bob.refused(from_before).await;
    assert_eq!((refusal.code, refusal.current_epoch), (Code::WrongEpoch, Some(2)));
}

#[tokio::test]
async fn a_removed_member_reads_up_to_its_removal_and_sends_nothing() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let mut connection = bob.connect().await;
    connection.catch_up(&[(&group, 1)], 0).await;
    alice.post(&group, b"before").await.unwrap();
    let leaf = alice.leaf_of(&group, bob.device_id);
    let committed = alice.commit(&group, &[], &[leaf]);
    let removal = alice.append_commit(&group, &committed).await.unwrap();
    alice.post(&group, b"after").await.unwrap();
    assert_eq!(seqs(&connection.items(2).await), [2, 3]);
    let page = bob.log(&group, 0).await.unwrap();
    assert_eq!((seqs(&page.items), page.head), (vec![2, 3], removal.seq));
    let caught = bob.connect().await.catch_up(&[(&group, 0)], 0).await;
    assert_eq!((seqs(&caught.items), caught.heads[0].seq), (vec![2, 3], removal.seq));
    let late = bob.message(&group, b"late");
    assert_eq!(bob.refused(late).await.code, Code::NotMember);
    assert_eq!(bob.refused(Request::GetRejoinInfo { group: group.clone() }).await.code, Code::NotMember);
    // Nothing more came over the connection that was open all the time.
    alice.post(&group, b"still later").await.unwrap();
    let item = bob.new_item();
    let outcome = connection.post(&group, item, 1, vec![0; 10]).await;
    assert!(
        matches!(outcome, chancery_wire::frames::SendOutcome::Refused { refusal } if refusal.code == Code::NotMember)
    );
}

#[tokio::test]
async fn a_reader_reads_and_does_not_write() {
    let server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let mut bob = Client::join(&server, "bob").await;
    let group = alice.create_group(&[(&bob.user, Role::Reader)]).await;
    alice.add(&group, &[&bob.user]).await;
    let caught = bob.connect().await.catch_up(&[], 0).await;
    bob.accept(caught.welcomes()[0]).await;
    assert_eq!(bob.post(&group, b"may I?").await.unwrap_err().code, Code::RuleViolated);
    let mut data = alice.groups[&group].data().clone();
    data.roles.insert(bob.user.clone(), Role::Member);
    let promoted = {
        let of = alice.groups.get_mut(&group).unwrap();
        of.commit(&alice.store, &alice.device, &alice.trust, &[], &[], Some(data)).unwrap()
    };
    alice.append_commit(&group, &promoted).await.unwrap();
    let page = bob.log(&group, 1).await.unwrap();
    bob.process(&group, &page.items[0]);
    bob.post(&group, b"thank you").await.unwrap();
}

#[tokio::test]
async fn a_member_leaves_by_proposal_and_any_commit_has_to_include_it() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let ignorant = alice.commit(&group, &[], &[]);
    let leaf = bob.leaf_of(&group, bob.device_id);
    let proposal = {
        let of = bob.groups.get_mut(&group).unwrap();
        of.propose_remove(&bob.store, &bob.device, leaf).unwrap()
    };
    let item = bob.new_item();
    let body = groups::Append {
        item,
        kind: ItemKind::Proposal,
        epoch: 1,
        body: proposal.into(),
        group_info: None,
        welcome: None,
        quiet: false,
    };
    let Response::Appended(proposed) = bob.ok(Request::Append { group: group.clone(), body }).await else { panic!() };
    assert_eq!(alice.append_commit(&group, &ignorant).await.unwrap_err().code, Code::PendingRemovals);
    alice.groups.get_mut(&group).unwrap().clear_pending_commit(&alice.store).unwrap();
    let page = alice.log(&group, 1).await.unwrap();
    assert_eq!((page.items[0].seq, page.items[0].kind), (proposed.seq, ItemKind::Proposal));
    alice.process(&group, &page.items[0]);
    let committed = alice.commit(&group, &[], &[]);
    alice.append_commit(&group, &committed).await.unwrap();
    assert_eq!(bob.log(&group, 1).await.unwrap().head, 3);
    assert_eq!(bob.refused(Request::GetRejoinInfo { group }).await.code, Code::NotMember);
}

#[tokio::test]
async fn a_member_rejoins_by_external_commit_and_pending_removals_survive_it() {
    let server = TestServer::start().await;
    let (alice, mut bob, group) = pair(&server).await;
    let other = alice.link(&server, 900).await;
    let mut alice = alice;
    let packages = alice.claim(&[&alice.user.clone()]).await;
    let committed = alice.commit(&group, &packages, &[]);
    alice.append_commit(&group, &committed).await.unwrap();
    // Alice's other device is removed; before anybody commits that, Bob rejoins.
    alice.ok(Request::RemoveDevice { device: other.device_id }).await;
    removed_everywhere(&alice).await;
    let Response::RejoinInfo(info) = bob.ok(Request::GetRejoinInfo { group: group.clone() }).await else { panic!() };
    assert_eq!((info.epoch, info.seq), (2, 2));
    let rejoin = Group::rejoin(&bob.store, &bob.device, &bob.trust, &info.group_info.0, &info.tree.0, 1).unwrap();
    bob.groups.insert(group.clone(), rejoin.group);
    let item = bob.new_item();
    let Response::Appended(appended) = bob.ok(Client::commit_request(&group, item, &rejoin.committed)).await else {
        panic!()
    };
    let page = alice.log(&group, appended.seq - 1).await.unwrap();
    let kinds: Vec<_> = page.items.iter().map(|item| (item.kind, item.epoch, item.device)).collect();
    assert_eq!(kinds, [(ItemKind::Commit, 2, Some(bob.device_id)), (ItemKind::Proposal, 3, None),]);
    assert_eq!(other.call(Request::ListGroups {}).await.unwrap_err().code, Code::Unauthenticated);
    // Whoever was there processes both, and the removal goes on.
    for item in &alice.log(&group, 2).await.unwrap().items {
        alice.process(&group, item);
    }
    let committed = alice.commit(&group, &[], &[]);
    alice.append_commit(&group, &committed).await.unwrap();
    assert_eq!(alice.groups[&group].leaves().len(), 2);
}

#[tokio::test]
async fn somebody_added_later_joins_from_an_old_welcome_and_reads_on() {
    let server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let mut bob = Client::join(&server, "bob").await;
    let group = alice.create_group(&[(&bob.user, Role::Member)]).await;
    alice.add(&group, &[&bob.user]).await;
    // More commits than between two snapshots, before Bob looks.
    for _ in 0..70 {
        let committed = alice.commit(&group, &[], &[]);
        alice.append_commit(&group, &committed).await.unwrap();
    }
    let mut server = server;
    server.restart().await;
    alice.authenticate().await.unwrap();
    bob.authenticate().await.unwrap();
    let mut connection = bob.connect().await;
    let caught = connection.catch_up(&[], 0).await;
    let (joined, seq) = bob.accept(caught.welcomes()[0]).await;
    assert_eq!((&joined, seq), (&group, 1));
    let caught = connection.catch_up(&[(&group, seq)], caught.inbox.last().unwrap().n).await;
    for item in &caught.items {
        bob.process(&group, item);
    }
    assert_eq!(bob.groups[&group].epoch(), 71);
    alice.post(&group, b"there you are").await.unwrap();
    let item = connection.items(1).await.remove(0);
    assert_eq!(bob.process(&group, &item).unwrap(), b"there you are");
    // The Welcome was acknowledged and is gone.
    assert!(bob.connect().await.catch_up(&[], 0).await.welcomes().is_empty());
    let Response::RejoinInfo(info) = bob.ok(Request::GetRejoinInfo { group }).await else { panic!() };
    assert_eq!((info.epoch, info.seq), (71, 71));
}

#[tokio::test]
async fn an_unregistered_device_cannot_be_added() {
    let server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let unregistered = Client::unregistered(&server, &alice.person, 4711);
    let group = alice.create_group(&[]).await;
    let package = unregistered.key_packages(1).ordinary.remove(0);
    let package = chancery_mls::VerifiedKeyPackage::verify(&package.0, &alice.trust, now_seconds()).unwrap();
    let committed = alice.commit(&group, &[package], &[]);
    assert_eq!(alice.append_commit(&group, &committed).await.unwrap_err().code, Code::CommitInvalid);
    // The refused commit left nothing behind.
    alice.groups.get_mut(&group).unwrap().clear_pending_commit(&alice.store).unwrap();
    let committed = alice.commit(&group, &[], &[]);
    assert_eq!(alice.append_commit(&group, &committed).await.unwrap().seq, 1);
}

#[tokio::test]
async fn a_commit_without_its_group_info_or_welcome_is_refused() {
    let server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let group = alice.create_group(&[(&bob.user, Role::Member)]).await;
    let packages = alice.claim(&[&bob.user]).await;
    let committed = alice.commit(&group, &packages, &[]);
    let item = alice.new_item();
    let Request::Append { body, .. } = Client::commit_request(&group, item, &committed) else { panic!() };
    let append = |body| Request::Append { group: group.clone(), body };
    let without_info = groups::Append { group_info: None, ..body.clone() };
    assert_eq!(alice.refused(append(without_info)).await.code, Code::InvalidRequest);
    let without_welcome = groups::Append { welcome: None, ..body.clone() };
    assert_eq!(alice.refused(append(without_welcome)).await.code, Code::CommitInvalid);
    let garbage = groups::Append { body: vec![1, 2, 3].into(), ..body.clone() };
    assert_eq!(alice.refused(append(garbage)).await.code, Code::CommitInvalid);
    alice.ok(append(body)).await;
}

#[tokio::test]
async fn what_everybody_stored_or_what_is_too_old_is_pruned() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    // More than one step prunes.
    for n in 0..300u16 {
        alice.post(&group, &n.to_be_bytes()).await.unwrap();
    }
    let committed = alice.commit(&group, &[], &[]);
    alice.append_commit(&group, &committed).await.unwrap();
    let now = now_seconds() * 1000;
    server.purge(now).await;
    assert_eq!(bob.log(&group, 1).await.unwrap().items.len(), 301, "Bob has nothing yet");
    for client in [&alice, &bob] {
        let mut connection = client.connect().await;
        connection.catch_up(&[(&group, 290)], 1).await;
        // Acknowledging is done when something later is.
        drop(connection);
    }
    alice.post(&group, b"later").await.unwrap();
    server.purge(now).await;
    assert_eq!(bob.log(&group, 1).await.unwrap_err().code, Code::BehindHorizon);
    assert_eq!(seqs(&bob.log(&group, 290).await.unwrap().items)[0], 291);
    let unavailable = bob.connect().await.catch_up(&[(&group, 1)], 1).await.unavailable;
    assert_eq!(unavailable, [Code::BehindHorizon]);
    // A month later everything but the last item is gone, and the group goes on all the same, after a restart too.
    server.purge(now + 31 * 24 * 3600 * 1000).await;
    assert_eq!(bob.log(&group, 290).await.unwrap_err().code, Code::BehindHorizon);
    let mut server = server;
    server.restart().await;
    alice.authenticate().await.unwrap();
    bob.authenticate().await.unwrap();
    let Response::RejoinInfo(info) = bob.ok(Request::GetRejoinInfo { group: group.clone() }).await else { panic!() };
    let rejoin = Group::rejoin(&bob.store, &bob.device, &bob.trust, &info.group_info.0, &info.tree.0, 2).unwrap();
    let item = bob.new_item();
    bob.ok(Client::commit_request(&group, item, &rejoin.committed)).await;
}

#[tokio::test]
async fn reports_are_taken_from_members_only() {
    let server = TestServer::start().await;
    let (alice, _bob, group) = pair(&server).await;
    let mallory = Client::join(&server, "mallory").await;
    let report = |reason: &str| groups::Report { seq: 1, epoch: 1, reason: reason.to_owned() };
    let request = |reason| Request::Report { group: group.clone(), body: report(reason) };
    alice.ok(request("fork")).await;
    assert_eq!(alice.refused(request("I don't like it")).await.code, Code::InvalidRequest);
    assert_eq!(mallory.refused(request("fork")).await.code, Code::NotMember);
}

#[tokio::test]
async fn strangers_learn_nothing_of_a_group() {
    let server = TestServer::start().await;
    let (_alice, _bob, group) = pair(&server).await;
    let mut mallory = Client::join(&server, "mallory").await;
    for request in [
        Request::ReadLog { group: group.clone(), after: 0, limit: 10 },
        Request::GetTree { group: group.clone(), epoch: 1 },
        Request::GetRejoinInfo { group: group.clone() },
    ] {
        assert_eq!(mallory.refused(request).await.code, Code::NotMember);
    }
    let unknown = GroupId::random(&mut mallory.rng, &server.organisation.domain);
    assert_eq!(mallory.log(&unknown, 0).await.unwrap_err().code, Code::NotFound);
    let mut connection = mallory.connect().await;
    assert_eq!(
        connection.catch_up(&[(&group, 0), (&unknown, 0)], 0).await.unavailable,
        [Code::NotMember, Code::NotFound]
    );
}

#[tokio::test]
async fn each_device_gets_its_own_share_of_a_welcome() {
    let server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let mut bob = Client::join(&server, "bob").await;
    let mut second = bob.link(&server, 901).await;
    let group = alice.create_group(&[(&bob.user, Role::Member)]).await;
    alice.add(&group, &[&bob.user]).await;
    let mut sizes = Vec::new();
    for device in [&mut bob, &mut second] {
        let caught = device.connect().await.catch_up(&[], 0).await;
        let welcome = caught.welcomes()[0].clone();
        let InboxEvent::Welcome { welcome: bytes, .. } = &welcome.event else { panic!() };
        sizes.push(bytes.len());
        device.accept(&welcome).await;
    }
    assert_eq!(sizes[0], sizes[1]);
    assert_eq!(bob.groups[&group].epoch_authenticator(), second.groups[&group].epoch_authenticator());
    assert_eq!(alice.groups[&group].epoch_authenticator(), second.groups[&group].epoch_authenticator());
    let mut connection = second.connect().await;
    connection.follow(&[(&group, 1)], 10).await;
    assert!(matches!(connection.next().await, ServerFrame::CaughtUp { .. }));
}

#[tokio::test]
async fn a_joiner_gets_the_tree_of_the_commit_that_was_accepted() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let mut carol = Client::join(&server, "carol").await;
    // Bob's commit is checked and refused after Alice's own, which adds Carol in the same epoch.
    let of_bob = bob.commit(&group, &[], &[]);
    let mut data = alice.groups[&group].data().clone();
    data.roles.insert(carol.user.clone(), Role::Member);
    let packages = alice.claim(&[&carol.user]).await;
    let of_alice = {
        let of = alice.groups.get_mut(&group).unwrap();
        of.commit(&alice.store, &alice.device, &alice.trust, &packages, &[], Some(data)).unwrap()
    };
    alice.append_commit(&group, &of_alice).await.unwrap();
    assert_eq!(bob.append_commit(&group, &of_bob).await.unwrap_err().code, Code::WrongEpoch);
    let caught = carol.connect().await.catch_up(&[], 0).await;
    carol.accept(caught.welcomes()[0]).await;
    assert_eq!(carol.groups[&group].epoch_authenticator(), alice.groups[&group].epoch_authenticator());
}

#[tokio::test]
async fn the_time_of_a_group_does_not_fall_when_the_clock_is_set_back() {
    const AHEAD_MS: u64 = 23 * 3600 * 1000;
    let mut server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let first = alice.post(&group, b"the relay's clock is ahead").await.unwrap();
    let ahead = |path: &std::path::Path| {
        let db = rusqlite::Connection::open(path).unwrap();
        db.execute("UPDATE log SET at_ms = at_ms + ?", [AHEAD_MS]).unwrap();
    };
    server.restart_after(ahead).await;
    alice.authenticate().await.unwrap();
    bob.authenticate().await.unwrap();
    let second = alice.post(&group, b"it is right again").await.unwrap();
    assert_eq!(second.at_ms, first.at_ms + AHEAD_MS, "time stands still");
    // Valid now, over at the time that would be stored: whoever reads the log later would refuse it.
    let ends = now_seconds() - 12 * 3600;
    alice.certify_anew(now_seconds(), ends);
    let committed = alice.commit(&group, &[], &[]);
    let refusal = alice.append_commit(&group, &committed).await.unwrap_err();
    assert_eq!(refusal.code, Code::CertificateExpired);
    let committed = bob.commit(&group, &[], &[]);
    assert_eq!(bob.append_commit(&group, &committed).await.unwrap().at_ms, second.at_ms);
    // Further ahead than clocks differ: the clock was wrong, and isn't any more.
    server.restart_after(ahead).await;
    bob.authenticate().await.unwrap();
    let third = bob.post(&group, b"now").await.unwrap();
    assert!(third.at_ms < first.at_ms + AHEAD_MS && third.at_ms >= first.at_ms);
    server.stop().await;
}
