//! What a line does when Enter is pressed: a message, or a command.

use super::{Chat, Effect, ForUsers, Named, Overlay, Writing};
use crate::chat::slash::{self, Typed};
use chancery_core::{
    Command,
    api::{BodyView, ConversationState, Draft, MemberView, MessageState, MessageView},
};
use chancery_mls::GroupKind;
use chancery_wire::{MessageId, UserId};
use std::path::PathBuf;

impl Chat {
    pub(super) fn submit(&mut self) -> Vec<Effect> {
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

    pub(super) fn send_text(&mut self, text: String) -> Vec<Effect> {
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
        if self.editor.left().is_some_and(|left| left < 0) {
            if matches!(self.writing, Writing::Edit(_)) {
                self.tell_bad("The text is too long for a message; make it shorter, or Esc and send it as a file.");
            } else {
                self.offer_file(self.editor.text().to_owned());
            }
            return Vec::new();
        }
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

    pub(super) fn is_own(&self, message: &MessageView) -> bool {
        message.sender.as_ref() == Some(&self.account.user)
    }

    /// The message chosen in the thread.
    pub fn chosen_message(&self) -> Option<&MessageView> {
        let thread = self.thread.as_ref()?;
        thread.messages.iter().find(|m| Some(m.id) == thread.chosen)
    }

    /// The chosen message, or the last one of one's own or of others.
    pub(super) fn target(&self, own: bool) -> Result<MessageId, String> {
        let thread = self.thread.as_ref().ok_or("Open a conversation first.")?;
        if let Some(chosen) = self.chosen_message() {
            return Ok(chosen.id);
        }
        let wanted = |m: &&MessageView| m.sender.is_some() && self.is_own(m) == own && m.body != BodyView::Deleted;
        let found = thread.messages.iter().rev().find(wanted).map(|m| m.id);
        found.ok_or_else(|| "There is no such message here; name one by its id.".to_owned())
    }

    /// What was refused: of the chosen message, or of the last one of which something was.
    fn refused(&self) -> Option<MessageId> {
        let of = |message: &MessageView| {
            let change = message.pending.iter().find(|change| change.failed.is_some()).map(|change| change.change);
            change.or_else(|| (message.state == MessageState::Failed).then_some(message.id))
        };
        match self.chosen_message() {
            Some(message) => of(message),
            None => self.thread.as_ref()?.messages.iter().rev().find_map(of),
        }
    }

    pub(super) fn slash(&mut self, name: &str, words: &[String], rest: &str) -> Result<Vec<Effect>, String> {
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
            "resend" => match named {
                Some(prefix) => by_name(prefix, Named::Resend),
                None => Ok(vec![Effect::Command(Command::Resend { message: self.target(true)? })]),
            },
            "retry" | "giveup" => {
                let change = self.refused().ok_or("Nothing was refused here.")?;
                match name {
                    "retry" => Ok(vec![Effect::Command(Command::Resend { message: change })]),
                    _ => send(Draft::Delete { message: change }),
                }
            }
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
            "attach" | "document" => {
                let (path, caption) = words.split_first().ok_or_else(usage)?;
                let reply_to = match self.writing {
                    Writing::Reply(message) => Some(message),
                    _ => None,
                };
                let effect = Effect::Attach {
                    group: group()?,
                    path: path.into(),
                    caption: caption.join(" "),
                    reply_to,
                    as_document: name == "document",
                };
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
                let effect = Box::new(Effect::Command(Command::Repair { group: group()?, agreed: None }));
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

    pub(super) fn last_file(&self) -> Result<MessageId, String> {
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
