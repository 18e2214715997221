//! What this device's person changed about a message and what still waits to be sent: an edit, a deletion, a reaction. It is kept with
//! the message, so that showing one costs no further look into the outbox.
//!
//! **Invariant:** a change is with its message from the moment it is queued until the log shows it, it is taken back, or (a reaction) it
//! is refused; whoever looks at the message sees it as it will be, marked.

use super::{expire, view};
use crate::{
    api::{Event, PendingKind, PendingView},
    engine::{CoreError, Ctx},
    records::{Conversation, IndexEntry, MessageRecord, OutboxEntry, Pending, Reaction},
};
use chancery_wire::{
    MessageId, UserId,
    content::{Body, MimiContent},
};

/// The message that content changes; `None` for content of its own.
pub(super) fn target_of(content: &MimiContent) -> Option<MessageId> {
    match Body::of(content) {
        Body::Edit { target, .. } | Body::Delete { target } | Body::Reaction { target, .. } => Some(target),
        Body::Unreaction { target, .. } => target,
        _ => None,
    }
}

/// A change of a message was queued.
pub(super) fn add(
    ctx: &mut Ctx<'_>,
    target: &MessageId,
    change: MessageId,
    content: &MimiContent,
) -> Result<(), CoreError> {
    let pending = Pending { message: change, content: content.to_vec().into(), failed: None };
    with(ctx, target, |list| list.push(pending))
}

/// A change is in the log, was taken back or given up.
pub(super) fn settle(ctx: &mut Ctx<'_>, target: &MessageId, change: &MessageId) -> Result<(), CoreError> {
    with(ctx, target, |list| list.retain(|pending| pending.message != *change))
}

/// A change was refused, or (`None`) is tried once more.
pub(super) fn mark(
    ctx: &mut Ctx<'_>,
    target: &MessageId,
    change: &MessageId,
    failed: Option<&str>,
) -> Result<(), CoreError> {
    with(ctx, target, |list| {
        for pending in list.iter_mut().filter(|pending| pending.message == *change) {
            pending.failed = failed.map(str::to_owned);
        }
    })
}

/// Takes changes of a message back that were never sent. Says whether all that were asked for are gone, and there was one.
pub(super) fn withdraw(
    ctx: &mut Ctx<'_>,
    target: &MessageId,
    which: impl Fn(&Body) -> bool,
) -> Result<bool, CoreError> {
    let wanted: Vec<_> = of(ctx, target)?
        .into_iter()
        .filter(|pending| MimiContent::from_slice(&pending.content).is_ok_and(|content| which(&Body::of(&content))))
        .collect();
    let mut gone = !wanted.is_empty();
    for pending in wanted {
        gone &= match IndexEntry::load(ctx.tx, &pending.message)? {
            Some(IndexEntry::Waiting { key }) => expire::withdraw(ctx, &key)?,
            _ => false,
        };
    }
    Ok(gone)
}

/// The message that set our reaction with this emoji, when it waits.
pub(super) fn reaction(ctx: &Ctx<'_>, target: &MessageId, emoji: &str) -> Result<Option<MessageId>, CoreError> {
    let is_it = |pending: &Pending| {
        MimiContent::from_slice(&pending.content)
            .is_ok_and(|content| matches!(Body::of(&content), Body::Reaction { emoji: e, .. } if e == emoji))
    };
    Ok(of(ctx, target)?.into_iter().find(is_it).map(|pending| pending.message))
}

fn of(ctx: &Ctx<'_>, target: &MessageId) -> Result<Vec<Pending>, CoreError> {
    let pending = match IndexEntry::load(ctx.tx, target)? {
        Some(IndexEntry::Message { key }) => MessageRecord::load(ctx.tx, &key)?.and_then(|record| record.pending),
        Some(IndexEntry::Waiting { key }) => OutboxEntry::load(ctx.tx, &key)?.and_then(|entry| entry.pending),
        _ => None,
    };
    Ok(pending.unwrap_or_default())
}

fn with(ctx: &mut Ctx<'_>, target: &MessageId, change: impl FnOnce(&mut Vec<Pending>)) -> Result<(), CoreError> {
    let changed = |pending: Option<Vec<Pending>>| {
        let mut list = pending.unwrap_or_default();
        change(&mut list);
        (!list.is_empty()).then_some(list)
    };
    match IndexEntry::load(ctx.tx, target)? {
        Some(IndexEntry::Message { key }) => {
            let Some(mut record) = MessageRecord::load(ctx.tx, &key)? else { return Ok(()) };
            record.pending = changed(record.pending.take());
            record.save(ctx.tx, &key)?;
            let number = key.get(..4).and_then(|n| n.try_into().ok()).map(u32::from_be_bytes);
            let conversation = number.map(|number| Conversation::by_number(ctx.tx, number)).transpose()?.flatten();
            if let Some(mut conversation) = conversation {
                expire::refresh_preview(ctx, &mut conversation)?;
                conversation.save(ctx.tx)?;
            }
        }
        Some(IndexEntry::Waiting { key }) => {
            let Some(mut entry) = OutboxEntry::load(ctx.tx, &key)? else { return Ok(()) };
            entry.pending = changed(entry.pending.take());
            entry.save(ctx.tx, &key)?;
        }
        _ => return Ok(()),
    }
    if let Some((group, message)) = view::message(ctx.tx, target)? {
        ctx.event(Event::Message { group: group.clone(), message, new: false });
        ctx.event(Event::ConversationChanged { group });
    }
    Ok(())
}

/// A message as it will be when everything that waits is sent.
pub(super) struct Shown {
    pub content: Option<MimiContent>,
    pub edited: bool,
    pub deleted: bool,
    pub reactions: Vec<Reaction>,
    pub pending: Vec<PendingView>,
}

impl Shown {
    /// Of a message as it is, what waits, and who looks.
    pub fn new(
        content: &[u8],
        (edited, deleted): (bool, bool),
        reactions: &[Reaction],
        pending: &[Pending],
        me: Option<&UserId>,
    ) -> Self {
        let mut shown = Self {
            content: MimiContent::from_slice(content).ok(),
            edited,
            deleted,
            reactions: reactions.to_vec(),
            pending: Vec::new(),
        };
        if !deleted {
            pending.iter().for_each(|change| shown.take(change, me));
        }
        shown
    }

    fn take(&mut self, change: &Pending, me: Option<&UserId>) {
        let (Ok(content), Some(me)) = (MimiContent::from_slice(&change.content), me) else { return };
        let kind = match Body::of(&content) {
            Body::Edit { .. } => {
                // One that was refused is shown, too: its words aren't anywhere else.
                self.content = Some(content);
                self.edited = true;
                PendingKind::Edit
            }
            Body::Delete { .. } => {
                self.deleted |= change.failed.is_none();
                PendingKind::Delete
            }
            Body::Reaction { emoji, .. } => {
                if !self.reactions.iter().any(|reaction| reaction.user == *me && reaction.emoji == emoji) {
                    self.reactions.push(Reaction { emoji, user: me.clone(), message: change.message });
                }
                PendingKind::Reaction
            }
            Body::Unreaction { reaction, .. } => {
                self.reactions.retain(|other| other.message != reaction);
                PendingKind::Reaction
            }
            _ => return,
        };
        self.pending.push(PendingView { change: change.message, kind, failed: change.failed.clone() });
    }
}
