//! One's own certificate, renewed in good time: signed by the identity key, registered at the relay, and carried into each group by the
//! next commit there. What was signed stands in the store before it is sent; it takes the former one's place when the relay has it.
//!
//! **Invariant:** nothing that enters a group is signed with a certificate that is over while a renewal is under way.

use super::{Call, device_certificate, key_packages};
use crate::{
    api::{CallFailure, UserError},
    engine::{CoreError, Ctx, Loaded, Pending, user_error},
    groups,
    records::Account,
    storage::Table,
    sync,
};
use chancery_wire::{
    Base64, Refusal,
    api::{
        Request, Response,
        devices::{AddDevice, KeyPackages},
    },
    limits::DEVICE_CERTIFICATE_LIFETIME_SECONDS,
    refusal::Code,
    signed::{Credential, Signed},
};

/// A certificate is renewed when less than this is left of it, in seconds. Devices that sleep for months wake in time; and key packages,
/// which carry the certificate, end before it does.
const RENEW_BEFORE_SECONDS: u64 = DEVICE_CERTIFICATE_LIFETIME_SECONDS / 2;

const KEY: &[u8] = b"renewal";

/// Renews the certificate when it is time, or goes on with a renewal whose answer is outstanding. Says whether one is under way.
pub(super) fn check(ctx: &mut Ctx<'_>) -> Result<bool, CoreError> {
    let Some(loaded) = ctx.loaded()? else { return Ok(false) };
    if is_under_way(ctx) {
        return Ok(true);
    }
    let credential = match ctx.tx.get(Table::Meta, KEY)? {
        Some(credential) => credential,
        None if is_due(loaded.device.owner().expires_at, ctx.now_seconds()) => sign(ctx, &loaded)?,
        None => return Ok(false),
    };
    send(ctx, credential);
    Ok(true)
}

fn is_due(expires_at: u64, now_seconds: u64) -> bool {
    expires_at <= now_seconds.saturating_add(RENEW_BEFORE_SECONDS)
}

/// The relay found our certificate's time over, whatever the clock here says: renews it at once, for the first time on this connection.
/// Says whether that is under way.
pub(crate) fn renew_now(ctx: &mut Ctx<'_>) -> Result<bool, CoreError> {
    if is_under_way(ctx) {
        return Ok(true);
    }
    let Some(loaded) = ctx.loaded()?.filter(|_| !ctx.state.renewed_on_refusal) else { return Ok(false) };
    ctx.state.renewed_on_refusal = true;
    let credential = sign(ctx, &loaded)?;
    send(ctx, credential);
    Ok(true)
}

/// Whether the certificate is over, as far as this device knows, and a new one is on its way: what needs one waits for it.
pub(crate) fn has_to_wait(ctx: &Ctx<'_>, loaded: &Loaded) -> bool {
    is_under_way(ctx) && loaded.device.owner().expires_at <= ctx.now_seconds()
}

/// Said to somebody who is quicker than the renewal.
pub(crate) fn wait() -> UserError {
    let text = "This device was away so long that it is renewing its certificate. Try again in a moment.";
    user_error("certificate_expired", text)
}

fn is_under_way(ctx: &Ctx<'_>) -> bool {
    ctx.state.calls.values().any(|pending| matches!(pending, Pending::Account(Call::Renew)))
}

/// Signs and stores it. It is always newer than the one that it replaces: a clock that was set back doesn't prevent that.
fn sign(ctx: &mut Ctx<'_>, loaded: &Loaded) -> Result<Vec<u8>, CoreError> {
    let (account, owner) = (&loaded.account, loaded.device.owner());
    let issued_at = ctx.now_seconds().max(owner.issued_at + 1);
    let key = account.device_key.signing_key();
    let certificate = device_certificate(&account.user, account.device, &account.label, &key, issued_at);
    let device = Signed::sign(certificate, &account.identity_key.signing_key()).bytes().to_vec();
    let credential = Credential { device, ..account.credential.clone() }.to_vec();
    ctx.tx.put(Table::Meta, KEY, &credential)?;
    Ok(credential)
}

fn send(ctx: &mut Ctx<'_>, credential: Vec<u8>) {
    let body = AddDevice { credential: Base64(credential), key_packages: KeyPackages::default() };
    ctx.call(Request::AddDevice { body }, Pending::Account(Call::Renew));
}

pub(super) fn answered(ctx: &mut Ctx<'_>, answer: Result<Response, CallFailure>) -> Result<(), CoreError> {
    match answer {
        Ok(_) => take_over(ctx)?,
        Err(failure) if sync::retry_after_ms(&failure).is_some() => {
            super::ask_again_after(ctx, &failure);
            return Ok(());
        }
        Err(CallFailure::Refused(refusal)) => refused(ctx, &refusal)?,
        Err(CallFailure::Unreachable(_) | CallFailure::Intercepted(_)) => {}
    }
    // They carry the certificate, so they waited for it; and so did changes of groups.
    key_packages::check(ctx);
    ctx.state.all_dirty = true;
    Ok(())
}

fn take_over(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    let Some(renewed) = ctx.tx.get(Table::Meta, KEY)? else { return Ok(()) };
    let Some(mut account) = Account::load(ctx.tx)? else { return Ok(()) };
    account.credential = Credential::from_slice(&renewed)
        .map_err(|error| CoreError::Record(format!("the renewed certificate: {error}")))?;
    account.save(ctx.tx)?;
    ctx.tx.delete(Table::Meta, KEY)?;
    ctx.state.loaded = None;
    groups::carry_certificate(ctx)
}

fn refused(ctx: &mut Ctx<'_>, refusal: &Refusal) -> Result<(), CoreError> {
    ctx.tx.delete(Table::Meta, KEY)?;
    let text = if refusal.code == Code::CertificateExpired {
        "This device's clock and the relay's are more than a day apart, so this device can't renew its certificate. Set this device's clock. \
         If it is right, tell your administrator."
            .to_owned()
    } else {
        format!(
            "This device can't renew its certificate ({refusal}). If this stays, link it anew from another of your devices."
        )
    };
    ctx.warn("certificate_not_renewed", None, text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_renewed_when_half_of_its_time_is_over() {
        let now = 2_000_000_000;
        let expires_at = now + DEVICE_CERTIFICATE_LIFETIME_SECONDS;
        assert!(!is_due(expires_at, now));
        assert!(!is_due(expires_at, expires_at - RENEW_BEFORE_SECONDS - 1));
        assert!(is_due(expires_at, expires_at - RENEW_BEFORE_SECONDS));
        assert!(is_due(expires_at, expires_at + 1));
    }
}
