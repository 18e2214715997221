//! Faults of core and store.

use crate::kit::{Device, LIMIT, open, options};
use chancery_client::{Client, Machine, Standing, Status};
use chancery_core::{Command, Core, CoreError, Env, Fault, Input, Output, Tx, query};
use chancery_server::testkit::TestServer;
use chancery_wire::{DeviceId, UserId, frames::ServerFrame};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::SeqCst},
};

/// The core, which fails at chosen inputs, after it has handled them: so the rollback has something to undo.
pub struct Faulty {
    core: Core,
    faults: Arc<AtomicU32>,
    at: fn(&Input) -> bool,
}

impl Faulty {
    pub fn new(faults: &Arc<AtomicU32>, at: fn(&Input) -> bool) -> Self {
        Self { core: Core::new(), faults: faults.clone(), at }
    }
}

impl Machine for Faulty {
    fn handle(&mut self, tx: &dyn Tx, env: &mut Env<'_>, input: Input) -> Result<Vec<Output>, CoreError> {
        let hit = (self.at)(&input);
        let outputs = self.core.handle(tx, env, input)?;
        if hit && self.faults.try_update(SeqCst, SeqCst, |n| n.checked_sub(1)).is_ok() {
            return Err(CoreError::Internal("on purpose".to_owned()));
        }
        Ok(outputs)
    }

    fn sign_challenge(&self, tx: &dyn Tx, challenge: &[u8]) -> Result<Option<(UserId, DeviceId, Vec<u8>)>, CoreError> {
        self.core.sign_challenge(tx, challenge)
    }

    fn standing(&self, tx: &dyn Tx) -> Result<Standing, Fault> {
        Machine::standing(&self.core, tx)
    }

    fn reset(&mut self) {
        self.core.reset();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_is_undone_and_what_it_took_along_comes_again() {
    let server = TestServer::start().await;
    let alice = Device::join(&server, "alice", &server.url()).await;
    let faults = Arc::new(AtomicU32::new(0));
    let of = faults.clone();
    let bob = Device::with_machine(move || {
        Faulty::new(&of, |input| matches!(input, Input::Frame(ServerFrame::Items { .. })))
    });
    let bob = bob.joined(&server, "bob", &server.url()).await;
    let group = alice.direct("bob@example.org").await;
    alice.say(&group, "first").await;
    bob.wait_for("first").await;
    faults.store(3, SeqCst);
    for n in 0..20 {
        alice.say(&group, &n.to_string()).await;
    }
    bob.wait_for("19").await;
    assert_eq!(faults.load(SeqCst), 0, "the faults have happened");
    let expected: Vec<_> = std::iter::once("first".to_owned()).chain((0..20).map(|n| n.to_string())).collect();
    assert_eq!(bob.texts(&group).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_fails_is_undone_and_told_and_the_others_are_done() {
    let server = TestServer::start().await;
    let faults = Arc::new(AtomicU32::new(0));
    let of = faults.clone();
    let poisoned = |input: &Input| matches!(input, Input::Command(_, Command::Send { draft, .. }) if format!("{draft:?}").contains("poison"));
    let alice = Device::with_machine(move || Faulty::new(&of, poisoned)).joined(&server, "alice", &server.url()).await;
    let bob = Device::join(&server, "bob", &server.url()).await;
    let group = alice.direct("bob@example.org").await;
    // Twice: in the batch, and then alone.
    faults.store(2, SeqCst);
    let send = |text: &str| {
        let draft = chancery_core::api::Draft::Text { text: text.to_owned(), reply_to: None };
        alice.client.command(Command::Send { group: group.clone(), draft })
    };
    let (one, two, three) = tokio::join!(send("one"), send("poison"), send("three"));
    assert!(one.is_ok() && three.is_ok());
    assert_eq!(two.unwrap_err().code, "fault");
    alice.client.drain(LIMIT).await.unwrap();
    bob.wait_for("three").await;
    assert_eq!(bob.texts(&group).await, ["one", "three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_client_with_a_clear_sentence_and_reading_goes_on() {
    let server = TestServer::start().await;
    let alice = Device::join(&server, "alice", &server.url()).await;
    let _bob = Device::join(&server, "bob", &server.url()).await;
    let group = alice.direct("bob@example.org").await;
    alice.say(&group, "kept").await;
    alice.client.drain(LIMIT).await.unwrap();
    let Device { client, folder } = alice;
    client.shutdown().await;
    let profile = open(folder.path());
    let pages = std::fs::metadata(folder.path().join("store.db")).unwrap().len() / 4096;
    profile.limit_pages(u32::try_from(pages).unwrap() + 20).unwrap();
    let alice = Device { client: Client::start(profile, options()).unwrap(), folder };
    let mut sent = 0;
    let error = loop {
        let draft = chancery_core::api::Draft::Text { text: "x".repeat(40_000), reply_to: None };
        match alice.client.command(Command::Send { group: group.clone(), draft }).await {
            Ok(_) => sent += 1,
            Err(error) => break error,
        }
        assert!(sent < 100, "the store grows beyond its limit");
    };
    assert_eq!(error.code, "disk_full");
    assert!(error.message.contains("make room"));
    let stopped = alice.wait_status(|status| matches!(status, Status::Stopped(_))).await;
    assert_eq!(stopped, Status::Stopped(error.clone()));
    assert_eq!(alice.client.sync(LIMIT).await.unwrap_err(), error);
    assert_eq!(alice.client.command(Command::RefreshDevices).await.unwrap_err(), error);
    assert_eq!(alice.texts(&group).await.len(), 1 + sent, "what was queued before is kept");
    // With room again, all is well.
    let alice = alice.restart().await;
    alice.say(&group, "again").await;
    alice.client.drain(LIMIT).await.unwrap();
    assert_eq!(alice.client.query(query::waiting).await.unwrap(), 0);
}
