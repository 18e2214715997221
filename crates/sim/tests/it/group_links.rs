//! Inviting into a group by link: who is let in, who isn't, and that nobody comes back by a link that was theirs before they went.

use crate::kit::{Office, start, state};
use chancery_core::{
    Command, CommandResult, Event,
    api::{BodyView, ConversationState, JoinLinkState},
    query,
};
use chancery_mls::Role;
use chancery_sim::{ClientId, World};
use chancery_wire::{GroupId, UserId, content::GroupToken, link::GroupLink};

fn make_link(world: &mut World, client: ClientId, group: &GroupId) -> String {
    world.command(client, Command::SetGroupLink { group: group.clone(), on: true }).unwrap();
    world.settle();
    link(world, client, group).expect("an admin sees the link")
}

fn link(world: &mut World, client: ClientId, group: &GroupId) -> Option<String> {
    world.clients[client].query(|tx| query::group_link(tx, group))
}

fn join(world: &mut World, client: ClientId, link: &str) -> CommandResult {
    world.command(client, Command::JoinByLink { link: link.to_owned() }).unwrap()
}

fn outcome(world: &mut World, client: ClientId, link: &str) -> JoinLinkState {
    world.clients[client].query(|tx| query::join_link(tx, link)).unwrap().state
}

fn members(world: &mut World, client: ClientId, group: &GroupId) -> Vec<String> {
    let members = world.clients[client].query(|tx| query::members(tx, group));
    members.iter().map(|member| member.user.local().to_owned()).collect()
}

/// Notes with these codes in the 1:1 with somebody.
fn notes(world: &mut World, client: ClientId, with: &UserId) -> Vec<String> {
    let all = world.clients[client].query(query::conversations);
    let mut notes = Vec::new();
    for direct in all.iter().filter(|conversation| conversation.peer.as_ref() == Some(with)) {
        let messages = world.clients[client].query(|tx| query::messages(tx, &direct.group, None, 1000));
        notes.extend(messages.into_iter().filter_map(|message| match message.body {
            BodyView::Note { code, text } if code.starts_with("join_") => Some(text),
            _ => None,
        }));
    }
    notes
}

fn failures(world: &World, client: ClientId) -> usize {
    world.clients[client].events.iter().filter(|event| matches!(event, Event::OperationFailed { .. })).count()
}

fn changed(link: &str, change: impl FnOnce(&mut GroupLink)) -> String {
    let mut link = GroupLink::parse(link).unwrap();
    change(&mut link);
    link.to_text()
}

#[test]
fn who_opens_the_link_of_a_group_is_let_in() {
    let mut office = Office::new(300);
    let (alice, bob, group) = (office.alice, office.bob, office.group.clone());
    let world = &mut office.world;
    let dave = world.join("dave");
    assert_eq!(link(world, alice, &group), None);
    let refused = world.command(bob, Command::SetGroupLink { group: group.clone(), on: true });
    assert_eq!(refused.unwrap_err().code, "not_admin");
    let invitation = make_link(world, alice, &group);
    assert_eq!(link(world, bob, &group), None, "members aren't shown it");

    // Without a network it waits.
    world.go_offline(dave);
    assert_eq!(outcome(world, dave, &invitation), JoinLinkState::New);
    assert_eq!(join(world, dave, &invitation), CommandResult::Done);
    world.settle();
    assert_eq!(outcome(world, dave, &invitation), JoinLinkState::Queued);
    assert_eq!(world.clients[dave].query(query::waiting), 1);
    world.go_offline(alice);
    world.go_online(dave);
    world.settle();
    assert_eq!(outcome(world, dave, &invitation), JoinLinkState::Asked);
    assert_eq!(join(world, dave, &invitation), CommandResult::Done, "asked once is enough");
    world.go_online(alice);
    world.settle();
    assert_eq!(outcome(world, dave, &invitation), JoinLinkState::Member);
    assert_eq!(state(world, dave, &group), ConversationState::Active);
    assert_eq!(members(world, bob, &group), ["alice", "bob", "carol", "dave"]);
    assert_eq!(join(world, dave, &invitation), CommandResult::Conversation { group: group.clone() });

    let [a, d] = [alice, dave].map(|client| world.user(client).unwrap());
    assert_eq!(notes(world, alice, &d), ["dave joined “Office” with your link."]);
    assert_eq!(notes(world, dave, &a), ["You asked alice to let you into a group.", "alice let you into “Office”."]);
    assert_eq!(link(world, alice, &group), Some(invitation), "the link goes on");
    assert_eq!([alice, dave].map(|client| failures(world, client)), [0, 0]);
}

#[test]
fn a_former_link_and_one_that_was_turned_off_let_nobody_in() {
    let mut office = Office::new(301);
    let (alice, group) = (office.alice, office.group.clone());
    let world = &mut office.world;
    let dave = world.join("dave");
    let former = make_link(world, alice, &group);
    let present = make_link(world, alice, &group);
    assert_ne!(former, present);
    join(world, dave, &former);
    world.settle();
    assert_eq!(outcome(world, dave, &former), JoinLinkState::Refused);
    world.command(alice, Command::SetGroupLink { group: group.clone(), on: false }).unwrap();
    world.settle();
    assert_eq!(link(world, alice, &group), None);
    let forged = changed(&present, |link| link.token = GroupToken::from_slice(&[7; 16]).unwrap());
    for invitation in [&present, &forged] {
        join(world, dave, invitation);
        world.settle();
        assert_eq!(outcome(world, dave, invitation), JoinLinkState::Refused);
    }
    assert_eq!(members(world, alice, &group), ["alice", "bob", "carol"]);
    let [a, d] = [alice, dave].map(|client| world.user(client).unwrap());
    let refused = "dave asked to be let into “Office” with a link that doesn't work any more.";
    assert_eq!(notes(world, alice, &d), [refused; 3]);
    assert_eq!(notes(world, dave, &a).last().unwrap(), "The link doesn't work any more. Ask alice for a new one.");
    assert_eq!([alice, dave].map(|client| failures(world, client)), [0, 0]);
}

#[test]
fn who_was_removed_or_left_cant_come_back_by_the_link_they_kept() {
    let mut office = Office::new(302);
    let (alice, bob, group) = (office.alice, office.bob, office.group.clone());
    let world = &mut office.world;
    let dave = world.join("dave");
    let user = world.user(dave).unwrap();
    let kept = make_link(world, alice, &group);
    join(world, dave, &kept);
    world.settle();
    assert_eq!(outcome(world, dave, &kept), JoinLinkState::Member);
    world.command(alice, Command::RemoveUsers { group: group.clone(), users: vec![user] }).unwrap();
    world.settle();
    assert_eq!(state(world, dave, &group), ConversationState::Removed);
    assert_eq!(link(world, alice, &group), None, "the link ended with the removal");
    assert_eq!(outcome(world, dave, &kept), JoinLinkState::New);
    join(world, dave, &kept);
    world.settle();
    assert_eq!(outcome(world, dave, &kept), JoinLinkState::Refused);

    // A new link that an admin gives out is another matter.
    let fresh = make_link(world, alice, &group);
    join(world, dave, &kept);
    world.settle();
    assert_eq!(outcome(world, dave, &kept), JoinLinkState::Refused);
    join(world, dave, &fresh);
    world.settle();
    assert_eq!(outcome(world, dave, &fresh), JoinLinkState::Member);

    // Leaving ends it as well.
    world.command(bob, Command::Leave { group: group.clone() }).unwrap();
    world.settle();
    assert_eq!(link(world, alice, &group), None);
    join(world, bob, &fresh);
    world.settle();
    assert_eq!(outcome(world, bob, &fresh), JoinLinkState::Refused);
    assert_eq!(members(world, alice, &group), ["alice", "carol", "dave"]);
}

#[test]
fn only_devices_of_admins_let_people_in() {
    let mut office = Office::new(303);
    let (alice, bob, group) = (office.alice, office.bob, office.group.clone());
    let world = &mut office.world;
    let dave = world.join("dave");
    let bobs = world.user(bob).unwrap();
    // Any member's device knows the token, so a link that names a member can be made up.
    let invitation = make_link(world, alice, &group);
    let made_up = changed(&invitation, |link| link.admin = bobs.clone());
    join(world, dave, &made_up);
    world.settle();
    assert_eq!(outcome(world, dave, &made_up), JoinLinkState::Refused);
    // As an admin he lets in by the same link.
    let role = |role| Command::SetRole { group: group.clone(), user: bobs.clone(), role };
    world.command(alice, role(Role::Admin)).unwrap();
    world.settle();
    assert_eq!(link(world, bob, &group), Some(made_up.clone()));
    join(world, dave, &made_up);
    world.settle();
    assert_eq!(outcome(world, dave, &made_up), JoinLinkState::Member);
    // Who came by the link knows it as an admin too.
    let user = world.user(dave).unwrap();
    world.command(alice, Command::SetRole { group: group.clone(), user, role: Role::Admin }).unwrap();
    world.command(alice, role(Role::Member)).unwrap();
    world.settle();
    assert_eq!((link(world, bob, &group), link(world, dave, &group).is_some()), (None, true));
    let erin = world.join("erin");
    join(world, erin, &made_up);
    world.settle();
    assert_eq!(outcome(world, erin, &made_up), JoinLinkState::Refused);
    let nowhere = changed(&invitation, |link| link.group = GroupId::new([7; 16], &bobs.domain()));
    join(world, erin, &nowhere);
    world.settle();
    assert_eq!(outcome(world, erin, &nowhere), JoinLinkState::Asked, "nobody knows such a group");
    assert_eq!(
        world.command(erin, Command::JoinByLink { link: "https://x/g#AQ".into() }).unwrap_err().code,
        "invalid_link"
    );
    let elsewhere = changed(&invitation, |link| link.admin = "alice@elsewhere.example".parse().unwrap());
    let refused = world.command(erin, Command::JoinByLink { link: elsewhere.clone() }).unwrap_err();
    assert_eq!(refused.code, "other_organisation");
    assert_eq!(world.clients[erin].query(|tx| query::join_link(tx, &elsewhere)), None);
}

#[test]
fn two_devices_of_an_admin_let_somebody_in_once() {
    let mut office = Office::new(304);
    let (alice, group) = (office.alice, office.group.clone());
    let world = &mut office.world;
    let tablet = world.link(alice, "alice's tablet");
    world.settle();
    let invitation = make_link(world, alice, &group);
    assert_eq!(link(world, tablet, &group), Some(invitation.clone()));
    let [dave, erin] = ["dave", "erin"].map(|name| world.join(name));
    let users = [dave, erin].map(|client| world.user(client).unwrap());
    join(world, dave, &invitation);
    join(world, erin, &invitation);
    world.settle();
    for client in [dave, erin] {
        assert_eq!(outcome(world, client, &invitation), JoinLinkState::Member);
    }
    for client in [alice, tablet] {
        assert_eq!(members(world, client, &group), ["alice", "bob", "carol", "dave", "erin"]);
        assert_eq!(notes(world, client, &users[0]), ["dave joined “Office” with your link."]);
        assert_eq!(failures(world, client), 0);
    }

    // Whichever is there does it.
    world.go_offline(alice);
    let frank = world.join("frank");
    join(world, frank, &invitation);
    world.settle();
    assert_eq!(outcome(world, frank, &invitation), JoinLinkState::Member);
    world.go_online(alice);
    world.settle();
    let user = world.user(frank).unwrap();
    assert_eq!(notes(world, alice, &user), ["frank joined “Office” with your link."]);
}

#[test]
fn a_request_that_a_device_hears_of_late_brings_nobody_back() {
    let mut office = Office::new(305);
    let (alice, group) = (office.alice, office.group.clone());
    let world = &mut office.world;
    let tablet = world.link(alice, "alice's tablet");
    let dave = world.join("dave");
    let user = world.user(dave).unwrap();
    // So that the request comes in a conversation that the tablet is in.
    start(world, alice, Command::StartDirect { user: user.clone() });
    world.settle();
    let invitation = make_link(world, alice, &group);
    world.go_offline(tablet);
    join(world, dave, &invitation);
    world.settle();
    assert_eq!(outcome(world, dave, &invitation), JoinLinkState::Member);
    world.command(alice, Command::RemoveUsers { group: group.clone(), users: vec![user.clone()] }).unwrap();
    world.settle();
    world.go_offline(alice);
    world.go_online(tablet);
    world.settle();
    assert_eq!(members(world, tablet, &group), ["alice", "bob", "carol"]);
    assert_eq!(state(world, dave, &group), ConversationState::Removed);
    // A device that is linked only now has the request in its history, at most.
    let phone = world.link(tablet, "alice's phone");
    world.settle();
    assert_eq!(members(world, phone, &group), ["alice", "bob", "carol"]);
    assert_eq!(notes(world, tablet, &user), ["dave joined “Office” with your link."]);
    assert_eq!([tablet, phone].map(|client| failures(world, client)), [0, 0]);
}

#[test]
fn a_colleague_who_floods_an_admin_with_requests_is_passed_over() {
    let mut office = Office::new(306);
    let (alice, group) = (office.alice, office.group.clone());
    let world = &mut office.world;
    let dave = world.join("dave");
    let user = world.user(dave).unwrap();
    start(world, alice, Command::StartDirect { user: user.clone() });
    world.settle();
    let invitation = make_link(world, alice, &group);
    // The clock of the relay, whose minutes count: begin with one.
    let rest = 60_000 - world.now_ms % 60_000;
    world.run_for(rest + 1_000);
    let mut asked = 0;
    for n in 0..20 {
        let token = GroupToken::from_slice(&[n; 16]).unwrap();
        let forged = changed(&invitation, |link| link.token = token);
        match world.command(dave, Command::JoinByLink { link: forged }) {
            Ok(_) => asked += 1,
            Err(error) => assert_eq!(error.code, "too_many_requests"),
        }
        world.run_for(500);
    }
    assert!((6..20).contains(&asked), "{asked}");
    world.settle();
    assert_eq!(notes(world, alice, &user).len(), 6);
    join(world, dave, &invitation);
    world.settle();
    assert_eq!(outcome(world, dave, &invitation), JoinLinkState::Member);
}
