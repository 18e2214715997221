//! On the existing device: look at the request, and approve it.

use super::{
    Call,
    grant::{INFO, LinkGrant, LinkRequest},
    post,
    request::request_hash,
};
use crate::{
    account,
    api::{CallFailure, CommandId, CommandResult},
    engine::{CoreError, Ctx, Loaded, Pending, Stop, user_error},
    records::{HistoryProgress, LinkRole, LinkState, Secret, encode},
};
use chancery_mls::sealed;
use chancery_wire::{
    api::{Request, Response},
    link::DeviceLink,
    signed::{Credential, Signed},
    text::shown_name,
};
use sha2::{Digest, Sha256};

pub(crate) fn inspect(ctx: &mut Ctx<'_>, command: CommandId, link: &str) -> Result<Option<CommandResult>, Stop> {
    fetch(ctx, command, link, None)
}

pub(crate) fn approve(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    link: &str,
    history: bool,
) -> Result<Option<CommandResult>, Stop> {
    fetch(ctx, command, link, Some(history))
}

fn fetch(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    link: &str,
    approve: Option<bool>,
) -> Result<Option<CommandResult>, Stop> {
    let loaded = ctx.require_account()?;
    let link = DeviceLink::parse(link).map_err(|e| user_error("invalid_link", e.to_string()))?;
    if link.relay.as_str() != loaded.account.relay {
        let message = format!("This link is for the relay {}, but you are at {}.", link.relay, loaded.account.relay);
        return Err(user_error("other_relay", message).into());
    }
    let id = link.link;
    ctx.call(Request::GetLinkRequest { link: id }, Pending::Link(Call::Request(command, link, approve)));
    Ok(None)
}

pub(super) fn requested(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    link: &DeviceLink,
    approve: Option<bool>,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let result = match answer {
        Ok(Response::LinkRequest(request)) => match read(link, &request.request.0) {
            Ok(request) => match approve {
                None => Ok(CommandResult::LinkInspected {
                    label: shown_name(&request.label),
                    matching_code: link.matching_code(),
                }),
                Some(history) => grant(ctx, link, request, history),
            },
            Err(stop) => Err(stop),
        },
        Ok(_) => return Ok(()),
        Err(failure) => Err(Stop::User(failure.into())),
    };
    match result {
        Ok(result) => ctx.complete(command, Ok(result)),
        Err(Stop::User(error)) => ctx.complete(command, Err(error)),
        Err(Stop::Fault(fault)) => return Err(fault),
    }
    Ok(())
}

fn read(link: &DeviceLink, bytes: &[u8]) -> Result<LinkRequest, Stop> {
    let refused = |why: &str| Stop::User(user_error("link_untrusted", why));
    if request_hash(bytes) != link.request_hash {
        return Err(refused(
            "The relay shows another request than the link names. Don't go on; tell your administrator.",
        ));
    }
    minicbor::decode(bytes).map_err(|_| refused("The request can't be read. Update Chancery on both devices."))
}

fn grant(ctx: &mut Ctx<'_>, link: &DeviceLink, request: LinkRequest, history: bool) -> Result<CommandResult, Stop> {
    let loaded = ctx.require_account()?;
    if LinkState::load(ctx.tx, &link.link)?.is_some() {
        return Ok(CommandResult::Done);
    }
    let credential = certify(ctx, &loaded, &request)?;
    let history_key = history.then(|| {
        let mut key = [0; 32];
        ctx.rng.fill_bytes(&mut key);
        Secret(key)
    });
    let grant = LinkGrant {
        user: loaded.user().clone(),
        name: loaded.account.name.clone(),
        root_key: loaded.account.root_key,
        manifest: loaded.account.manifest.clone(),
        policy: loaded.account.policy.clone(),
        identity_key: loaded.account.identity_key.clone(),
        credential: credential.to_vec().into(),
        history_key: history_key.clone(),
    };
    let info = [INFO, &link.secret].concat();
    let sealed = sealed::seal(request.suite, &request.sealing_key, &info, &encode(&grant))?;
    let state = LinkState {
        link: link.link,
        role: LinkRole::Existing {
            device: request.device,
            outgoing: Some(sealed.into()),
            complete: false,
            admits: Some(Sha256::digest(credential.to_vec()).to_vec().into()),
        },
        next: 0,
        started_at_ms: ctx.now_ms,
        history: history_key.map(|key| HistoryProgress { key, messages: 0, total: 0, after: None }),
        finished_at_ms: None,
        late: None,
        ending: None,
    };
    state.save(ctx.tx)?;
    post(ctx, &state)?;
    Ok(CommandResult::Done)
}

/// The new device's credential: its certificate is signed here, by the identity key.
fn certify(ctx: &Ctx<'_>, loaded: &Loaded, request: &LinkRequest) -> Result<Credential, Stop> {
    let now = ctx.now_seconds();
    let mut certificate = account::device_certificate(
        loaded.user(),
        request.device,
        &request.label,
        &loaded.account.device_key.signing_key(),
        now,
    );
    certificate.key = request.key;
    let signed = Signed::sign(certificate, &loaded.account.identity_key.signing_key());
    let own = &loaded.account.credential;
    Ok(Credential { invitation: own.invitation.clone(), user: own.user.clone(), device: signed.bytes().to_vec() })
}
