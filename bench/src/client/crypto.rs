//! Encrypting and decrypting messages in a group of two.

use crate::{
    groups::{CONTENT_BYTES, group_data, random_content},
    memory_store::MemoryStore,
    organisation::{Organisation, now_seconds},
    report::Report,
    sizes::Sizes,
    stopwatch::Stopwatch,
};
use anyhow::{Context, Result, bail};
use chancery_mls::{Group, GroupKind, Join, Processed};
use chancery_wire::{GroupId, signed::Suite};
use rand::rngs::OsRng;

/// Messages per storage transaction: the group's secrets are written once for so many.
const MESSAGES_PER_TRANSACTION: usize = 100;

/// Measures messages per second.
pub fn run(sizes: &Sizes, report: &mut Report) -> Result<()> {
    let organisation = Organisation::new();
    let trust = organisation.trust();
    let members = [organisation.member(0)?, organisation.member(1)?];
    let (store, other_store) = (MemoryStore::default(), MemoryStore::default());
    let (device, other_device) = (members[0].device(&trust)?, members[1].device(&trust)?);
    let id = GroupId::random(&mut OsRng, organisation.domain());
    let created = Group::create(&store, &device, &trust, &id, Suite::Hybrid, group_data(&members, GroupKind::Direct))?;
    let mut group = created.group;
    let package = members[1].key_package(&other_store, &trust, Suite::Hybrid)?;
    let committed = group.commit(&store, &device, &trust, &[package], &[], None)?;
    group.merge_pending_commit(&store, &trust, now_seconds())?;
    let welcome = committed.welcome.context("a commit that adds devices has a Welcome")?;
    let mut other = Join::open(&other_store, &other_device, &trust, &welcome, &group.tree()?)?.accept(&other_store)?;

    let contents: Vec<Vec<u8>> = (0..sizes.crypto_messages).map(|_| random_content(CONTENT_BYTES)).collect();
    let mut messages = Vec::with_capacity(contents.len());
    let start = Stopwatch::start();
    for batch in contents.chunks(MESSAGES_PER_TRANSACTION) {
        for content in batch {
            messages.push(group.encrypt(&store, &device, content, &[])?);
        }
        group.flush(&store)?;
    }
    report.set("client.encrypt_per_s", contents.len() as f64 / start.elapsed().as_secs_f64());

    let now = now_seconds();
    let mut decrypted = Vec::with_capacity(messages.len());
    let start = Stopwatch::start();
    for batch in messages.chunks(MESSAGES_PER_TRANSACTION) {
        for message in batch {
            match other.process(&other_store, &trust, message, now)? {
                Processed::Application { content, .. } => decrypted.push(content),
                processed => bail!("expected content, got {processed:?}"),
            }
        }
        other.flush(&other_store)?;
    }
    report.set("client.decrypt_per_s", messages.len() as f64 / start.elapsed().as_secs_f64());
    if decrypted != contents {
        bail!("what was decrypted is not what was encrypted");
    }
    Ok(())
}
