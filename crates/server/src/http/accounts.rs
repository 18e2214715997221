//! Invitations, joining, the directory.

use super::{
    AppState,
    extract::{Body, Device, Path, Peer, Query},
    problem::{Problem, ProblemDetails, unexpected},
};
use axum::{Json, extract::State, http::StatusCode};
use chancery_wire::{
    Code, Refusal,
    api::{
        Request, Response,
        enrolment::{InvitationState, Invite, Join, User, Users},
    },
    ids::{InvitationId, UserId},
};
use serde::Deserialize;

/// Registers an invitation; its signature by an enrolment key is the authorisation. The same bytes again succeed.
#[utoipa::path(
    post, path = "/v1/invitations", tag = "accounts", operation_id = "invite",
    request_body = Invite,
    security(()),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`certificate_invalid`: not signed by an enrolment key", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 409, description = "`user_exists`, or `stale_version`: a newer invitation for this user is pending", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 410, description = "`invitation_expired`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 507, description = "`storage_full`: the disk is nearly full; wait, then repeat", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn invite(
    State(state): State<AppState>,
    Peer(from): Peer,
    Body(body): Body<Invite>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::Invite { body }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the relay knows of an invitation.
#[utoipa::path(
    get, path = "/v1/invitations/{invitation}", tag = "accounts", operation_id = "get_invitation",
    params(("invitation" = InvitationId, Path, description = "First half of the SHA-256 of the invitation's public key, in hexadecimal")),
    security(()),
    responses((status = 200, body = InvitationState),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`invitation_unknown`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn get_invitation(
    State(state): State<AppState>,
    Peer(from): Peer,
    Path(invitation): Path<InvitationId>,
) -> Result<Json<InvitationState>, Problem> {
    match state.call(from, Request::GetInvitation { invitation }).await? {
        Response::Invitation(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// Joins with an invitation: makes the user and the first device. The same credential again succeeds.
#[utoipa::path(
    post, path = "/v1/users", tag = "accounts", operation_id = "join",
    request_body = Join,
    security(()),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`key_package_invalid`; `invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`certificate_invalid` or `certificate_expired`: the chain doesn't verify", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`invitation_unknown`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 409, description = "`invitation_used` or `user_exists`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 410, description = "`invitation_expired`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 507, description = "`storage_full`: the disk is nearly full; wait, then repeat", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn join(
    State(state): State<AppState>,
    Peer(from): Peer,
    Body(body): Body<Join>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::Join { body }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Query of [`find_users`].
#[derive(Deserialize)]
pub struct FindUsersQuery {
    query: Option<String>,
    after: Option<String>,
}

/// Users whose name or id contains `query`, or all in the order of their ids after `after`; at most 100.
#[utoipa::path(
    get, path = "/v1/users", tag = "accounts", operation_id = "find_users",
    params(
        ("query" = Option<String>, Query, description = "Find users: the text"),
        ("after" = Option<String>, Query, description = "List users instead, after this user id; empty for the first page")
    ),
    security(("session" = [])),
    responses((status = 200, body = Users),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn find_users(
    State(state): State<AppState>,
    Device(from): Device,
    Query(query): Query<FindUsersQuery>,
) -> Result<Json<Users>, Problem> {
    let request = match (query.query, query.after) {
        (Some(query), _) => Request::FindUsers { query },
        (None, Some(after)) if after.is_empty() => Request::ListUsers { after: None },
        (None, Some(after)) => Request::ListUsers {
            after: Some(after.parse().map_err(|_| Refusal::new(Code::InvalidRequest, "`after` is no user id"))?),
        },
        (None, None) => return Err(Refusal::new(Code::InvalidRequest, "give `query` or `after`").into()),
    };
    match state.call(from, request).await? {
        Response::Users(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// One user.
#[utoipa::path(
    get, path = "/v1/users/{user}", tag = "accounts", operation_id = "get_user",
    params(("user" = UserId, Path, description = "The user id")),
    security(("session" = [])),
    responses((status = 200, body = User),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`not_found`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn get_user(
    State(state): State<AppState>,
    Device(from): Device,
    Path(user): Path<UserId>,
) -> Result<Json<User>, Problem> {
    match state.call(from, Request::GetUser { user }).await? {
        Response::User(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}
