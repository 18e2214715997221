//! Changes of a group that wait to be carried out, and the commit under way.

use super::{Conversation, decode, next_number, save, scan_prefix};
use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};
use chancery_mls::Role;
use chancery_wire::{DeviceId, GroupId, ItemId, MessageId, UserId, content::GroupToken};
use minicbor::{Decode, Encode, bytes::ByteVec};

/// What is to be changed. Planned anew against the group's present state each time, until it is done or moot.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum OperationKind {
    /// Users and all their devices come in.
    #[n(0)]
    AddUsers {
        #[n(0)]
        users: Vec<UserId>,
    },
    /// Users and all their devices go.
    #[n(1)]
    RemoveUsers {
        #[n(0)]
        users: Vec<UserId>,
    },
    #[n(2)]
    SetRole {
        #[n(0)]
        user: UserId,
        #[n(1)]
        role: Role,
    },
    /// Devices of one's own user that aren't in the group yet come in.
    #[n(3)]
    AddOwnDevices,
    /// Commit what others proposed (removals by the relay, leavers).
    #[n(4)]
    CommitPending,
    /// Propose the removal of one's own leaves.
    #[n(5)]
    Leave,
    /// Replace the key package's keys and fill the tree.
    #[n(6)]
    SelfUpdate,
    /// Own devices that the person removed go, whether the relay proposes it or not.
    #[n(7)]
    RemoveOwnDevices {
        #[n(0)]
        devices: Vec<DeviceId>,
    },
    /// Say anew what the group is for.
    #[n(8)]
    SetPurpose {
        #[n(0)]
        purpose: String,
    },
    /// Somebody asked in their 1:1 to be let in by the group's link.
    #[n(9)]
    LetIn {
        #[n(0)]
        user: UserId,
        #[n(1)]
        token: GroupToken,
        #[n(2)]
        direct: GroupId,
        #[n(3)]
        request: MessageId,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Operation {
    #[n(0)]
    pub kind: OperationKind,
    /// Not before this time, in milliseconds since 1970 (back-off).
    #[n(1)]
    pub not_before_ms: u64,
    /// Times the relay has refused it for another reason than the epoch.
    #[n(2)]
    pub refused: u32,
}

impl Operation {
    /// Queues one, unless the same is queued already.
    pub fn queue(
        tx: &dyn Tx,
        conversation: &Conversation,
        kind: OperationKind,
        not_before_ms: u64,
    ) -> Result<(), CoreError> {
        if Self::of(tx, conversation)?.iter().any(|(_, operation)| operation.kind == kind) {
            return Ok(());
        }
        let key = [&conversation.prefix()[..], &next_number(tx, "operation")?.to_be_bytes()].concat();
        save(tx, Table::Operation, &key, &Self { kind, not_before_ms, refused: 0 })
    }

    /// Those of a conversation, oldest first.
    pub fn of(tx: &dyn Tx, conversation: &Conversation) -> Result<Vec<(Vec<u8>, Self)>, CoreError> {
        scan_prefix(tx, Table::Operation, &conversation.prefix(), super::SCAN_LIMIT)?
            .into_iter()
            .map(|(key, value)| Ok((key, decode(&value, "operation")?)))
            .collect()
    }

    /// A person asked for it, so that somebody waits; the rest is housekeeping.
    pub fn is_wanted(&self) -> bool {
        !matches!(self.kind, OperationKind::SelfUpdate | OperationKind::CommitPending | OperationKind::AddOwnDevices)
    }

    pub fn save(&self, tx: &dyn Tx, key: &[u8]) -> Result<(), CoreError> {
        save(tx, Table::Operation, key, self)
    }

    pub fn delete(tx: &dyn Tx, key: &[u8]) -> Result<(), CoreError> {
        Ok(tx.delete(Table::Operation, key)?)
    }
}

/// A commit (or a leave proposal) that was made: its exact bytes, until the log or a definite refusal decides.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PendingCommit {
    #[n(0)]
    pub item: ItemId,
    #[n(1)]
    pub epoch: u64,
    #[n(2)]
    pub body: ByteVec,
    #[n(3)]
    pub welcome: Option<ByteVec>,
    #[n(4)]
    pub group_info: Option<ByteVec>,
    /// Key of the operation that it carries out.
    #[n(5)]
    pub operation: Option<ByteVec>,
    /// A rejoin by external commit.
    #[n(6)]
    pub rejoin: bool,
    /// A Remove proposal, for leaving.
    #[n(7)]
    pub proposal: bool,
}

impl PendingCommit {
    pub fn load(tx: &dyn Tx, conversation: &Conversation) -> Result<Option<Self>, CoreError> {
        super::load(tx, Table::PendingCommit, &conversation.prefix(), "pending commit")
    }

    pub fn save(&self, tx: &dyn Tx, conversation: &Conversation) -> Result<(), CoreError> {
        save(tx, Table::PendingCommit, &conversation.prefix(), self)
    }

    pub fn delete(tx: &dyn Tx, conversation: &Conversation) -> Result<(), CoreError> {
        Ok(tx.delete(Table::PendingCommit, &conversation.prefix())?)
    }
}
