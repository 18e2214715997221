//! Messages that wait to be sent.

use super::{Conversation, Pending, decode, next_number, save, scan_prefix};
use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};
use chancery_wire::{ItemId, MessageId, UserId};
use minicbor::{Decode, Encode, bytes::ByteVec};

/// The exact bytes that were sent, or will be.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Encrypted {
    #[n(0)]
    pub epoch: u64,
    #[n(1)]
    pub body: ByteVec,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct OutboxEntry {
    #[n(0)]
    pub item: ItemId,
    #[n(1)]
    pub id: MessageId,
    #[n(2)]
    pub content: ByteVec,
    #[n(3)]
    pub queued_at_ms: u64,
    #[n(4)]
    pub encrypted: Option<Encrypted>,
    /// The relay refused it for good: the refusal, for the person.
    #[n(5)]
    pub failed: Option<String>,
    /// People who came into the conversation after it was written, by somebody else's doing: it isn't encrypted for them before the
    /// person says so.
    #[n(6)]
    pub newcomers: Option<Vec<UserId>>,
    /// People it was written for who have gone since: coming back, they are no newcomers.
    #[n(7)]
    pub gone: Option<Vec<UserId>>,
    /// Changes of this message that wait behind it.
    #[n(8)]
    pub pending: Option<Vec<Pending>>,
}

impl OutboxEntry {
    /// Whether it waits for the person's word, because others are in the conversation now than when it was written.
    pub fn is_held(&self) -> bool {
        self.failed.is_none() && self.newcomers.is_some()
    }

    /// Whether it goes out by itself.
    pub fn is_waiting(&self) -> bool {
        self.failed.is_none() && self.newcomers.is_none()
    }

    /// Puts it at the end of the conversation's queue.
    pub fn push(&self, tx: &dyn Tx, conversation: &Conversation) -> Result<Vec<u8>, CoreError> {
        let key = [&conversation.prefix()[..], &next_number(tx, "outbox")?.to_be_bytes()].concat();
        save(tx, Table::Outbox, &key, self)?;
        Ok(key)
    }

    pub fn load(tx: &dyn Tx, key: &[u8]) -> Result<Option<Self>, CoreError> {
        super::load(tx, Table::Outbox, key, "outbox")
    }

    pub fn save(&self, tx: &dyn Tx, key: &[u8]) -> Result<(), CoreError> {
        save(tx, Table::Outbox, key, self)
    }

    pub fn delete(tx: &dyn Tx, key: &[u8]) -> Result<(), CoreError> {
        Ok(tx.delete(Table::Outbox, key)?)
    }

    /// At most `limit` of a conversation, oldest first.
    pub fn all(tx: &dyn Tx, conversation: &Conversation) -> Result<Vec<(Vec<u8>, Self)>, CoreError> {
        Self::of(tx, conversation, usize::MAX)
    }

    /// At most `limit` of them.
    pub fn of(tx: &dyn Tx, conversation: &Conversation, limit: usize) -> Result<Vec<(Vec<u8>, Self)>, CoreError> {
        scan_prefix(tx, Table::Outbox, &conversation.prefix(), limit)?
            .into_iter()
            .map(|(key, value)| Ok((key, decode(&value, "outbox")?)))
            .collect()
    }
}
