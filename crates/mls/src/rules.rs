//! The group's rules: who may change what. Pure; the same on client and relay.

use crate::group_data::GroupData;
use chancery_wire::{DeviceId, UserId, signed::Kind};
use thiserror::Error;

/// A leaf, as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Position in the tree.
    pub index: u32,
    /// The user.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// What the user is, from the certificate.
    pub kind: Kind,
    /// Display name, from the certificate.
    pub name: String,
}

/// Who makes a commit or proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A member's device.
    Member {
        /// The user.
        user: UserId,
        /// The device.
        device: DeviceId,
    },
    /// A member's device that joins anew by an external commit.
    Rejoiner {
        /// The user.
        user: UserId,
        /// The device.
        device: DeviceId,
    },
    /// The relay, by an external proposal.
    Relay,
}

/// One change, from a proposal in a commit (inline or by reference) or from a proposal on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A leaf is added.
    Add {
        /// The user.
        user: UserId,
        /// The device.
        device: DeviceId,
        /// What the user is.
        kind: Kind,
    },
    /// A leaf is removed.
    Remove {
        /// The user.
        user: UserId,
        /// The device.
        device: DeviceId,
        /// Who proposed it, when that is not the committer.
        proposed_by: Option<Actor>,
    },
    /// The group data is replaced.
    SetData(GroupData),
}

/// A rule that a change would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Violation {
    /// Placeholder list, to be completed by the implementer; each variant is a sentence for people.
    #[error("only an admin of the group may do this")]
    NotAdmin,
}

/// Decides whether `actor` may make `changes` together in a group with this data and these leaves.
pub fn decide(data: &GroupData, leaves: &[Leaf], actor: &Actor, changes: &[Change]) -> Result<(), Violation> {
    let _ = (data, leaves, actor, changes);
    todo!()
}
