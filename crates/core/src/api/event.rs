//! What the core tells unasked.

use super::{MessageView, UserError};
use chancery_wire::{GroupId, MessageId, UserId};
use serde::{Deserialize, Serialize};

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

/// Something is wrong, or a person should look. One about a conversation is also kept there as a note, `refused_welcome` and `storage_full` excepted:
/// they are about no conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Warning {
    /// Stable: `history_mismatch`, `log_gap`, `relay_rolled_back`, `forged_sender`, `damaged`, `behind_horizon`, `identity_changed`,
    /// `untrusted_organisation`, `untrusted_device`, `refused_welcome`, `replacement_refused`, `message_held`, `device_linked`,
    /// `log_time`, `certificate_not_renewed`, `storage_full`.
    pub code: String,
    /// The conversation, if any.
    pub group: Option<GroupId>,
    /// For people.
    pub message: String,
}
