//! Conversations as MLS groups: starting them, changing them, following their logs, joining and rejoining.
//!
//! **Invariant:** own commits and messages take effect when the log shows them, never earlier, so that every device sees one order.
//! **Invariant:** nothing but a log that this device has read, or its person, replaces or ends a group that it is active in.
//! **Invariant:** a commit under way is given up only on a definite refusal or when the log shows another commit of its epoch.

mod commands;
mod commit;
mod plan;
mod receive;
mod repair;
mod replacement;
mod start;
mod welcome;

pub(crate) use commands::{add_users, leave, remove_users, rename, set_link, set_picture, set_purpose, set_role};
pub(crate) use receive::{Gap, caught_up, keys_are_here, receive, unavailable};
pub(crate) use repair::repair;
pub(crate) use start::{start_direct, start_group, start_to_ask};
pub(crate) use welcome::{Invited, is_any_invited, receive_inbox, take_up_offers, try_again};

use crate::{
    account,
    api::{CallFailure, CallId, ConversationState, Event},
    engine::{CoreError, Ctx, Loaded, Pending},
    messages,
    records::{Conversation, Member, Operation, OperationKind, OwnDevice},
    sync,
};
use chancery_mls::Group;
use chancery_wire::{DeviceId, GroupId, ItemId, api::Response, frames::Cursor};
use std::collections::{BTreeMap, BTreeSet};

/// Said of what still waits in a conversation that is over.
const GONE: &str = "You aren't in this conversation any more.";

/// Back-off of a committer for each position after the first, in milliseconds.
const COMMIT_BACKOFF_MS: u64 = 3_000;
/// A renewed certificate is carried into the groups within this time, in milliseconds, each group at a moment of its own …
const CERTIFICATE_SPREAD_MS: u64 = 30 * 24 * 3600 * 1000;
/// … and this far apart when many have become due while the device slept, in milliseconds.
const CERTIFICATE_GAP_MS: u64 = 10_000;
/// A new member fills the tree after at least this, in milliseconds, so that mass joins don't collide.
const SELF_UPDATE_DELAY_MS: u64 = 10_000;

/// A call of this module that is under way.
pub(crate) enum Call {
    /// Key packages for a new conversation.
    Start(Box<start::Starting>),
    /// Registration of a new group.
    Create(GroupId),
    /// Key packages for the operation with this key.
    Claim(GroupId, Vec<u8>),
    /// A commit or proposal.
    Submit(GroupId, ItemId),
    /// The tree for a Welcome.
    Tree(Box<welcome::Invited>),
    /// The GroupInfo for a rejoin.
    Rejoin(replacement::Consent, GroupId),
    /// A report of damage; nothing follows.
    Report,
}

/// Whether a call under way is needed before the device has caught up.
pub(crate) fn is_joining(pending: &Pending) -> bool {
    matches!(pending, Pending::Group(Call::Tree(_)))
}

/// Groups whose registration or commit waits for the relay's answer.
pub(crate) fn under_way(calls: &BTreeMap<CallId, Pending>) -> BTreeSet<GroupId> {
    calls
        .values()
        .filter_map(|pending| match pending {
            Pending::Group(Call::Create(group) | Call::Submit(group, _)) => Some(group.clone()),
            _ => None,
        })
        .collect()
}

pub(crate) fn answer(ctx: &mut Ctx<'_>, call: Call, answer: Result<Response, CallFailure>) -> Result<(), CoreError> {
    match call {
        Call::Start(starting) => start::claimed(ctx, *starting, answer),
        Call::Create(group) => start::created(ctx, &group, answer),
        Call::Claim(group, operation) => plan::claimed(ctx, &group, operation, answer),
        Call::Submit(group, item) => commit::answered(ctx, &group, item, answer),
        Call::Tree(invited) => welcome::tree(ctx, *invited, answer),
        Call::Rejoin(consent, group) => repair::info(ctx, consent, &group, answer),
        Call::Report => Ok(()),
    }
}

/// Carries out what is due in one conversation: registration, then the commit under way, then the next change, then messages.
pub(crate) fn advance(ctx: &mut Ctx<'_>, mut conversation: Conversation) -> Result<(), CoreError> {
    if ctx.state.hold_until_ms > ctx.now_ms {
        let hold = ctx.state.hold_until_ms;
        ctx.wake_at(hold);
        ctx.touch(&conversation.group);
        return Ok(());
    }
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    match conversation.state {
        ConversationState::Creating if conversation.creation.is_some() => return start::submit(ctx, &conversation),
        ConversationState::Active | ConversationState::Rejoining => {}
        _ => return Ok(()),
    }
    if commit::resubmit(ctx, &conversation)? {
        return Ok(());
    }
    if conversation.state == ConversationState::Rejoining || !ctx.state.synced.contains(&conversation.group) {
        return Ok(());
    }
    if let Some(epoch) = ctx.state.wait_epoch.get(&conversation.group) {
        if conversation.epoch < *epoch {
            return Ok(());
        }
        ctx.state.wait_epoch.remove(&conversation.group);
    }
    // A commit with a certificate that is over would be refused; messages need none.
    if !account::has_to_wait(ctx, &loaded) && plan::next(ctx, &loaded, &mut conversation)? {
        return Ok(());
    }
    messages::tell_picture(ctx, &loaded, &mut conversation)?;
    messages::tell_delivery(ctx, &loaded, &mut conversation)?;
    messages::flush(ctx, &loaded, &conversation)
}

/// Takes over epoch, members and data from the group.
pub(crate) fn refresh(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
    group: &Group,
) -> Result<(), CoreError> {
    let data = group.data();
    conversation.epoch = group.epoch();
    conversation.highest_epoch = conversation.highest_epoch.max(group.epoch());
    conversation.suite = Some(group.suite());
    conversation.purpose = data.purpose.clone();
    conversation.members = data
        .roles
        .iter()
        .map(|(user, role)| Member {
            user: user.clone(),
            role: *role,
            devices: group.leaves().iter().filter(|leaf| leaf.user == *user).count() as u32,
        })
        .collect();
    conversation.keep_title_when_alone();
    account::note_leaves(ctx, loaded, conversation, group.leaves())?;
    ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    Ok(())
}

/// This device's certificate was renewed: its leaves get the new one, spread out, unless another commit brings it earlier.
pub(crate) fn carry_certificate(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    for conversation in Conversation::all(ctx.tx)? {
        if conversation.state != ConversationState::Active {
            continue;
        }
        let Ok(group) = ctx.take_group(&loaded, &conversation.group) else { continue };
        let queued = queue_leaf_update(ctx, &loaded, &conversation, &group);
        ctx.put_group(group);
        queued?;
    }
    Ok(())
}

/// Queues a self-update where one's own leaf needs it: after joining, to replace the key package's keys, so that the tree fills up and the
/// path secrets are one's own; and when the device has another certificate by now.
fn queue_leaf_update(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    group: &Group,
) -> Result<(), CoreError> {
    let due = if group.needs_self_update() {
        let index = group.own_leaf().map(|leaf| u64::from(leaf.index)).unwrap_or_default();
        ctx.now_ms + SELF_UPDATE_DELAY_MS * (1 + index)
    } else if group.has_former_certificate(&loaded.device) {
        ctx.now_ms + ctx.rng.next_u64() % CERTIFICATE_SPREAD_MS
    } else {
        return Ok(());
    };
    Operation::queue(ctx.tx, conversation, OperationKind::SelfUpdate, due)
}

/// Queues the addition of own devices that aren't in a group yet. The device that approved a link acts at once; the others wait
/// longer, in case it went away.
pub(crate) fn reconcile_own_devices(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    for conversation in Conversation::all(ctx.tx)? {
        reconcile(ctx, &conversation)?;
    }
    Ok(())
}

/// The same for one conversation.
fn reconcile(ctx: &mut Ctx<'_>, conversation: &Conversation) -> Result<(), CoreError> {
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    if conversation.state != ConversationState::Active {
        return Ok(());
    }
    let Ok(group) = ctx.take_group(&loaded, &conversation.group) else { return Ok(()) };
    let queued = reconcile_with(ctx, &loaded, conversation, &group);
    ctx.put_group(group);
    queued
}

fn reconcile_with(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    group: &Group,
) -> Result<(), CoreError> {
    let own = OwnDevice::all(ctx.tx)?;
    let missing: Vec<_> = own
        .iter()
        .filter(|device| !group.leaves().iter().any(|leaf| leaf.device == device.device))
        .map(|device| device.device)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let approved = crate::links::approved_devices(ctx)?;
    let not_before = if missing.iter().any(|device| approved.contains(device)) {
        ctx.now_ms
    } else {
        ctx.now_ms + COMMIT_BACKOFF_MS + own_backoff_ms(ctx, loaded)?
    };
    Operation::queue(ctx.tx, conversation, OperationKind::AddOwnDevices, not_before)?;
    ctx.touch(&conversation.group);
    Ok(())
}

/// How long this device lets its user's other ones go first, in milliseconds.
pub(crate) fn own_backoff_ms(ctx: &Ctx<'_>, loaded: &Loaded) -> Result<u64, CoreError> {
    let own = OwnDevice::all(ctx.tx)?;
    let position = own.iter().position(|device| device.device == loaded.account.device).unwrap_or(own.len());
    Ok(COMMIT_BACKOFF_MS * position as u64)
}

/// The person removed one of their devices: it goes from every group, by our own commit. The relay proposes the same, but a
/// relay that didn't would keep it in.
pub(crate) fn remove_own_device(ctx: &mut Ctx<'_>, device: DeviceId) -> Result<(), CoreError> {
    for conversation in Conversation::all(ctx.tx)? {
        if conversation.state == ConversationState::Active {
            let kind = OperationKind::RemoveOwnDevices { devices: vec![device] };
            Operation::queue(ctx.tx, &conversation, kind, ctx.now_ms)?;
            ctx.touch(&conversation.group);
        }
    }
    Ok(())
}

/// Follows a group from where its record stands.
fn follow(ctx: &mut Ctx<'_>, conversation: &Conversation) -> Result<(), CoreError> {
    sync::follow(ctx, vec![Cursor { group: conversation.group.clone(), seq: conversation.cursor }])
}
