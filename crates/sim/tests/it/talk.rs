//! People talk.

use chancery_core::{
    Command, CommandResult,
    api::{BodyView, Draft, MessageState},
    query,
};
use chancery_sim::{ClientId, Faults, World};
use chancery_wire::{GroupId, signed::Suite};

fn send(world: &mut World, client: ClientId, group: &GroupId, text: &str) {
    let draft = Draft::Text { text: text.to_owned(), reply_to: None };
    world.command(client, Command::Send { group: group.clone(), draft }).expect("queued");
}

fn texts(world: &mut World, client: ClientId, group: &GroupId) -> Vec<String> {
    let messages = world.clients[client].query(|tx| query::messages(tx, group, None, 1000));
    messages
        .into_iter()
        .filter_map(|message| match message.body {
            BodyView::Text { text } => Some(text),
            _ => None,
        })
        .collect()
}

#[test]
fn two_people_talk_and_see_what_was_read() {
    for suite in Suite::ALL {
        let mut world = World::new(1, suite, Faults::none());
        let alice = world.join("alice");
        let bob = world.join("bob");
        let bob_id = world.user(bob).unwrap();
        let CommandResult::Conversation { group } =
            world.command(alice, Command::StartDirect { user: bob_id }).unwrap()
        else {
            panic!()
        };
        send(&mut world, alice, &group, "hello");
        world.run_for(2_000);
        assert_eq!(texts(&mut world, bob, &group), ["hello"]);
        send(&mut world, bob, &group, "hello yourself");
        world.run_for(2_000);
        assert_eq!(texts(&mut world, alice, &group), ["hello", "hello yourself"]);
        world.command(bob, Command::MarkRead { group: group.clone(), up_to: None }).unwrap();
        world.run_for(2_000);
        let messages = world.clients[alice].query(|tx| query::messages(tx, &group, None, 10));
        let hello = messages.iter().find(|m| matches!(&m.body, BodyView::Text { text } if text == "hello")).unwrap();
        assert_eq!(hello.state, MessageState::Read);
        assert_eq!(world.clients[alice].query(query::waiting), 0);
    }
}

#[test]
fn a_group_with_several_devices_and_an_absent_member_converges() {
    let mut world = World::new(2, Suite::Classical, Faults::none());
    let alice = world.join("alice");
    let alice2 = world.link(alice, "alice's tablet");
    let bob = world.join("bob");
    let carol = world.join("carol");
    let users = vec![world.user(bob).unwrap(), world.user(carol).unwrap()];
    let start = Command::StartGroup { name: "Office".into(), users, purpose: "work".into() };
    let CommandResult::Conversation { group } = world.command(alice, start).unwrap() else { panic!() };
    world.settle();
    world.go_offline(carol);
    for n in 0..20 {
        let from = [alice, alice2, bob][n % 3];
        send(&mut world, from, &group, &format!("message {n}"));
        if n % 5 == 0 {
            world.run_for(1_000);
        }
    }
    world.settle();
    world.go_online(carol);
    world.settle();
    let alice3 = world.link(alice2, "alice's laptop");
    world.settle();
    let expected = texts(&mut world, alice, &group);
    assert_eq!(expected.len(), 20);
    for client in [alice2, bob, carol, alice3] {
        assert_eq!(texts(&mut world, client, &group), expected, "{}", world.clients[client].name);
        assert_eq!(world.conversation(client, "Office"), Some(group.clone()), "{}", world.clients[client].name);
        assert_eq!(world.clients[client].query(query::waiting), 0, "{}", world.clients[client].name);
    }
    send(&mut world, alice3, &group, "from the third device");
    world.settle();
    assert_eq!(texts(&mut world, bob, &group).last().unwrap(), "from the third device");

    // Dave is added, and reads on from there; Bob is removed, and reads nothing more.
    let dave = world.join("dave");
    let dave_id = world.user(dave).unwrap();
    let bob_id = world.user(bob).unwrap();
    world.command(alice, Command::AddUsers { group: group.clone(), users: vec![dave_id] }).unwrap();
    world.settle();
    world.command(alice, Command::RemoveUsers { group: group.clone(), users: vec![bob_id] }).unwrap();
    world.settle();
    let before = texts(&mut world, bob, &group).len();
    send(&mut world, dave, &group, "hi, I am new");
    world.settle();
    assert_eq!(texts(&mut world, dave, &group), ["hi, I am new"]);
    assert_eq!(texts(&mut world, alice2, &group).last().unwrap(), "hi, I am new");
    assert_eq!(texts(&mut world, bob, &group).len(), before);

    // What the group is for is told everybody who is in it.
    let purpose = "plans".to_owned();
    world.command(alice, Command::SetPurpose { group: group.clone(), purpose: purpose.clone() }).unwrap();
    assert!(world.command(dave, Command::SetPurpose { group: group.clone(), purpose: "mischief".into() }).is_err());
    world.settle();
    for client in [alice, alice2, carol, dave] {
        let seen = world.clients[client].query(|tx| query::conversation(tx, &group)).unwrap().purpose;
        assert_eq!(seen, purpose, "{}", world.clients[client].name);
    }

    // Carol removes nobody, but leaves; a device of Alice is removed.
    world.command(carol, Command::Leave { group: group.clone() }).unwrap();
    world.settle();
    let state = |world: &mut World, client: ClientId| {
        world.clients[client].query(|tx| query::conversation(tx, &group)).unwrap().state
    };
    assert_eq!(state(&mut world, carol), chancery_core::api::ConversationState::Left);
    let tablet = world.clients[alice2].query(query::account).unwrap().device;
    world.command(alice, Command::RemoveDevice { device: tablet }).unwrap();
    world.settle();
    send(&mut world, dave, &group, "after the removal");
    world.settle();
    assert_eq!(texts(&mut world, alice3, &group).last().unwrap(), "after the removal");
    assert_ne!(texts(&mut world, alice2, &group).last().unwrap(), "after the removal");
    let members = world.clients[dave].query(|tx| query::members(tx, &group));
    let devices: Vec<_> = members.iter().map(|m| (m.user.local().to_owned(), m.devices)).collect();
    assert_eq!(devices, [("alice".to_owned(), 2), ("dave".to_owned(), 1)]);
}

fn reactions(world: &mut World, client: ClientId, group: &GroupId) -> Vec<String> {
    let messages = world.clients[client].query(|tx| query::messages(tx, group, None, 1000));
    messages.into_iter().flat_map(|message| message.reactions).map(|(emoji, _)| emoji).collect()
}

#[test]
fn a_reaction_taken_back_is_gone_everywhere_whenever_the_message_comes() {
    let mut world = World::new(4, Suite::Classical, Faults::none());
    let alice = world.join("alice");
    let bob = world.join("bob");
    let bob_id = world.user(bob).unwrap();
    let CommandResult::Conversation { group } = world.command(alice, Command::StartDirect { user: bob_id }).unwrap()
    else {
        panic!()
    };
    let CommandResult::Queued { message } = world
        .command(
            alice,
            Command::Send { group: group.clone(), draft: Draft::Text { text: "lunch?".into(), reply_to: None } },
        )
        .unwrap()
    else {
        panic!()
    };
    world.settle();
    let react = |world: &mut World, emoji: &str, on: bool| {
        let draft = Draft::React { message, emoji: emoji.into(), on };
        world.command(bob, Command::Send { group: group.clone(), draft }).unwrap();
        world.run_for(2_000);
    };
    for emoji in ["👍", "🍕", "🍲"] {
        react(&mut world, emoji, true);
    }
    react(&mut world, "👍", false);
    for client in [alice, bob] {
        assert_eq!(reactions(&mut world, client, &group), ["🍕", "🍲"]);
    }
    // A device that is linked meanwhile gets one reaction with the history and takes it back live.
    let alice2 = world.link(alice, "alice's tablet");
    react(&mut world, "🍕", false);
    react(&mut world, "🥗", true);
    react(&mut world, "🥗", false);
    world.settle();
    for client in [alice, alice2, bob] {
        assert_eq!(reactions(&mut world, client, &group), ["🍲"], "{}", world.clients[client].name);
    }
}
