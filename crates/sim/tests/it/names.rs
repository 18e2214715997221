//! People whose names look alike.

use crate::kit::{send, start};
use chancery_core::{Command, CommandResult, query};
use chancery_sim::{ClientId, Faults, World};
use chancery_wire::signed::Suite;

fn members(world: &mut World, client: ClientId, group: &chancery_wire::GroupId) -> Vec<String> {
    let mut names: Vec<_> =
        world.clients[client].query(|tx| query::members(tx, group)).into_iter().map(|member| member.name).collect();
    names.sort();
    names
}

#[test]
fn people_who_look_alike_are_shown_with_their_ids() {
    let mut world = World::new(1, Suite::Classical, Faults::none());
    let anna = world.join_as("anna", "Anna");
    let mark = world.join_as("mark", "Mark");
    // The second letter is Cyrillic.
    let other = world.join_as("mallory", "M\u{430}rk");
    let [mark_user, other_user] = [mark, other].map(|client| world.user(client).unwrap());
    let direct = start(&mut world, anna, Command::StartDirect { user: mark_user.clone() });
    let title = |world: &mut World, client: ClientId| {
        world.clients[client].query(|tx| query::conversation(tx, &direct)).unwrap().title
    };
    assert_eq!(title(&mut world, anna), "Mark", "nobody else is known");

    let users = vec![mark_user.clone(), other_user.clone()];
    let group = start(&mut world, anna, Command::StartGroup { name: "Office".into(), users, purpose: String::new() });
    world.run_for(60_000);
    let shown = ["M\u{430}rk", "Mark"].map(|name| {
        let user = if name == "Mark" { &mark_user } else { &other_user };
        format!("{name} ({user})")
    });
    for name in &shown {
        assert!(members(&mut world, anna, &group).contains(name), "{:?}", members(&mut world, anna, &group));
    }
    assert_eq!(title(&mut world, anna), shown[1], "also where only one of them is");
    send(&mut world, other, &group, "hello");
    world.run_for(5_000);
    let sender = world.clients[anna]
        .query(|tx| query::messages(tx, &group, None, 10))
        .into_iter()
        .rfind(|message| message.sender.as_ref() == Some(&other_user))
        .unwrap()
        .sender_name;
    assert_eq!(sender, shown[0]);
    // Whoever is called like oneself is shown with the id, too.
    assert!(members(&mut world, mark, &group).contains(&shown[0]));

    let CommandResult::People { people } = world.command(anna, Command::ListPeople { after: None }).unwrap() else {
        panic!("no people")
    };
    let names: Vec<_> = people.into_iter().map(|person| person.name).collect();
    assert!(shown.iter().all(|name| names.contains(name)) && names.contains(&"Anna".to_owned()), "{names:?}");
}

#[test]
fn a_name_that_cannot_be_seen_is_refused_where_it_is_typed() {
    let mut world = World::new(2, Suite::Classical, Faults::none());
    let anna = world.join("anna");
    let group =
        start(&mut world, anna, Command::StartGroup { name: " Office ".into(), users: vec![], purpose: String::new() });
    let title = world.clients[anna].query(|tx| query::conversation(tx, &group)).unwrap().title;
    assert_eq!(title, "Office");
    for name in ["\u{200b}", "\u{3164}", "Off\u{200b}ice", "\u{202e}eciffO", "Off\nice"] {
        let error = world.command(anna, Command::Rename { group: group.clone(), name: name.into() }).unwrap_err();
        assert_eq!(error.code, "invalid_name", "{name:?}");
    }
    for label in ["\u{200b}x", "\u{2066}x"] {
        let (_, link) = world.organisation.invite(&mut world.rng, "bob", "Bob", world.now_ms / 1000);
        let stranger = world.add_client("bob");
        let error = world.command(stranger, Command::Join { link, label: label.into() }).unwrap_err();
        assert_eq!(error.code, "invalid_name");
    }
}
