//! On the new device: open the grant, register, and take in the history. Everything can come twice.

use super::{
    POLL_MS,
    grant::{INFO, LinkGrant, Segment, open_segment},
};
use crate::{
    account,
    api::{CallFailure, ConversationState, Event},
    engine::{CoreError, Ctx, Loaded, Stop, user_error},
    messages,
    records::{
        Account, Contact, Conversation, Expiring, HistoryProgress, IndexEntry, LinkRole, LinkState, MessageRecord,
        Phase, message_key, save,
    },
    storage::Table,
    sync,
};
use chancery_mls::sealed;
use chancery_wire::{
    Base64, LinkId,
    api::{Request, Response, devices::AddDevice},
    content::{Body, MimiContent},
    signed::{Credential, Suite},
};

pub(super) fn polled(ctx: &mut Ctx<'_>, id: &LinkId, answer: Result<Response, CallFailure>) -> Result<(), CoreError> {
    let Some(mut link) = LinkState::load(ctx.tx, id)? else { return Ok(()) };
    let messages = match answer {
        Ok(Response::LinkMessages(messages)) => messages.messages,
        Ok(_) => return Ok(()),
        Err(failure) => {
            if sync::retry_after_ms(&failure).is_none() {
                link.delete(ctx.tx)?;
                if link.finished_at_ms.is_some() {
                    return Ok(());
                }
                ctx.warn("link_failed", None, failure.to_string());
            } else {
                ctx.wake_at(ctx.now_ms + POLL_MS);
            }
            return Ok(());
        }
    };
    if messages.is_empty() {
        let due = ctx.state.poll_at_ms.get(id).copied().unwrap_or_default();
        ctx.wake_at(due.max(ctx.now_ms + POLL_MS));
    } else {
        // More may be there already.
        ctx.state.poll_at_ms.remove(id);
    }
    for message in messages {
        if message.n != link.next {
            continue;
        }
        let over = if message.n == 0 {
            accept(ctx, &mut link, &message.body.0)?
        } else {
            take_in(ctx, &mut link, message.n, &message.body.0)?
        };
        if over {
            return link.delete(ctx.tx);
        }
        link.next += 1;
        link.save(ctx.tx)?;
    }
    Ok(())
}

/// The first message: who we are now. Says whether the link is over.
fn accept(ctx: &mut Ctx<'_>, link: &mut LinkState, sealed: &[u8]) -> Result<bool, CoreError> {
    match open(ctx, link, sealed) {
        Ok(account) => {
            account.save(ctx.tx)?;
            account::register(ctx, 0, &account);
            Ok(link.history.is_none())
        }
        Err(Stop::User(error)) => {
            ctx.warn("link_failed", None, error.message);
            Ok(true)
        }
        Err(Stop::Fault(fault)) => Err(fault),
    }
}

fn open(ctx: &mut Ctx<'_>, link: &mut LinkState, sealed: &[u8]) -> Result<Account, Stop> {
    let refused = || {
        Stop::User(user_error(
            "link_untrusted",
            "The answer doesn't come from the device that you gave the link to. Start again.",
        ))
    };
    let LinkRole::New { relay, label, device, device_key, sealing_private, secret } = &link.role else {
        return Err(refused());
    };
    let info = [INFO, secret].concat();
    let plaintext = sealed::open(Suite::Hybrid, sealing_private, &info, sealed).map_err(|_| refused())?;
    let grant: LinkGrant = minicbor::decode(&plaintext).map_err(|_| refused())?;
    let credential = Credential::from_slice(&grant.credential).map_err(|_| refused())?;
    let mut account = Account {
        phase: Phase::Registering,
        relay: relay.clone(),
        root_key: grant.root_key,
        manifest: grant.manifest,
        policy: grant.policy,
        user: grant.user,
        name: grant.name,
        device: *device,
        label: label.clone(),
        device_key: device_key.clone(),
        identity_key: grant.identity_key,
        credential,
        registration: None,
        linked: true,
        inbox: 0,
        invitation: None,
    };
    let loaded = Loaded::new(account.clone()).map_err(|_| refused())?;
    let owner = loaded.device.owner();
    let identity = *account.identity_key.signing_key().verifying_key().as_bytes();
    if owner.user != account.user || owner.device != *device || owner.identity_key != identity {
        return Err(refused());
    }
    let key_packages = account::make_stock(ctx, &loaded.device, &account::SUITES)?;
    let body = AddDevice { credential: Base64(account.credential.to_vec()), key_packages };
    account.registration = Request::AddDevice { body }.to_http().body.map(Into::into);
    link.history = grant.history_key.map(|key| HistoryProgress { key, messages: 0, total: 0, after: None });
    Ok(account)
}

/// A segment of the history. Says whether it was the last one.
fn take_in(ctx: &mut Ctx<'_>, link: &mut LinkState, n: u32, sealed: &[u8]) -> Result<bool, CoreError> {
    let Some(history) = &mut link.history else { return Ok(true) };
    let Some(segment) = open_segment(&history.key, link.link.as_bytes(), n, sealed) else {
        ctx.warn(
            "link_failed",
            None,
            "A part of the history was damaged on its way. What came before it is here; link again for the rest.",
        );
        return Ok(true);
    };
    history.messages += segment.messages.len() as u64;
    history.total = segment.total;
    let event = Event::HistoryProgress { messages: history.messages, total: history.total, done: segment.last };
    if segment.last {
        link.finished_at_ms.get_or_insert(ctx.now_ms);
    }
    store(ctx, segment)?;
    ctx.event(event);
    Ok(false)
}

fn store(ctx: &mut Ctx<'_>, segment: Segment) -> Result<(), CoreError> {
    for known in segment.contacts {
        if Contact::load(ctx.tx, &known.user)?.is_none() || known.contact.verified {
            known.contact.save(ctx.tx, &known.user)?;
        }
    }
    let Some(told) = segment.conversation else { return Ok(()) };
    let existing = Conversation::load(ctx.tx, &told.group)?;
    let mut conversation = match existing {
        Some(conversation) => conversation,
        None => {
            // This device isn't in it, whatever the exporter is: should a Welcome come, it will be.
            let state = if told.active { ConversationState::Removed } else { ConversationState::Left };
            let mut conversation = Conversation::new(ctx.tx, told.group.clone(), told.kind, state)?;
            conversation.end_unseen = Some(true);
            conversation.purpose = told.purpose;
            conversation.members = told.members;
            conversation
        }
    };
    if conversation.title.is_empty() {
        conversation.title = told.title;
        if conversation.is_followed() {
            // It may have another name by now: whoever added this device tells it.
            conversation.title_is_former();
            conversation.keep_title_when_alone();
        }
    }
    if told.last_at_ms > conversation.last_at_ms || conversation.preview.is_empty() {
        conversation.preview = told.preview;
        conversation.last_at_ms = told.last_at_ms;
    }
    conversation.message_seconds = conversation.message_seconds.or(told.message_seconds);
    conversation.read = conversation.read.max(told.read);
    for (user, delivered, read) in told.marks {
        messages::raise_mark(ctx, &conversation, &user, delivered, read)?;
    }
    for mut message in segment.messages {
        // Stars are the other device's own.
        message.record.starred_at_ms = None;
        // What waits there is sent from there.
        message.record.pending = None;
        let key = message_key(conversation.number, message.seq, message.sub);
        if MessageRecord::load(ctx.tx, &key)?.is_some() || IndexEntry::load(ctx.tx, &message.record.id)?.is_some() {
            continue;
        }
        save(ctx.tx, Table::Message, &key, &message.record)?;
        IndexEntry::Message { key: key.clone().into() }.save(ctx.tx, &message.record.id)?;
        if let Some(at_ms) = message.record.expires_at_ms {
            messages::schedule(ctx, at_ms, Expiring::Message, &key)?;
        }
        for reaction in &message.record.reactions {
            IndexEntry::Reaction { target: message.record.id }.save(ctx.tx, &reaction.message)?;
        }
        if let Ok(content) = MimiContent::from_slice(&message.record.content) {
            ctx.tx.index_text(&key, &messages::searchable(&Body::of(&content)))?;
        }
        messages::adopt_orphans(ctx, &mut conversation, &message.record.id)?;
        for reaction in &message.record.reactions {
            messages::adopt_orphans(ctx, &mut conversation, &reaction.message)?;
        }
    }
    conversation.save(ctx.tx)?;
    ctx.event(Event::ConversationChanged { group: conversation.group });
    Ok(())
}
