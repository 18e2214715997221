//! What every handler shares.

use super::{files::EngineDatabase, problem::Problem};
use crate::{
    Failure,
    config::Checked,
    delivery::Hub,
    engine::{Engine, From, now_ms},
    files::Files,
    metrics::Metrics,
    places::Places,
    refusals,
};
use chancery_wire::api::{Request, Response};
use std::sync::Arc;

/// Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The engine.
    pub engine: Arc<Engine>,
    /// The connections.
    pub hub: Arc<Hub>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// The configuration.
    pub config: Arc<Checked>,
    /// The files.
    pub files: Arc<Files<EngineDatabase>>,
    /// Requests per device or address.
    pub limiter: Arc<super::limit::RequestLimiter>,
    /// Bodies that are being read.
    pub bodies: Arc<super::bodies::Bodies>,
    /// WebSocket connections of which nobody knows whose they are.
    pub arrivals: Places,
    /// What `/readyz` found last.
    pub readiness: Arc<super::health::Readiness>,
    /// Requests whose client the proxy doesn't name.
    pub forwarded: Arc<super::forwarded::Watch>,
}

impl AppState {
    /// One call.
    pub async fn call(&self, from: From, request: Request) -> Result<Response, Problem> {
        let name = request.name();
        let reports = matches!(request, Request::Report { .. });
        let of_group = matches!(
            request,
            Request::Append { .. }
                | Request::CreateGroup { .. }
                | Request::GetTree { .. }
                | Request::GetRejoinInfo { .. }
        );
        let answer = Box::pin(self.engine.call(from, request)).await;
        match &answer {
            Ok(_) if reports => self.metrics.group_reports.inc(),
            Err(Failure::Fault(_)) if of_group => self.metrics.group_faults.inc(),
            _ => {}
        }
        answer.map_err(|failure| Problem(refusals::with_time(failure.into_refusal(name), now_ms())))
    }
}
