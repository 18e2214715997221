//! What is deleted when: in the order of time, so that looking for what is due costs nothing while nothing is.

use super::scan_prefix;
use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};

const PREFIX: &[u8] = b"expiry/";

/// What is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiring {
    /// A message at its place.
    Message = 0,
    /// A message that waits to be sent.
    Waiting = 1,
}

/// An entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expiry {
    pub at_ms: u64,
    pub what: Expiring,
    /// Key of the message, or of the outbox entry.
    pub key: Vec<u8>,
}

impl Expiry {
    fn entry(&self) -> Vec<u8> {
        [PREFIX, &self.at_ms.to_be_bytes(), &[self.what as u8], &self.key].concat()
    }

    pub fn save(&self, tx: &dyn Tx) -> Result<(), CoreError> {
        Ok(tx.put(Table::Meta, &self.entry(), &[])?)
    }

    pub fn delete(&self, tx: &dyn Tx) -> Result<(), CoreError> {
        Ok(tx.delete(Table::Meta, &self.entry())?)
    }

    /// The earliest ones, at most `limit`.
    pub fn first(tx: &dyn Tx, limit: usize) -> Result<Vec<Self>, CoreError> {
        scan_prefix(tx, Table::Meta, PREFIX, limit)?
            .into_iter()
            .map(|(entry, _)| {
                let rest = &entry[PREFIX.len()..];
                let read = || {
                    let at_ms = u64::from_be_bytes(rest.get(..8)?.try_into().ok()?);
                    let what = match rest.get(8)? {
                        0 => Expiring::Message,
                        1 => Expiring::Waiting,
                        _ => return None,
                    };
                    Some(Self { at_ms, what, key: rest.get(9..)?.to_vec() })
                };
                read().ok_or_else(|| CoreError::Record("an expiry".into()))
            })
            .collect()
    }
}
