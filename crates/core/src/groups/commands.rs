//! Changes of a group that a person asks for. They are queued, and carried out against whatever the group is by then.

use super::start::{check_name, check_purpose};
use crate::{
    api::{CommandResult, ConversationState, Event},
    engine::{Ctx, Stop, user_error},
    group_links, messages,
    records::{Conversation, Operation, OperationKind},
};
use chancery_mls::{GroupKind, Role};
use chancery_wire::{Base64, GroupId, UserId};

/// The conversation, when it is a group in use and we are its admin.
fn administered(ctx: &mut Ctx<'_>, group: &GroupId) -> Result<Conversation, Stop> {
    let loaded = ctx.require_account()?;
    let conversation = usable(ctx, group)?;
    if conversation.role_of(loaded.user()) != Some(Role::Admin) {
        return Err(user_error("not_admin", "Only an admin of the group may do this.").into());
    }
    Ok(conversation)
}

fn usable(ctx: &mut Ctx<'_>, group: &GroupId) -> Result<Conversation, Stop> {
    let conversation = ctx.require_conversation(group)?;
    if conversation.kind == GroupKind::Direct {
        return Err(user_error("direct_conversation", "A 1:1 has no members to change. Start a group instead.").into());
    }
    if !matches!(conversation.state, ConversationState::Active | ConversationState::Creating) {
        return Err(user_error(
            "not_active",
            "You aren't in this conversation any more, or it has to be repaired first.",
        )
        .into());
    }
    Ok(conversation)
}

fn queue(ctx: &mut Ctx<'_>, conversation: &Conversation, kind: OperationKind) -> Result<CommandResult, Stop> {
    Operation::queue(ctx.tx, conversation, kind, ctx.now_ms)?;
    ctx.touch(&conversation.group);
    Ok(CommandResult::Done)
}

pub(crate) fn add_users(ctx: &mut Ctx<'_>, group: &GroupId, users: Vec<UserId>) -> Result<CommandResult, Stop> {
    let conversation = administered(ctx, group)?;
    let users: Vec<UserId> = users.into_iter().filter(|user| conversation.role_of(user).is_none()).collect();
    if users.is_empty() {
        return Err(user_error("already_member", "They are in the group already.").into());
    }
    if users.len() > super::start::MAX_CLAIMED_USERS {
        let message = format!("Add at most {} people at once.", super::start::MAX_CLAIMED_USERS);
        return Err(user_error("too_many_users", message).into());
    }
    queue(ctx, &conversation, OperationKind::AddUsers { users })
}

pub(crate) fn remove_users(ctx: &mut Ctx<'_>, group: &GroupId, users: Vec<UserId>) -> Result<CommandResult, Stop> {
    let loaded = ctx.require_account()?;
    let conversation = administered(ctx, group)?;
    if users.contains(loaded.user()) {
        return Err(user_error("own_user", "To go yourself, leave the group.").into());
    }
    if let Some(stranger) = users.iter().find(|user| conversation.role_of(user).is_none()) {
        return Err(user_error("not_member", format!("{stranger} is not in the group.")).into());
    }
    queue(ctx, &conversation, OperationKind::RemoveUsers { users })
}

pub(crate) fn set_role(ctx: &mut Ctx<'_>, group: &GroupId, user: UserId, role: Role) -> Result<CommandResult, Stop> {
    let conversation = administered(ctx, group)?;
    match conversation.role_of(&user) {
        None => Err(user_error("not_member", format!("{user} is not in the group.")).into()),
        Some(present) if present == role => Ok(CommandResult::Done),
        Some(Role::Admin) if conversation.members.iter().filter(|m| m.role == Role::Admin).count() == 1 => {
            Err(user_error("last_admin", "A group needs an admin. Make somebody else admin first.").into())
        }
        Some(_) => queue(ctx, &conversation, OperationKind::SetRole { user, role }),
    }
}

pub(crate) fn rename(ctx: &mut Ctx<'_>, group: &GroupId, name: &str) -> Result<CommandResult, Stop> {
    let name = &check_name(name)?;
    let loaded = ctx.require_account()?;
    let conversation = administered(ctx, group)?;
    messages::queue_profile(ctx, &loaded, &conversation, name)?;
    ctx.touch(group);
    Ok(CommandResult::Done)
}

pub(crate) fn set_purpose(ctx: &mut Ctx<'_>, group: &GroupId, purpose: String) -> Result<CommandResult, Stop> {
    check_purpose(&purpose)?;
    let conversation = administered(ctx, group)?;
    if conversation.purpose == purpose {
        return Ok(CommandResult::Done);
    }
    queue(ctx, &conversation, OperationKind::SetPurpose { purpose })
}

pub(crate) fn set_picture(ctx: &mut Ctx<'_>, group: &GroupId, picture: Option<Base64>) -> Result<CommandResult, Stop> {
    let loaded = ctx.require_account()?;
    let conversation = administered(ctx, group)?;
    let picture = messages::checked_picture(picture)?;
    messages::queue_picture(ctx, &loaded, &conversation, picture)?;
    ctx.touch(group);
    Ok(CommandResult::Done)
}

pub(crate) fn set_link(ctx: &mut Ctx<'_>, group: &GroupId, on: bool) -> Result<CommandResult, Stop> {
    let loaded = ctx.require_account()?;
    let conversation = administered(ctx, group)?;
    group_links::set(ctx, &loaded, &conversation, on)?;
    Ok(CommandResult::Done)
}

pub(crate) fn leave(ctx: &mut Ctx<'_>, group: &GroupId) -> Result<CommandResult, Stop> {
    ctx.require_account()?;
    let mut conversation = usable(ctx, group)?;
    conversation.leaving = true;
    conversation.save(ctx.tx)?;
    ctx.event(Event::ConversationChanged { group: group.clone() });
    queue(ctx, &conversation, OperationKind::Leave)
}
