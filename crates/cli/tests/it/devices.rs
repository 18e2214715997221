//! Profiles, devices, passphrases.

use crate::world::World;

#[test]
fn a_linked_device_gets_history_and_a_removed_one_nothing_more() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    world.does("alice", &["send", "bob", "before"]);
    let mut phone = world.background("phone", &["link", &world.url, "--label", "phone"]);
    let shown = phone.next();
    let link = shown["link"].as_str().unwrap();
    let unasked = world.client("alice", &["approve", link]);
    assert_eq!((unasked.code, unasked.error().as_str()), (1, "not_confirmed"));
    let approved = world.does("alice", &["approve", link, "--yes"]);
    assert_eq!(
        (approved[0]["label"].as_str(), &approved[0]["matching_code"]),
        (Some("phone"), &shown["matching_code"])
    );
    assert_eq!(phone.next_where(|line| line["linked"] == true)["user"], "alice@example.org");
    assert_eq!(phone.next_where(|line| line["history"].is_string())["history"], "complete");
    assert_eq!(phone.wait(), 0);
    assert_eq!(world.texts("phone", "bob"), ["before"]);
    world.does("bob", &["send", "alice", "to both"]);
    assert_eq!(world.texts("phone", "bob"), ["before", "to both"]);
    assert_eq!(world.does("alice", &["devices"]).len(), 2);

    world.does("alice", &["remove-device", "phone", "--yes"]);
    world.does("bob", &["send", "alice", "after"]);
    assert_eq!(world.texts("alice", "bob").last().unwrap(), "after");
    let removed = world.client("phone", &["sync"]);
    assert_eq!((removed.code, removed.error().as_str()), (4, "device_revoked"));
    assert!(!world.texts("phone", "bob").contains(&"after".to_owned()));
}

#[test]
fn a_locked_profile_opens_with_its_passphrase_only() {
    let world = World::running();
    world.join_owner();
    std::fs::write(world.path("secret"), "correct horse\n").unwrap();
    world.does("alice", &["passphrase", "set", "--new-file", "secret"]);
    let locked = world.client("alice", &["whoami"]);
    assert_eq!((locked.code, locked.error().as_str()), (4, "locked"));
    std::fs::write(world.path("other"), "battery staple\n").unwrap();
    let wrong = world.client("alice", &["--passphrase-file", "other", "whoami"]);
    assert_eq!((wrong.code, wrong.error().as_str()), (4, "wrong_passphrase"));
    world.does("alice", &["--passphrase-file", "secret", "whoami"]);
    world.does("alice", &["--passphrase-file", "secret", "passphrase", "change", "--new-file", "other"]);
    world.does("alice", &["--passphrase-file", "other", "passphrase", "remove"]);
    world.does("alice", &["whoami"]);
}

#[test]
fn looking_at_a_profile_that_is_not_there_makes_none() {
    let world = World::new();
    let refused = world.client("nobody", &["ls"]);
    assert_eq!((refused.code, refused.error().as_str()), (4, "not_joined"));
    assert!(!world.path("profiles").exists());
    let bad = world.client("../evil", &["ls"]);
    assert_eq!((bad.code, bad.error().as_str()), (2, "usage"));
}

#[test]
fn a_profile_that_joined_cannot_become_somebody_else() {
    let world = World::running();
    world.join_owner();
    let link = world.run(&["invite", "bob", "--json"]).line()["link"].as_str().unwrap().to_owned();
    let refused = world.client("alice", &["join", &link]);
    assert_eq!((refused.code, refused.error().as_str()), (1, "already_joined"));
    world.does("bob", &["join", &link]);
}

#[test]
fn wrong_usage_exits_with_two_and_names_what_is_wrong() {
    let world = World::new();
    for arguments in [&["nonsense"][..], &["send"], &["messages", "x", "--limit", "0"], &["chat"]] {
        let ran = world.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(!ran.err.is_empty());
    }
    assert_eq!(world.run(&["send", "--json"]).error(), "usage");
    let version = world.run(&["version", "--json"]).line();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn ambiguous_and_unknown_names_are_refused() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    world.does("alice", &["group", "bob"]);
    let ambiguous = world.client("alice", &["send", "bob", "x"]);
    assert_eq!((ambiguous.code, ambiguous.error().as_str()), (1, "ambiguous"));
    world.does("alice", &["send", "bob@example.org", "x"]);
    assert_eq!(world.client("alice", &["send", "nobody", "x"]).error(), "no_such_conversation");
    assert_eq!(world.client("alice", &["react", "abc", "x"]).error(), "usage");
    assert_eq!(world.client("alice", &["react", "ffffffffffff", "x"]).error(), "no_such_message");
}
