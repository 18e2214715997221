//! How the person keeps conversations and messages on this device: pinned, muted, put away, marked unread, drafts, stars. Nobody
//! is told, neither other people nor one's own other devices.

use super::view;
use crate::{
    api::{CommandResult, Event},
    engine::{CoreError, Ctx, Stop, user_error},
    records::{Conversation, IndexEntry, MessageRecord, Unsent, prefix_end},
    storage::{Order, Table, Tx},
};
use chancery_wire::{GroupId, MessageId, limits::MAX_DRAFT_BYTES};
use std::ops::Bound;

const STARS: &[u8] = b"star/";
/// Stars that are looked through for those of one conversation.
const MAX_STARS: usize = 10_000;

fn change(ctx: &mut Ctx<'_>, group: &GroupId, change: impl FnOnce(&mut Conversation)) -> Result<CommandResult, Stop> {
    let mut conversation = ctx.require_conversation(group)?;
    let before = conversation.keeping.clone();
    change(&mut conversation);
    if conversation.keeping != before {
        conversation.save(ctx.tx)?;
        ctx.event(Event::ConversationChanged { group: group.clone() });
    }
    Ok(CommandResult::Done)
}

pub(crate) fn pin(ctx: &mut Ctx<'_>, group: &GroupId, on: bool) -> Result<CommandResult, Stop> {
    let now = ctx.now_ms;
    change(ctx, group, |conversation| {
        conversation.keep(|keeping| keeping.pinned_at_ms = on.then(|| keeping.pinned_at_ms.unwrap_or(now)));
    })
}

pub(crate) fn mute(ctx: &mut Ctx<'_>, group: &GroupId, until_ms: Option<u64>) -> Result<CommandResult, Stop> {
    change(ctx, group, |conversation| conversation.keep(|keeping| keeping.muted_until_ms = until_ms))
}

pub(crate) fn archive(ctx: &mut Ctx<'_>, group: &GroupId, on: bool) -> Result<CommandResult, Stop> {
    change(ctx, group, |conversation| conversation.keep(|keeping| keeping.archived = on))
}

pub(crate) fn mark_unread(ctx: &mut Ctx<'_>, group: &GroupId) -> Result<CommandResult, Stop> {
    change(ctx, group, |conversation| conversation.keep(|keeping| keeping.marked_unread = true))
}

pub(crate) fn save_draft(
    ctx: &mut Ctx<'_>,
    group: &GroupId,
    text: String,
    reply_to: Option<MessageId>,
) -> Result<CommandResult, Stop> {
    if text.len() > MAX_DRAFT_BYTES {
        return Err(user_error("too_large", "This is too long for a message.").into());
    }
    let draft = (!text.is_empty() || reply_to.is_some()).then_some(Unsent { text, reply_to });
    change(ctx, group, |conversation| conversation.keep(|keeping| keeping.draft = draft))
}

/// A new message from somebody else fetches a conversation back that was put away, unless it is muted.
pub(super) fn fetch_back(conversation: &mut Conversation, now_ms: u64) {
    if conversation.keeping.as_ref().is_some_and(|keeping| keeping.archived) && !conversation.is_muted(now_ms) {
        conversation.keep(|keeping| keeping.archived = false);
    }
}

pub(crate) fn star(ctx: &mut Ctx<'_>, message: &MessageId, on: bool) -> Result<CommandResult, Stop> {
    let missing = || user_error("no_such_message", "There is no such message on this device, or it waits to be sent.");
    let Some(IndexEntry::Message { key }) = IndexEntry::load(ctx.tx, message)? else { return Err(missing().into()) };
    let mut record = MessageRecord::load(ctx.tx, &key)?
        .filter(|record| record.sender.is_some() && (!on || !record.deleted))
        .ok_or_else(missing)?;
    if record.starred_at_ms.is_some() != on {
        unstar(ctx.tx, &key, &mut record)?;
        if on {
            record.starred_at_ms = Some(ctx.now_ms);
            ctx.tx.put(Table::Meta, &star_key(ctx.now_ms, &key), &[])?;
        }
        record.save(ctx.tx, &key)?;
        if let Some((group, message)) = view::message(ctx.tx, message)? {
            ctx.event(Event::Message { group, message, new: false });
        }
    }
    Ok(CommandResult::Done)
}

/// Takes a message out of the list of stars; the caller saves it.
pub(super) fn unstar(tx: &dyn Tx, key: &[u8], record: &mut MessageRecord) -> Result<(), CoreError> {
    if let Some(at_ms) = record.starred_at_ms.take() {
        tx.delete(Table::Meta, &star_key(at_ms, key))?;
    }
    Ok(())
}

fn star_key(at_ms: u64, key: &[u8]) -> Vec<u8> {
    [STARS, &at_ms.to_be_bytes(), key].concat()
}

/// Keys of starred messages, the last starred first.
pub(crate) fn stars(tx: &dyn Tx, conversation: Option<&Conversation>, limit: usize) -> Result<Vec<Vec<u8>>, CoreError> {
    let end = prefix_end(STARS);
    let asked = if conversation.is_some() { MAX_STARS } else { limit };
    let (from, to) = (Bound::Included(STARS), end.as_ref().map(Vec::as_slice));
    let keys = tx.scan(Table::Meta, from, to, Order::Descending, asked)?.into_iter().map(|(entry, _)| {
        let key = entry.get(STARS.len() + 8..).unwrap_or_default();
        key.to_vec()
    });
    Ok(keys.filter(|key| conversation.is_none_or(|c| key.starts_with(&c.prefix()))).take(limit).collect())
}
