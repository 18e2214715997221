//! Reading what the device holds. Pure reads in a transaction; no network.

use crate::{
    api::{AccountView, ConversationView, DeviceView, MemberView, MessageView, SafetyNumber, Warning},
    storage::{Fault, Tx},
};
use chancery_wire::{GroupId, MessageId, UserId, content::FileInfo, signed::Policy};

/// Who one is; `None` before joining.
pub fn account(tx: &dyn Tx) -> Result<Option<AccountView>, Fault> {
    let _ = tx;
    todo!()
}

/// The organisation's policy in force.
pub fn policy(tx: &dyn Tx) -> Result<Option<Policy>, Fault> {
    let _ = tx;
    todo!()
}

/// Conversations, the one with the newest message first.
pub fn conversations(tx: &dyn Tx) -> Result<Vec<ConversationView>, Fault> {
    let _ = tx;
    todo!()
}

/// One conversation.
pub fn conversation(tx: &dyn Tx, group: &GroupId) -> Result<Option<ConversationView>, Fault> {
    let _ = (tx, group);
    todo!()
}

/// Members of a conversation.
pub fn members(tx: &dyn Tx, group: &GroupId) -> Result<Vec<MemberView>, Fault> {
    let _ = (tx, group);
    todo!()
}

/// At most `limit` messages before position `before_seq` (`None`: the newest, with those that wait at the end), oldest first.
pub fn messages(tx: &dyn Tx, group: &GroupId, before_seq: Option<u64>, limit: usize) -> Result<Vec<MessageView>, Fault> {
    let _ = (tx, group, before_seq, limit);
    todo!()
}

/// One message, with its conversation.
pub fn message(tx: &dyn Tx, id: &MessageId) -> Result<Option<(GroupId, MessageView)>, Fault> {
    let _ = (tx, id);
    todo!()
}

/// Messages whose id starts with these hexadecimal digits (at least 4), at most 10: for people who type ids.
pub fn messages_by_prefix(tx: &dyn Tx, prefix: &str) -> Result<Vec<MessageId>, Fault> {
    let _ = (tx, prefix);
    todo!()
}

/// Key, nonce and place of a message's file.
pub fn file(tx: &dyn Tx, id: &MessageId) -> Result<Option<FileInfo>, Fault> {
    let _ = (tx, id);
    todo!()
}

/// Full-text search, newest first.
pub fn search(tx: &dyn Tx, query: &str, limit: usize) -> Result<Vec<(GroupId, MessageView)>, Fault> {
    let _ = (tx, query, limit);
    todo!()
}

/// One's own devices, as last heard from the relay and verified.
pub fn devices(tx: &dyn Tx) -> Result<Vec<DeviceView>, Fault> {
    let _ = tx;
    todo!()
}

/// The safety number with a contact; `None` when nothing is known of the user yet.
pub fn safety_number(tx: &dyn Tx, user: &UserId) -> Result<Option<SafetyNumber>, Fault> {
    let _ = (tx, user);
    todo!()
}

/// How much waits to be sent or carried out: messages, changes of groups, links, history.
pub fn waiting(tx: &dyn Tx) -> Result<u64, Fault> {
    let _ = tx;
    todo!()
}

/// Warnings of all conversations, newest first, at most `limit`.
pub fn warnings(tx: &dyn Tx, limit: usize) -> Result<Vec<Warning>, Fault> {
    let _ = (tx, limit);
    todo!()
}
