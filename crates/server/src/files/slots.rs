//! One writer per file. Whoever comes later ends the upload that runs: its connection is most likely dead already, and the
//! client that lost it has come back.

use chancery_wire::FileId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

#[derive(Default)]
pub(super) struct Slots {
    running: Arc<Mutex<HashMap<FileId, Slot>>>,
}

#[derive(Clone, Default)]
struct Slot {
    writer: Arc<tokio::sync::Mutex<()>>,
    cancel: CancellationToken,
}

/// The right to change a file's bytes.
pub(super) struct Turn {
    running: Arc<Mutex<HashMap<FileId, Slot>>>,
    file: FileId,
    writer: Arc<tokio::sync::Mutex<()>>,
    guard: Option<OwnedMutexGuard<()>>,
    /// Somebody waits for the file.
    pub cancelled: CancellationToken,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slots {
    /// Ends whoever writes, and takes its place.
    pub async fn take(&self, file: FileId) -> Turn {
        // The turn exists before the wait, so that its entry goes even when the wait is given up.
        let mut turn = {
            let mut running = lock(&self.running);
            let slot = running.entry(file).or_default();
            let cancelled = CancellationToken::new();
            std::mem::replace(&mut slot.cancel, cancelled.clone()).cancel();
            Turn { running: self.running.clone(), file, writer: slot.writer.clone(), guard: None, cancelled }
        };
        turn.guard = Some(turn.writer.clone().lock_owned().await);
        turn
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.guard = None;
        let mut running = lock(&self.running);
        // Held by the entry and this turn: nobody else waits.
        if Arc::strong_count(&self.writer) == 2 {
            running.remove(&self.file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_later_writer_ends_the_earlier_one_and_waits_for_it() {
        let slots = Slots::default();
        let first = slots.take(FileId([1; 16])).await;
        let other = slots.take(FileId([2; 16])).await;
        assert!(!first.cancelled.is_cancelled());
        let mut second = Box::pin(slots.take(FileId([1; 16])));
        assert!(futures_util::future::poll_immediate(&mut second).await.is_none());
        assert!(first.cancelled.is_cancelled() && !other.cancelled.is_cancelled());
        drop(first);
        let second = second.await;
        assert!(!second.cancelled.is_cancelled());
        drop((second, other));
        assert!(lock(&slots.running).is_empty());
    }

    #[tokio::test]
    async fn a_wait_that_was_given_up_leaves_nothing() {
        let slots = Slots::default();
        let first = slots.take(FileId([1; 16])).await;
        let mut second = Box::pin(slots.take(FileId([1; 16])));
        assert!(futures_util::future::poll_immediate(&mut second).await.is_none());
        drop(second);
        drop(first);
        assert!(lock(&slots.running).is_empty());
    }
}
