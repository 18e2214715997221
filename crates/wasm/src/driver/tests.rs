//! The driver on a store in memory.

use super::{Driver, Effect, Incoming, TellingStorage};
use chancery_core::{Command, Event, Fault, Output, Storage, Tx};
use chancery_store::{Failure, MemoryStore};
use chancery_wire::{
    DeviceId, GroupId, ItemId,
    api::Request,
    frames::{ClientFrame, Cursor},
    link::{InvitationLink, relay_origin},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

/// A store whose disk can be full.
#[derive(Default)]
struct Disk {
    store: MemoryStore,
    failure: Option<Failure>,
    failed: Option<Failure>,
}

impl Storage for Disk {
    fn transact<T, E: From<Fault>>(&mut self, f: impl FnOnce(&dyn Tx) -> Result<T, E>) -> Result<T, E> {
        self.failed = self.failure;
        match self.failure {
            Some(_) => Err(Fault("on purpose".to_owned()).into()),
            None => self.store.transact(f),
        }
    }
}

impl TellingStorage for Disk {
    fn take_failure(&mut self) -> Option<Failure> {
        self.failed.take()
    }
}

fn driver() -> Driver<Disk> {
    Driver::new(Disk::default(), "https://chat.example.org".to_owned(), ChaCha20Rng::from_seed([7; 32]))
}

fn command(id: u32, command: Command) -> Incoming {
    Incoming::Command { id, key: [id as u8; 16], again: false, command }
}

fn join(relay: &str) -> Command {
    let link =
        InvitationLink { relay: relay_origin(relay).unwrap(), root_fingerprint: [1; 32], seed: [2; 16] }.to_text();
    Command::Join { link, label: "browser".to_owned() }
}

fn handle(driver: &mut Driver<Disk>, inputs: Vec<Incoming>) -> Vec<Effect> {
    driver.handle(&|| 1_000_000, inputs).unwrap()
}

fn error_of(effects: &[Effect], of: u32) -> String {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Completed { id, result: Err(error) } if *id == of => Some(error.clone()),
        _ => None,
    });
    serde_json::from_str::<serde_json::Value>(&found.expect("refused")).unwrap()["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_link_of_another_server_is_refused_with_its_address() {
    let mut driver = driver();
    let effects = handle(&mut driver, vec![command(1, join("https://elsewhere.example.com"))]);
    assert_eq!(error_of(&effects, 1), "other_relay");
    // Its own is tried: the organisation is asked for.
    let effects = handle(&mut driver, vec![command(2, join("https://chat.example.org"))]);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Call { authenticated: false, .. })), "{effects:?}");
}

#[test]
fn an_answer_of_a_call_before_a_fault_is_dropped() {
    let mut driver = driver();
    let effects = handle(&mut driver, vec![command(1, join("https://chat.example.org"))]);
    let call = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Call { id, .. } => Some(*id),
            _ => None,
        })
        .unwrap();
    driver.store.failure = Some(Failure::Other);
    let effects = handle(&mut driver, vec![Incoming::Tick]);
    assert!(effects.contains(&Effect::Reconnect));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::WakeAt(at) if *at > 1_000_000)));
    assert_eq!(error_of(&effects, 1), "fault", "the join can't complete any more");
    driver.store.failure = None;
    let effects = handle(&mut driver, vec![Incoming::Unanswered { call, reason: "late".to_owned() }]);
    assert_eq!(effects, []);
}

#[test]
fn a_full_or_damaged_disk_ends_everything() {
    for (failure, code) in [(Failure::DiskFull, "storage_full"), (Failure::Damaged, "storage_damaged")] {
        let mut driver = driver();
        driver.store.failure = Some(failure);
        assert_eq!(driver.handle(&|| 1, vec![Incoming::Tick]).unwrap_err().code, code);
    }
}

#[test]
fn a_frame_that_cannot_be_read_closes_the_connection_and_harms_nothing() {
    let mut driver = driver();
    let effects = handle(&mut driver, vec![Incoming::Connected, Incoming::Frame(vec![0xff; 10])]);
    assert_eq!(effects, [Effect::Reconnect]);
}

#[test]
fn a_command_without_an_account_is_refused_and_each_gets_its_own_answer() {
    let mut driver = driver();
    let find = |query: &str| Command::FindUsers { query: query.to_owned() };
    let effects = handle(&mut driver, vec![command(4, find("a")), command(5, find("b"))]);
    assert_eq!((error_of(&effects, 4), error_of(&effects, 5)), ("not_joined".to_owned(), "not_joined".to_owned()));
}

/// Threat: a copy of the store that sends would encrypt with keys that the store uses again; one that acknowledges or uploads would lose
/// what the relay hands out once.
#[test]
fn a_copy_of_the_store_says_who_it_is_and_where_the_store_stands_asks_for_trees_and_nothing_else() {
    let user = "bob@example.org".parse().unwrap();
    let group = |n: u8| -> GroupId { format!("{}@example.org", format!("{n:02x}").repeat(16)).parse().unwrap() };
    let authenticate =
        ClientFrame::Authenticate { user, device: DeviceId([1; 16]), signature: vec![2; 64], version: 1 };
    let follow = |cursors: &[(u8, u64)], inbox| {
        let cursors = cursors.iter().map(|(n, seq)| Cursor { group: group(*n), seq: *seq }).collect();
        ClientFrame::Follow { cursors, inbox }
    };
    let send =
        ClientFrame::Send { request: 1, group: group(1), item: ItemId([3; 16]), epoch: 1, body: vec![4], quiet: true };
    let acknowledge = ClientFrame::Acknowledge { cursors: Vec::new(), inbox: 7 };
    let tree = || Request::GetTree { group: group(9), epoch: 4 };
    let outputs = || {
        vec![
            Output::Frame(authenticate.clone()),
            Output::Frame(follow(&[(1, 10)], 3)),
            Output::Call(1, Request::GetStocks {}),
            Output::Frame(send.clone()),
            Output::Call(2, tree()),
            // It has joined the ninth group; and has read on in the first.
            Output::Frame(follow(&[(9, 5)], 4)),
            Output::Frame(follow(&[(9, 6), (1, 12)], 5)),
            Output::Frame(acknowledge.clone()),
            Output::Event(Event::CaughtUp),
            Output::WakeAt(5),
        ]
    };
    let store = Disk::default();
    let mut peeking = Driver::peeking(store, "https://chat.example.org".to_owned(), ChaCha20Rng::from_seed([7; 32]));
    let mut effects = Vec::new();
    peeking.perform(1_000_000, outputs(), &mut effects);
    let told = Effect::Event(serde_json::to_string(&Event::CaughtUp).unwrap());
    let path = tree().to_http().path;
    let asked = Effect::Call { id: 1, method: "GET", path, body: None, authenticated: true };
    let frame = |frame: &ClientFrame| Effect::Frame(frame.to_vec());
    let left = [
        frame(&authenticate),
        frame(&follow(&[(1, 10)], 3)),
        asked,
        frame(&follow(&[(9, 5)], 3)),
        frame(&follow(&[], 3)),
        told,
    ];
    assert_eq!(effects, left);
    assert_eq!(peeking.unanswered_since(), None);

    let mut effects = Vec::new();
    driver().perform(1_000_000, outputs(), &mut effects);
    assert_eq!(effects.len(), outputs().len(), "the store's own driver does it all");
}
