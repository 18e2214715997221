//! Who is typing: a small signal that the relay passes on to connected devices and nobody keeps (docs/protocol/frames.md).
//!
//! **Invariant:** nothing of it is stored; a lost signal is made good by the next one, or by the time.

use crate::{
    api::{CommandResult, ConversationState, Event},
    engine::{CoreError, Ctx, Link, Stop},
    records::Conversation,
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use chancery_mls::{Group, MlsError, Role};
use chancery_wire::{DeviceId, GroupId, UserId, frames::ClientFrame};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// Label of the exported secret (RFC 9420 section 8.5); its context is empty.
const LABEL: &str = "chancery typing v1";
/// While the person goes on typing, a signal is sent this often, in milliseconds.
const REPEAT_MS: u64 = 4_000;
/// Without a further signal somebody has stopped typing after this, in milliseconds.
const LASTS_MS: u64 = 7_000;
/// Conversations of more users send none: it would be more traffic than their messages.
const MAX_USERS: usize = super::MAX_RECEIPT_USERS;
/// People typing that are kept in mind; further ones are passed over.
const MAX_TYPING: usize = 1000;
/// Length of the nonce before the ciphertext, in bytes.
const NONCE_BYTES: usize = 24;

/// What is known of people typing; forgotten with the connection.
#[derive(Default)]
pub(crate) struct Typing {
    /// Until when somebody is taken to be typing, in milliseconds since 1970.
    people: BTreeMap<(GroupId, UserId), u64>,
    /// Time of the last signal of a device, on its clock: an older one is a repetition.
    seen: BTreeMap<(GroupId, DeviceId), u64>,
    /// When our last signal left, and whether it said that we type.
    sent: BTreeMap<GroupId, (u64, bool)>,
}

/// What a signal says.
#[derive(Debug, Encode, Decode)]
struct Signal {
    #[n(0)]
    device: DeviceId,
    /// The sender's clock, in milliseconds since 1970.
    #[n(1)]
    at_ms: u64,
    #[n(2)]
    on: bool,
}

fn cipher(group: &Group) -> Result<XChaCha20Poly1305, MlsError> {
    Ok(XChaCha20Poly1305::new((&group.export_secret(LABEL, &[])?).into()))
}

pub(crate) fn typing(ctx: &mut Ctx<'_>, id: &GroupId, on: bool) -> Result<CommandResult, Stop> {
    let loaded = ctx.require_account()?;
    let conversation = ctx.require_conversation(id)?;
    let may = conversation.state == ConversationState::Active
        && conversation.members.len() <= MAX_USERS
        && conversation.role_of(loaded.user()).is_some_and(|role| role != Role::Reader);
    let (last_ms, was_on) = ctx.state.typing.sent.get(id).copied().unwrap_or_default();
    // A clock that went back doesn't end it.
    let due = if on { !was_on || ctx.now_ms.abs_diff(last_ms) >= REPEAT_MS } else { was_on };
    if !may || !due || ctx.state.link != Link::Ready || !ctx.state.synced.contains(id) {
        return Ok(CommandResult::Done);
    }
    ctx.state.typing.sent.insert(id.clone(), (ctx.now_ms, on));
    let signal = Signal { device: loaded.account.device, at_ms: ctx.now_ms, on };
    let plaintext = crate::records::encode(&signal);
    let mut nonce = [0; NONCE_BYTES];
    ctx.rng.fill_bytes(&mut nonce);
    let group = ctx.take_group(&loaded, id)?;
    let (epoch, cipher) = (group.epoch(), cipher(&group));
    ctx.put_group(group);
    let sealed = cipher?
        .encrypt(&XNonce::from(nonce), Payload { msg: &plaintext, aad: id.as_str().as_bytes() })
        .expect("a signal is far below the cipher's limit");
    let body = [&nonce[..], &sealed].concat();
    ctx.frame(ClientFrame::Signal { group: id.clone(), epoch, body });
    Ok(CommandResult::Done)
}

/// A signal of another device. What isn't right about it is passed over: nothing depends on it.
pub(crate) fn receive_signal(
    ctx: &mut Ctx<'_>,
    id: &GroupId,
    device: DeviceId,
    epoch: u64,
    body: &[u8],
) -> Result<(), CoreError> {
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    let Some(conversation) = Conversation::load(ctx.tx, id)? else { return Ok(()) };
    if conversation.state != ConversationState::Active || conversation.epoch != epoch || body.len() <= NONCE_BYTES {
        return Ok(());
    }
    let group = match ctx.take_group(&loaded, id) {
        Ok(group) => group,
        Err(MlsError::Store(fault)) => return Err(fault.into()),
        Err(_) => return Ok(()),
    };
    let sender = group.leaves().iter().find(|leaf| leaf.device == device).map(|leaf| leaf.user.clone());
    let cipher = cipher(&group);
    ctx.put_group(group);
    let (Some(sender), Ok(cipher)) = (sender, cipher) else { return Ok(()) };
    let (nonce, sealed) = body.split_at(NONCE_BYTES);
    let plaintext = cipher.decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: id.as_str().as_bytes() });
    let signal: Option<Signal> = plaintext.ok().and_then(|plaintext| minicbor::decode(&plaintext).ok());
    let Some(signal) = signal.filter(|signal| signal.device == device) else { return Ok(()) };
    let may = conversation.role_of(&sender).is_some_and(|role| role != Role::Reader);
    let seen = ctx.state.typing.seen.entry((id.clone(), device)).or_default();
    if !may || sender == *loaded.user() || signal.at_ms <= *seen {
        return Ok(());
    }
    *seen = signal.at_ms;
    if !signal.on {
        still(ctx, id, &sender);
        return Ok(());
    }
    let people = &mut ctx.state.typing.people;
    if people.len() >= MAX_TYPING {
        return Ok(());
    }
    if people.insert((id.clone(), sender.clone()), ctx.now_ms + LASTS_MS).is_none() {
        ctx.event(Event::Typing { group: id.clone(), user: sender, on: true });
    }
    Ok(())
}

/// Somebody has stopped typing, or sent what they typed.
pub(crate) fn still(ctx: &mut Ctx<'_>, group: &GroupId, user: &UserId) {
    if ctx.state.typing.people.remove(&(group.clone(), user.clone())).is_some() {
        ctx.event(Event::Typing { group: group.clone(), user: user.clone(), on: false });
    }
}

/// Everybody whose last signal is long ago has stopped.
pub(crate) fn hush(ctx: &mut Ctx<'_>) {
    let now_ms = ctx.now_ms;
    let over = |until: u64| until <= now_ms || until > now_ms + LASTS_MS;
    let people = &ctx.state.typing.people;
    let stopped: Vec<_> = people.iter().filter(|(_, until)| over(**until)).map(|(who, _)| who.clone()).collect();
    for (group, user) in stopped {
        still(ctx, &group, &user);
    }
    if let Some(next) = ctx.state.typing.people.values().min().copied() {
        ctx.wake_at(next);
    }
}

/// The connection is gone: nobody is known to type.
pub(crate) fn still_everywhere(ctx: &mut Ctx<'_>) {
    for (group, user) in std::mem::take(&mut ctx.state.typing).people.into_keys() {
        ctx.event(Event::Typing { group, user, on: false });
    }
}
