//! The WebSocket.

use super::{
    AppState,
    extract::Peer,
    problem::{Problem, ProblemDetails},
};
use crate::{delivery::serve, places::Seat};
use axum::{
    Extension,
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    response::Response,
};
use chancery_wire::{Code, Refusal, limits::MAX_CLIENT_FRAME_BYTES};
use std::sync::Arc;

/// Bytes read from the socket at once. The library's default keeps 128 KiB per connection.
const READ_BUFFER_BYTES: usize = 4096;
/// Frames are collected up to so many bytes before they are written.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// WebSocket connections of which nobody knows whose they are; more have to come back.
pub const MAX_ARRIVALS: u64 = 512;
/// Bytes that such a connection may send: one `Authenticate` has a few hundred.
const ARRIVAL_BYTES: i64 = 8 * 1024;
/// Whoever finds no place comes back after so many seconds.
const RETRY_SECONDS: u32 = 5;

/// Delivery: a WebSocket with binary messages in CBOR, see docs/protocol/frames.md.
///
/// The relay sends `Challenge`, the device answers `Authenticate`, the relay says `Ready`; then the device follows its groups.
#[utoipa::path(
    get, path = "/v1/delivery", tag = "delivery",
    responses((status = 101, description = "The connection is a WebSocket (RFC 6455) now"),
              (status = 400, description = "`invalid_request`: the request doesn't ask for a WebSocket", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 429, description = "Too many connections", body = ProblemDetails, content_type = "application/problem+json"))
)]
pub async fn deliver(
    State(state): State<AppState>,
    Peer(from): Peer,
    seat: Option<Extension<Arc<Seat>>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejection| {
        let text = format!("this is a WebSocket, to be asked for as in RFC 6455: {rejection}");
        Refusal::new(Code::InvalidRequest, text)
    })?;
    let place = state.arrivals.take(from.peer, 1).ok_or_else(|| Refusal::rate_limited(RETRY_SECONDS))?;
    let seat = seat.map(|Extension(seat)| seat);
    if let Some(seat) = &seat {
        seat.allow(ARRIVAL_BYTES);
        seat.counted_elsewhere();
    }
    Ok(upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(MAX_CLIENT_FRAME_BYTES)
        .max_frame_size(MAX_CLIENT_FRAME_BYTES)
        .on_upgrade(move |socket| serve(socket, place, seat, state.engine, state.hub, state.metrics)))
}
