//! What goes into the core and what comes out, as one readable union.

use chancery_mls::{GroupKind, Role};
use chancery_wire::{
    Base64, DeviceId, FileId, GroupId, MessageId, Refusal, UserId,
    api::{Request, Response},
    frames::{ClientFrame, ServerFrame},
    signed::{Kind, Policy, Suite},
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
#[cfg_attr(test, derive(ts_rs::TS))]
#[error("{message}")]
pub struct UserError {
    /// Stable, e.g. `no_such_conversation`, or a relay's code.
    pub code: String,
    /// For people.
    pub message: String,
}

/// What a person or program can ask for. Whatever needs the network is queued in the store and carried out when it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields = nullable))]
#[serde(tag = "type", rename_all = "snake_case")]
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
    /// Change what a group is for.
    SetPurpose {
        /// Which.
        group: GroupId,
        /// What for; may be empty.
        purpose: String,
    },
    /// Make a new link into a group, so that a former one doesn't work any more, or turn it off. [`crate::Query::GroupLink`] shows it.
    SetGroupLink {
        /// Which.
        group: GroupId,
        /// A new one, or none.
        on: bool,
    },
    /// Ask to be let into a group by the link of one of its admins. Completes with [`CommandResult::Conversation`] for who is in it
    /// already, else with [`CommandResult::Done`]; [`crate::Query::JoinLink`] tells what comes of it.
    JoinByLink {
        /// The link.
        link: String,
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
    /// Send a message once more that the relay refused.
    Resend {
        /// Which.
        message: MessageId,
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
    /// Set or remove one's own picture, which goes to all conversations.
    SetPicture {
        /// A JPEG, PNG or WebP of at most 24 KiB.
        picture: Option<Base64>,
    },
    /// Set or remove a group's picture.
    SetGroupPicture {
        /// Which.
        group: GroupId,
        /// A JPEG, PNG or WebP of at most 24 KiB.
        picture: Option<Base64>,
    },
    /// How long new messages of a conversation live.
    SetDisappearing {
        /// Where.
        group: GroupId,
        /// After so many seconds they are deleted everywhere; `None`: they stay.
        seconds: Option<u32>,
    },
    /// Keep a conversation at the top of the list, on this device.
    Pin {
        /// Which.
        group: GroupId,
        /// Or no more.
        on: bool,
    },
    /// Be quiet about a conversation, on this device.
    Mute {
        /// Which.
        group: GroupId,
        /// Until then, in milliseconds since 1970; `None`: not any more.
        until_ms: Option<u64>,
    },
    /// Put a conversation away, on this device. It comes back with a new message, unless it is muted.
    Archive {
        /// Which.
        group: GroupId,
        /// Or fetch it back.
        on: bool,
    },
    /// Mark a conversation as unread, on this device; [`Command::MarkRead`] takes it back.
    MarkUnread {
        /// Which.
        group: GroupId,
    },
    /// Keep what the person has written and not sent, on this device. An empty text removes it.
    SaveDraft {
        /// Where.
        group: GroupId,
        /// The text.
        text: String,
        /// What it replies to.
        reply_to: Option<MessageId>,
    },
    /// Star a message, on this device.
    Star {
        /// Which.
        message: MessageId,
        /// Or no more.
        on: bool,
    },
    /// Tell the others that the person is typing, or has stopped. Nothing is kept or repeated; call it with every key.
    Typing {
        /// Where.
        group: GroupId,
        /// Typing, or no more.
        on: bool,
    },
    /// People of the directory in the order of their ids, for a picker. Completes with [`CommandResult::People`].
    ListPeople {
        /// After this one.
        after: Option<UserId>,
    },
    /// Ask the relay for one's devices. Completes with [`CommandResult::Done`]; [`crate::query::devices`] is fresh then.
    RefreshDevices,
    /// Ask the relay for the key that a browser subscribes to push messages with. Completes with [`CommandResult::PushKey`].
    GetPushKey,
    /// Tell the relay where this device is woken while it has no connection; `None`: nowhere any more. Nothing of it is kept here.
    SetPush {
        /// What the browser's push service gave.
        subscription: Option<chancery_wire::api::push::Subscription>,
    },
}

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields = nullable))]
#[serde(tag = "type", rename_all = "snake_case")]
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
    /// A place.
    Location {
        /// Latitude (WGS 84), in 10⁻⁷ degrees.
        latitude_e7: i32,
        /// Longitude (WGS 84), in 10⁻⁷ degrees.
        longitude_e7: i32,
        /// Radius within which it is, in metres.
        accuracy_m: Option<u32>,
        /// What it is called; may be empty.
        name: String,
    },
    /// A person to get in touch with.
    Contact {
        /// Display name.
        name: String,
        /// Who it is here.
        user: Option<UserId>,
        /// E-mail addresses.
        #[serde(default)]
        emails: Vec<String>,
        /// Telephone numbers.
        #[serde(default)]
        phones: Vec<String>,
    },
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
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
    People {
        /// Who.
        people: Vec<PersonView>,
    },
    /// The relay's key for push services (RFC 8292).
    PushKey {
        /// An uncompressed point of P-256: `applicationServerKey`.
        key: Base64,
    },
}

/// Something a person should see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
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
    /// A message's time is over: it is gone from this device, and whatever else the driver keeps of it has to go.
    MessageGone {
        /// Where.
        group: GroupId,
        /// Which.
        message: MessageId,
    },
    /// A person's picture is another one now.
    PersonChanged {
        /// Whose.
        user: UserId,
    },
    /// Somebody is typing, or no more.
    Typing {
        /// Where.
        group: GroupId,
        /// Who.
        user: UserId,
        /// Typing, or no more.
        on: bool,
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

/// Something is wrong, or a person should look. One about a conversation is also kept there as a note, `refused_welcome` excepted: there is no
/// conversation yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
    /// A line of what it replies to, when that is on this device.
    pub reply: Option<PreviewView>,
    /// Forwarded from elsewhere.
    pub forwarded: bool,
    /// The text was edited.
    pub edited: bool,
    /// Reactions: emoji and users.
    pub reactions: Vec<(String, Vec<UserId>)>,
    /// Users that the text mentions.
    pub mentions: Vec<UserId>,
    /// It mentions everybody, from somebody who may.
    pub mentions_everyone: bool,
    /// It was starred on this device.
    pub starred: bool,
    /// When it is deleted everywhere, in milliseconds since 1970.
    pub expires_at_ms: Option<u64>,
    /// State.
    pub state: MessageState,
}

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
        /// Has a thumbnail, to be asked for by [`crate::Query::Thumbnail`].
        thumbnail: bool,
        /// Width of a picture or video, in pixels.
        width: Option<u32>,
        /// Height of a picture or video, in pixels.
        height: Option<u32>,
        /// Duration of sound or video, in milliseconds.
        duration_ms: Option<u64>,
        /// A voice note's loudness over time: up to 64 samples from 0 to 255.
        waveform: Option<Vec<u8>>,
        /// When the relay deletes the file, in seconds since 1970.
        expires_at: Option<u32>,
    },
    /// A place.
    Location {
        /// Latitude (WGS 84), in 10⁻⁷ degrees.
        latitude_e7: i32,
        /// Longitude (WGS 84), in 10⁻⁷ degrees.
        longitude_e7: i32,
        /// Radius within which it is, in metres.
        accuracy_m: Option<u32>,
        /// What it is called; may be empty.
        name: String,
    },
    /// A person to get in touch with.
    Contact {
        /// Display name.
        name: String,
        /// Who it is in an organisation.
        user: Option<UserId>,
        /// E-mail addresses.
        emails: Vec<String>,
        /// Telephone numbers.
        phones: Vec<String>,
    },
    /// Deleted for everyone.
    Deleted,
    /// A note of this device.
    Note {
        /// Stable word: `created`, `added`, `removed`, `left`, `role`, `renamed`, `picture`, `disappearing`, `group_link`, `join_asked`,
        /// `join_let_in`, `join_refused`, `rejoined`, or a warning's code.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PersonView {
    /// Who.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// What the user is.
    pub kind: Kind,
    /// Hash of the user's picture, when this device has it.
    pub picture: Option<String>,
}

/// A device of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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

/// Numbers that two people compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SafetyNumber {
    /// The other one.
    pub user: UserId,
    /// Twelve groups of five digits, the same on both sides.
    pub digits: String,
    /// Compared in person, and the key hasn't changed since.
    pub verified: bool,
}

/// Who one is on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
    /// Hash of one's own picture.
    pub picture: Option<String>,
}

/// What became of a message with one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReceiptView {
    /// Who.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// Hash of the user's picture.
    pub picture: Option<String>,
    /// It is on a device of theirs.
    pub delivered: bool,
    /// Since when, in milliseconds since 1970, by the relay's clock; `None`: not, or not known any more.
    pub delivered_at_ms: Option<u64>,
    /// They have read it.
    pub read: bool,
    /// When, as for `delivered_at_ms`.
    pub read_at_ms: Option<u64>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MessageInfo {
    /// The message.
    pub message: MessageView,
    /// Everybody but the sender; as far as they are members now.
    pub receipts: Vec<ReceiptView>,
    /// The conversation is small enough for receipts: without them nothing is known of delivery.
    pub has_receipts: bool,
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

/// A place in a conversation: a position in its log, or a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Place {
    /// A position.
    Seq(u64),
    /// A message or note.
    Message(MessageId),
}

/// A page of a conversation, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MessagePage {
    /// The messages, in order; those that wait to be sent come last.
    pub messages: Vec<MessageView>,
    /// There are older ones.
    pub older: bool,
    /// There are newer ones.
    pub newer: bool,
    /// Position of the conversation's first message or note; 0 while it has none.
    pub first_seq: u64,
    /// Position of the conversation's last message or note.
    pub last_seq: u64,
    /// The first unread message of the conversation.
    pub first_unread: Option<MessageId>,
}

/// A message that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FoundMessage {
    /// Its conversation.
    pub group: GroupId,
    /// The message.
    pub message: MessageView,
}

/// A small picture of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ThumbnailView {
    /// Media type: one of the formats that a browser shows without running anything.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Base64,
}

/// A device link under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LinkView {
    /// Its rendezvous.
    pub link: chancery_wire::LinkId,
    /// This device is the new one.
    pub new_device: bool,
    /// When it began, in milliseconds since 1970.
    pub started_at_ms: u64,
    /// Messages of the history handed over so far; absent without a history.
    pub messages: Option<u64>,
    /// All of them; 0 while unknown.
    pub total: u64,
}
