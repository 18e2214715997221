//! The chat as a person sees it: keys in, screen out.

use super::{
    draw::draw,
    keys::Key,
    model::{Chat, Effect, Focus, ForUsers, Named, Overlay},
    rows::columns,
};
use chancery_core::{
    Command, Event,
    api::{
        AccountView, BodyView, ConversationState, ConversationView, Draft, MessageState, MessageView, PendingKind,
        PendingView, Warning,
    },
};
use chancery_mls::GroupKind;
use chancery_wire::{DeviceId, GroupId, MessageId, UserId};
use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend};

/// 2026-11-22 12:00 UTC.
const NOON_MS: u64 = 1_795_348_800_000;
const DAY_MS: u64 = 86_400_000;

fn user(name: &str) -> UserId {
    format!("{name}@example.org").parse().unwrap()
}

fn group(digit: char) -> GroupId {
    format!("{}@example.org", digit.to_string().repeat(32)).parse().unwrap()
}

fn view(digit: char, title: &str, unread: u64) -> ConversationView {
    ConversationView {
        group: group(digit),
        kind: GroupKind::Group,
        title: title.into(),
        state: ConversationState::Active,
        suite: None,
        epoch: Some(1),
        purpose: "Planning".into(),
        unread,
        unread_mentions: 0,
        preview: "See you there".into(),
        last_at_ms: NOON_MS,
        waiting: 0,
        held: 0,
        needs_repair: false,
        picture: None,
        peer: None,
        role: None,
        members: 2,
        last: None,
        message_seconds: None,
        pinned_at_ms: None,
        muted_until_ms: None,
        archived: false,
        marked_unread: false,
        draft: None,
    }
}

fn message(n: u8, sender: &str, at_ms: u64, text: &str) -> MessageView {
    MessageView {
        id: MessageId([n; 32]),
        seq: u64::from(n),
        sender: Some(user(sender)),
        sender_name: sender[..1].to_uppercase() + &sender[1..],
        at_ms,
        body: BodyView::Text { text: text.into() },
        reply_to: None,
        reply: None,
        forwarded: false,
        edited: false,
        reactions: vec![],
        mentions: vec![],
        mentions_everyone: false,
        starred: false,
        expires_at_ms: None,
        newcomers: vec![],
        state: if sender == "alice" { MessageState::Sent } else { MessageState::Received },
        pending: vec![],
    }
}

fn chat() -> Chat {
    let account = AccountView {
        user: user("alice"),
        name: "Alice".into(),
        device: DeviceId([1; 16]),
        label: "laptop".into(),
        organisation: "Example".into(),
        relay: "http://127.0.0.1:8008".into(),
        root_fingerprint: "00".repeat(32),
        policy_version: 1,
        picture: None,
    };
    let mut chat = Chat::new(account, TimeZone::UTC);
    chat.set_conversations(vec![view('a', "Site visit", 2), view('b', "Bob Lee", 0)]);
    chat.connected = true;
    chat
}

fn opened(messages: Vec<MessageView>) -> Chat {
    let mut chat = chat();
    assert_eq!(chat.key(Key::Enter), [Effect::Load { group: group('a'), before: None }]);
    chat.set_messages(&group('a'), None, messages);
    chat
}

fn day() -> Vec<MessageView> {
    let mut reply = message(4, "alice", NOON_MS - 60_000, "On my way");
    reply.reply_to = Some(MessageId([3; 32]));
    reply.state = MessageState::Delivered;
    let mut edited = message(2, "bob", NOON_MS - DAY_MS + 60_000, "The gate code is 4711");
    edited.edited = true;
    edited.reactions = vec![("👍".into(), vec![user("alice"), user("carol")])];
    let mut note = message(5, "bob", NOON_MS - 50_000, "");
    note.sender = None;
    note.body = BodyView::Note { code: "added".into(), text: "Bob added Dora".into() };
    let mut file = message(6, "carol", NOON_MS - 40_000, "");
    file.body = BodyView::File {
        name: "plan.pdf".into(),
        media_type: "application/pdf".into(),
        size: 2_100_000,
        file: None,
        caption: "second draft".into(),
        thumbnail: false,
        width: None,
        height: None,
        duration_ms: None,
        waveform: None,
        expires_at: None,
    };
    let mut deleted = message(7, "carol", NOON_MS - 30_000, "");
    deleted.body = BodyView::Deleted;
    let mut read = message(8, "alice", NOON_MS, "Thanks");
    read.state = MessageState::Read;
    let mut waiting = message(9, "alice", NOON_MS, "Still here?");
    waiting.seq = 0;
    waiting.state = MessageState::Waiting;
    vec![
        message(1, "bob", NOON_MS - DAY_MS, "Morning all"),
        edited,
        message(3, "carol", NOON_MS - 120_000, "Who is at the site?"),
        reply,
        note,
        file,
        deleted,
        read,
        waiting,
    ]
}

fn screen(chat: &mut Chat, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| drop(draw(frame, chat, NOON_MS))).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let rows = (0..height).map(|y| {
        let mut row = String::new();
        let mut x = 0;
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += u16::try_from(columns(symbol).max(1)).unwrap();
        }
        row.trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}

fn type_text(chat: &mut Chat, text: &str) {
    text.chars().for_each(|c| drop(chat.key(Key::Character(c))));
}

#[test]
fn a_day_of_messages_on_a_wide_screen() {
    let mut chat = opened(day());
    insta::assert_snapshot!(screen(&mut chat, 90, 30));
}

#[test]
fn a_narrow_screen_shows_one_pane_at_a_time() {
    let mut chat = opened(day());
    insta::assert_snapshot!("narrow_thread", screen(&mut chat, 40, 16));
    chat.key(Key::Escape);
    insta::assert_snapshot!("narrow_list", screen(&mut chat, 40, 16));
}

#[test]
fn an_empty_chat_says_what_to_do() {
    let mut chat = chat();
    chat.set_conversations(vec![]);
    let screen = screen(&mut chat, 80, 10);
    assert!(screen.contains("/start USER"), "{screen}");
}

#[test]
fn every_size_of_screen_is_drawn() {
    let mut hostile = day();
    hostile.push(message(
        20,
        "bob",
        NOON_MS,
        "\x1b[2J\u{202e}你好👩\u{200d}👩\u{200d}👧\u{9b}31m שלום e\u{301}\u{301}\t\r\nx",
    ));
    hostile[0].sender_name = "\x1b]0;x\x07你".repeat(50);
    hostile[1].reactions = vec![("\x1b[5m".repeat(30), vec![]); 40];
    for width in 1..100 {
        for height in [1, 2, 5, 6, 7, 12, 30] {
            let mut chat = opened(hostile.clone());
            chat.editor.set("你好世界 a long draft that wraps\nand has lines");
            let shown = screen(&mut chat, width, height);
            assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
            for focus in [Focus::List, Focus::Thread] {
                chat.focus = focus;
                screen(&mut chat, width, height);
            }
            chat.key(Key::Help);
            screen(&mut chat, width, height);
        }
    }
}

#[test]
fn a_hostile_message_neither_controls_the_terminal_nor_breaks_the_layout() {
    let mut hostile = message(1, "bob", NOON_MS, "\x1b[2J\x1b[31mred\x07\u{9b}2J\u{202e}evil\r\nYou 12:00\n  forged");
    hostile.sender_name = "B\x1b[1mob\n".into();
    let mut chat = opened(vec![hostile]);
    let shown = screen(&mut chat, 80, 12);
    assert!(shown.contains("␛[2J␛[31mred␇\u{fffd}2Jevil"), "{shown}");
    assert!(!shown.contains('\x1b') && !shown.contains('\u{202e}') && !shown.contains('\u{9b}'));
    let divider = shown.lines().take(10).filter(|line| line.contains('│')).count();
    assert!(divider >= 10, "the list's border is whole\n{shown}");
}

#[test]
fn the_unread_marker_stands_before_the_first_unread_message() {
    let mut chat = opened(vec![
        message(1, "bob", NOON_MS, "old"),
        message(2, "bob", NOON_MS, "first new"),
        message(3, "alice", NOON_MS, "mine"),
        message(4, "bob", NOON_MS, "second new"),
    ]);
    let shown = screen(&mut chat, 80, 14);
    let position = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text} in\n{shown}"));
    assert!(position("old") < position("new messages") && position("new messages") < position("first new"));
}

#[test]
fn a_message_that_comes_while_one_looks_is_not_marked_as_new() {
    let mut chat = opened(vec![message(1, "bob", NOON_MS, "old")]);
    chat.thread.as_mut().unwrap().unread_from = None;
    chat.on_event(&Event::Message { group: group('a'), message: message(2, "bob", NOON_MS, "hello"), new: true });
    chat.set_messages(&group('a'), None, vec![message(1, "bob", NOON_MS, "old"), message(2, "bob", NOON_MS, "hello")]);
    assert!(!screen(&mut chat, 80, 14).contains("new messages"));
}

#[test]
fn a_quotation_follows_what_it_quotes_and_a_message_that_goes_leaves_at_once() {
    let mut answer = message(2, "alice", NOON_MS, "yes");
    answer.reply_to = Some(MessageId([1; 32]));
    let mut chat = opened(vec![message(1, "bob", NOON_MS, "secret words"), answer]);
    let mut deleted = message(1, "bob", NOON_MS, "");
    deleted.body = BodyView::Deleted;
    chat.on_event(&Event::Message { group: group('a'), message: deleted, new: false });
    let shown = screen(&mut chat, 80, 14);
    assert!(shown.contains("Bob: deleted") && !shown.contains("secret words"), "{shown}");
    chat.on_event(&Event::MessageGone { group: group('a'), message: MessageId([1; 32]) });
    let shown = screen(&mut chat, 80, 14);
    assert!(shown.contains("an earlier message") && !shown.contains("Bob: deleted"), "{shown}");
    // One that was changed far above what is held doesn't appear out of its place.
    chat.thread.as_mut().unwrap().complete = false;
    let mut old = message(1, "bob", NOON_MS, "far above");
    old.id = MessageId([77; 32]);
    chat.thread.as_mut().unwrap().messages.iter_mut().for_each(|held| held.seq += 10);
    chat.on_event(&Event::Message { group: group('a'), message: old, new: false });
    assert!(!screen(&mut chat, 80, 14).contains("far above"));
}

#[test]
fn what_is_shown_is_marked_as_read_but_not_while_scrolled_up() {
    let mut chat = chat();
    chat.key(Key::Enter);
    let read = |id: u8| Effect::Command(Command::MarkRead { group: group('a'), up_to: Some(MessageId([id; 32])) });
    assert_eq!(chat.set_messages(&group('a'), None, vec![message(1, "bob", NOON_MS, "x")]), [read(1)]);
    let event = |n| Event::Message { group: group('a'), message: message(n, "bob", NOON_MS, "y"), new: true };
    assert_eq!(chat.on_event(&event(2)), [read(2)]);
    chat.thread.as_mut().unwrap().scroll = 5;
    assert_eq!(chat.on_event(&event(3)), []);
}

#[test]
fn enter_sends_what_was_typed_and_replies_to_the_chosen_message() {
    let mut chat = opened(day());
    type_text(&mut chat, "Hello");
    chat.key(Key::NewLine);
    type_text(&mut chat, "there");
    let text = Draft::Text { text: "Hello\nthere".into(), reply_to: None };
    assert_eq!(chat.key(Key::Enter), [Effect::Command(Command::Send { group: group('a'), draft: text })]);
    assert!(chat.editor.is_empty());
    chat.focus = Focus::Thread;
    chat.thread.as_mut().unwrap().chosen = Some(MessageId([3; 32]));
    chat.key(Key::Character('r'));
    assert!(screen(&mut chat, 90, 30).contains("Reply to Carol: Who is at the site?"));
    type_text(&mut chat, "Me");
    let reply = Draft::Text { text: "Me".into(), reply_to: Some(MessageId([3; 32])) };
    assert_eq!(chat.key(Key::Enter), [Effect::Command(Command::Send { group: group('a'), draft: reply })]);
    assert_eq!(chat.key(Key::Enter), []);
}

#[test]
fn slash_commands_become_effects() {
    let mut chat = opened(day());
    let mut typed = |text: &str| {
        chat.thread.as_mut().unwrap().chosen = None;
        chat.editor.set(text);
        let effects = chat.key(Key::Enter);
        (effects, chat.notice.clone())
    };
    let send = |draft| vec![Effect::Command(Command::Send { group: group('a'), draft })];
    let id = |n: u8| MessageId([n; 32]);
    assert_eq!(typed("/reply yes").0, send(Draft::Text { text: "yes".into(), reply_to: Some(id(6)) }));
    assert_eq!(typed("/react 🎉").0, send(Draft::React { message: id(6), emoji: "🎉".into(), on: true }));
    assert_eq!(typed("/edit Still there?").0, send(Draft::Edit { message: id(9), text: "Still there?".into() }));
    let named = Effect::Named { prefix: "03030303".into(), then: Named::Reply("feed the cat".into()) };
    assert_eq!(typed("/reply 03030303 feed the cat").0, [named]);
    assert_eq!(
        typed("/reply feed the cat").0,
        send(Draft::Text { text: "feed the cat".into(), reply_to: Some(id(6)) })
    );
    let attach = Effect::Attach {
        group: group('a'),
        path: "my plan.pdf".into(),
        caption: "for you".into(),
        reply_to: None,
        as_document: false,
    };
    assert_eq!(typed("/attach 'my plan.pdf' for you").0, [attach]);
    assert_eq!(typed("/fetch").0, [Effect::Fetch { message: id(6), folder: None }]);
    let add = Effect::Users { group: Some(group('a')), users: vec!["bob".into(), "carol".into()], then: ForUsers::Add };
    assert_eq!(typed("/add bob carol").0, [add]);
    assert_eq!(typed("/search gate code").0, [Effect::Search("gate code".into())]);
    assert_eq!(typed("//slash").0, send(Draft::Text { text: "/slash".into(), reply_to: None }));
    assert!(typed("/nonsense").1.unwrap().0.contains("no command /nonsense"));
    assert!(typed("/role bob king").1.unwrap().0.contains("admin, member or reader"));
    assert_eq!(typed("/quit").0, [Effect::Quit]);
}

#[test]
fn deleting_and_leaving_ask_first() {
    let mut chat = opened(day());
    chat.editor.set("/delete");
    assert_eq!(chat.key(Key::Enter), []);
    assert!(screen(&mut chat, 80, 20).contains("Delete this message for everyone?"));
    chat.key(Key::Character('n'));
    assert!(chat.overlay.is_none());
    chat.editor.set("/leave");
    chat.key(Key::Enter);
    assert_eq!(chat.key(Key::Character('y')), [Effect::Command(Command::Leave { group: group('a') })]);
}

#[test]
fn only_ones_own_messages_can_be_edited() {
    let mut chat = opened(day());
    chat.focus = Focus::Thread;
    chat.thread.as_mut().unwrap().chosen = Some(MessageId([3; 32]));
    assert_eq!(chat.key(Key::Character('d')), []);
    assert!(chat.overlay.is_none() && chat.notice.as_ref().unwrap().1);
    chat.thread.as_mut().unwrap().chosen = Some(MessageId([8; 32]));
    chat.key(Key::Character('e'));
    assert_eq!(chat.editor.text(), "Thanks");
    chat.key(Key::Escape);
    assert!(chat.editor.is_empty());
}

#[test]
fn drafts_stay_with_their_conversation() {
    let mut chat = opened(day());
    type_text(&mut chat, "half a tho");
    chat.key(Key::NextConversation);
    assert!(chat.editor.is_empty() && chat.thread.as_ref().unwrap().group == group('b'));
    chat.key(Key::PreviousConversation);
    assert_eq!(chat.editor.text(), "half a tho");
}

#[test]
fn history_that_came_can_be_scrolled_to() {
    let mut chat = opened(day());
    assert!(chat.thread.as_ref().unwrap().complete);
    let arrived = chat.on_event(&Event::HistoryProgress { messages: 900, total: 900, done: true });
    assert!(matches!(arrived.as_slice(), [Effect::Load { before: None, .. }]), "{arrived:?}");
    assert!(!chat.thread.as_ref().unwrap().complete);
}

#[test]
fn scrolling_up_loads_older_messages_and_keeps_the_place() {
    let many =
        |from: u8, to: u8| (from..=to).map(|n| message(n, "bob", NOON_MS, &format!("message {n}"))).collect::<Vec<_>>();
    let mut chat = chat();
    chat.key(Key::Enter);
    chat.set_messages(&group('a'), None, many(101, 200));
    assert!(!chat.thread.as_ref().unwrap().complete);
    screen(&mut chat, 80, 12);
    chat.key(Key::PageUp);
    let shown = screen(&mut chat, 80, 12);
    assert!(!shown.contains("message 200") && shown.contains("more"), "{shown}");
    for _ in 0..30 {
        chat.key(Key::PageUp);
    }
    let mut terminal = Terminal::new(TestBackend::new(80, 12)).unwrap();
    let mut effects = Vec::new();
    terminal.draw(|frame| effects = draw(frame, &mut chat, NOON_MS)).unwrap();
    assert_eq!(effects, [Effect::Load { group: group('a'), before: Some(101) }]);
    chat.set_messages(&group('a'), Some(101), many(1, 100));
    let seqs: Vec<_> = chat.thread.as_ref().unwrap().messages.iter().map(|m| m.seq).collect();
    assert_eq!(seqs, (1..=200).collect::<Vec<_>>());
    let shown = screen(&mut chat, 80, 12);
    assert!(shown.contains("message 101"), "the place is kept\n{shown}");
}

#[test]
fn a_message_that_was_waiting_moves_to_its_place_once() {
    let mut chat = opened(day());
    let mut sent = message(9, "alice", NOON_MS, "Still here?");
    sent.seq = 9;
    chat.on_event(&Event::Message { group: group('a'), message: sent, new: false });
    let other = message(10, "bob", NOON_MS, "Yes");
    chat.on_event(&Event::Message { group: group('a'), message: other, new: true });
    let ids: Vec<_> = chat.thread.as_ref().unwrap().messages.iter().map(|m| m.id.0[0]).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[test]
fn a_search_result_is_jumped_to_even_when_it_is_old() {
    let many =
        |from: u8, to: u8| (from..=to).map(|n| message(n, "bob", NOON_MS, &format!("message {n}"))).collect::<Vec<_>>();
    let mut chat = chat();
    let found = vec![(group('a'), "Site visit".to_owned(), message(50, "bob", NOON_MS, "message 50"))];
    chat.show(Overlay::Search { query: "50".into(), found, chosen: 0 });
    assert!(screen(&mut chat, 80, 20).contains("1 found"));
    assert_eq!(chat.key(Key::Enter), [Effect::Load { group: group('a'), before: None }]);
    assert_eq!(
        chat.set_messages(&group('a'), None, many(101, 200)),
        [Effect::Load { group: group('a'), before: Some(101) }]
    );
    chat.set_messages(&group('a'), Some(101), many(1, 100));
    assert_eq!(chat.chosen_message().unwrap().seq, 50);
    assert!(screen(&mut chat, 80, 12).contains("message 50"));
}

#[test]
fn warnings_and_the_connection_stand_in_the_status_line() {
    let mut chat = opened(day());
    chat.connected = false;
    chat.waiting = 3;
    let shown = screen(&mut chat, 80, 12);
    assert!(shown.lines().last().unwrap().contains("○ offline · 3 waiting"), "{shown}");
    let warning = Warning { code: "log_gap".into(), group: None, message: "The relay left something out.".into() };
    chat.on_event(&Event::Warning(warning));
    assert!(screen(&mut chat, 80, 12).lines().last().unwrap().contains("The relay left something out."));
}

#[test]
fn the_help_names_every_key_and_command() {
    let mut chat = opened(vec![]);
    chat.key(Key::Help);
    let shown = screen(&mut chat, 100, 60);
    for (name, ..) in super::slash::COMMANDS {
        assert!(shown.contains(&format!("/{name}")), "/{name} in\n{shown}");
    }
    chat.key(Key::Escape);
    assert!(chat.overlay.is_none());
}

#[test]
fn control_c_clears_first_and_leaves_then() {
    let mut chat = opened(vec![]);
    type_text(&mut chat, "x");
    assert_eq!(chat.key(Key::Interrupt), []);
    assert_eq!(chat.key(Key::Interrupt), [Effect::Quit]);
}

#[test]
fn a_paste_that_is_too_long_is_offered_as_a_file_and_what_was_typed_stays() {
    let mut chat = opened(vec![]);
    type_text(&mut chat, "Here: ");
    let text = "é".repeat(1_500_000);
    chat.paste(&text);
    assert_eq!(chat.editor.text(), "Here: ");
    let seen = screen(&mut chat, 90, 16);
    assert!(seen.contains("3.0 MB") && seen.contains("40000 characters") && seen.contains("y/N"), "{seen}");
    let effect = Effect::SendText { group: group('a'), text, reply_to: None };
    assert_eq!(chat.key(Key::Character('y')), [effect]);
    assert_eq!((chat.editor.text(), &chat.overlay), ("Here: ", &None));
    chat.paste(&"x".repeat(3_000_000));
    assert_eq!(chat.key(Key::Character('n')), []);
    assert_eq!(chat.editor.text(), "Here: ");
}

#[test]
fn a_text_is_counted_near_the_limit_and_beyond_it_enter_offers_a_file() {
    let mut chat = opened(vec![]);
    chat.paste(&"x".repeat(39_990));
    let seen = screen(&mut chat, 90, 16);
    assert!(seen.contains(" 10 left "), "{seen}");
    chat.paste(&"x".repeat(20));
    let seen = screen(&mut chat, 90, 16);
    assert!(seen.contains(" 10 too many; Enter offers to send a file "), "{seen}");
    assert_eq!(chat.key(Key::Enter), []);
    assert_eq!(chat.editor.text().len(), 40_010);
    let effect = Effect::SendText { group: group('a'), text: "x".repeat(40_010), reply_to: None };
    assert_eq!(chat.key(Key::Character('y')), [effect]);
    assert!(chat.editor.is_empty());
    chat.key(Key::Up);
    assert_eq!(chat.editor.text().len(), 40_010);
}

#[test]
fn changes_that_wait_are_marked_and_refused_ones_are_offered_again() {
    let change = |n: u8, kind, failed: Option<&str>| PendingView {
        change: MessageId([n; 32]),
        kind,
        failed: failed.map(str::to_owned),
    };
    let mut edited = message(1, "alice", NOON_MS, "New words");
    edited.edited = true;
    edited.pending = vec![change(101, PendingKind::Edit, None)];
    let mut deleted = message(2, "alice", NOON_MS, "");
    deleted.body = BodyView::Deleted;
    deleted.pending = vec![change(102, PendingKind::Delete, None)];
    let mut refused = message(3, "alice", NOON_MS, "Other words");
    refused.pending = vec![change(103, PendingKind::Edit, Some("You may only read here."))];
    let mut chat = opened(vec![edited, deleted, refused]);
    insta::assert_snapshot!("changes_that_wait", screen(&mut chat, 70, 12));
    type_text(&mut chat, "/retry");
    assert_eq!(chat.key(Key::Enter), [Effect::Command(Command::Resend { message: MessageId([103; 32]) })]);
    type_text(&mut chat, "/giveup");
    let draft = Draft::Delete { message: MessageId([103; 32]) };
    assert_eq!(chat.key(Key::Enter), [Effect::Command(Command::Send { group: group('a'), draft })]);
}
