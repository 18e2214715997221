//! What the core asks of its store: an ordered key-value table per kind of record, and a full-text index, all in one
//! transaction. Records are CBOR; the core owns their form (see `records/`), the store knows bytes only.

use std::ops::Bound;
use thiserror::Error;

/// A fault of the store (disk full, damaged file, wrong key): the transaction has to be rolled back.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("store: {0}")]
pub struct Fault(pub String);

/// The tables. Numbers are stored: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// Account, organisation, settings, counters.
    Meta = 0,
    /// OpenMLS state.
    Mls = 1,
    /// Conversations by group id.
    Conversation = 2,
    /// Messages by conversation number and position.
    Message = 3,
    /// Message id to where it stands.
    MessageIndex = 4,
    /// Messages that wait to be sent, by conversation number and order.
    Outbox = 5,
    /// Changes of groups that wait to be carried out, by conversation number and order.
    Operation = 6,
    /// The commit under way, by conversation number.
    PendingCommit = 7,
    /// People, with the identity keys they were first seen with.
    Contact = 8,
    /// Delivered and read marks, by conversation number and user.
    Mark = 9,
    /// One's own devices.
    Device = 10,
    /// Edits, deletions and reactions whose message isn't here yet.
    Orphan = 11,
    /// Device links under way.
    Link = 12,
    /// File transfers, kept by the driver.
    Transfer = 13,
    /// The log as seen in the current epoch, by conversation number.
    LogView = 14,
}

impl Table {
    /// All tables.
    pub const ALL: [Table; 15] = [
        Table::Meta,
        Table::Mls,
        Table::Conversation,
        Table::Message,
        Table::MessageIndex,
        Table::Outbox,
        Table::Operation,
        Table::PendingCommit,
        Table::Contact,
        Table::Mark,
        Table::Device,
        Table::Orphan,
        Table::Link,
        Table::Transfer,
        Table::LogView,
    ];
}

/// Order of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest key first.
    Ascending,
    /// Largest key first.
    Descending,
}

/// A key with its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// An open transaction. Reads see its own writes. Keys are ordered as byte strings.
pub trait Tx {
    /// The value of `key`.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;
    /// Sets it.
    fn put(&self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Fault>;
    /// Removes it; nothing happens when it is absent.
    fn delete(&self, table: Table, key: &[u8]) -> Result<(), Fault>;
    /// At most `limit` entries within the bounds.
    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Entry>, Fault>;

    /// Puts a text into the full-text index under a key of [`Table::Message`], replacing a former one.
    fn index_text(&self, key: &[u8], text: &str) -> Result<(), Fault>;
    /// Takes a text out of the full-text index.
    fn unindex_text(&self, key: &[u8]) -> Result<(), Fault>;
    /// Keys of texts that contain every word of `query` (the last word as a prefix, case and diacritics folded), newest key
    /// last seen first, at most `limit`. Any text is a valid query; one without words finds nothing.
    fn search_text(&self, query: &str, limit: usize) -> Result<Vec<Vec<u8>>, Fault>;
}

/// A store.
pub trait Storage {
    /// Runs `f` in one transaction: commits when it returns `Ok`, rolls back otherwise.
    fn transact<T, E: From<Fault>>(&mut self, f: impl FnOnce(&dyn Tx) -> Result<T, E>) -> Result<T, E>;
}
