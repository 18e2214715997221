//! What a person, or a program for them, wants done, and what comes of it.

use super::PersonView;
use chancery_mls::Role;
use chancery_wire::{Base64, DeviceId, GroupId, MessageId, UserId};
use serde::{Deserialize, Serialize};

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
    /// On a new device: ask to be linked. Completes with [`CommandResult::LinkStarted`]; [`super::Event::Linked`] follows.
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
    /// On an existing device: take an approval back whose new device hasn't come. [`crate::Query::Links`] names it.
    CancelLink {
        /// Its rendezvous.
        link: chancery_wire::LinkId,
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
    /// Send a message once more that the relay refused, or one that is held because others are in the conversation now than when it
    /// was written.
    Resend {
        /// Which.
        message: MessageId,
    },
    /// Go on with a conversation that is damaged, fell behind or stands still; the person has confirmed it. Completes with
    /// [`CommandResult::RepairAsks`] when there are people in it whom this device didn't see come.
    Repair {
        /// Which.
        group: GroupId,
        /// The people who are in it now, as they were shown to the person, who agrees.
        agreed: Option<Vec<UserId>>,
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

/// Somebody who is in a conversation that is to be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PersonNow {
    /// Who.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// This device didn't see them come.
    pub is_new: bool,
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
    /// Nothing was done yet: these people are in the conversation now, some of whom this device didn't see come. Show them, and
    /// when the person agrees, repair it with all of them as `agreed`.
    RepairAsks {
        /// Everybody who is in it.
        people: Vec<PersonNow>,
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
