//! What keys do.

use super::{Chat, Effect, Focus, Overlay, Writing};
use crate::{chat::keys::Key, output::size};
use chancery_core::{
    Command,
    api::{BodyView, Draft},
};
use chancery_wire::{GroupId, MessageId, limits::MAX_TEXT_CHARS};

impl Chat {
    /// A paste: text at the cursor, line breaks kept.
    pub fn paste(&mut self, text: &str) {
        if self.thread.is_some() && self.overlay.is_none() {
            self.focus = Focus::Input;
            if !self.editor.insert(text) {
                self.offer_file(text.to_owned());
            }
        }
    }

    /// A text that is too long for a message can go as a file, by one key.
    pub(super) fn offer_file(&mut self, text: String) {
        let Some(group) = self.thread.as_ref().map(|thread| thread.group.clone()) else { return };
        let question = format!(
            "This text has {}, and a message has at most {MAX_TEXT_CHARS} characters. Send it as a text file? y/N",
            size(text.len() as u64)
        );
        let reply_to = match self.writing {
            Writing::Reply(message) => Some(message),
            _ => None,
        };
        let effect = Box::new(Effect::SendText { group, text, reply_to });
        self.show(Overlay::Confirm { question, effect });
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

    pub(super) fn next_focus(&mut self, forward: bool) {
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

    pub(super) fn overlay_key(&mut self, key: Key) -> Vec<Effect> {
        match (self.overlay.as_mut().expect("asked only while there is one"), key) {
            (_, Key::Escape) => self.overlay = None,
            (Overlay::Confirm { effect, .. }, Key::Character('y' | 'Y')) => {
                let effect = (**effect).clone();
                self.overlay = None;
                if let Effect::SendText { text, reply_to, .. } = &effect {
                    // Typed rather than pasted: it is in the history, should the file not go.
                    if self.editor.text() == text {
                        self.editor.take();
                    }
                    if reply_to.is_some() {
                        self.writing = Writing::New;
                    }
                }
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

    pub(super) fn jump_to(&mut self, group: &GroupId, message: MessageId) -> Vec<Effect> {
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

    pub(super) fn list_key(&mut self, key: Key) -> Vec<Effect> {
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

    pub(super) fn thread_key(&mut self, key: Key) -> Vec<Effect> {
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

    pub(super) fn write(&mut self, writing: Writing) {
        self.writing = writing;
        self.focus = Focus::Input;
    }

    pub(super) fn ask_delete(&mut self, message: MessageId) -> Vec<Effect> {
        let Some(group) = self.thread.as_ref().map(|thread| thread.group.clone()) else { return Vec::new() };
        let effect = Effect::Command(Command::Send { group, draft: Draft::Delete { message } });
        self.show(Overlay::Confirm {
            question: "Delete this message for everyone? y/N".to_owned(),
            effect: Box::new(effect),
        });
        Vec::new()
    }

    fn type_in(&mut self, text: &str) -> Vec<Effect> {
        if !self.editor.insert(text) {
            self.tell_bad("The input is full. Enter sends it as a text file.");
        }
        Vec::new()
    }

    pub(super) fn input_key(&mut self, key: Key) -> Vec<Effect> {
        let editor = &mut self.editor;
        match key {
            Key::Character(c) => return self.type_in(c.encode_utf8(&mut [0; 4])),
            Key::NewLine => return self.type_in("\n"),
            Key::Backspace => editor.backspace(),
            Key::Delete => editor.delete(),
            Key::Left => editor.go_left(),
            Key::Right => editor.go_right(),
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
}
