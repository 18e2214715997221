//! Device links under way, on the new device and on the existing one.

use super::Secret;
use super::{decode, save, scan_prefix};
use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};
use chancery_wire::{DeviceId, LinkId};
use minicbor::{Decode, Encode, bytes::ByteVec};

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct HistoryProgress {
    /// One-time key of the history's segments.
    #[n(0)]
    pub key: Secret,
    /// Messages exported or imported.
    #[n(1)]
    pub messages: u64,
    /// All of them, as counted at the start; 0 while unknown.
    #[n(2)]
    pub total: u64,
    /// On the exporting side: key of the last exported message.
    #[n(3)]
    pub after: Option<ByteVec>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum LinkRole {
    /// This device wants to be linked.
    #[n(0)]
    New {
        #[n(0)]
        relay: String,
        #[n(1)]
        label: String,
        #[n(2)]
        device: DeviceId,
        #[n(3)]
        device_key: Secret,
        #[n(4)]
        sealing_private: ByteVec,
        /// Enters the key schedule; stands in the link only.
        #[cbor(n(5), with = "minicbor::bytes")]
        secret: [u8; 16],
    },
    /// This device approved another one.
    #[n(1)]
    Existing {
        /// The new device.
        #[n(0)]
        device: DeviceId,
        /// The exact body of the message to post next, until the relay has agreed.
        #[n(1)]
        outgoing: Option<ByteVec>,
        /// The last message has been made.
        #[n(2)]
        complete: bool,
        /// SHA-256 of the credential that the first message admits.
        #[n(3)]
        admits: Option<ByteVec>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct LinkState {
    #[n(0)]
    pub link: LinkId,
    #[n(1)]
    pub role: LinkRole,
    /// Next message of the rendezvous to post or to read.
    #[n(2)]
    pub next: u32,
    #[n(3)]
    pub started_at_ms: u64,
    #[n(4)]
    pub history: Option<HistoryProgress>,
    /// When the history was complete; what is late still follows for a while.
    #[n(5)]
    pub finished_at_ms: Option<u64>,
    /// Conversations that the new device entered after the history was begun: their messages up to there follow.
    #[n(6)]
    pub late: Option<Vec<Late>>,
    /// On the existing device: it is being closed at the relay, and why.
    #[n(7)]
    pub ending: Option<LinkEnding>,
}

/// Why an approval is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum LinkEnding {
    /// The person wants it.
    #[n(0)]
    Cancelled,
    /// The new device never came.
    #[n(1)]
    NeverCame,
    /// It isn't: the new device is registered, and only has to be listed here.
    #[n(2)]
    TooLate,
}

/// A part of a conversation that lies before the new device's entry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Late {
    /// The conversation.
    #[n(0)]
    pub number: u32,
    /// Position of the commit that added the device.
    #[n(1)]
    pub until: u64,
}

impl LinkState {
    pub fn all(tx: &dyn Tx) -> Result<Vec<Self>, CoreError> {
        scan_prefix(tx, Table::Link, &[], super::SCAN_LIMIT)?.iter().map(|(_, value)| decode(value, "link")).collect()
    }

    pub fn load(tx: &dyn Tx, link: &LinkId) -> Result<Option<Self>, CoreError> {
        super::load(tx, Table::Link, link.as_bytes(), "link")
    }

    pub fn save(&self, tx: &dyn Tx) -> Result<(), CoreError> {
        save(tx, Table::Link, self.link.as_bytes(), self)
    }

    pub fn delete(&self, tx: &dyn Tx) -> Result<(), CoreError> {
        Ok(tx.delete(Table::Link, self.link.as_bytes())?)
    }
}
