//! Talking through a real relay: reconnecting, authenticating again, working offline.

use crate::{
    kit::{Device, LIMIT, open, options},
    proxy::Proxy,
};
use chancery_client::{Client, Options, Status};
use chancery_core::{Command, CommandResult, query};
use chancery_server::testkit::TestServer;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_says_the_other_reads_and_both_keep_it() {
    let server = TestServer::start().await;
    let alice = Device::join(&server, "alice", &server.url()).await;
    let bob = Device::join(&server, "bob", &server.url()).await;
    let group = alice.direct("bob@example.org").await;
    alice.say(&group, "Guten Tag").await;
    assert_eq!(bob.wait_for("Guten Tag").await, group);
    bob.say(&group, "こんにちは").await;
    alice.wait_for("こんにちは").await;
    alice.client.drain(LIMIT).await.unwrap();
    let (alice, bob) = (alice.restart().await, bob.restart().await);
    for device in [&alice, &bob] {
        assert_eq!(device.texts(&group).await, ["Guten Tag", "こんにちは"]);
        device.client.sync(LIMIT).await.unwrap();
    }
    let found = bob.client.query(|tx| query::search(tx, "guten", 9)).await.unwrap();
    assert_eq!(found.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_is_made_again_and_nothing_is_lost_or_doubled() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(server.server().local_addr()).await;
    let alice = Device::join(&server, "alice", &proxy.url()).await;
    let bob = Device::join(&server, "bob", &server.url()).await;
    let group = alice.direct("bob@example.org").await;
    alice.say(&group, "0").await;
    bob.wait_for("0").await;
    let before = proxy.connections();
    for n in 1..=5 {
        proxy.cut();
        alice.say(&group, &format!("to {n}")).await;
        bob.say(&group, &format!("from {n}")).await;
        bob.wait_for(&format!("to {n}")).await;
        alice.wait_for(&format!("from {n}")).await;
    }
    assert!(proxy.connections() >= before + 5);
    alice.client.drain(LIMIT).await.unwrap();
    let (of_alice, of_bob) = (alice.texts(&group).await, bob.texts(&group).await);
    assert_eq!(of_alice.len(), 11);
    assert_eq!(of_alice, of_bob);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_away_is_named_as_the_reason_and_found_again() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(server.server().local_addr()).await;
    let alice = Device::join(&server, "alice", &proxy.url()).await;
    let bob = Device::join(&server, "bob", &server.url()).await;
    let group = alice.direct("bob@example.org").await;
    alice.say(&group, "before").await;
    bob.wait_for("before").await;
    proxy.close();
    alice.wait_status(|status| matches!(status, Status::Waiting { .. })).await;
    alice.say(&group, "while away").await;
    let error = alice.client.drain(Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(error.code, "timeout");
    assert!(error.message.contains("What waits is kept"), "{error}");
    proxy.open();
    alice.client.sync(LIMIT).await.unwrap();
    alice.client.drain(LIMIT).await.unwrap();
    bob.wait_for("while away").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_over_which_no_reply_comes_is_given_up() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(server.server().local_addr()).await;
    let impatient = Options { reply_within: Duration::from_millis(300), ..options() };
    let alice = Device::with_options(impatient).joined(&server, "alice", &proxy.url()).await;
    let bob = Device::join(&server, "bob", &server.url()).await;
    let group = alice.direct("bob@example.org").await;
    alice.say(&group, "first").await;
    alice.client.drain(LIMIT).await.unwrap();
    // Up everything goes, down nothing comes, and nobody closes anything.
    proxy.hold();
    alice.say(&group, "second").await;
    alice.client.drain(LIMIT).await.unwrap();
    bob.wait_for("second").await;
    assert_eq!(bob.texts(&group).await, ["first", "second"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_relay_forgot_is_made_anew() {
    let mut server = TestServer::start().await;
    let alice = Device::join(&server, "alice", &server.url()).await;
    let find = || Command::FindUsers { query: "ali".into() };
    let found = alice.client.command(find()).await.unwrap();
    assert!(matches!(&found, CommandResult::People { people } if people.len() == 1), "{found:?}");
    // Sessions live in the relay's memory: the token is refused from now on.
    server.restart().await;
    assert_eq!(alice.client.command(find()).await.unwrap(), found);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_relay_loses_nothing_that_was_said() {
    let mut server = TestServer::start().await;
    let proxy = Proxy::start(server.server().local_addr()).await;
    let alice = Device::join(&server, "alice", &proxy.url()).await;
    let bob = Device::join(&server, "bob", &proxy.url()).await;
    let group = alice.direct("bob@example.org").await;
    for n in 0..30 {
        alice.say(&group, &n.to_string()).await;
        if n % 10 == 5 {
            server.kill_and_restart().await;
            // A killed process's connections end with it.
            proxy.cut();
        }
    }
    alice.client.drain(LIMIT).await.unwrap();
    bob.wait_for("29").await;
    let expected: Vec<_> = (0..30).map(|n| n.to_string()).collect();
    assert_eq!(bob.texts(&group).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_reading_and_queueing_work_and_the_queue_goes_out_later() {
    let server = TestServer::start().await;
    let alice = Device::join(&server, "alice", &server.url()).await;
    let bob = Device::join(&server, "bob", &server.url()).await;
    let group = alice.direct("bob@example.org").await;
    alice.say(&group, "online").await;
    alice.client.drain(LIMIT).await.unwrap();
    let Device { client, folder } = alice;
    client.shutdown().await;
    let offline = Options { offline: true, ..options() };
    let alice = Device { client: Client::start(open(folder.path()), offline).unwrap(), folder };
    assert_eq!(alice.texts(&group).await, ["online"]);
    alice.say(&group, "offline").await;
    assert_eq!(alice.client.sync(LIMIT).await.unwrap_err().code, "offline");
    assert_eq!(alice.client.query(query::waiting).await.unwrap(), 1);
    let alice = alice.restart().await;
    alice.client.drain(LIMIT).await.unwrap();
    bob.wait_for("offline").await;
    assert_eq!(bob.texts(&group).await, ["online", "offline"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_unlocked_when_its_client_has_shut_down() {
    let device = Device::new();
    let locked = chancery_client::Profile::open(device.folder.path(), || None);
    assert!(locked.unwrap_err().to_string().contains(&std::process::id().to_string()));
    device.client.shutdown().await;
    drop(open(device.folder.path()));
    let gone = device.client.query(query::account).await.unwrap_err();
    assert_eq!(gone.code, "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_client_ends_by_itself() {
    let Device { client, folder } = Device::new();
    client.query(query::account).await.unwrap();
    drop(client);
    // The lock is given back when the engine has ended.
    let waiting = tokio::task::spawn_blocking(move || {
        let lock = std::fs::File::open(folder.path().join("lock")).unwrap();
        lock.lock().unwrap();
    });
    tokio::time::timeout(LIMIT, waiting).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_profile_asks_and_opens_with_its_passphrase_only() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let must_not_ask = || panic!("a plain profile asks for nothing");
    drop(chancery_client::Profile::open(folder.path(), must_not_ask).unwrap());
    chancery_client::Profile::change_passphrase(folder.path(), None, Some("correct horse")).unwrap();
    assert!(chancery_client::Profile::is_sealed(folder.path()).unwrap());
    let with = |passphrase: &'static str| {
        chancery_client::Profile::open(folder.path(), move || Some(String::from(passphrase).into()))
    };
    assert!(with("battery staple").unwrap_err().to_string().contains("passphrase"));
    with("correct horse").unwrap().check().unwrap();
}
