//! init, serve, invite, policy, recovery.

use crate::world::World;
use std::fs;

#[test]
fn init_makes_private_keys_and_a_kit_that_opens_with_the_phrase_only() {
    let world = World::new();
    #[cfg(unix)]
    for file in [
        "recovery-kit.txt",
        "chancery-data/keys/enrolment.key",
        "chancery-data/keys/policy.key",
        "chancery-data/relay.key",
    ] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(world.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let phrase = world.made["phrase"].as_str().unwrap();
    assert_eq!(phrase.split(' ').count(), 24);
    let everything = world.bytes_below(world.dir.path());
    let secret = phrase.as_bytes();
    assert!(!everything.windows(secret.len()).any(|window| window == secret), "the phrase is stored nowhere");

    let check = ["recovery", "check", "recovery-kit.txt", "--json"];
    let opened = world.run_with_input(&check, &format!("{phrase}\n"));
    assert_eq!((opened.code, opened.line()["opens"].as_bool()), (0, Some(true)));
    assert_eq!(opened.line()["root_fingerprint"], world.made["root_fingerprint"]);
    let wrong = phrase.split(' ').rev().collect::<Vec<_>>().join(" ");
    let refused = world.run_with_input(&check, &wrong);
    assert_eq!((refused.code, refused.error().as_str()), (1, "recovery_kit"));
}

#[test]
fn the_kit_of_another_organisation_is_refused() {
    let (world, other) = (World::new(), World::new());
    let kit = other.path("recovery-kit.txt");
    let phrase = other.made["phrase"].as_str().unwrap();
    let refused = world.run_with_input(&["recovery", "check", kit.to_str().unwrap(), "--json"], phrase);
    assert_eq!((refused.code, refused.error().as_str()), (1, "recovery_kit"));
}

#[test]
fn the_clock_is_shown_and_confirmed_beside_a_running_relay() {
    let world = World::running();
    let shown = world.run(&["clock", "show", "--json"]);
    assert_eq!((shown.code, shown.line()["purges"].as_bool()), (0, Some(true)));
    let confirmed = world.run(&["clock", "confirm", "--json"]);
    assert_eq!((confirmed.code, &confirmed.line()["believed_ms"]), (0, &confirmed.line()["now_ms"]));
    let elsewhere = world.run(&["clock", "confirm", "--data", "elsewhere", "--json"]);
    assert_eq!((elsewhere.code, elsewhere.error().as_str()), (1, "clock"));
}

#[test]
fn init_never_touches_what_is_there() {
    let world = World::new();
    let again = ["init", "--domain", "example.com", "--name", "Other", "--json"];
    let before = world.bytes_below(world.dir.path());
    let refused = world.run(&again);
    assert_eq!((refused.code, refused.error().as_str()), (1, "already_initialised"));
    let kit = world.run(&[&again[..], &["--data", "elsewhere"]].concat());
    assert_eq!((kit.code, kit.error().as_str()), (1, "kit_exists"));
    fs::create_dir(world.path("full")).unwrap();
    fs::write(world.path("full/file"), b"x").unwrap();
    let full = world.run(&[&again[..], &["--data", "full", "--kit", "kit2.txt"]].concat());
    assert_eq!((full.code, full.error().as_str()), (1, "not_empty"));
    fs::remove_dir_all(world.path("full")).unwrap();
    assert!(world.bytes_below(world.dir.path()) == before, "nothing was changed or left behind");
}

#[test]
fn an_invitation_needs_the_running_relay_and_says_so() {
    let world = World::new();
    let refused = world.run(&["invite", "bob", "--json"]);
    assert_eq!((refused.code, refused.error().as_str()), (3, "unreachable"));
    let text = world.run(&["invite", "bob"]);
    assert!(text.err.contains("chancery serve"), "{}", text.err);
}

#[test]
fn what_a_proxy_answers_is_no_invitation_and_is_told_as_a_proxys() {
    let world = World::new();
    for (head, words) in [
        ("200 OK\r\ncontent-type: text/html", "sign in"),
        ("302 Found\r\nlocation: https://login.example.net/", "login.example.net"),
        ("403 Forbidden\r\ncontent-type: text/html", "403"),
        ("413 Content Too Large", "16 MiB"),
        ("502 Bad Gateway\r\ncontent-type: text/html", "doesn't reach the relay"),
    ] {
        let relay = format!("http://127.0.0.1:{}", crate::proxy::answering(head, "<html>Welcome</html>"));
        for arguments in [&["invite", "bob"][..], &["policy", "show"], &["policy", "set", "file_days=5"]] {
            let ran = world.run(&[arguments, &["--relay", &relay, "--json"]].concat());
            assert_eq!((ran.code, ran.error().as_str()), (1, "not_a_relay"), "{head}: {}", ran.err);
            assert!(ran.out.is_empty() && ran.err.contains("proxy") && ran.err.contains(words), "{head}: {}", ran.err);
        }
    }
}

#[test]
fn an_address_with_more_than_an_origin_is_refused() {
    let world = World::new();
    for url in ["https://chat.example.org/chat", "https://chat.example.org/?x", "https://chat.example.org/#x"] {
        let refused = world.run(&["invite", "bob", "--relay", url, "--json"]);
        assert_eq!((refused.code, refused.error().as_str()), (2, "usage"), "{url}");
    }
}

#[test]
fn a_data_folder_that_cannot_be_used_is_named_with_what_to_do() {
    let world = World::new();
    let data = world.path("chancery-data");
    fs::rename(data.join("relay.key"), data.join("elsewhere")).unwrap();
    let refused = world.run(&["serve"]);
    assert!(
        refused.code == 1 && refused.err.contains("relay.key") && refused.err.contains("path is right"),
        "{}",
        refused.err
    );
    fs::rename(data.join("elsewhere"), data.join("relay.key")).unwrap();
    // A file where the folder of files should be.
    fs::remove_dir_all(data.join("files")).ok();
    fs::write(data.join("files"), b"").unwrap();
    let refused = world.run(&["serve"]);
    assert!(refused.code == 1 && refused.err.contains("chancery-data/files"), "{}", refused.err);
    assert!(!refused.err.contains(".rs:"), "{}", refused.err);
}

#[test]
fn an_invitation_works_once() {
    let world = World::running();
    let link = world.run(&["invite", "bob", "--json"]).line()["link"].as_str().unwrap().to_owned();
    world.does("bob", &["join", &link]);
    let again = world.client("mallory", &["join", &link]);
    assert_eq!((again.code, again.error().as_str()), (1, "invitation_used"));
    let damaged = world.client("carol", &["join", &link[..link.len() - 5]]);
    assert_eq!((damaged.code, damaged.error().as_str()), (1, "invalid_link"));
    assert!(!world.path("profiles/carol").exists(), "a bad link makes no profile");
}

#[test]
fn keys_can_be_kept_away_from_the_data_folder() {
    let world = World::running();
    fs::rename(world.path("chancery-data/keys"), world.path("safe")).unwrap();
    let missing = world.run(&["invite", "bob", "--json"]);
    assert_eq!((missing.code, missing.error().as_str()), (1, "not_initialised"));
    let invited = world.run(&["invite", "bob", "--keys", "safe", "--relay", &world.url, "--json"]);
    assert_eq!(invited.code, 0, "{}", invited.err);
    fs::remove_file(world.path("safe/policy.key")).unwrap();
    let policy = world.run(&["policy", "set", "file_days=5", "--keys", "safe", "--json"]);
    assert_eq!((policy.code, policy.error().as_str()), (1, "key_missing"));
}

#[test]
fn a_changed_policy_reaches_the_clients() {
    let world = World::running();
    world.join_owner();
    let set = world.run(&["policy", "set", "suite=classical", "file_max_bytes=1000", "--json"]).line();
    assert_eq!((set["version"].as_u64(), set["suite"].as_str()), (Some(2), Some("classical")));
    assert_eq!(world.run(&["policy", "show", "--json"]).line(), set);
    world.does("alice", &["sync"]);
    assert_eq!(world.does("alice", &["whoami"])[0]["policy_version"], 2);
    let wrong = world.run(&["policy", "set", "colour=red", "--json"]);
    assert_eq!((wrong.code, wrong.error().as_str()), (2, "usage"));
}

#[test]
fn a_relay_of_another_organisation_is_not_believed() {
    let (world, other) = (World::running(), World::running());
    let refused = world.run(&["policy", "show", "--relay", &other.url, "--json"]);
    assert_eq!((refused.code, refused.error().as_str()), (1, "untrusted_organisation"));
}

#[cfg(unix)]
#[test]
fn the_relay_ends_in_order_on_sigterm_and_goes_on_with_the_same_data() {
    let mut world = World::running();
    world.join_owner();
    assert_eq!(world.terminate(), 0);
    world.start();
    assert_eq!(world.does("alice", &["sync"]).last().unwrap()["synced"], true);
}

#[test]
fn serve_without_organisation_says_what_to_do() {
    let world = World::new();
    let refused = world.run(&["serve", "--data", "nowhere", "--json"]);
    assert_eq!((refused.code, refused.error().as_str()), (1, "not_initialised"));
    let second = World::running();
    let locked = second.run(&["serve", "--json"]);
    assert_eq!((locked.code, locked.error().as_str()), (1, "not_started"));
}

#[test]
fn with_an_own_certificate_authority_everything_goes_over_tls() {
    let mut world = World::new();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    fs::write(world.path("cert.pem"), made.cert.pem()).unwrap();
    fs::write(world.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let url = world.url.replace("http:", "https:");
    let config = world.path("chancery-data/chancery.toml");
    let text = fs::read_to_string(&config).unwrap().replace(&world.url, &url);
    fs::write(&config, text + "[tls]\ncertificate = 'cert.pem'\nkey = 'key.pem'\n").unwrap();
    world.start();
    let untrusted = world.run(&["invite", "bob", "--json"]);
    assert_eq!((untrusted.code, untrusted.error().as_str()), (3, "unreachable"));
    let invited = world.run(&["invite", "bob", "--json", "--ca", "cert.pem"]);
    assert_eq!(invited.code, 0, "{}", invited.err);
    let link = invited.line()["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://"));
    world.does("bob", &["--ca", "cert.pem", "join", &link]);
    assert_eq!(world.does("bob", &["--ca", "cert.pem", "sync"]).last().unwrap()["synced"], true);
    assert_eq!(world.client("bob", &["sync"]).code, 3);
}
