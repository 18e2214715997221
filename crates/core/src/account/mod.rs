//! Who one is: joining, the organisation's signed objects, key packages, one's own devices, and people.

mod contacts;
mod devices;
mod join;
mod key_packages;
mod organisation;
mod push;
mod renew;

pub(crate) use contacts::{find_users, list_people, note_leaves, verify_contact};
pub(crate) use devices::{refresh as refresh_devices, remove as remove_device};
pub(crate) use join::{check_label, device_certificate, join, random_key, register, register_again};
pub(crate) use key_packages::make_stock;
pub(crate) use organisation::verify_organisation;
pub(crate) use push::{key as push_key, set as set_push};
pub(crate) use renew::{has_to_wait, renew_now, wait as wait_for_certificate};

use crate::{
    api::{CallFailure, CommandId},
    engine::{CoreError, Ctx, Pending},
    groups, sync,
};
use chancery_wire::{
    DeviceId,
    api::{Request, Response},
    refusal::Code,
    signed::Suite,
};

/// A call of this module that is under way.
pub(crate) enum Call {
    /// First step of joining: the organisation's objects.
    JoinOrganisation(join::Joining),
    /// Second step: the invitation.
    JoinInvitation(join::Joining),
    /// Last step: the registration itself.
    Register(CommandId),
    /// New versions of the organisation's objects.
    Organisation,
    /// The stock of key packages.
    Stocks,
    /// The renewal of one's own certificate.
    Renew,
    /// An upload of key packages.
    KeyPackages,
    /// One's own devices; a command may wait for it.
    Devices(Option<CommandId>),
    RemoveDevice(CommandId, DeviceId),
    FindUsers(CommandId),
    /// The relay's key for push services, or a change of the subscription.
    Push(CommandId),
}

/// A connection that stays open is asked for the same again after this, in milliseconds: key packages and certificates end meanwhile.
const ASK_DAILY_MS: u64 = 24 * 3600 * 1000;

/// A connection was authenticated.
pub(crate) fn on_ready(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    let due = ctx.now_ms + ASK_DAILY_MS;
    ctx.state.ask_again_at_ms = Some(due);
    ctx.wake_at(due);
    fetch_organisation(ctx);
    if !renew::check(ctx)? {
        key_packages::check(ctx);
    }
    devices::fetch(ctx, None);
    Ok(())
}

/// An answer was lost, or the relay wants us to wait: everything is asked for again, with the next connection or earlier.
fn ask_again_after(ctx: &mut Ctx<'_>, failure: &CallFailure) {
    if let Some(wait) = sync::retry_after_ms(failure) {
        let due = ctx.now_ms + wait;
        ctx.state.ask_again_at_ms = Some(due);
        ctx.wake_at(due);
    }
}

/// Asks again for what was not answered, and once a day, when it is time.
pub(crate) fn ask_again(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    match ctx.state.ask_again_at_ms {
        Some(due) if due <= ctx.now_ms => {
            ctx.state.ask_again_at_ms = None;
            on_ready(ctx)
        }
        Some(due) => {
            ctx.wake_at(due);
            Ok(())
        }
        None => Ok(()),
    }
}

/// Asks for the organisation's objects.
pub(crate) fn fetch_organisation(ctx: &mut Ctx<'_>) {
    ctx.call(Request::GetOrganisation {}, Pending::Account(Call::Organisation));
}

/// Asks whether key packages run low.
pub(crate) fn check_key_packages(ctx: &mut Ctx<'_>) {
    key_packages::check(ctx);
}

/// Asks for one's own devices.
pub(crate) fn fetch_devices(ctx: &mut Ctx<'_>) {
    devices::fetch(ctx, None);
}

pub(crate) fn answer(ctx: &mut Ctx<'_>, call: Call, answer: Result<Response, CallFailure>) -> Result<(), CoreError> {
    match (call, answer) {
        (Call::JoinOrganisation(joining), answer) => join::organisation(ctx, joining, answer),
        (Call::JoinInvitation(joining), answer) => join::invitation(ctx, joining, answer),
        (Call::Register(command), answer) => join::registered(ctx, command, answer),
        (Call::Organisation, Ok(Response::Organisation(organisation))) => {
            organisation::update(ctx, &organisation)?;
            groups::keys_are_here(ctx)
        }
        (Call::Stocks, Ok(Response::Stocks(stocks))) => key_packages::refill(ctx, &stocks),
        (Call::Renew, answer) => renew::answered(ctx, answer),
        (Call::Devices(command), answer) => devices::listed(ctx, command, answer),
        (Call::RemoveDevice(command, device), answer) => devices::removed(ctx, command, &device, answer),
        (Call::FindUsers(command), answer) => contacts::found(ctx, command, answer),
        (Call::Push(command), answer) => {
            push::answered(ctx, command, answer);
            Ok(())
        }
        (Call::KeyPackages, Err(CallFailure::Refused(refusal))) if refusal.code == Code::CertificateExpired => {
            renew_now(ctx).map(|_| ())
        }
        (Call::Organisation | Call::Stocks | Call::KeyPackages, Err(failure)) => {
            ask_again_after(ctx, &failure);
            Ok(())
        }
        (Call::Organisation | Call::Stocks | Call::KeyPackages, Ok(_)) => Ok(()),
    }
}

/// All suites that key packages are kept for.
pub(crate) const SUITES: [Suite; 2] = Suite::ALL;
