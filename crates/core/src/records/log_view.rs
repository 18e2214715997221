//! The log as this device saw it in the current epoch, as a hash chain. Every application message carries its sender's view
//! (in the MLS authenticated data), so that a relay that withholds, reorders or inserts items towards some members is noticed by
//! the next message of anybody who saw something else (docs/adr/0007).
//!
//! The chain starts from the epoch authenticator (RFC 9420 section 8.7), which only members know.

use super::{load, save};
use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};
use chancery_wire::frames::LogItem;
use minicbor::{Decode, Encode, bytes::ByteArray};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;

/// Steps that are remembered for comparison with a sender who was behind.
const STEPS_KEPT: usize = 64;

/// What a sender saw: stands in the authenticated data of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Seen {
    #[n(0)]
    pub epoch: u64,
    /// Items since the commit that began the epoch.
    #[n(1)]
    pub count: u64,
    /// First half of the chain's hash after these items.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub hash: [u8; 16],
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Chain {
    #[n(0)]
    epoch: u64,
    #[n(1)]
    count: u64,
    #[cbor(n(2), with = "minicbor::bytes")]
    hash: [u8; 32],
    /// Hashes after the last items, oldest first; the last one is of `count`.
    #[n(3)]
    steps: VecDeque<ByteArray<16>>,
}

impl Chain {
    fn begin(epoch: u64, authenticator: &[u8]) -> Self {
        let hash: [u8; 32] =
            Sha256::new().chain_update(b"chancery log view v1").chain_update(authenticator).finalize().into();
        let mut chain = Self { epoch, count: 0, hash, steps: VecDeque::new() };
        chain.remember();
        chain
    }

    fn remember(&mut self) {
        if self.steps.len() == STEPS_KEPT {
            self.steps.pop_front();
        }
        self.steps.push_back(ByteArray::from(self.half()));
    }

    fn half(&self) -> [u8; 16] {
        self.hash[..16].try_into().expect("16 of 32 bytes")
    }

    fn agrees(&self, seen: &Seen) -> bool {
        let Some(back) = self.count.checked_sub(seen.count) else {
            // The sender saw more than came before its message here: something was withheld or moved.
            return false;
        };
        let back = usize::try_from(back).unwrap_or(usize::MAX);
        match self.steps.len().checked_sub(1).and_then(|last| last.checked_sub(back)) {
            Some(at) => *self.steps[at] == seen.hash,
            // Too far back to compare.
            None => true,
        }
    }
}

/// The view of one conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(crate) struct LogView {
    #[n(0)]
    current: Option<Chain>,
    /// Of the epoch before, for messages that were under way when it ended.
    #[n(1)]
    previous: Option<Chain>,
    /// The person was told of a difference in the present epoch.
    #[n(2)]
    #[cbor(default)]
    told: bool,
}

impl LogView {
    pub fn load(tx: &dyn Tx, number: u32) -> Result<Self, CoreError> {
        Ok(load(tx, Table::LogView, &number.to_be_bytes(), "log view")?.unwrap_or_default())
    }

    pub fn save(&self, tx: &dyn Tx, number: u32) -> Result<(), CoreError> {
        save(tx, Table::LogView, &number.to_be_bytes(), self)
    }

    /// A new epoch began.
    pub fn begin(&mut self, epoch: u64, authenticator: &[u8]) {
        self.previous = self.current.take();
        self.current = Some(Chain::begin(epoch, authenticator));
        self.told = false;
    }

    /// An item that is no commit came.
    pub fn append(&mut self, item: &LogItem) {
        if let Some(chain) = &mut self.current {
            chain.hash = Sha256::new()
                .chain_update(chain.hash)
                .chain_update(item.seq.to_be_bytes())
                .chain_update(item.item.as_bytes())
                .chain_update(Sha256::digest(&item.body))
                .finalize()
                .into();
            chain.count += 1;
            chain.remember();
        }
    }

    /// What to put into a message.
    pub fn seen(&self) -> Option<Seen> {
        self.current.as_ref().map(|chain| Seen { epoch: chain.epoch, count: chain.count, hash: chain.half() })
    }

    /// Whether this is the first difference in the present epoch: once the chains have parted, every message differs.
    pub fn is_news(&mut self) -> bool {
        !std::mem::replace(&mut self.told, true)
    }

    /// Whether a sender's view fits ours, as far as we can tell. To be asked before the message itself is appended.
    pub fn agrees(&self, seen: &Seen) -> bool {
        [&self.current, &self.previous]
            .into_iter()
            .flatten()
            .find(|chain| chain.epoch == seen.epoch)
            .is_none_or(|chain| chain.agrees(seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_wire::{ItemId, frames::ItemKind};

    fn item(seq: u64, body: &[u8]) -> LogItem {
        LogItem {
            seq,
            kind: ItemKind::Application,
            epoch: 1,
            device: None,
            item: ItemId([seq as u8; 16]),
            at_ms: 0,
            body: body.to_vec(),
        }
    }

    #[test]
    fn equal_logs_agree_and_withheld_items_are_noticed() {
        let mut alice = LogView::default();
        let mut bob = LogView::default();
        alice.begin(1, b"secret");
        bob.begin(1, b"secret");
        for seq in 1..10 {
            alice.append(&item(seq, b"x"));
            if seq != 5 {
                bob.append(&item(seq, b"x"));
            }
            assert_eq!(bob.agrees(&alice.seen().unwrap()), seq < 5, "{seq}");
            // What bob sends is noticed by alice too, once his chain has left hers.
            assert_eq!(alice.agrees(&bob.seen().unwrap()), seq < 6, "{seq}");
        }
    }

    #[test]
    fn a_sender_who_is_behind_agrees() {
        let mut alice = LogView::default();
        alice.begin(1, b"secret");
        let early = alice.seen().unwrap();
        for seq in 1..=200 {
            alice.append(&item(seq, b"x"));
        }
        assert!(alice.agrees(&early));
        alice.begin(2, b"other");
        assert!(alice.agrees(&early));
        assert!(!alice.agrees(&Seen { epoch: 2, count: 0, hash: [0; 16] }));
    }
}
