//! Linking a device.

use super::{
    AppState,
    extract::{Body, Device, Path, Peer, Query},
    problem::{Problem, ProblemDetails, unexpected},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use chancery_wire::{
    api::{
        Request, Response,
        links::{Link, LinkMessages, LinkRequest, OpenLink, PostLinkMessage},
    },
    ids::LinkId,
};
use serde::Deserialize;

/// Opens a rendezvous for linking a device.
#[utoipa::path(
    post, path = "/v1/links", tag = "links", operation_id = "open_link",
    request_body = OpenLink,
    security(()),
    responses((status = 200, body = Link),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 507, description = "`storage_full`: the disk is nearly full; wait, then repeat", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn open_link(
    State(state): State<AppState>,
    Peer(from): Peer,
    Body(body): Body<OpenLink>,
) -> Result<Json<Link>, Problem> {
    match state.call(from, Request::OpenLink { body }).await? {
        Response::Link(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// The new device's request, for an existing device.
#[utoipa::path(
    get, path = "/v1/links/{link}", tag = "links", operation_id = "get_link_request",
    params(("link" = LinkId, Path, description = "The rendezvous")),
    security(("session" = [])),
    responses((status = 200, body = LinkRequest),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 410, description = "`link_closed`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn get_link_request(
    State(state): State<AppState>,
    Device(from): Device,
    Path(link): Path<LinkId>,
) -> Result<Json<LinkRequest>, Problem> {
    match state.call(from, Request::GetLinkRequest { link }).await? {
        Response::LinkRequest(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// A sealed message from the existing device. The first one binds the rendezvous to its sender.
#[utoipa::path(
    post, path = "/v1/links/{link}/messages", tag = "links", operation_id = "post_link_message",
    params(("link" = LinkId, Path, description = "The rendezvous")),
    request_body = PostLinkMessage,
    security(("session" = [])),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 410, description = "`link_closed`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 507, description = "`storage_full`: the disk is nearly full; wait, then repeat", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn post_link_message(
    State(state): State<AppState>,
    Device(from): Device,
    Path(link): Path<LinkId>,
    Body(body): Body<PostLinkMessage>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::PostLinkMessage { link, body }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an approval back, as long as the new device isn't registered.
#[utoipa::path(
    delete, path = "/v1/links/{link}", tag = "links", operation_id = "close_link",
    params(("link" = LinkId, Path, description = "The rendezvous")),
    security(("session" = [])),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 410, description = "`link_closed`: the new device is registered already", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn close_link(
    State(state): State<AppState>,
    Device(from): Device,
    Path(link): Path<LinkId>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::CloseLink { link }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Query of [`get_link_messages`].
#[derive(Deserialize)]
pub struct GetLinkMessagesQuery {
    from: u32,
}

/// Messages from a position on, as many as fit into 1 MiB, for the new device.
#[utoipa::path(
    get, path = "/v1/links/{link}/messages", tag = "links", operation_id = "get_link_messages",
    params(("link" = LinkId, Path, description = "The rendezvous"), ("from" = u32, Query, description = "The position")),
    security(()),
    responses((status = 200, body = LinkMessages),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 410, description = "`link_closed`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn get_link_messages(
    State(state): State<AppState>,
    Peer(from): Peer,
    Path(link): Path<LinkId>,
    Query(query): Query<GetLinkMessagesQuery>,
) -> Result<impl IntoResponse, Problem> {
    let peer = from.peer;
    match state.call(from, Request::GetLinkMessages { link, from: query.from }).await? {
        Response::LinkMessages(answer) => {
            let bytes = serde_json::to_vec(&answer).expect("plain values always serialise");
            Ok(([(header::CONTENT_TYPE, "application/json")], state.bodies.answer(peer, bytes.into())?))
        }
        _ => Err(unexpected()),
    }
}
