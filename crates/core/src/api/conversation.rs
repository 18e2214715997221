//! Conversations as they are shown.

use super::MessageState;
use chancery_mls::{GroupKind, Role};
use chancery_wire::{
    GroupId, MessageId, UserId,
    signed::{Kind, Policy, Suite},
};
use serde::{Deserialize, Serialize};

/// State of a conversation on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, minicbor::Encode, minicbor::Decode)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    /// In use.
    #[n(0)]
    Active,
    /// Being made; not at the relay yet.
    #[n(1)]
    Creating,
    /// We left.
    #[n(2)]
    Left,
    /// Somebody removed us.
    #[n(3)]
    Removed,
    /// Can't go on before it is repaired.
    #[n(4)]
    Damaged,
    /// Waits for the rejoin.
    #[n(5)]
    Rejoining,
}

/// A conversation in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationView {
    /// Its id.
    pub group: GroupId,
    /// Kind.
    pub kind: GroupKind,
    /// Name: the group's, or the other person's.
    pub title: String,
    /// State.
    pub state: ConversationState,
    /// MLS suite; absent while history of a group we aren't in.
    pub suite: Option<Suite>,
    /// MLS epoch.
    pub epoch: Option<u64>,
    /// Stated purpose.
    pub purpose: String,
    /// Unread messages.
    pub unread: u64,
    /// Unread messages that mention us.
    pub unread_mentions: u64,
    /// One line of the last message.
    pub preview: String,
    /// Time of the last message, in milliseconds since 1970.
    pub last_at_ms: u64,
    /// Messages and changes that wait to be sent.
    pub waiting: u64,
    /// Messages that wait for the person's word, because others are in the conversation now than when they were written.
    pub held: u64,
    /// It goes on only when the person has it repaired, by [`crate::Command::Repair`].
    pub needs_repair: bool,
    /// Hash of its picture (the other person's in a 1:1), to be asked for by [`crate::Query::Picture`].
    pub picture: Option<String>,
    /// The other one of a 1:1.
    pub peer: Option<UserId>,
    /// One's own role; absent when not in it.
    pub role: Option<Role>,
    /// Members.
    pub members: u32,
    /// The last message, for a line in the list.
    pub last: Option<PreviewView>,
    /// New messages are deleted after this many seconds.
    pub message_seconds: Option<u32>,
    /// When it was pinned, in milliseconds since 1970.
    pub pinned_at_ms: Option<u64>,
    /// Muted until then, in milliseconds since 1970.
    pub muted_until_ms: Option<u64>,
    /// Put away.
    pub archived: bool,
    /// Marked as unread by the person.
    pub marked_unread: bool,
    /// What was written and not sent.
    pub draft: Option<DraftView>,
}

/// What was written and not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DraftView {
    /// The text.
    pub text: String,
    /// What it replies to.
    pub reply_to: Option<MessageId>,
}

/// One line of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PreviewView {
    /// The message.
    pub message: MessageId,
    /// Sender.
    pub sender: UserId,
    /// Sender's display name.
    pub sender_name: String,
    /// What it is.
    pub kind: PreviewKind,
    /// One line: of the text or caption (Markdown), or the name of the file, place or contact. May be empty.
    pub text: String,
    /// A picture of it can be asked for by [`crate::Query::Thumbnail`].
    pub thumbnail: bool,
    /// What became of it.
    pub state: MessageState,
}

/// What a line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PreviewKind {
    /// Text.
    Text,
    /// A photo.
    Photo,
    /// A video.
    Video,
    /// A voice note.
    Voice,
    /// Other sound.
    Audio,
    /// Any other file.
    File,
    /// A place.
    Location,
    /// A contact card.
    Contact,
    /// Deleted for everyone.
    Deleted,
    /// Content from a newer client.
    Unknown,
}

/// A member of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MemberView {
    /// Who.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// What the user is; `None` while no device of theirs is in the group.
    pub kind: Option<Kind>,
    /// Role.
    pub role: Role,
    /// Devices in the group.
    pub devices: u32,
    /// Position up to which all is delivered to the user.
    pub delivered_seq: u64,
    /// Position up to which the user has read.
    pub read_seq: u64,
    /// Hash of the user's picture.
    pub picture: Option<String>,
    /// The person has compared safety numbers, and the key is still the same.
    pub verified: bool,
}

/// A link into a group that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct JoinLinkView {
    /// The group.
    pub group: GroupId,
    /// The admin who is asked.
    pub admin: UserId,
    /// Their display name; their id when they aren't known here.
    pub admin_name: String,
    /// What came of it so far.
    pub state: JoinLinkState,
}

/// What came of a link into a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum JoinLinkState {
    /// Nobody was asked.
    New,
    /// The request waits on this device.
    Queued,
    /// The admin was asked; one of their devices will answer.
    Asked,
    /// The link doesn't work any more.
    Refused,
    /// The request could not be sent.
    NotSent,
    /// One is in the group.
    Member,
}

/// Who can read a conversation, and what holds for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Audience {
    /// People of the organisation.
    pub members: u32,
    /// People from outside.
    pub outsiders: Vec<MemberView>,
    /// Programs.
    pub bots: Vec<MemberView>,
    /// Recorders of the organisation.
    pub recorders: Vec<MemberView>,
    /// Devices of all of them.
    pub devices: u32,
    /// New messages are deleted after this many seconds.
    pub message_seconds: Option<u32>,
    /// The organisation's policy.
    pub policy: Option<Policy>,
}
