//! What one person may have at the relay, and what goes first when the disk is nearly full.

use super::{
    Limit, Relay,
    limiter::{Allowance, Rates},
    lock,
};
use chancery_wire::{Code, Refusal};
use std::sync::atomic::{AtomicU64, Ordering};

/// Mebibyte, for messages.
const MIB: u64 = 1024 * 1024;
/// Whoever has as much stored as allowed asks again after so many seconds: it goes when it is read, or when its time is over.
const STORED_RETRY_SECONDS: u32 = 300;

/// Limits of one person, and the disk's reserve; set by the operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Quotas {
    /// Messages and bytes in time.
    pub rates: Rates,
    /// Bytes of a person's items in all logs.
    pub log_bytes: u64,
    /// Groups that a person has made.
    pub groups: u64,
    /// Free bytes of the disk that are kept.
    pub disk_reserve_bytes: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            rates: Rates {
                messages: Allowance::new(20_000.0, 200.0),
                bytes: Allowance::new(64.0 * MIB as f64, MIB as f64),
            },
            log_bytes: 2048 * MIB,
            groups: 5000,
            disk_reserve_bytes: 0,
        }
    }
}

/// What wants to be stored, in the order in which it is refused when the disk fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Files, and the history for a linked device: refused when the reserve is touched.
    Bulk,
    /// Messages, groups, commits, people and devices that come: refused when half of the reserve is used.
    Ordinary,
}

/// Free bytes of the disk, as last looked up.
pub struct FreeSpace(AtomicU64);

impl Default for FreeSpace {
    /// Nobody has looked: there is room.
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Relay {
    /// The disk has so many bytes free.
    pub fn set_free_bytes(&self, bytes: u64) {
        self.free.0.store(bytes, Ordering::Relaxed);
    }

    /// Refuses what the disk has no room for. What removes, acknowledges or deletes isn't asked: the rest of the reserve is for that.
    pub(crate) fn check_room(&self, weight: Weight) -> Result<(), Refusal> {
        let kept = match weight {
            Weight::Bulk => self.quotas.disk_reserve_bytes,
            Weight::Ordinary => self.quotas.disk_reserve_bytes / 2,
        };
        if self.free.0.load(Ordering::Relaxed) < kept { Err(Code::StorageFull.into()) } else { Ok(()) }
    }

    /// Takes a message of so many bytes from a user's allowance.
    pub(crate) fn take_message(&self, user: crate::Row, bytes: usize, now_ms: u64) -> Result<(), Refusal> {
        let mut limiter = lock(&self.limiter);
        let of = (user as u64, 0);
        limiter.take(Limit::Messages, of, now_ms)?;
        limiter.take_many(Limit::Bytes, of, bytes as f64, now_ms)
    }

    /// Takes so many bytes from a user's allowance.
    pub(crate) fn take_bytes(&self, limit: Limit, user: crate::Row, bytes: usize, now_ms: u64) -> Result<(), Refusal> {
        lock(&self.limiter).take_many(limit, (user as u64, 0), bytes as f64, now_ms)
    }

    /// Takes work that a user's frames make; how many milliseconds the connection isn't read when there is none left.
    pub fn take_frames(&self, user: crate::Row, work: usize, now_ms: u64) -> Option<u64> {
        let missing = lock(&self.limiter).missing_seconds(Limit::Frames, (user as u64, 0), work as f64, now_ms)?;
        Some((missing * 1000.0).ceil() as u64)
    }
}

/// The refusal of a user who has as much stored as allowed.
pub(crate) fn stored_too_much(used: u64, quota: u64) -> Refusal {
    let message = format!(
        "{} of the {} MiB of messages that one person may have at the relay are used; they go when everybody has read them, or \
         when their time is over. Wait `retry_after_seconds`, then repeat.",
        used / MIB,
        quota / MIB
    );
    Refusal { message, ..Refusal::rate_limited(STORED_RETRY_SECONDS) }
}
