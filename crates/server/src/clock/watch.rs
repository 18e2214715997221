//! Judges the clock. Pure: all times are passed in.

use super::{DAY_MS, MAX_AHEAD_MS, MAX_BEHIND_MS, MAX_DRIFT_MS, STEADY_MS, display};

/// What is to be thought of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is believed.
    Plausible,
    /// It has jumped ahead.
    Ahead {
        /// The latest time that was believed, in milliseconds since 1970.
        seen_ms: u64,
        /// The clock when the jump was noticed.
        noticed_ms: u64,
    },
    /// It was set back.
    Behind {
        /// The latest time that was believed, in milliseconds since 1970.
        seen_ms: u64,
        /// The clock when it was noticed.
        noticed_ms: u64,
    },
}

impl Verdict {
    /// Whether what has served its time may go.
    pub fn allows_purging(self) -> bool {
        !matches!(self, Verdict::Ahead { .. })
    }

    /// What the operator is told; `None` when there is nothing to tell.
    pub fn warning(self) -> Option<String> {
        match self {
            Verdict::Plausible => None,
            Verdict::Ahead { seen_ms, noticed_ms } => Some(format!(
                "this machine's clock said {}, {} days after the latest time that this relay knows, {}. Nothing is purged until that is \
                 confirmed. If the clock is wrong, set it right. If it is right (the relay was off that long, or is restored from a \
                 backup): `chancery clock confirm --data DIR`, or wait: a clock that runs on steadily for {} hours is believed",
                display(noticed_ms),
                noticed_ms.saturating_sub(seen_ms) / DAY_MS,
                display(seen_ms),
                STEADY_MS / super::HOUR_MS,
            )),
            Verdict::Behind { seen_ms, noticed_ms } => Some(format!(
                "this machine's clock said {}, {} days before a time that this relay has seen already, {}. What was to be purged stays \
                 longer, and certificates are judged wrongly. If the clock is wrong, set it right. If it is right (it was ahead \
                 before): `chancery clock confirm --data DIR`, or wait: a clock that runs on steadily for {} hours is believed",
                display(noticed_ms),
                seen_ms.saturating_sub(noticed_ms) / DAY_MS,
                display(seen_ms),
                STEADY_MS / super::HOUR_MS,
            )),
        }
    }
}

/// Since when an odd clock runs on steadily.
#[derive(Debug, Clone, Copy)]
struct Odd {
    now_ms: u64,
    up_ms: u64,
}

/// Watches the clock of one run of the process.
#[derive(Debug, Default)]
pub struct Watch {
    odd: Option<Odd>,
}

impl Watch {
    /// Looks at the clock. `seen_ms` is the latest time that was believed (0: none yet), `up_ms` a time that only ever goes on.
    pub fn look(&mut self, seen_ms: u64, now_ms: u64, up_ms: u64) -> Verdict {
        let ahead = seen_ms > 0 && now_ms > seen_ms.saturating_add(MAX_AHEAD_MS);
        let behind = now_ms.saturating_add(MAX_BEHIND_MS) < seen_ms;
        if !ahead && !behind {
            self.odd = None;
            return Verdict::Plausible;
        }
        let odd = *self.odd.get_or_insert(Odd { now_ms, up_ms });
        let up = up_ms.saturating_sub(odd.up_ms);
        let steady = now_ms.abs_diff(odd.now_ms.saturating_add(up)) <= MAX_DRIFT_MS;
        if steady && up >= STEADY_MS {
            self.odd = None;
            return Verdict::Plausible;
        }
        let odd = if steady { odd } else { Odd { now_ms, up_ms } };
        self.odd = Some(odd);
        let noticed_ms = odd.now_ms;
        if ahead { Verdict::Ahead { seen_ms, noticed_ms } } else { Verdict::Behind { seen_ms, noticed_ms } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: u64 = 1_790_000_000_000;

    #[test]
    fn a_clock_that_goes_on_is_believed_up_to_the_bounds() {
        for now in [SEEN, SEEN + MAX_AHEAD_MS, SEEN - MAX_BEHIND_MS] {
            assert_eq!(Watch::default().look(SEEN, now, 0), Verdict::Plausible);
        }
        let far = SEEN + MAX_AHEAD_MS + 1;
        assert_eq!(Watch::default().look(SEEN, far, 0), Verdict::Ahead { seen_ms: SEEN, noticed_ms: far });
        let early = SEEN - MAX_BEHIND_MS - 1;
        assert_eq!(Watch::default().look(SEEN, early, 0), Verdict::Behind { seen_ms: SEEN, noticed_ms: early });
        assert_eq!(Watch::default().look(0, SEEN, 0), Verdict::Plausible, "a new relay has seen nothing yet");
    }

    #[test]
    fn a_jump_ahead_holds_the_purge_back_and_one_back_does_not() {
        assert!(!Watch::default().look(SEEN, SEEN + 90 * DAY_MS, 0).allows_purging());
        assert!(Watch::default().look(SEEN, SEEN - 90 * DAY_MS, 0).allows_purging());
    }

    #[test]
    fn a_jump_is_believed_after_running_on_steadily_and_no_sooner() {
        let mut watch = Watch::default();
        let (jumped, up) = (SEEN + 90 * DAY_MS, 1000);
        let at = |ms: u64| (jumped + ms, up + ms);
        for ms in (0..STEADY_MS).step_by(60_000) {
            let (now, up) = at(ms);
            assert_eq!(watch.look(SEEN, now, up), Verdict::Ahead { seen_ms: SEEN, noticed_ms: jumped });
        }
        let (now, up) = at(STEADY_MS);
        assert_eq!(watch.look(SEEN, now, up), Verdict::Plausible);
    }

    #[test]
    fn a_clock_that_jumps_once_more_begins_to_wait_anew() {
        let mut watch = Watch::default();
        let jumped = SEEN + 90 * DAY_MS;
        watch.look(SEEN, jumped, 0);
        let again = jumped + STEADY_MS + 3 * MAX_DRIFT_MS;
        assert_eq!(watch.look(SEEN, again, STEADY_MS), Verdict::Ahead { seen_ms: SEEN, noticed_ms: again });
        assert_eq!(watch.look(SEEN, SEEN + 1000, STEADY_MS + 1000), Verdict::Plausible, "set right");
    }

    #[test]
    fn the_warning_says_both_times_and_what_to_do() {
        let text = Watch::default().look(SEEN, SEEN + 90 * DAY_MS, 0).warning().unwrap();
        for part in [&display(SEEN), &display(SEEN + 90 * DAY_MS), "90 days", "chancery clock confirm --data DIR"] {
            assert!(text.contains(part), "{part} not in {text}");
        }
        assert_eq!(Verdict::Plausible.warning(), None);
    }
}
