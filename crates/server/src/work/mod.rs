//! Long work in stored steps, so that nobody waits for it: what a call begins is recorded with it, and the relay carries the steps out by
//! itself, each in a transaction of its own with what it changes. Others' messages go between.
//!
//! **Invariant:** a step and the record that it was done are one transaction; after a crash the work goes on with the next one
//! (`a_removal_goes_on_after_a_crash_at_any_step`).
//! **Invariant:** a step that fails is counted, told and tried again later and later, and keeps no other step waiting
//! (`a_damaged_group_keeps_no_other_group_from_a_removal`).

mod begin;
mod kind;
mod local;
mod next;
mod progress;
mod run;
mod task;

pub use begin::begin;
pub use kind::Kind;
pub use local::{run_one, waits_until};
pub use next::{Next, Step, next};
pub use progress::{Progress, Standing, progress, standing};
pub use run::{failed, run};
pub use task::carry_out;

/// A step that failed is tried again after this time, in milliseconds; after each further failure twice as long …
const BACKOFF_MS: u64 = 60 * 1000;
/// … up to this time, in milliseconds.
const MAX_BACKOFF_MS: u64 = 24 * 3600 * 1000;

/// How long after its n-th failure a step is tried again.
fn backoff_ms(attempts: u32) -> u64 {
    BACKOFF_MS.checked_shl(attempts.saturating_sub(1).min(20)).unwrap_or(MAX_BACKOFF_MS).min(MAX_BACKOFF_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_step_is_tried_later_and_later_and_at_last_once_a_day() {
        let waits: Vec<_> = [1, 2, 3, 12, 1000].map(backoff_ms).into();
        assert_eq!(waits, [BACKOFF_MS, 2 * BACKOFF_MS, 4 * BACKOFF_MS, MAX_BACKOFF_MS, MAX_BACKOFF_MS]);
    }
}
