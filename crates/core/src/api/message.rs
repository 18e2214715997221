//! Messages as they are shown.

use super::PreviewView;
use chancery_wire::{Base64, FileId, GroupId, MessageId, UserId};
use serde::{Deserialize, Serialize};

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
    /// Waits for the person's word: see [`MessageView::newcomers`]. [`crate::Command::Resend`] sends it, deleting takes it back.
    Held,
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
    /// Display names of people who were added by others after it was written, while it wasn't sent.
    pub newcomers: Vec<String>,
    /// State.
    pub state: MessageState,
    /// What the owner of this device changed about it and what isn't sent yet; the message is shown as it will be.
    pub pending: Vec<PendingView>,
}

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PendingKind {
    /// Another text.
    Edit,
    /// It is deleted for everyone.
    Delete,
    /// A reaction comes or goes.
    Reaction,
}

/// A change of a message that waits to be sent, or was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PendingView {
    /// The message that makes it: [`crate::Command::Resend`] tries it once more, deleting it gives it up.
    pub change: MessageId,
    /// What it does.
    pub kind: PendingKind,
    /// Why it was refused; `None` while it waits.
    pub failed: Option<String>,
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
