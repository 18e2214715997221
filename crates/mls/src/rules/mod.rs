//! The group's rules: who may change what. Pure; the same on client and relay.
//!
//! | who | may |
//! |---|---|
//! | any member | add and remove devices of their own user; commit removals that the relay or the leaf's own user proposed |
//! | admin, member | add another device of a user who has a role |
//! | admin | add users (role and leaves in one commit), remove other users, change roles and data |
//! | a device that lost track | replace its own leaf by an external commit |
//! | the relay | propose removals |
//!
//! A user leaves by proposing the removal of all their leaves. Whoever commits that drops the user's role in the same commit and, when no
//! administrator with a device remains, makes the user of the lowest remaining leaf one. Removals that the relay proposes
//! keep the role, so that a replaced device needs no administrator.
//!
//! **Invariant:** every leaf's user has a role; no device is in the tree twice; a group has an administrator with a device in it; a
//! direct conversation has two members, always the same.

mod decide;
mod invariants;
mod propose;
mod violation;

pub use decide::{check_pending, data_after, decide};
pub use invariants::check_state;
pub use propose::decide_proposal;
pub use violation::Violation;

use crate::group_data::GroupData;
use chancery_wire::{DeviceId, UserId, signed::Kind};

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
    /// The user's identity key, from the certificate.
    pub identity_key: chancery_wire::signed::PublicKey,
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
