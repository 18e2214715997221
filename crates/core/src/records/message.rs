//! Messages and what refers to them.

use super::{Conversation, decode, load, save};
use crate::{
    engine::CoreError,
    storage::{Order, Table, Tx},
};
use chancery_wire::{ItemId, MessageId, UserId};
use minicbor::{Decode, Encode, bytes::ByteVec};
use std::ops::Bound;

/// A note of this device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Note {
    #[n(0)]
    pub code: String,
    #[n(1)]
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Reaction {
    #[n(0)]
    pub emoji: String,
    #[n(1)]
    pub user: UserId,
    /// The message that set it.
    #[n(2)]
    pub message: MessageId,
}

/// A message, at its place in the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MessageRecord {
    #[n(0)]
    pub id: MessageId,
    /// `None` for notes.
    #[n(1)]
    pub sender: Option<UserId>,
    #[n(2)]
    pub at_ms: u64,
    /// MIMI content as it is now (after edits); empty when deleted or a note.
    #[n(3)]
    pub content: ByteVec,
    #[n(4)]
    pub edited: bool,
    #[n(5)]
    pub deleted: bool,
    #[n(6)]
    pub reactions: Vec<Reaction>,
    #[n(7)]
    pub note: Option<Note>,
    #[n(8)]
    pub item: Option<ItemId>,
    /// The reply target, kept when the content goes.
    #[n(9)]
    pub reply_to: Option<MessageId>,
    /// It mentions the owner of this device.
    #[n(10)]
    pub mentions_me: bool,
    /// When it was starred, in milliseconds since 1970.
    #[n(11)]
    pub starred_at_ms: Option<u64>,
    /// When it is deleted, in milliseconds since 1970.
    #[n(12)]
    pub expires_at_ms: Option<u64>,
    /// It mentions everybody, and its sender might.
    #[n(13)]
    pub mentions_everyone: Option<bool>,
    /// Changes by the owner of this device that wait to be sent, in order.
    #[n(14)]
    pub pending: Option<Vec<Pending>>,
}

/// A change of a message that waits to be sent, or was refused.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Pending {
    /// The message that makes the change; it stands in the outbox.
    #[n(0)]
    pub message: MessageId,
    /// Its MIMI content.
    #[n(1)]
    pub content: ByteVec,
    /// The relay refused it for good: the refusal, for the person.
    #[n(2)]
    pub failed: Option<String>,
}

/// Key of a message: conversation, position, and a number that tells notes at the same position apart (0 for messages).
pub(crate) fn message_key(number: u32, seq: u64, sub: u16) -> Vec<u8> {
    [&number.to_be_bytes()[..], &seq.to_be_bytes(), &sub.to_be_bytes()].concat()
}

/// Conversation number and position of a key.
pub(crate) fn split_message_key(key: &[u8]) -> Option<(u32, u64)> {
    let number = u32::from_be_bytes(key.get(..4)?.try_into().ok()?);
    let seq = u64::from_be_bytes(key.get(4..12)?.try_into().ok()?);
    Some((number, seq))
}

impl MessageRecord {
    pub fn load(tx: &dyn Tx, key: &[u8]) -> Result<Option<Self>, CoreError> {
        load(tx, Table::Message, key, "message")
    }

    pub fn save(&self, tx: &dyn Tx, key: &[u8]) -> Result<(), CoreError> {
        save(tx, Table::Message, key, self)
    }

    /// At most `limit` of a conversation within positions `(after, before)`, both exclusive.
    pub fn range(
        tx: &dyn Tx,
        conversation: &Conversation,
        after: u64,
        before: u64,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Self)>, CoreError> {
        let from = message_key(conversation.number, after, u16::MAX);
        let to = message_key(conversation.number, before, 0);
        tx.scan(Table::Message, Bound::Excluded(&from), Bound::Excluded(&to), order, limit)?
            .into_iter()
            .map(|(key, value)| Ok((key, decode(&value, "message")?)))
            .collect()
    }
}

/// Where a message id stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum IndexEntry {
    /// A message.
    #[n(0)]
    Message {
        #[n(0)]
        key: ByteVec,
    },
    /// A reaction to a message.
    #[n(1)]
    Reaction {
        #[n(0)]
        target: MessageId,
    },
    /// A message that still waits in the outbox.
    #[n(2)]
    Waiting {
        #[n(0)]
        key: ByteVec,
    },
    /// Anything else that was processed (an edit, a status report): remembered so that it isn't applied twice.
    #[n(3)]
    Applied,
}

impl IndexEntry {
    pub fn load(tx: &dyn Tx, id: &MessageId) -> Result<Option<Self>, CoreError> {
        load(tx, Table::MessageIndex, id.as_bytes(), "message index")
    }

    pub fn save(&self, tx: &dyn Tx, id: &MessageId) -> Result<(), CoreError> {
        save(tx, Table::MessageIndex, id.as_bytes(), self)
    }
}

/// An edit, deletion or reaction whose message isn't here yet (history still to come).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Orphan {
    #[n(0)]
    pub sender: UserId,
    #[n(1)]
    pub id: MessageId,
    #[n(2)]
    pub content: ByteVec,
}
