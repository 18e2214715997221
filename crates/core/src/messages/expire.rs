//! Disappearing messages: each carries the time of its end (MIMI `expires`), and every device deletes it then, with what was made
//! of it here: the index, the line in the list, the star. A reply's line comes from the message itself, so it goes too.

use super::{keep::unstar, pending, queue, view};
use crate::{
    api::{CommandResult, ConversationState, Event},
    engine::{CoreError, Ctx, Loaded, Stop, user_error},
    records::{Conversation, Expiring, Expiry, IndexEntry, MessageRecord, OutboxEntry, split_message_key},
    storage::{Order, Table},
};
use chancery_mls::{GroupKind, Role};
use chancery_wire::{
    GroupId, UserId,
    content::{Body, ConversationSettings, Expiration, MAX_MESSAGE_SECONDS, MIN_MESSAGE_SECONDS, MimiContent, compose},
};

/// Messages deleted within one input.
const BATCH: usize = 200;
/// Longest wait for the next deletion, in milliseconds: timers of drivers don't reach further than some weeks.
const MAX_WAIT_MS: u64 = 24 * 3600 * 1000;
/// Messages looked at for the line of the list after one has changed or gone.
const PREVIEW_SCAN: usize = 32;

/// When content says that it ends, in milliseconds since 1970. Our clients state a time; "after reading" of others isn't kept.
pub(crate) fn expires_at_ms(content: &MimiContent) -> Option<u64> {
    match content.expires {
        Some(Expiration::At(seconds)) => Some(u64::from(seconds) * 1000),
        _ => None,
    }
}

/// Deletes it then.
pub(crate) fn schedule(ctx: &mut Ctx<'_>, at_ms: u64, what: Expiring, key: &[u8]) -> Result<(), CoreError> {
    Expiry { at_ms, what, key: key.to_vec() }.save(ctx.tx)?;
    ctx.state.next_expiry_ms = ctx.state.next_expiry_ms.map(|next| next.min(at_ms));
    Ok(())
}

/// Deletes what is due, and asks to be woken for the next one.
pub(crate) fn expire(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    let mut next = match ctx.state.next_expiry_ms {
        Some(next) => next,
        None => first(ctx)?,
    };
    if next <= ctx.now_ms {
        for expiry in Expiry::first(ctx.tx, BATCH)? {
            if expiry.at_ms > ctx.now_ms {
                break;
            }
            expiry.delete(ctx.tx)?;
            match expiry.what {
                Expiring::Message => remove(ctx, &expiry.key)?,
                Expiring::Waiting => remove_waiting(ctx, &expiry.key)?,
            }
        }
        next = first(ctx)?;
    }
    ctx.state.next_expiry_ms = Some(next);
    if next != u64::MAX {
        let wait = next.saturating_sub(ctx.now_ms).min(MAX_WAIT_MS);
        ctx.wake_at(ctx.now_ms + wait);
    }
    Ok(())
}

fn first(ctx: &Ctx<'_>) -> Result<u64, CoreError> {
    Ok(Expiry::first(ctx.tx, 1)?.first().map_or(u64::MAX, |expiry| expiry.at_ms))
}

fn remove(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), CoreError> {
    let Some(mut record) = MessageRecord::load(ctx.tx, key)? else { return Ok(()) };
    // Another message may stand there now, should a clock or a store have gone back.
    if record.expires_at_ms.is_none_or(|at| at > ctx.now_ms) {
        return Ok(());
    }
    let Some((number, seq)) = split_message_key(key) else { return Ok(()) };
    unstar(ctx.tx, key, &mut record)?;
    ctx.tx.delete(Table::Message, key)?;
    ctx.tx.unindex_text(key)?;
    // It stays known, so that it isn't taken in a second time.
    IndexEntry::Applied.save(ctx.tx, &record.id)?;
    let Some(mut conversation) = Conversation::by_number(ctx.tx, number)? else { return Ok(()) };
    let me = crate::records::Account::load(ctx.tx)?.map(|account| account.user);
    if seq > conversation.read && record.sender != me && !record.deleted {
        conversation.unread = conversation.unread.saturating_sub(1);
        conversation.unread_mentions = conversation.unread_mentions.saturating_sub(u64::from(record.mentions_me));
    }
    refresh_preview(ctx, &mut conversation)?;
    conversation.save(ctx.tx)?;
    ctx.event(Event::MessageGone { group: conversation.group.clone(), message: record.id });
    ctx.event(Event::ConversationChanged { group: conversation.group });
    Ok(())
}

/// The line of the list, after a message has changed or gone: of the newest one; notes are passed over.
pub(super) fn refresh_preview(ctx: &Ctx<'_>, conversation: &mut Conversation) -> Result<(), CoreError> {
    let newest = MessageRecord::range(ctx.tx, conversation, 0, u64::MAX, Order::Descending, PREVIEW_SCAN)?;
    let newest = newest.iter().map(|(_, record)| record).find(|record| record.sender.is_some());
    conversation.preview = newest.map(view::preview_of).unwrap_or_default();
    Ok(())
}

/// A message that could not be sent in its time isn't sent any more.
fn remove_waiting(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), CoreError> {
    // What may be at the relay already: the log decides, and it goes when it has taken its place.
    withdraw(ctx, key).map(|_| ())
}

/// Takes a message out of the outbox, unless it may be at the relay already. Says whether it is gone.
pub(crate) fn withdraw(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<bool, CoreError> {
    let Some(entry) = OutboxEntry::load(ctx.tx, key)? else { return Ok(true) };
    if entry.encrypted.is_some() && entry.failed.is_none() {
        return Ok(false);
    }
    OutboxEntry::delete(ctx.tx, key)?;
    IndexEntry::Applied.save(ctx.tx, &entry.id)?;
    if let Some(target) = MimiContent::from_slice(&entry.content).ok().and_then(|content| pending::target_of(&content))
    {
        // A change of another message, which stands as it was again.
        return pending::settle(ctx, &target, &entry.id).map(|()| true);
    }
    let number = key.get(..4).and_then(|number| number.try_into().ok()).map(u32::from_be_bytes);
    if let Some(conversation) = number.map(|number| Conversation::by_number(ctx.tx, number)).transpose()?.flatten() {
        ctx.event(Event::MessageGone { group: conversation.group.clone(), message: entry.id });
        ctx.event(Event::ConversationChanged { group: conversation.group });
    }
    Ok(true)
}

/// The person sets how long new messages live.
pub(crate) fn set_disappearing(
    ctx: &mut Ctx<'_>,
    group: &GroupId,
    seconds: Option<u32>,
) -> Result<CommandResult, Stop> {
    let loaded = ctx.require_account()?;
    let conversation = ctx.require_conversation(group)?;
    if !matches!(conversation.state, ConversationState::Active | ConversationState::Creating) {
        return Err(
            user_error("not_active", "You aren't in this conversation any more, or it has to be repaired.").into()
        );
    }
    if !may_set(&conversation, loaded.user()) {
        return Err(user_error("not_admin", "Only an admin of the group may do this.").into());
    }
    if let Some(seconds) = seconds {
        let max = max_seconds(&loaded);
        if !(MIN_MESSAGE_SECONDS..=max).contains(&seconds) {
            let message = format!("Messages can disappear after {} to {}.", span(MIN_MESSAGE_SECONDS), span(max));
            return Err(user_error("invalid_duration", message).into());
        }
    }
    if conversation.message_seconds != seconds {
        let content = compose::settings(ctx.rng, &ConversationSettings { message_seconds: seconds });
        queue(ctx, &loaded, &conversation, &content)?;
    }
    Ok(CommandResult::Done)
}

fn may_set(conversation: &Conversation, user: &UserId) -> bool {
    match conversation.role_of(user) {
        Some(Role::Admin) => true,
        Some(Role::Member) => conversation.kind == GroupKind::Direct,
        _ => false,
    }
}

fn max_seconds(loaded: &Loaded) -> u32 {
    let policy =
        loaded.policy.message_max_seconds.map_or(MAX_MESSAGE_SECONDS, |max| max.min(u64::from(u32::MAX)) as u32);
    policy.clamp(MIN_MESSAGE_SECONDS, MAX_MESSAGE_SECONDS)
}

/// Somebody's settings of the conversation. Says in it who changed them.
pub(super) fn apply_settings(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
    sender: &UserId,
    (seq, at_ms): (u64, u64),
    settings: &ConversationSettings,
) -> Result<(), CoreError> {
    let own = sender == loaded.user();
    // One's own devices tell each other what holds, whatever the role.
    let may = own || may_set(conversation, sender);
    if !may || conversation.message_seconds == settings.message_seconds {
        return Ok(());
    }
    if settings.message_seconds.is_some_and(|seconds| seconds > max_seconds(loaded)) {
        let text = "Somebody set messages to disappear later than the organisation's policy allows. It was refused.";
        return super::note_at(ctx, conversation, seq, at_ms, "rule_violated", text);
    }
    conversation.message_seconds = settings.message_seconds;
    let by = if own { "You".to_owned() } else { crate::records::name_of(ctx.tx, sender)? };
    let text = match settings.message_seconds {
        Some(seconds) => format!("{by} set messages to disappear after {}.", span(seconds)),
        None => format!("{by} turned disappearing messages off."),
    };
    super::note_at(ctx, conversation, seq, at_ms, "disappearing", &text)?;
    ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    Ok(())
}

/// The content of a new message, with its end where the conversation has one.
pub(super) fn with_end(ctx: &Ctx<'_>, conversation: &Conversation, content: MimiContent) -> MimiContent {
    let message = content.replaces.is_none()
        && !matches!(Body::of(&content), Body::Reaction { .. } | Body::Unreaction { .. } | Body::Status(_));
    match conversation.message_seconds {
        Some(seconds) if message => {
            let at = ctx.now_seconds() + u64::from(seconds);
            content.expiring(Expiration::At(u32::try_from(at).unwrap_or(u32::MAX)))
        }
        _ => content,
    }
}

/// A time for people.
fn span(seconds: u32) -> String {
    let (count, unit) = match seconds {
        s if s % (7 * 86_400) == 0 => (s / (7 * 86_400), "week"),
        s if s % 86_400 == 0 => (s / 86_400, "day"),
        s if s % 3_600 == 0 => (s / 3_600, "hour"),
        s if s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}
