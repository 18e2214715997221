//! The relay's task that carries work out.

use super::{Next, Step, failed, next, run};
use crate::{
    Failure,
    delivery::Hub,
    engine::{Engine, now_ms},
    health::Part,
};
use chancery_wire::Code;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// After each step the work rests so many times as long as the step took: senders have the writer to themselves.
const REST: u32 = 3;
/// When the relay can't work just now (a full disk, a full queue), it looks again after this time.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Longest sleep, in milliseconds: the machine's clock may jump.
const MAX_SLEEP_MS: u64 = 3600 * 1000;

/// Carries out what is there and what comes, until it is aborted.
pub async fn carry_out(engine: Arc<Engine>, hub: Arc<Hub>) {
    loop {
        let now = now_ms();
        match engine.read(move |_, db| next(db, now)).await {
            Ok(Next::Step(step)) => {
                let begun = Instant::now();
                match take(&engine, step).await {
                    Ok(()) => tokio::time::sleep(begun.elapsed() * REST).await,
                    Err(failure) => pause(&engine, &failure).await,
                }
            }
            Ok(Next::At(at_ms)) => {
                let wait = Duration::from_millis(at_ms.saturating_sub(now).min(MAX_SLEEP_MS));
                // Either way there may be something now.
                let _ = tokio::time::timeout(wait, hub.work_began()).await;
            }
            Ok(Next::Nothing) => hub.work_began().await,
            Err(failure) => pause(&engine, &failure).await,
        }
    }
}

/// One step; a failure of the step's own is recorded, one of the whole relay is returned.
async fn take(engine: &Engine, step: Step) -> Result<(), Failure> {
    match engine.write(move |relay, tx| run(relay, tx, now_ms(), &step)).await {
        Err(failure) if of_the_step(&failure) => {
            engine.write(move |relay, tx| failed(relay, tx, now_ms(), &step, &failure)).await
        }
        done => done,
    }
}

fn of_the_step(failure: &Failure) -> bool {
    !matches!(failure.code(), Some(Code::RateLimited | Code::Draining | Code::StorageFull))
}

async fn pause(engine: &Engine, failure: &Failure) {
    if of_the_step(failure) {
        engine.relay().health.passed_over(Part::Work, failure);
    }
    tokio::time::sleep(LOOK_AGAIN).await;
}
