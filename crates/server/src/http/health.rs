//! Whether the relay lives, whether it can work, and what an operator has to look at.

use super::{AppState, problem::Problem};
use crate::{Failure, engine::now_ms, work};
use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use chancery_wire::{Code, Refusal};
use std::{
    fmt::Write,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// The writer has to answer within this time.
const WRITER_TIMEOUT: Duration = Duration::from_secs(5);
/// What was found holds so long: anybody may ask, and looking takes a place in a transaction.
const FRESH: Duration = Duration::from_secs(1);

/// What was found last, and when.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, Result<String, Refusal>)>>);

/// `/healthz` and `/readyz`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready))
}

/// `/metrics`, on its own listener.
pub fn metrics(state: AppState) -> Router {
    Router::new().route("/metrics", get(render)).with_state(state)
}

async fn render(State(state): State<AppState>) -> impl IntoResponse {
    let mut text = state.metrics.render();
    state.engine.relay().health.render(now_ms() / 1000, &mut text);
    if let Ok(standing) = standing(&state).await {
        for (name, help, value) in [
            ("chancery_work_open", "Stored work that isn't finished.", standing.open),
            ("chancery_work_failing_steps", "Steps of stored work that failed and are tried again.", standing.failing),
        ] {
            writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}").expect("a String takes it");
        }
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

async fn standing(state: &AppState) -> Result<work::Standing, Failure> {
    state.engine.read(|_, db| work::standing(db)).await
}

/// Looks at most once a second, whoever asks how often; who asks meanwhile waits for the same answer.
async fn ready(State(state): State<AppState>) -> Result<String, Problem> {
    let mut last = state.readiness.0.lock().await;
    let found = match &*last {
        Some((at, found)) if at.elapsed() < FRESH => found.clone(),
        _ => {
            let found = look(&state).await.map_err(|problem| problem.0);
            *last = Some((Instant::now(), found.clone()));
            found
        }
    };
    found.map_err(Problem)
}

/// The writer answers, and the disk has room. After the `ok` stands what doesn't keep the relay from working and has to be looked at.
async fn look(state: &AppState) -> Result<String, Problem> {
    match tokio::time::timeout(WRITER_TIMEOUT, state.engine.write(|_, _| Ok(()))).await {
        Ok(Ok(())) => {}
        Ok(Err(failure)) => return Err(Problem(failure.into_refusal("readyz"))),
        Err(_) => return Err(Refusal::new(Code::Draining, "the writer doesn't answer").into()),
    }
    let free = fs4::available_space(&state.config.data_dir)
        .map_err(|error| Problem(crate::Failure::from(crate::RelayFault::new(error)).into_refusal("readyz")))?;
    if free < state.config.disk_reserve_bytes {
        return Err(Code::StorageFull.into());
    }
    let standing = standing(state).await.map_err(|failure| Problem(failure.into_refusal("readyz")))?;
    let mut text = "ok\n".to_owned();
    for (name, value) in [("work_open", standing.open), ("work_failing_steps", standing.failing)] {
        if value > 0 {
            writeln!(text, "{name}: {value}").expect("a String takes it");
        }
    }
    text.push_str(&state.engine.relay().health.details(now_ms() / 1000));
    if let Some(warning) = state.forwarded.warning(now_ms()) {
        text.push_str(&format!("warning: {warning}\n"));
    }
    Ok(text)
}
