//! Links into groups: what is known of a group's link, requests in a 1:1 that wait for their answer, and what this person asked for.

use super::{SCAN_LIMIT, decode, load, save, scan_prefix};
use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};
use chancery_wire::{GroupId, MessageId, UserId, content::GroupToken};
use minicbor::{Decode, Encode};

/// What this device knows of a group's link. Where it knows nothing, nobody has made one, or nobody has told it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct GroupLinkState {
    /// `None`: there is no link.
    #[n(0)]
    pub token: Option<GroupToken>,
    /// The epoch that the last person's going began: a link from before it doesn't count.
    #[n(1)]
    pub since_epoch: u64,
}

/// A request that wasn't answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct OpenRequest {
    #[n(0)]
    pub id: MessageId,
    #[n(1)]
    pub group: GroupId,
    #[n(2)]
    pub from: UserId,
}

/// Requests in a 1:1, the same on every device of both that has read its log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct JoinRequests {
    /// Minutes since 1970 (of the relay's clock) at the last request.
    #[n(0)]
    pub minute: u64,
    /// Requests in that minute.
    #[n(1)]
    pub count: u32,
    #[n(2)]
    pub open: Vec<OpenRequest>,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum AskedOutcome {
    #[n(0)]
    LetIn,
    #[n(1)]
    Refused,
    /// It could not be sent.
    #[n(2)]
    NotSent,
}

/// This person wants to be let into a group; the last time for each group.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Asked {
    #[n(0)]
    pub group: GroupId,
    #[n(1)]
    pub admin: UserId,
    #[n(2)]
    pub token: GroupToken,
    /// The request, once it stands in the outbox of the 1:1.
    #[n(3)]
    pub request: Option<MessageId>,
    #[n(4)]
    pub outcome: Option<AskedOutcome>,
}

const ASKED: &[u8] = b"asked/";

fn key(group: &GroupId) -> Vec<u8> {
    [ASKED, group.as_str().as_bytes()].concat()
}

impl Asked {
    pub fn load(tx: &dyn Tx, group: &GroupId) -> Result<Option<Self>, CoreError> {
        load(tx, Table::Meta, &key(group), "asked")
    }

    pub fn save(&self, tx: &dyn Tx) -> Result<(), CoreError> {
        save(tx, Table::Meta, &key(&self.group), self)
    }

    pub fn delete(tx: &dyn Tx, group: &GroupId) -> Result<(), CoreError> {
        Ok(tx.delete(Table::Meta, &key(group))?)
    }

    /// Those that stand in no outbox yet.
    pub fn unsent(tx: &dyn Tx) -> Result<Vec<Self>, CoreError> {
        let mut unsent = Vec::new();
        for (_, value) in scan_prefix(tx, Table::Meta, ASKED, SCAN_LIMIT)? {
            let asked: Self = decode(&value, "asked")?;
            if asked.request.is_none() && asked.outcome.is_none() {
                unsent.push(asked);
            }
        }
        Ok(unsent)
    }
}
