//! Names and pictures: the group's, which are content that the relay never sees; people's pictures, which are content too; and
//! people's names, which their certificates state.

use super::{queue, receipts::MAX_RECEIPT_USERS};
use crate::{
    api::{CommandResult, ConversationState, Event},
    engine::{CoreError, Ctx, Loaded, Stop, user_error},
    group_links,
    records::{Contact, Conversation, OutboxEntry, PictureOf, SCAN_LIMIT},
};
use chancery_mls::{GroupKind, Role, rules::Change};
use chancery_wire::{
    Base64,
    content::{
        Body, ConversationSettings, GroupProfile, MAX_SMALL_PICTURE_BYTES, MimiContent, UserProfile, compose,
        is_small_picture,
    },
    signed::VerifiedDevice,
};

/// Name and picture of a group as they will be when everything of ours that waits has taken effect.
fn next_profile(ctx: &Ctx<'_>, conversation: &Conversation) -> Result<GroupProfile, CoreError> {
    for (_, entry) in OutboxEntry::of(ctx.tx, conversation, SCAN_LIMIT)?.into_iter().rev() {
        if let Ok(content) = MimiContent::from_slice(&entry.content)
            && let Body::GroupProfile(profile) = Body::of(&content)
        {
            return Ok(profile);
        }
    }
    let picture = PictureOf::Group(&conversation.group).bytes(ctx.tx)?;
    Ok(GroupProfile { name: conversation.title.clone(), picture })
}

/// Tells everybody in a group its name and picture.
pub(crate) fn queue_profile(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    name: &str,
) -> Result<(), CoreError> {
    let profile = GroupProfile { name: name.to_owned(), ..next_profile(ctx, conversation)? };
    let content = compose::group_profile(ctx.rng, &profile);
    queue(ctx, loaded, conversation, &content).map(|_| ())
}

/// Tells everybody in a group its new picture; it is taken over when the log shows it.
pub(crate) fn queue_picture(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    picture: Option<Vec<u8>>,
) -> Result<(), CoreError> {
    let profile = GroupProfile { picture, ..next_profile(ctx, conversation)? };
    let content = compose::group_profile(ctx.rng, &profile);
    queue(ctx, loaded, conversation, &content).map(|_| ())
}

/// After our commit added devices: they can't know the group's name and settings yet.
pub(crate) fn introduce(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    changes: &[Change],
) -> Result<(), CoreError> {
    if !changes.iter().any(|change| matches!(change, Change::Add { .. })) {
        return Ok(());
    }
    // The relay takes nothing from readers; others tell it for them.
    if conversation.role_of(loaded.user()) == Some(Role::Reader) {
        return Ok(());
    }
    if conversation.kind == GroupKind::Group && !conversation.title.is_empty() {
        let profile = next_profile(ctx, conversation)?;
        queue_profile(ctx, loaded, conversation, &profile.name)?;
    }
    group_links::tell(ctx, loaded, conversation)?;
    if let Some(seconds) = conversation.message_seconds {
        let content = compose::settings(ctx.rng, &ConversationSettings { message_seconds: Some(seconds) });
        queue(ctx, loaded, conversation, &content)?;
    }
    Ok(())
}

/// A picture that a person chose, or the sentence that it won't do.
pub(crate) fn checked_picture(picture: Option<Base64>) -> Result<Option<Vec<u8>>, Stop> {
    match picture {
        Some(picture) if !is_small_picture(&picture.0) => {
            let message =
                format!("A picture is a JPEG, PNG or WebP of at most {} KiB.", MAX_SMALL_PICTURE_BYTES / 1024);
            Err(user_error("invalid_picture", message).into())
        }
        picture => Ok(picture.map(|picture| picture.0)),
    }
}

/// One's own picture is another one now: everybody is told, in each conversation, when its turn comes.
pub(crate) fn set_picture(ctx: &mut Ctx<'_>, picture: Option<Base64>) -> Result<CommandResult, Stop> {
    let loaded = ctx.require_account()?;
    let picture = checked_picture(picture)?;
    if !PictureOf::User(loaded.user()).set(ctx.tx, picture.as_deref())? {
        return Ok(CommandResult::Done);
    }
    for mut conversation in Conversation::all(ctx.tx)? {
        if matches!(conversation.state, ConversationState::Active | ConversationState::Creating) {
            conversation.picture_due = Some(true);
            conversation.save(ctx.tx)?;
            ctx.touch(&conversation.group);
        }
    }
    ctx.event(Event::PersonChanged { user: loaded.user().clone() });
    Ok(CommandResult::Done)
}

/// Somebody came who hasn't got our picture. In large groups they see it when we next change it: sent by everybody to everybody
/// it would be most of the traffic.
pub(crate) fn owe_picture(ctx: &Ctx<'_>, loaded: &Loaded, conversation: &mut Conversation) -> Result<(), CoreError> {
    if conversation.members.len() <= MAX_RECEIPT_USERS && PictureOf::User(loaded.user()).hash(ctx.tx)?.is_some() {
        conversation.picture_due = Some(true);
    }
    Ok(())
}

/// Sends one's own picture where somebody hasn't got it, once, however many came meanwhile.
pub(crate) fn tell_picture(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
) -> Result<(), CoreError> {
    if conversation.picture_due.is_none() || conversation.state != ConversationState::Active {
        return Ok(());
    }
    conversation.picture_due = None;
    conversation.save(ctx.tx)?;
    // The relay takes nothing from readers.
    if conversation.role_of(loaded.user()).is_none_or(|role| role == Role::Reader) {
        return Ok(());
    }
    let picture = PictureOf::User(loaded.user()).bytes(ctx.tx)?;
    let content = compose::user_profile(ctx.rng, &UserProfile { picture });
    queue(ctx, loaded, conversation, &content).map(|_| ())
}

/// A person whose credential was verified.
pub(crate) fn remember_person(ctx: &mut Ctx<'_>, owner: &VerifiedDevice) -> Result<(), CoreError> {
    if Contact::load(ctx.tx, &owner.user)?.is_none() {
        Contact::new(owner.name.clone(), owner.kind, owner.identity_key).save(ctx.tx, &owner.user)?;
    }
    Ok(())
}
