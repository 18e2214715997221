//! When a mark moved, as far back as it is kept.

use minicbor::{Decode, Encode};

/// Moves of one mark that are kept; of messages before them it isn't known when.
const MAX_MOMENTS: usize = 32;

/// The latest moves of one mark.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(crate) struct Moments {
    /// Up to this position nothing is known.
    #[n(0)]
    unknown: u64,
    /// Position in the log that the mark moved to, and when: milliseconds since 1970. Both rise.
    #[n(1)]
    moves: Vec<(u64, u64)>,
}

impl Moments {
    /// The mark moved.
    pub fn add(&mut self, before: u64, now: u64, at_ms: u64) {
        if now <= before {
            return;
        }
        if self.moves.is_empty() {
            self.unknown = self.unknown.max(before);
        }
        self.moves.push((now, at_ms));
        if self.moves.len() > MAX_MOMENTS {
            self.unknown = self.unknown.max(self.moves.remove(0).0);
        }
    }

    /// Nothing is known any more of positions up to this one.
    pub fn forget(&mut self, up_to: u64) {
        self.unknown = self.unknown.max(up_to);
        self.moves.retain(|(seq, _)| *seq > up_to);
    }

    /// When the mark reached a position.
    pub fn at_ms(&self, seq: u64) -> Option<u64> {
        if seq <= self.unknown {
            return None;
        }
        self.moves.iter().find(|(to, _)| *to >= seq).map(|(_, at_ms)| *at_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_was_reached_with_the_first_move_past_it() {
        let mut moments = Moments::default();
        moments.add(4, 7, 1_000);
        moments.add(7, 7, 2_000);
        moments.add(7, 9, 3_000);
        let known: Vec<_> = [4, 5, 7, 8, 9, 10].map(|seq| moments.at_ms(seq)).into();
        assert_eq!(known, [None, Some(1_000), Some(1_000), Some(3_000), Some(3_000), None]);
    }

    #[test]
    fn what_lies_before_the_kept_moves_has_no_time_rather_than_a_wrong_one() {
        let mut moments = Moments::default();
        for n in 0..=MAX_MOMENTS as u64 {
            moments.add(n * 10, n * 10 + 10, n);
        }
        assert_eq!((moments.at_ms(5), moments.at_ms(10), moments.at_ms(11)), (None, None, Some(1)));
        moments.forget(25);
        assert_eq!((moments.at_ms(25), moments.at_ms(26)), (None, Some(2)));
    }
}
