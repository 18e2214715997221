//! Key packages.

use super::{
    AppState,
    extract::{Body, Device},
    problem::{Problem, ProblemDetails, unexpected},
};
use axum::{Json, extract::State, http::StatusCode};
use chancery_wire::api::{
    Request, Response,
    devices::{Claim, Claims, KeyPackages, Stocks},
};

/// Adds to the device's stock of key packages. One that was there before, used or not, changes nothing.
#[utoipa::path(
    post, path = "/v1/key-packages", tag = "key packages", operation_id = "put_key_packages",
    request_body = KeyPackages,
    security(("session" = [])),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`key_package_invalid`; `invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`: more than 100", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn put_key_packages(
    State(state): State<AppState>,
    Device(from): Device,
    Body(body): Body<KeyPackages>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::PutKeyPackages { body }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is left of the device's stock.
#[utoipa::path(
    get, path = "/v1/key-packages", tag = "key packages", operation_id = "get_stocks",
    security(("session" = [])),
    responses((status = 200, body = Stocks),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn get_stocks(State(state): State<AppState>, Device(from): Device) -> Result<Json<Stocks>, Problem> {
    match state.call(from, Request::GetStocks {}).await? {
        Response::Stocks(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// Takes one key package of each device of some users, but none of the caller's own device.
#[utoipa::path(
    post, path = "/v1/key-packages/claims", tag = "key packages", operation_id = "claim_key_packages",
    request_body = Claim,
    security(("session" = [])),
    responses((status = 200, body = Claims),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`: more than 250 users", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn claim_key_packages(
    State(state): State<AppState>,
    Device(from): Device,
    Body(body): Body<Claim>,
) -> Result<Json<Claims>, Problem> {
    match state.call(from, Request::ClaimKeyPackages { body }).await? {
        Response::Claims(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}
