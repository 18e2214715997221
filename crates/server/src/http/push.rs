//! Push messages.

use super::{
    AppState,
    extract::{Body, Device},
    problem::{Problem, ProblemDetails, unexpected},
};
use axum::{Json, extract::State, http::StatusCode};
use chancery_wire::api::{
    Request, Response,
    push::{Key, Subscription},
};

/// The key that a browser subscribes with.
#[utoipa::path(
    get, path = "/v1/push/key", tag = "push", operation_id = "get_push_key",
    security(("session" = [])),
    responses((status = 200, body = Key),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`push_off`: the relay sends no push messages", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn get_push_key(State(state): State<AppState>, Device(from): Device) -> Result<Json<Key>, Problem> {
    match state.call(from, Request::GetPushKey {}).await? {
        Response::PushKey(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// Sets where the calling device is woken. It goes when the device removes it, is removed itself, or its push service says that
/// it is gone.
#[utoipa::path(
    post, path = "/v1/push/subscription", tag = "push", operation_id = "set_push",
    request_body = Subscription,
    security(("session" = [])),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`push_off`: the relay sends no push messages", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 422, description = "`push_endpoint_refused`: the endpoint isn't https, or no public address, or a key isn't of the right form", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn set_push(
    State(state): State<AppState>,
    Device(from): Device,
    Body(body): Body<Subscription>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::SetPush { body }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the calling device's subscription. Once more succeeds.
#[utoipa::path(
    delete, path = "/v1/push/subscription", tag = "push", operation_id = "remove_push",
    security(("session" = [])),
    responses((status = 204, description = "Done"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn remove_push(State(state): State<AppState>, Device(from): Device) -> Result<StatusCode, Problem> {
    state.call(from, Request::RemovePush {}).await?;
    Ok(StatusCode::NO_CONTENT)
}
