//! Being woken by a push service while there is no connection (docs/protocol/push.md). The subscription is the browser's; the relay
//! keeps it, this device doesn't.

use super::Call;
use crate::{
    api::{CallFailure, CommandId, CommandResult},
    engine::{Ctx, Pending, Stop},
};
use chancery_wire::api::{Request, Response, push::Subscription};

/// Asks for the key that a browser subscribes with.
pub(crate) fn key(ctx: &mut Ctx<'_>, command: CommandId) -> Result<Option<CommandResult>, Stop> {
    ctx.require_account()?;
    ctx.call(Request::GetPushKey {}, Pending::Account(Call::Push(command)));
    Ok(None)
}

/// Tells the relay where this device is woken, or that it isn't any more.
pub(crate) fn set(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    subscription: Option<Subscription>,
) -> Result<Option<CommandResult>, Stop> {
    ctx.require_account()?;
    let request = match subscription {
        Some(body) => Request::SetPush { body },
        None => Request::RemovePush {},
    };
    ctx.call(request, Pending::Account(Call::Push(command)));
    Ok(None)
}

pub(super) fn answered(ctx: &mut Ctx<'_>, command: CommandId, answer: Result<Response, CallFailure>) {
    let result = match answer {
        Ok(Response::PushKey(key)) => Ok(CommandResult::PushKey { key: key.key }),
        Ok(_) => Ok(CommandResult::Done),
        Err(failure) => Err(failure.into()),
    };
    ctx.complete(command, result);
}
