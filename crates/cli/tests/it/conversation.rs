//! People talk, scripts read along.

use crate::world::World;

fn id(value: &serde_json::Value) -> String {
    value["message"].as_str().unwrap().to_owned()
}

#[test]
fn two_people_talk_reply_react_edit_and_delete() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob Lee");
    world.does("alice", &["start", "bob"]);
    let first = id(&world.does("alice", &["send", "bob", "Good morning"])[0]);
    assert_eq!(world.texts("bob", "Alice Martin"), ["Good morning"]);
    world.does("bob", &["send", "alice", "Hi", "--reply", &first[..8]]);
    world.does("bob", &["react", &first, "👍"]);
    world.does("alice", &["edit", &first, "Good evening"]);
    let messages = world.does("bob", &["messages", "alice"]);
    let edited = messages.iter().find(|m| m["id"] == first.as_str()).unwrap();
    assert_eq!((edited["body"]["text"].as_str(), edited["edited"].as_bool()), (Some("Good evening"), Some(true)));
    assert_eq!(edited["reactions"][0][0], "👍");
    let reply = messages.iter().find(|m| m["body"]["text"] == "Hi").unwrap();
    assert_eq!(reply["reply_to"], first.as_str());
    world.does("bob", &["react", &first, "👍", "--off"]);
    world.does("alice", &["delete", &first]);
    let messages = world.does("bob", &["messages", "alice"]);
    let deleted = messages.iter().find(|m| m["id"] == first.as_str()).unwrap();
    assert_eq!(
        (deleted["body"]["type"].as_str(), deleted["reactions"].as_array().map(Vec::len)),
        (Some("deleted"), Some(0))
    );
}

#[test]
fn a_group_changes_its_members_roles_and_name() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.join("carol", "Carol");
    world.does("alice", &["group", "Site visit", "bob", "--purpose", "Planning"]);
    world.does("alice", &["add", "site visit", "carol"]);
    world.does("alice", &["send", "Site visit", "Hello @bob@example.org"]);
    let unread = world.does("bob", &["conversations", "--unread"]);
    assert_eq!((unread[0]["title"].as_str(), unread[0]["unread_mentions"].as_u64()), (Some("Site visit"), Some(1)));
    world.does("bob", &["read", "Site visit"]);
    assert!(world.does("bob", &["ls", "--unread"]).is_empty());
    world.does("alice", &["role", "Site visit", "bob", "reader"]);
    let refused = world.client("bob", &["rename", "Site visit", "Bob's"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    world.does("alice", &["rename", "Site visit", "Site trip"]);
    world.does("alice", &["purpose", "Site trip", "Visiting"]);
    assert_eq!(world.does("bob", &["ls"])[0]["purpose"], "Visiting");
    world.does("alice", &["remove", "Site trip", "carol"]);
    let members = world.does("bob", &["members", "Site trip"]);
    let roles: Vec<_> = members.iter().map(|m| (m["user"].as_str().unwrap(), m["role"].as_str().unwrap())).collect();
    assert_eq!(roles, [("alice@example.org", "admin"), ("bob@example.org", "reader")]);
    assert_eq!(world.does("carol", &["ls"])[0]["state"], "removed");
    world.does("bob", &["leave", "Site trip", "--yes"]);
    // Leaving is a proposal; whoever writes next carries it out.
    world.does("alice", &["send", "Site trip", "bye"]);
    assert_eq!(world.does("alice", &["members", "Site trip"]).len(), 1);
}

#[test]
fn whoever_can_be_added_is_and_the_others_are_named() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.join("carol", "Carol");
    world.join("dave", "Dave");
    // A group begins with those who can be in it.
    let begun = world.client("alice", &["group", "Site visit", "bob", "nobody", "No one!"]);
    assert_eq!((begun.code, begun.error().as_str()), (5, "partly_done"));
    assert!(begun.err.contains("nobody@example.org") && begun.err.contains("No one!"), "{}", begun.err);
    assert_eq!(begun.line()["title"], "Site visit");

    let added = world.client("alice", &["add", "Site visit", "carol", "frank", "bob", "dave"]);
    assert_eq!((added.code, added.error().as_str()), (5, "partly_done"));
    assert_eq!(added.line()["users"], serde_json::json!(["carol@example.org", "dave@example.org"]));
    assert!(added.err.contains("bob@example.org is in the group already"), "{}", added.err);
    assert!(added.err.contains("no such user: frank@example.org"), "{}", added.err);
    let members = |profile: &str| -> Vec<String> {
        let members = world.does(profile, &["members", "Site visit"]);
        members.iter().map(|member| member["user"].as_str().unwrap()[..3].to_owned()).collect()
    };
    assert_eq!(members("dave"), ["ali", "bob", "car", "dav"]);

    // Nobody at all: nothing is said to be done.
    let none = world.client("alice", &["add", "Site visit", "frank", "bob"]);
    assert_eq!((none.code, none.out.as_str()), (1, ""), "{}", none.err);
    assert!(none.err.contains("frank") && none.err.contains("bob"), "{}", none.err);

    let removed = world.client("alice", &["remove", "Site visit", "carol", "frank", "alice"]);
    assert_eq!((removed.code, removed.error().as_str()), (5, "partly_done"));
    assert_eq!(removed.line()["users"], serde_json::json!(["carol@example.org"]));
    assert!(removed.err.contains("frank@example.org is not in the group"), "{}", removed.err);
    assert_eq!(members("alice"), ["ali", "bob", "dav"]);
}

#[test]
fn the_link_of_a_group_lets_a_colleague_in_until_it_ends() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.join("carol", "Carol");
    world.does("alice", &["group", "Site visit", "bob"]);
    let refused = world.client("bob", &["group-link", "Site visit"]);
    assert_eq!((refused.code, refused.error().as_str()), (1, "not_admin"));
    let shown = |arguments: &[&str]| world.does("alice", arguments)[0]["link"].as_str().unwrap().to_owned();
    let link = shown(&["group-link", "Site visit"]);
    assert!(link.contains("/g#"), "{link}");
    assert_eq!(shown(&["group-link", "Site visit"]), link, "it is made once");

    let asked = world.does("carol", &["join-group", &link]);
    assert_eq!(asked[0]["state"], "asked");
    world.does("alice", &["sync"]);
    let synced = world.does("carol", &["sync"]);
    assert_eq!(synced.last().unwrap()["waiting"], 0);
    assert_eq!(world.does("carol", &["join-group", &link])[0]["state"], "member");
    assert_eq!(world.does("bob", &["members", "Site visit"]).len(), 3);
    let notes = world.does("alice", &["messages", "carol"]);
    assert!(notes.iter().any(|note| note["body"]["text"] == "Carol joined “Site visit” with your link."), "{notes:?}");

    // Who is removed can't come back by it.
    world.does("alice", &["remove", "Site visit", "carol"]);
    world.does("carol", &["sync"]);
    world.does("carol", &["join-group", &link]);
    world.does("alice", &["sync"]);
    world.does("carol", &["sync"]);
    assert_eq!(world.does("alice", &["members", "Site visit"]).len(), 2);
    let new = shown(&["group-link", "Site visit"]);
    assert_ne!(new, link);
    assert_ne!(shown(&["group-link", "Site visit", "--new"]), new);
    world.does("alice", &["group-link", "Site visit", "--off"]);
    let bad = world.client("carol", &["join-group", "https://example.org/g#AQ"]);
    assert_eq!((bad.code, bad.error().as_str()), (1, "invalid_link"));
}

#[test]
fn what_is_sent_while_the_relay_is_down_is_queued_and_arrives_once() {
    let mut world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    world.does("bob", &["sync"]);
    world.kill();
    let queued = world.client("alice", &["send", "bob", "one"]);
    assert_eq!((queued.code, queued.error().as_str()), (3, "queued"));
    assert_eq!(queued.line()["state"], "waiting");
    let offline = world.client("alice", &["--offline", "send", "bob", "two"]);
    assert_eq!((offline.code, offline.line()["state"].as_str()), (0, Some("waiting")));
    assert_eq!(world.client("alice", &["people"]).code, 3);
    world.start();
    let synced = world.does("alice", &["sync"]);
    assert_eq!(synced.last().unwrap()["waiting"], 0);
    assert_eq!(world.texts("bob", "alice"), ["one", "two"]);
}

#[test]
fn follow_prints_messages_as_they_come() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    let mut bob = world.background("bob", &["sync", "--follow"]);
    bob.next_where(|line| line["synced"] == true);
    world.does("alice", &["send", "bob", "live"]);
    let line = bob.next_where(|line| line["event"] == "message" && line["new"] == true);
    assert_eq!((line["body"]["text"].as_str(), line["sender_name"].as_str()), (Some("live"), Some("Alice Martin")));
    let busy = world.client("bob", &["whoami"]);
    assert_eq!((busy.code, busy.error().as_str()), (4, "profile_in_use"));
}

#[test]
fn changes_for_programs_leave_nothing_in_what_a_person_reads() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    world.does("alice", &["send", "bob", "one"]);
    // Bob's receipt changes a message that Alice knows.
    world.does("bob", &["sync"]);
    let synced = world.run(&["--profile", "alice", "sync"]);
    assert_eq!(synced.code, 0);
    assert!(synced.out.lines().all(|line| !line.trim().is_empty()), "{}", synced.out);
}

#[test]
fn a_hostile_message_does_not_control_the_terminal() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    let group = world.does("alice", &["start", "bob"])[0]["group"].as_str().unwrap().to_owned();
    let hostile = "x\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}\nYou: forged";
    world.does("alice", &["send", &group, hostile]);
    let text = world.run(&["--profile", "bob", "messages", "alice"]);
    assert_eq!(text.code, 0, "{}", text.err);
    for (what, output) in [
        ("text", &text.out),
        ("json", &world.client("bob", &["messages", "alice"]).out),
        ("list", &world.run(&["--profile", "bob", "ls"]).out),
    ] {
        let harmful = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!output.contains(harmful), "{what}: {output:?}");
    }
    assert!(text.out.contains("\n    You: forged"), "{}", text.out);
    assert_eq!(world.texts("bob", "alice"), [hostile]);
}

#[test]
fn search_forward_and_safety_numbers_work() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.join("carol", "Carol");
    world.does("alice", &["start", "bob"]);
    world.does("alice", &["start", "carol"]);
    let sent = id(&world.does("alice", &["send", "bob", "The gate code is 4711"])[0]);
    assert_eq!(world.does("alice", &["search", "gate", "cod"])[0]["id"], sent.as_str());
    assert!(world.does("alice", &["search", "nothing"]).is_empty());
    world.does("alice", &["forward", &sent[..12], "carol"]);
    let forwarded = world.does("carol", &["messages", "alice"]);
    assert!(forwarded.iter().any(|m| m["forwarded"] == true && m["body"]["text"] == "The gate code is 4711"));
    world.does("bob", &["sync"]);
    let (a, b) = (world.does("alice", &["safety", "bob"]), world.does("bob", &["safety", "alice"]));
    assert_eq!(a[0]["digits"], b[0]["digits"]);
    assert_eq!(
        (a[0]["verified"].as_bool(), world.does("alice", &["safety", "bob", "--verified"])[0]["verified"].as_bool()),
        (Some(false), Some(true))
    );
}

#[test]
fn standard_input_is_sent_and_long_text_refused() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    let sent = world.run_with_input(&["--profile", "alice", "--json", "send", "bob", "-"], "line one\nline two\n");
    assert_eq!(sent.code, 0, "{}", sent.err);
    assert_eq!(world.texts("bob", "alice"), ["line one\nline two"]);
    let long = world.run_with_input(&["--profile", "alice", "--json", "send", "bob", "-"], &"x".repeat(200_000));
    assert_eq!((long.code, long.error().as_str()), (1, "too_large"));
}
