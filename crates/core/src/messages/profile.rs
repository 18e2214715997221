//! Names: the group's, which is content that the relay never sees, and people's, which their certificates state.

use super::queue;
use crate::{
    engine::{CoreError, Ctx, Loaded},
    records::{Contact, Conversation},
};
use chancery_mls::{GroupKind, rules::Change};
use chancery_wire::{
    content::{GroupProfile, compose},
    signed::VerifiedDevice,
};

/// Tells everybody in a group its name.
pub(crate) fn queue_profile(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    name: &str,
) -> Result<(), CoreError> {
    let content = compose::group_profile(ctx.rng, &GroupProfile { name: name.to_owned(), picture: None });
    queue(ctx, loaded, conversation, &content).map(|_| ())
}

/// After our commit added devices: they can't know the group's name yet.
pub(crate) fn introduce(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    changes: &[Change],
) -> Result<(), CoreError> {
    let added = changes.iter().any(|change| matches!(change, Change::Add { .. }));
    if added && conversation.kind == GroupKind::Group && !conversation.title.is_empty() {
        queue_profile(ctx, loaded, conversation, &conversation.title)?;
    }
    Ok(())
}

/// A person whose credential was verified.
pub(crate) fn remember_person(ctx: &mut Ctx<'_>, owner: &VerifiedDevice) -> Result<(), CoreError> {
    if Contact::load(ctx.tx, &owner.user)?.is_none() {
        Contact::new(owner.name.clone(), owner.kind, owner.identity_key).save(ctx.tx, &owner.user)?;
    }
    Ok(())
}
