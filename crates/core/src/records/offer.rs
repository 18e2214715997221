//! Welcomes that are kept aside: into a conversation that this device is in, or whose end it hasn't seen.

use super::{SCAN_LIMIT, decode, load, save, scan_prefix};
use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};
use chancery_wire::GroupId;
use minicbor::{Decode, Encode, bytes::ByteVec};

/// The latest Welcome into a conversation that isn't joined by itself; one for each conversation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Offer {
    #[n(0)]
    pub group: GroupId,
    /// Position of the commit that it belongs to, as the relay says.
    #[n(1)]
    pub seq: u64,
    /// Its epoch, as the relay says.
    #[n(2)]
    pub epoch: u64,
    #[n(3)]
    pub welcome: ByteVec,
}

const OFFER: &[u8] = b"offer/";

fn key(group: &GroupId) -> Vec<u8> {
    [OFFER, group.as_str().as_bytes()].concat()
}

impl Offer {
    pub fn load(tx: &dyn Tx, group: &GroupId) -> Result<Option<Self>, CoreError> {
        load(tx, Table::Meta, &key(group), "offer")
    }

    /// Keeps it, unless a later one is there.
    pub fn keep(&self, tx: &dyn Tx) -> Result<(), CoreError> {
        if Self::load(tx, &self.group)?.is_some_and(|other| other.epoch > self.epoch) {
            return Ok(());
        }
        save(tx, Table::Meta, &key(&self.group), self)
    }

    pub fn delete(tx: &dyn Tx, group: &GroupId) -> Result<(), CoreError> {
        Ok(tx.delete(Table::Meta, &key(group))?)
    }

    /// All of them, at most [`SCAN_LIMIT`].
    pub fn all(tx: &dyn Tx) -> Result<Vec<Self>, CoreError> {
        scan_prefix(tx, Table::Meta, OFFER, SCAN_LIMIT)?.iter().map(|(_, value)| decode(value, "offer")).collect()
    }
}
