//! May this actor make this commit?

use super::{Actor, Change, Leaf, Violation, invariants};
use crate::group_data::{GroupData, GroupKind, Role};
use chancery_wire::{UserId, signed::Kind};

/// Decides whether `actor` may make `changes` together in a group with this data and these leaves.
///
/// For [`Actor::Relay`], who proposes but never commits, it decides whether the relay may propose them.
pub fn decide(data: &GroupData, leaves: &[Leaf], actor: &Actor, changes: &[Change]) -> Result<(), Violation> {
    match actor {
        Actor::Relay => changes.iter().try_for_each(|change| match change {
            Change::Remove { user, device, .. } => find(leaves, user, device).map(|_| ()),
            _ => Err(Violation::RelayMayOnlyRemove),
        }),
        Actor::Rejoiner { user, device } => match changes {
            [Change::Remove { user: removed, device: leaf, proposed_by: None }]
                if removed == user && leaf == device =>
            {
                find(leaves, user, device).map(|_| ())
            }
            _ => Err(Violation::RejoinOnly),
        },
        Actor::Member { user, device } => {
            find(leaves, user, device).map_err(|_| Violation::NotMember)?;
            let role = data.role(user).ok_or(Violation::NotMember)?;
            Commit::read(data, leaves, changes)?.check(user, device, role, changes)
        }
    }
}

/// Checks that a commit that removes these leaves covers every pending removal.
pub fn check_pending(pending: &[u32], leaves: &[Leaf], changes: &[Change]) -> Result<(), Violation> {
    let covered = |index: &u32| {
        crate::leaf::find(leaves, *index).is_some_and(|leaf| {
            changes.iter().any(|change| {
                matches!(change, Change::Remove { user, device, .. } if *user == leaf.user && *device == leaf.device)
            })
        })
    };
    if pending.iter().all(covered) { Ok(()) } else { Err(Violation::PendingRemovals) }
}

/// The data that a commit with these changes has to set at least, when that differs from `data` as it is (or as `wanted`): people
/// who left by their own proposal lose their roles, and somebody remains administrator.
pub fn data_after(
    data: &GroupData,
    leaves: &[Leaf],
    changes: &[Change],
    wanted: Option<GroupData>,
) -> Option<GroupData> {
    let after = remaining(leaves, changes);
    let base = wanted.as_ref().unwrap_or(data);
    let needed = base.without_users(&leavers(changes, &after), &after);
    if needed == *data { wanted.map(|_| needed) } else { Some(needed) }
}

fn find<'a>(leaves: &'a [Leaf], user: &UserId, device: &chancery_wire::DeviceId) -> Result<&'a Leaf, Violation> {
    leaves.iter().find(|leaf| leaf.user == *user && leaf.device == *device).ok_or(Violation::UnknownLeaf)
}

/// The leaves that are there before and after.
fn remaining(leaves: &[Leaf], changes: &[Change]) -> Vec<Leaf> {
    let removed = |leaf: &Leaf| {
        changes.iter().any(
            |change| matches!(change, Change::Remove { user, device, .. } if *user == leaf.user && *device == leaf.device),
        )
    };
    leaves.iter().filter(|leaf| !removed(leaf)).cloned().collect()
}

/// Users who left: they proposed a removal of their own, and have no device left.
fn leavers(changes: &[Change], after: &[Leaf]) -> Vec<UserId> {
    let mut gone = Vec::new();
    for change in changes {
        if let Change::Remove { user, proposed_by: Some(Actor::Member { user: proposer, .. }), .. } = change
            && user == proposer
            && !gone.contains(user)
            && after.iter().all(|leaf| leaf.user != *user)
            && !changes.iter().any(|change| matches!(change, Change::Add { user: added, .. } if added == user))
        {
            gone.push(user.clone());
        }
    }
    gone
}

/// What a commit makes of a group.
struct Commit<'a> {
    before: &'a GroupData,
    data: &'a GroupData,
    /// The leaves that stay.
    remaining: Vec<Leaf>,
    /// All members afterwards.
    members: Vec<(&'a UserId, &'a chancery_wire::DeviceId, Kind)>,
    leavers: Vec<UserId>,
}

impl<'a> Commit<'a> {
    fn read(before: &'a GroupData, leaves: &'a [Leaf], changes: &'a [Change]) -> Result<Self, Violation> {
        let mut data = before;
        let mut set = false;
        let mut members: Vec<_> = leaves.iter().map(|leaf| (&leaf.user, &leaf.device, leaf.kind)).collect();
        for change in changes {
            match change {
                Change::Remove { user, device, .. } => {
                    let at = members.iter().position(|(u, d, _)| *u == user && *d == device);
                    members.swap_remove(at.ok_or(Violation::UnknownLeaf)?);
                }
                Change::SetData(_) if set => return Err(Violation::DataTwice),
                Change::SetData(new) => (data, set) = (new, true),
                Change::Add { .. } => {}
            }
        }
        for change in changes {
            if let Change::Add { user, device, kind } = change {
                members.push((user, device, *kind));
            }
        }
        let remaining = remaining(leaves, changes);
        let leavers = leavers(changes, &remaining);
        Ok(Self { before, data, remaining, members, leavers })
    }

    fn check(
        &self,
        actor: &UserId,
        own_device: &chancery_wire::DeviceId,
        role: Role,
        changes: &[Change],
    ) -> Result<(), Violation> {
        for change in changes {
            match change {
                Change::Add { user, .. } if user == actor => {}
                Change::Add { user, .. } => match (role, self.before.roles.contains_key(user)) {
                    (Role::Admin, _) | (Role::Member, true) => {}
                    (Role::Reader, _) => return Err(Violation::ReaderChange),
                    (Role::Member, false) if self.before.kind == GroupKind::Direct => {
                        return Err(Violation::DirectMembers);
                    }
                    (Role::Member, false) => return Err(Violation::NotAdmin),
                },
                Change::Remove { user, device, .. } if user == actor && device == own_device => {
                    return Err(Violation::OwnRemoval);
                }
                Change::Remove { user, proposed_by, .. } => match proposed_by {
                    _ if user == actor => {}
                    Some(Actor::Relay) => {}
                    Some(Actor::Member { user: proposer, .. }) if proposer == user => {}
                    Some(_) => return Err(Violation::ForeignProposal),
                    None if role == Role::Admin => {}
                    None if role == Role::Reader => return Err(Violation::ReaderChange),
                    None => return Err(Violation::NotAdmin),
                },
                Change::SetData(_) => {}
            }
        }
        self.check_data(role)?;
        invariants::check(self.data, &self.members)
    }

    fn check_data(&self, role: Role) -> Result<(), Violation> {
        if self.data.kind != self.before.kind {
            return Err(Violation::KindChanged);
        }
        if self.before.kind == GroupKind::Direct {
            return if self.data.roles != self.before.roles {
                Err(Violation::DirectMembers)
            } else if self.data != self.before {
                Err(Violation::NotAdmin)
            } else {
                Ok(())
            };
        }
        if self.leavers.iter().any(|user| self.data.roles.contains_key(user)) {
            return Err(Violation::LeaverKeepsRole);
        }
        if role == Role::Admin {
            return Ok(());
        }
        let needed = self.before.without_users(&self.leavers, &self.remaining);
        if *self.data == needed {
            Ok(())
        } else if self.data == self.before {
            // Nobody left, so what is missing is the successor.
            Err(Violation::NoAdmin)
        } else if role == Role::Reader {
            Err(Violation::ReaderChange)
        } else {
            Err(Violation::NotAdmin)
        }
    }
}
