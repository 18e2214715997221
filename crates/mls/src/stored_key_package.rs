//! Private halves of key packages in a device's store, and when they have to go: who takes the store later must not be able to open what
//! was recorded for them.

use crate::{
    MlsError, context,
    key_package::{BACKDATED_SECONDS, usable_time},
    storage::{decode, label::KEY_PACKAGE},
};
use chancery_wire::{limits::CLOCK_TOLERANCE_SECONDS, signed::Suite};
use openmls::prelude::KeyPackageBundle;

/// A last-resort key package is of use for this long after its successor was made, in seconds: a relay that was restored from a backup may
/// hand it out once more.
const LAST_RESORT_GRACE_SECONDS: u64 = 30 * 24 * 3600;

/// What a stored private half is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredKeyPackage {
    /// Its suite.
    pub suite: Suite,
    /// Whether it is a last-resort one.
    pub last_resort: bool,
    /// When it was made, in seconds since 1970.
    pub made_at: u64,
    /// Until when the key package may be used, in seconds since 1970.
    pub not_after: u64,
}

impl StoredKeyPackage {
    /// What the keys of private halves begin with in an [`crate::MlsStore`].
    pub fn key_prefix() -> Vec<u8> {
        [KEY_PACKAGE.as_bytes(), &[0]].concat()
    }

    /// Reads a value under such a key.
    pub fn from_value(value: &[u8]) -> Result<Self, MlsError> {
        let bundle: KeyPackageBundle = decode(KEY_PACKAGE, value)?;
        let key_package = bundle.key_package();
        let time = usable_time(key_package)?;
        Ok(Self {
            suite: context::suite(key_package.ciphersuite())?,
            last_resort: key_package.last_resort(),
            made_at: time.not_before.saturating_add(BACKDATED_SECONDS),
            not_after: time.not_after,
        })
    }

    /// Whether no Welcome can come any more that it opens. `others` are all that are stored; `waits_seconds` is how long the relay keeps a
    /// Welcome for a device that is away.
    pub fn is_over(&self, others: &[Self], now_seconds: u64, waits_seconds: u64) -> bool {
        let ended = |at: u64, grace: u64| now_seconds > at.saturating_add(grace);
        if !self.last_resort {
            return ended(self.not_after, waits_seconds.saturating_add(CLOCK_TOLERANCE_SECONDS));
        }
        let successor = others
            .iter()
            .filter(|other| other.last_resort && other.suite == self.suite && other.made_at > self.made_at)
            .map(|other| other.made_at)
            .min();
        successor.is_some_and(|at| ended(at, LAST_RESORT_GRACE_SECONDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 3600;

    fn stored(last_resort: bool, made_at: u64) -> StoredKeyPackage {
        StoredKeyPackage { suite: Suite::Hybrid, last_resort, made_at, not_after: made_at + 90 * DAY }
    }

    #[test]
    fn an_ordinary_one_goes_when_no_welcome_for_it_can_wait_any_more() {
        let one = stored(false, 1000 * DAY);
        assert!(!one.is_over(&[one], 1121 * DAY, 30 * DAY));
        assert!(one.is_over(&[one], 1122 * DAY, 30 * DAY));
    }

    #[test]
    fn a_last_resort_one_goes_thirty_days_after_its_successor_and_never_without() {
        let (first, second) = (stored(true, 1000 * DAY), stored(true, 1050 * DAY));
        let of_other_suite = StoredKeyPackage { suite: Suite::Classical, ..second };
        assert!(!first.is_over(&[first, of_other_suite], 5000 * DAY, 30 * DAY));
        assert!(!first.is_over(&[first, second], 1080 * DAY, 30 * DAY));
        assert!(first.is_over(&[first, second], 1081 * DAY, 30 * DAY));
        assert!(!second.is_over(&[first, second], 5000 * DAY, 30 * DAY));
    }
}
