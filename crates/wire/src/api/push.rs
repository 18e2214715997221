//! Push messages (RFC 8030): how a device that has no connection is woken. They carry nothing (docs/protocol/push.md).

use crate::Base64;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest endpoint, in bytes.
pub const MAX_ENDPOINT_BYTES: usize = 2048;
/// Bytes of a browser's public key: an uncompressed point of P-256.
pub const P256DH_BYTES: usize = 65;
/// Bytes of a browser's authentication secret.
pub const AUTH_BYTES: usize = 16;

/// The relay's key for push services. `GET /v1/push/key`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// The public VAPID key (RFC 8292): an uncompressed point of P-256. A browser subscribes with it as `applicationServerKey`.
    pub key: Base64,
}

/// Where the calling device is woken; replaces what it said before. `POST /v1/push/subscription`
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Subscription {
    /// The push resource's URL, of at most 2048 bytes. Whoever knows it can address the device, so it is never printed.
    pub endpoint: String,
    /// The browser's public key, 65 bytes (RFC 8291 section 2.1).
    pub p256dh: Base64,
    /// The browser's authentication secret, 16 bytes (RFC 8291 section 2.1).
    pub auth: Base64,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}
