//! Copies the write-ahead log back into the store on a thread of its own, because it takes long and every sender would
//! wait. The writer copies only the little that came meanwhile, after which the log begins anew.

use crate::{RelayFault, relay::store};
use rusqlite::{Connection, wal::CheckpointMode};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

/// The thread copies after each so many pages of the log.
const STEP_PAGES: i32 = 4000;
/// The writer may let the log begin anew when it has so many pages …
const ENOUGH_PAGES: i32 = 8000;
/// … and no more than so many are left to copy.
const REST_PAGES: i32 = 500;
/// At so many pages the writer copies whatever is left.
const MAX_PAGES: i32 = 16_000;

/// The writer's end of it.
pub struct Checkpoints {
    /// Pages in the log after the last commit.
    pages: Arc<AtomicI32>,
    /// Pages of it that the thread had copied.
    copied: Arc<AtomicI32>,
    /// Pages in the log when the thread was last woken.
    asked: i32,
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Checkpoints {
    /// Takes over from SQLite's own checkpoints on `db`, the writer's connection to the store at `path`.
    pub fn start(db: &mut Connection, path: &Path) -> Result<Self, RelayFault> {
        let (pages, copied) = (Arc::new(AtomicI32::new(0)), Arc::new(AtomicI32::new(0)));
        let of_commit = pages.clone();
        // Also switches the automatic checkpoints off.
        db.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            of_commit.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        let own = store::open_checkpointer(path)?;
        let (wake, woken) = sync_channel(1);
        let so_far = copied.clone();
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || copy(&own, &woken, &so_far))
            .map_err(RelayFault::new)?;
        Ok(Self { pages, copied, asked: 0, wake, thread })
    }

    /// After a transaction, when everybody was answered.
    pub fn after_commit(&mut self, db: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.asked {
            // The log began anew.
            self.asked = 0;
            self.copied.store(0, Ordering::Relaxed);
        }
        if pages >= self.asked.saturating_add(STEP_PAGES) {
            self.asked = pages;
            // One that waits already will copy these pages too.
            let _ = self.wake.try_send(());
        }
        let left = pages.saturating_sub(self.copied.load(Ordering::Relaxed));
        if pages >= MAX_PAGES || (pages >= ENOUGH_PAGES && left <= REST_PAGES) {
            checkpoint(db);
        }
    }

    /// Ends the thread.
    pub fn stop(self) {
        drop(self.wake);
        if self.thread.join().is_err() {
            tracing::error!("copying the write-ahead log back panicked");
        }
    }
}

fn copy(db: &Connection, woken: &Receiver<()>, copied: &AtomicI32) {
    while woken.recv().is_ok() {
        if let Some(pages) = checkpoint(db) {
            copied.store(pages, Ordering::Relaxed);
        }
    }
}

/// Copies what can be copied without waiting for anybody; how many pages of the log are copied.
fn checkpoint(db: &Connection) -> Option<i32> {
    match db.wal_checkpoint_v2(Some(rusqlite::MAIN_DB), CheckpointMode::PASSIVE) {
        Ok((_, copied)) => Some(copied),
        // The thread and the writer got in each other's way: the next one does it.
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => None,
        Err(error) => {
            tracing::error!(%error, "copying the write-ahead log back");
            None
        }
    }
}
