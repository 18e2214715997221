//! Devices of a user, and their key packages.

use crate::{
    Base64,
    ids::{DeviceId, UserId},
    signed::Suite,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Key packages of one device, as MLS KeyPackage structures (not wrapped in MLSMessage).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct KeyPackages {
    /// Used once each; for any suite.
    pub ordinary: Vec<Base64>,
    /// One per suite, with the last_resort extension: used when no other is left. Replaces the former one of its suite.
    pub last_resort: Vec<Base64>,
}

/// How many ordinary key packages of one suite are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stock {
    /// The suite.
    pub suite: Suite,
    /// Ordinary ones left.
    pub ordinary: u32,
    /// Whether there is a last-resort one.
    pub last_resort: bool,
}

/// The stock per suite. `GET /v1/key-packages`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stocks {
    /// One entry per suite.
    pub stocks: Vec<Stock>,
}

/// Takes one key package of each device of each of these users, but none of the caller's own device. `POST /v1/key-packages/claims`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Claim {
    /// The suite of the group.
    pub suite: Suite,
    /// At most 250 users.
    pub users: Vec<UserId>,
}

/// A claimed key package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Claimed {
    /// The user.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// The MLS KeyPackage; absent when the device has none for the suite.
    pub key_package: Option<Base64>,
}

/// The answer to a [`Claim`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Claims {
    /// One entry per device.
    pub claimed: Vec<Claimed>,
    /// Users of the claim whom the relay doesn't know: the others are answered for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<UserId>,
}

/// Registers a linked device that another device of the user has admitted by its first message of a rendezvous
/// ([`crate::api::links::PostLinkMessage`]), or renews a known one's certificate. `POST /v1/devices`; the credential must lead to the
/// user's identity key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddDevice {
    /// The device's credential.
    pub credential: Base64,
    /// Its key packages.
    pub key_packages: KeyPackages,
}

/// A device of one's own, as the relay knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// Its credential, to be verified by the client.
    pub credential: Base64,
    /// When it was registered, in milliseconds since 1970.
    pub added_at_ms: u64,
    /// The day it was last connected, in days since 1970 (kept no finer on purpose).
    pub last_seen_day: Option<u64>,
}

/// One's own devices. `GET /v1/devices`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Devices {
    /// The devices that aren't removed.
    pub devices: Vec<Device>,
    /// Devices that were removed and are cut off, and whose removal isn't proposed in every group yet. Absent when there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removing: Vec<Removing>,
}

/// How far the removal of a device is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Removing {
    /// The device.
    pub device: DeviceId,
    /// Its credential, to be verified by the client.
    pub credential: Base64,
    /// Groups that it is proposed for removal in, or gone from.
    pub done: u64,
    /// Groups that it was in when it was removed.
    pub total: u64,
}
