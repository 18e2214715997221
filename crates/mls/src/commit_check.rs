//! What client and relay check about a commit or proposal before they take it over.
//!
//! **Invariant:** nothing is merged that did not pass [`commit`], nothing queued that did not pass [`proposal`].
//! **Invariant:** the verdict on an item depends on the log and the organisation's manifest, not on when or where it is read: no clock
//! is read here or below, times come from the log (docs/adr/0019).

use crate::{
    GroupData, MlsError, Trust, context, key_package, leaf,
    rules::{self, Actor, Change, Leaf, Violation},
};
use chancery_wire::{DeviceId, UserId, signed::Kind};
use openmls::{
    group::{GroupContext, QueuedProposal, StagedCommit},
    prelude::{Credential, Extensions, LeafNode, Proposal, ProposalOrRefType, Sender},
};
use std::ops::RangeInclusive;

/// At any time.
pub(crate) const ALWAYS: RangeInclusive<u64> = 0..=u64::MAX;

/// How leaves that come in are judged.
#[derive(Clone, Copy)]
pub(crate) enum Judge<'a> {
    /// By their chains, at the time that the log states or is about to state, in seconds since 1970.
    At(&'a Trust, u64),
    /// The relay accepted the item when it came: that verdict stands, whatever the manifest and the rules for leaves have become.
    Accepted,
}

/// A group before the change.
pub(crate) struct Before<'a> {
    pub(crate) data: &'a GroupData,
    pub(crate) leaves: &'a [Leaf],
    pub(crate) extensions: &'a Extensions<GroupContext>,
    /// Leaf indexes of pending removals.
    pub(crate) pending: Vec<u32>,
    pub(crate) judge: Judge<'a>,
    /// The credential of the leaf at this position.
    pub(crate) credential: &'a dyn Fn(u32) -> Option<Credential>,
}

/// A device whose leaf comes in.
struct Entering {
    user: UserId,
    device: DeviceId,
    kind: Kind,
    accepted_at: RangeInclusive<u64>,
}

impl Before<'_> {
    fn entering(&self, node: &LeafNode) -> Result<Entering, MlsError> {
        match self.judge {
            Judge::At(trust, seconds) => {
                let device = leaf::verify(trust, node.credential(), node.signature_key().as_slice(), Some(seconds))?;
                let accepted_at = device.accepted_at();
                Ok(Entering { user: device.user, device: device.device, kind: device.kind, accepted_at })
            }
            Judge::Accepted => {
                let leaf = leaf::read(0, node.credential())?;
                Ok(Entering { user: leaf.user, device: leaf.device, kind: leaf.kind, accepted_at: ALWAYS })
            }
        }
    }

    /// A leaf's certificate gives way to a newer one only: an older one, sent again, doesn't come back.
    fn check_newer(&self, replaced: &Leaf, node: &LeafNode) -> Result<(), MlsError> {
        let (Judge::At(..), Some(old)) = (self.judge, (self.credential)(replaced.index)) else { return Ok(()) };
        if old != *node.credential() && leaf::issued_at(node.credential())? < leaf::issued_at(&old)? {
            return Err(MlsError::Mismatch("the leaf's certificate is older than the one that it replaces"));
        }
        Ok(())
    }
}

/// A commit that may be merged.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) actor: Actor,
    pub(crate) changes: Vec<Change>,
    /// The data afterwards.
    pub(crate) data: GroupData,
    /// Leaf index of a member who committed.
    pub(crate) committer: Option<u32>,
    /// Pending removals that an external commit left out: they have to be proposed again.
    pub(crate) dropped: Vec<u32>,
    /// The times, in seconds since 1970, at which the verdict is the same.
    pub(crate) accepted_at: RangeInclusive<u64>,
}

/// Checks a commit that MLS accepts: who made it, every leaf that it brings in, and the rules.
pub(crate) fn commit(before: &Before<'_>, sender: &Sender, staged: &StagedCommit) -> Result<Checked, MlsError> {
    let path = staged.update_path_leaf_node();
    let path_device = path.map(|node| before.entering(node)).transpose()?;
    let mut accepted_at = path_device.as_ref().map_or(ALWAYS, |device| device.accepted_at.clone());
    let (actor, committer) = match sender {
        Sender::Member(index) => {
            let own = leaf::find(before.leaves, index.u32()).ok_or(Violation::NotMember)?;
            if path_device.as_ref().is_some_and(|device| device.user != own.user || device.device != own.device) {
                return Err(MlsError::Mismatch("a commit may not hand its leaf to another device"));
            }
            if let Some(node) = path {
                before.check_newer(own, node)?;
            }
            (Actor::Member { user: own.user.clone(), device: own.device }, Some(index.u32()))
        }
        Sender::NewMemberCommit => {
            let device = path_device.ok_or_else(|| MlsError::Refused("an external commit without a path".into()))?;
            let replaced = |leaf: &&Leaf| leaf.user == device.user && leaf.device == device.device;
            if let (Some(replaced), Some(node)) = (before.leaves.iter().find(replaced), path) {
                before.check_newer(replaced, node)?;
            }
            (Actor::Rejoiner { user: device.user, device: device.device }, None)
        }
        _ => return Err(MlsError::Refused("a commit of somebody who is no member".into())),
    };
    let mut changes = Vec::new();
    for queued in staged.queued_proposals() {
        if let Some(change) = change(before, &actor, queued, &mut accepted_at)? {
            changes.push(change);
        }
    }
    rules::decide(before.data, before.leaves, &actor, &changes)?;
    let dropped = check_pending(before, &actor, &changes)?;
    let data = changes.iter().find_map(|change| match change {
        Change::SetData(data) => Some(data.clone()),
        _ => None,
    });
    Ok(Checked { actor, changes, data: data.unwrap_or_else(|| before.data.clone()), committer, dropped, accepted_at })
}

/// A member's commit covers all pending removals. An external commit can't refer to proposals (RFC 9420 section 12.2), so
/// they end with its epoch; but it never brings back a leaf whose removal was pending.
fn check_pending(before: &Before<'_>, actor: &Actor, changes: &[Change]) -> Result<Vec<u32>, MlsError> {
    match actor {
        Actor::Rejoiner { user, device } => {
            let own = |index: &u32| {
                leaf::find(before.leaves, *index).is_some_and(|leaf| leaf.user == *user && leaf.device == *device)
            };
            if before.pending.iter().any(own) {
                return Err(Violation::PendingRemovals.into());
            }
            Ok(before.pending.clone())
        }
        _ => {
            rules::check_pending(&before.pending, before.leaves, changes)?;
            Ok(Vec::new())
        }
    }
}

fn change(
    before: &Before<'_>,
    actor: &Actor,
    queued: &QueuedProposal,
    accepted_at: &mut RangeInclusive<u64>,
) -> Result<Option<Change>, MlsError> {
    let inline = queued.proposal_or_ref_type() == ProposalOrRefType::Proposal;
    let external = matches!(actor, Actor::Rejoiner { .. });
    match queued.proposal() {
        Proposal::Add(add) if inline => {
            if matches!(before.judge, Judge::At(..)) {
                key_package::check_unlimited(add.key_package())?;
            }
            let device = before.entering(add.key_package().leaf_node())?;
            let (from, until) = (device.accepted_at.start(), device.accepted_at.end());
            *accepted_at = *accepted_at.start().max(from)..=*accepted_at.end().min(until);
            Ok(Some(Change::Add { user: device.user, device: device.device, kind: device.kind }))
        }
        Proposal::Remove(remove) => {
            let removed = leaf::find(before.leaves, remove.removed().u32()).ok_or(Violation::UnknownLeaf)?;
            let proposed_by = if inline { None } else { Some(proposer(before, queued.sender())?) };
            Ok(Some(Change::Remove {
                user: removed.user.clone(),
                device: removed.device,
                proposed_by: proposed_by.filter(|proposer| proposer != actor),
            }))
        }
        Proposal::GroupContextExtensions(proposal) if inline => {
            Ok(Some(Change::SetData(context::change(before.extensions, proposal.extensions())?)))
        }
        Proposal::ExternalInit(_) if inline && external => Ok(None),
        _ => Err(Violation::ProposalKind.into()),
    }
}

fn proposer(before: &Before<'_>, sender: &Sender) -> Result<Actor, MlsError> {
    match sender {
        // There is one external sender; OpenMLS verified that the index names it.
        Sender::External(_) => Ok(Actor::Relay),
        Sender::Member(index) => {
            let leaf = leaf::find(before.leaves, index.u32()).ok_or(Violation::NotMember)?;
            Ok(Actor::Member { user: leaf.user.clone(), device: leaf.device })
        }
        _ => Err(Violation::ProposalKind.into()),
    }
}

/// Checks a proposal on its own.
pub(crate) fn proposal(before: &Before<'_>, queued: &QueuedProposal) -> Result<(Actor, Change), MlsError> {
    let actor = proposer(before, queued.sender())?;
    let Proposal::Remove(remove) = queued.proposal() else {
        return Err(match actor {
            Actor::Relay => Violation::RelayMayOnlyRemove.into(),
            _ => Violation::ProposalKind.into(),
        });
    };
    let removed = leaf::find(before.leaves, remove.removed().u32()).ok_or(Violation::UnknownLeaf)?;
    let change = Change::Remove { user: removed.user.clone(), device: removed.device, proposed_by: None };
    rules::decide_proposal(before.data, before.leaves, &before.pending, &actor, &change)?;
    Ok((actor, change))
}

/// Pending proposals as changes, with who proposed them. All are removals that passed [`proposal`].
pub(crate) fn pending<'a>(
    leaves: &[Leaf],
    queued: impl Iterator<Item = &'a QueuedProposal>,
) -> Result<Vec<(u32, Change)>, MlsError> {
    queued
        .map(|queued| {
            let Proposal::Remove(remove) = queued.proposal() else {
                return Err(MlsError::Internal("a proposal other than a removal was queued".into()));
            };
            let index = remove.removed().u32();
            let removed = leaf::find(leaves, index).ok_or(Violation::UnknownLeaf)?;
            let proposed_by = match queued.sender() {
                Sender::Member(sender) => {
                    let leaf = leaf::find(leaves, sender.u32()).ok_or(Violation::NotMember)?;
                    Actor::Member { user: leaf.user.clone(), device: leaf.device }
                }
                _ => Actor::Relay,
            };
            let change =
                Change::Remove { user: removed.user.clone(), device: removed.device, proposed_by: Some(proposed_by) };
            Ok((index, change))
        })
        .collect()
}
