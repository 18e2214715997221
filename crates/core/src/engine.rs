//! The entry points.

use crate::{api::{Input, Output}, storage::{Fault, Tx}};
use chancery_wire::{DeviceId, UserId};
use rand_core::RngCore;
use thiserror::Error;

/// Time and randomness, passed in.
pub struct Env<'a> {
    /// Milliseconds since 1970.
    pub now_ms: u64,
    /// A cryptographically secure generator (seeded in the simulator).
    pub rng: &'a mut dyn RngCore,
}

/// A fault: the transaction has to be rolled back and the core reset. Refusals are no faults.
#[derive(Debug, Error)]
pub enum CoreError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Fault),
    /// A record can't be read: the store is damaged or of a newer version.
    #[error("a stored record can't be read: {0}")]
    Record(String),
    /// A bug.
    #[error("internal: {0}")]
    Internal(String),
}

/// The client core. Holds caches only; all state is in the store.
#[derive(Default)]
pub struct Core {}

impl Core {
    /// A core for a store; the first input loads what it needs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets every cache, after a rolled-back transaction. The driver also closes the WebSocket and opens it again.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Handles one input in the caller's transaction.
    pub fn handle(&mut self, tx: &dyn Tx, env: &mut Env<'_>, input: Input) -> Result<Vec<Output>, CoreError> {
        let _ = (tx, env.now_ms, input);
        todo!()
    }

    /// Signs an authentication challenge for an HTTP session; `None` before joining.
    pub fn sign_challenge(&self, tx: &dyn Tx, challenge: &[u8]) -> Result<Option<(UserId, DeviceId, Vec<u8>)>, CoreError> {
        let _ = (tx, challenge);
        todo!()
    }
}
