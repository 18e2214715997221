//! On the new device: make a key, ask, and show a link.

use super::{Call, grant::LinkRequest};
use crate::{
    account,
    api::{CallFailure, CommandId, CommandResult},
    engine::{CoreError, Ctx, Pending, Stop, user_error},
    records::{Account, LinkRole, LinkState, Phase, Secret, encode},
};
use chancery_mls::sealed;
use chancery_wire::{
    DeviceId,
    api::{Request, Response, links::OpenLink},
    link::{DeviceLink, relay_origin},
    signed::Suite,
};
use sha2::{Digest, Sha256};
use url::Url;

/// KEM that the answer is sealed with: what it protects, the identity key, has to outlast today's cryptography.
const SEALING_SUITE: Suite = Suite::Hybrid;

/// A request whose rendezvous is being opened.
pub(crate) struct Asking {
    relay: Url,
    label: String,
    device: DeviceId,
    device_key: Secret,
    sealing_private: zeroize::Zeroizing<Vec<u8>>,
    secret: [u8; 16],
    request: Vec<u8>,
}

pub(crate) fn start(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    relay: &str,
    label: &str,
) -> Result<Option<CommandResult>, Stop> {
    if let Some(account) = Account::load(ctx.tx)?.filter(|account| account.phase != Phase::Registering) {
        let message = format!("This profile belongs to {} already. Use another profile.", account.user);
        return Err(user_error("already_joined", message).into());
    }
    let label = account::check_label(label)?;
    let relay = relay_origin(relay).map_err(|e| user_error("invalid_link", e.to_string()))?;
    for old in LinkState::all(ctx.tx)? {
        old.delete(ctx.tx)?;
    }
    let sealing = sealed::generate(SEALING_SUITE)?;
    let device = DeviceId::random(ctx.rng);
    let device_key = account::random_key(ctx.rng);
    let mut secret = [0; 16];
    ctx.rng.fill_bytes(&mut secret);
    let request = encode(&LinkRequest {
        device,
        label: label.clone(),
        key: *device_key.verifying_key().as_bytes(),
        suite: SEALING_SUITE,
        sealing_key: sealing.public.into(),
    });
    let asking = Asking {
        relay,
        label,
        device,
        device_key: Secret(device_key.to_bytes()),
        sealing_private: sealing.private,
        secret,
        request: request.clone(),
    };
    let body = OpenLink { request: request.into() };
    ctx.call(Request::OpenLink { body }, Pending::Link(Call::Open(command, Box::new(asking))));
    Ok(None)
}

pub(super) fn opened(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    asking: Asking,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let link = match answer {
        Ok(Response::Link(link)) => link.link,
        Ok(_) => return Ok(()),
        Err(failure) => {
            ctx.complete(command, Err(failure.into()));
            return Ok(());
        }
    };
    let shown = DeviceLink {
        relay: asking.relay.clone(),
        link,
        request_hash: request_hash(&asking.request),
        secret: asking.secret,
    };
    let role = LinkRole::New {
        relay: asking.relay.to_string(),
        label: asking.label,
        device: asking.device,
        device_key: asking.device_key,
        sealing_private: asking.sealing_private.to_vec().into(),
        secret: asking.secret,
    };
    let started_at_ms = ctx.now_ms;
    LinkState { link, role, next: 0, started_at_ms, history: None, finished_at_ms: None, late: None, ending: None }
        .save(ctx.tx)?;
    let result = CommandResult::LinkStarted { link: shown.to_text(), matching_code: shown.matching_code() };
    ctx.complete(command, Ok(result));
    Ok(())
}

/// What the link says of a request.
pub(super) fn request_hash(request: &[u8]) -> [u8; 16] {
    Sha256::digest(request)[..16].try_into().expect("half of a SHA-256 is 16 bytes")
}
