//! Invitations, joining, and the directory of users.

use crate::{Base64, api::devices::KeyPackages, ids::UserId, signed::Kind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Registers an invitation; its signature by an enrolment key is the authorisation. `POST /v1/invitations`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invite {
    /// The signed invitation.
    pub invitation: Base64,
}

/// What the relay knows of an invitation. `GET /v1/invitations/{id}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationState {
    /// The signed invitation.
    pub invitation: Base64,
    /// Somebody joined with it.
    pub used: bool,
}

/// Joins with an invitation: makes the user and the first device. `POST /v1/users`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Join {
    /// The device's credential ([`crate::signed::Credential`]); its chain is the authorisation.
    pub credential: Base64,
    /// Key packages of the first device.
    pub key_packages: KeyPackages,
}

/// A user in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// The user.
    pub user: UserId,
    /// Display name, from the invitation.
    pub name: String,
    /// What the user is.
    pub kind: Kind,
    /// Credentials of the devices, to be verified by the client.
    pub credentials: Vec<Base64>,
}

/// Users by name or id. `GET /v1/users?query=` and `GET /v1/users/{user}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Users {
    /// At most 100.
    pub users: Vec<User>,
}
