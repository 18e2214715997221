//! Requests per device, or per address without a session.

use super::{
    AppState,
    bodies::Held,
    extract::{address_or_why_not, bearer, hash},
    problem,
};
use crate::{
    engine::{Owner, now_ms},
    places::Seat,
    relay::lock,
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use chancery_wire::Refusal;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Buckets kept; beyond it all start anew, so that memory stays bounded.
const MAX_BUCKETS: usize = 100_000;

/// A token bucket per device or address.
pub struct RequestLimiter {
    per_second: f64,
    burst: f64,
    buckets: Mutex<HashMap<u64, (f64, u64)>>,
}

impl RequestLimiter {
    /// So many requests per second in the long run, so many at once.
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second: f64::from(per_second), burst: f64::from(burst), buckets: Mutex::default() }
    }

    fn take(&self, of: u64, now_ms: u64) -> Result<(), Refusal> {
        let mut buckets = lock(&self.buckets);
        if buckets.len() >= MAX_BUCKETS {
            let (per_second, burst) = (self.per_second, self.burst);
            buckets.retain(|_, (tokens, at_ms)| *tokens + seconds(now_ms, *at_ms) * per_second < burst);
            if buckets.len() >= MAX_BUCKETS {
                buckets.clear();
            }
        }
        let (tokens, at_ms) = buckets.entry(of).or_insert((self.burst, now_ms));
        *tokens = (*tokens + seconds(now_ms, *at_ms) * self.per_second).min(self.burst);
        *at_ms = now_ms;
        if *tokens < 1.0 {
            return Err(Refusal::rate_limited(((1.0 - *tokens) / self.per_second).ceil().max(1.0) as u32));
        }
        *tokens -= 1.0;
        Ok(())
    }
}

fn seconds(now_ms: u64, since_ms: u64) -> f64 {
    now_ms.saturating_sub(since_ms) as f64 / 1000.0
}

/// Refuses who asks too often. Whoever has a session is known from now on.
pub async fn limit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let now = now_ms();
    let device = bearer(&parts).and_then(|token| state.engine.relay().authenticate(token, now).ok());
    let (address, no_address) = address_or_why_not(&parts, &state.config);
    state.forwarded.note(no_address, &state.config, now);
    let (of, owner) = match device {
        Some(caller) => {
            if let Some(seat) = parts.extensions.get::<Arc<Seat>>() {
                seat.known(caller.user_row);
            }
            (caller.row as u64, Owner::User(caller.user_row))
        }
        None => {
            let peer = hash(address);
            (peer, Owner::Anonymous(peer))
        }
    };
    match state.limiter.take(of, now) {
        Ok(()) => {
            // The places of a body are held until it is answered.
            let held = Held::of(owner);
            parts.extensions.insert(held.clone());
            let response = next.run(Request::from_parts(parts, body)).await;
            held.release();
            response
        }
        Err(refusal) => problem::respond(refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let limiter = RequestLimiter::new(2, 3);
        for _ in 0..3 {
            limiter.take(1, 0).unwrap();
        }
        assert_eq!(limiter.take(1, 0).unwrap_err().retry_after_seconds, Some(1));
        limiter.take(2, 0).expect("somebody else");
        limiter.take(1, 500).expect("half a second is one more");
        assert!(limiter.take(1, 500).is_err());
    }
}
