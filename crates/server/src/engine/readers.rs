//! A small pool of reading connections.

use super::{
    Owner,
    turns::{Turn, Turns},
};
use crate::{Failure, Relay, RelayFault, relay::lock};
use rusqlite::Connection;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// The pool.
pub struct Readers {
    relay: Arc<Relay>,
    connections: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    turns: Turns,
}

impl Readers {
    /// Of these connections, of which one person uses at most `each`.
    pub fn new(relay: Arc<Relay>, connections: Vec<Connection>, each: usize) -> Self {
        let permits = Arc::new(Semaphore::new(connections.len()));
        Self { relay, connections: Arc::new(Mutex::new(connections)), permits, turns: Turns::new(each) }
    }

    /// Runs `f` in a reading transaction, on a thread that may block.
    pub async fn run<T: Send + 'static>(
        &self,
        owner: Owner,
        f: impl FnOnce(&Relay, &Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn: Turn = self.turns.take(owner).await;
        let permit = self.permits.clone().acquire_owned().await.map_err(RelayFault::new)?;
        let (relay, connections) = (self.relay.clone(), self.connections.clone());
        tokio::task::spawn_blocking(move || {
            let _permit = (permit, turn);
            let db = lock(&connections).pop().ok_or_else(|| RelayFault::new("a permit is a connection"))?;
            let db = Borrowed { db: Some(db), pool: &connections };
            let db = db.db.as_ref().expect("given back only when dropped");
            db.prepare_cached("BEGIN")?.execute(())?;
            let result = f(&relay, db);
            db.prepare_cached("COMMIT")?.execute(())?;
            result
        })
        .await
        .map_err(|error| Failure::Fault(RelayFault::new(error)))?
    }
}

/// Goes back to the pool, even when its user panics.
struct Borrowed<'p> {
    db: Option<Connection>,
    pool: &'p Mutex<Vec<Connection>>,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        if let Some(db) = self.db.take() {
            if !db.is_autocommit()
                && let Err(error) = db.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "ending a read");
            }
            lock(self.pool).push(db);
        }
    }
}
