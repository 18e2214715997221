//! What every member agrees on about a group: a GroupContext extension of private-use type 0xF0C2, CBOR, required of all members.

use crate::{MlsError, rules::Leaf};
use chancery_wire::{UserId, limits, signed::Kind};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// MLS extension type of [`GroupData`] (private use, RFC 9420 section 17.3).
pub const GROUP_DATA_EXTENSION: u16 = 0xF0C2;

/// Kind of conversation; never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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

/// Longest purpose, in bytes.
pub const MAX_PURPOSE_BYTES: usize = 1024;
/// Longest classification, in bytes.
pub const MAX_CLASSIFICATION_BYTES: usize = 128;
/// Recorders named by one group.
pub const MAX_RECORDERS: usize = 16;
/// Users named by one group: as many as it may have leaves.
pub const MAX_ROLES: usize = limits::MAX_GROUP_LEAVES;

impl Role {
    /// Whether the role allows application messages. The relay can't read who sent one inside the encryption, but it knows which
    /// session brings it.
    pub fn may_write(self) -> bool {
        !matches!(self, Role::Reader)
    }
}

impl GroupData {
    /// Its bytes in the extension.
    pub fn to_vec(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to a Vec can't fail")
    }

    /// Reads those bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, MlsError> {
        let mut decoder = minicbor::Decoder::new(bytes);
        let data = decoder.decode().map_err(|error| MlsError::Malformed(format!("group data: {error}")))?;
        if decoder.position() == bytes.len() {
            Ok(data)
        } else {
            Err(MlsError::Malformed("group data: bytes follow".into()))
        }
    }

    /// A user's role.
    pub fn role(&self, user: &UserId) -> Option<Role> {
        self.roles.get(user).copied()
    }

    /// The data after these users left or were removed: they lose their roles and, when no administrator with a device remains, the
    /// user of the lowest of the remaining leaves becomes one. `leaves_after` are the leaves that remain, by index.
    ///
    /// A member of the organisation comes before guests and bots; a recorder never becomes an administrator. In a direct
    /// conversation nothing changes: its two roles are fixed.
    pub fn without_users(&self, gone: &[UserId], leaves_after: &[Leaf]) -> GroupData {
        let mut data = self.clone();
        if self.kind == GroupKind::Direct {
            return data;
        }
        data.roles.retain(|user, _| !gone.contains(user));
        if !data.has_admin(leaves_after.iter().map(|leaf| &leaf.user)) {
            let eligible = |leaf: &&Leaf| data.roles.contains_key(&leaf.user);
            let successor = leaves_after
                .iter()
                .filter(eligible)
                .find(|leaf| leaf.kind == Kind::Member)
                .or_else(|| leaves_after.iter().filter(eligible).find(|leaf| leaf.kind != Kind::Recorder));
            if let Some(leaf) = successor {
                data.roles.insert(leaf.user.clone(), Role::Admin);
            }
        }
        data
    }

    /// Whether one of these users, who have devices in the group, is an administrator.
    pub(crate) fn has_admin<'a>(&self, mut users: impl Iterator<Item = &'a UserId>) -> bool {
        users.any(|user| self.role(user) == Some(Role::Admin))
    }
}
