//! Messages as people see them.

use super::{
    pending::Shown,
    receipts::{Mark, mark_values},
};
use crate::{
    api::{BodyView, MessageState, MessageView, PreviewKind, PreviewView},
    engine::CoreError,
    records::{Account, Conversation, IndexEntry, MessageRecord, OutboxEntry, name_of, split_message_key},
    storage::Tx,
};
use chancery_mls::GroupKind;
use chancery_wire::{
    FileId, GroupId, MessageId, UserId,
    content::{Body, FileInfo, MimiContent, picture_type, readable},
    text::{shown_file_name, shown_name},
};
use std::{cell::RefCell, collections::BTreeMap};

/// What is needed to show the messages of one conversation.
pub(crate) struct Viewer<'a> {
    tx: &'a dyn Tx,
    conversation: &'a Conversation,
    me: Option<UserId>,
    marks: Vec<(UserId, Mark)>,
    /// Names that were looked up.
    names: RefCell<BTreeMap<UserId, String>>,
}

/// Characters of a preview.
const PREVIEW_CHARS: usize = 120;

impl<'a> Viewer<'a> {
    pub fn new(tx: &'a dyn Tx, conversation: &'a Conversation) -> Result<Self, CoreError> {
        let me = Account::load(tx)?.map(|account| account.user);
        Ok(Self { tx, conversation, me, marks: mark_values(tx, conversation)?, names: RefCell::default() })
    }

    pub fn record(&self, key: &[u8], record: &MessageRecord) -> Result<MessageView, CoreError> {
        let seq = split_message_key(key).map_or(0, |(_, seq)| seq);
        let Shown { content, edited, deleted, reactions: all, pending } = self.shown(record);
        let body = content.as_ref().map(Body::of);
        let own = record.sender.is_some() && record.sender == self.me;
        let mut reactions: Vec<(String, Vec<UserId>)> = Vec::new();
        for reaction in &all {
            match reactions.iter_mut().find(|(emoji, _)| *emoji == reaction.emoji) {
                Some((_, users)) => users.push(reaction.user.clone()),
                None => reactions.push((reaction.emoji.clone(), vec![reaction.user.clone()])),
            }
        }
        Ok(MessageView {
            id: record.id,
            seq,
            sender: record.sender.clone(),
            sender_name: record.sender.as_ref().map_or(Ok(String::new()), |sender| self.name(sender))?,
            at_ms: record.at_ms,
            body: match (&record.note, &body) {
                (Some(note), _) => BodyView::Note { code: note.code.clone(), text: note.text.clone() },
                (None, _) if deleted => BodyView::Deleted,
                (None, Some(body)) => body_view(body),
                (None, None) => BodyView::Unknown { content_type: String::new() },
            },
            reply_to: record.reply_to,
            reply: self.reply(record.reply_to.as_ref())?,
            forwarded: content.as_ref().is_some_and(|content| content.extensions.is_forwarded()),
            edited,
            reactions: if deleted { Vec::new() } else { reactions },
            mentions: body.iter().flat_map(Body::mentions).cloned().collect(),
            mentions_everyone: record.mentions_everyone.is_some(),
            starred: record.starred_at_ms.is_some(),
            expires_at_ms: record.expires_at_ms,
            newcomers: Vec::new(),
            state: if own { self.own_state(seq) } else { MessageState::Received },
            pending,
        })
    }

    fn shown(&self, record: &MessageRecord) -> Shown {
        let pending = record.pending.as_deref().unwrap_or_default();
        Shown::new(&record.content, (record.edited, record.deleted), &record.reactions, pending, self.me.as_ref())
    }

    pub fn waiting(&self, entry: &OutboxEntry) -> Result<Option<MessageView>, CoreError> {
        let Ok(content) = MimiContent::from_slice(&entry.content) else { return Ok(None) };
        if !super::receive::is_message(&content) {
            return Ok(None);
        }
        let changes = entry.pending.as_deref().unwrap_or_default();
        let shown = Shown::new(&entry.content, (false, false), &[], changes, self.me.as_ref());
        let body = Body::of(shown.content.as_ref().unwrap_or(&content));
        Ok(Some(MessageView {
            id: entry.id,
            seq: 0,
            sender: self.me.clone(),
            sender_name: self.me.as_ref().map_or(Ok(String::new()), |me| self.name(me))?,
            at_ms: entry.queued_at_ms,
            body: if shown.deleted { BodyView::Deleted } else { body_view(&body) },
            reply_to: content.in_reply_to,
            reply: self.reply(content.in_reply_to.as_ref())?,
            forwarded: content.extensions.is_forwarded(),
            edited: shown.edited,
            reactions: shown.reactions.into_iter().map(|reaction| (reaction.emoji, vec![reaction.user])).collect(),
            mentions: body.mentions().into_iter().cloned().collect(),
            mentions_everyone: body.mentions_everyone(),
            starred: false,
            expires_at_ms: super::expire::expires_at_ms(&content),
            newcomers: entry.newcomers.iter().flatten().map(|user| self.name(user)).collect::<Result<_, _>>()?,
            state: state_of(entry),
            pending: shown.pending,
        }))
    }

    pub fn is_me(&self, user: &UserId) -> bool {
        self.me.as_ref() == Some(user)
    }

    fn name(&self, user: &UserId) -> Result<String, CoreError> {
        if let Some(name) = self.names.borrow().get(user) {
            return Ok(name.clone());
        }
        let name = if self.is_me(user) {
            Account::load(self.tx)?.map_or_else(|| user.to_string(), |account| account.name)
        } else {
            name_of(self.tx, user)?
        };
        self.names.borrow_mut().insert(user.clone(), name.clone());
        Ok(name)
    }

    /// A line of the message that another one answers, when it stands in the same conversation.
    fn reply(&self, to: Option<&MessageId>) -> Result<Option<PreviewView>, CoreError> {
        let Some(to) = to else { return Ok(None) };
        match IndexEntry::load(self.tx, to)? {
            Some(IndexEntry::Message { key }) if key.starts_with(&self.conversation.prefix()) => {
                MessageRecord::load(self.tx, &key)?.map_or(Ok(None), |record| self.line(&key, &record))
            }
            Some(IndexEntry::Waiting { key }) if key.starts_with(&self.conversation.prefix()) => {
                OutboxEntry::load(self.tx, &key)?.map_or(Ok(None), |entry| self.waiting_line(&entry))
            }
            _ => Ok(None),
        }
    }

    /// A message as one line; `None` for notes.
    pub fn line(&self, key: &[u8], record: &MessageRecord) -> Result<Option<PreviewView>, CoreError> {
        let Some(sender) = &record.sender else { return Ok(None) };
        let shown = self.shown(record);
        let body = shown.content.as_ref().map(Body::of);
        let view = match &body {
            _ if shown.deleted => BodyView::Deleted,
            Some(body) => body_view(body),
            None => BodyView::Unknown { content_type: String::new() },
        };
        let seq = split_message_key(key).map_or(0, |(_, seq)| seq);
        let (kind, text) = line_of(&view);
        Ok(Some(PreviewView {
            message: record.id,
            sender: sender.clone(),
            sender_name: self.name(sender)?,
            kind,
            text: one_line(&text),
            thumbnail: matches!(view, BodyView::File { thumbnail: true, .. }),
            state: if self.is_me(sender) { self.own_state(seq) } else { MessageState::Received },
        }))
    }

    /// A message that waits, as one line.
    pub fn waiting_line(&self, entry: &OutboxEntry) -> Result<Option<PreviewView>, CoreError> {
        let (Ok(content), Some(me)) = (MimiContent::from_slice(&entry.content), &self.me) else { return Ok(None) };
        if !super::receive::is_message(&content) {
            return Ok(None);
        }
        let changes = entry.pending.as_deref().unwrap_or_default();
        let shown = Shown::new(&entry.content, (false, false), &[], changes, Some(me));
        let view = match &shown.content {
            _ if shown.deleted => BodyView::Deleted,
            changed => body_view(&Body::of(changed.as_ref().unwrap_or(&content))),
        };
        let (kind, text) = line_of(&view);
        Ok(Some(PreviewView {
            message: entry.id,
            sender: me.clone(),
            sender_name: self.name(me)?,
            kind,
            text: one_line(&text),
            thumbnail: matches!(view, BodyView::File { thumbnail: true, .. }),
            state: state_of(entry),
        }))
    }

    /// Delivered or read when it is so for every other member.
    fn own_state(&self, seq: u64) -> MessageState {
        let others = self.conversation.members.iter().filter(|m| Some(&m.user) != self.me.as_ref());
        if others.clone().next().is_none() || self.conversation.members.len() > super::receipts::MAX_RECEIPT_USERS {
            return MessageState::Sent;
        }
        let all_reached = |position: fn(&Mark) -> u64| {
            others
                .clone()
                .all(|member| self.marks.iter().any(|(user, mark)| *user == member.user && position(mark) >= seq))
        };
        if all_reached(|mark| mark.read) {
            MessageState::Read
        } else if all_reached(|mark| mark.delivered) {
            MessageState::Delivered
        } else {
            MessageState::Sent
        }
    }
}

/// What became of a message that wasn't sent yet.
fn state_of(entry: &OutboxEntry) -> MessageState {
    match (&entry.failed, &entry.newcomers) {
        (Some(_), _) => MessageState::Failed,
        (None, Some(_)) => MessageState::Held,
        (None, None) => MessageState::Waiting,
    }
}

/// One message, here or waiting, with its conversation.
pub(crate) fn message(tx: &dyn Tx, id: &MessageId) -> Result<Option<(GroupId, MessageView)>, CoreError> {
    let key = match IndexEntry::load(tx, id)? {
        Some(IndexEntry::Message { key } | IndexEntry::Waiting { key }) => key,
        _ => return Ok(None),
    };
    let Some(number) = key.get(..4).and_then(|n| n.try_into().ok()).map(u32::from_be_bytes) else { return Ok(None) };
    let Some(conversation) = Conversation::by_number(tx, number)? else { return Ok(None) };
    let viewer = Viewer::new(tx, &conversation)?;
    let view = match (MessageRecord::load(tx, &key)?, OutboxEntry::load(tx, &key)?) {
        (Some(record), _) if record.id == *id => Some(viewer.record(&key, &record)?),
        (_, Some(entry)) if entry.id == *id => viewer.waiting(&entry)?,
        _ => None,
    };
    Ok(view.map(|view| (conversation.group.clone(), view)))
}

/// The file of a message.
pub(crate) fn file(tx: &dyn Tx, id: &MessageId) -> Result<Option<FileInfo>, CoreError> {
    let content = match IndexEntry::load(tx, id)? {
        Some(IndexEntry::Message { key }) => MessageRecord::load(tx, &key)?.map(|record| record.content),
        Some(IndexEntry::Waiting { key }) => OutboxEntry::load(tx, &key)?.map(|entry| entry.content),
        _ => None,
    };
    Ok(content
        .and_then(|content| MimiContent::from_slice(&content).ok())
        .and_then(|content| Body::of(&content).files().first().map(|file| (*file).clone())))
}

/// The file id in a file's address.
fn file_id(file: &FileInfo) -> Option<FileId> {
    file.url.rsplit('/').next()?.parse().ok()
}

fn body_view(body: &Body) -> BodyView {
    match body {
        Body::Edit { body, .. } => body_view(body),
        Body::Text { text, .. } => BodyView::Text { text: text.clone() },
        Body::Unknown { content_type } => BodyView::Unknown { content_type: content_type.clone() },
        Body::Location(location) => BodyView::Location {
            latitude_e7: location.latitude_e7,
            longitude_e7: location.longitude_e7,
            accuracy_m: location.accuracy_m,
            name: shown_name(&location.name),
        },
        Body::Contact(card) => BodyView::Contact {
            name: shown_name(&card.name),
            user: card.user.clone(),
            emails: card.emails.clone(),
            phones: card.phones.clone(),
        },
        other => match other.files().first() {
            Some(file) => BodyView::File {
                name: shown_file_name(&file.name),
                media_type: file.media_type.clone(),
                size: file.size,
                file: file_id(file),
                caption: other.texts().join("\n"),
                thumbnail: file.thumbnail.as_ref().is_some_and(|it| picture_type(&it.bytes).is_some()),
                width: file.width,
                height: file.height,
                duration_ms: file.duration_ms,
                waveform: file.waveform.clone(),
                expires_at: file.expires_at,
            },
            None if !other.texts().is_empty() => BodyView::Text { text: other.texts().join("\n") },
            None => BodyView::Unknown { content_type: String::new() },
        },
    }
}

/// What a line stands for, and its text.
fn line_of(view: &BodyView) -> (PreviewKind, String) {
    match view {
        BodyView::Text { text } => (PreviewKind::Text, readable(text)),
        BodyView::File { name, media_type, caption, waveform, .. } => {
            let kind = match media_type.split('/').next() {
                Some("image") => PreviewKind::Photo,
                Some("video") => PreviewKind::Video,
                Some("audio") if waveform.is_some() => PreviewKind::Voice,
                Some("audio") => PreviewKind::Audio,
                _ => PreviewKind::File,
            };
            (kind, if caption.is_empty() { name.clone() } else { readable(caption) })
        }
        BodyView::Location { name, .. } => (PreviewKind::Location, name.clone()),
        BodyView::Contact { name, .. } => (PreviewKind::Contact, name.clone()),
        BodyView::Deleted => (PreviewKind::Deleted, String::new()),
        BodyView::Note { text, .. } => (PreviewKind::Text, text.clone()),
        BodyView::Unknown { .. } => (PreviewKind::Unknown, String::new()),
    }
}

/// The line of a message in the list of conversations.
pub(crate) fn preview_of(record: &MessageRecord) -> String {
    // Only the owner of this device has changes that wait.
    let pending = record.pending.as_deref().unwrap_or_default();
    let shown = Shown::new(&record.content, (record.edited, record.deleted), &[], pending, record.sender.as_ref());
    match shown.content {
        Some(content) if !shown.deleted => preview(&Body::of(&content)),
        _ => "Deleted".to_owned(),
    }
}

/// One line.
pub(crate) fn preview(body: &Body) -> String {
    let text = match body_view(body) {
        BodyView::Text { text } => readable(&text),
        BodyView::File { name, caption, .. } => {
            if caption.is_empty() {
                format!("📎 {name}")
            } else {
                format!("📎 {caption}")
            }
        }
        BodyView::Location { name, .. } => format!("📍 {name}"),
        BodyView::Contact { name, .. } => format!("👤 {name}"),
        BodyView::Unknown { .. } => "A message that this version can't show".to_owned(),
        BodyView::Deleted => "Deleted".to_owned(),
        BodyView::Note { text, .. } => text,
    };
    one_line(&text)
}

/// A text as one line of at most [`PREVIEW_CHARS`].
fn one_line(text: &str) -> String {
    // Of a long text only the beginning is looked at.
    let line: String = text.split_whitespace().take(PREVIEW_CHARS).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(PREVIEW_CHARS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Whether a conversation is a 1:1 with somebody else: then its title is the other's name.
pub(crate) fn title(tx: &dyn Tx, conversation: &Conversation, me: Option<&UserId>) -> Result<String, CoreError> {
    match (conversation.kind, me) {
        (GroupKind::Direct, Some(me)) => match conversation.peer(me) {
            Some(peer) => name_of(tx, peer),
            None => Ok(shown_name(&conversation.title)),
        },
        _ => Ok(conversation
            .known_title()
            .map(shown_name)
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| "Group".to_owned())),
    }
}
