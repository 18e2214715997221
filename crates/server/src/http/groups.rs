//! Groups and their logs.

use super::{
    AppState,
    extract::{Body, Device, Path, Query},
    problem::{Problem, ProblemDetails, unexpected},
};
use axum::{Json, extract::State, http::StatusCode};
use chancery_wire::{
    api::{
        Request, Response,
        groups::{Append, Appended, CreateGroup, Groups, LogPage, RejoinInfo, Report, Tree},
    },
    ids::GroupId,
};
use serde::Deserialize;

/// Registers a group that so far has its creator's leaf only. The same creator with the same bytes succeeds again.
#[utoipa::path(
    post, path = "/v1/groups", tag = "groups", operation_id = "create_group",
    request_body = CreateGroup,
    security(("session" = [])),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`rule_violated`, `certificate_invalid`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 409, description = "`group_exists`, `too_many_groups`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 422, description = "`commit_invalid`: GroupInfo or tree don't fit", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 507, description = "`storage_full`: the disk is nearly full; wait, then repeat", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn create_group(
    State(state): State<AppState>,
    Device(from): Device,
    Body(body): Body<CreateGroup>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::CreateGroup { body }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The groups that the device is or was in.
#[utoipa::path(
    get, path = "/v1/groups", tag = "groups", operation_id = "list_groups",
    security(("session" = [])),
    responses((status = 200, body = Groups),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn list_groups(State(state): State<AppState>, Device(from): Device) -> Result<Json<Groups>, Problem> {
    match state.call(from, Request::ListGroups {}).await? {
        Response::Groups(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// Appends an item to the group's log; the answer comes when it is on the relay's disk. The same item id from the same device
/// again gets the stored answer.
#[utoipa::path(
    post, path = "/v1/groups/{group}/items", tag = "groups", operation_id = "append",
    params(("group" = GroupId, Path, description = "The group")),
    request_body = Append,
    security(("session" = [])),
    responses((status = 200, body = Appended),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`not_member`, `rule_violated`, `certificate_invalid`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`not_found`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 409, description = "`wrong_epoch` with `current_epoch`, or `pending_removals`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 422, description = "`commit_invalid`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 507, description = "`storage_full`: the disk is nearly full; wait, then repeat", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn append(
    State(state): State<AppState>,
    Device(from): Device,
    Path(group): Path<GroupId>,
    Body(body): Body<Append>,
) -> Result<Json<Appended>, Problem> {
    match state.call(from, Request::Append { group, body }).await? {
        Response::Appended(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// Query of [`read_log`].
#[derive(Deserialize)]
pub struct ReadLogQuery {
    after: u64,
    limit: u32,
}

/// A page of the log: what the device may read after a position, contiguous.
#[utoipa::path(
    get, path = "/v1/groups/{group}/items", tag = "groups", operation_id = "read_log",
    params(("group" = GroupId, Path, description = "The group"), ("after" = u64, Query, description = "The last item that the device has; 0 for none"), ("limit" = u32, Query, description = "At most so many items, up to 500")),
    security(("session" = [])),
    responses((status = 200, body = LogPage),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`not_member`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`not_found`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 410, description = "`behind_horizon`: rejoin the group", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn read_log(
    State(state): State<AppState>,
    Device(from): Device,
    Path(group): Path<GroupId>,
    Query(query): Query<ReadLogQuery>,
) -> Result<Json<LogPage>, Problem> {
    match state.call(from, Request::ReadLog { group, after: query.after, limit: query.limit }).await? {
        Response::LogPage(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// Query of [`get_tree`].
#[derive(Deserialize)]
pub struct GetTreeQuery {
    epoch: u64,
}

/// The ratchet tree of an epoch, for a member of it and for whom a Welcome to it waits.
#[utoipa::path(
    get, path = "/v1/groups/{group}/tree", tag = "groups", operation_id = "get_tree",
    params(("group" = GroupId, Path, description = "The group"), ("epoch" = u64, Query, description = "The epoch")),
    security(("session" = [])),
    responses((status = 200, body = Tree),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`not_member`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`not_found`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 410, description = "`behind_horizon`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn get_tree(
    State(state): State<AppState>,
    Device(from): Device,
    Path(group): Path<GroupId>,
    Query(query): Query<GetTreeQuery>,
) -> Result<Json<Tree>, Problem> {
    match state.call(from, Request::GetTree { group, epoch: query.epoch }).await? {
        Response::Tree(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// What a member needs to rejoin by an external commit.
#[utoipa::path(
    get, path = "/v1/groups/{group}/group-info", tag = "groups", operation_id = "get_rejoin_info",
    params(("group" = GroupId, Path, description = "The group")),
    security(("session" = [])),
    responses((status = 200, body = RejoinInfo),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`not_member`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`not_found`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn get_rejoin_info(
    State(state): State<AppState>,
    Device(from): Device,
    Path(group): Path<GroupId>,
) -> Result<Json<RejoinInfo>, Problem> {
    match state.call(from, Request::GetRejoinInfo { group }).await? {
        Response::RejoinInfo(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// Tells the operator that a device can't process an item. `reason` is `commit_invalid`, `fork`, `gap` or `rollback`.
#[utoipa::path(
    post, path = "/v1/groups/{group}/reports", tag = "groups", operation_id = "report",
    params(("group" = GroupId, Path, description = "The group")),
    request_body = Report,
    security(("session" = [])),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`not_member`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`not_found`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn report(
    State(state): State<AppState>,
    Device(from): Device,
    Path(group): Path<GroupId>,
    Body(body): Body<Report>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::Report { group, body }).await?;
    Ok(StatusCode::NO_CONTENT)
}
