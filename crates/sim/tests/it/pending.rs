//! Edits, deletions and reactions that wait to be sent, or are refused.

use crate::kit::{Office, send, texts};
use chancery_core::{
    Command, CommandResult, Event,
    api::{BodyView, Draft, MessageView, PendingKind},
    query,
};
use chancery_sim::{ClientId, World};
use chancery_wire::{GroupId, MessageId};

fn draft(world: &mut World, client: ClientId, group: &GroupId, draft: Draft) -> CommandResult {
    world.command(client, Command::Send { group: group.clone(), draft }).unwrap()
}

fn message(world: &mut World, client: ClientId, id: MessageId) -> MessageView {
    world.clients[client].query(|tx| query::message(tx, &id)).unwrap().1
}

/// What waits, and whether it was refused.
fn pending(message: &MessageView) -> Vec<(PendingKind, bool)> {
    message.pending.iter().map(|change| (change.kind, change.failed.is_some())).collect()
}

fn text(message: &MessageView) -> &str {
    match &message.body {
        BodyView::Text { text } => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn changes_made_offline_are_shown_at_once_marked_and_sent_later() {
    let mut office = Office::new(1500);
    let (group, alice, bob) = (office.group.clone(), office.alice, office.bob);
    let world = &mut office.world;
    let [edited, deleted, liked] = ["teh plan", "oops", "good"].map(|text| send(world, alice, &group, text));
    world.settle();
    world.go_offline(alice);
    world.settle();
    let edit = |text: &str| Draft::Edit { message: edited, text: text.into() };
    let react = |on| Draft::React { message: liked, emoji: "👍".into(), on };
    draft(world, alice, &group, edit("the plan"));
    draft(world, alice, &group, Draft::Delete { message: deleted });
    draft(world, alice, &group, react(true));

    let shown = message(world, alice, edited);
    assert_eq!((text(&shown), shown.edited, pending(&shown)), ("the plan", true, vec![(PendingKind::Edit, false)]));
    let gone = message(world, alice, deleted);
    assert_eq!((&gone.body, pending(&gone)), (&BodyView::Deleted, vec![(PendingKind::Delete, false)]));
    let shown = message(world, alice, liked);
    assert_eq!((shown.reactions.len(), pending(&shown)), (1, vec![(PendingKind::Reaction, false)]));
    let told =
        |event: &&Event| matches!(event, Event::Message { message, new: false, .. } if text_is(message, "the plan"));
    assert!(world.clients[alice].events.iter().any(|event| told(&event)), "open windows are told");

    // A reaction that never went out is taken back, and a later edit takes the place of the first.
    draft(world, alice, &group, react(false));
    let shown = message(world, alice, liked);
    assert!(shown.reactions.is_empty() && shown.pending.is_empty());
    draft(world, alice, &group, edit("the final plan"));
    let shown = message(world, alice, edited);
    assert_eq!((text(&shown), shown.pending.len()), ("the final plan", 1));
    assert_eq!(texts(world, bob, &group), ["teh plan", "oops", "good"]);

    world.go_online(alice);
    world.settle();
    for client in [alice, bob] {
        assert_eq!(texts(world, client, &group), ["the final plan", "good"]);
        assert!(
            message(world, client, edited).pending.is_empty() && message(world, client, deleted).pending.is_empty()
        );
        assert!(message(world, client, liked).reactions.is_empty());
    }
    assert_eq!(world.clients[alice].query(query::waiting), 0);
}

fn text_is(message: &MessageView, wanted: &str) -> bool {
    matches!(&message.body, BodyView::Text { text } if text == wanted)
}

#[test]
fn a_message_that_waits_shows_its_edit_and_keeps_it_when_it_has_taken_its_place() {
    let mut office = Office::new(1501);
    let (group, alice, bob) = (office.group.clone(), office.alice, office.bob);
    let world = &mut office.world;
    world.go_offline(alice);
    world.settle();
    let id = send(world, alice, &group, "tomorow");
    draft(world, alice, &group, Draft::Edit { message: id, text: "tomorrow".into() });
    let shown = message(world, alice, id);
    assert_eq!((text(&shown), pending(&shown)), ("tomorrow", vec![(PendingKind::Edit, false)]));
    world.crash_client(alice);
    let shown = message(world, alice, id);
    assert_eq!(text(&shown), "tomorrow");
    world.go_online(alice);
    world.settle();
    assert_eq!(texts(world, bob, &group), ["tomorrow"]);
    let shown = message(world, alice, id);
    assert_eq!((text(&shown), pending(&shown)), ("tomorrow", vec![]));
}

#[test]
fn a_refused_edit_says_so_and_is_tried_again_or_given_up() {
    let mut office = Office::new(1502);
    let (group, alice, bob) = (office.group.clone(), office.alice, office.bob);
    let world = &mut office.world;
    let [one, two, three] = ["one", "two", "three"].map(|text| send(world, bob, &group, text));
    world.settle();
    let user = world.user(bob).unwrap();
    world.go_offline(bob);
    world.settle();
    draft(world, bob, &group, Draft::Edit { message: one, text: "one, again".into() });
    draft(world, bob, &group, Draft::Delete { message: two });
    draft(world, bob, &group, Draft::React { message: three, emoji: "👍".into(), on: true });
    world.command(alice, Command::RemoveUsers { group: group.clone(), users: vec![user.clone()] }).unwrap();
    world.settle();
    world.go_online(bob);
    world.settle();
    let edited = message(world, bob, one);
    assert_eq!((text(&edited), pending(&edited)), ("one, again", vec![(PendingKind::Edit, true)]));
    let kept = message(world, bob, two);
    assert_eq!((text(&kept), pending(&kept)), ("two", vec![(PendingKind::Delete, true)]));
    let liked = message(world, bob, three);
    assert!(liked.reactions.is_empty() && liked.pending.is_empty(), "what others don't see isn't shown");
    let told =
        |event: &Event| matches!(event, Event::OperationFailed { error, .. } if error.message.contains("An edit"));
    assert!(world.clients[bob].events.iter().any(told));

    // Given up, the message is as everybody sees it.
    draft(world, bob, &group, Draft::Delete { message: kept.pending[0].change });
    assert!(message(world, bob, two).pending.is_empty());

    world.command(alice, Command::AddUsers { group: group.clone(), users: vec![user] }).unwrap();
    world.settle();
    world.command(bob, Command::Resend { message: edited.pending[0].change }).unwrap();
    assert_eq!(pending(&message(world, bob, one)), [(PendingKind::Edit, false)]);
    world.settle();
    assert!(message(world, bob, one).pending.is_empty());
    assert_eq!(texts(world, alice, &group), ["one, again", "two", "three"]);
}

#[test]
fn a_text_beyond_the_longest_is_refused_with_the_way_out() {
    let mut office = Office::new(1503);
    let (group, alice) = (office.group.clone(), office.alice);
    let world = &mut office.world;
    // Four bytes each: characters are counted, not bytes.
    send(world, alice, &group, &"😀".repeat(chancery_wire::limits::MAX_TEXT_CHARS));
    let text = "x".repeat(chancery_wire::limits::MAX_TEXT_CHARS + 1);
    let draft = Draft::Text { text, reply_to: None };
    let error = world.command(alice, Command::Send { group, draft }).expect_err("too long");
    assert!(error.code == "too_large" && error.message.contains("as a file"), "{}", error.message);
}
