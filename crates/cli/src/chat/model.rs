//! The view model: keys and news in, effects out. No IO, no terminal, no clock of its own.

use super::{
    editor::Editor,
    keys::Key,
    slash::{self, Typed},
};
use chancery_core::{
    Command, Event,
    api::{AccountView, BodyView, ConversationState, ConversationView, Draft, MemberView, MessageState, MessageView},
};
use chancery_mls::{GroupKind, Role};
use chancery_wire::{GroupId, MessageId, UserId};
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

    // News

    /// The list, fresh.
    pub fn set_conversations(&mut self, conversations: Vec<ConversationView>) {
        self.conversations = conversations;
        let marked_is_there = self.marked.as_ref().is_some_and(|group| self.conversation(group).is_some());
        if !marked_is_there {
            self.marked = self.conversations.first().map(|conversation| conversation.group.clone());
        }
    }

    /// Messages that were asked for by [`Effect::Load`].
    pub fn set_messages(&mut self, group: &GroupId, before: Option<u64>, messages: Vec<MessageView>) -> Vec<Effect> {
        let unread = self.conversation(group).map_or(0, |conversation| conversation.unread);
        let Some(thread) = self.thread.as_mut().filter(|thread| thread.group == *group) else { return Vec::new() };
        thread.loading = false;
        let first_look = thread.messages.is_empty();
        if messages.len() < PAGE_MESSAGES {
            thread.complete = true;
        }
        if let Some(before) = before {
            let known: Vec<_> = thread.messages.drain(..).filter(|m| m.seq == 0 || m.seq >= before).collect();
            thread.messages = messages;
            thread.messages.extend(known);
        } else {
            // The newest page: older ones that are held stay.
            let first = messages.iter().map(|m| m.seq).find(|seq| *seq != 0);
            thread.messages.retain(|m| m.seq != 0 && first.is_some_and(|first| m.seq < first));
            thread.messages.extend(messages);
        }
        // Set once: what comes while the conversation is open is no news to who looks at it.
        if first_look && unread > 0 {
            let from_others =
                thread.messages.iter().filter(|m| m.state == MessageState::Received && m.sender.is_some());
            thread.unread_from = from_others.rev().nth(usize::try_from(unread - 1).unwrap_or(usize::MAX)).map(|m| m.id);
        }
        if let Some(jump) = self.jump {
            if thread.messages.iter().any(|m| m.id == jump) {
                thread.chosen = Some(jump);
                self.jump = None;
                self.focus = Focus::Thread;
            } else if !thread.complete && thread.messages.len() < MAX_HELD_MESSAGES {
                return self.load_older();
            }
        }
        self.read_what_is_shown()
    }

    /// Something happened. The runner brings the fresh list itself.
    pub fn on_event(&mut self, event: &Event) -> Vec<Effect> {
        let open = self.thread.as_ref().map(|thread| thread.group.clone());
        match event {
            Event::CaughtUp => {
                self.connected = true;
                Vec::new()
            }
            Event::Message { group, message, new } if Some(group) == open.as_ref() => {
                self.put_message(message.clone());
                if *new { self.read_what_is_shown() } else { Vec::new() }
            }
            Event::MarksChanged { group } | Event::ConversationChanged { group } if Some(group) == open.as_ref() => {
                vec![Effect::Load { group: group.clone(), before: None }]
            }
            Event::Warning(warning) => {
                self.tell_bad(&warning.message);
                Vec::new()
            }
            Event::OperationFailed { error, .. } => {
                self.tell_bad(&error.message);
                Vec::new()
            }
            Event::DeviceRevoked => {
                self.tell_bad("This device was removed from your devices. Link it again to go on.");
                Vec::new()
            }
            Event::HistoryProgress { messages, total, done } => {
                let notice = if *done {
                    format!("Your history is here: {messages} messages.")
                } else {
                    format!("History: {messages} of {total} messages…")
                };
                self.tell(&notice);
                open.filter(|_| *done).map(|group| Effect::Load { group, before: None }).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn put_message(&mut self, message: MessageView) {
        let Some(thread) = self.thread.as_mut() else { return };
        match thread.messages.iter().position(|known| known.id == message.id) {
            Some(at) if thread.messages[at].seq == message.seq => thread.messages[at] = message,
            found => {
                if let Some(at) = found {
                    thread.messages.remove(at);
                }
                // Those that wait have no position yet and stand at the end.
                let key = |m: &MessageView| if m.seq == 0 { u64::MAX } else { m.seq };
                let at = thread.messages.partition_point(|known| key(known) <= key(&message));
                thread.messages.insert(at, message);
            }
        }
        let surplus = thread.messages.len().saturating_sub(MAX_HELD_MESSAGES);
        if surplus > 0 && thread.scroll == 0 {
            thread.messages.drain(..surplus);
            thread.complete = false;
        }
    }

    /// Members that were asked for.
    pub fn show_members(&mut self, members: Vec<MemberView>) {
        self.show(Overlay::Members(members));
    }

    /// Shows an overlay from its top.
    pub fn show(&mut self, overlay: Overlay) {
        self.overlay = Some(overlay);
        self.overlay_scroll = 0;
    }

    /// Something to tell.
    pub fn tell(&mut self, text: &str) {
        self.notice = Some((text.to_owned(), false));
    }

    /// Something that went wrong.
    pub fn tell_bad(&mut self, text: &str) {
        self.notice = Some((text.to_owned(), true));
    }

    // Moving about

    /// Opens a conversation.
    pub fn open(&mut self, group: &GroupId) -> Vec<Effect> {
        self.marked = Some(group.clone());
        self.focus = Focus::Input;
        if self.thread.as_ref().is_some_and(|thread| thread.group == *group) {
            return Vec::new();
        }
        if let Some(thread) = self.thread.take() {
            let editor = std::mem::take(&mut self.editor);
            let writing = std::mem::replace(&mut self.writing, Writing::New);
            self.drafts.insert(thread.group, (editor, writing));
        }
        if let Some((editor, writing)) = self.drafts.remove(group) {
            (self.editor, self.writing) = (editor, writing);
        }
        self.thread = Some(Thread {
            group: group.clone(),
            messages: Vec::new(),
            complete: false,
            loading: true,
            unread_from: None,
            chosen: None,
            scroll: 0,
        });
        self.notice = None;
        vec![Effect::Load { group: group.clone(), before: None }]
    }

    /// Everything up to the end was read when the end is on the screen.
    fn read_what_is_shown(&self) -> Vec<Effect> {
        let Some(thread) = &self.thread else { return Vec::new() };
        let unread = self.conversation(&thread.group).is_some_and(|conversation| conversation.unread > 0);
        let newest = thread.messages.iter().rev().find(|m| m.state == MessageState::Received);
        match newest {
            Some(newest) if thread.scroll == 0 && (unread || newest.sender.is_some()) => {
                vec![Effect::Command(Command::MarkRead { group: thread.group.clone(), up_to: Some(newest.id) })]
            }
            _ => Vec::new(),
        }
    }

    fn load_older(&mut self) -> Vec<Effect> {
        let Some(thread) = self.thread.as_mut().filter(|thread| !thread.complete && !thread.loading) else {
            return Vec::new();
        };
        let before = thread.messages.iter().map(|m| m.seq).find(|seq| *seq != 0);
        thread.loading = before.is_some();
        before.map(|before| Effect::Load { group: thread.group.clone(), before: Some(before) }).into_iter().collect()
    }

    fn step_conversation(&mut self, forward: bool) {
        let at = self.conversations.iter().position(|c| Some(&c.group) == self.marked.as_ref());
        let next = match (at, forward) {
            (None, _) => 0,
            (Some(at), true) => (at + 1).min(self.conversations.len().saturating_sub(1)),
            (Some(at), false) => at.saturating_sub(1),
        };
        self.marked = self.conversations.get(next).map(|c| c.group.clone());
    }

    fn step_message(&mut self, forward: bool) -> Vec<Effect> {
        let Some(thread) = self.thread.as_mut() else { return Vec::new() };
        let at = thread.chosen.and_then(|id| thread.messages.iter().position(|m| m.id == id));
        let last = thread.messages.len().saturating_sub(1);
        let next = match (at, forward) {
            (None, _) => last,
            (Some(at), true) => (at + 1).min(last),
            (Some(at), false) => at.saturating_sub(1),
        };
        thread.chosen = thread.messages.get(next).map(|m| m.id);
        if next == 0 { self.load_older() } else { Vec::new() }
    }

    fn scroll(&mut self, up: bool) -> Vec<Effect> {
        let page = self.page_rows.saturating_sub(1).max(1);
        let Some(thread) = self.thread.as_mut() else { return Vec::new() };
        thread.scroll = if up { thread.scroll + page } else { thread.scroll.saturating_sub(page) };
        if up { Vec::new() } else { self.read_what_is_shown() }
    }

    /// Told by the drawing: how far one can scroll, and whether the top is in sight.
    pub fn drawn(&mut self, page_rows: usize, highest_scroll: usize) -> Vec<Effect> {
        self.page_rows = page_rows;
        let Some(thread) = self.thread.as_mut() else { return Vec::new() };
        let at_top = thread.scroll >= highest_scroll;
        thread.scroll = thread.scroll.min(highest_scroll);
        if at_top && !thread.messages.is_empty() { self.load_older() } else { Vec::new() }
    }

    // Keys

    /// A paste: text at the cursor, line breaks kept.
    pub fn paste(&mut self, text: &str) {
        if self.thread.is_some() && self.overlay.is_none() {
            self.focus = Focus::Input;
            self.editor.insert(text);
        }
    }

    /// A key.
    pub fn key(&mut self, key: Key) -> Vec<Effect> {
        match key {
            Key::Quit => return vec![Effect::Quit],
            Key::Interrupt if self.editor.is_empty() => return vec![Effect::Quit],
            Key::Interrupt => {
                self.editor.clear();
                self.writing = Writing::New;
                return Vec::new();
            }
            Key::Help => {
                match self.overlay {
                    Some(Overlay::Help) => self.overlay = None,
                    _ => self.show(Overlay::Help),
                }
                return Vec::new();
            }
            _ => {}
        }
        if self.overlay.is_some() {
            return self.overlay_key(key);
        }
        match key {
            Key::NextFocus => self.next_focus(true),
            Key::PreviousFocus => self.next_focus(false),
            Key::NextConversation | Key::PreviousConversation => {
                self.step_conversation(key == Key::NextConversation);
                if let Some(group) = self.marked.clone() {
                    return self.open(&group);
                }
            }
            Key::PageUp => return self.scroll(true),
            Key::PageDown => return self.scroll(false),
            _ => {
                return match self.focus {
                    Focus::List => self.list_key(key),
                    Focus::Thread => self.thread_key(key),
                    Focus::Input => self.input_key(key),
                };
            }
        }
        Vec::new()
    }

    fn next_focus(&mut self, forward: bool) {
        if self.thread.is_none() {
            self.focus = Focus::List;
            return;
        }
        self.focus = match (self.focus, forward) {
            (Focus::List, true) | (Focus::Input, false) => Focus::Thread,
            (Focus::Thread, true) | (Focus::List, false) => Focus::Input,
            (Focus::Input, true) | (Focus::Thread, false) => Focus::List,
        };
        if self.focus == Focus::Thread
            && let Some(thread) = self.thread.as_mut()
            && thread.chosen.is_none()
        {
            thread.chosen = thread.messages.last().map(|m| m.id);
        }
    }

    fn overlay_key(&mut self, key: Key) -> Vec<Effect> {
        match (self.overlay.as_mut().expect("asked only while there is one"), key) {
            (_, Key::Escape) => self.overlay = None,
            (Overlay::Confirm { effect, .. }, Key::Character('y' | 'Y')) => {
                let effect = (**effect).clone();
                self.overlay = None;
                return vec![effect];
            }
            (Overlay::Confirm { .. }, Key::Character(_) | Key::Enter) => self.overlay = None,
            (Overlay::Search { chosen, .. }, Key::Up) => *chosen = chosen.saturating_sub(1),
            (Overlay::Search { chosen, found, .. }, Key::Down) => {
                *chosen = (*chosen + 1).min(found.len().saturating_sub(1))
            }
            (Overlay::Search { chosen, found, .. }, Key::Enter) => {
                let target = found.get(*chosen).map(|(group, _, message)| (group.clone(), message.id));
                self.overlay = None;
                if let Some((group, message)) = target {
                    return self.jump_to(&group, message);
                }
            }
            (_, Key::Up) => self.overlay_scroll = self.overlay_scroll.saturating_sub(1),
            (_, Key::Down) => self.overlay_scroll += 1,
            (_, Key::PageUp) => self.overlay_scroll = self.overlay_scroll.saturating_sub(self.page_rows),
            (_, Key::PageDown) => self.overlay_scroll += self.page_rows,
            (_, Key::Enter | Key::Character('q')) => self.overlay = None,
            _ => {}
        }
        Vec::new()
    }

    fn jump_to(&mut self, group: &GroupId, message: MessageId) -> Vec<Effect> {
        let effects = self.open(group);
        match self.thread.as_mut() {
            Some(thread) if thread.messages.iter().any(|m| m.id == message) => {
                thread.chosen = Some(message);
                self.focus = Focus::Thread;
                effects
            }
            _ => {
                self.jump = Some(message);
                if effects.is_empty() { self.load_older() } else { effects }
            }
        }
    }

    fn list_key(&mut self, key: Key) -> Vec<Effect> {
        match key {
            Key::Up => self.step_conversation(false),
            Key::Down => self.step_conversation(true),
            Key::Home => self.marked = self.conversations.first().map(|c| c.group.clone()),
            Key::End => self.marked = self.conversations.last().map(|c| c.group.clone()),
            Key::Enter | Key::Right => {
                if let Some(group) = self.marked.clone() {
                    return self.open(&group);
                }
            }
            Key::Escape if self.thread.is_some() => self.focus = Focus::Input,
            // Whoever types means the open conversation, or a command.
            Key::Character(_) => {
                self.focus = Focus::Input;
                return self.input_key(key);
            }
            _ => {}
        }
        Vec::new()
    }

    fn thread_key(&mut self, key: Key) -> Vec<Effect> {
        let chosen = self.chosen_message().map(|m| (m.id, m.body.clone(), self.is_own(m)));
        match (key, chosen) {
            (Key::Up, _) => return self.step_message(false),
            (Key::Down, _) => return self.step_message(true),
            (Key::Escape, _) => {
                self.focus = Focus::Input;
                if let Some(thread) = self.thread.as_mut() {
                    thread.chosen = None;
                }
            }
            (Key::Left, _) => self.focus = Focus::List,
            (Key::Enter | Key::Character('r'), Some((id, ..))) => self.write(Writing::Reply(id)),
            (Key::Character('e'), Some((id, BodyView::Text { text }, true))) => {
                self.write(Writing::Edit(id));
                self.editor.set(&text);
            }
            (Key::Character('e' | 'd'), Some((.., false))) => self.tell_bad("That message isn't yours."),
            (Key::Character('d'), Some((id, _, true))) => return self.ask_delete(id),
            (Key::Character('+'), Some(_)) => {
                self.focus = Focus::Input;
                self.editor.set("/react ");
            }
            (Key::Character('f'), Some((id, BodyView::File { .. }, _))) => {
                return vec![Effect::Fetch { message: id, folder: None }];
            }
            _ => {}
        }
        Vec::new()
    }

    fn write(&mut self, writing: Writing) {
        self.writing = writing;
        self.focus = Focus::Input;
    }

    fn ask_delete(&mut self, message: MessageId) -> Vec<Effect> {
        let Some(group) = self.thread.as_ref().map(|thread| thread.group.clone()) else { return Vec::new() };
        let effect = Effect::Command(Command::Send { group, draft: Draft::Delete { message } });
        self.show(Overlay::Confirm {
            question: "Delete this message for everyone? y/N".to_owned(),
            effect: Box::new(effect),
        });
        Vec::new()
    }

    fn input_key(&mut self, key: Key) -> Vec<Effect> {
        let editor = &mut self.editor;
        match key {
            Key::Character(c) => editor.insert(c.encode_utf8(&mut [0; 4])),
            Key::NewLine => editor.insert("\n"),
            Key::Backspace => editor.backspace(),
            Key::Delete => editor.delete(),
            Key::Left => editor.left(),
            Key::Right => editor.right(),
            Key::WordLeft => editor.word_left(),
            Key::WordRight => editor.word_right(),
            Key::Home => editor.home(),
            Key::End => editor.end(),
            Key::Up => editor.up(),
            Key::Down => editor.down(),
            Key::KillWord => editor.kill_word(),
            Key::KillToStart => editor.kill_to_start(),
            Key::KillToEnd => editor.kill_to_end(),
            Key::Escape if self.writing != Writing::New => {
                if matches!(self.writing, Writing::Edit(_)) {
                    self.editor.clear();
                }
                self.writing = Writing::New;
            }
            Key::Escape => self.focus = Focus::List,
            Key::Enter => return self.submit(),
            _ => {}
        }
        Vec::new()
    }

    // What is typed

    fn submit(&mut self) -> Vec<Effect> {
        if self.editor.text().trim().is_empty() {
            return Vec::new();
        }
        self.notice = None;
        match slash::parse(self.editor.text()) {
            Typed::Unknown(name) => {
                self.tell_bad(&format!(
                    "There is no command /{name}. F1 shows them; // sends a text that starts with a slash."
                ));
                Vec::new()
            }
            Typed::Text(text) => self.send_text(text),
            Typed::Command { name, words, rest } => match self.slash(name, &words, &rest) {
                Ok(effects) => {
                    self.editor.take();
                    effects
                }
                Err(advice) => {
                    self.tell_bad(&advice);
                    Vec::new()
                }
            },
        }
    }

    fn send_text(&mut self, text: String) -> Vec<Effect> {
        let Some(conversation) = self.open_conversation() else {
            self.tell_bad("Open a conversation first: choose one and press Enter, or type /start USER.");
            return Vec::new();
        };
        match conversation.state {
            ConversationState::Left | ConversationState::Removed => {
                self.tell_bad("You are no longer in this conversation.");
                return Vec::new();
            }
            ConversationState::Damaged => {
                self.tell_bad("This conversation needs repair first: /repair.");
                return Vec::new();
            }
            _ => {}
        }
        let group = conversation.group.clone();
        let draft = match std::mem::replace(&mut self.writing, Writing::New) {
            Writing::New => Draft::Text { text, reply_to: None },
            Writing::Reply(message) => Draft::Text { text, reply_to: Some(message) },
            Writing::Edit(message) => Draft::Edit { message, text },
        };
        self.editor.take();
        if let Some(thread) = self.thread.as_mut() {
            thread.scroll = 0;
            thread.chosen = None;
            // Whoever answers has seen what is new.
            thread.unread_from = None;
        }
        vec![Effect::Command(Command::Send { group, draft })]
    }

    fn is_own(&self, message: &MessageView) -> bool {
        message.sender.as_ref() == Some(&self.account.user)
    }

    /// The message chosen in the thread.
    pub fn chosen_message(&self) -> Option<&MessageView> {
        let thread = self.thread.as_ref()?;
        thread.messages.iter().find(|m| Some(m.id) == thread.chosen)
    }

    /// The chosen message, or the last one of one's own or of others.
    fn target(&self, own: bool) -> Result<MessageId, String> {
        let thread = self.thread.as_ref().ok_or("Open a conversation first.")?;
        if let Some(chosen) = self.chosen_message() {
            return Ok(chosen.id);
        }
        let wanted = |m: &&MessageView| m.sender.is_some() && self.is_own(m) == own && m.body != BodyView::Deleted;
        let found = thread.messages.iter().rev().find(wanted).map(|m| m.id);
        found.ok_or_else(|| "There is no such message here; name one by its id.".to_owned())
    }

    fn slash(&mut self, name: &str, words: &[String], rest: &str) -> Result<Vec<Effect>, String> {
        let usage = || {
            let (name, arguments, _) =
                slash::COMMANDS.iter().find(|(known, ..)| *known == name).expect("parsed from this list");
            format!("Usage: /{name} {arguments}")
        };
        let group =
            || self.thread.as_ref().map(|thread| thread.group.clone()).ok_or("Open a conversation first.".to_owned());
        // A first word that looks like a message's id names it.
        let (named, after) = match words.split_first() {
            Some((first, after)) if looks_like_id(first) => (Some(first.clone()), after),
            _ => (None, words),
        };
        let text_after_id = match &named {
            Some(id) => rest[id.len()..].trim().to_owned(),
            None => rest.to_owned(),
        };
        let send = |draft| Ok(vec![Effect::Command(Command::Send { group: group()?, draft })]);
        let by_name = |prefix, then| Ok(vec![Effect::Named { prefix, then }]);
        match name {
            "reply" | "edit" if text_after_id.is_empty() => Err(usage()),
            "reply" => match named {
                Some(prefix) => by_name(prefix, Named::Reply(text_after_id)),
                None => send(Draft::Text { text: text_after_id, reply_to: Some(self.target(false)?) }),
            },
            "edit" => match named {
                Some(prefix) => by_name(prefix, Named::Edit(text_after_id)),
                None => send(Draft::Edit { message: self.target(true)?, text: text_after_id }),
            },
            "delete" => match named {
                Some(prefix) => by_name(prefix, Named::Delete),
                None => Ok(self.ask_delete(self.target(true)?)),
            },
            "react" | "unreact" => {
                let emoji = after.first().cloned().ok_or_else(usage)?;
                let on = name == "react";
                match named {
                    Some(prefix) => by_name(prefix, Named::React { emoji, on }),
                    None => send(Draft::React { message: self.target(false)?, emoji, on }),
                }
            }
            "forward" if after.is_empty() => Err(usage()),
            "forward" => match named {
                Some(prefix) => by_name(prefix, Named::Forward { to: after.join(" ") }),
                None => Ok(vec![Effect::Forward { message: self.target(false)?, to: after.join(" ") }]),
            },
            "attach" => {
                let (path, caption) = words.split_first().ok_or_else(usage)?;
                let reply_to = match self.writing {
                    Writing::Reply(message) => Some(message),
                    _ => None,
                };
                let effect =
                    Effect::Attach { group: group()?, path: path.into(), caption: caption.join(" "), reply_to };
                self.writing = Writing::New;
                Ok(vec![effect])
            }
            "fetch" => {
                let folder = after.first().map(PathBuf::from);
                match named {
                    Some(prefix) => by_name(prefix, Named::Fetch { folder }),
                    None => Ok(vec![Effect::Fetch { message: self.last_file()?, folder }]),
                }
            }
            "search" if rest.is_empty() => Err(usage()),
            "search" => Ok(vec![Effect::Search(rest.to_owned())]),
            "members" => Ok(vec![Effect::Members(group()?)]),
            "safety" => Ok(vec![Effect::Safety { group: group().ok(), user: words.first().cloned() }]),
            "start" if words.len() == 1 => {
                Ok(vec![Effect::Users { group: None, users: words.to_vec(), then: ForUsers::Start }])
            }
            "group" => {
                let (name, users) = words.split_first().ok_or_else(usage)?;
                Ok(vec![Effect::Users {
                    group: None,
                    users: users.to_vec(),
                    then: ForUsers::StartGroup { name: name.clone() },
                }])
            }
            "add" | "remove" if !words.is_empty() => {
                let then = if name == "add" { ForUsers::Add } else { ForUsers::Remove };
                Ok(vec![Effect::Users { group: Some(group()?), users: words.to_vec(), then }])
            }
            "role" => match words {
                [user, role] => {
                    let role = crate::session::role(role).ok_or("A role is admin, member or reader.")?;
                    Ok(vec![Effect::Users {
                        group: Some(group()?),
                        users: vec![user.clone()],
                        then: ForUsers::SetRole(role),
                    }])
                }
                _ => Err(usage()),
            },
            "rename" if !rest.is_empty() => {
                Ok(vec![Effect::Command(Command::Rename { group: group()?, name: words.join(" ") })])
            }
            "leave" => {
                let conversation = self.open_conversation().ok_or("Open a conversation first.")?;
                if conversation.kind == GroupKind::Direct {
                    return Err("A conversation of two can't be left.".to_owned());
                }
                let effect = Box::new(Effect::Command(Command::Leave { group: conversation.group.clone() }));
                self.show(Overlay::Confirm { question: "Leave this group? y/N".to_owned(), effect });
                Ok(Vec::new())
            }
            "repair" => {
                let effect = Box::new(Effect::Command(Command::Repair { group: group()? }));
                let question = "Rejoin this conversation? Messages sent in between may be missing here. y/N".to_owned();
                self.show(Overlay::Confirm { question, effect });
                Ok(Vec::new())
            }
            "help" => {
                self.show(Overlay::Help);
                Ok(Vec::new())
            }
            "quit" => Ok(vec![Effect::Quit]),
            _ => Err(usage()),
        }
    }

    fn last_file(&self) -> Result<MessageId, String> {
        if let Some(chosen) = self.chosen_message().filter(|m| matches!(m.body, BodyView::File { .. })) {
            return Ok(chosen.id);
        }
        let thread = self.thread.as_ref().ok_or("Open a conversation first.")?;
        let file = thread.messages.iter().rev().find(|m| matches!(m.body, BodyView::File { .. }));
        file.map(|m| m.id).ok_or_else(|| "No file was sent here.".to_owned())
    }

    /// The other one in a conversation of two.
    pub fn other(members: &[MemberView], me: &UserId) -> Option<UserId> {
        members.iter().map(|member| &member.user).find(|user| *user != me).cloned()
    }
}

/// Eight to 64 hexadecimal digits: as many as the chat shows, or more. Shorter ones would be words, such as `feed`.
fn looks_like_id(word: &str) -> bool {
    (8..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
