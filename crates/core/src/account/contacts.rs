//! People: the directory, and the identity keys that this device has seen. A changed key is never silent and never blocks.

use super::Call;
use crate::{
    api::{CallFailure, CommandId, CommandResult, PersonView},
    engine::{CoreError, Ctx, Loaded, Pending, Stop, user_error},
    messages,
    records::{Contact, Conversation, PictureOf, shown_person},
    storage::Tx,
};
use chancery_mls::rules::Leaf;
use chancery_wire::{
    UserId,
    api::{Request, Response, enrolment::User},
    text::likeness,
};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn find_users(ctx: &mut Ctx<'_>, command: CommandId, query: String) -> Result<Option<CommandResult>, Stop> {
    ctx.require_account()?;
    ctx.call(Request::FindUsers { query }, Pending::Account(Call::FindUsers(command)));
    Ok(None)
}

/// People of the directory after this one, page by page.
pub(crate) fn list_people(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    after: Option<UserId>,
) -> Result<Option<CommandResult>, Stop> {
    ctx.require_account()?;
    ctx.call(Request::ListUsers { after }, Pending::Account(Call::FindUsers(command)));
    Ok(None)
}

pub(super) fn found(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let result = match answer {
        Ok(Response::Users(users)) => Ok(CommandResult::People { people: people(ctx.tx, users.users)? }),
        Ok(_) => Ok(CommandResult::People { people: Vec::new() }),
        Err(failure) => Err(failure.into()),
    };
    ctx.complete(command, result);
    Ok(())
}

/// People of the directory as they may be shown: with the id when another one here, or whom this device knows, is called alike.
fn people(tx: &dyn Tx, users: Vec<User>) -> Result<Vec<PersonView>, CoreError> {
    let mut alike: BTreeMap<String, u32> = BTreeMap::new();
    let likenesses: Vec<String> = users.iter().map(|user| likeness(&user.name)).collect();
    for likeness in &likenesses {
        *alike.entry(likeness.clone()).or_default() += 1;
    }
    let person = |(user, likeness): (User, String)| -> Result<PersonView, CoreError> {
        let mut name = shown_person(tx, &user.user, &user.name)?;
        if alike.get(&likeness).is_some_and(|people| *people > 1) && !name.contains(user.user.as_str()) {
            name = format!("{name} ({})", user.user);
        }
        let picture = PictureOf::User(&user.user).hash(tx)?;
        Ok(PersonView { user: user.user, name, kind: user.kind, picture })
    };
    users.into_iter().zip(likenesses).map(person).collect()
}

pub(crate) fn verify_contact(ctx: &mut Ctx<'_>, user: &UserId) -> Result<CommandResult, Stop> {
    let mut contact = Contact::load(ctx.tx, user)?.ok_or_else(|| {
        user_error("unknown_user", format!("This device has never met {user}. Start a conversation first."))
    })?;
    contact.verified = true;
    contact.save(ctx.tx, user)?;
    Ok(CommandResult::Done)
}

/// Remembers the people behind these leaves, and tells when somebody has another identity key than before, or a second one.
pub(crate) fn note_leaves(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    leaves: &[Leaf],
) -> Result<(), CoreError> {
    let mut seen = BTreeSet::new();
    for leaf in leaves {
        if !seen.insert((leaf.user.clone(), leaf.identity_key)) {
            continue;
        }
        if leaf.user == *loaded.user() {
            if leaf.identity_key != loaded.device.owner().identity_key {
                let text = "A device that calls itself yours, but that you never linked, is in this conversation. \
                            Tell your administrator.";
                messages::note(ctx, conversation, "untrusted_device", text)?;
                ctx.warn("untrusted_device", Some(&conversation.group), text);
            }
            continue;
        }
        let Some(known) = Contact::load(ctx.tx, &leaf.user)? else {
            Contact::new(leaf.name.clone(), leaf.kind, leaf.identity_key).save(ctx.tx, &leaf.user)?;
            continue;
        };
        let told =
            known.identity_key == leaf.identity_key || known.other_keys.iter().any(|key| **key == leaf.identity_key);
        if told && known.name == leaf.name {
            continue;
        }
        let mut contact = known.clone();
        contact.name = leaf.name.clone();
        if !told {
            contact.other_keys.push(known.identity_key.into());
            contact.identity_key = leaf.identity_key;
            contact.changes += 1;
            contact.verified = false;
            let text = format!(
                "{} has a new identity, approved by the organisation. Compare safety numbers if it matters.",
                shown_person(ctx.tx, &leaf.user, &leaf.name)?
            );
            messages::note(ctx, conversation, "identity_changed", &text)?;
            ctx.warn("identity_changed", Some(&conversation.group), text);
        }
        contact.save(ctx.tx, &leaf.user)?;
    }
    Ok(())
}
