//! Starting a conversation: claim key packages, make the group with everybody in one commit, register it.

use super::{Call, commit, refresh};
use crate::{
    account,
    api::{CallFailure, CommandId, CommandResult, ConversationState, Event, UserError},
    engine::{CoreError, Ctx, Loaded, Pending, Stop, user_error},
    group_links, messages,
    records::{Conversation, LogView, OwnDevice},
    sync,
};
use chancery_mls::{Group, GroupData, GroupKind, Role, VerifiedKeyPackage, group_data::MAX_PURPOSE_BYTES};
use chancery_wire::{
    GroupId, UserId,
    api::{
        Request, Response,
        devices::{Claim, Claims},
        groups::CreateGroup,
    },
    refusal::Code,
    signed::Suite,
    text::checked_name,
};
use std::collections::{BTreeMap, BTreeSet};

/// Users that one claim names at most.
pub(crate) const MAX_CLAIMED_USERS: usize = 250;

/// A conversation to be started.
pub(crate) struct Starting {
    /// `None`: a 1:1 with somebody who is asked to let us into a group.
    command: Option<CommandId>,
    kind: GroupKind,
    name: String,
    purpose: String,
    users: Vec<UserId>,
    suite: Suite,
}

pub(crate) fn start_direct(ctx: &mut Ctx<'_>, command: CommandId, user: UserId) -> Result<Option<CommandResult>, Stop> {
    let loaded = ctx.require_account()?;
    if user == *loaded.user() {
        return Err(user_error("own_user", "A 1:1 needs somebody else.").into());
    }
    let existing = Conversation::all(ctx.tx)?.into_iter().find(|conversation| {
        conversation.peer(loaded.user()) == Some(&user)
            && matches!(conversation.state, ConversationState::Active | ConversationState::Creating)
    });
    if let Some(conversation) = existing {
        return Ok(Some(CommandResult::Conversation { group: conversation.group }));
    }
    let users = vec![user];
    claim(ctx, &loaded, Some(command), GroupKind::Direct, String::new(), String::new(), users)
}

/// Starts the 1:1 with somebody who is to be asked to let us into a group.
pub(crate) fn start_to_ask(ctx: &mut Ctx<'_>, loaded: &Loaded, admin: UserId) -> Result<(), CoreError> {
    match claim(ctx, loaded, None, GroupKind::Direct, String::new(), String::new(), vec![admin]) {
        Err(Stop::Fault(fault)) => Err(fault),
        _ => Ok(()),
    }
}

pub(crate) fn start_group(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    name: String,
    users: Vec<UserId>,
    purpose: String,
) -> Result<Option<CommandResult>, Stop> {
    let loaded = ctx.require_account()?;
    let name = check_name(&name)?;
    check_purpose(&purpose)?;
    let users: BTreeSet<UserId> = users.into_iter().filter(|user| user != loaded.user()).collect();
    if users.len() > MAX_CLAIMED_USERS - 1 {
        let message = format!("A group starts with at most {} people; add more afterwards.", MAX_CLAIMED_USERS - 1);
        return Err(user_error("too_many_users", message).into());
    }
    claim(ctx, &loaded, Some(command), GroupKind::Group, name, purpose, users.into_iter().collect())
}

/// A name that a person typed, as it is kept.
pub(crate) fn check_name(name: &str) -> Result<String, Stop> {
    Ok(checked_name(name).map_err(|problem| user_error("invalid_name", problem.to_string()))?)
}

pub(crate) fn check_purpose(purpose: &str) -> Result<(), Stop> {
    if purpose.len() > MAX_PURPOSE_BYTES || purpose.chars().any(|c| c.is_control() && c != '\n') {
        let message = format!("A purpose has at most {MAX_PURPOSE_BYTES} bytes and no control characters.");
        return Err(user_error("invalid_purpose", message).into());
    }
    Ok(())
}

fn claim(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    command: Option<CommandId>,
    kind: GroupKind,
    name: String,
    purpose: String,
    users: Vec<UserId>,
) -> Result<Option<CommandResult>, Stop> {
    let suite = loaded.policy.suite;
    let mut claimed = users.clone();
    if OwnDevice::all(ctx.tx)?.len() > 1 {
        claimed.push(loaded.user().clone());
    }
    let starting = Box::new(Starting { command, kind, name, purpose, users, suite });
    if claimed.is_empty() {
        return begin(ctx, loaded, *starting, Vec::new(), &[]).map(Some);
    }
    let body = Claim { suite, users: claimed };
    ctx.call(Request::ClaimKeyPackages { body }, Pending::Group(Call::Start(starting)));
    Ok(None)
}

pub(super) fn claimed(
    ctx: &mut Ctx<'_>,
    starting: Starting,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let Some(command) = starting.command else { return claimed_to_ask(ctx, starting, answer) };
    let result = match answer {
        Ok(Response::Claims(claims)) => match ctx.loaded()? {
            Some(loaded) => {
                let packages = verify_claims(ctx, &loaded, &claims, starting.suite);
                begin(ctx, &loaded, starting, packages, &claims.unknown)
            }
            None => return Ok(()),
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

fn claimed_to_ask(
    ctx: &mut Ctx<'_>,
    starting: Starting,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let Some(admin) = starting.users.first().cloned() else { return Ok(()) };
    ctx.state.asking.remove(&admin);
    let begun = match answer {
        Ok(Response::Claims(claims)) => match ctx.loaded()? {
            Some(loaded) => {
                let packages = verify_claims(ctx, &loaded, &claims, starting.suite);
                begin(ctx, &loaded, starting, packages, &claims.unknown)
            }
            None => return Ok(()),
        },
        Ok(_) => return Ok(()),
        Err(failure) => match sync::retry_after_ms(&failure) {
            Some(wait) => {
                ctx.wake_at(ctx.now_ms + wait);
                return Ok(());
            }
            None => Err(Stop::User(failure.into())),
        },
    };
    match begun {
        Ok(_) => {
            ctx.state.asks_due = true;
            Ok(())
        }
        Err(Stop::User(error)) => group_links::not_started(ctx, &admin, &error),
        Err(Stop::Fault(fault)) => Err(fault),
    }
}

/// Keeps what verifies and is what was asked for; warns of the rest: a relay that swaps a key package gets nowhere.
pub(crate) fn verify_claims(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    claims: &Claims,
    suite: Suite,
) -> Vec<VerifiedKeyPackage> {
    let now = ctx.now_seconds();
    let mut packages: Vec<VerifiedKeyPackage> = Vec::new();
    for claimed in &claims.claimed {
        let Some(bytes) = &claimed.key_package else { continue };
        let own = claimed.user == *loaded.user();
        match VerifiedKeyPackage::verify(&bytes.0, &loaded.trust, now) {
            Ok(package)
                if package.owner.user == claimed.user
                    && package.owner.device == claimed.device
                    && package.suite == suite
                    && (!own || package.owner.identity_key == loaded.device.owner().identity_key)
                    && !packages.iter().any(|other| other.owner.device == package.owner.device) =>
            {
                packages.push(package);
            }
            Ok(_) => swapped(ctx, &claimed.user, "it belongs to somebody or something else"),
            // Old, or the clock here is wrong: nobody is accused. Whoever needed it says that there is none.
            Err(error) if error.is_untimely() => {}
            Err(error) => swapped(ctx, &claimed.user, &error.to_string()),
        }
    }
    packages
}

fn swapped(ctx: &mut Ctx<'_>, user: &UserId, why: &str) {
    let message = format!("The relay offered a key package for {user} that can't be trusted ({why}). It is not used.");
    ctx.warn("untrusted_device", None, message);
}

/// Why somebody can't be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unaddable {
    /// The relay knows nobody of this id.
    Unknown,
    /// None of their devices has a key package that verifies.
    NoDevice,
}

/// Names who wasn't added and why. `others`: somebody else was.
pub(super) fn not_added(users: &[UserId], why: Unaddable, others: bool) -> UserError {
    let names: Vec<&str> = users.iter().map(UserId::as_str).collect();
    let names = names.join(", ");
    let (code, message) = match why {
        Unaddable::Unknown => ("unknown_user", format!("The relay knows no such user: {names}. Check the spelling.")),
        Unaddable::NoDevice => {
            let message = format!(
                "No device that can be added yet: {names}. They have to open Chancery once; if they did, check the clock of this device."
            );
            ("no_key_package", message)
        }
    };
    if others {
        return user_error("partly_done", format!("{message} The others are added."));
    }
    user_error(code, message)
}

/// Makes the group and its first commit, and stores both; the network does the rest. Who can't be added to a group is left out and named.
fn begin(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    mut starting: Starting,
    packages: Vec<VerifiedKeyPackage>,
    unknown: &[UserId],
) -> Result<CommandResult, Stop> {
    if account::has_to_wait(ctx, loaded) {
        return Err(account::wait_for_certificate().into());
    }
    // Whatever else the relay puts beside what was asked for.
    let packages: Vec<_> = packages
        .into_iter()
        .filter(|package| starting.users.contains(&package.owner.user) || package.owner.user == *loaded.user())
        .collect();
    let reachable: BTreeSet<&UserId> = packages.iter().map(|package| &package.owner.user).collect();
    let (able, unable): (Vec<_>, Vec<_>) = starting.users.into_iter().partition(|user| reachable.contains(user));
    let (unknown, silent): (Vec<_>, Vec<_>) = unable.into_iter().partition(|user| unknown.contains(user));
    let mut left_out = Vec::new();
    for (users, why) in [(unknown, Unaddable::Unknown), (silent, Unaddable::NoDevice)] {
        if !users.is_empty() {
            left_out.push(not_added(&users, why, !able.is_empty()));
        }
    }
    if able.is_empty() && !left_out.is_empty() {
        return Err(left_out.swap_remove(0).into());
    }
    starting.users = able;
    let creator = if starting.kind == GroupKind::Direct { Role::Member } else { Role::Admin };
    let mut roles: BTreeMap<UserId, Role> = starting.users.iter().map(|user| (user.clone(), Role::Member)).collect();
    roles.insert(loaded.user().clone(), creator);
    let data = GroupData {
        kind: starting.kind,
        roles,
        purpose: starting.purpose,
        classification: String::new(),
        policy_version: loaded.policy.version,
        recorders: Vec::new(),
    };
    let id = GroupId::random(ctx.rng, &loaded.user().domain());
    let mut created = Group::create(&ctx.mls(), &loaded.device, &loaded.trust, &id, starting.suite, data)?;
    let mut conversation = Conversation::new(ctx.tx, id.clone(), starting.kind, ConversationState::Creating)?;
    let body = CreateGroup { group: id.clone(), group_info: created.group_info.into(), tree: created.tree.into() };
    conversation.creation = Request::CreateGroup { body }.to_http().body.map(Into::into);
    conversation.last_at_ms = ctx.now_ms;
    conversation.title = starting.name.clone();
    let mut view = LogView::default();
    view.begin(created.group.epoch(), &created.group.epoch_authenticator(), None);
    view.save(ctx.tx, conversation.number)?;
    if !packages.is_empty() {
        commit::make(ctx, loaded, &conversation, &mut created.group, &packages, &[], None, None)?;
    }
    refresh(ctx, loaded, &mut conversation, &created.group)?;
    account::note_leaves(ctx, loaded, &conversation, &[])?;
    for package in &packages {
        messages::remember_person(ctx, &package.owner)?;
    }
    ctx.put_group(created.group);
    messages::owe_picture(ctx, loaded, &mut conversation)?;
    conversation.save(ctx.tx)?;
    if starting.kind == GroupKind::Group {
        messages::queue_profile(ctx, loaded, &conversation, &starting.name)?;
    }
    messages::note(ctx, &conversation, "created", "You started this conversation.")?;
    for error in left_out {
        ctx.event(Event::OperationFailed { group: id.clone(), error });
    }
    ctx.touch(&id);
    Ok(CommandResult::Conversation { group: id })
}

/// Registers the group, unless that is under way.
pub(super) fn submit(ctx: &mut Ctx<'_>, conversation: &Conversation) -> Result<(), CoreError> {
    let Some(body) = &conversation.creation else { return Ok(()) };
    if !ctx.state.submitting.insert(conversation.group.clone()) {
        return Ok(());
    }
    let body: CreateGroup =
        serde_json::from_slice(body).map_err(|e| CoreError::Record(format!("creation of a group: {e}")))?;
    ctx.call(Request::CreateGroup { body }, Pending::Group(Call::Create(conversation.group.clone())));
    Ok(())
}

pub(super) fn created(
    ctx: &mut Ctx<'_>,
    group: &GroupId,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    ctx.state.submitting.remove(group);
    let Some(mut conversation) = Conversation::load(ctx.tx, group)? else { return Ok(()) };
    match answer {
        Ok(_) => {
            conversation.creation = None;
            conversation.state = ConversationState::Active;
            conversation.save(ctx.tx)?;
            super::reconcile(ctx, &conversation)?;
            super::follow(ctx, &conversation)?;
            ctx.touch(group);
        }
        Err(failure) => match sync::retry_after_ms(&failure) {
            Some(wait) => {
                ctx.state.hold_until_ms = ctx.now_ms + wait;
                ctx.touch(group);
                ctx.wake_at(ctx.now_ms + wait);
            }
            None => {
                conversation.creation = None;
                conversation.state = ConversationState::Damaged;
                conversation.save(ctx.tx)?;
                let over =
                    matches!(&failure, CallFailure::Refused(refusal) if refusal.code == Code::CertificateExpired);
                let renewing = over && account::renew_now(ctx)?;
                let error = if renewing { account::wait_for_certificate() } else { failure.into() };
                ctx.event(Event::OperationFailed { group: group.clone(), error });
            }
        },
    }
    Ok(())
}
