//! What holds in every state of a group.

use super::{Leaf, Violation};
use crate::group_data::{
    GroupData, GroupKind, MAX_CLASSIFICATION_BYTES, MAX_PURPOSE_BYTES, MAX_RECORDERS, MAX_ROLES, Role,
};
use chancery_wire::{DeviceId, UserId, limits::MAX_GROUP_LEAVES, signed::Kind};
use std::collections::HashSet;

/// A leaf after a change; added ones have no position yet.
pub(super) type Member<'a> = (&'a UserId, &'a DeviceId, Kind);

/// Checks a group as it is: a new one, or one that we join.
pub fn check_state(data: &GroupData, leaves: &[Leaf]) -> Result<(), Violation> {
    let members: Vec<Member<'_>> = leaves.iter().map(|leaf| (&leaf.user, &leaf.device, leaf.kind)).collect();
    check(data, &members)
}

pub(super) fn check(data: &GroupData, members: &[Member<'_>]) -> Result<(), Violation> {
    if data.purpose.len() > MAX_PURPOSE_BYTES
        || data.classification.len() > MAX_CLASSIFICATION_BYTES
        || data.recorders.len() > MAX_RECORDERS
        || data.roles.len() > MAX_ROLES
    {
        return Err(Violation::DataTooLarge);
    }
    if members.len() > MAX_GROUP_LEAVES {
        return Err(Violation::TooManyLeaves);
    }
    let mut seen = HashSet::with_capacity(members.len());
    for (user, device, kind) in members {
        if !seen.insert((user, device)) {
            return Err(Violation::DeviceTwice);
        }
        if !data.roles.contains_key(*user) {
            return Err(Violation::UserWithoutRole);
        }
        if *kind == Kind::Recorder && !data.recorders.contains(user) {
            return Err(Violation::RecorderNotAllowed);
        }
    }
    match data.kind {
        GroupKind::Direct => {
            if data.roles.len() != 2 || data.roles.values().any(|role| *role != Role::Member) {
                return Err(Violation::DirectMembers);
            }
        }
        GroupKind::Group => {
            // A recorder never is an administrator; a group of recorders only has nobody to make one.
            let needs_admin = members.iter().any(|(_, _, kind)| *kind != Kind::Recorder);
            if needs_admin && !data.has_admin(members.iter().map(|(user, _, _)| *user)) {
                return Err(Violation::NoAdmin);
            }
        }
    }
    Ok(())
}
