//! Messages: composing and queueing, sending, receiving, what refers to them (edits, deletions, reactions), receipts, notes.
//!
//! **Invariant:** a message has one place, its position in the log; what waits stands in the outbox and nowhere else.
//! **Invariant:** what waits isn't encrypted for somebody whom it wasn't written for, before the person says so.
//! **Invariant:** nobody edits or deletes a message but its sender.

mod apply;
mod audience;
mod expire;
mod keep;
mod moments;
mod notes;
mod outbox;
mod pending;
mod profile;
mod receipts;
mod receive;
mod send;
mod typing;
pub(crate) mod view;

pub(crate) use apply::{adopt_orphans, searchable};
pub(crate) use audience::{Came, hold};
pub(crate) use expire::{expire, schedule, set_disappearing};
pub(crate) use keep::{archive, mark_unread, mute, pin, save_draft, star, stars};
pub(crate) use moments::Moments;
pub(crate) use notes::{note, note_at};
pub(crate) use outbox::{encrypt_anew, fail_waiting, flush, is_any_waiting, is_visible, reply, resend, sent};
pub(crate) use profile::{
    checked_picture, introduce, owe_picture, queue_picture, queue_profile, remember_person, set_picture, tell_picture,
};
pub(crate) use receipts::{
    MAX_RECEIPT_USERS, Mark, mark_read, mark_values, owe_delivery, raise_mark, report_again, tell_delivery,
};
pub(crate) use receive::receive;
pub(crate) use send::send;
pub(crate) use typing::{Typing, hush, receive_signal, still_everywhere, typing};

use crate::{
    engine::{CoreError, Ctx, Loaded},
    records::{Conversation, Expiring, IndexEntry, OutboxEntry},
};
use chancery_wire::{
    ItemId, MessageId, UserId,
    content::{MimiContent, uri},
};

/// Puts content into the outbox of a conversation and returns its id.
pub(crate) fn queue(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    content: &MimiContent,
) -> Result<MessageId, CoreError> {
    let id = message_id(content, loaded.user(), conversation)?;
    let entry = OutboxEntry {
        item: ItemId::random(ctx.rng),
        id,
        content: content.to_vec().into(),
        queued_at_ms: ctx.now_ms,
        encrypted: None,
        failed: None,
        newcomers: None,
        gone: None,
        pending: None,
    };
    let key = entry.push(ctx.tx, conversation)?;
    if let Some(at_ms) = expire::expires_at_ms(content) {
        schedule(ctx, at_ms, Expiring::Waiting, &key)?;
    }
    IndexEntry::Waiting { key: key.into() }.save(ctx.tx, &id)?;
    if let Some(target) = pending::target_of(content) {
        pending::add(ctx, &target, id, content)?;
    }
    ctx.touch(&conversation.group);
    Ok(id)
}

fn message_id(content: &MimiContent, sender: &UserId, conversation: &Conversation) -> Result<MessageId, CoreError> {
    content
        .message_id(&uri::user_uri(sender), &uri::room_uri(&conversation.group))
        .map_err(|e| CoreError::Internal(format!("the id of our own message: {e}")))
}
