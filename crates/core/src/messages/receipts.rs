//! Receipts: delivered and read, as status reports in the conversation. The relay sees that something was sent, not what.

use super::{moments::Moments, queue};
use crate::{
    api::{CommandResult, ConversationState, Event},
    engine::{CoreError, Ctx, Loaded, Stop},
    records::{Conversation, IndexEntry, MessageRecord, load, save, scan_prefix, split_message_key},
    storage::{Order, Table, Tx},
};
use chancery_mls::Role;
use chancery_wire::{
    GroupId, MessageId, UserId,
    content::{Status, StatusReport, compose},
};
use minicbor::{Decode, Encode};

/// Receipts are sent in conversations of at most this many users: in larger ones they would be most of the traffic (docs/adr/0009).
pub(crate) const MAX_RECEIPT_USERS: usize = 32;
/// Messages in one report.
const MAX_REPORTED: usize = 100;

/// How far a user is: positions in the log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(crate) struct Mark {
    #[n(0)]
    pub delivered: u64,
    #[n(1)]
    pub read: u64,
    #[n(2)]
    #[cbor(default)]
    pub delivered_when: Moments,
    #[n(3)]
    #[cbor(default)]
    pub read_when: Moments,
}

fn key(conversation: &Conversation, user: &UserId) -> Vec<u8> {
    [&conversation.prefix()[..], user.as_str().as_bytes()].concat()
}

/// Marks of all users of a conversation.
pub(crate) fn mark_values(tx: &dyn Tx, conversation: &Conversation) -> Result<Vec<(UserId, Mark)>, CoreError> {
    scan_prefix(tx, Table::Mark, &conversation.prefix(), crate::records::SCAN_LIMIT)?
        .into_iter()
        .map(|(key, value)| {
            let user = std::str::from_utf8(&key[4..])
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| CoreError::Record("a mark's user".into()))?;
            Ok((user, crate::records::decode(&value, "mark")?))
        })
        .collect()
}

/// Somebody's report, which the relay took at `at_ms`. One's own (from another device) moves what is unread here.
pub(super) fn apply(
    ctx: &mut Ctx<'_>,
    conversation: &mut Conversation,
    sender: &UserId,
    at_ms: u64,
    report: &StatusReport,
) -> Result<(), CoreError> {
    let key = key(conversation, sender);
    let mut mark: Mark = load(ctx.tx, Table::Mark, &key, "mark")?.unwrap_or_default();
    let before = mark.clone();
    for (id, status) in &report.0 {
        let Some(IndexEntry::Message { key }) = IndexEntry::load(ctx.tx, id)? else { continue };
        let Some((number, seq)) = split_message_key(&key) else { continue };
        if number != conversation.number {
            continue;
        }
        if *status == Status::DELIVERED || *status == Status::READ {
            mark.delivered = mark.delivered.max(seq);
        }
        if *status == Status::READ {
            mark.read = mark.read.max(seq);
        }
    }
    if mark == before {
        return Ok(());
    }
    mark.delivered_when.add(before.delivered, mark.delivered, at_ms);
    mark.read_when.add(before.read, mark.read, at_ms);
    save(ctx.tx, Table::Mark, &key, &mark)?;
    ctx.event(Event::MarksChanged { group: conversation.group.clone() });
    if crate::records::Account::load(ctx.tx)?.is_some_and(|account| account.user == *sender) {
        conversation.delivered = conversation.delivered.max(mark.delivered);
        read_up_to(ctx, conversation, mark.read)?;
    }
    Ok(())
}

/// Raises a user's mark, from the history: it doesn't tell when.
pub(crate) fn raise_mark(
    ctx: &Ctx<'_>,
    conversation: &Conversation,
    user: &UserId,
    delivered: u64,
    read: u64,
) -> Result<(), CoreError> {
    let key = key(conversation, user);
    let mut mark: Mark = load(ctx.tx, Table::Mark, &key, "mark")?.unwrap_or_default();
    mark.delivered = mark.delivered.max(delivered);
    mark.read = mark.read.max(read);
    mark.delivered_when.forget(delivered);
    mark.read_when.forget(read);
    save(ctx.tx, Table::Mark, &key, &mark)
}

/// Moves the own read mark and counts what is left.
fn read_up_to(ctx: &mut Ctx<'_>, conversation: &mut Conversation, seq: u64) -> Result<(), CoreError> {
    if seq <= conversation.read {
        return Ok(());
    }
    conversation.read = seq;
    let me = crate::records::Account::load(ctx.tx)?.map(|account| account.user);
    let left = MessageRecord::range(ctx.tx, conversation, seq, u64::MAX, Order::Ascending, crate::records::SCAN_LIMIT)?;
    let unread = left.iter().filter(|(_, m)| m.sender.is_some() && m.sender != me && !m.deleted);
    conversation.unread = unread.clone().count() as u64;
    conversation.unread_mentions = unread.filter(|(_, m)| m.mentions_me).count() as u64;
    ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    Ok(())
}

fn reports(conversation: &Conversation, loaded: &Loaded) -> bool {
    conversation.state == ConversationState::Active
        && conversation.members.len() <= MAX_RECEIPT_USERS
        // The relay takes nothing from readers.
        && conversation.role_of(loaded.user()).is_some_and(|role| role != Role::Reader)
}

/// Tells the others that these messages are here, unless another device of ours has done so.
pub(crate) fn acknowledge_delivery(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
    delivered: &[MessageId],
) -> Result<(), CoreError> {
    let Some(newest) = delivered.last() else { return Ok(()) };
    if !reports(conversation, loaded) {
        return Ok(());
    }
    let Some(IndexEntry::Message { key }) = IndexEntry::load(ctx.tx, newest)? else { return Ok(()) };
    let seq = split_message_key(&key).map_or(0, |(_, seq)| seq);
    if seq <= conversation.delivered {
        return Ok(());
    }
    conversation.delivered = seq;
    let tail = &delivered[delivered.len().saturating_sub(MAX_REPORTED)..];
    let report = StatusReport(tail.iter().map(|id| (*id, Status::DELIVERED)).collect());
    let content = compose::status(ctx.rng, &report);
    queue(ctx, loaded, conversation, &content).map(|_| ())
}

/// The person has read up to a message.
pub(crate) fn mark_read(ctx: &mut Ctx<'_>, group: &GroupId, up_to: Option<MessageId>) -> Result<CommandResult, Stop> {
    let loaded = ctx.require_account()?;
    let mut conversation = ctx.require_conversation(group)?;
    let seq = match up_to {
        None => conversation.cursor,
        Some(id) => match IndexEntry::load(ctx.tx, &id)? {
            Some(IndexEntry::Message { key }) if key.starts_with(&conversation.prefix()) => {
                split_message_key(&key).map_or(0, |(_, seq)| seq)
            }
            _ => {
                return Err(crate::engine::user_error(
                    "no_such_message",
                    "There is no such message in this conversation.",
                )
                .into());
            }
        },
    };
    if conversation.keeping.as_ref().is_some_and(|keeping| keeping.marked_unread) {
        conversation.keep(|keeping| keeping.marked_unread = false);
        conversation.save(ctx.tx)?;
        ctx.event(Event::ConversationChanged { group: group.clone() });
    }
    let before = conversation.read;
    if seq <= before {
        return Ok(CommandResult::Done);
    }
    let range = MessageRecord::range(ctx.tx, &conversation, before, seq + 1, Order::Descending, MAX_REPORTED)?;
    let read: Vec<_> = range
        .iter()
        .rev()
        .filter(|(_, message)| message.sender.as_ref().is_some_and(|sender| sender != loaded.user()))
        .map(|(_, message)| (message.id, Status::READ))
        .collect();
    read_up_to(ctx, &mut conversation, seq)?;
    conversation.delivered = conversation.delivered.max(seq);
    conversation.save(ctx.tx)?;
    if !read.is_empty() && reports(&conversation, &loaded) {
        let content = compose::status(ctx.rng, &StatusReport(read));
        queue(ctx, &loaded, &conversation, &content)?;
    }
    Ok(CommandResult::Done)
}
