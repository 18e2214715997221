//! On the device of somebody who opened a link: ask the admin in the 1:1, which is started first where there is none.

use super::{MAX_REQUESTS_PER_MINUTE, minute};
use crate::{
    api::{CommandResult, ConversationState, Event, UserError},
    engine::{CoreError, Ctx, Loaded, Stop, user_error},
    groups, messages,
    records::{Asked, AskedOutcome, Conversation},
};
use chancery_wire::{
    GroupId, MessageId, UserId,
    content::{JoinRequest, compose},
    link::GroupLink,
};

/// How long to wait until it is known whether there is a 1:1, in milliseconds.
const LOOK_AGAIN_MS: u64 = 1_000;

/// The person opened a link and wants to be let in. It is carried out when the network is there.
pub(crate) fn join(ctx: &mut Ctx<'_>, link: &str) -> Result<CommandResult, Stop> {
    let loaded = ctx.require_account()?;
    let link = GroupLink::parse(link).map_err(|e| user_error("invalid_link", e.to_string()))?;
    if link.group.domain() != loaded.user().domain() || link.admin.domain() != loaded.user().domain() {
        return Err(user_error("other_organisation", "This link leads into a group of another organisation.").into());
    }
    if let Some(conversation) = Conversation::load(ctx.tx, &link.group)?.filter(|it| is_in(it, loaded.user())) {
        return Ok(CommandResult::Conversation { group: conversation.group });
    }
    if link.admin == *loaded.user() {
        return Err(user_error("own_user", "This is your own link, into a group that you aren't in any more.").into());
    }
    let former = Asked::load(ctx.tx, &link.group)?;
    if former.is_some_and(|it| it.outcome.is_none() && it.admin == link.admin && it.token == link.token) {
        return Ok(CommandResult::Done);
    }
    let now = minute(ctx.now_ms);
    let asked = direct_with(ctx, &loaded, &link.admin)?.and_then(|direct| direct.join_requests);
    if asked.is_some_and(|asked| asked.minute >= now && asked.count >= MAX_REQUESTS_PER_MINUTE) {
        return Err(user_error("too_many_requests", "You have asked often within a minute. Wait a minute.").into());
    }
    let asked = Asked { group: link.group, admin: link.admin, token: link.token, request: None, outcome: None };
    asked.save(ctx.tx)?;
    ctx.state.asks_due = true;
    ctx.event(Event::ConversationChanged { group: asked.group });
    Ok(CommandResult::Done)
}

/// Whether a person is in a conversation on this device.
pub(super) fn is_in(conversation: &Conversation, user: &UserId) -> bool {
    let over = matches!(conversation.state, ConversationState::Left | ConversationState::Removed);
    !over && !conversation.leaving && conversation.role_of(user).is_some()
}

fn direct_with(ctx: &Ctx<'_>, loaded: &Loaded, user: &UserId) -> Result<Option<Conversation>, CoreError> {
    Ok(Conversation::all(ctx.tx)?.into_iter().find(|conversation| {
        conversation.peer(loaded.user()) == Some(user)
            && matches!(conversation.state, ConversationState::Active | ConversationState::Creating)
    }))
}

/// Puts requests into the outbox of their 1:1, and starts those that are missing.
pub(crate) fn advance(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    let unsent = Asked::unsent(ctx.tx)?;
    if unsent.is_empty() {
        return Ok(());
    }
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    for mut asked in unsent {
        if let Some(direct) = direct_with(ctx, &loaded, &asked.admin)? {
            let request = JoinRequest { group: asked.group.clone(), token: asked.token };
            let content = compose::join_request(ctx.rng, &request);
            asked.request = Some(messages::queue(ctx, &loaded, &direct, &content)?);
            asked.save(ctx.tx)?;
            ctx.event(Event::ConversationChanged { group: asked.group });
        } else if !ctx.state.caught_up {
            // There may be one that this device hasn't heard of.
            ctx.wake_at(ctx.now_ms + LOOK_AGAIN_MS);
        } else if ctx.state.asking.insert(asked.admin.clone()) {
            groups::start_to_ask(ctx, &loaded, asked.admin)?;
        }
    }
    Ok(())
}

/// The 1:1 with an admin could not be started: nobody is asked.
pub(crate) fn not_started(ctx: &mut Ctx<'_>, admin: &UserId, error: &UserError) -> Result<(), CoreError> {
    for asked in Asked::unsent(ctx.tx)?.into_iter().filter(|asked| asked.admin == *admin) {
        fail(ctx, asked, error.clone())?;
    }
    Ok(())
}

/// The relay won't take a request.
pub(crate) fn not_sent(
    ctx: &mut Ctx<'_>,
    group: &GroupId,
    request: &MessageId,
    error: UserError,
) -> Result<(), CoreError> {
    match Asked::load(ctx.tx, group)?.filter(|asked| asked.request == Some(*request) && asked.outcome.is_none()) {
        Some(asked) => fail(ctx, asked, error),
        None => Ok(()),
    }
}

fn fail(ctx: &mut Ctx<'_>, mut asked: Asked, error: UserError) -> Result<(), CoreError> {
    asked.outcome = Some(AskedOutcome::NotSent);
    asked.save(ctx.tx)?;
    ctx.event(Event::ConversationChanged { group: asked.group.clone() });
    ctx.event(Event::OperationFailed { group: asked.group, error });
    Ok(())
}
