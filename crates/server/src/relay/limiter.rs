//! Rate limits: token buckets in memory. Time is passed in.

use chancery_wire::Refusal;
use std::collections::HashMap;

/// Buckets kept; beyond it the full ones are forgotten, which changes nothing for their owners.
const MAX_BUCKETS: usize = 100_000;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Rendezvous opened per peer address.
    Links,
    /// Key-package claims per device and user claimed.
    Claims,
    /// Reports per user.
    Reports,
    /// Messages per user.
    Messages,
    /// Bytes of log items, with what belongs to them, per user.
    Bytes,
    /// Bytes of the history that a user's devices hand over, per user.
    LinkBytes,
    /// Commits and proposals checked per user.
    Handshakes,
    /// Groups made per user.
    Groups,
    /// New devices per user.
    Devices,
    /// Work that frames of connections make, per user.
    Frames,
    /// Push subscriptions per user.
    Subscriptions,
}

/// A bucket's size, and what it regains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allowance {
    /// Tokens at once.
    pub burst: f64,
    /// Tokens regained per second.
    pub per_second: f64,
}

impl Allowance {
    /// So many at once, and so many per second after that.
    pub const fn new(burst: f64, per_second: f64) -> Self {
        Self { burst, per_second }
    }
}

/// What an operator sets; the other limits are constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Messages of a user.
    pub messages: Allowance,
    /// Bytes of a user's log items.
    pub bytes: Allowance,
}

impl Rates {
    fn of(&self, limit: Limit) -> Allowance {
        match limit {
            Limit::Messages => self.messages,
            Limit::Bytes => self.bytes,
            Limit::Links => Allowance::new(30.0, 0.1),
            Limit::Claims => Allowance::new(60.0, 0.2),
            // Kept for months: 100 at once, then one per minute.
            Limit::Reports => Allowance::new(100.0, 1.0 / 60.0),
            Limit::LinkBytes => Allowance::new(256.0 * 1024.0 * 1024.0, 4.0 * 1024.0 * 1024.0),
            // Whoever links a device or leaves commits in each of their groups.
            Limit::Handshakes => Allowance::new(1000.0, 2.0),
            Limit::Groups => Allowance::new(500.0, 0.2),
            // Each leaves a row for ever and a commit in every group.
            Limit::Devices => Allowance::new(32.0, 1.0 / 600.0),
            // A cursor, a frame or a signal is one. After a restart every device follows its groups anew.
            Limit::Frames => Allowance::new(60_000.0, 2_000.0),
            Limit::Subscriptions => Allowance::new(30.0, 1.0 / 30.0),
        }
    }
}

struct Bucket {
    tokens: f64,
    at_ms: u64,
}

/// All buckets.
pub struct Limiter {
    rates: Rates,
    buckets: HashMap<(Limit, u64, u64), Bucket>,
}

impl Limiter {
    /// Full ones.
    pub fn new(rates: Rates) -> Self {
        Self { rates, buckets: HashMap::new() }
    }

    /// Takes one token of the bucket of `of`, or says how long to wait.
    pub fn take(&mut self, limit: Limit, of: (u64, u64), now_ms: u64) -> Result<(), Refusal> {
        self.take_many(limit, of, 1.0, now_ms)
    }

    /// Takes so many tokens, or none and says how long to wait. What is more than the bucket holds takes it whole.
    pub fn take_many(&mut self, limit: Limit, of: (u64, u64), amount: f64, now_ms: u64) -> Result<(), Refusal> {
        match self.missing_seconds(limit, of, amount, now_ms) {
            None => Ok(()),
            Some(seconds) => Err(Refusal::rate_limited(seconds.ceil().max(1.0) as u32)),
        }
    }

    /// Takes so many tokens; `None` when they were there, else the seconds until they are.
    pub fn missing_seconds(&mut self, limit: Limit, of: (u64, u64), amount: f64, now_ms: u64) -> Option<f64> {
        let Allowance { burst, per_second } = self.rates.of(limit);
        if self.buckets.len() >= MAX_BUCKETS {
            self.forget_full(now_ms);
        }
        let bucket = self.buckets.entry((limit, of.0, of.1)).or_insert(Bucket { tokens: burst, at_ms: now_ms });
        bucket.refill(burst, per_second, now_ms);
        let amount = amount.min(burst);
        if bucket.tokens < amount {
            return Some((amount - bucket.tokens) / per_second);
        }
        bucket.tokens -= amount;
        None
    }

    fn forget_full(&mut self, now_ms: u64) {
        let rates = self.rates;
        self.buckets.retain(|(limit, _, _), bucket| {
            let Allowance { burst, per_second } = rates.of(*limit);
            bucket.refill(burst, per_second, now_ms);
            bucket.tokens < burst
        });
        if self.buckets.len() >= MAX_BUCKETS {
            // Under attack from many addresses: memory stays bounded, limits start anew.
            self.buckets.clear();
        }
    }
}

impl Bucket {
    fn refill(&mut self, burst: f64, per_second: f64, now_ms: u64) {
        let elapsed_seconds = now_ms.saturating_sub(self.at_ms) as f64 / 1000.0;
        self.tokens = (self.tokens + elapsed_seconds * per_second).min(burst);
        self.at_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter() -> Limiter {
        Limiter::new(Rates { messages: Allowance::new(5.0, 1.0), bytes: Allowance::new(1000.0, 100.0) })
    }

    #[test]
    fn a_used_up_allowance_comes_back_with_time() {
        let mut limiter = limiter();
        for _ in 0..30 {
            limiter.take(Limit::Links, (1, 0), 0).unwrap();
        }
        let refusal = limiter.take(Limit::Links, (1, 0), 0).unwrap_err();
        assert_eq!(refusal.retry_after_seconds, Some(10));
        limiter.take(Limit::Links, (2, 0), 0).expect("another peer has its own allowance");
        limiter.take(Limit::Links, (1, 0), 10_000).expect("one more after ten seconds");
        assert!(limiter.take(Limit::Links, (1, 0), 10_000).is_err());
    }

    #[test]
    fn what_is_refused_takes_nothing_and_what_is_too_much_takes_all() {
        let mut limiter = limiter();
        limiter.take_many(Limit::Bytes, (1, 0), 900.0, 0).unwrap();
        let refusal = limiter.take_many(Limit::Bytes, (1, 0), 300.0, 0).unwrap_err();
        assert_eq!(refusal.retry_after_seconds, Some(2));
        limiter.take_many(Limit::Bytes, (1, 0), 100.0, 0).expect("the refused one took nothing");
        limiter.take_many(Limit::Bytes, (2, 0), 5000.0, 0).expect("more than the bucket holds passes when it is full");
        assert_eq!(limiter.take_many(Limit::Bytes, (2, 0), 100.0, 0).unwrap_err().retry_after_seconds, Some(1));
    }

    #[test]
    fn a_clock_that_was_set_back_gives_nothing_away_and_takes_nothing() {
        let mut limiter = limiter();
        limiter.take_many(Limit::Messages, (1, 0), 5.0, 1_000_000).unwrap();
        assert!(limiter.take(Limit::Messages, (1, 0), 1000).is_err());
        limiter.take(Limit::Messages, (1, 0), 2000).expect("time goes on from where the clock is");
    }
}
