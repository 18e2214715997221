//! The view model: keys and news in, effects out. No IO, no terminal, no clock of its own.

mod input;
mod moving;
mod news;
mod typed;

use crate::chat::editor::Editor;
use chancery_core::{
    Command,
    api::{AccountView, ConversationView, MemberView, MessageView},
};
use chancery_mls::Role;
use chancery_wire::{GroupId, MessageId};
use jiff::tz::TimeZone;
use std::{collections::HashMap, path::PathBuf};

/// Messages loaded at a time.
pub const PAGE_MESSAGES: usize = 100;
/// Messages of one conversation held in memory; older ones are loaded again when they are scrolled to.
const MAX_HELD_MESSAGES: usize = 5000;

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The list of conversations.
    List,
    /// The messages: one is chosen.
    Thread,
    /// The input.
    Input,
}

/// What covers the thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// Keys and commands.
    Help,
    /// Who is in the conversation.
    Members(Vec<MemberView>),
    /// What was found; the number is the chosen one.
    Search {
        /// What was searched for.
        query: String,
        /// Conversation, its title, the message.
        found: Vec<(GroupId, String, MessageView)>,
        /// The chosen one.
        chosen: usize,
    },
    /// A text to read.
    Text {
        /// Its title.
        title: String,
        /// The text.
        text: String,
    },
    /// A question; `y` has the effect.
    Confirm {
        /// The question.
        question: String,
        /// What happens on yes.
        effect: Box<Effect>,
    },
}

/// What Enter will do with the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writing {
    /// Send a new message.
    New,
    /// Reply to this one.
    Reply(MessageId),
    /// Replace the text of this one.
    Edit(MessageId),
}

/// What the model wants done. Names that people typed are resolved by the runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Give the core a command.
    Command(Command),
    /// Load messages before this position (`None`: the newest).
    Load {
        /// Of which conversation.
        group: GroupId,
        /// Before which position.
        before: Option<u64>,
    },
    /// Load the conversation's members for the overlay.
    Members(GroupId),
    /// Search.
    Search(String),
    /// Upload and send a file.
    Attach {
        /// Where to.
        group: GroupId,
        /// Which.
        path: PathBuf,
        /// Caption.
        caption: String,
        /// What it replies to.
        reply_to: Option<MessageId>,
        /// Byte for byte.
        as_document: bool,
    },
    /// Send a text that is too long for a message as a file.
    SendText {
        /// Where to.
        group: GroupId,
        /// The text.
        text: String,
        /// What it replies to.
        reply_to: Option<MessageId>,
    },
    /// Download a message's file.
    Fetch {
        /// Which message's.
        message: MessageId,
        /// Into which folder.
        folder: Option<PathBuf>,
    },
    /// A draft for a message whose id was typed in part.
    Named {
        /// The id's first digits.
        prefix: String,
        /// What to do with the message.
        then: Named,
    },
    /// Forward a message to a conversation whose name was typed.
    Forward {
        /// The message.
        message: MessageId,
        /// Name of the conversation.
        to: String,
    },
    /// A change of the conversation that names users.
    Users {
        /// Which.
        group: Option<GroupId>,
        /// The users as typed.
        users: Vec<String>,
        /// What to do with them.
        then: ForUsers,
    },
    /// Show a safety number; `None`: of the other one in this conversation.
    Safety {
        /// The conversation.
        group: Option<GroupId>,
        /// The user as typed.
        user: Option<String>,
    },
    /// Leave the chat.
    Quit,
}

/// What to do with a message that was named by its first digits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Named {
    Reply(String),
    Edit(String),
    Delete,
    Resend,
    React { emoji: String, on: bool },
    Forward { to: String },
    Fetch { folder: Option<PathBuf> },
}

/// What to do with users that were named.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ForUsers {
    Start,
    StartGroup { name: String },
    Add,
    Remove,
    SetRole(Role),
}

/// The open conversation.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Which.
    pub group: GroupId,
    /// Oldest first; those that wait stand at the end.
    pub messages: Vec<MessageView>,
    /// There are no older ones.
    pub complete: bool,
    /// Older ones are being loaded.
    pub loading: bool,
    /// The unread marker stands before this one.
    pub unread_from: Option<MessageId>,
    /// The chosen one, by id, so that it stays chosen when others come.
    pub chosen: Option<MessageId>,
    /// Rows scrolled up from the end.
    pub scroll: usize,
}

/// Everything that is shown.
pub struct Chat {
    /// Who one is.
    pub account: AccountView,
    /// The reader's time zone.
    pub zone: TimeZone,
    /// The list.
    pub conversations: Vec<ConversationView>,
    /// The one marked in the list.
    pub marked: Option<GroupId>,
    /// The open conversation.
    pub thread: Option<Thread>,
    /// Where keys go.
    pub focus: Focus,
    /// What covers the thread.
    pub overlay: Option<Overlay>,
    /// Rows scrolled down in the overlay.
    pub overlay_scroll: usize,
    /// The input.
    pub editor: Editor,
    /// What Enter does with it.
    pub writing: Writing,
    /// Drafts of other conversations.
    drafts: HashMap<GroupId, (Editor, Writing)>,
    /// A connection to the relay.
    pub connected: bool,
    /// What waits to be sent.
    pub waiting: u64,
    /// The last thing to tell, and whether it is bad.
    pub notice: Option<(String, bool)>,
    /// Transfers under way: name, done, total.
    pub transfers: Vec<(String, u64, u64)>,
    /// Rows of the thread that fit the screen, told by the last drawing.
    pub page_rows: usize,
    /// Jump to this message once it is loaded.
    jump: Option<MessageId>,
}

impl Chat {
    /// A chat that shows nothing yet.
    pub fn new(account: AccountView, zone: TimeZone) -> Self {
        Self {
            account,
            zone,
            conversations: Vec::new(),
            marked: None,
            thread: None,
            focus: Focus::List,
            overlay: None,
            overlay_scroll: 0,
            editor: Editor::default(),
            writing: Writing::New,
            drafts: HashMap::new(),
            connected: false,
            waiting: 0,
            notice: None,
            transfers: Vec::new(),
            page_rows: 10,
            jump: None,
        }
    }

    /// The conversation with this id.
    pub fn conversation(&self, group: &GroupId) -> Option<&ConversationView> {
        self.conversations.iter().find(|conversation| conversation.group == *group)
    }

    /// The open conversation.
    pub fn open_conversation(&self) -> Option<&ConversationView> {
        self.thread.as_ref().and_then(|thread| self.conversation(&thread.group))
    }
}
