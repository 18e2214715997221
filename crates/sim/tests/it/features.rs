//! What people do besides writing: pages, settings of their own, pictures, disappearing messages, typing, places and contacts.

use crate::kit::{Office, send, texts};
use chancery_core::{
    Answer, Command, CommandResult, Event, Query,
    api::{BodyView, ConversationView, Draft, MessagePage, MessageState, MessageView, Place, PreviewKind},
    ask, query,
};
use chancery_mls::Role;
use chancery_sim::{ClientId, World};
use chancery_wire::{
    Base64, GroupId, MessageId,
    content::FileInfo,
    file_cipher::FileKey,
    frames::{ClientFrame, ServerFrame},
};

const DAY_SECONDS: u32 = 24 * 3600;

fn view(world: &mut World, client: ClientId, group: &GroupId) -> ConversationView {
    world.clients[client].query(|tx| query::conversation(tx, group)).unwrap()
}

fn messages(world: &mut World, client: ClientId, group: &GroupId) -> Vec<MessageView> {
    world.clients[client].query(|tx| query::messages(tx, group, None, 1000))
}

fn page(
    world: &mut World,
    client: ClientId,
    group: &GroupId,
    place: impl Fn(&mut Option<Place>, &mut Option<Place>, &mut Option<Place>),
    limit: u32,
) -> MessagePage {
    let (mut before, mut after, mut around) = (None, None, None);
    place(&mut before, &mut after, &mut around);
    let asked = Query::Messages { group: group.clone(), before, after, around, limit };
    match world.clients[client].query(|tx| ask(tx, asked)) {
        Answer::Messages(page) => page,
        other => panic!("{other:?}"),
    }
}

fn lines(page: &MessagePage) -> Vec<String> {
    let text = |message: &MessageView| match &message.body {
        BodyView::Text { text } => Some(text.clone()),
        _ => None,
    };
    page.messages.iter().filter_map(text).collect()
}

fn notes(world: &mut World, client: ClientId, group: &GroupId, wanted: &str) -> Vec<String> {
    let note = |message: MessageView| match message.body {
        BodyView::Note { code, text } if code == wanted => Some(text),
        _ => None,
    };
    messages(world, client, group).into_iter().filter_map(note).collect()
}

fn refused(world: &mut World, client: ClientId, command: Command) -> String {
    world.command(client, command).expect_err("refused").code
}

fn jpeg(bytes: usize) -> Base64 {
    [&[0xff, 0xd8, 0xff][..], &vec![7; bytes - 3]].concat().into()
}

fn names(office: &mut Office) -> [(ClientId, chancery_wire::UserId); 3] {
    [office.alice, office.bob, office.carol].map(|client| (client, office.world.user(client).unwrap()))
}

#[test]
fn pages_lead_through_a_conversation_without_losing_a_message() {
    let mut office = Office::new(100);
    let group = office.group.clone();
    for n in 0..40 {
        office.say(office.alice, &format!("message {n}"));
    }
    office.world.settle();
    let world = &mut office.world;
    let newest = page(world, office.bob, &group, |_, _, _| {}, 10);
    assert_eq!(lines(&newest), (30..40).map(|n| format!("message {n}")).collect::<Vec<_>>());
    assert!(newest.older && !newest.newer && newest.last_seq >= newest.messages[9].seq && newest.first_seq > 0);
    let whole = messages(world, office.bob, &group);
    let first_unread =
        whole.iter().find(|m| matches!(&m.body, BodyView::Text { text } if text == "message 0")).unwrap();
    assert_eq!(newest.first_unread, Some(first_unread.id));

    // Backwards from the end, then forwards from the beginning: both see everything once, notes included.
    let mut backwards = newest.messages.clone();
    loop {
        let first = Place::Message(backwards[0].id);
        let earlier = page(world, office.bob, &group, |before, _, _| *before = Some(first), 7);
        assert!(earlier.newer);
        let older = earlier.older;
        backwards.splice(0..0, earlier.messages);
        if !older {
            break;
        }
    }
    assert_eq!(backwards, whole);
    let mut forwards: Vec<MessageView> = Vec::new();
    loop {
        let last = forwards.last().map_or(Place::Seq(0), |message| Place::Message(message.id));
        let later = page(world, office.bob, &group, |_, after, _| *after = Some(last), 7);
        forwards.extend(later.messages);
        if !later.newer {
            break;
        }
    }
    assert!(whole.ends_with(&forwards) && forwards.len() >= 40);

    // Around a message in the middle, and at either end.
    for at in [0, 20, whole.len() - 1] {
        let place = Place::Message(whole[at].id);
        let around = page(world, office.bob, &group, |_, _, around| *around = Some(place), 9);
        assert_eq!(around.messages.len(), 9);
        assert!(around.messages.iter().any(|message| message.id == whole[at].id));
        assert_eq!((around.older, around.newer), (at > 4, at + 5 < whole.len()));
    }
    world.command(office.bob, Command::MarkRead { group: group.clone(), up_to: None }).unwrap();
    assert_eq!(page(world, office.bob, &group, |_, _, _| {}, 10).first_unread, None);
}

#[test]
fn an_answer_shows_a_line_of_what_it_answers() {
    let mut office = Office::new(101);
    let group = office.group.clone();
    let question = office.say(office.alice, "Shall we meet\nat noon?");
    office.world.settle();
    let draft = Draft::Text { text: "yes".into(), reply_to: Some(question) };
    office.world.command(office.bob, Command::Send { group: group.clone(), draft }).unwrap();
    office.world.settle();
    let answer = messages(&mut office.world, office.carol, &group).pop().unwrap();
    let line = answer.reply.unwrap();
    assert_eq!((line.message, line.kind, line.text.as_str()), (question, PreviewKind::Text, "Shall we meet at noon?"));
    assert_eq!(line.sender, office.world.user(office.alice).unwrap());
    let last = view(&mut office.world, office.carol, &group).last.unwrap();
    assert_eq!((last.text.as_str(), last.kind), ("yes", PreviewKind::Text));
    let delete = Draft::Delete { message: question };
    office.world.command(office.alice, Command::Send { group: group.clone(), draft: delete }).unwrap();
    office.world.settle();
    let line = messages(&mut office.world, office.carol, &group).pop().unwrap().reply.unwrap();
    assert_eq!((line.kind, line.text.as_str()), (PreviewKind::Deleted, ""));
}

#[test]
fn what_is_counted_and_shown_of_an_unread_message_follows_its_edits_and_its_deletion() {
    let mut office = Office::new(111);
    let [(alice, _), (bob, bob_id), (carol, _)] = names(&mut office);
    let group = office.group.clone();
    let shown = |office: &mut Office, who| {
        let view = view(&mut office.world, who, &group);
        (view.unread, view.unread_mentions, view.preview)
    };
    let change = |office: &mut Office, draft| {
        office.world.command(alice, Command::Send { group: group.clone(), draft }).unwrap();
        office.world.settle();
    };
    let first = office.say(alice, "words");
    let second = office.say(alice, "nobody is called");
    office.world.settle();
    assert_eq!(shown(&mut office, bob), (2, 0, "nobody is called".into()));
    // An edit calls somebody, and another one doesn't any more.
    change(&mut office, Draft::Edit { message: second, text: format!("@{bob_id} look") });
    assert_eq!(shown(&mut office, bob).1, 1);
    change(&mut office, Draft::Edit { message: second, text: "never mind".into() });
    assert_eq!(shown(&mut office, bob), (2, 0, "never mind".into()));
    change(&mut office, Draft::Edit { message: second, text: "@all".into() });
    assert_eq!((shown(&mut office, bob).1, shown(&mut office, carol).1), (1, 1));
    // Behind a note of what members did the line of the list is still the message's.
    change(&mut office, Draft::Text { text: "the last words".into(), reply_to: None });
    let last = messages(&mut office.world, alice, &group).pop().unwrap().id;
    let set = Command::SetDisappearing { group: group.clone(), seconds: Some(3600) };
    office.world.command(alice, set).unwrap();
    office.world.settle();
    change(&mut office, Draft::Delete { message: last });
    assert_eq!(shown(&mut office, bob), (2, 1, "Deleted".into()));
    change(&mut office, Draft::Delete { message: second });
    change(&mut office, Draft::Delete { message: first });
    assert_eq!(shown(&mut office, bob), (0, 0, "Deleted".into()));
    // For whoever has read it, nothing is counted.
    let read = office.say(alice, "read");
    office.world.settle();
    office.world.command(carol, Command::MarkRead { group: group.clone(), up_to: None }).unwrap();
    change(&mut office, Draft::Delete { message: read });
    assert_eq!((shown(&mut office, bob).0, shown(&mut office, carol).0), (0, 0));
}

#[test]
fn a_person_keeps_conversations_in_order_on_this_device() {
    let mut office = Office::new(102);
    let (group, bob) = (office.group.clone(), office.bob);
    let now = office.world.clients[bob].query(|tx| query::conversation(tx, &group)).unwrap().last_at_ms;
    let run = |office: &mut Office, command: Command| {
        office.world.command(bob, command).unwrap();
        view(&mut office.world, bob, &office.group.clone())
    };
    assert!(run(&mut office, Command::Pin { group: group.clone(), on: true }).pinned_at_ms.is_some());
    assert_eq!(run(&mut office, Command::Pin { group: group.clone(), on: false }).pinned_at_ms, None);
    assert!(run(&mut office, Command::MarkUnread { group: group.clone() }).marked_unread);
    assert!(!run(&mut office, Command::MarkRead { group: group.clone(), up_to: None }).marked_unread);
    let answered = office.say(office.alice, "draft an answer");
    office.world.settle();
    let draft = Command::SaveDraft { group: group.clone(), text: "half a".into(), reply_to: Some(answered) };
    let saved = run(&mut office, draft).draft.unwrap();
    assert_eq!((saved.text.as_str(), saved.reply_to), ("half a", Some(answered)));
    office.world.crash_client(bob);
    assert_eq!(view(&mut office.world, bob, &group).draft, Some(saved));
    office.say(bob, "half a sentence");
    assert_eq!(view(&mut office.world, bob, &group).draft, None);

    // What was put away comes back with a message, unless it is muted.
    assert!(run(&mut office, Command::Archive { group: group.clone(), on: true }).archived);
    office.say(office.alice, "anybody?");
    office.world.settle();
    assert!(!view(&mut office.world, bob, &group).archived);
    let week = now + 7 * 24 * 3600 * 1000;
    run(&mut office, Command::Mute { group: group.clone(), until_ms: Some(week) });
    run(&mut office, Command::Archive { group: group.clone(), on: true });
    office.say(office.alice, "still nobody?");
    office.world.settle();
    let muted = view(&mut office.world, bob, &group);
    assert_eq!((muted.archived, muted.muted_until_ms), (true, Some(week)));
    // Nobody else is told.
    let alices = view(&mut office.world, office.alice, &group);
    assert_eq!((alices.archived, alices.muted_until_ms, alices.pinned_at_ms), (false, None, None));
}

#[test]
fn starred_messages_are_listed_until_they_go() {
    let mut office = Office::new(103);
    let (group, direct) = (office.group.clone(), office.direct.clone());
    let one = office.say(office.alice, "the code is 1234");
    let two = send(&mut office.world, office.alice, &direct, "between us");
    office.world.settle();
    let bob = office.bob;
    for message in [one, two] {
        office.world.command(bob, Command::Star { message, on: true }).unwrap();
        office.world.run_for(10);
    }
    let starred = |office: &mut Office, group: Option<GroupId>| -> Vec<MessageId> {
        let found = office.world.clients[bob].query(|tx| query::starred(tx, group.as_ref(), 10));
        found.into_iter().map(|found| found.message.id).collect()
    };
    assert_eq!(starred(&mut office, None), [two, one]);
    assert_eq!(starred(&mut office, Some(group.clone())), [one]);
    assert!(messages(&mut office.world, bob, &group).iter().any(|message| message.id == one && message.starred));
    office.world.command(bob, Command::Star { message: two, on: false }).unwrap();
    let delete = Draft::Delete { message: one };
    office.world.command(office.alice, Command::Send { group, draft: delete }).unwrap();
    office.world.settle();
    assert_eq!(starred(&mut office, None), []);
    assert_eq!(refused(&mut office.world, bob, Command::Star { message: one, on: true }), "no_such_message");
}

#[test]
fn pictures_reach_everybody_and_whoever_comes_later() {
    let mut office = Office::new(104);
    let [(alice, alice_id), (bob, bob_id), (carol, _)] = names(&mut office);
    let (group, direct) = (office.group.clone(), office.direct.clone());
    let world = &mut office.world;
    let picture = |world: &mut World, client: ClientId, of: &chancery_wire::UserId| {
        world.clients[client].query(|tx| query::picture(tx, Some(of), None)).map(|picture| picture.bytes)
    };
    for bad in [Base64(b"<svg/>".to_vec()), jpeg(24 * 1024 + 1), Base64(Vec::new())] {
        assert_eq!(refused(world, alice, Command::SetPicture { picture: Some(bad) }), "invalid_picture");
    }
    world.command(alice, Command::SetPicture { picture: Some(jpeg(1000)) }).unwrap();
    world.settle();
    for client in [bob, carol] {
        assert_eq!(picture(world, client, &alice_id), Some(jpeg(1000)), "{}", world.clients[client].name);
    }
    let hash = world.clients[alice].query(query::account).unwrap().picture;
    assert!(hash.is_some());
    assert_eq!(view(world, bob, &direct).picture, hash);
    let members = world.clients[bob].query(|tx| query::members(tx, &group));
    assert_eq!(members.iter().find(|member| member.user == alice_id).unwrap().picture, hash);
    assert!(world.clients[bob].events.contains(&Event::PersonChanged { user: alice_id.clone() }));

    // The group's; only an admin sets it, and a new name doesn't take it away.
    let set = |picture| Command::SetGroupPicture { group: group.clone(), picture };
    assert_eq!(refused(world, bob, set(Some(jpeg(500)))), "not_admin");
    world.command(alice, set(Some(jpeg(500)))).unwrap();
    world.command(alice, Command::Rename { group: group.clone(), name: "Office 2".into() }).unwrap();
    world.settle();
    let groups = |world: &mut World, client: ClientId| {
        world.clients[client].query(|tx| query::picture(tx, None, Some(&group))).map(|picture| picture.bytes)
    };
    assert_eq!(groups(world, bob), Some(jpeg(500)));
    assert_eq!(notes(world, bob, &group, "picture").len(), 1);

    // Dave comes later, and so does a second device of Bob's.
    world.command(bob, Command::SetPicture { picture: Some(jpeg(700)) }).unwrap();
    let dave = world.join("dave");
    let dave_id = world.user(dave).unwrap();
    world.command(alice, Command::AddUsers { group: group.clone(), users: vec![dave_id] }).unwrap();
    world.settle();
    let bob2 = world.link(bob, "bob's tablet");
    world.settle();
    for client in [dave, bob2] {
        let name = world.clients[client].name.clone();
        assert_eq!(picture(world, client, &alice_id), Some(jpeg(1000)), "{name}");
        assert_eq!(picture(world, client, &bob_id), Some(jpeg(700)), "{name}");
        assert_eq!(groups(world, client), Some(jpeg(500)), "{name}");
    }
    assert!(world.clients[bob2].query(query::account).unwrap().picture.is_some());
    world.command(alice, Command::SetPicture { picture: None }).unwrap();
    world.settle();
    for client in [alice, bob, bob2, carol, dave] {
        assert_eq!(picture(world, client, &alice_id), None, "{}", world.clients[client].name);
    }
}

#[test]
fn messages_disappear_everywhere_when_their_time_is_over() {
    let mut office = Office::new(105);
    let [(alice, _), (bob, _), (carol, _)] = names(&mut office);
    let (group, direct) = (office.group.clone(), office.direct.clone());
    let kept = office.say(alice, "this stays");
    let world = &mut office.world;
    let set = |group: &GroupId, seconds| Command::SetDisappearing { group: group.clone(), seconds };
    assert_eq!(refused(world, bob, set(&group, Some(DAY_SECONDS))), "not_admin");
    assert_eq!(refused(world, alice, set(&group, Some(4))), "invalid_duration");
    world.command(alice, set(&group, Some(DAY_SECONDS))).unwrap();
    world.settle();
    assert_eq!(notes(world, bob, &group, "disappearing"), ["alice set messages to disappear after 1 day."]);
    assert_eq!(view(world, carol, &group).message_seconds, Some(DAY_SECONDS));

    let secret = send(world, bob, &group, "the password is swordfish");
    world.settle();
    let draft = Draft::Text { text: "thanks".into(), reply_to: Some(secret) };
    world.command(carol, Command::Send { group: group.clone(), draft }).unwrap();
    world.command(carol, Command::Star { message: secret, on: true }).unwrap();
    let react = Draft::React { message: secret, emoji: "👍".into(), on: true };
    world.command(alice, Command::Send { group: group.clone(), draft: react }).unwrap();
    world.settle();
    // A device that comes later gets it with the history, and deletes it all the same.
    let alice2 = world.link(alice, "alice's tablet");
    world.settle();
    assert_eq!(view(world, alice2, &group).message_seconds, Some(DAY_SECONDS));
    let everybody = [alice, alice2, bob, carol];
    for client in everybody {
        let found = world.clients[client].query(|tx| query::search(tx, "swordfish", 10));
        assert_eq!(found.len(), 1, "{}", world.clients[client].name);
        assert!(found[0].1.expires_at_ms.is_some());
    }
    // One is away when the time comes.
    world.go_offline(carol);
    world.run_for(u64::from(DAY_SECONDS) * 1000 + 60_000);
    for client in everybody {
        let name = world.clients[client].name.clone();
        assert_eq!(texts(world, client, &group), ["this stays"], "{name}");
        assert_eq!(world.clients[client].query(|tx| query::message(tx, &secret)), None, "{name}");
        assert!(world.clients[client].query(|tx| query::search(tx, "swordfish", 10)).is_empty(), "{name}");
        assert!(world.clients[client].query(|tx| query::starred(tx, None, 10)).is_empty(), "{name}");
        let shown = view(world, client, &group);
        assert_eq!((shown.preview.as_str(), shown.unread), ("this stays", 0), "{name}");
        assert_eq!(shown.last.unwrap().message, kept, "{name}");
        let gone = Event::MessageGone { group: group.clone(), message: secret };
        assert!(world.clients[client].events.contains(&gone), "{name}");
    }
    world.go_online(carol);
    world.settle();
    assert_eq!(texts(world, carol, &group), ["this stays"]);

    // In a 1:1 either may set it; off again, messages stay.
    world.command(bob, set(&direct, Some(3600))).unwrap();
    world.settle();
    world.command(alice, set(&direct, None)).unwrap();
    world.settle();
    send(world, alice, &direct, "for ever");
    world.run_for(2 * 3600 * 1000);
    assert_eq!(texts(world, bob, &direct), ["for ever"]);
    assert_eq!(notes(world, bob, &direct, "disappearing").len(), 2);
}

#[test]
fn an_unread_message_that_disappears_is_unread_no_more_and_one_that_was_never_sent_is_not_sent() {
    let mut office = Office::new(106);
    let (group, alice, bob) = (office.group.clone(), office.alice, office.bob);
    let world = &mut office.world;
    let set = Command::SetDisappearing { group: group.clone(), seconds: Some(3600) };
    world.command(alice, set).unwrap();
    world.settle();
    let text = format!("@{} look", world.user(bob).unwrap());
    send(world, alice, &group, &text);
    world.settle();
    let shown = view(world, bob, &group);
    assert_eq!((shown.unread, shown.unread_mentions), (1, 1));
    world.go_offline(alice);
    send(world, alice, &group, "too late");
    world.run_for(3600 * 1000 + 60_000);
    let shown = view(world, bob, &group);
    assert_eq!((shown.unread, shown.unread_mentions), (0, 0));
    world.go_online(alice);
    world.settle();
    assert!(texts(world, alice, &group).is_empty() && texts(world, bob, &group).is_empty());
    assert_eq!(world.clients[alice].query(query::waiting), 0);
}

#[test]
fn deleting_what_was_never_sent_takes_it_back_and_tells_nobody() {
    let mut office = Office::new(112);
    let (group, alice, bob) = (office.group.clone(), office.alice, office.bob);
    let world = &mut office.world;
    let delete = |message| Command::Send { group: group.clone(), draft: Draft::Delete { message } };
    let gone = |world: &World, client: ClientId, id: MessageId| {
        world.clients[client]
            .events
            .iter()
            .any(|event| matches!(event, Event::MessageGone { message, .. } if *message == id))
    };
    let before = send(world, alice, &group, "before");
    world.settle();
    world.go_offline(alice);
    world.settle();
    let first = send(world, alice, &group, "no");
    send(world, alice, &group, "yes");
    let draft = Draft::React { message: before, emoji: "👍".into(), on: true };
    world.command(alice, Command::Send { group: group.clone(), draft }).unwrap();
    assert_eq!(world.clients[alice].query(query::messages_waiting), 2, "a reaction isn't a message");
    assert_eq!(world.command(alice, delete(first)).unwrap(), CommandResult::Done);
    assert_eq!(texts(world, alice, &group), ["before", "yes"]);
    assert!(gone(world, alice, first));
    world.go_online(alice);
    world.settle();
    assert_eq!(texts(world, bob, &group), ["before", "yes"]);
    assert!(messages(world, bob, &group).iter().all(|message| !matches!(message.body, BodyView::Deleted)));

    // The same for what was refused, by who is no member any more.
    world.go_offline(bob);
    world.settle();
    let refused = send(world, bob, &group, "refused");
    let user = world.user(bob).unwrap();
    world.command(alice, Command::RemoveUsers { group: group.clone(), users: vec![user] }).unwrap();
    world.settle();
    world.go_online(bob);
    world.settle();
    let (_, message) = world.clients[bob].query(|tx| query::message(tx, &refused)).unwrap();
    assert_eq!(message.state, MessageState::Failed);
    assert_eq!(self::refused(world, bob, Command::Resend { message: refused }), "not_member");
    assert_eq!(world.command(bob, delete(refused)).unwrap(), CommandResult::Done);
    assert!(gone(world, bob, refused));
    assert_eq!(texts(world, bob, &group), ["before", "yes"]);
}

#[test]
fn a_refused_message_is_sent_once_more_as_what_it_was() {
    let mut office = Office::new(113);
    let (group, alice, bob) = (office.group.clone(), office.alice, office.bob);
    let world = &mut office.world;
    // Removed and added again: what had been written in between was refused.
    let user = world.user(bob).unwrap();
    world.go_offline(bob);
    let late = send(world, bob, &group, "late");
    world.command(alice, Command::RemoveUsers { group: group.clone(), users: vec![user.clone()] }).unwrap();
    world.settle();
    world.go_online(bob);
    world.settle();
    assert_eq!(refused(world, bob, Command::Resend { message: late }), "not_member");
    world.command(alice, Command::AddUsers { group: group.clone(), users: vec![user] }).unwrap();
    world.settle();
    let state = |world: &mut World| world.clients[bob].query(|tx| query::message(tx, &late)).unwrap().1.state;
    assert_eq!(state(world), MessageState::Failed);
    let again = Command::Resend { message: late };
    assert_eq!(world.command(bob, again.clone()).unwrap(), CommandResult::Queued { message: late });
    world.settle();
    assert_ne!(state(world), MessageState::Failed);
    assert_eq!(texts(world, alice, &group), ["late"]);
    let shown = messages(world, alice, &group);
    assert!(shown.iter().any(|message| message.id == late && !message.forwarded));
    assert_eq!(refused(world, bob, again), "not_failed");
}

fn typing(world: &World, client: ClientId) -> Vec<bool> {
    let on = |event: &Event| match event {
        Event::Typing { on, .. } => Some(*on),
        _ => None,
    };
    world.clients[client].events.iter().filter_map(on).collect()
}

#[test]
fn typing_is_shown_while_it_lasts_and_nobody_keeps_it() {
    let mut office = Office::new(107);
    let (group, alice, bob, carol) = (office.group.clone(), office.alice, office.bob, office.carol);
    let items = |office: &Office| office.world.relay.logs().iter().map(|log| log.positions.len()).sum::<usize>();
    let before = items(&office);
    let type_ = |world: &mut World, client: ClientId, on: bool| {
        world.command(client, Command::Typing { group: group.clone(), on }).unwrap();
        world.run_for(1_000);
    };
    type_(&mut office.world, alice, true);
    assert_eq!((typing(&office.world, bob), typing(&office.world, carol)), (vec![true], vec![true]));
    assert!(typing(&office.world, alice).is_empty(), "nobody hears of themselves");
    // Going on typing renews it quietly; stopping is told at once; without a word it ends by itself.
    for _ in 0..10 {
        type_(&mut office.world, alice, true);
    }
    assert_eq!(typing(&office.world, bob), [true]);
    type_(&mut office.world, alice, false);
    assert_eq!(typing(&office.world, bob), [true, false]);
    type_(&mut office.world, alice, true);
    office.world.run_for(10_000);
    assert_eq!(typing(&office.world, bob), [true, false, true, false]);
    // A message ends it.
    type_(&mut office.world, alice, true);
    assert_eq!(items(&office), before, "the log holds nothing of it");
    office.say(alice, "done");
    office.world.run_for(500);
    assert_eq!(typing(&office.world, bob)[4..], [true, false]);

    // Lost signals harm nobody, and neither do repeated or forged ones.
    office.world.tamper_frame =
        Some(Box::new(|_, frame| (!matches!(frame, ServerFrame::Signal { .. })).then_some(frame)));
    office.world.run_for(10_000);
    type_(&mut office.world, alice, true);
    assert_eq!(typing(&office.world, bob).len(), 6);
    office.world.tamper_frame = Some(Box::new(|_, frame| {
        Some(match frame {
            ServerFrame::Signal { group, device, epoch, mut body } => {
                body[30] ^= 1;
                ServerFrame::Signal { group, device, epoch, body }
            }
            frame => frame,
        })
    }));
    office.world.run_for(10_000);
    type_(&mut office.world, alice, true);
    assert_eq!(typing(&office.world, bob).len(), 6);
    office.world.tamper_frame = None;
    office.world.settle();
    assert_eq!(texts(&mut office.world, bob, &group), ["done"]);
}

#[test]
fn readers_and_people_who_left_do_not_type() {
    let mut office = Office::new(108);
    let [(alice, _), (bob, bob_id), (carol, carol_id)] = names(&mut office);
    let group = office.group.clone();
    let world = &mut office.world;
    world.command(alice, Command::SetRole { group: group.clone(), user: bob_id, role: Role::Reader }).unwrap();
    world.command(alice, Command::RemoveUsers { group: group.clone(), users: vec![carol_id] }).unwrap();
    world.settle();
    for client in [bob, carol] {
        world.command(client, Command::Typing { group: group.clone(), on: true }).unwrap();
        world.run_for(2_000);
    }
    assert!(typing(world, alice).is_empty());
    // The relay passes nothing on from them either, nor more than a connection's share, nor large ones.
    let connection = |world: &World, client: ClientId| world.clients[client].connection.unwrap();
    let signal = |bytes| ClientFrame::Signal { group: group.clone(), epoch: 1, body: vec![0; bytes] };
    let now = 4_000_000_000_000;
    let passed = |world: &mut World| world.relay.poll().iter().map(|(_, frames, _)| frames.len()).sum::<usize>();
    passed(world);
    for client in [bob, carol] {
        let connection = connection(world, client);
        assert_eq!(world.relay.frame(connection, now, signal(64)), Some(Vec::new()));
        assert_eq!(passed(world), 0);
    }
    let alices = connection(world, alice);
    let mut count = 0;
    for _ in 0..50 {
        world.relay.frame(alices, now, signal(64)).unwrap();
        count += passed(world);
    }
    assert_eq!(count, 8, "a burst, and then one per second; Bob listens");
    world.relay.frame(alices, now + 2_000, signal(64)).unwrap();
    assert_eq!(passed(world), 1);
    let refused = world.relay.frame(alices, now + 9_000, signal(257)).unwrap();
    assert!(matches!(&refused[..], [ServerFrame::Closing { .. }]), "{refused:?}");
}

#[test]
fn voice_notes_places_and_contacts_arrive_as_sent() {
    let mut office = Office::new(109);
    let (group, alice, bob) = (office.group.clone(), office.alice, office.bob);
    let file = FileInfo {
        name: "voice.ogg".into(),
        media_type: "audio/ogg".into(),
        size: 1000,
        url: "https://relay.example.org/v1/files/00112233445566778899aabbccddeeff".into(),
        key: FileKey { key: [1; 32], nonce: [2; 7] },
        content_hash: [3; 32],
        expires_at: Some(2_000_000_000),
        thumbnail: None,
        width: None,
        height: None,
        duration_ms: Some(4_200),
        waveform: Some(vec![0, 128, 255]),
    };
    let place = Draft::Location {
        latitude_e7: 525_200_066,
        longitude_e7: 134_049_540,
        accuracy_m: Some(20),
        name: "Head office".into(),
    };
    let card = Draft::Contact {
        name: "Dora".into(),
        user: Some("dora@example.org".parse().unwrap()),
        emails: vec!["dora@example.org".into()],
        phones: Vec::new(),
    };
    let voice = Draft::File { file, caption: String::new(), reply_to: None };
    for draft in [voice, place, card] {
        office.world.command(alice, Command::Send { group: group.clone(), draft }).unwrap();
    }
    office.world.settle();
    let got = messages(&mut office.world, bob, &group);
    let [voice, place, card] = &got[got.len() - 3..] else { panic!() };
    assert!(
        matches!(&voice.body, BodyView::File { duration_ms: Some(4_200), waveform: Some(waveform), .. } if *waveform == [0, 128, 255])
    );
    assert!(matches!(&place.body, BodyView::Location { latitude_e7: 525_200_066, accuracy_m: Some(20), .. }));
    assert!(matches!(&card.body, BodyView::Contact { user: Some(_), emails, .. } if emails.len() == 1));
    assert_eq!(view(&mut office.world, bob, &group).last.unwrap().kind, PreviewKind::Contact);
    let found = office.world.clients[bob].query(|tx| query::search(tx, "head office", 10));
    assert_eq!(found.len(), 1);
    let nowhere = Draft::Location { latitude_e7: 900_000_001, longitude_e7: 0, accuracy_m: None, name: String::new() };
    assert_eq!(refused(&mut office.world, alice, Command::Send { group, draft: nowhere }), "invalid_location");
}

#[test]
fn an_admin_calls_everybody_and_sees_who_has_read() {
    let mut office = Office::new(110);
    let [(alice, _), (bob, bob_id), (carol, carol_id)] = names(&mut office);
    let group = office.group.clone();
    let call = office.say(alice, "@all: fire drill");
    let idle = office.say(bob, "@all me too");
    office.world.settle();
    assert_eq!(view(&mut office.world, carol, &group).unread_mentions, 1);
    let shown = messages(&mut office.world, carol, &group);
    let of = |id: MessageId| shown.iter().find(|message| message.id == id).unwrap();
    assert!(of(call).mentions_everyone && !of(idle).mentions_everyone);
    office.world.command(bob, Command::MarkRead { group: group.clone(), up_to: None }).unwrap();
    office.world.go_offline(carol);
    let late = office.say(alice, "and now?");
    office.world.settle();
    let info = |office: &mut Office, id: MessageId| {
        let info = office.world.clients[alice].query(|tx| query::message_info(tx, &id)).unwrap();
        assert!(info.has_receipts);
        for receipt in &info.receipts {
            assert_eq!(receipt.delivered_at_ms.is_some(), receipt.delivered, "it is known since when");
            assert_eq!(receipt.read_at_ms.is_some(), receipt.read, "it is known since when");
            assert!(receipt.read_at_ms >= receipt.delivered_at_ms || !receipt.read);
        }
        let of =
            |user| info.receipts.iter().find(|receipt| receipt.user == user).map(|r| (r.delivered, r.read)).unwrap();
        (info.message.state, of(bob_id.clone()), of(carol_id.clone()))
    };
    assert_eq!(info(&mut office, call), (MessageState::Delivered, (true, true), (true, false)));
    assert_eq!(info(&mut office, late), (MessageState::Sent, (true, false), (false, false)));
    let audience = office.world.clients[bob].query(|tx| query::audience(tx, &group)).unwrap();
    assert_eq!((audience.members, audience.devices, audience.outsiders.len()), (3, 3, 0));
    assert_eq!(audience.policy.unwrap().log_days, 30);
}

#[test]
fn the_directory_is_listed_page_by_page() {
    let mut office = Office::new(111);
    let mut after = None;
    let Ok(CommandResult::People { people }) =
        office.world.command(office.bob, Command::ListPeople { after: after.take() })
    else {
        panic!()
    };
    let names: Vec<_> = people.iter().map(|person| person.user.local().to_owned()).collect();
    assert_eq!(names, ["alice", "bob", "carol"]);
    let after = Some(people[0].user.clone());
    let Ok(CommandResult::People { people }) = office.world.command(office.bob, Command::ListPeople { after }) else {
        panic!()
    };
    assert_eq!(people.len(), 2);
}
