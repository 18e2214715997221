//! Devices.

use super::{
    AppState,
    extract::{Body, Device, Path, Peer},
    problem::{Problem, ProblemDetails, unexpected},
};
use axum::{Json, extract::State, http::StatusCode};
use chancery_wire::{
    api::{
        Request, Response,
        devices::{AddDevice, Devices},
    },
    ids::DeviceId,
};

/// Registers a linked device, or a renewed certificate of a known one. A new one must have been admitted by an
/// active device of the user (`admits` in the first message of a rendezvous). The same credential again succeeds.
#[utoipa::path(
    post, path = "/v1/devices", tag = "devices", operation_id = "add_device",
    request_body = AddDevice,
    security(()),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`key_package_invalid`; `invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`certificate_invalid`, `certificate_expired`, `device_revoked`, or `forbidden`: the device id is taken, or no device of the user has admitted this one", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`not_found`: no such user", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 409, description = "`too_many_devices`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 507, description = "`storage_full`: the disk is nearly full; wait, then repeat", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn add_device(
    State(state): State<AppState>,
    Peer(from): Peer,
    Body(body): Body<AddDevice>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::AddDevice { body }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own devices.
#[utoipa::path(
    get, path = "/v1/devices", tag = "devices", operation_id = "list_devices",
    security(("session" = [])),
    responses((status = 200, body = Devices),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn list_devices(State(state): State<AppState>, Device(from): Device) -> Result<Json<Devices>, Problem> {
    match state.call(from, Request::ListDevices {}).await? {
        Response::Devices(answer) => Ok(Json(answer)),
        _ => Err(unexpected()),
    }
}

/// Removes a device of one's own: its sessions and connections end at once, and the relay proposes its removal in every group.
/// Once more succeeds.
#[utoipa::path(
    delete, path = "/v1/devices/{device}", tag = "devices", operation_id = "remove_device",
    params(("device" = DeviceId, Path, description = "The device")),
    security(("session" = [])),
    responses((status = 204, description = "Done"),
              (status = 400, description = "`invalid_request`: the body, path or query is malformed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`: no valid session; `device_revoked` (403) when the device was removed", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`not_found`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "`rate_limited`: wait `retry_after_seconds`", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn remove_device(
    State(state): State<AppState>,
    Device(from): Device,
    Path(device): Path<DeviceId>,
) -> Result<StatusCode, Problem> {
    state.call(from, Request::RemoveDevice { device }).await?;
    Ok(StatusCode::NO_CONTENT)
}
