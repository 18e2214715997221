//! A client's groups. Every method works in the caller's transaction (`store`).
//!
//! The message secrets of a large group are megabytes when written, so they are written once per transaction, by
//! [`Group::flush`], not once per message: **whoever encrypted or processed has to flush before the transaction commits.**

use crate::{Device, GroupData, MlsError, MlsStore, Trust, VerifiedKeyPackage, rules::{Actor, Change, Leaf}};
use chancery_wire::{GroupId, signed::Suite};

/// A group loaded into memory. Drop it when the transaction is rolled back, and load it again.
pub struct Group {
    // implementer: MlsGroup, leaves cache, dirty flag
}

/// A new group, to be registered at the relay.
pub struct Created {
    /// The group.
    pub group: Group,
    /// GroupInfo of epoch 0 (MLSMessage), without the tree.
    pub group_info: Vec<u8>,
    /// The ratchet tree.
    pub tree: Vec<u8>,
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

/// A Welcome that was opened but not yet joined: shows what it leads to.
pub struct Join {
    // implementer: StagedWelcome
}

/// An external commit that was made, for rejoining.
pub struct Rejoin {
    /// The group, joined as soon as the relay accepts ([`Group::confirm_rejoin`] has nothing to merge; the group is
    /// stored under its id at once, so make it in a transaction that also notes the pending state).
    pub group: Group,
    /// The commit and the new GroupInfo.
    pub committed: Committed,
}

impl Group {
    /// Makes a group with one's own leaf only. `data.roles` has to name all users who will be added.
    pub fn create(
        store: &dyn MlsStore, device: &Device, trust: &Trust, id: &GroupId, suite: Suite, data: GroupData,
    ) -> Result<Created, MlsError> {
        let _ = (store, device, trust, id, suite, data);
        todo!()
    }

    /// Loads a group.
    pub fn load(store: &dyn MlsStore, trust: &Trust, id: &GroupId) -> Result<Self, MlsError> {
        let _ = (store, trust, id);
        todo!()
    }

    /// Forgets a group's secrets and state.
    pub fn delete(self, store: &dyn MlsStore) -> Result<(), MlsError> {
        let _ = store;
        todo!()
    }

    /// Id.
    pub fn id(&self) -> &GroupId {
        todo!()
    }
    /// Epoch.
    pub fn epoch(&self) -> u64 {
        todo!()
    }
    /// Suite.
    pub fn suite(&self) -> Suite {
        todo!()
    }
    /// Data.
    pub fn data(&self) -> &GroupData {
        todo!()
    }
    /// Leaves, by index.
    pub fn leaves(&self) -> &[Leaf] {
        todo!()
    }
    /// One's own leaf; an error when removed.
    pub fn own_leaf(&self) -> Result<&Leaf, MlsError> {
        todo!()
    }
    /// Whether one's own leaf is still in the tree.
    pub fn is_member(&self) -> bool {
        todo!()
    }
    /// Proposals that wait for a commit.
    pub fn pending_proposals(&self) -> Vec<Change> {
        todo!()
    }
    /// Whether a commit of our own waits.
    pub fn has_pending_commit(&self) -> bool {
        todo!()
    }
    /// Epoch authenticator (RFC 9420 section 8.7): equal for all who are in the same state.
    pub fn epoch_authenticator(&self) -> Vec<u8> {
        todo!()
    }
    /// Whether our leaf still has the key package's encryption key, i.e. we never committed with a path since joining.
    pub fn needs_self_update(&self) -> bool {
        todo!()
    }
    /// Exports a secret (RFC 9420 section 8.5), 32 bytes.
    pub fn export_secret(&self, label: &str, context: &[u8]) -> Result<[u8; 32], MlsError> {
        let _ = (label, context);
        todo!()
    }

    /// Encrypts content as a PrivateMessage. [`MlsError::PendingProposals`] when a commit has to come first.
    pub fn encrypt(&mut self, store: &dyn MlsStore, device: &Device, content: &[u8], aad: &[u8]) -> Result<Vec<u8>, MlsError> {
        let _ = (store, device, content, aad);
        todo!()
    }

    /// Makes a commit with these additions, removals (leaf indexes) and new data, plus all pending proposals (those that
    /// became moot are dropped), with a fresh path. Nothing given: a self-update. Checks the rules first.
    pub fn commit(
        &mut self, store: &dyn MlsStore, device: &Device, trust: &Trust, add: &[VerifiedKeyPackage], remove: &[u32],
        data: Option<GroupData>,
    ) -> Result<Committed, MlsError> {
        let _ = (store, device, trust, add, remove, data);
        todo!()
    }

    /// Makes a Remove proposal (a PublicMessage) for a leaf, to be sent to the log; it is pending here too.
    pub fn propose_remove(&mut self, store: &dyn MlsStore, device: &Device, leaf: u32) -> Result<Vec<u8>, MlsError> {
        let _ = (store, device, leaf);
        todo!()
    }

    /// The relay accepted our commit and it came in the log: enters the new epoch. Returns what it changed.
    pub fn merge_pending_commit(&mut self, store: &dyn MlsStore, trust: &Trust) -> Result<Vec<Change>, MlsError> {
        let _ = (store, trust);
        todo!()
    }

    /// Another commit won, or ours was refused for good: forgets ours. Pending proposals stay.
    pub fn clear_pending_commit(&mut self, store: &dyn MlsStore) -> Result<(), MlsError> {
        let _ = store;
        todo!()
    }

    /// Processes a message of somebody else from the log. Verifies chains of new and changed leaves, and the rules. On any error
    /// nothing of the group has changed. A commit of another device clears our pending commit.
    pub fn process(&mut self, store: &dyn MlsStore, trust: &Trust, body: &[u8], now_seconds: u64) -> Result<Processed, MlsError> {
        let _ = (store, trust, body, now_seconds);
        todo!()
    }

    /// Writes the message secrets if they changed since the last time.
    pub fn flush(&mut self, store: &dyn MlsStore) -> Result<(), MlsError> {
        let _ = store;
        todo!()
    }

    /// Makes an external commit that replaces our old leaf (same device). Verifies the whole tree, the GroupInfo's signature by
    /// a verified member, and the group's data. The old state of the group under this id is replaced.
    /// `at_least_epoch` refuses a stale GroupInfo.
    pub fn rejoin(
        store: &dyn MlsStore, device: &Device, trust: &Trust, group_info: &[u8], tree: &[u8], at_least_epoch: u64,
    ) -> Result<Rejoin, MlsError> {
        let _ = (store, device, trust, group_info, tree, at_least_epoch);
        todo!()
    }
}

impl Join {
    /// Opens a Welcome with the tree from the relay. Verifies every leaf's chain and the rules' invariants on the tree (each leaf's
    /// user has a role, no device twice, the relay's key is the only external sender).
    pub fn open(store: &dyn MlsStore, device: &Device, trust: &Trust, welcome: &[u8], tree: &[u8]) -> Result<Self, MlsError> {
        let _ = (store, device, trust, welcome, tree);
        todo!()
    }

    /// Who added us.
    pub fn sender(&self) -> &Leaf {
        todo!()
    }
    /// Group.
    pub fn id(&self) -> &GroupId {
        todo!()
    }
    /// Epoch.
    pub fn epoch(&self) -> u64 {
        todo!()
    }

    /// Joins.
    pub fn accept(self, store: &dyn MlsStore) -> Result<Group, MlsError> {
        let _ = store;
        todo!()
    }
}
