//! The log as this device saw it in the current epoch, as a hash chain. Every application message carries its sender's view
//! (in the MLS authenticated data), so that a relay that withholds, reorders or inserts items towards some members is noticed by
//! the next message of anybody who saw something else (docs/adr/0007). Kind and time of the items are covered, too, and those of the
//! commit that began the epoch: certificates are judged by the time that the log states (docs/adr/0019).
//!
//! The chain starts from the epoch authenticator (RFC 9420 section 8.7), which only members know. There are two beside each other: clients
//! of before compare the first, which leaves kind and time out.
//!
//! **Invariant:** views of clients of both versions never differ for that reason.

use super::{load, save};
use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};
use chancery_wire::{frames::LogItem, limits::LOG_TIME_STANDS_MS};
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
    /// First half of the first chain's hash after these items.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub hash: [u8; 16],
    /// The same of the second chain; absent from clients that have none in this epoch.
    #[n(3)]
    pub timed: Option<ByteArray<16>>,
    /// First half of the hash of the commit that began the epoch; absent from whoever didn't see it in the log.
    #[n(4)]
    pub began: Option<ByteArray<16>>,
}

/// The chain that covers kind and time.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Timed {
    #[cbor(n(0), with = "minicbor::bytes")]
    hash: [u8; 32],
    /// As in [`Chain`].
    #[n(1)]
    steps: VecDeque<ByteArray<16>>,
    /// Of the commit that began the epoch, if this device saw it in the log.
    #[n(2)]
    began: Option<ByteArray<16>>,
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
    /// The second chain; absent in an epoch that began before this program knew it.
    #[n(4)]
    timed: Option<Timed>,
}

fn half(hash: &[u8; 32]) -> [u8; 16] {
    hash[..16].try_into().expect("16 of 32 bytes")
}

fn start(label: &[u8], authenticator: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(label).chain_update(authenticator).finalize().into()
}

fn remember(steps: &mut VecDeque<ByteArray<16>>, hash: &[u8; 32]) {
    if steps.len() == STEPS_KEPT {
        steps.pop_front();
    }
    steps.push_back(ByteArray::from(half(hash)));
}

/// The step `back` steps before the last one; `None`: too far back to compare.
fn step(steps: &VecDeque<ByteArray<16>>, back: usize) -> Option<&[u8; 16]> {
    let at = steps.len().checked_sub(1)?.checked_sub(back)?;
    Some(&steps[at])
}

/// Takes one item in. Its kind is hashed in its CBOR form, so that kinds of later versions are covered, too.
fn timed_step(hash: &[u8; 32], item: &LogItem) -> [u8; 32] {
    let kind = minicbor::to_vec(item.kind).expect("writing to a Vec can't fail");
    Sha256::new()
        .chain_update(hash)
        .chain_update(item.seq.to_be_bytes())
        .chain_update(kind)
        .chain_update(item.at_ms.to_be_bytes())
        .chain_update(item.item.as_bytes())
        .chain_update(Sha256::digest(&item.body))
        .finalize()
        .into()
}

impl Chain {
    fn begin(epoch: u64, authenticator: &[u8], commit: Option<&LogItem>) -> Self {
        let hash = start(b"chancery log view v1", authenticator);
        let timed = start(b"chancery log view v2", authenticator);
        let began = commit.map(|commit| ByteArray::from(half(&timed_step(&[0; 32], commit))));
        let mut chain = Self {
            epoch,
            count: 0,
            hash,
            steps: VecDeque::new(),
            timed: Some(Timed { hash: timed, steps: VecDeque::new(), began }),
        };
        chain.remember();
        chain
    }

    fn remember(&mut self) {
        remember(&mut self.steps, &self.hash);
        if let Some(timed) = &mut self.timed {
            remember(&mut timed.steps, &timed.hash);
        }
    }

    fn seen(&self) -> Seen {
        Seen {
            epoch: self.epoch,
            count: self.count,
            hash: half(&self.hash),
            timed: self.timed.as_ref().map(|timed| ByteArray::from(half(&timed.hash))),
            began: self.timed.as_ref().and_then(|timed| timed.began),
        }
    }

    fn agrees(&self, seen: &Seen) -> bool {
        let Some(back) = self.count.checked_sub(seen.count) else {
            // The sender saw more than came before its message here: something was withheld or moved.
            return false;
        };
        let back = usize::try_from(back).unwrap_or(usize::MAX);
        if let (Some(timed), Some(theirs)) = (&self.timed, &seen.timed) {
            let same_began = timed.began.is_none() || seen.began.is_none() || timed.began == seen.began;
            return same_began && step(&timed.steps, back).is_none_or(|ours| *ours == **theirs);
        }
        step(&self.steps, back).is_none_or(|ours| *ours == seen.hash)
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
    /// The time that the last item stated, in milliseconds since 1970.
    #[n(3)]
    last_at_ms: Option<u64>,
    /// The person was told in the present epoch that the log's time fell.
    #[n(4)]
    told_time: Option<bool>,
}

impl LogView {
    pub fn load(tx: &dyn Tx, number: u32) -> Result<Self, CoreError> {
        Ok(load(tx, Table::LogView, &number.to_be_bytes(), "log view")?.unwrap_or_default())
    }

    pub fn save(&self, tx: &dyn Tx, number: u32) -> Result<(), CoreError> {
        save(tx, Table::LogView, &number.to_be_bytes(), self)
    }

    /// The greatest time that any conversation's log stated last, in milliseconds since 1970; 0 when there is none.
    pub fn latest_ms(tx: &dyn Tx) -> Result<u64, CoreError> {
        let views = super::scan_prefix(tx, Table::LogView, &[], super::SCAN_LIMIT)?;
        let mut times =
            views.iter().map(|(_, view)| super::decode::<Self>(view, "log view").map(|view| view.last_at_ms()));
        times.try_fold(0, |latest, at_ms| Ok(latest.max(at_ms?)))
    }

    /// As a program wrote it that didn't cover kind and time.
    #[cfg(test)]
    pub fn of_before(mut self) -> Self {
        for chain in [&mut self.current, &mut self.previous].into_iter().flatten() {
            chain.timed = None;
        }
        self
    }

    /// A new epoch began, by this item of the log; `None` for whoever was added by it, and in a new group.
    pub fn begin(&mut self, epoch: u64, authenticator: &[u8], commit: Option<&LogItem>) {
        self.previous = self.current.take();
        self.current = Some(Chain::begin(epoch, authenticator, commit));
        self.told = false;
        self.told_time = None;
    }

    /// The time that the last item stated, in milliseconds since 1970; 0 when it isn't known.
    fn last_at_ms(&self) -> u64 {
        self.last_at_ms.unwrap_or_default()
    }

    /// Notes the time of the next item. By how many milliseconds it fell, when that is more than clocks of an honest relay explain and
    /// wasn't told in this epoch.
    pub fn note_time(&mut self, item: &LogItem) -> Option<u64> {
        let before = self.last_at_ms.replace(item.at_ms)?;
        let fell = before.saturating_sub(item.at_ms);
        (fell > LOG_TIME_STANDS_MS && self.told_time.replace(true).is_none()).then_some(fell)
    }

    /// An item of any kind but a commit came.
    pub fn append(&mut self, item: &LogItem) {
        if let Some(chain) = &mut self.current {
            if let Some(timed) = &mut chain.timed {
                timed.hash = timed_step(&timed.hash, item);
            }
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
        self.current.as_ref().map(Chain::seen)
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

    /// The chain of before, with what a client of before puts into a message.
    fn without_time(view: &LogView) -> Seen {
        Seen { timed: None, began: None, ..view.seen().unwrap() }
    }

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
        alice.begin(1, b"secret", None);
        bob.begin(1, b"secret", None);
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
        alice.begin(1, b"secret", None);
        let early = alice.seen().unwrap();
        for seq in 1..=200 {
            alice.append(&item(seq, b"x"));
        }
        assert!(alice.agrees(&early));
        alice.begin(2, b"other", None);
        assert!(alice.agrees(&early));
        assert!(!alice.agrees(&Seen { epoch: 2, count: 0, hash: [0; 16], timed: None, began: None }));
    }

    #[test]
    fn another_time_or_kind_of_an_item_is_noticed() {
        let commit = LogItem { kind: ItemKind::Commit, ..item(1, b"commit") };
        let of = |second: &LogItem, commit: Option<&LogItem>| {
            let mut view = LogView::default();
            view.begin(1, b"secret", commit);
            view.append(second);
            view
        };
        let alice = of(&item(2, b"x"), Some(&commit));
        assert!(alice.agrees(&of(&item(2, b"x"), Some(&commit)).seen().unwrap()));
        let later = LogItem { at_ms: 1, ..item(2, b"x") };
        let proposal = LogItem { kind: ItemKind::Proposal, ..item(2, b"x") };
        for other in [later, proposal] {
            assert!(!alice.agrees(&of(&other, Some(&commit)).seen().unwrap()));
            assert!(alice.agrees(&without_time(&of(&other, Some(&commit)))), "a client of before doesn't say more");
        }
        let elsewhen = LogItem { at_ms: 9, ..commit };
        assert!(!alice.agrees(&of(&item(2, b"x"), Some(&elsewhen)).seen().unwrap()));
        // Who was added by the commit hasn't seen it.
        assert!(alice.agrees(&of(&item(2, b"x"), None).seen().unwrap()));
    }

    #[test]
    fn clients_of_before_and_their_stored_chains_go_on_without_a_false_alarm() {
        let mut new = LogView::default();
        new.begin(1, b"secret", None);
        new.append(&item(1, b"x"));
        // What a client of before stored has no second chain, and continues the first.
        let mut old = new.clone();
        old.current.as_mut().unwrap().timed = None;
        for seq in 2..10 {
            old.append(&item(seq, b"x"));
            new.append(&item(seq, b"x"));
            assert!(old.agrees(&new.seen().unwrap()) && new.agrees(&old.seen().unwrap()));
        }
        assert_eq!(old.seen(), Some(without_time(&new)));
        new.append(&item(10, b"withheld"));
        assert!(!old.agrees(&new.seen().unwrap()));
        old.begin(2, b"next", None);
        assert!(old.seen().unwrap().timed.is_some());
    }

    #[test]
    fn a_client_of_before_reads_what_a_new_one_says_and_the_other_way_round() {
        #[derive(Encode, Decode)]
        #[cbor(array)]
        struct Before {
            #[n(0)]
            epoch: u64,
            #[n(1)]
            count: u64,
            #[cbor(n(2), with = "minicbor::bytes")]
            hash: [u8; 16],
        }
        let mut view = LogView::default();
        view.begin(1, b"secret", None);
        let seen = view.seen().unwrap();
        let read: Before = minicbor::decode(&minicbor::to_vec(seen).unwrap()).unwrap();
        assert_eq!((read.epoch, read.count, read.hash), (1, 0, seen.hash));
        let read: Seen = minicbor::decode(&minicbor::to_vec(read).unwrap()).unwrap();
        assert_eq!(read, Seen { timed: None, began: None, ..seen });
    }

    #[test]
    fn a_time_that_falls_by_more_than_a_day_is_told_once_in_an_epoch() {
        let mut view = LogView::default();
        let at = |at_ms| LogItem { at_ms, ..item(1, b"x") };
        let day = LOG_TIME_STANDS_MS;
        assert_eq!(view.note_time(&at(10 * day)), None);
        assert_eq!(view.note_time(&at(9 * day)), None, "a clock of before, set right");
        assert_eq!(view.note_time(&at(7 * day)), Some(2 * day));
        assert_eq!(view.note_time(&at(5 * day)), None, "told already");
        view.begin(1, b"secret", None);
        assert_eq!(view.note_time(&at(3 * day)), Some(2 * day));
    }
}
