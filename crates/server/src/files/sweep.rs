//! What is over is removed. To be called now and then (every hour, and at the start).

use super::{
    Database, Host,
    disk::{self, blocking},
    store,
};
use crate::Failure;

/// Files handled in one transaction.
const BATCH: u32 = 500;

/// What a sweep removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Files whose time was over, and uploads that were given up.
    pub ended: usize,
    /// Bytes without a row.
    pub orphans: usize,
    /// Rows of files that ended long ago.
    pub forgotten: usize,
    /// Files and folders that couldn't be removed or read, and were passed over.
    pub passed_over: usize,
}

/// Removes what is over. A file that can't be removed keeps no other from it; its row is marked, and the next sweep tries again.
pub async fn sweep<H: Host>(host: &H) -> Result<Swept, Failure> {
    let mut swept = Swept::default();
    let (files, now_ms) = (host.files(), host.now_ms());
    loop {
        let ended = files.database.read(move |db| store::ended(db, now_ms, BATCH)).await?;
        if ended.is_empty() {
            break;
        }
        swept.ended += ended.len();
        // The row first: a crash in between leaves an orphan, which is found below, and not a file without bytes.
        let marked = ended.clone();
        files.database.write(move |db| store::mark_deleted(db, &marked)).await?;
        for file in ended {
            let _turn = files.slots.take(file).await;
            let disk = files.disk.clone();
            let removed = blocking(move || disk.remove(file)).await;
            swept.pass_over(host, removed);
        }
    }
    loop {
        let forgotten = files.database.write(move |db| store::forget(db, now_ms, BATCH)).await?;
        swept.forgotten += forgotten;
        if forgotten < BATCH as usize {
            break;
        }
    }
    let disk = files.disk.clone();
    for shard in blocking(move || disk.shards()).await? {
        let found = blocking(move || disk::files_of(&shard)).await;
        let Some(found) = swept.pass_over(host, found) else { continue };
        // A row comes before its bytes, so bytes without a row aren't a file that is just being made.
        let orphans = files.database.read(move |db| store::orphans(db, found)).await?;
        for file in orphans {
            let disk = files.disk.clone();
            let removed = blocking(move || disk.remove(file)).await;
            if swept.pass_over(host, removed).is_some() {
                swept.orphans += 1;
            }
        }
    }
    Ok(swept)
}

impl Swept {
    fn pass_over<T, H: Host>(&mut self, host: &H, done: Result<T, Failure>) -> Option<T> {
        done.map_err(|failure| {
            self.passed_over += 1;
            host.passed_over(&failure);
        })
        .ok()
    }
}
