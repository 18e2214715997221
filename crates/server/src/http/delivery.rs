//! The WebSocket.

use super::{
    AppState,
    problem::{self, ProblemDetails},
};
use crate::delivery::serve;
use axum::{
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    response::Response,
};
use chancery_wire::{Code, Refusal, limits::MAX_CLIENT_FRAME_BYTES};

/// Bytes read from the socket at once. The library's default keeps 128 KiB per connection.
const READ_BUFFER_BYTES: usize = 4096;
/// Frames are collected up to so many bytes before they are written.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

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
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            let text = format!("this is a WebSocket, to be asked for as in RFC 6455: {rejection}");
            return problem::respond(Refusal::new(Code::InvalidRequest, text));
        }
    };
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(MAX_CLIENT_FRAME_BYTES)
        .max_frame_size(MAX_CLIENT_FRAME_BYTES)
        .on_upgrade(move |socket| serve(socket, state.engine, state.hub, state.metrics))
}
