//! Whether the relay lives, and whether it can work.

use super::{AppState, problem::Problem};
use crate::engine::now_ms;
use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use chancery_wire::{Code, Refusal};
use std::time::{Duration, Instant};
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
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], state.metrics.render())
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

/// The writer answers, and the disk has room. What an operator has to look at nevertheless stands below `ok`.
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
    let mut text = "ok\n".to_owned();
    if let Some(warning) = state.forwarded.warning(now_ms()) {
        text.push_str(&format!("warning: {warning}\n"));
    }
    Ok(text)
}
