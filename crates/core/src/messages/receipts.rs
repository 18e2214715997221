//! Receipts: delivered and read, as status reports in the conversation. The relay sees that something was sent, not what.

use super::{moments::Moments, queue};
use crate::{
    api::{CommandResult, ConversationState, Event},
    engine::{CoreError, Ctx, Loaded, Stop},
    records::{Conversation, IndexEntry, MessageRecord, SCAN_LIMIT, load, save, scan_prefix, split_message_key},
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
/// Between two reports of what was delivered in one conversation, in milliseconds.
const REPORT_STEP_MS: u64 = 1_000;

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
    scan_prefix(tx, Table::Mark, &conversation.prefix(), SCAN_LIMIT)?
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
    let before = std::mem::replace(&mut conversation.read, seq);
    let (left, mentions, rest) = count_unread(ctx, conversation, (seq, u64::MAX))?;
    if rest.is_none() {
        (conversation.unread, conversation.unread_mentions) = (left, mentions);
    } else {
        // Very many are left: those that were read now are fewer.
        let mut from = Some(before);
        while let Some(after) = from {
            let (read, mentions, rest) = count_unread(ctx, conversation, (after, seq + 1))?;
            conversation.unread = conversation.unread.saturating_sub(read);
            conversation.unread_mentions = conversation.unread_mentions.saturating_sub(mentions);
            from = rest;
        }
    }
    ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    Ok(())
}

/// Messages of others between two positions, at most [`SCAN_LIMIT`] of all: how many there are, how many of them mention the person, and
/// the position to go on from.
fn count_unread(
    ctx: &Ctx<'_>,
    conversation: &Conversation,
    (after, before): (u64, u64),
) -> Result<(u64, u64, Option<u64>), CoreError> {
    let me = crate::records::Account::load(ctx.tx)?.map(|account| account.user);
    let page = MessageRecord::range(ctx.tx, conversation, after, before, Order::Ascending, SCAN_LIMIT)?;
    let unread = page.iter().filter(|(_, m)| m.sender.is_some() && m.sender != me && !m.deleted);
    let mentions = unread.clone().filter(|(_, m)| m.mentions_me).count() as u64;
    let rest = page.last().filter(|_| page.len() == SCAN_LIMIT).and_then(|(key, _)| split_message_key(key));
    Ok((unread.count() as u64, mentions, rest.map(|(_, seq)| seq)))
}

fn reports(conversation: &Conversation, loaded: &Loaded) -> bool {
    conversation.state == ConversationState::Active
        && conversation.members.len() <= MAX_RECEIPT_USERS
        // The relay takes nothing from readers.
        && conversation.role_of(loaded.user()).is_some_and(|role| role != Role::Reader)
}

/// Messages of others came; the others are told with the next report.
pub(crate) fn owe_delivery(loaded: &Loaded, conversation: &mut Conversation) {
    if reports(conversation, loaded) {
        conversation.delivery_due = Some(true);
    }
}

/// Tells the others what is here, unless another device of ours has done so: at once, or a moment after the last report, so that
/// whoever catches up, or reads along with many, reports once for all that came.
pub(crate) fn tell_delivery(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
) -> Result<(), CoreError> {
    if conversation.delivery_due.is_none() {
        return Ok(());
    }
    let last_ms = ctx.state.reported_at_ms.get(&conversation.group).copied();
    if let Some(last_ms) = last_ms.filter(|last_ms| (*last_ms..*last_ms + REPORT_STEP_MS).contains(&ctx.now_ms)) {
        ctx.state.reports_due_ms.insert(conversation.group.clone(), last_ms + REPORT_STEP_MS);
        ctx.wake_at(last_ms + REPORT_STEP_MS);
        return Ok(());
    }
    conversation.delivery_due = None;
    let after = conversation.delivered;
    let came = MessageRecord::range(ctx.tx, conversation, after, u64::MAX, Order::Descending, MAX_REPORTED)?;
    let newest = came.first().and_then(|(key, _)| split_message_key(key)).map_or(after, |(_, seq)| seq);
    conversation.delivered = after.max(newest);
    conversation.save(ctx.tx)?;
    let report: Vec<_> = came
        .into_iter()
        .rev()
        .filter(|(_, message)| message.sender.as_ref().is_some_and(|sender| sender != loaded.user()))
        .map(|(_, message)| (message.id, Status::DELIVERED))
        .collect();
    if report.is_empty() || !reports(conversation, loaded) {
        return Ok(());
    }
    ctx.state.reported_at_ms.insert(conversation.group.clone(), ctx.now_ms);
    let content = compose::status(ctx.rng, &StatusReport(report));
    queue(ctx, loaded, conversation, &content).map(|_| ())
}

/// Looks at the conversations whose next report is due now.
pub(crate) fn report_again(ctx: &mut Ctx<'_>) {
    for (group, due_ms) in std::mem::take(&mut ctx.state.reports_due_ms) {
        if due_ms <= ctx.now_ms {
            ctx.touch(&group);
        } else {
            ctx.wake_at(due_ms);
            ctx.state.reports_due_ms.insert(group, due_ms);
        }
    }
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
