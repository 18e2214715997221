//! Receiving what was missed, by the whole client: connection, core, MLS, encrypted store, full-text index.

use crate::{organisation::Organisation, relay::Relay, report::Report, sizes::Sizes};
use anyhow::{Context, Result, bail};
use chancery_client::{Client, Options, Profile};
use chancery_core::{Command, CommandResult, api::Draft, query};
use chancery_wire::{GroupId, UserId};
use rand::{Rng, rngs::OsRng, seq::SliceRandom};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Everything has to be sent, or be received, within this.
const LIMIT: Duration = Duration::from_secs(300);
/// Messages are made of these.
const WORDS: [&str; 24] = [
    "meeting", "tomorrow", "report", "customer", "please", "draft", "invoice", "morning", "office", "train", "lunch",
    "review", "contract", "delivery", "question", "number", "project", "Zürich", "résumé", "später", "budget",
    "thanks", "call", "photo",
];
/// Words of a message, at least and at most.
const WORDS_EACH: (usize, usize) = (3, 30);

/// Measures the time from starting the client to having all.
pub async fn run(program: Option<&Path>, sizes: &Sizes, report: &mut Report) -> Result<()> {
    let organisation = Organisation::new();
    let relay = Relay::start(program, &organisation).await?;
    let folder = tempfile::Builder::new().prefix("chancery-bench-").tempdir().context("making a folder")?;
    let (alice_folder, bob_folder) = (folder.path().join("alice"), folder.path().join("bob"));
    let alice = join(&alice_folder, &organisation, &relay, "alice").await?;
    let bob = join(&bob_folder, &organisation, &relay, "bob").await?;
    let group = start_direct(&alice, "bob@localhost".parse()?).await?;
    send(&alice, &group, "The first message brings Bob into the conversation.".to_owned()).await?;
    alice.drain(LIMIT).await?;
    wait_for_messages(&bob, &group, 1).await?;
    bob.shutdown().await;

    for _ in 0..sizes.received {
        send(&alice, &group, text()).await?;
    }
    alice.drain(LIMIT).await?;
    alice.shutdown().await;

    let start = Instant::now();
    let bob = open(&bob_folder)?;
    bob.sync(LIMIT).await?;
    let seconds = start.elapsed().as_secs_f64();
    let unread = unread(&bob, &group).await?;
    if unread != 1 + sizes.received as u64 {
        bail!("{unread} messages are unread after catching up, expected {}", 1 + sizes.received);
    }
    bob.shutdown().await;
    relay.stop().await?;
    report.set("client.receive_10k_s", seconds * 10_000.0 / sizes.received as f64);
    Ok(())
}

fn open(folder: &Path) -> Result<Client> {
    let profile = Profile::open(folder, || None).context("opening a profile")?;
    Ok(Client::start(profile, Options::default())?)
}

async fn join(folder: &Path, organisation: &Organisation, relay: &Relay, name: &str) -> Result<Client> {
    let link = organisation.invite(relay.origin(), name).await?.to_text();
    let client = open(folder)?;
    client.command(Command::Join { link, label: "benchmark".to_owned() }).await?;
    client.sync(LIMIT).await?;
    // Key packages are at the relay then.
    client.drain(LIMIT).await?;
    Ok(client)
}

async fn start_direct(client: &Client, user: UserId) -> Result<GroupId> {
    match client.command(Command::StartDirect { user }).await? {
        CommandResult::Conversation { group } => Ok(group),
        other => bail!("expected a conversation, got {other:?}"),
    }
}

async fn send(client: &Client, group: &GroupId, text: String) -> Result<()> {
    let draft = Draft::Text { text, reply_to: None };
    client.command(Command::Send { group: group.clone(), draft }).await?;
    Ok(())
}

fn text() -> String {
    let count = OsRng.gen_range(WORDS_EACH.0..=WORDS_EACH.1);
    let words: Vec<&str> = (0..count).filter_map(|_| WORDS.choose(&mut OsRng).copied()).collect();
    words.join(" ")
}

async fn unread(client: &Client, group: &GroupId) -> Result<u64> {
    let group = group.clone();
    let view = client.query(move |tx| query::conversation(tx, &group)).await?;
    Ok(view.map_or(0, |view| view.unread))
}

async fn wait_for_messages(client: &Client, group: &GroupId, count: u64) -> Result<()> {
    let mut events = client.events();
    let arrived = async {
        while unread(client, group).await? < count {
            // Whatever happens, look again.
            events.recv().await.context("the client ended")?;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(LIMIT, arrived).await.context("a message doesn't arrive")?
}
