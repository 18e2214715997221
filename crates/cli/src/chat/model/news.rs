//! What comes from outside: fresh lists, messages, events.

use super::{Chat, Effect, Focus, MAX_HELD_MESSAGES, Overlay, PAGE_MESSAGES};
use chancery_core::{
    Event,
    api::{ConversationView, MemberView, MessageState, MessageView},
};
use chancery_wire::GroupId;

impl Chat {
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
                if *new || self.reaches(message) {
                    self.put_message(message.clone());
                }
                if *new { self.read_what_is_shown() } else { Vec::new() }
            }
            Event::MessageGone { group, message } if Some(group) == open.as_ref() => {
                if let Some(thread) = self.thread.as_mut() {
                    thread.messages.retain(|held| held.id != *message);
                    thread.chosen = thread.chosen.filter(|chosen| chosen != message);
                }
                Vec::new()
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
                // It may lie above what seemed to be the beginning.
                if let Some(thread) = self.thread.as_mut().filter(|_| *done) {
                    thread.complete = false;
                }
                open.filter(|_| *done).map(|group| Effect::Load { group, before: None }).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a message lies in what is held; one that was changed far above comes with its page.
    fn reaches(&self, message: &MessageView) -> bool {
        let Some(thread) = &self.thread else { return false };
        let first = thread.messages.iter().map(|held| held.seq).find(|seq| *seq != 0);
        thread.complete || message.seq == 0 || first.is_none_or(|first| message.seq >= first)
    }

    pub(super) fn put_message(&mut self, message: MessageView) {
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
}
