//! Challenges and sessions.

use super::{
    AppState,
    extract::{Body, Peer},
    problem::{Problem, ProblemDetails, unexpected},
};
use axum::{Json, extract::State};
use chancery_wire::api::{
    Request, Response,
    auth::{Challenge, OpenSession, Session},
};

/// A challenge to sign with the device key; good for one session.
#[utoipa::path(
    post, path = "/v1/auth/challenges", tag = "auth", operation_id = "open_challenge",
    security(()),
    responses((status = 200, body = Challenge),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn open_challenge(State(state): State<AppState>, Peer(from): Peer) -> Result<Json<Challenge>, Problem> {
    match state.call(from, Request::OpenChallenge {}).await? {
        Response::Challenge(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// Opens a session.
///
/// The signature is Ed25519 over `chancery authentication v1`, a zero byte, and then domain, user id, device id (16 bytes) and
/// challenge, each after its length as four bytes, big-endian.
#[utoipa::path(
    post, path = "/v1/auth/sessions", tag = "auth", operation_id = "open_session",
    request_body = OpenSession,
    security(()),
    responses((status = 200, body = Session),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: unknown device or challenge, or a wrong signature", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`device_revoked`: the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn open_session(
    State(state): State<AppState>,
    Peer(from): Peer,
    Body(body): Body<OpenSession>,
) -> Result<Json<Session>, Problem> {
    match state.call(from, Request::OpenSession { body }).await? {
        Response::Session(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}
