//! Linking a device: a new device meets an existing one in a rendezvous at the relay and gets the user's identity, sealed; then its
//! history, as encrypted segments under a one-time key (docs/protocol/linking.md).
//!
//! **Invariant:** the relay can neither swap the new device's request (its hash stands in the link) nor forge the answer (a secret
//! of the link enters the HPKE key schedule) nor read the history.

mod approve;
mod close;
mod export;
mod grant;
mod import;
mod request;

pub(crate) use approve::{approve, inspect};
pub(crate) use close::cancel;
pub(crate) use request::start;

use crate::{
    api::{CallFailure, CommandId},
    engine::{CoreError, Ctx, Pending},
    records::{Conversation, Late, LinkEnding, LinkRole, LinkState},
    sync,
};
use chancery_mls::rules::Change;
use chancery_wire::{
    DeviceId, LinkId,
    api::{Request, Response},
    limits::{LINK_HISTORY_LIFETIME_SECONDS, LINK_LIFETIME_SECONDS},
    link::DeviceLink,
};

/// The new device looks for messages this often, in milliseconds.
const POLL_MS: u64 = 1_000;
/// A conversation that the new device enters only after the history was handed over follows, for so long, in milliseconds.
const LATE_MS: u64 = 3600 * 1000;
/// How often both look whether there is one, in milliseconds.
const LATE_STEP_MS: u64 = 15_000;

/// A call of this module that is under way.
pub(crate) enum Call {
    Open(CommandId, Box<request::Asking>),
    /// Look only (`None`), or approve, with or without the history.
    Request(CommandId, DeviceLink, Option<bool>),
    Post(LinkId),
    Poll(LinkId),
    Close(LinkId),
}

pub(crate) fn answer(ctx: &mut Ctx<'_>, call: Call, answer: Result<Response, CallFailure>) -> Result<(), CoreError> {
    match call {
        Call::Open(command, asking) => request::opened(ctx, command, *asking, answer),
        Call::Request(command, link, history) => approve::requested(ctx, command, &link, history, answer),
        Call::Post(link) => posted(ctx, &link, answer),
        Call::Poll(link) => import::polled(ctx, &link, answer),
        Call::Close(link) => close::closed(ctx, &link, answer),
    }
}

/// Devices that this device approved and that may still be missing in groups.
pub(crate) fn approved_devices(ctx: &Ctx<'_>) -> Result<Vec<DeviceId>, CoreError> {
    Ok(LinkState::all(ctx.tx)?
        .into_iter()
        .filter_map(|link| match link.role {
            LinkRole::Existing { device, .. } => Some(device),
            LinkRole::New { .. } => None,
        })
        .collect())
}

/// A commit added devices to a conversation: one whose history is under way, or was handed over already, still gets what was before.
pub(crate) fn entered(
    ctx: &Ctx<'_>,
    conversation: &Conversation,
    changes: &[Change],
    seq: u64,
) -> Result<(), CoreError> {
    for mut link in LinkState::all(ctx.tx)? {
        let LinkRole::Existing { device: new, .. } = link.role else { continue };
        let begun = link.history.as_ref().is_some_and(|history| history.after.is_some());
        if begun && changes.iter().any(|change| matches!(change, Change::Add { device, .. } if *device == new)) {
            link.late.get_or_insert_default().push(Late { number: conversation.number, until: seq });
            link.save(ctx.tx)?;
        }
    }
    Ok(())
}

/// A device was removed: nothing more is handed over to it.
pub(crate) fn forget_device(ctx: &Ctx<'_>, removed: DeviceId) -> Result<(), CoreError> {
    for link in LinkState::all(ctx.tx)? {
        if matches!(link.role, LinkRole::Existing { device, .. } if device == removed) {
            link.delete(ctx.tx)?;
        }
    }
    Ok(())
}

/// Goes on with every link under way.
pub(crate) fn advance(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    for mut link in LinkState::all(ctx.tx)? {
        if link.ending.is_some() && !close::next(ctx, &mut link)? {
            continue;
        }
        if close::never_came(ctx, &link)? {
            close::end(ctx, link, LinkEnding::NeverCame)?;
            continue;
        }
        if link.finished_at_ms.is_some_and(|finished| ctx.now_ms > finished + LATE_MS) {
            link.delete(ctx.tx)?;
            continue;
        }
        let lifetime = if link.history.is_some() { LINK_HISTORY_LIFETIME_SECONDS } else { LINK_LIFETIME_SECONDS };
        if ctx.now_ms > link.started_at_ms + lifetime * 1000 {
            link.delete(ctx.tx)?;
            ctx.warn("link_closed", None, chancery_wire::Code::LinkClosed.meaning());
            continue;
        }
        match &link.role {
            LinkRole::New { .. } => poll(ctx, &link),
            LinkRole::Existing { outgoing, .. } => {
                if outgoing.is_none() {
                    export::next(ctx, link)?;
                } else {
                    post(ctx, &link)?;
                }
            }
        }
    }
    Ok(())
}

fn is_under_way(ctx: &Ctx<'_>, link: &LinkId) -> bool {
    ctx.state
        .calls
        .values()
        .any(|pending| matches!(pending, Pending::Link(Call::Post(other) | Call::Poll(other) | Call::Close(other)) if other == link))
}

fn poll(ctx: &mut Ctx<'_>, link: &LinkState) {
    if is_under_way(ctx, &link.link) {
        return;
    }
    let due = ctx.state.poll_at_ms.get(&link.link).copied().unwrap_or_default();
    if due > ctx.now_ms {
        ctx.wake_at(due);
        return;
    }
    let step_ms = if link.finished_at_ms.is_some() { LATE_STEP_MS } else { POLL_MS };
    ctx.state.poll_at_ms.insert(link.link, ctx.now_ms + step_ms);
    let call = Pending::Link(Call::Poll(link.link));
    ctx.call(Request::GetLinkMessages { link: link.link, from: link.next }, call);
}

/// Posts the stored message.
pub(crate) fn post(ctx: &mut Ctx<'_>, link: &LinkState) -> Result<(), CoreError> {
    let LinkRole::Existing { outgoing: Some(body), admits, .. } = &link.role else { return Ok(()) };
    if is_under_way(ctx, &link.link) || ctx.state.link != crate::engine::Link::Ready {
        return Ok(());
    }
    let admits = admits.as_ref().filter(|_| link.next == 0).map(|hash| hash.to_vec().into());
    let body = chancery_wire::api::links::PostLinkMessage { n: link.next, body: body.to_vec().into(), admits };
    ctx.call(Request::PostLinkMessage { link: link.link, body }, Pending::Link(Call::Post(link.link)));
    Ok(())
}

fn posted(ctx: &mut Ctx<'_>, id: &LinkId, answer: Result<Response, CallFailure>) -> Result<(), CoreError> {
    let Some(mut link) = LinkState::load(ctx.tx, id)? else { return Ok(()) };
    match answer {
        Ok(_) => {
            if let LinkRole::Existing { outgoing, complete, .. } = &mut link.role {
                *outgoing = None;
                link.next += 1;
                if *complete {
                    link.finished_at_ms.get_or_insert(ctx.now_ms);
                    *complete = false;
                }
            }
            link.save(ctx.tx)
        }
        Err(failure) => match sync::retry_after_ms(&failure) {
            Some(wait) => {
                ctx.wake_at(ctx.now_ms + wait);
                Ok(())
            }
            None => {
                link.delete(ctx.tx)?;
                if link.finished_at_ms.is_none() {
                    ctx.warn("link_failed", None, failure.to_string());
                }
                Ok(())
            }
        },
    }
}
