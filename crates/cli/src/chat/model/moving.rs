//! Opening conversations, choosing messages, scrolling.

use super::{Chat, Effect, Focus, Thread, Writing};
use chancery_core::{Command, api::MessageState};
use chancery_wire::GroupId;

impl Chat {
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
    pub(super) fn read_what_is_shown(&self) -> Vec<Effect> {
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

    pub(super) fn load_older(&mut self) -> Vec<Effect> {
        let Some(thread) = self.thread.as_mut().filter(|thread| !thread.complete && !thread.loading) else {
            return Vec::new();
        };
        let before = thread.messages.iter().map(|m| m.seq).find(|seq| *seq != 0);
        thread.loading = before.is_some();
        before.map(|before| Effect::Load { group: thread.group.clone(), before: Some(before) }).into_iter().collect()
    }

    pub(super) fn step_conversation(&mut self, forward: bool) {
        let at = self.conversations.iter().position(|c| Some(&c.group) == self.marked.as_ref());
        let next = match (at, forward) {
            (None, _) => 0,
            (Some(at), true) => (at + 1).min(self.conversations.len().saturating_sub(1)),
            (Some(at), false) => at.saturating_sub(1),
        };
        self.marked = self.conversations.get(next).map(|c| c.group.clone());
    }

    pub(super) fn step_message(&mut self, forward: bool) -> Vec<Effect> {
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

    pub(super) fn scroll(&mut self, up: bool) -> Vec<Effect> {
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
}
