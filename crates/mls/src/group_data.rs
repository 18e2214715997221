//! What every member agrees on about a group: a GroupContext extension of private-use type 0xF0C2, CBOR, required of all members.

use chancery_wire::UserId;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// MLS extension type of [`GroupData`] (private use, RFC 9420 section 17.3).
pub const GROUP_DATA_EXTENSION: u16 = 0xF0C2;

/// Kind of conversation; never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// Two people.
    #[n(0)]
    Direct,
    /// Any number of people.
    #[n(1)]
    Group,
}

/// What a user may do in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, writes, changes members, roles and data.
    #[n(0)]
    Admin,
    /// Reads and writes.
    #[n(1)]
    Member,
    /// Reads.
    #[n(2)]
    Reader,
}

/// The data.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GroupData {
    /// Kind.
    #[n(0)]
    pub kind: GroupKind,
    /// Users and their roles: every leaf's user stands here.
    #[n(1)]
    pub roles: BTreeMap<UserId, Role>,
    /// Stated purpose; may be empty.
    #[n(2)]
    pub purpose: String,
    /// Classification; may be empty.
    #[n(3)]
    pub classification: String,
    /// Version of the organisation's policy that the last change was made under.
    #[n(4)]
    pub policy_version: u64,
    /// Recorders that policy allows here.
    #[n(5)]
    pub recorders: Vec<UserId>,
}
