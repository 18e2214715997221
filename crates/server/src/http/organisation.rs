//! The organisation's signed objects.

use super::{
    AppState,
    extract::{Body, Peer},
    problem::{Problem, ProblemDetails, unexpected},
};
use axum::{Json, extract::State, http::StatusCode};
use chancery_wire::api::{
    Request, Response,
    organisation::{Organisation, Publish},
};

/// The organisation's signed objects.
#[utoipa::path(
    get, path = "/v1/organisation", tag = "organisation", operation_id = "get_organisation",
    security(()),
    responses((status = 200, body = Organisation),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn get_organisation(State(state): State<AppState>, Peer(from): Peer) -> Result<Json<Organisation>, Problem> {
    match state.call(from, Request::GetOrganisation {}).await? {
        Response::Organisation(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// Puts a policy in force: signed by a policy key of the manifest, of a higher version. The same bytes again succeed.
#[utoipa::path(
    post, path = "/v1/organisation/policy", tag = "organisation", operation_id = "publish_policy",
    request_body = Publish,
    security(()),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`certificate_invalid`: not signed by a policy key", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 409, description = "`stale_version`: a newer one is in force", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn publish_policy(
    State(state): State<AppState>,
    Peer(from): Peer,
    Body(body): Body<Publish>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::PublishPolicy { body }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a manifest in force: signed by the root key, of a higher version. The same bytes again succeed.
#[utoipa::path(
    post, path = "/v1/organisation/manifest", tag = "organisation", operation_id = "publish_manifest",
    request_body = Publish,
    security(()),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`certificate_invalid`: not signed by the root key, or names another relay key", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 409, description = "`stale_version`: a newer one is in force", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn publish_manifest(
    State(state): State<AppState>,
    Peer(from): Peer,
    Body(body): Body<Publish>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::PublishManifest { body }).await?;
    Ok(StatusCode::NO_CONTENT)
}
