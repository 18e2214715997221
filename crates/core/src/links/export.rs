//! On the existing device: hand over the history, one segment per message of the rendezvous, in constant memory. It starts when the
//! new device is in every group, so that nothing falls between the history and what the new device receives itself.

use super::{
    LATE_STEP_MS,
    grant::{HistoryContact, HistoryConversation, HistoryMessage, Segment, seal_segment},
    post,
};
use crate::{
    api::ConversationState,
    engine::{CoreError, Ctx},
    groups,
    messages::mark_values,
    records::{Contact, Conversation, LinkRole, LinkState, MessageRecord, OwnDevice, decode, message_key, scan_prefix},
    storage::{Order, Table},
};
use chancery_wire::LinkId;
use std::ops::Bound;

/// Messages in one segment.
const SEGMENT_MESSAGES: usize = 500;
/// A segment ends when its messages have this many bytes.
const SEGMENT_BYTES: usize = 512 * 1024;
/// If the new device can't be added to some group for this long (no key packages, a damaged group), its history comes all the same.
const WAIT_FOR_GROUPS_SECONDS: u32 = 60;
/// One of those seconds, in milliseconds.
const WAIT_STEP_MS: u64 = 1_000;

/// Makes the next segment, when it is time.
pub(super) fn next(ctx: &mut Ctx<'_>, mut link: LinkState) -> Result<(), CoreError> {
    let LinkRole::Existing { device, .. } = link.role else { return Ok(()) };
    // A device that was removed gets nothing more; and only the present list tells which are there.
    if !ctx.state.devices_listed || !OwnDevice::all(ctx.tx)?.iter().any(|own| own.device == device) {
        ctx.wake_at(ctx.now_ms + WAIT_STEP_MS);
        return Ok(());
    }
    let Some(mut history) = link.history.clone() else {
        // Nothing to hand over: the link is only kept until the device is in the groups.
        if is_everywhere(ctx, device)? || has_waited(ctx, link.link) {
            link.delete(ctx.tx)?;
        } else {
            ctx.wake_at(ctx.now_ms + WAIT_STEP_MS);
        }
        return Ok(());
    };
    if history.after.is_none() && !is_everywhere(ctx, device)? && !has_waited(ctx, link.link) {
        ctx.wake_at(ctx.now_ms + WAIT_STEP_MS);
        return Ok(());
    }
    if history.total == 0 {
        history.total = count(ctx)?;
    }
    let mut after = history.after.as_ref().map(|key| key.to_vec()).unwrap_or_default();
    let mut until = None;
    if link.finished_at_ms.is_some() {
        let Some(late) = link.late.as_ref().and_then(|late| late.first()) else {
            ctx.wake_at(ctx.now_ms + LATE_STEP_MS);
            return Ok(());
        };
        if !after.starts_with(&late.number.to_be_bytes()) {
            after = late.number.to_be_bytes().to_vec();
        }
        until = Some(message_key(late.number, late.until, u16::MAX));
        history.total = count(ctx)?;
    }
    let (segment, last_key) = segment(ctx, &after, until.as_deref(), history.total)?;
    if segment.last
        && let (Some(late), Some(_)) = (&mut link.late, until)
    {
        late.remove(0);
    }
    history.messages += segment.messages.len() as u64;
    let sealed = seal_segment(&history.key, link.link.as_bytes(), link.next, &segment);
    // Nothing begins with the empty key: the next late conversation starts at its beginning.
    history.after = Some(last_key.unwrap_or_default().into());
    link.role = LinkRole::Existing { device, outgoing: Some(sealed.into()), complete: segment.last, admits: None };
    link.history = Some(history);
    link.save(ctx.tx)?;
    post(ctx, &link)
}

/// Whether the new device had long enough to get into the groups while this one knew all that the relay has: one that was away must
/// not hand over an old state. The seconds are counted one by one, so that a clock that jumps doesn't end the wait.
fn has_waited(ctx: &mut Ctx<'_>, link: LinkId) -> bool {
    if !ctx.state.caught_up {
        return false;
    }
    let now_ms = ctx.now_ms;
    let (seconds, next_ms) = ctx.state.export_waits.entry(link).or_insert((0, now_ms + WAIT_STEP_MS));
    if now_ms >= *next_ms || now_ms + WAIT_STEP_MS < *next_ms {
        *seconds += 1;
        *next_ms = now_ms + WAIT_STEP_MS;
    }
    *seconds >= WAIT_FOR_GROUPS_SECONDS
}

/// Whether the device, which is registered, is in every group that this device is in.
fn is_everywhere(ctx: &mut Ctx<'_>, device: chancery_wire::DeviceId) -> Result<bool, CoreError> {
    if !ctx.state.caught_up || groups::is_any_invited(ctx) {
        return Ok(false);
    }
    let Some(loaded) = ctx.loaded()? else { return Ok(false) };
    for conversation in Conversation::all(ctx.tx)? {
        if conversation.state == ConversationState::Creating {
            return Ok(false);
        }
        if conversation.state != ConversationState::Active {
            continue;
        }
        let Ok(group) = ctx.take_group(&loaded, &conversation.group) else { continue };
        let inside = group.leaves().iter().any(|leaf| leaf.device == device);
        ctx.put_group(group);
        if !inside {
            return Ok(false);
        }
    }
    Ok(true)
}

fn count(ctx: &Ctx<'_>) -> Result<u64, CoreError> {
    let mut count = 0;
    let mut from = Bound::Unbounded;
    loop {
        let page = ctx.tx.scan(
            Table::Message,
            from.as_ref().map(Vec::as_slice),
            Bound::Unbounded,
            Order::Ascending,
            crate::records::SCAN_LIMIT,
        )?;
        count += page.len() as u64;
        match page.into_iter().next_back() {
            Some((key, _)) => from = Bound::Excluded(key),
            None => return Ok(count),
        }
    }
}

/// The messages after `after`, up to `until`, that belong to one conversation, with the conversation; or the last segment.
fn segment(
    ctx: &Ctx<'_>,
    after: &[u8],
    until: Option<&[u8]>,
    total: u64,
) -> Result<(Segment, Option<Vec<u8>>), CoreError> {
    let from = if after.is_empty() { Bound::Unbounded } else { Bound::Excluded(after) };
    let to = until.map_or(Bound::Unbounded, Bound::Included);
    let page = ctx.tx.scan(Table::Message, from, to, Order::Ascending, SEGMENT_MESSAGES)?;
    let Some(number) = page.first().map(|(key, _)| number_of(key)).transpose()? else {
        let mut contacts = Vec::new();
        for (key, value) in scan_prefix(ctx.tx, Table::Contact, &[], crate::records::SCAN_LIMIT)? {
            let user = std::str::from_utf8(&key)
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| CoreError::Record("a contact's user".into()))?;
            contacts.push(HistoryContact { user, contact: decode::<Contact>(&value, "contact")? });
        }
        return Ok((Segment { conversation: None, messages: Vec::new(), contacts, total, last: true }, None));
    };
    let conversation = Conversation::by_number(ctx.tx, number)?
        .ok_or_else(|| CoreError::Record("a message of an unknown conversation".into()))?;
    let mut messages = Vec::new();
    let mut bytes = 0;
    let mut last = None;
    for (key, value) in page {
        if number_of(&key)? != number || bytes > SEGMENT_BYTES {
            break;
        }
        bytes += value.len();
        let record: MessageRecord = decode(&value, "message")?;
        let (seq, sub) = place_of(&key)?;
        messages.push(HistoryMessage { seq, sub, record });
        last = Some(key);
    }
    let marks = mark_values(ctx.tx, &conversation)?.into_iter().map(|(user, m)| (user, m.delivered, m.read)).collect();
    let mut contacts = Vec::new();
    for member in &conversation.members {
        if let Some(contact) = Contact::load(ctx.tx, &member.user)? {
            contacts.push(HistoryContact { user: member.user.clone(), contact });
        }
    }
    let conversation = Some(HistoryConversation::of(&conversation, marks));
    Ok((Segment { conversation, messages, contacts, total, last: false }, last))
}

fn number_of(key: &[u8]) -> Result<u32, CoreError> {
    key.get(..4)
        .and_then(|n| n.try_into().ok())
        .map(u32::from_be_bytes)
        .ok_or_else(|| CoreError::Record("a message's key".into()))
}

fn place_of(key: &[u8]) -> Result<(u64, u16), CoreError> {
    let place = || {
        Some((
            u64::from_be_bytes(key.get(4..12)?.try_into().ok()?),
            u16::from_be_bytes(key.get(12..14)?.try_into().ok()?),
        ))
    };
    place().ok_or_else(|| CoreError::Record("a message's key".into()))
}
