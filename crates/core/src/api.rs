//! What goes into the core and what comes out, as one readable union.

use chancery_mls::{GroupKind, Role};
use chancery_wire::{
    DeviceId, FileId, GroupId, MessageId, Refusal, UserId,
    api::{Request, Response},
    frames::{ClientFrame, ServerFrame},
    signed::{Kind, Suite},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Correlates a [`Command`] with its [`Output::Completed`].
pub type CommandId = u64;
/// Correlates an [`Output::Call`] with its [`Input::Answer`].
pub type CallId = u64;

/// What a driver tells the core.
#[derive(Debug)]
pub enum Input {
    /// A person or program wants something.
    Command(CommandId, Command),
    /// The delivery WebSocket is open; frames follow.
    Connected,
    /// A frame from the relay.
    Frame(ServerFrame),
    /// The WebSocket is gone. Calls that were under way are answered with [`CallFailure::Unreachable`] separately.
    Disconnected,
    /// The answer to a call.
    Answer(CallId, Result<Response, CallFailure>),
    /// The time of [`Output::WakeAt`] has come.
    Tick,
}

/// Why a call brought no response.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallFailure {
    /// The relay refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No connection, a time-out or an unreadable answer: the outcome is unknown.
    #[error("the relay can't be reached: {0}")]
    Unreachable(String),
}

/// What the core wants done, in this order, after the commit.
#[derive(Debug)]
pub enum Output {
    /// Send over the delivery WebSocket; drop it when there is none.
    Frame(ClientFrame),
    /// Call the relay's API.
    Call(CallId, Request),
    /// A command's result.
    Completed(CommandId, Result<CommandResult, UserError>),
    /// Something a person should see.
    Event(Event),
    /// Send [`Input::Tick`] at this time (milliseconds since 1970). Replaces an earlier wish.
    WakeAt(u64),
    /// Close the WebSocket and open it again.
    Reconnect,
}

/// A refusal for people: a stable code and a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct UserError {
    /// Stable, e.g. `no_such_conversation`, or a relay's code.
    pub code: String,
    /// For people.
    pub message: String,
}

/// What a person or program can ask for. Whatever needs the network is queued in the store and carried out when it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Join an organisation by an invitation link. Completes with [`CommandResult::Joined`] once the relay has agreed.
    Join {
        /// The link.
        link: String,
        /// What the person calls this device.
        label: String,
    },
    /// On a new device: ask to be linked. Completes with [`CommandResult::LinkStarted`]; [`Event::Linked`] follows.
    StartLink {
        /// The relay's address.
        relay: String,
        /// What the person calls this device.
        label: String,
    },
    /// On an existing device: look at a device link before approving it. Completes with [`CommandResult::LinkInspected`].
    InspectLink {
        /// The link that the new device shows.
        link: String,
    },
    /// On an existing device: approve. The new device gets this user's identity, all groups and the history.
    ApproveLink {
        /// The link.
        link: String,
        /// Whether to hand over the history.
        history: bool,
    },
    /// Remove one of one's own devices from everywhere.
    RemoveDevice {
        /// Which.
        device: DeviceId,
    },
    /// Find or start the 1:1 with a user. Completes with [`CommandResult::Conversation`].
    StartDirect {
        /// The other one.
        user: UserId,
    },
    /// Start a group. Completes with [`CommandResult::Conversation`].
    StartGroup {
        /// Its name.
        name: String,
        /// Who is in it besides oneself.
        users: Vec<UserId>,
        /// Stated purpose; may be empty.
        purpose: String,
    },
    /// Send. Completes with [`CommandResult::Queued`].
    Send {
        /// Where.
        group: GroupId,
        /// What.
        draft: Draft,
    },
    /// Add users.
    AddUsers {
        /// Where.
        group: GroupId,
        /// Whom.
        users: Vec<UserId>,
    },
    /// Remove users.
    RemoveUsers {
        /// Where.
        group: GroupId,
        /// Whom.
        users: Vec<UserId>,
    },
    /// Change a user's role.
    SetRole {
        /// Where.
        group: GroupId,
        /// Whose.
        user: UserId,
        /// To what.
        role: Role,
    },
    /// Rename a group.
    Rename {
        /// Which.
        group: GroupId,
        /// To what.
        name: String,
    },
    /// Leave a group.
    Leave {
        /// Which.
        group: GroupId,
    },
    /// Everything up to this message was read (by the person); `None`: everything.
    MarkRead {
        /// Where.
        group: GroupId,
        /// Up to which.
        up_to: Option<MessageId>,
    },
    /// Rejoin a damaged conversation, or one that fell behind; the person has confirmed it.
    Repair {
        /// Which.
        group: GroupId,
    },
    /// Mark a contact's present identity key as compared in person.
    VerifyContact {
        /// Whom.
        user: UserId,
    },
    /// Look for people in the organisation's directory. Completes with [`CommandResult::People`].
    FindUsers {
        /// Part of a name or id.
        query: String,
    },
    /// Ask the relay for one's devices. Completes with [`CommandResult::Done`]; [`crate::query::devices`] is fresh then.
    RefreshDevices,
}

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Draft {
    /// Text (Markdown), maybe a reply.
    Text {
        /// The text; `@user@domain` mentions people.
        text: String,
        /// What it replies to.
        reply_to: Option<MessageId>,
    },
    /// Replace the text of one's own message.
    Edit {
        /// Which.
        message: MessageId,
        /// New text.
        text: String,
    },
    /// Delete one's own message for everyone.
    Delete {
        /// Which.
        message: MessageId,
    },
    /// React, or take a reaction back.
    React {
        /// To which.
        message: MessageId,
        /// With what.
        emoji: String,
        /// Set or take back.
        on: bool,
    },
    /// Forward a message from any conversation.
    Forward {
        /// The message.
        message: MessageId,
    },
    /// A file that was uploaded, with a caption that may be empty.
    File {
        /// The file.
        file: chancery_wire::content::FileInfo,
        /// Caption.
        caption: String,
        /// What it replies to.
        reply_to: Option<MessageId>,
    },
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandResult {
    /// Done, or queued for when the network is there.
    Done,
    /// Joined.
    Joined {
        /// Who one is now.
        user: UserId,
        /// Display name.
        name: String,
        /// The organisation's name.
        organisation: String,
    },
    /// Give this link to an existing device.
    LinkStarted {
        /// The link.
        link: String,
        /// Both devices show this.
        matching_code: String,
    },
    /// Show this before approving.
    LinkInspected {
        /// What the new device calls itself.
        label: String,
        /// Both devices show this.
        matching_code: String,
    },
    /// A conversation.
    Conversation {
        /// Its id.
        group: GroupId,
    },
    /// Queued.
    Queued {
        /// The message.
        message: MessageId,
    },
    /// Found people.
    People(Vec<PersonView>),
}

/// Something a person should see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Connected and caught up with all groups.
    CaughtUp,
    /// A conversation is new or has changed (name, members, unread count, state).
    ConversationChanged {
        /// Which.
        group: GroupId,
    },
    /// A message came, or changed (edit, deletion, reaction, state).
    Message {
        /// Where.
        group: GroupId,
        /// What it is now.
        message: MessageView,
        /// Whether it is new to this device.
        new: bool,
    },
    /// People's delivered or read marks moved.
    MarksChanged {
        /// Where.
        group: GroupId,
    },
    /// This device was linked and can be used.
    Linked {
        /// Who one is.
        user: UserId,
    },
    /// History is coming in.
    HistoryProgress {
        /// Messages imported so far.
        messages: u64,
        /// All of them, once known.
        total: u64,
        /// All is here.
        done: bool,
    },
    /// One's own devices changed.
    DevicesChanged,
    /// Something a person has to know: see [`Warning`].
    Warning(Warning),
    /// A queued change of a group could not be made.
    OperationFailed {
        /// Where.
        group: GroupId,
        /// What and why.
        error: UserError,
    },
    /// This device was removed from its user's devices: everything is over here.
    DeviceRevoked,
}

/// Warnings. Each is also kept as a note in its conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable: `history_mismatch`, `log_gap`, `relay_rolled_back`, `forged_sender`, `damaged`, `behind_horizon`, `identity_changed`,
    /// `untrusted_organisation`, `untrusted_device`, `refused_welcome`, `device_linked`.
    pub code: String,
    /// The conversation, if any.
    pub group: Option<GroupId>,
    /// For people.
    pub message: String,
}

/// State of a conversation on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, minicbor::Encode, minicbor::Decode)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
}

/// A member of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Waits on this device.
    Waiting,
    /// At the relay.
    Sent,
    /// On a device of every other member.
    Delivered,
    /// Read by every other member.
    Read,
    /// Could not be sent; see the error.
    Failed,
    /// From somebody else.
    Received,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageView {
    /// Its id.
    pub id: MessageId,
    /// Position in the conversation; 0 while it waits.
    pub seq: u64,
    /// Sender; `None` for notes of this device (members came, a warning).
    pub sender: Option<UserId>,
    /// Sender's display name.
    pub sender_name: String,
    /// When the relay accepted it (or when it was queued), in milliseconds since 1970.
    pub at_ms: u64,
    /// What it is.
    pub body: BodyView,
    /// What it replies to.
    pub reply_to: Option<MessageId>,
    /// Forwarded from elsewhere.
    pub forwarded: bool,
    /// The text was edited.
    pub edited: bool,
    /// Reactions: emoji and users.
    pub reactions: Vec<(String, Vec<UserId>)>,
    /// Users that the text mentions.
    pub mentions: Vec<UserId>,
    /// State.
    pub state: MessageState,
}

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BodyView {
    /// Text (Markdown).
    Text {
        /// The text.
        text: String,
    },
    /// A file.
    File {
        /// Name.
        name: String,
        /// Media type.
        media_type: String,
        /// Bytes.
        size: u64,
        /// Its id at the relay.
        file: Option<FileId>,
        /// Caption.
        caption: String,
        /// Has a thumbnail.
        thumbnail: bool,
    },
    /// Deleted for everyone.
    Deleted,
    /// A note of this device.
    Note {
        /// Stable word: `created`, `added`, `removed`, `left`, `role`, `renamed`, `rejoined`, or a warning's code.
        code: String,
        /// For people.
        text: String,
    },
    /// Content from a newer client; kept.
    Unknown {
        /// Its content type.
        content_type: String,
    },
}

/// A person in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonView {
    /// Who.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// What the user is.
    pub kind: Kind,
}

/// A device of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceView {
    /// Which.
    pub device: DeviceId,
    /// What its owner calls it.
    pub label: String,
    /// The device that runs this.
    pub this: bool,
    /// When it was registered, in milliseconds since 1970.
    pub added_at_ms: u64,
    /// Last connected, in days since 1970.
    pub last_seen_day: Option<u64>,
}

/// Numbers that two people compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SafetyNumber {
    /// The other one.
    pub user: UserId,
    /// Twelve groups of five digits, the same on both sides.
    pub digits: String,
    /// Compared in person, and the key hasn't changed since.
    pub verified: bool,
}

/// Who one is on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountView {
    /// Who.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// This device.
    pub device: DeviceId,
    /// This device's label.
    pub label: String,
    /// The organisation's name.
    pub organisation: String,
    /// The relay's address.
    pub relay: String,
    /// SHA-256 of the organisation's root key, in hexadecimal.
    pub root_fingerprint: String,
    /// Version of the policy in force.
    pub policy_version: u64,
}
