//! The organisation's signed objects.

use crate::Base64;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The organisation's signed objects, for anybody. `GET /v1/organisation`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Organisation {
    /// The root public key; clients compare its fingerprint with the pinned one.
    pub root_key: Base64,
    /// The manifest, signed by the root.
    pub manifest: Base64,
    /// The policy, signed by a policy key.
    pub policy: Base64,
}

/// A new version of a signed object. `POST /v1/organisation/manifest`, `POST /v1/organisation/policy`: no other
/// authentication is needed than the object's own signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Publish {
    /// The signed object.
    pub object: Base64,
}
