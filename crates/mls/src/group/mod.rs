//! A client's groups. Every method works in the caller's transaction (`store`).
//!
//! The message secrets of a large group are megabytes when written, so they are written once per transaction, by
//! [`Group::flush`], not once per message: **whoever encrypted or processed has to flush before the transaction commits.**
//!
//! **Invariant:** what comes from outside is checked completely before anything of the group changes, in memory or in the store; so a refused
//! message leaves the group as it was. A fault of the store or of OpenMLS while merging ([`MlsError::Store`],
//! [`MlsError::Internal`]) may leave it half changed: roll back, drop the [`Group`] and load it again.

mod commit;
mod create;
mod encrypt;
mod export;
mod join;
mod load;
mod merge;
mod process;
mod propose;
mod rejoin;

pub use create::Created;
pub use join::Join;
pub use rejoin::Rejoin;

use crate::{
    GroupData, MlsError,
    commit_check::{self, Before, Checked, Judge},
    context, leaf,
    rules::{Actor, Change, Leaf},
};
use chancery_wire::{
    GroupId,
    limits::PAST_EPOCHS_KEPT,
    signed::{Suite, VerifiedDevice},
};
use openmls::group::{MlsGroup, MlsGroupJoinConfig, PURE_PLAINTEXT_WIRE_FORMAT_POLICY, PastEpochDeletionPolicy};
use openmls::prelude::{Credential, LeafNodeIndex, SenderRatchetConfiguration};

/// A message may come this many generations late, after later ones of the same sender.
const OUT_OF_ORDER_GENERATIONS: u32 = 100;
/// A message may come this many generations early: a member who was offline, and skips what expired, still reads on.
const FORWARD_GENERATIONS: u32 = 20_000;

/// A group loaded into memory. Drop it when the transaction is rolled back, and load it again.
pub struct Group {
    mls: MlsGroup,
    id: GroupId,
    suite: Suite,
    data: GroupData,
    leaves: Vec<Leaf>,
    /// The message secrets in memory are newer than those in the store.
    dirty: bool,
}

/// A commit that was made and waits for the relay's answer; the group is still in its old epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Epoch it was made in.
    pub epoch: u64,
    /// The commit (MLSMessage).
    pub commit: Vec<u8>,
    /// The Welcome (MLSMessage), when devices are added.
    pub welcome: Option<Vec<u8>>,
    /// GroupInfo of the new epoch (MLSMessage), without the tree.
    pub group_info: Vec<u8>,
}

/// What came of a message from the log.
#[derive(Debug)]
pub enum Processed {
    /// Content.
    Application {
        /// The sending leaf at the time of sending (resolved in the message's own epoch).
        sender: Leaf,
        /// Epoch of the message.
        epoch: u64,
        /// The content's bytes.
        content: Vec<u8>,
        /// MLS authenticated data.
        aad: Vec<u8>,
    },
    /// A proposal that is now pending.
    Proposal {
        /// Who made it.
        actor: Actor,
        /// What it would change.
        change: Change,
    },
    /// A commit, merged; the group is in the next epoch.
    Commit {
        /// Who made it.
        actor: Actor,
        /// What it changed.
        changes: Vec<Change>,
        /// Our own leaf was removed.
        removed: bool,
    },
}

impl Group {
    /// Id.
    pub fn id(&self) -> &GroupId {
        &self.id
    }

    /// Epoch.
    pub fn epoch(&self) -> u64 {
        self.mls.epoch().as_u64()
    }

    /// Suite.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Data.
    pub fn data(&self) -> &GroupData {
        &self.data
    }

    /// Leaves, by index.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// One's own leaf; an error when removed.
    pub fn own_leaf(&self) -> Result<&Leaf, MlsError> {
        if !self.is_member() {
            return Err(MlsError::NotMember);
        }
        leaf::find(&self.leaves, self.mls.own_leaf_index().u32()).ok_or(MlsError::NotMember)
    }

    /// Whether one's own leaf is still in the tree.
    pub fn is_member(&self) -> bool {
        self.mls.is_active()
    }

    /// Proposals that wait for a commit.
    pub fn pending_proposals(&self) -> Vec<Change> {
        self.pending().map(|pending| pending.into_iter().map(|(_, change)| change).collect()).unwrap_or_default()
    }

    /// Whether a commit of our own waits.
    pub fn has_pending_commit(&self) -> bool {
        self.mls.pending_commit().is_some()
    }

    /// Leaf index and change of each pending proposal.
    fn pending(&self) -> Result<Vec<(u32, Change)>, MlsError> {
        commit_check::pending(&self.leaves, self.mls.pending_proposals())
    }

    fn before<'a>(
        &'a self,
        judge: Judge<'a>,
        credential: &'a dyn Fn(u32) -> Option<Credential>,
    ) -> Result<Before<'a>, MlsError> {
        Ok(Before {
            data: &self.data,
            leaves: &self.leaves,
            extensions: self.mls.extensions(),
            pending: self.pending()?.into_iter().map(|(index, _)| index).collect(),
            judge,
            credential,
        })
    }

    fn credential_at(&self, index: u32) -> Option<Credential> {
        self.mls.member(LeafNodeIndex::new(index)).cloned()
    }

    /// The device that acts is the one whose leaf this is.
    fn check_own(&self, device: &VerifiedDevice) -> Result<&Leaf, MlsError> {
        let own = self.own_leaf()?;
        if own.user == device.user && own.device == device.device {
            Ok(own)
        } else {
            Err(MlsError::Mismatch("the group belongs to another device"))
        }
    }

    /// Takes over what a merged commit changed.
    fn entered(&mut self, checked: &Checked) -> Result<(), MlsError> {
        self.data = checked.data.clone();
        let replaced = |leaf: &Leaf| {
            checked.committer == Some(leaf.index)
                || checked.changes.iter().any(|change| {
                    matches!(change, Change::Remove { user, device, .. } if *user == leaf.user && *device == leaf.device)
                })
        };
        let nodes = self.mls.treesync().full_leaves();
        self.leaves = leaf::read_all(nodes, &self.leaves, |leaf| !replaced(leaf))?;
        self.dirty = true;
        Ok(())
    }

    fn from_mls(mls: MlsGroup, leaves: Vec<Leaf>) -> Result<Self, MlsError> {
        Ok(Self {
            id: crate::message::group_id(mls.group_id().as_slice())?,
            suite: context::suite(mls.ciphersuite())?,
            data: context::read(mls.extensions())?,
            leaves,
            dirty: false,
            mls,
        })
    }
}

fn sender_ratchet() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(OUT_OF_ORDER_GENERATIONS, FORWARD_GENERATIONS)
}

fn past_epochs() -> PastEpochDeletionPolicy {
    PastEpochDeletionPolicy::MaxEpochs(PAST_EPOCHS_KEPT)
}

fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .set_past_epoch_deletion_policy(past_epochs())
        .sender_ratchet_configuration(sender_ratchet())
        .use_ratchet_tree_extension(false)
        .build()
}
