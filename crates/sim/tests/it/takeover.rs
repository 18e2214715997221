//! A relay that puts another conversation in the place of one that somebody is in, with the help of any account; and what waits to be
//! sent when others are in a conversation than when it was written.

use crate::kit::{Office, send, state, texts, warnings};
use chancery_core::{
    Command, CommandResult, Event, Input,
    api::{ConversationState, Draft, MessageState, MessageView},
    query,
};
use chancery_mls::{Device, Group, GroupData, GroupKind, MlsStore, Role, Trust, VerifiedKeyPackage, store::StoreFault};
use chancery_sim::{ClientId, World};
use chancery_wire::{
    Code, DeviceId, GroupId, Refusal, UserId,
    api::{
        Request, Response,
        devices::Claim,
        groups::{RejoinInfo, Tree},
    },
    frames::{InboxEvent, InboxItem, ServerFrame},
    link::InvitationLink,
    signed::{Credential, DeviceCertificate, Signed, Suite, UserCertificate},
};
use ed25519_dalek::SigningKey;
use std::{cell::RefCell, collections::BTreeMap};

#[derive(Default)]
struct Store(RefCell<BTreeMap<Vec<u8>, Vec<u8>>>);

impl MlsStore for Store {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        Ok(self.0.borrow().get(key).cloned())
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), StoreFault> {
        self.0.borrow_mut().insert(key.to_vec(), value.to_vec());
        Ok(())
    }

    fn delete(&self, key: &[u8]) -> Result<(), StoreFault> {
        self.0.borrow_mut().remove(key);
        Ok(())
    }
}

/// A group of Mallory's, who has an account like everybody, under the id of another one; the victim's device is in it.
struct Forged {
    group: GroupId,
    epoch: u64,
    welcome: Vec<u8>,
    tree: Vec<u8>,
    group_info: Vec<u8>,
}

/// Mallory's certified device.
fn mallory(world: &mut World) -> (UserId, Device, Trust) {
    let now = world.now_ms / 1000;
    let (invitation, link) = world.organisation.invite(&mut world.rng, "mallory", "Mallory", now);
    let (key, identity) = (SigningKey::from_bytes(&[66; 32]), SigningKey::from_bytes(&[67; 32]));
    let user = invitation.user.clone();
    let certificate =
        UserCertificate { user: user.clone(), identity_key: identity.verifying_key().to_bytes(), issued_at: now };
    let device = DeviceCertificate {
        user: user.clone(),
        device: DeviceId([66; 16]),
        label: "phone".into(),
        key: key.verifying_key().to_bytes(),
        issued_at: now,
        expires_at: now + 1_000_000,
    };
    let credential = Credential {
        invitation: invitation.bytes().to_vec(),
        user: Signed::sign(certificate, &InvitationLink::parse(&link).unwrap().key()).bytes().to_vec(),
        device: Signed::sign(device, &identity).bytes().to_vec(),
    };
    let trust = Trust::new((*world.organisation.manifest).clone());
    let device = Device::new(key, credential.to_vec(), &trust).unwrap();
    (user, device, trust)
}

impl Forged {
    fn new(world: &mut World, victim: ClientId, by: ClientId, group: &GroupId, kind: GroupKind) -> Self {
        let (user, device, trust) = mallory(world);
        let target = world.user(victim).unwrap();
        let claim = Claim { suite: Suite::Classical, users: vec![target.clone()] };
        let Ok(Response::Claims(claims)) = world.ask(by, Request::ClaimKeyPackages { body: claim }) else { panic!() };
        let package = claims.claimed[0].key_package.clone().unwrap();
        let package = VerifiedKeyPackage::verify(&package.0, &trust, world.now_ms / 1000).unwrap();
        let (mine, theirs) = match kind {
            GroupKind::Group => (Role::Admin, Role::Member),
            GroupKind::Direct => (Role::Member, Role::Member),
        };
        let data = GroupData {
            kind,
            roles: [(user, mine), (target, theirs)].into(),
            purpose: String::new(),
            classification: String::new(),
            policy_version: 1,
            recorders: Vec::new(),
        };
        let store = Store::default();
        let mut made = Group::create(&store, &device, &trust, group, Suite::Classical, data).unwrap().group;
        // Beyond whatever epoch the true one has.
        for _ in 0..20 {
            made.commit(&store, &device, &trust, &[], &[], None).unwrap();
            made.merge_pending_commit(&store, &trust, world.now_ms / 1000).unwrap();
        }
        let committed = made.commit(&store, &device, &trust, &[package], &[], None).unwrap();
        made.merge_pending_commit(&store, &trust, world.now_ms / 1000).unwrap();
        Self {
            group: group.clone(),
            epoch: made.epoch(),
            welcome: committed.welcome.unwrap(),
            tree: made.tree().unwrap(),
            group_info: committed.group_info,
        }
    }

    /// The relay delivers it to a client, as if somebody had added it.
    fn deliver(&self, world: &mut World, victim: ClientId) {
        let (group, epoch, tree) = (self.group.clone(), self.epoch, self.tree.clone());
        let (info_group, group_info, seq) = (self.group.clone(), self.group_info.clone(), head(world, &self.group));
        world.tamper_answer = Some(Box::new(move |client, request, answer| match request {
            Request::GetTree { group: g, epoch: e } if client == victim && *g == group && *e == epoch => {
                Ok(Response::Tree(Tree { tree: tree.clone().into() }))
            }
            Request::GetRejoinInfo { group: g } if client == victim && *g == info_group => {
                Ok(Response::RejoinInfo(RejoinInfo {
                    group_info: group_info.clone().into(),
                    tree: tree.clone().into(),
                    seq,
                    epoch,
                }))
            }
            _ => answer,
        }));
        let event = InboxEvent::Welcome { group: self.group.clone(), seq, epoch, welcome: self.welcome.clone() };
        world.input(victim, Input::Frame(ServerFrame::Inbox { items: vec![InboxItem { n: 1, event }] }));
        world.run_for(5_000);
    }
}

fn head(world: &World, group: &GroupId) -> u64 {
    let log = world.relay.logs().into_iter().find(|log| log.group == *group).unwrap();
    log.positions.last().copied().unwrap()
}

fn people(world: &mut World, client: ClientId, group: &GroupId) -> Vec<String> {
    world.clients[client]
        .query(|tx| query::members(tx, group))
        .iter()
        .map(|member| member.user.local().to_owned())
        .collect()
}

fn last(world: &mut World, client: ClientId, group: &GroupId) -> MessageView {
    let messages = world.clients[client].query(|tx| query::messages(tx, group, None, 100));
    messages.into_iter().rfind(|message| message.sender.is_some()).expect("a message")
}

fn refused(world: &World, client: ClientId) -> usize {
    warnings(world, client).iter().filter(|code| *code == "replacement_refused").count()
}

#[test]
fn a_welcome_replaces_no_group_and_no_direct_conversation_that_one_is_in() {
    for kind in [GroupKind::Group, GroupKind::Direct] {
        let mut office = Office::new(300);
        let (alice, bob, carol) = (office.alice, office.bob, office.carol);
        let target = if kind == GroupKind::Group { office.group.clone() } else { office.direct.clone() };
        let before = people(&mut office.world, alice, &target);
        let forged = Forged::new(&mut office.world, alice, carol, &target, kind);
        // Alice writes while the relay keeps everything else back; then it hands the false Welcome out.
        let muted = alice;
        office.world.tamper_frame = Some(Box::new(move |client, frame| match frame {
            ServerFrame::Reply { .. } if client == muted => None,
            frame => Some(frame),
        }));
        office.world.go_offline(alice);
        office.world.run_for(1_000);
        send(&mut office.world, alice, &target, "for my friends");
        office.world.go_online(alice);
        office.world.run_for(5);
        forged.deliver(&mut office.world, alice);
        office.world.tamper_frame = None;
        office.world.tamper_answer = None;
        office.reconnect(alice);
        office.world.settle();
        assert_eq!(people(&mut office.world, alice, &target), before);
        assert_eq!(state(&mut office.world, alice, &target), ConversationState::Active);
        assert_eq!(refused(&office.world, alice), 1);
        assert_eq!(texts(&mut office.world, bob, &target), ["for my friends"]);
        send(&mut office.world, bob, &target, "and mine");
        office.world.run_for(5_000);
        assert_eq!(texts(&mut office.world, alice, &target), ["for my friends", "and mine"]);
        office.the_direct_conversation_is_unharmed();
    }
}

/// The relay says, without showing anything, that Alice isn't in the group any more.
fn deny(office: &mut Office) {
    let refusal = Refusal::of(Code::NotMember);
    let frame = ServerFrame::Unavailable { group: office.group.clone(), head: 0, refusal };
    office.world.input(office.alice, Input::Frame(frame));
    office.world.run_for(1_000);
    assert_eq!(office.state(office.alice), ConversationState::Damaged);
}

#[test]
fn a_conversation_that_stands_still_goes_on_with_strangers_only_when_its_person_agrees() {
    let mut office = Office::new(301);
    let (alice, bob, group) = (office.alice, office.bob, office.group.clone());
    let forged = Forged::new(&mut office.world, alice, office.carol, &group, GroupKind::Group);
    office.world.go_offline(alice);
    office.world.run_for(1_000);
    office.say(alice, "for my friends");
    deny(&mut office);
    office.world.go_online(alice);
    office.world.run_for(5_000);
    forged.deliver(&mut office.world, alice);
    assert_eq!(office.state(alice), ConversationState::Damaged, "nobody has agreed");
    // Neither the Welcome nor the state to rejoin that the relay shows lead back without a word.
    let repair = |agreed| Command::Repair { group: group.clone(), agreed };
    let Ok(CommandResult::RepairAsks { people: now }) = office.world.command(alice, repair(None)) else { panic!() };
    let shown: Vec<_> = now.iter().map(|person| (person.user.local(), person.is_new)).collect();
    assert_eq!(shown, [("alice", false), ("mallory", true)]);
    assert_eq!(office.state(alice), ConversationState::Damaged);
    // A person who takes it for good is in it, and what waited is still for those it was written for.
    let agreed = Some(now.into_iter().map(|person| person.user).collect());
    let mut other = office;
    assert_eq!(other.world.command(alice, repair(agreed)), Ok(CommandResult::Done));
    other.world.run_for(20_000);
    assert_eq!(people(&mut other.world, alice, &group), ["alice", "mallory"]);
    let waiting = last(&mut other.world, alice, &group);
    assert_eq!((waiting.state, waiting.newcomers), (MessageState::Held, vec!["Mallory".to_owned()]));
    assert!(texts(&mut other.world, bob, &group).is_empty());
}

#[test]
fn a_false_welcome_doesnt_keep_a_person_from_repairing_with_the_people_they_know() {
    let mut office = Office::new(302);
    let (alice, bob, group) = (office.alice, office.bob, office.group.clone());
    let forged = Forged::new(&mut office.world, alice, office.carol, &group, GroupKind::Group);
    deny(&mut office);
    forged.deliver(&mut office.world, alice);
    let tree = forged.tree.clone();
    // The relay shows the true state to rejoin, though it has handed out a false Welcome.
    office.world.tamper_answer = Some(Box::new(move |client, request, answer| match request {
        Request::GetTree { .. } if client == alice => Ok(Response::Tree(Tree { tree: tree.clone().into() })),
        _ => answer,
    }));
    assert_eq!(
        office.world.command(alice, Command::Repair { group: group.clone(), agreed: None }),
        Ok(CommandResult::Done)
    );
    office.world.run_for(20_000);
    office.say(alice, "back");
    office.world.run_for(5_000);
    assert_eq!(office.texts(bob), ["back"]);
    assert_eq!(people(&mut office.world, alice, &group), ["alice", "bob", "carol"]);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn what_waits_is_not_sent_to_somebody_who_was_added_meanwhile_before_its_writer_says_so() {
    let mut office = Office::new(303);
    let (alice, bob, carol, group) = (office.alice, office.bob, office.carol, office.group.clone());
    let dave = office.world.join("dave");
    office.world.go_offline(bob);
    office.world.run_for(1_000);
    let first = office.say(bob, "don't tell Dave");
    let second = office.say(bob, "never mind");
    let users = vec![office.world.user(dave).unwrap()];
    office.world.command(alice, Command::AddUsers { group: group.clone(), users }).unwrap();
    office.world.run_for(20_000);
    office.world.go_online(bob);
    office.world.settle();
    for message in [first, second] {
        let (_, held) = office.world.clients[bob].query(|tx| query::message(tx, &message)).unwrap();
        assert_eq!((held.state, held.newcomers), (MessageState::Held, vec!["dave".to_owned()]));
    }
    assert!(warnings(&office.world, bob).iter().any(|code| code == "message_held"));
    assert_eq!(office.world.clients[bob].query(query::waiting), 0, "it keeps nobody waiting");
    assert!(texts(&mut office.world, carol, &group).is_empty());
    // What is written now is written for Dave, too.
    office.say(bob, "hello Dave");
    office.world.run_for(5_000);
    assert_eq!(texts(&mut office.world, dave, &group), ["hello Dave"]);
    office.world.command(bob, Command::Resend { message: first }).unwrap();
    office
        .world
        .command(bob, Command::Send { group: group.clone(), draft: Draft::Delete { message: second } })
        .unwrap();
    office.world.run_for(5_000);
    for client in [alice, bob, carol, dave] {
        assert_eq!(texts(&mut office.world, client, &group), ["hello Dave", "don't tell Dave"]);
    }
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn what_waits_goes_out_to_whom_its_writer_added_and_after_others_have_gone() {
    let mut office = Office::new(304);
    let (alice, bob, carol, group) = (office.alice, office.bob, office.carol, office.group.clone());
    let dave = office.world.join("dave");
    office.world.go_offline(alice);
    office.world.run_for(1_000);
    let users = vec![office.world.user(dave).unwrap()];
    office.say(alice, "welcome, Dave");
    office.world.command(alice, Command::AddUsers { group: group.clone(), users }).unwrap();
    office.world.go_online(alice);
    office.world.settle();
    assert_eq!(texts(&mut office.world, dave, &group), ["welcome, Dave"]);
    office.world.go_offline(bob);
    office.world.run_for(1_000);
    office.say(bob, "who is here?");
    let users = vec![office.world.user(carol).unwrap()];
    office.world.command(alice, Command::RemoveUsers { group: group.clone(), users: users.clone() }).unwrap();
    office.world.run_for(10_000);
    office.world.command(alice, Command::AddUsers { group: group.clone(), users }).unwrap();
    office.world.run_for(10_000);
    office.world.go_online(bob);
    office.world.settle();
    // Carol was there when it was written: she has come back, and is no newcomer.
    assert_eq!(last(&mut office.world, alice, &group).sender, office.world.user(bob));
    assert_eq!(texts(&mut office.world, carol, &group), ["welcome, Dave", "who is here?"]);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn an_edit_for_others_than_now_read_it_is_taken_back_and_said() {
    let mut office = Office::new(305);
    let (alice, bob, group) = (office.alice, office.bob, office.group.clone());
    let dave = office.world.join("dave");
    let message = office.say(bob, "the number is 12");
    office.world.run_for(5_000);
    office.world.go_offline(bob);
    office.world.run_for(1_000);
    let draft = Draft::Edit { message, text: "the number is 13".into() };
    office.world.command(bob, Command::Send { group: group.clone(), draft }).unwrap();
    let users = vec![office.world.user(dave).unwrap()];
    office.world.command(alice, Command::AddUsers { group: group.clone(), users }).unwrap();
    office.world.run_for(20_000);
    office.world.go_online(bob);
    office.world.settle();
    assert_eq!(office.texts(alice), ["the number is 12"]);
    assert_eq!(office.world.clients[bob].query(query::waiting), 0);
    let told = |event: &Event| matches!(event, Event::OperationFailed { error, .. } if error.code == "taken_back");
    assert!(office.world.clients[bob].events.iter().any(told));
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn somebody_added_and_removed_again_and_again_while_away_is_where_the_log_says_and_accuses_nobody() {
    // In it before or not, in it at the end or not; seeds give inbox, log and trees every order of arrival.
    for seed in 0..6 {
        for (before, rounds, after) in [(true, 2, true), (true, 3, false), (false, 2, true), (false, 3, false)] {
            let mut office = Office::new(310 + seed);
            office.world.faults.max_delay_ms = 400;
            let (alice, group) = (office.alice, office.group.clone());
            let dave = office.world.join("dave");
            let users = vec![office.world.user(dave).unwrap()];
            let add = Command::AddUsers { group: group.clone(), users: users.clone() };
            let remove = Command::RemoveUsers { group: group.clone(), users };
            if before {
                office.world.command(alice, add.clone()).unwrap();
                office.world.settle();
            }
            office.world.go_offline(dave);
            office.world.run_for(1_000);
            for _ in 0..rounds {
                for command in if before { [&remove, &add] } else { [&add, &remove] } {
                    office.world.command(alice, command.clone()).unwrap();
                    office.world.run_for(5_000);
                    office.say(alice, "did Dave hear that?");
                    office.world.run_for(5_000);
                }
            }
            if before != after {
                let last = if after { &add } else { &remove };
                office.world.command(alice, last.clone()).unwrap();
                office.world.run_for(5_000);
            }
            office.world.go_online(dave);
            office.world.settle();
            office.say(alice, "now?");
            office.world.run_for(10_000);
            let what = format!("seed {seed}, {before}, {rounds}, {after}");
            assert_eq!(warnings(&office.world, dave), Vec::<String>::new(), "{what}");
            let is = state(&mut office.world, dave, &group);
            assert_eq!(is, if after { ConversationState::Active } else { ConversationState::Removed }, "{what}");
            let heard = texts(&mut office.world, dave, &group).last().is_some_and(|text| text == "now?");
            assert_eq!(heard, after, "{what}");
            let error = office.world.command(dave, Command::Repair { group, agreed: None }).unwrap_err();
            assert_eq!(error.code, if after { "not_damaged" } else { "not_member" }, "{what}");
        }
    }
}

#[test]
fn who_was_removed_and_added_again_while_away_reads_on_though_the_relay_pruned_meanwhile() {
    let mut office = Office::new(330);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    let user = office.world.user(carol).unwrap();
    let group = office.group.clone();
    office.world.go_offline(carol);
    office.world.run_for(1_000);
    let change = |office: &mut Office, command: Command| {
        office.world.command(alice, command).unwrap();
        office.world.run_for(5_000);
    };
    change(&mut office, Command::RemoveUsers { group: group.clone(), users: vec![user.clone()] });
    // More than the relay keeps of what everybody has stored.
    for n in 0..80 {
        office.say(if n % 2 == 0 { alice } else { bob }, "busy");
        office.world.run_for(500);
    }
    office.world.run_for(60_000);
    let now_ms = office.world.now_ms;
    office.world.relay.prune(now_ms).unwrap();
    change(&mut office, Command::AddUsers { group, users: vec![user] });
    office.world.go_online(carol);
    office.world.settle();
    office.say(alice, "now?");
    office.world.run_for(10_000);
    assert_eq!(warnings(&office.world, carol), Vec::<String>::new());
    assert_eq!(office.state(carol), ConversationState::Active);
    assert_eq!(office.texts(carol).last().map(String::as_str), Some("now?"));
}

#[test]
fn of_however_many_messages_that_wait_none_goes_to_somebody_who_came_meanwhile() {
    let mut office = Office::new(331);
    let (alice, bob, group) = (office.alice, office.bob, office.group.clone());
    let dave = office.world.join("dave");
    let user = office.world.user(dave).unwrap();
    office.world.go_offline(bob);
    for n in 0..1_005 {
        let draft = Draft::Text { text: format!("for the others {n}"), reply_to: None };
        office.world.command(bob, Command::Send { group: group.clone(), draft }).unwrap();
    }
    office.world.command(alice, Command::AddUsers { group: group.clone(), users: vec![user] }).unwrap();
    office.world.run_for(10_000);
    office.world.go_online(bob);
    office.world.run_for(60_000);
    let waiting = office.world.clients[bob].query(|tx| query::messages(tx, &group, None, 10_000));
    let held: Vec<_> = waiting.iter().filter(|message| message.state == MessageState::Held).collect();
    assert!(held.len() >= 1_000, "{}", held.len());
    let first = held[0].id;
    office.world.command(bob, Command::Send { group: group.clone(), draft: Draft::Delete { message: first } }).unwrap();
    office.reconnect(bob);
    office.world.run_for(60_000);
    let heard = texts(&mut office.world, dave, &group);
    assert!(heard.iter().all(|text| !text.starts_with("for the others")), "{heard:?}");
}
