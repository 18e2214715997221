//! What every handler shares.

use super::{files::EngineDatabase, problem::Problem};
use crate::{
    config::Checked,
    delivery::Hub,
    engine::{Engine, From},
    files::Files,
    metrics::Metrics,
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
}

impl AppState {
    /// One call.
    pub async fn call(&self, from: From, request: Request) -> Result<Response, Problem> {
        let name = request.name();
        Box::pin(self.engine.call(from, request)).await.map_err(|failure| Problem(failure.into_refusal(name)))
    }
}
