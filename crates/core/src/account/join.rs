//! Joining by an invitation link: pin the root, verify everything, make the keys, register. Each step can be repeated: the
//! exact registration stands in the store before it is sent.

use super::{Call, SUITES, make_stock, verify_organisation};
use crate::{
    api::{CallFailure, CommandId, CommandResult},
    engine::{CoreError, Ctx, Loaded, Pending, Stop, user_error},
    records::{Account, Phase, Secret},
    sync,
};
use chancery_mls::{Device, Trust};
use chancery_wire::{
    Base64, DeviceId,
    api::{Request, Response, devices, enrolment, organisation::Organisation},
    limits::DEVICE_CERTIFICATE_LIFETIME_SECONDS,
    link::InvitationLink,
    signed::{Credential, DeviceCertificate, Invitation, Signed, UserCertificate},
    text::checked_name,
};
use ed25519_dalek::SigningKey;
use rand_core::RngCore;

/// What a person calls their device, as it is kept; nothing is allowed.
pub(crate) fn check_label(label: &str) -> Result<String, Stop> {
    if label.trim().is_empty() {
        return Ok(String::new());
    }
    Ok(checked_name(label).map_err(|problem| user_error("invalid_name", problem.to_string()))?)
}

/// A join under way.
pub(crate) struct Joining {
    command: CommandId,
    link: InvitationLink,
    label: String,
    organisation: Option<Organisation>,
}

pub(crate) fn join(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    link: &str,
    label: &str,
) -> Result<Option<CommandResult>, Stop> {
    let link = InvitationLink::parse(link).map_err(|e| user_error("invalid_link", e.to_string()))?;
    let label = check_label(label)?;
    if let Some(account) = Account::load(ctx.tx)? {
        let same = account.invitation.as_deref().is_some_and(|seed| seed.as_slice() == link.seed);
        match account.phase {
            // A former attempt was cut off: send exactly the same again.
            Phase::Registering if same && !account.linked => {
                register(ctx, command, &account);
                return Ok(None);
            }
            Phase::Registering => Account::delete(ctx.tx)?,
            Phase::Active | Phase::Revoked => {
                let message = format!(
                    "This profile belongs to {} already. Use another profile to join as somebody else.",
                    account.user
                );
                return Err(user_error("already_joined", message).into());
            }
        }
    }
    let joining = Joining { command, link, label, organisation: None };
    ctx.call(Request::GetOrganisation {}, Pending::Account(Call::JoinOrganisation(joining)));
    Ok(None)
}

pub(super) fn organisation(
    ctx: &mut Ctx<'_>,
    mut joining: Joining,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    match answer {
        Ok(Response::Organisation(organisation)) => {
            if let Err(why) = verify_organisation(&organisation, &joining.link.root_fingerprint) {
                ctx.complete(joining.command, Err(user_error("untrusted_organisation", why)));
                return Ok(());
            }
            let invitation = joining.link.id();
            joining.organisation = Some(organisation);
            ctx.call(Request::GetInvitation { invitation }, Pending::Account(Call::JoinInvitation(joining)));
        }
        Ok(_) => ctx.complete(joining.command, Err(unexpected())),
        Err(failure) => ctx.complete(joining.command, Err(failure.into())),
    }
    Ok(())
}

pub(super) fn invitation(
    ctx: &mut Ctx<'_>,
    joining: Joining,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let command = joining.command;
    let state = match answer {
        Ok(Response::Invitation(state)) => state,
        Ok(_) => {
            ctx.complete(command, Err(unexpected()));
            return Ok(());
        }
        Err(failure) => {
            ctx.complete(command, Err(failure.into()));
            return Ok(());
        }
    };
    if state.used {
        let message = chancery_wire::Code::InvitationUsed.meaning();
        ctx.complete(command, Err(user_error("invitation_used", message)));
        return Ok(());
    }
    match prepare(ctx, joining, &state.invitation.0) {
        Ok(account) => {
            account.save(ctx.tx)?;
            register(ctx, command, &account);
            Ok(())
        }
        Err(Stop::User(error)) => {
            ctx.complete(command, Err(error));
            Ok(())
        }
        Err(Stop::Fault(fault)) => Err(fault),
    }
}

/// Makes the keys, certificates and key packages of a new user's first device.
fn prepare(ctx: &mut Ctx<'_>, joining: Joining, invitation: &[u8]) -> Result<Account, Stop> {
    let untrusted = |why: &str| Stop::User(user_error("invitation_untrusted", why));
    let organisation = joining.organisation.expect("set by the step before");
    let (root_key, manifest, policy) = verify_organisation(&organisation, &joining.link.root_fingerprint)
        .map_err(|why| user_error("untrusted_organisation", why))?;
    let signed = manifest
        .enrolment_keys
        .iter()
        .find_map(|key| Signed::<Invitation>::verify(invitation, key).ok())
        .ok_or_else(|| untrusted("The invitation isn't signed by the organisation. Ask for a new one."))?;
    let invitation_key = joining.link.key();
    if signed.key != *invitation_key.verifying_key().as_bytes() || signed.user.domain() != manifest.domain {
        return Err(untrusted("The relay shows another invitation than the link names. Tell whoever invited you."));
    }
    let now = ctx.now_seconds();
    let identity = random_key(ctx.rng);
    let device_key = random_key(ctx.rng);
    let device = DeviceId::random(ctx.rng);
    let user_certificate = Signed::sign(
        UserCertificate {
            user: signed.user.clone(),
            identity_key: *identity.verifying_key().as_bytes(),
            issued_at: now,
        },
        &invitation_key,
    );
    let certificate = device_certificate(&signed.user, device, &joining.label, &device_key, now);
    let device_certificate = Signed::sign(certificate, &identity);
    let credential = Credential {
        invitation: signed.bytes().to_vec(),
        user: user_certificate.bytes().to_vec(),
        device: device_certificate.bytes().to_vec(),
    };
    let trust = Trust::new((*manifest).clone());
    let mls_device = Device::new(device_key.clone(), credential.to_vec(), &trust)?;
    let key_packages = make_stock(ctx, &mls_device, &SUITES)?;
    let body = enrolment::Join { credential: credential.to_vec().into(), key_packages };
    let registration = Request::Join { body }.to_http().body.expect("Join has a body");
    Ok(Account {
        phase: Phase::Registering,
        relay: joining.link.relay.to_string(),
        root_key,
        manifest: manifest.bytes().to_vec().into(),
        policy: policy.bytes().to_vec().into(),
        user: signed.user.clone(),
        name: signed.name.clone(),
        device,
        label: joining.label,
        device_key: Secret(device_key.to_bytes()),
        identity_key: Secret(identity.to_bytes()),
        credential,
        registration: Some(registration.into()),
        linked: false,
        inbox: 0,
        invitation: Some(joining.link.seed.to_vec().into()),
    })
}

/// The certificate of a device, still to be signed by the identity key.
pub(crate) fn device_certificate(
    user: &chancery_wire::UserId,
    device: DeviceId,
    label: &str,
    key: &SigningKey,
    now_seconds: u64,
) -> DeviceCertificate {
    DeviceCertificate {
        user: user.clone(),
        device,
        label: label.to_owned(),
        key: *key.verifying_key().as_bytes(),
        issued_at: now_seconds,
        expires_at: now_seconds + DEVICE_CERTIFICATE_LIFETIME_SECONDS,
    }
}

pub(crate) fn random_key(rng: &mut dyn RngCore) -> SigningKey {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    SigningKey::from_bytes(&seed)
}

/// Sends the stored registration.
pub(crate) fn register(ctx: &mut Ctx<'_>, command: CommandId, account: &Account) {
    let key_packages = account
        .registration
        .as_ref()
        .and_then(|body| serde_json::from_slice::<Registration>(body).ok())
        .map(|registration| registration.key_packages)
        .unwrap_or_default();
    let credential = Base64(account.credential.to_vec());
    let request = if account.linked {
        Request::AddDevice { body: devices::AddDevice { credential, key_packages } }
    } else {
        Request::Join { body: enrolment::Join { credential, key_packages } }
    };
    ctx.call(request, Pending::Account(Call::Register(command)));
}

/// Sends a linked device's registration again, after a lost answer or a restart.
pub(crate) fn register_again(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    if ctx.state.loaded.is_some()
        || ctx.state.calls.values().any(|pending| matches!(pending, Pending::Account(Call::Register(_))))
    {
        return Ok(());
    }
    let Some(account) = Account::load(ctx.tx)?.filter(|a| a.phase == Phase::Registering && a.linked) else {
        return Ok(());
    };
    if ctx.state.register_at_ms > ctx.now_ms {
        let due = ctx.state.register_at_ms;
        ctx.wake_at(due);
    } else {
        register(ctx, 0, &account);
    }
    Ok(())
}

/// The part of a stored registration that isn't in the account's other fields.
#[derive(serde::Deserialize)]
struct Registration {
    key_packages: devices::KeyPackages,
}

pub(super) fn registered(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let Some(mut account) = Account::load(ctx.tx)? else { return Ok(()) };
    match answer {
        Ok(_) => {
            account.phase = Phase::Active;
            account.registration = None;
            account.invitation = None;
            account.save(ctx.tx)?;
            let organisation = Loaded::new(account.clone())?.trust.manifest().name.clone();
            let result = CommandResult::Joined { user: account.user.clone(), name: account.name, organisation };
            if account.linked {
                ctx.event(crate::api::Event::Linked { user: account.user });
            } else {
                ctx.complete(command, Ok(result));
            }
            sync::reconnect(ctx);
        }
        Err(failure) => {
            if let CallFailure::Refused(_) = &failure
                && sync::retry_after_ms(&failure).is_none()
            {
                Account::delete(ctx.tx)?;
            }
            if !account.linked {
                ctx.complete(command, Err(failure.into()));
            } else if let Some(wait) = sync::retry_after_ms(&failure) {
                // Nobody gives the link a second time: the device goes on by itself.
                ctx.state.register_at_ms = ctx.now_ms + wait;
            } else {
                ctx.warn("link_failed", None, failure.to_string());
            }
        }
    }
    Ok(())
}

fn unexpected() -> crate::api::UserError {
    user_error("unexpected_answer", "The relay's answer can't be read. Is it a Chancery relay of this version?")
}
