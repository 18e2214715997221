//! Authentication of devices: a challenge, signed with the device key.

use crate::{
    Base64,
    ids::{DeviceId, Domain, UserId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A challenge to sign. `POST /v1/auth/challenges`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Challenge {
    /// Random bytes; good for one session, for [`crate::limits::CHALLENGE_LIFETIME_SECONDS`].
    pub challenge: Base64,
}

/// Opens a session. `POST /v1/auth/sessions`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenSession {
    /// The user.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// The challenge.
    pub challenge: Base64,
    /// Ed25519 signature of [`challenge_statement`] by the device key.
    pub signature: Base64,
}

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Bearer token (RFC 6750) for the `Authorization` header.
    pub token: String,
    /// Seconds until it ends.
    pub expires_in_seconds: u64,
}

/// What a device signs. MLS signs with a label that starts with `MLS 1.0`, COSE with an array, so that a signature for one
/// never serves for another.
pub fn challenge_statement(domain: &Domain, user: &UserId, device: &DeviceId, challenge: &[u8]) -> Vec<u8> {
    let mut statement = b"chancery authentication v1\0".to_vec();
    for part in [domain.as_str().as_bytes(), user.as_str().as_bytes(), device.as_bytes(), challenge] {
        statement.extend_from_slice(&(part.len() as u32).to_be_bytes());
        statement.extend_from_slice(part);
    }
    statement
}
