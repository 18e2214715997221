//! The core's stored records: CBOR with numbered fields (minicbor), so that fields can be added. Golden files pin them
//! (`golden.txt`).
//!
//! **Invariant:** field numbers are never reused; a new field is optional or has a default.

mod account;
mod contact;
mod conversation;
mod device;
mod expiry;
#[cfg(test)]
mod golden;
mod group_link;
mod link;
mod log_view;
mod message;
pub(crate) mod namesake;
mod offer;
mod operation;
mod outbox;
mod picture;

pub(crate) use account::{Account, Phase, Secret};
pub(crate) use contact::{Contact, name_of, shown_person};
pub(crate) use conversation::{Conversation, Member, Unsent};
pub(crate) use device::{OwnDevice, Removing};
pub(crate) use expiry::{Expiring, Expiry};
pub(crate) use group_link::{Asked, AskedOutcome, GroupLinkState, JoinRequests, OpenRequest};
pub(crate) use link::{HistoryProgress, Late, LinkEnding, LinkRole, LinkState};
pub(crate) use log_view::{LogView, Seen};
pub(crate) use message::{IndexEntry, MessageRecord, Note, Orphan, Pending, Reaction, message_key, split_message_key};
pub(crate) use offer::Offer;
pub(crate) use operation::{Operation, OperationKind, PendingCommit};
pub(crate) use outbox::{Encrypted, OutboxEntry};
pub(crate) use picture::PictureOf;

use crate::{
    engine::CoreError,
    storage::{Entry, Order, Table, Tx},
};
use minicbor::{Decode, Encode};
use std::ops::Bound;

/// Entries read by one scan.
pub(crate) const SCAN_LIMIT: usize = 1000;

pub(crate) fn encode<T: Encode<()>>(record: &T) -> Vec<u8> {
    minicbor::to_vec(record).expect("writing to a Vec can't fail")
}

pub(crate) fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8], what: &'static str) -> Result<T, CoreError> {
    minicbor::decode(bytes).map_err(|e| CoreError::Record(format!("{what}: {e}")))
}

pub(crate) fn load<T: for<'b> Decode<'b, ()>>(
    tx: &dyn Tx,
    table: Table,
    key: &[u8],
    what: &'static str,
) -> Result<Option<T>, CoreError> {
    tx.get(table, key)?.map(|bytes| decode(&bytes, what)).transpose()
}

pub(crate) fn save<T: Encode<()>>(tx: &dyn Tx, table: Table, key: &[u8], record: &T) -> Result<(), CoreError> {
    Ok(tx.put(table, key, &encode(record))?)
}

/// The smallest key after every key that starts with `prefix`.
pub(crate) fn prefix_end(prefix: &[u8]) -> Bound<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Bound::Excluded(end);
        }
    }
    Bound::Unbounded
}

/// Entries whose key starts with `prefix`, smallest first, at most `limit`.
pub(crate) fn scan_prefix(tx: &dyn Tx, table: Table, prefix: &[u8], limit: usize) -> Result<Vec<Entry>, CoreError> {
    let end = prefix_end(prefix);
    Ok(tx.scan(table, Bound::Included(prefix), end.as_ref().map(Vec::as_slice), Order::Ascending, limit)?)
}

/// A counter in [`Table::Meta`]: its next value, from 1.
pub(crate) fn next_number(tx: &dyn Tx, name: &str) -> Result<u64, CoreError> {
    let key = [b"counter/", name.as_bytes()].concat();
    let next = tx.get(Table::Meta, &key)?.and_then(|v| v.try_into().ok()).map_or(0, u64::from_be_bytes) + 1;
    tx.put(Table::Meta, &key, &next.to_be_bytes())?;
    Ok(next)
}
