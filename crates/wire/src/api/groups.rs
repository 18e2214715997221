//! Groups: creating, appending to the log, reading it, and what joiners need.

use crate::{
    Base64,
    frames::{ItemKind, LogItem},
    ids::{GroupId, ItemId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Registers a group that so far has its creator's leaf only. `POST /v1/groups`. The same creator and the same bytes again succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreateGroup {
    /// The group.
    pub group: GroupId,
    /// GroupInfo of epoch 0, an MLSMessage, with the external_pub extension, without the tree.
    pub group_info: Base64,
    /// The ratchet tree.
    pub tree: Base64,
}

/// A group that the caller is or was in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupState {
    /// The group.
    pub group: GroupId,
    /// Its epoch.
    pub epoch: u64,
    /// Last item in the log.
    pub head: u64,
    /// The caller reads items after this one.
    pub joined_seq: u64,
    /// The caller reads items up to this one, its removal.
    pub removed_seq: Option<u64>,
}

/// The caller's groups. `GET /v1/groups`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Groups {
    /// The groups.
    pub groups: Vec<GroupState>,
}

/// Appends an item to the log. `POST /v1/groups/{group}/items`. The same item id from the same device again gets the stored answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Append {
    /// Chosen by the sender.
    pub item: ItemId,
    /// What it is.
    pub kind: ItemKind,
    /// Epoch it was made in.
    pub epoch: u64,
    /// The MLSMessage.
    pub body: Base64,
    /// With a commit: GroupInfo of the new epoch, an MLSMessage, with external_pub, without the tree.
    pub group_info: Option<Base64>,
    /// With a commit that adds devices: the MLS Welcome (as MLSMessage), without the tree.
    pub welcome: Option<Base64>,
    /// Nobody is to be woken by a push message for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet: bool,
}

/// The item is on the relay's disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Appended {
    /// Its position in the log.
    pub seq: u64,
    /// When the relay accepted it, in milliseconds since 1970.
    pub at_ms: u64,
}

/// A page of the log. `GET /v1/groups/{group}/items?after=&limit=`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogPage {
    /// Contiguous, in order.
    pub items: Vec<LogItem>,
    /// Last item in the log.
    pub head: u64,
}

/// The ratchet tree of an epoch, for a joiner. `GET /v1/groups/{group}/tree?epoch=`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tree {
    /// The ratchet tree (RFC 9420 section 12.4.3.3).
    pub tree: Base64,
}

/// What a member needs to rejoin by an external commit. `GET /v1/groups/{group}/group-info`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RejoinInfo {
    /// Epoch of the GroupInfo.
    pub epoch: u64,
    /// Position of the commit that began it, or of the last item that was deleted if that is later: to be read on from.
    pub seq: u64,
    /// The GroupInfo, an MLSMessage.
    pub group_info: Base64,
    /// The ratchet tree.
    pub tree: Base64,
}

/// Tells the relay that an item can't be processed, so that its operator can act. `POST /v1/groups/{group}/reports`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// The item.
    pub seq: u64,
    /// The reporter's epoch.
    pub epoch: u64,
    /// A stable word: `commit_invalid`, `fork`, `gap`, `rollback`.
    pub reason: String,
}
