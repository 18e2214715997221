//! Trying again: after faults of the network and refusals that pass by themselves, not after others.

use crate::{Client, limits::TRANSFER_ATTEMPTS, profile::generator, user_error};
use chancery_core::{UserError, api::CallFailure};
use chancery_wire::Code;
use std::time::Duration;
use tokio::time::sleep;

/// Attempts in a row that brought nothing on.
pub(super) struct Attempts {
    failures: u32,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self { failures: 0 }
    }

    /// It goes on: count from the beginning.
    pub(super) fn progress(&mut self) {
        self.failures = 0;
    }

    /// Waits before the next attempt, or gives up.
    pub(super) async fn failed(&mut self, client: &Client, failure: CallFailure) -> Result<(), UserError> {
        let pause = match &failure {
            CallFailure::Unreachable(_) => None,
            CallFailure::Intercepted(not_the_relay) if not_the_relay.may_pass() => None,
            // It needs somebody to do something.
            CallFailure::Intercepted(_) => return Err(failure.into()),
            CallFailure::Refused(refusal) => match refusal.code {
                Code::RateLimited => refusal.retry_after_seconds.map(|s| Duration::from_secs(u64::from(s))),
                Code::Draining | Code::Internal => None,
                _ => return Err(user_error(refusal.code.as_str(), &refusal.message)),
            },
        };
        self.failures += 1;
        if self.failures >= TRANSFER_ATTEMPTS {
            let why = failure.to_string();
            let why = why.trim_end_matches('.');
            let message = format!("{why}. What was transferred is kept; it goes on from there when you try again.");
            return Err(user_error("unreachable", message));
        }
        let wait = client.retry().wait(self.failures, &mut generator());
        sleep(pause.unwrap_or(wait)).await;
        Ok(())
    }
}
