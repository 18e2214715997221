//! From a queued change to a commit, against the group as it is now. A change that somebody else made meanwhile is moot.

use super::{
    CERTIFICATE_GAP_MS, CERTIFICATE_SPREAD_MS, COMMIT_BACKOFF_MS, Call, commit,
    start::{Unaddable, not_added, verify_claims},
};
use crate::{
    api::{CallFailure, Event, UserError},
    engine::{CoreError, Ctx, Loaded, Pending, Stop},
    group_links::{self, Decision},
    messages,
    records::{Conversation, Operation, OperationKind, OwnDevice, PendingCommit},
    sync,
};
use chancery_mls::{Group, GroupData, MlsError, Role, VerifiedKeyPackage};
use chancery_wire::{
    GroupId, ItemId, UserId,
    api::{Request, Response, devices::Claim},
};
use std::collections::BTreeSet;

/// How long a change waits until it looks again whether its time has come, in milliseconds.
const LATER_MS: u64 = 1_000;

/// No change but the renewal of a leaf waits longer, in milliseconds: the last of 2000 devices commits after 100 minutes.
const LONGEST_WAIT_MS: u64 = 2 * 3600 * 1000;

enum Plan {
    /// Nothing is left to do.
    Moot,
    /// Something else comes first: what the relay has for this device, or what waits to be sent.
    Later,
    /// At this time, in milliseconds since 1970.
    At(u64),
    /// Key packages of these users are needed first.
    Claim(Vec<UserId>),
    Commit {
        add: Vec<VerifiedKeyPackage>,
        remove: Vec<u32>,
        data: Option<GroupData>,
    },
    /// Propose the removal of this leaf.
    Propose(u32),
    /// These have no device that can be added.
    LeaveOut(Vec<UserId>),
}

/// Takes up the first change that is due. Says whether messages have to wait for one.
pub(super) fn next(ctx: &mut Ctx<'_>, loaded: &Loaded, conversation: &mut Conversation) -> Result<bool, CoreError> {
    loop {
        let operations = Operation::of(ctx.tx, conversation)?;
        let Some((key, operation)) = operations.iter().find(|(_, operation)| is_due(operation, ctx.now_ms)) else {
            if let Some(due) = operations.iter().map(|(_, operation)| operation.not_before_ms).min() {
                ctx.wake_at(due);
            }
            return Ok(false);
        };
        let mut group = match ctx.take_group(loaded, &conversation.group) {
            Ok(group) => group,
            Err(MlsError::Store(fault)) => return Err(fault.into()),
            Err(_) => return Ok(false),
        };
        let plan = plan(ctx, loaded, conversation, &group, key, &operation.kind)?;
        let done = carry_out(ctx, loaded, conversation, &mut group, key, plan);
        ctx.put_group(group);
        match done {
            Ok(Step::Waits) => return Ok(true),
            Ok(Step::Over) => {}
            Err(Stop::User(error)) => fail(ctx, conversation, key, error)?,
            Err(Stop::Fault(fault)) => return Err(fault),
        }
    }
}

/// Whether its time has come. What waits longer than anything ever does was queued while the clock was ahead.
fn is_due(operation: &Operation, now_ms: u64) -> bool {
    let longest = match operation.kind {
        OperationKind::SelfUpdate => CERTIFICATE_SPREAD_MS,
        _ => LONGEST_WAIT_MS,
    };
    operation.not_before_ms <= now_ms || operation.not_before_ms > now_ms.saturating_add(longest)
}

/// Takes people who can't be added out of an addition, and names them; whoever else was to come in still does.
fn leave_out(
    ctx: &mut Ctx<'_>,
    conversation: &Conversation,
    key: &[u8],
    out: &[UserId],
    why: Unaddable,
) -> Result<(), CoreError> {
    let Some((_, mut operation)) = Operation::of(ctx.tx, conversation)?.into_iter().find(|(k, _)| k == key) else {
        return Ok(());
    };
    let rest: Vec<UserId> = match &operation.kind {
        OperationKind::AddUsers { users } => users.iter().filter(|user| !out.contains(user)).cloned().collect(),
        _ => Vec::new(),
    };
    let error = not_added(out, why, !rest.is_empty());
    if rest.is_empty() {
        return fail(ctx, conversation, key, error);
    }
    operation.kind = OperationKind::AddUsers { users: rest };
    operation.save(ctx.tx, key)?;
    ctx.event(Event::OperationFailed { group: conversation.group.clone(), error });
    Ok(())
}

enum Step {
    Waits,
    Over,
}

fn fail(ctx: &mut Ctx<'_>, conversation: &Conversation, key: &[u8], error: UserError) -> Result<(), CoreError> {
    let leave = |(k, operation): &(Vec<u8>, Operation)| k == key && operation.kind == OperationKind::Leave;
    if Operation::of(ctx.tx, conversation)?.iter().any(leave)
        && let Some(mut stays) = Conversation::load(ctx.tx, &conversation.group)?
    {
        stays.leaving = false;
        stays.save(ctx.tx)?;
        ctx.event(Event::ConversationChanged { group: stays.group });
    }
    let failed = Operation::of(ctx.tx, conversation)?.into_iter().find(|(k, _)| k == key);
    Operation::delete(ctx.tx, key)?;
    ctx.state.claimed.remove(key);
    if let Some((_, operation)) = failed
        && group_links::give_up(ctx, conversation, &operation.kind)?
    {
        return Ok(());
    }
    ctx.event(Event::OperationFailed { group: conversation.group.clone(), error });
    Ok(())
}

fn carry_out(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    group: &mut Group,
    key: &[u8],
    plan: Plan,
) -> Result<Step, Stop> {
    match plan {
        Plan::Moot => {
            Operation::delete(ctx.tx, key)?;
            ctx.state.claimed.remove(key);
            Ok(Step::Over)
        }
        Plan::Later => postpone(ctx, conversation, key, ctx.now_ms + LATER_MS),
        Plan::At(at_ms) => postpone(ctx, conversation, key, at_ms),
        Plan::LeaveOut(users) => {
            leave_out(ctx, conversation, key, &users, Unaddable::NoDevice)?;
            Ok(Step::Over)
        }
        Plan::Claim(users) => {
            if ctx.state.claiming.insert(key.to_vec()) {
                let body = Claim { suite: group.suite(), users };
                let call = Call::Claim(conversation.group.clone(), key.to_vec());
                ctx.call(Request::ClaimKeyPackages { body }, Pending::Group(call));
            }
            Ok(Step::Waits)
        }
        Plan::Commit { add, remove, data } => {
            commit::make(ctx, loaded, conversation, group, &add, &remove, data, Some(key.to_vec()))?;
            commit::resubmit(ctx, conversation)?;
            Ok(Step::Waits)
        }
        Plan::Propose(leaf) => {
            let epoch = group.epoch();
            let body = group.propose_remove(&ctx.mls(), &loaded.device, leaf)?;
            let pending = PendingCommit {
                item: ItemId::random(ctx.rng),
                epoch,
                body: body.into(),
                welcome: None,
                group_info: None,
                operation: Some(key.to_vec().into()),
                rejoin: false,
                proposal: true,
            };
            pending.save(ctx.tx, conversation)?;
            commit::resubmit(ctx, conversation)?;
            Ok(Step::Waits)
        }
    }
}

fn postpone(ctx: &mut Ctx<'_>, conversation: &Conversation, key: &[u8], until_ms: u64) -> Result<Step, Stop> {
    let operation = Operation::of(ctx.tx, conversation)?.into_iter().find(|(k, _)| k == key);
    if let Some((_, mut operation)) = operation {
        operation.not_before_ms = until_ms;
        operation.save(ctx.tx, key)?;
    }
    Ok(Step::Over)
}

/// When this group gets the device's present certificate, in milliseconds since 1970.
fn certificate_slot(ctx: &mut Ctx<'_>, conversation: &Conversation) -> u64 {
    let slots = &mut ctx.state.certificate_slots;
    let next = slots.values().max().map_or(ctx.now_ms, |last| ctx.now_ms.max(last + CERTIFICATE_GAP_MS));
    *slots.entry(conversation.group.clone()).or_insert(next)
}

fn plan(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    group: &Group,
    key: &[u8],
    kind: &OperationKind,
) -> Result<Plan, CoreError> {
    let data = group.data();
    let me = loaded.user();
    Ok(match kind {
        OperationKind::AddUsers { users } => {
            let wanted: Vec<UserId> = users.iter().filter(|user| !data.roles.contains_key(*user)).cloned().collect();
            if wanted.is_empty() { Plan::Moot } else { add_users(ctx, loaded, data, key, wanted) }
        }
        OperationKind::LetIn { .. } if !ctx.state.caught_up => Plan::Later,
        OperationKind::LetIn { user, token, direct, request } => {
            match group_links::decide(ctx, loaded, conversation, data, user, token, (direct, request))? {
                Decision::LetIn => add_users(ctx, loaded, data, key, vec![user.clone()]),
                Decision::Answer(let_in) => {
                    group_links::answer(ctx, loaded, conversation, direct, *request, let_in)?;
                    Plan::Moot
                }
                Decision::Pass => Plan::Moot,
            }
        }
        OperationKind::RemoveUsers { users } => {
            let gone: BTreeSet<&UserId> = users.iter().filter(|user| data.roles.contains_key(*user)).collect();
            if gone.is_empty() {
                return Ok(Plan::Moot);
            }
            let remove = group.leaves().iter().filter(|l| gone.contains(&l.user)).map(|l| l.index).collect();
            let left: Vec<_> = group.leaves().iter().filter(|l| !gone.contains(&l.user)).cloned().collect();
            let gone: Vec<UserId> = gone.into_iter().cloned().collect();
            Plan::Commit { add: Vec::new(), remove, data: Some(data.without_users(&gone, &left)) }
        }
        OperationKind::SetRole { user, role } => match data.roles.get(user) {
            Some(present) if present != role => {
                let mut data = data.clone();
                data.roles.insert(user.clone(), *role);
                Plan::Commit { add: Vec::new(), remove: Vec::new(), data: Some(data) }
            }
            _ => Plan::Moot,
        },
        OperationKind::SetPurpose { purpose } => {
            if data.purpose == *purpose {
                return Ok(Plan::Moot);
            }
            let data = GroupData { purpose: purpose.clone(), ..data.clone() };
            Plan::Commit { add: Vec::new(), remove: Vec::new(), data: Some(data) }
        }
        OperationKind::AddOwnDevices => {
            let missing: BTreeSet<_> = OwnDevice::all(ctx.tx)?
                .into_iter()
                .map(|own| own.device)
                .filter(|device| !group.leaves().iter().any(|leaf| leaf.device == *device))
                .collect();
            if missing.is_empty() {
                return Ok(Plan::Moot);
            }
            let Some(claimed) = ctx.state.claimed.get(key) else { return Ok(Plan::Claim(vec![me.clone()])) };
            let add: Vec<_> =
                claimed.iter().filter(|p| p.owner.user == *me && missing.contains(&p.owner.device)).cloned().collect();
            if add.is_empty() { Plan::Moot } else { Plan::Commit { add, remove: Vec::new(), data: None } }
        }
        OperationKind::CommitPending => {
            let own = group.own_leaf().map(|leaf| leaf.device).ok();
            let removes_us = group.pending_proposals().iter().any(
                |change| matches!(change, chancery_mls::rules::Change::Remove { device, .. } if Some(*device) == own),
            );
            // Who is to be removed can't commit it.
            if group.pending_proposals().is_empty() || removes_us {
                Plan::Moot
            } else {
                Plan::Commit { add: Vec::new(), remove: Vec::new(), data: None }
            }
        }
        // What was written before leaving goes out before it.
        OperationKind::Leave if messages::is_any_waiting(ctx, conversation)? => Plan::Later,
        OperationKind::Leave => {
            let pending = group.pending_proposals();
            let is_pending = |device| {
                pending
                    .iter()
                    .any(|c| matches!(c, chancery_mls::rules::Change::Remove { device: d, .. } if *d == device))
            };
            let others = group.leaves().iter().any(|leaf| leaf.user != *me);
            let own = group.own_leaf().map(|leaf| leaf.index).unwrap_or(u32::MAX);
            // Own other devices first: once our own leaf is proposed, others may commit at any time.
            let next = group
                .leaves()
                .iter()
                .filter(|leaf| leaf.user == *me && !is_pending(leaf.device))
                .max_by_key(|leaf| leaf.index != own);
            let siblings: Vec<u32> =
                group.leaves().iter().filter(|l| l.user == *me && l.index != own).map(|l| l.index).collect();
            match next {
                _ if !others && siblings.is_empty() => {
                    forget_conversation(ctx, conversation)?;
                    Plan::Moot
                }
                // Nobody else is there to commit proposals.
                _ if !others => Plan::Commit { add: Vec::new(), remove: siblings, data: None },
                Some(leaf) => Plan::Propose(leaf.index),
                None => Plan::Moot,
            }
        }
        OperationKind::RemoveOwnDevices { devices } => {
            let remove: Vec<u32> = group
                .leaves()
                .iter()
                .filter(|leaf| leaf.user == *me && devices.contains(&leaf.device))
                .map(|leaf| leaf.index)
                .collect();
            if remove.is_empty() { Plan::Moot } else { Plan::Commit { add: Vec::new(), remove, data: None } }
        }
        OperationKind::SelfUpdate => {
            let due = match (group.needs_self_update(), group.has_former_certificate(&loaded.device)) {
                (true, _) => ctx.now_ms,
                (false, true) => certificate_slot(ctx, conversation),
                (false, false) => return Ok(Plan::Moot),
            };
            if due > ctx.now_ms {
                Plan::At(due)
            } else {
                Plan::Commit { add: Vec::new(), remove: Vec::new(), data: None }
            }
        }
    })
}

/// Adds users with all their devices, once there are key packages of them.
fn add_users(ctx: &Ctx<'_>, loaded: &Loaded, data: &GroupData, key: &[u8], wanted: Vec<UserId>) -> Plan {
    let Some(claimed) = ctx.state.claimed.get(key) else { return Plan::Claim(wanted) };
    let add: Vec<_> = claimed.iter().filter(|package| wanted.contains(&package.owner.user)).cloned().collect();
    let reachable: BTreeSet<&UserId> = add.iter().map(|package| &package.owner.user).collect();
    let missing: Vec<UserId> = wanted.iter().filter(|user| !reachable.contains(user)).cloned().collect();
    if !missing.is_empty() {
        return Plan::LeaveOut(missing);
    }
    let mut data = data.clone();
    data.roles.extend(wanted.into_iter().map(|user| (user, Role::Member)));
    data.policy_version = loaded.policy.version;
    Plan::Commit { add, remove: Vec::new(), data: Some(data) }
}

/// The last one leaves: nobody is left to commit it.
fn forget_conversation(ctx: &mut Ctx<'_>, conversation: &Conversation) -> Result<(), CoreError> {
    let mut left = conversation.clone();
    left.state = crate::api::ConversationState::Left;
    left.save(ctx.tx)?;
    messages::fail_waiting(ctx, &left, super::GONE)?;
    ctx.event(Event::ConversationChanged { group: left.group });
    Ok(())
}

pub(super) fn claimed(
    ctx: &mut Ctx<'_>,
    group: &GroupId,
    operation: Vec<u8>,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    ctx.state.claiming.remove(&operation);
    ctx.touch(group);
    let (Some(loaded), Some(conversation)) = (ctx.loaded()?, Conversation::load(ctx.tx, group)?) else {
        return Ok(());
    };
    match answer {
        Ok(Response::Claims(claims)) => {
            let suite = conversation.suite.unwrap_or(loaded.policy.suite);
            let packages = verify_claims(ctx, &loaded, &claims, suite);
            ctx.state.claimed.insert(operation.clone(), packages);
            match claims.unknown.as_slice() {
                [] => Ok(()),
                unknown => leave_out(ctx, &conversation, &operation, unknown, Unaddable::Unknown),
            }
        }
        Ok(_) => Ok(()),
        Err(failure) => match sync::retry_after_ms(&failure) {
            Some(wait) => {
                ctx.state.hold_until_ms = ctx.now_ms + wait;
                ctx.wake_at(ctx.now_ms + wait);
                Ok(())
            }
            None => fail(ctx, &conversation, &operation, failure.into()),
        },
    }
}

/// Everybody's removal is proposed: nobody is left to commit it, and the conversation is over.
pub(super) fn everybody_goes(group: &Group) -> bool {
    let pending = group.pending_proposals();
    group.leaves().iter().all(|leaf| {
        pending
            .iter()
            .any(|c| matches!(c, chancery_mls::rules::Change::Remove { device, .. } if *device == leaf.device))
    })
}

/// Proposals of others wait: commit them after a back-off by one's own position among those who can.
pub(super) fn queue_commit_of_proposals(
    ctx: &mut Ctx<'_>,
    conversation: &Conversation,
    group: &Group,
) -> Result<(), CoreError> {
    let pending = group.pending_proposals();
    let leaving = |device| {
        pending.iter().any(|c| matches!(c, chancery_mls::rules::Change::Remove { device: d, .. } if *d == device))
    };
    let Ok(own) = group.own_leaf() else { return Ok(()) };
    if leaving(own.device) {
        return Ok(());
    }
    let position = group
        .leaves()
        .iter()
        .filter(|leaf| !leaving(leaf.device))
        .position(|leaf| leaf.index == own.index)
        .unwrap_or(0);
    let not_before = ctx.now_ms + COMMIT_BACKOFF_MS * position as u64;
    Operation::queue(ctx.tx, conversation, OperationKind::CommitPending, not_before)?;
    ctx.touch(&conversation.group);
    Ok(())
}
