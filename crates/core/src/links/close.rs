//! On the existing device: an approval ends when the new device never comes, or when the person takes it back. It is taken back at the
//! relay, too: a device that comes afterwards isn't registered.

use super::{Call, is_under_way};
use crate::{
    account,
    api::{CallFailure, CommandResult, Event},
    engine::{CoreError, Ctx, Link, Pending, Stop, user_error},
    records::{LinkEnding, LinkRole, LinkState, OwnDevice},
    sync,
};
use chancery_wire::{
    LinkId,
    api::{Request, Response},
    limits::{LINK_HISTORY_LIFETIME_SECONDS, LINK_LIFETIME_SECONDS},
    refusal::Code,
};

/// The person takes an approval back.
pub(crate) fn cancel(ctx: &mut Ctx<'_>, id: &LinkId) -> Result<CommandResult, Stop> {
    ctx.require_account()?;
    let Some(link) = LinkState::load(ctx.tx, id)?.filter(|link| matches!(link.role, LinkRole::Existing { .. })) else {
        return Err(user_error("no_such_link", "No approval of this link is under way here.").into());
    };
    if has_come(ctx, &link)? {
        return Err(already_here().into());
    }
    end(ctx, link, LinkEnding::Cancelled)?;
    Ok(CommandResult::Done)
}

fn already_here() -> crate::api::UserError {
    user_error("link_used", "The new device is one of your devices already. To take it out, remove it.")
}

/// Whether the relay has listed the new device.
fn has_come(ctx: &Ctx<'_>, link: &LinkState) -> Result<bool, CoreError> {
    let LinkRole::Existing { device: new, .. } = link.role else { return Ok(false) };
    Ok(OwnDevice::all(ctx.tx)?.iter().any(|own| own.device == new))
}

/// Whether the new device had its time and isn't there, as the present list says.
pub(super) fn never_came(ctx: &mut Ctx<'_>, link: &LinkState) -> Result<bool, CoreError> {
    if !matches!(link.role, LinkRole::Existing { .. }) || has_come(ctx, link)? {
        return Ok(false);
    }
    let due = link.started_at_ms + LINK_LIFETIME_SECONDS * 1000;
    if ctx.now_ms <= due {
        ctx.wake_at(due + 1);
        return Ok(false);
    }
    Ok(ctx.state.devices_listed && ctx.state.link == Link::Ready)
}

/// Goes on with one that is being closed. Says whether it is open again: its device came.
pub(super) fn next(ctx: &mut Ctx<'_>, link: &mut LinkState) -> Result<bool, CoreError> {
    if link.ending != Some(LinkEnding::TooLate) {
        submit(ctx, link);
        return Ok(false);
    }
    if has_come(ctx, link)? {
        link.ending = None;
        link.save(ctx.tx)?;
    } else if ctx.now_ms > link.started_at_ms + LINK_HISTORY_LIFETIME_SECONDS * 1000 {
        link.delete(ctx.tx)?;
    }
    Ok(link.ending.is_none())
}

/// From now on it is being closed.
pub(super) fn end(ctx: &mut Ctx<'_>, mut link: LinkState, why: LinkEnding) -> Result<(), CoreError> {
    link.ending = Some(why);
    link.save(ctx.tx)?;
    submit(ctx, &link);
    Ok(())
}

/// Closes it at the relay, unless that is under way.
fn submit(ctx: &mut Ctx<'_>, link: &LinkState) {
    if !is_under_way(ctx, &link.link) && ctx.state.link == Link::Ready {
        ctx.call(Request::CloseLink { link: link.link }, Pending::Link(Call::Close(link.link)));
    }
}

pub(super) fn closed(ctx: &mut Ctx<'_>, id: &LinkId, answer: Result<Response, CallFailure>) -> Result<(), CoreError> {
    let Some(mut link) = LinkState::load(ctx.tx, id)? else { return Ok(()) };
    match answer {
        Err(failure) if sync::retry_after_ms(&failure).is_some() => {
            ctx.wake_at(ctx.now_ms + sync::retry_after_ms(&failure).unwrap_or_default());
            Ok(())
        }
        Err(CallFailure::Refused(refusal)) if refusal.code == Code::LinkClosed => {
            // It came at the last moment: it is one of ours, and gets what it was promised.
            if link.ending == Some(LinkEnding::Cancelled) {
                ctx.warn("link_used", None, already_here().message);
            }
            link.ending = Some(LinkEnding::TooLate);
            link.save(ctx.tx)?;
            account::fetch_devices(ctx);
            Ok(())
        }
        _ => {
            link.delete(ctx.tx)?;
            if link.ending == Some(LinkEnding::NeverCame) {
                let text = "A device that you approved never came, so the approval was taken back. Link it again, if you want it.";
                ctx.warn("link_never_came", None, text);
            }
            ctx.event(Event::DevicesChanged);
            Ok(())
        }
    }
}
