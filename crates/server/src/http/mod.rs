//! The API over HTTP: every route extracts, calls, responds.
//!
//! **Invariant:** a refusal leaves as problem details (RFC 9457), a fault as `internal`, in one place: [`problem`].

mod accounts;
mod auth;
pub mod bodies;
mod delivery;
mod devices;
pub mod extract;
mod files;
mod files_described;
pub mod forwarded;
mod groups;
pub mod health;
mod key_packages;
pub mod limit;
mod links;
mod openapi;
mod organisation;
pub mod problem;
mod push;
mod state;

pub use delivery::MAX_ARRIVALS;
pub use files::EngineDatabase;
pub use openapi::openapi;
pub use state::AppState;

use crate::places::Seat;
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::{self, Next},
    response::Response,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// A call that takes longer has met a client that sends too slowly.
const CALL_TIMEOUT: Duration = Duration::from_secs(120);

/// The JSON routes with their description.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::head())
        .routes(routes!(organisation::get_organisation))
        .routes(routes!(organisation::publish_policy))
        .routes(routes!(organisation::publish_manifest))
        .routes(routes!(auth::open_challenge))
        .routes(routes!(auth::open_session))
        .routes(routes!(accounts::invite))
        .routes(routes!(accounts::get_invitation))
        .routes(routes!(accounts::join, accounts::find_users))
        .routes(routes!(accounts::get_user))
        .routes(routes!(devices::add_device, devices::list_devices))
        .routes(routes!(devices::remove_device))
        .routes(routes!(key_packages::put_key_packages, key_packages::get_stocks))
        .routes(routes!(key_packages::claim_key_packages))
        .routes(routes!(push::get_push_key))
        .routes(routes!(push::set_push, push::remove_push))
        .routes(routes!(groups::create_group, groups::list_groups))
        .routes(routes!(groups::append, groups::read_log))
        .routes(routes!(groups::get_tree))
        .routes(routes!(groups::get_rejoin_info))
        .routes(routes!(groups::report))
        .routes(routes!(links::open_link))
        .routes(routes!(links::get_link_request, links::close_link))
        .routes(routes!(links::post_link_message, links::get_link_messages))
}

/// The described routes, the WebSocket among them.
fn described() -> OpenApiRouter<AppState> {
    api().layer(middleware::from_fn(in_time)).layer(DefaultBodyLimit::disable()).routes(routes!(delivery::deliver))
}

/// Everything that the main listener serves.
pub fn router(state: AppState) -> Router {
    let (router, _description) = described().split_for_parts();
    router
        .merge(crate::files::routes::<AppState>())
        .layer(middleware::from_fn_with_state(state.clone(), limit::limit))
        .merge(health::routes())
        .merge(crate::web::router(state.config.tls_files().is_some()))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(middleware::from_fn_with_state(state.clone(), measure))
        .with_state(state)
}

async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(CALL_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => problem::respond(chancery_wire::Refusal::new(
            chancery_wire::Code::InvalidRequest,
            "the request took too long to arrive",
        )),
    }
}

async fn measure(State(state): State<AppState>, path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    if let Some(seat) = request.extensions().get::<Arc<Seat>>() {
        // Its body, if any, has places of its own.
        seat.allow(i64::MAX);
    }
    let (method, begun) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    let route = path.as_ref().map(MatchedPath::as_str);
    state.metrics.request(route, &method, response.status().as_u16(), begun.elapsed());
    if let Some(problem::RefusedWith(code)) = response.extensions().get() {
        state.metrics.refused(*code);
    }
    response
}
