//! Whether the machine's clock can be believed. A clock that is months ahead would make the purge delete everything for good, so the relay
//! remembers the latest time that it has believed, and purges nothing across a jump until the new time is confirmed: by the operator
//! (`chancery clock confirm`), or by running on steadily for long enough.
//!
//! **Invariant:** the time that is remembered rises only while the clock is believed
//! (`a_boot_with_a_clock_months_ahead_purges_nothing_until_the_clock_is_confirmed`).

mod confirm;
mod store;
mod watch;

pub use confirm::{Standing, confirm, show};
pub use store::{believe, seen_ms};
pub use watch::{Verdict, Watch};

use std::time::{Duration, UNIX_EPOCH};

const HOUR_MS: u64 = 3600 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// A clock further ahead of the latest time that the relay has believed isn't believed, in milliseconds.
pub const MAX_AHEAD_MS: u64 = 7 * DAY_MS;
/// A clock further behind it is said to be wrong, in milliseconds. It makes nothing go early.
pub const MAX_BEHIND_MS: u64 = DAY_MS;
/// A clock that jumped is believed after it ran on for so long, in milliseconds, as steadily as the process's own time.
pub const STEADY_MS: u64 = 72 * HOUR_MS;
/// What differs by no more than this, in milliseconds, is steady.
const MAX_DRIFT_MS: u64 = 5 * 60 * 1000;
/// The time is remembered anew after it has risen by this, in milliseconds.
const REMEMBER_MS: u64 = 10 * 60 * 1000;

/// A time for people, in UTC: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn display(ms: u64) -> String {
    // Beyond the year 9999 there is no such form.
    const LAST_MS: u64 = 253_402_300_799_000;
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(ms.min(LAST_MS)))
}
