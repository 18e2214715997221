//! Linking a device: a small mailbox in which a new device meets an existing one (docs/protocol/linking.md).

use crate::Base64;
use crate::ids::LinkId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Opens a rendezvous. `POST /v1/links`, for anybody, rate-limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenLink {
    /// The new device's request, at most 4096 bytes.
    pub request: Base64,
}

/// An open rendezvous.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// Its id: whoever knows it may read its messages, which are sealed.
    pub link: LinkId,
}

/// The new device's request. `GET /v1/links/{link}`, for an existing device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkRequest {
    /// The request's bytes.
    pub request: Base64,
}

/// A message from the existing device. `POST /v1/links/{link}/messages`. The first one binds the rendezvous to its sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PostLinkMessage {
    /// Position, from 0, without gaps; the same again with the same body succeeds.
    pub n: u32,
    /// Sealed; at most [`crate::limits::MAX_LINK_MESSAGE_BYTES`].
    pub body: Base64,
    /// SHA-256 of the new device's credential: the sender lets its owner register that device, once. Taken from the first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admits: Option<Base64>,
}

/// A message in a rendezvous.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkMessage {
    /// Position.
    pub n: u32,
    /// The sealed body.
    pub body: Base64,
}

/// Messages from `n` on, as many as fit into 4 MiB. `GET /v1/links/{link}/messages?from=`, for the new device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkMessages {
    /// In order.
    pub messages: Vec<LinkMessage>,
}
