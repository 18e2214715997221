//! What goes into the core and what comes out.

mod command;
mod conversation;
mod event;
mod message;
mod person;

pub use command::{Command, CommandResult, Draft, PersonNow};
pub use conversation::{
    Audience, ConversationState, ConversationView, DraftView, JoinLinkState, JoinLinkView, MemberView, PreviewKind,
    PreviewView,
};
pub use event::{Event, Warning};
pub use message::{
    BodyView, FoundMessage, MessageInfo, MessagePage, MessageState, MessageView, PendingKind, PendingView, Place,
    ReceiptView, ThumbnailView,
};
pub use person::{AccountView, DeviceView, LinkView, PersonView, RemovingView, SafetyNumber};

use chancery_wire::{
    Refusal,
    api::{NotTheRelay, Request, Response},
    frames::{ClientFrame, ServerFrame},
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
    /// Something answered in the relay's place: the outcome is unknown, too.
    #[error(transparent)]
    Intercepted(#[from] NotTheRelay),
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
