//! What the engine drives: the core, or a scripted machine in tests of the driver.

use chancery_core::{Core, CoreError, Env, Fault, Input, Output, Tx, query};
use chancery_wire::{DeviceId, UserId};

/// A client without IO. [`Core`] is the one; tests of reconnecting and transfers script smaller ones.
pub trait Machine {
    /// Handles one input in the caller's transaction.
    fn handle(&mut self, tx: &dyn Tx, env: &mut Env<'_>, input: Input) -> Result<Vec<Output>, CoreError>;
    /// Signs an authentication challenge; `None` before joining.
    fn sign_challenge(&self, tx: &dyn Tx, challenge: &[u8]) -> Result<Option<(UserId, DeviceId, Vec<u8>)>, CoreError>;
    /// Whether there is somebody to connect as.
    fn standing(&self, tx: &dyn Tx) -> Result<Standing, Fault>;
    /// Forgets every cache, after a rolled-back transaction.
    fn reset(&mut self);
}

/// Whether there is somebody to connect as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not joined yet.
    Nobody,
    /// Joined.
    Joined {
        /// The relay's address.
        relay: String,
    },
    /// This device was removed from its user's devices.
    Revoked,
}

impl Machine for Core {
    fn handle(&mut self, tx: &dyn Tx, env: &mut Env<'_>, input: Input) -> Result<Vec<Output>, CoreError> {
        Core::handle(self, tx, env, input)
    }

    fn sign_challenge(&self, tx: &dyn Tx, challenge: &[u8]) -> Result<Option<(UserId, DeviceId, Vec<u8>)>, CoreError> {
        Core::sign_challenge(self, tx, challenge)
    }

    fn standing(&self, tx: &dyn Tx) -> Result<Standing, Fault> {
        Ok(match query::account(tx)? {
            None => Standing::Nobody,
            Some(_) if query::is_revoked(tx)? => Standing::Revoked,
            Some(account) => Standing::Joined { relay: account.relay },
        })
    }

    fn reset(&mut self) {
        Core::reset(self);
    }
}
