//! People and devices as they are shown.

use chancery_wire::{DeviceId, UserId, signed::Kind};
use serde::{Deserialize, Serialize};

/// A person in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PersonView {
    /// Who.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// What the user is.
    pub kind: Kind,
    /// Hash of the user's picture, when this device has it.
    pub picture: Option<String>,
}

/// A device of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DeviceView {
    /// Which.
    pub device: DeviceId,
    /// What its owner calls it.
    pub label: String,
    /// The device that runs this.
    pub this: bool,
    /// When it was registered, in milliseconds since 1970.
    pub added_at_ms: u64,
    /// Last connected, in days since 1970.
    pub last_seen_day: Option<u64>,
    /// It was removed and is cut off, and the relay is still taking it out of groups; so far it is.
    pub removing: Option<RemovingView>,
}

/// How far the removal of a device is, in groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RemovingView {
    /// Groups that it is out of, or proposed for removal in.
    pub done: u64,
    /// Groups that it was in when it was removed.
    pub total: u64,
}

/// Numbers that two people compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SafetyNumber {
    /// The other one.
    pub user: UserId,
    /// Twelve groups of five digits, the same on both sides.
    pub digits: String,
    /// Compared in person, and the key hasn't changed since.
    pub verified: bool,
}

/// Who one is on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AccountView {
    /// Who.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// This device.
    pub device: DeviceId,
    /// This device's label.
    pub label: String,
    /// The organisation's name.
    pub organisation: String,
    /// The relay's address.
    pub relay: String,
    /// SHA-256 of the organisation's root key, in hexadecimal.
    pub root_fingerprint: String,
    /// Version of the policy in force.
    pub policy_version: u64,
    /// Hash of one's own picture.
    pub picture: Option<String>,
}

/// A device link under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LinkView {
    /// Its rendezvous.
    pub link: chancery_wire::LinkId,
    /// This device is the new one.
    pub new_device: bool,
    /// On the device that approved it: the new device, once the relay has listed it; before that nobody knows whether it comes.
    pub arrived: bool,
    /// The approval is being taken back.
    pub ending: bool,
    /// When it began, in milliseconds since 1970.
    pub started_at_ms: u64,
    /// Messages of the history handed over so far; absent without a history.
    pub messages: Option<u64>,
    /// All of them; 0 while unknown.
    pub total: u64,
}
