//! The delivery connection: authentication, following groups, and the one place that decides what to do next.

use crate::{
    account,
    api::{CallFailure, Event, Output},
    engine::{CoreError, Ctx, Link, sign_challenge},
    group_links, groups, links, messages,
    records::{Account, Conversation, Phase},
};
use chancery_wire::{
    PROTOCOL_VERSION, Refusal,
    frames::{ClientFrame, Cursor, ServerFrame},
    limits::MAX_FOLLOW_GROUPS,
    refusal::Code,
};

/// Items are acknowledged after this many, or with the next `Follow`.
const ACKNOWLEDGE_ITEMS: usize = 64;

pub(crate) fn connected(ctx: &mut Ctx<'_>) {
    disconnected(ctx);
    ctx.state.link = Link::Opening;
}

/// Everything that was tied to the connection is forgotten; what is in the store is sent again.
pub(crate) fn disconnected(ctx: &mut Ctx<'_>) {
    messages::still_everywhere(ctx);
    let state = &mut *ctx.state;
    state.link = Link::Down;
    state.synced.clear();
    state.follows = 0;
    state.caught_up = false;
    state.export_waits.clear();
    state.devices_listed = false;
    state.in_flight.clear();
    state.wait_epoch.clear();
    state.invited.clear();
    state.renewed_on_refusal = false;
    state.certificate_slots.clear();
    state.gaps.clear();
    state.unknown_keys.clear();
    state.offers.clear();
    state.ask_again_at_ms = None;
    state.unacknowledged.clear();
    state.unacknowledged_items = 0;
}

pub(crate) fn frame(ctx: &mut Ctx<'_>, frame: ServerFrame) -> Result<(), CoreError> {
    match frame {
        ServerFrame::Challenge { challenge, version, .. } => {
            let Some(account) = Account::load(ctx.tx)?.filter(|account| account.phase == Phase::Active) else {
                return Ok(());
            };
            if version != PROTOCOL_VERSION {
                ctx.warn("unsupported_version", None, Code::UnsupportedVersion.meaning());
            }
            let signature = sign_challenge(&account, &challenge);
            ctx.frame(ClientFrame::Authenticate {
                user: account.user,
                device: account.device,
                signature,
                version: PROTOCOL_VERSION,
            });
            Ok(())
        }
        ServerFrame::Ready => ready(ctx),
        ServerFrame::Items { group, items } => {
            groups::receive(ctx, &group, &items)?;
            ctx.state.unacknowledged_items += items.len();
            Ok(())
        }
        ServerFrame::Inbox { items } => {
            for item in items {
                groups::receive_inbox(ctx, item)?;
            }
            Ok(())
        }
        ServerFrame::Reply { request, outcome } => messages::reply(ctx, request, outcome),
        ServerFrame::Unavailable { group, head, refusal } => groups::unavailable(ctx, &group, head, &refusal),
        ServerFrame::CaughtUp { heads } => {
            ctx.state.follows = ctx.state.follows.saturating_sub(1);
            for head in heads {
                groups::caught_up(ctx, &head)?;
            }
            Ok(())
        }
        ServerFrame::Signal { group, device, epoch, body } => {
            messages::receive_signal(ctx, &group, device, epoch, &body)
        }
        ServerFrame::Closing { refusal } => closing(ctx, &refusal),
    }
}

fn ready(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    ctx.state.link = Link::Ready;
    ctx.state.all_dirty = true;
    // A commit that was acknowledged on the last connection but not seen in the log yet is sent again, under the same id.
    let submitted = groups::under_way(&ctx.state.calls);
    ctx.state.submitting.retain(|group| submitted.contains(group));
    let cursors: Vec<Cursor> = Conversation::all(ctx.tx)?
        .into_iter()
        .filter(|conversation| conversation.is_followed() && conversation.creation.is_none())
        .map(|conversation| Cursor { group: conversation.group, seq: conversation.cursor })
        .collect();
    follow(ctx, cursors)?;
    groups::take_up_offers(ctx)?;
    account::on_ready(ctx)
}

/// Follows groups from these cursors on; without any, the inbox only.
pub(crate) fn follow(ctx: &mut Ctx<'_>, cursors: Vec<Cursor>) -> Result<(), CoreError> {
    let inbox = Account::load(ctx.tx)?.map_or(0, |account| account.inbox);
    let mut pages: Vec<Vec<Cursor>> = cursors.chunks(MAX_FOLLOW_GROUPS).map(<[Cursor]>::to_vec).collect();
    if pages.is_empty() {
        pages.push(Vec::new());
    }
    for cursors in pages {
        ctx.state.follows += 1;
        ctx.frame(ClientFrame::Follow { cursors, inbox });
    }
    Ok(())
}

fn closing(ctx: &mut Ctx<'_>, refusal: &Refusal) -> Result<(), CoreError> {
    match refusal.code {
        Code::DeviceRevoked => revoked(ctx),
        Code::Draining => Ok(()),
        _ => {
            ctx.warn(refusal.code.as_str(), None, refusal.message.clone());
            Ok(())
        }
    }
}

/// The relay says that this device was removed: nothing more is sent or received here. What is here stays readable until the
/// person deletes the profile.
pub(crate) fn revoked(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    if let Some(mut account) = Account::load(ctx.tx)?.filter(|account| account.phase == Phase::Active) {
        account.phase = Phase::Revoked;
        account.save(ctx.tx)?;
        ctx.state.loaded = None;
        ctx.state.link = Link::Down;
        ctx.event(Event::DeviceRevoked);
    }
    Ok(())
}

/// After every input: carries out whatever is due and possible now.
pub(crate) fn advance(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    account::register_again(ctx)?;
    links::advance(ctx)?;
    messages::expire(ctx)?;
    messages::hush(ctx);
    messages::report_again(ctx);
    let all = std::mem::take(&mut ctx.state.all_dirty);
    let mut dirty = std::mem::take(&mut ctx.state.dirty);
    if ctx.state.link == Link::Ready {
        account::ask_again(ctx)?;
        groups::try_again(ctx);
        if std::mem::take(&mut ctx.state.asks_due) || all {
            group_links::advance(ctx)?;
        }
        dirty.append(&mut ctx.state.dirty);
        if all {
            for conversation in Conversation::all(ctx.tx)? {
                groups::advance(ctx, conversation)?;
            }
        } else {
            for group in dirty {
                if let Some(conversation) = Conversation::load(ctx.tx, &group)? {
                    groups::advance(ctx, conversation)?;
                }
            }
        }
        acknowledge(ctx)?;
        tell_when_caught_up(ctx);
    }
    Ok(())
}

fn acknowledge(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    if ctx.state.unacknowledged_items < ACKNOWLEDGE_ITEMS {
        return Ok(());
    }
    ctx.state.unacknowledged_items = 0;
    let cursors =
        std::mem::take(&mut ctx.state.unacknowledged).into_iter().map(|(group, seq)| Cursor { group, seq }).collect();
    let inbox = Account::load(ctx.tx)?.map_or(0, |account| account.inbox);
    ctx.frame(ClientFrame::Acknowledge { cursors, inbox });
    Ok(())
}

fn tell_when_caught_up(ctx: &mut Ctx<'_>) {
    if !ctx.state.caught_up && ctx.state.follows == 0 && !ctx.state.calls.values().any(groups::is_joining) {
        ctx.state.caught_up = true;
        ctx.event(Event::CaughtUp);
    }
}

/// How long to wait after a passing refusal, in milliseconds; `None` when the refusal is final.
pub(crate) fn retry_after_ms(failure: &CallFailure) -> Option<u64> {
    match failure {
        CallFailure::Unreachable(_) => Some(5_000),
        // Whoever has to sign in somewhere, or to allow something, takes their time.
        CallFailure::Intercepted(not_the_relay) => Some(if not_the_relay.may_pass() { 5_000 } else { 30_000 }),
        CallFailure::Refused(refusal) => match refusal.code {
            Code::RateLimited => Some(u64::from(refusal.retry_after_seconds.unwrap_or(5)) * 1000),
            Code::Draining | Code::Internal | Code::Unauthenticated => Some(5_000),
            Code::StorageFull => Some(60_000),
            _ => None,
        },
    }
}

/// Asks the driver for a new connection.
pub(crate) fn reconnect(ctx: &mut Ctx<'_>) {
    ctx.out.push(Output::Reconnect);
}
