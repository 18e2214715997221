//! Sending: encrypt when it is this message's turn, store the exact bytes, send them until there is an answer. The message takes
//! its place when the log shows it.

use super::{apply, expire, pending, receive, view};
use crate::{
    api::{CallFailure, CommandResult, ConversationState, Event},
    engine::{CoreError, Ctx, Loaded, Stop, user_error},
    group_links,
    records::{Conversation, Encrypted, Expiring, IndexEntry, LogView, Operation, OperationKind, OutboxEntry},
    sync,
};
use chancery_mls::MlsError;
use chancery_wire::{
    GroupId, ItemId, MessageId,
    content::{Body, MimiContent},
    frames::{ClientFrame, ItemKind, LogItem, SendOutcome},
    refusal::Code,
};

/// What a person is told while the relay has no room.
const FULL_RELAY: &str = "The relay's disk is nearly full, so your messages wait and go out by themselves when there is room. Tell your \
                          administrator.";
/// Messages of one conversation that are under way at once.
const WINDOW: usize = 32;

/// Sends what waits, as far as the window and the group allow.
pub(crate) fn flush(ctx: &mut Ctx<'_>, loaded: &Loaded, conversation: &Conversation) -> Result<(), CoreError> {
    if conversation.state != ConversationState::Active {
        return Ok(());
    }
    // A failed entry stays in the queue until the person deletes or resends it, a held one until the person decides; they must not
    // block the window. What was encrypted before it was held goes on: it may be at the relay already, and only those it was
    // written for can read it.
    let goes = |entry: &OutboxEntry| entry.failed.is_none() && (entry.newcomers.is_none() || entry.encrypted.is_some());
    let mut waiting = OutboxEntry::of(ctx.tx, conversation, WINDOW * 4)?;
    if waiting.len() == WINDOW * 4 && !waiting.iter().any(|(_, entry)| goes(entry)) {
        waiting = OutboxEntry::of(ctx.tx, conversation, crate::records::SCAN_LIMIT)?;
    }
    if !waiting.iter().any(|(_, entry)| goes(entry)) {
        return Ok(());
    }
    let mut group = match ctx.take_group(loaded, &conversation.group) {
        Ok(group) => group,
        Err(MlsError::Store(fault)) => return Err(fault.into()),
        Err(_) => return Ok(()),
    };
    if !group.pending_proposals().is_empty() {
        ctx.put_group(group);
        return commit_first(ctx, loaded, conversation);
    }
    let seen = LogView::load(ctx.tx, conversation.number)?.seen();
    let aad = seen.map(|seen| minicbor::to_vec(seen).expect("writing to a Vec can't fail")).unwrap_or_default();
    let in_flight: Vec<ItemId> = ctx.state.in_flight.values().map(|(_, item)| *item).collect();
    let mut under_way = ctx.state.in_flight.values().filter(|(group, _)| *group == conversation.group).count();
    for (key, mut entry) in waiting {
        if under_way >= WINDOW {
            break;
        }
        if !goes(&entry) || in_flight.contains(&entry.item) {
            continue;
        }
        if entry.encrypted.is_none() {
            match group.encrypt(&ctx.mls(), &loaded.device, &entry.content, &aad) {
                Ok(body) => entry.encrypted = Some(Encrypted { epoch: group.epoch(), body: body.into() }),
                Err(MlsError::Store(fault)) => return Err(fault.into()),
                Err(error) => return Err(CoreError::Internal(format!("encrypting: {error}"))),
            }
            entry.save(ctx.tx, &key)?;
        }
        let encrypted = entry.encrypted.expect("set above");
        ctx.state.next_request = ctx.state.next_request.wrapping_add(1);
        let request = ctx.state.next_request;
        ctx.state.in_flight.insert(request, (conversation.group.clone(), entry.item));
        ctx.frame(ClientFrame::Send {
            request,
            group: conversation.group.clone(),
            item: entry.item,
            epoch: encrypted.epoch,
            body: encrypted.body.into(),
            quiet: !is_visible(&entry.content) && request_of(&entry.content).is_none(),
        });
        under_way += 1;
    }
    ctx.put_group(group);
    Ok(())
}

/// Whoever wants to send commits what is pending, without a back-off.
fn commit_first(ctx: &mut Ctx<'_>, loaded: &Loaded, conversation: &Conversation) -> Result<(), CoreError> {
    let _ = loaded;
    for (key, mut operation) in Operation::of(ctx.tx, conversation)? {
        if operation.kind == OperationKind::CommitPending {
            if operation.not_before_ms > ctx.now_ms {
                operation.not_before_ms = ctx.now_ms;
                operation.save(ctx.tx, &key)?;
                ctx.wake_at(ctx.now_ms);
                ctx.touch(&conversation.group);
            }
            return Ok(());
        }
    }
    Ok(())
}

/// The relay's answer to a message. An acceptance needs nothing: the log shows the message.
pub(crate) fn reply(ctx: &mut Ctx<'_>, request: u32, outcome: SendOutcome) -> Result<(), CoreError> {
    let Some((group, item)) = ctx.state.in_flight.get(&request).cloned() else { return Ok(()) };
    let refusal = match outcome {
        SendOutcome::Accepted { seq, at_ms } => {
            ctx.state.told_of_full_relay = false;
            return accepted(ctx, &group, item, seq, at_ms);
        }
        SendOutcome::Refused { refusal } => refusal,
    };
    ctx.state.in_flight.remove(&request);
    let Some(conversation) = Conversation::load(ctx.tx, &group)? else { return Ok(()) };
    let Some((key, mut entry)) = find(ctx, &conversation, &item)? else { return Ok(()) };
    ctx.touch(&group);
    if refusal.code == Code::WrongEpoch {
        entry.encrypted = None;
        if entry.newcomers.is_some() && !is_visible(&entry.content) {
            // Its message is another one's: nobody can be asked there.
            return take_back(ctx, &conversation, &key, &entry);
        }
        entry.save(ctx.tx, &key)?;
        if let Some(epoch) = refusal.current_epoch.filter(|epoch| *epoch > conversation.epoch) {
            ctx.state.wait_epoch.insert(group, epoch);
        }
        return Ok(());
    }
    if let Some(wait) = sync::retry_after_ms(&CallFailure::Refused(refusal.clone())) {
        // Once, however many are refused.
        if refusal.code == Code::StorageFull && !std::mem::replace(&mut ctx.state.told_of_full_relay, true) {
            ctx.warn("storage_full", None, FULL_RELAY);
        }
        ctx.state.hold_until_ms = ctx.now_ms + wait;
        ctx.wake_at(ctx.now_ms + wait);
        return Ok(());
    }
    fail(ctx, &conversation, &key, entry, &refusal.message)
}

/// An accepted message stays in flight until the log shows it, so that it isn't sent again on this connection. Only what was accepted
/// before this device came back into the group is taken from the relay's word: that part of the log is never shown to it.
fn accepted(ctx: &mut Ctx<'_>, group: &GroupId, item: ItemId, seq: u64, at_ms: u64) -> Result<(), CoreError> {
    let Some(mut conversation) = Conversation::load(ctx.tx, group)? else { return Ok(()) };
    if conversation.returned_at.is_none_or(|returned_at| seq > returned_at) {
        return Ok(());
    }
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    let Some((_, OutboxEntry { encrypted: Some(encrypted), .. })) = find(ctx, &conversation, &item)? else {
        return Ok(());
    };
    let (kind, device) = (ItemKind::Application, Some(loaded.account.device));
    let item = LogItem { seq, kind, epoch: encrypted.epoch, device, item, at_ms, body: encrypted.body.into() };
    sent(ctx, &loaded, &mut conversation, &item)?;
    conversation.save(ctx.tx)
}

/// What waits is encrypted anew before it is sent.
pub(crate) fn encrypt_anew(ctx: &mut Ctx<'_>, conversation: &Conversation) -> Result<(), CoreError> {
    let group = &conversation.group;
    ctx.state.in_flight.retain(|_, (other, _)| other != group);
    for (key, mut entry) in OutboxEntry::all(ctx.tx, conversation)? {
        entry.encrypted = None;
        entry.save(ctx.tx, &key)?;
    }
    Ok(())
}

/// A change that isn't sent, because others would learn of it than it was made for.
pub(super) fn take_back(
    ctx: &mut Ctx<'_>,
    conversation: &Conversation,
    key: &[u8],
    entry: &OutboxEntry,
) -> Result<(), CoreError> {
    OutboxEntry::delete(ctx.tx, key)?;
    forget_waiting(ctx, &entry.id)?;
    if let Some(target) = MimiContent::from_slice(&entry.content).ok().and_then(|content| pending::target_of(&content))
    {
        pending::settle(ctx, &target, &entry.id)?;
    }
    let text = "A change that waited here was not sent, because somebody was added after you made it. Make it again if they may know it.";
    let error = user_error("taken_back", text);
    ctx.event(Event::OperationFailed { group: conversation.group.clone(), error });
    Ok(())
}

/// Whether people see it as a message of its own: not a receipt, a reaction or an edit.
pub(crate) fn is_visible(content: &[u8]) -> bool {
    MimiContent::from_slice(content).is_ok_and(|content| receive::is_message(&content))
}

/// Whether anything that a person did still waits to be sent here.
pub(crate) fn is_any_waiting(ctx: &Ctx<'_>, conversation: &Conversation) -> Result<bool, CoreError> {
    let is_report =
        |content: &[u8]| MimiContent::from_slice(content).is_ok_and(|c| matches!(Body::of(&c), Body::Status(_)));
    let waiting = OutboxEntry::of(ctx.tx, conversation, crate::records::SCAN_LIMIT)?;
    Ok(waiting.iter().any(|(_, entry)| entry.is_waiting() && !is_report(&entry.content)))
}

/// The group of a request to be let in: worth waking somebody for.
fn request_of(content: &[u8]) -> Option<GroupId> {
    match Body::of(&MimiContent::from_slice(content).ok()?) {
        Body::JoinRequest(request) => Some(request.group),
        _ => None,
    }
}

fn fail(
    ctx: &mut Ctx<'_>,
    conversation: &Conversation,
    key: &[u8],
    mut entry: OutboxEntry,
    why: &str,
) -> Result<(), CoreError> {
    if !is_visible(&entry.content) {
        if let Some(group) = request_of(&entry.content) {
            group_links::not_sent(ctx, &group, &entry.id, user_error("not_sent", why))?;
        }
        let content = MimiContent::from_slice(&entry.content).ok();
        if let Some((target, content)) = content.and_then(|content| Some((pending::target_of(&content)?, content))) {
            return fail_change(ctx, conversation, key, entry, (&target, &content), why);
        }
        // A receipt or the like: not worth a person's attention.
        return OutboxEntry::delete(ctx.tx, key);
    }
    entry.failed = Some(why.to_owned());
    entry.save(ctx.tx, key)?;
    let error = user_error("not_sent", format!("A message could not be sent: {why}"));
    ctx.event(Event::OperationFailed { group: conversation.group.clone(), error });
    if let Some((group, message)) = view::message(ctx.tx, &entry.id)? {
        ctx.event(Event::Message { group, message, new: false });
    }
    Ok(())
}

/// A refused edit or deletion stays with its message, to be sent once more or given up; a refused reaction goes.
fn fail_change(
    ctx: &mut Ctx<'_>,
    conversation: &Conversation,
    key: &[u8],
    mut entry: OutboxEntry,
    (target, content): (&MessageId, &MimiContent),
    why: &str,
) -> Result<(), CoreError> {
    let what = match Body::of(content) {
        Body::Edit { .. } => "An edit",
        Body::Delete { .. } => "A deletion",
        _ => "A reaction",
    };
    let error = user_error("not_sent", format!("{what} could not be sent: {why}"));
    ctx.event(Event::OperationFailed { group: conversation.group.clone(), error });
    if matches!(Body::of(content), Body::Edit { .. } | Body::Delete { .. }) {
        entry.failed = Some(why.to_owned());
        entry.save(ctx.tx, key)?;
        return pending::mark(ctx, target, &entry.id, Some(why));
    }
    OutboxEntry::delete(ctx.tx, key)?;
    IndexEntry::Applied.save(ctx.tx, &entry.id)?;
    pending::settle(ctx, target, &entry.id)
}

/// The person has a held message sent to all who are there now; or a refused one once more, at the end of the queue and encrypted
/// anew. A refused one that others would read than it was written for is held first.
pub(crate) fn resend(ctx: &mut Ctx<'_>, id: &MessageId) -> Result<CommandResult, Stop> {
    let nothing = || user_error("not_failed", "This message isn't one that could not be sent.");
    let Some(IndexEntry::Waiting { key }) = IndexEntry::load(ctx.tx, id)? else { return Err(nothing().into()) };
    let Some(mut entry) = OutboxEntry::load(ctx.tx, &key)?.filter(|entry| !entry.is_waiting()) else {
        return Err(nothing().into());
    };
    let number = key.get(..4).and_then(|number| number.try_into().ok()).map(u32::from_be_bytes);
    let conversation = number.map(|number| Conversation::by_number(ctx.tx, number)).transpose()?.flatten();
    let Some(conversation) = conversation else { return Err(nothing().into()) };
    if conversation.leaving || matches!(conversation.state, ConversationState::Left | ConversationState::Removed) {
        return Err(user_error("not_member", "You aren't in this conversation any more.").into());
    }
    if entry.is_held() {
        // Under the same id: should the relay have it already, it isn't taken a second time.
        (entry.newcomers, entry.gone) = (None, None);
        entry.save(ctx.tx, &key)?;
        return queued_again(ctx, &conversation, id);
    }
    OutboxEntry::delete(ctx.tx, &key)?;
    // The relay knows the old item as refused.
    entry.item = ItemId::random(ctx.rng);
    entry.encrypted = None;
    entry.failed = None;
    entry.queued_at_ms = ctx.now_ms;
    let key = entry.push(ctx.tx, &conversation)?;
    if let Some(at_ms) =
        MimiContent::from_slice(&entry.content).ok().and_then(|content| expire::expires_at_ms(&content))
    {
        expire::schedule(ctx, at_ms, Expiring::Waiting, &key)?;
    }
    IndexEntry::Waiting { key: key.into() }.save(ctx.tx, id)?;
    if let Some(target) = MimiContent::from_slice(&entry.content).ok().and_then(|content| pending::target_of(&content))
    {
        pending::mark(ctx, &target, id, None)?;
    }
    queued_again(ctx, &conversation, id)
}

fn queued_again(ctx: &mut Ctx<'_>, conversation: &Conversation, id: &MessageId) -> Result<CommandResult, Stop> {
    ctx.touch(&conversation.group);
    if let Some((group, message)) = view::message(ctx.tx, id)? {
        ctx.event(Event::Message { group, message, new: false });
    }
    ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    Ok(CommandResult::Queued { message: *id })
}

/// Everything that waits in a conversation that is over.
pub(crate) fn fail_waiting(ctx: &mut Ctx<'_>, conversation: &Conversation, why: &str) -> Result<(), CoreError> {
    for (key, entry) in OutboxEntry::all(ctx.tx, conversation)? {
        if entry.failed.is_none() {
            fail(ctx, conversation, &key, entry, why)?;
        }
    }
    for (key, _) in Operation::of(ctx.tx, conversation)? {
        Operation::delete(ctx.tx, &key)?;
    }
    Ok(())
}

fn find(
    ctx: &Ctx<'_>,
    conversation: &Conversation,
    item: &ItemId,
) -> Result<Option<(Vec<u8>, OutboxEntry)>, CoreError> {
    // Nearly always it is among the oldest; failed entries may stand before it.
    for limit in [WINDOW, crate::records::SCAN_LIMIT] {
        let entries = OutboxEntry::of(ctx.tx, conversation, limit)?;
        if let Some(found) = entries.into_iter().find(|(_, entry)| entry.item == *item) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The log shows an item that the relay says is ours: when its bytes are what we sent, the message takes its place.
pub(crate) fn sent(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
    item: &LogItem,
) -> Result<bool, CoreError> {
    let Some((key, entry)) = find(ctx, conversation, &item.item)? else { return Ok(false) };
    let Some(encrypted) = entry.encrypted.as_ref().filter(|encrypted| encrypted.body.as_slice() == item.body) else {
        return Ok(false);
    };
    let epoch = encrypted.epoch;
    OutboxEntry::delete(ctx.tx, &key)?;
    let group = conversation.group.clone();
    ctx.state.in_flight.retain(|_, (g, i)| *g != group || *i != item.item);
    forget_waiting(ctx, &entry.id)?;
    if let Ok(content) = MimiContent::from_slice(&entry.content) {
        let sender = loaded.user().clone();
        apply::apply(ctx, loaded, conversation, &sender, (item, epoch), &entry.content, &content, entry.id)?;
        if let Some(target) = pending::target_of(&content) {
            conversation.save(ctx.tx)?;
            pending::settle(ctx, &target, &entry.id)?;
            if let Some(saved) = Conversation::load(ctx.tx, &conversation.group)? {
                conversation.preview = saved.preview;
            }
        } else if let (Some(changes), Some(IndexEntry::Message { key })) =
            (entry.pending, IndexEntry::load(ctx.tx, &entry.id)?)
            && let Some(mut record) = crate::records::MessageRecord::load(ctx.tx, &key)?
        {
            // What was changed while it waited still waits.
            record.pending = Some(changes);
            record.save(ctx.tx, &key)?;
        }
    }
    Ok(true)
}

fn forget_waiting(ctx: &Ctx<'_>, id: &MessageId) -> Result<(), CoreError> {
    if let Some(IndexEntry::Waiting { .. }) = IndexEntry::load(ctx.tx, id)? {
        ctx.tx.delete(crate::storage::Table::MessageIndex, id.as_bytes())?;
    }
    Ok(())
}
