//! Rate limits: token buckets in memory.

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
    /// Reports per device.
    Reports,
    /// Push subscriptions per user.
    Subscriptions,
}

impl Limit {
    /// Calls at once, and seconds until one more is allowed.
    fn allowance(self) -> (u32, f64) {
        match self {
            Limit::Links => (30, 10.0),
            Limit::Claims => (60, 5.0),
            Limit::Reports => (100, 5.0),
            Limit::Subscriptions => (30, 30.0),
        }
    }
}

struct Bucket {
    tokens: f64,
    at_ms: u64,
}

/// All buckets.
#[derive(Default)]
pub struct Limiter {
    buckets: HashMap<(Limit, u64, u64), Bucket>,
}

impl Limiter {
    /// Takes one token of the bucket of `of`, or says how long to wait.
    pub fn take(&mut self, limit: Limit, of: (u64, u64), now_ms: u64) -> Result<(), Refusal> {
        let (burst, seconds_each) = limit.allowance();
        if self.buckets.len() >= MAX_BUCKETS {
            self.forget_full(now_ms);
        }
        let bucket =
            self.buckets.entry((limit, of.0, of.1)).or_insert(Bucket { tokens: f64::from(burst), at_ms: now_ms });
        let elapsed_seconds = now_ms.saturating_sub(bucket.at_ms) as f64 / 1000.0;
        bucket.tokens = (bucket.tokens + elapsed_seconds / seconds_each).min(f64::from(burst));
        bucket.at_ms = now_ms;
        if bucket.tokens < 1.0 {
            let wait = ((1.0 - bucket.tokens) * seconds_each).ceil().max(1.0);
            return Err(Refusal::rate_limited(wait as u32));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    fn forget_full(&mut self, now_ms: u64) {
        self.buckets.retain(|(limit, _, _), bucket| {
            let (burst, seconds_each) = limit.allowance();
            let elapsed_seconds = now_ms.saturating_sub(bucket.at_ms) as f64 / 1000.0;
            bucket.tokens + elapsed_seconds / seconds_each < f64::from(burst)
        });
        if self.buckets.len() >= MAX_BUCKETS {
            // Under attack from many addresses: memory stays bounded, limits start anew.
            self.buckets.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_up_allowance_comes_back_with_time() {
        let mut limiter = Limiter::default();
        for _ in 0..30 {
            limiter.take(Limit::Links, (1, 0), 0).unwrap();
        }
        let refusal = limiter.take(Limit::Links, (1, 0), 0).unwrap_err();
        assert_eq!(refusal.retry_after_seconds, Some(10));
        limiter.take(Limit::Links, (2, 0), 0).expect("another peer has its own allowance");
        limiter.take(Limit::Links, (1, 0), 10_000).expect("one more after ten seconds");
        assert!(limiter.take(Limit::Links, (1, 0), 10_000).is_err());
    }
}
