//! The logic with its own store, one transaction per call: for the simulator and for tests.

use super::{Caller, Context, Relay, Settings, Tx, store};
use crate::{Effects, Failure, RelayFault};
use chancery_wire::api::{Request, Response};
use rand_core::RngCore;
use rusqlite::Connection;

/// A relay without server.
pub struct LocalRelay {
    relay: Relay,
    db: Connection,
}

impl LocalRelay {
    /// Opens a store whose organisation was initialised.
    pub fn open(settings: Settings, mut db: Connection, rng: Box<dyn RngCore + Send>) -> Result<Self, RelayFault> {
        store::prepare(&mut db)?;
        let relay = Relay::new(settings, &db, rng)?;
        Ok(Self { relay, db })
    }

    /// The logic.
    pub fn relay(&self) -> &Relay {
        &self.relay
    }

    /// The store; for looking, and for tests that cheat.
    pub fn db(&self) -> &Connection {
        &self.db
    }

    /// The store, when the process ends; caches and sessions are gone.
    pub fn into_db(self) -> Connection {
        self.db
    }

    /// One transaction: what `f` does is committed when it succeeds and undone when it doesn't.
    pub fn transact<T>(&self, f: impl FnOnce(&Relay, &Tx<'_>) -> Result<T, Failure>) -> Result<(T, Effects), Failure> {
        let tx = Tx::begin(&self.db)?;
        match f(&self.relay, &tx) {
            Ok(value) => {
                let effects = tx.commit(&self.relay)?;
                Ok((value, effects))
            }
            Err(failure) => {
                tx.rollback(&self.relay);
                Err(failure)
            }
        }
    }

    /// One call in one transaction.
    pub fn call(&self, now_ms: u64, caller: Option<&Caller>, request: Request) -> Result<(Response, Effects), Failure> {
        self.transact(|relay, tx| relay.call(tx, Context { now_ms, caller, peer: 0 }, request))
    }
}
