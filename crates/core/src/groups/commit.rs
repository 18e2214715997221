//! The commit under way: made once, stored with its exact bytes, sent until the log or a definite refusal decides.

use super::Call;
use crate::{
    account,
    api::{CallFailure, Event},
    engine::{CoreError, Ctx, Loaded, Pending, user_error},
    group_links,
    records::{Conversation, Operation, PendingCommit},
    sync,
};
use chancery_mls::{Group, GroupData, MlsError, VerifiedKeyPackage};
use chancery_wire::{
    GroupId, ItemId, Refusal,
    api::{Request, Response, groups::Append},
    frames::ItemKind,
    refusal::Code,
};

/// A change that the relay refuses this often, for another reason than the epoch, is given up.
const MAX_REFUSALS: u32 = 3;
/// What keeps a group going isn't given up because of a certificate that can't be renewed at present; it is tried again after this, in milliseconds.
const RENEWAL_WAIT_MS: u64 = 10 * 60 * 1000;

/// Makes a commit and stores it as the one under way.
#[allow(clippy::too_many_arguments, reason = "the arguments of an MLS commit, and whose it is")]
pub(super) fn make(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    group: &mut Group,
    add: &[VerifiedKeyPackage],
    remove: &[u32],
    data: Option<GroupData>,
    operation: Option<Vec<u8>>,
) -> Result<(), MlsError> {
    let committed = group.commit(&ctx.mls(), &loaded.device, &loaded.trust, add, remove, data)?;
    let pending = PendingCommit {
        item: ItemId::random(ctx.rng),
        epoch: committed.epoch,
        body: committed.commit.into(),
        welcome: committed.welcome.map(Into::into),
        group_info: Some(committed.group_info.into()),
        operation: operation.map(Into::into),
        rejoin: false,
        proposal: false,
    };
    pending.save(ctx.tx, conversation).map_err(|e| MlsError::Internal(e.to_string()))
}

/// Sends the commit under way, unless its answer is outstanding. Says whether there is one.
pub(super) fn resubmit(ctx: &mut Ctx<'_>, conversation: &Conversation) -> Result<bool, CoreError> {
    let Some(pending) = PendingCommit::load(ctx.tx, conversation)? else { return Ok(false) };
    if !ctx.state.submitting.insert(conversation.group.clone()) {
        return Ok(true);
    }
    let body = Append {
        item: pending.item,
        kind: if pending.proposal { ItemKind::Proposal } else { ItemKind::Commit },
        epoch: pending.epoch,
        body: pending.body.to_vec().into(),
        group_info: pending.group_info.map(|b| b.to_vec().into()),
        welcome: pending.welcome.map(|b| b.to_vec().into()),
        quiet: false,
    };
    let group = conversation.group.clone();
    ctx.call(Request::Append { group: group.clone(), body }, Pending::Group(Call::Submit(group, pending.item)));
    Ok(true)
}

pub(super) fn answered(
    ctx: &mut Ctx<'_>,
    group: &GroupId,
    item: ItemId,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let Some(conversation) = Conversation::load(ctx.tx, group)? else { return Ok(()) };
    let Some(pending) = PendingCommit::load(ctx.tx, &conversation)?.filter(|pending| pending.item == item) else {
        // The log was quicker.
        ctx.state.submitting.remove(group);
        ctx.touch(group);
        return Ok(());
    };
    match answer {
        // The log will show it; `submitting` keeps it from being sent again on this connection.
        Ok(_) => Ok(()),
        Err(failure) => match (sync::retry_after_ms(&failure), &failure) {
            (Some(wait), _) => {
                // The outcome is unknown, or the relay wants us to wait: the same bytes go again.
                ctx.state.submitting.remove(group);
                ctx.state.hold_until_ms = ctx.now_ms + wait;
                ctx.touch(group);
                ctx.wake_at(ctx.now_ms + wait);
                Ok(())
            }
            (None, CallFailure::Refused(refusal)) => refused(ctx, &conversation, &pending, refusal),
            (None, CallFailure::Unreachable(_) | CallFailure::Intercepted(_)) => Ok(()),
        },
    }
}

/// The relay will never accept this commit: plan anew, or give up.
fn refused(
    ctx: &mut Ctx<'_>,
    conversation: &Conversation,
    pending: &PendingCommit,
    refusal: &Refusal,
) -> Result<(), CoreError> {
    forget(ctx, conversation)?;
    if pending.rejoin {
        return super::repair::refused(ctx, conversation, refusal);
    }
    if refusal.code == Code::WrongEpoch {
        if let Some(epoch) = refusal.current_epoch.filter(|epoch| *epoch > conversation.epoch) {
            ctx.state.wait_epoch.insert(conversation.group.clone(), epoch);
        }
        ctx.touch(&conversation.group);
        return Ok(());
    }
    // It may be ours that is over, and not that of a device to be added: renewed, the change is planned anew.
    if refusal.code == Code::CertificateExpired && account::renew_now(ctx)? {
        ctx.touch(&conversation.group);
        return Ok(());
    }
    if let Some(key) = &pending.operation {
        ctx.state.claimed.remove(key.as_slice());
        let operation = Operation::of(ctx.tx, conversation)?.into_iter().find(|(k, _)| k == key.as_slice());
        if let Some((key, mut operation)) = operation {
            let until_renewed = refusal.code == Code::CertificateExpired && !operation.is_wanted();
            operation.refused += u32::from(!until_renewed);
            let wait = if until_renewed { RENEWAL_WAIT_MS } else { 2_000 * u64::from(operation.refused) };
            operation.not_before_ms = ctx.now_ms + wait;
            if operation.refused >= MAX_REFUSALS {
                Operation::delete(ctx.tx, &key)?;
                if !group_links::give_up(ctx, conversation, &operation.kind)? {
                    let error = user_error(refusal.code.as_str(), refusal.message.clone());
                    ctx.event(Event::OperationFailed { group: conversation.group.clone(), error });
                }
            } else {
                operation.save(ctx.tx, &key)?;
            }
        }
    }
    ctx.touch(&conversation.group);
    Ok(())
}

/// Forgets the commit under way, in the record and in the group.
pub(super) fn forget(ctx: &mut Ctx<'_>, conversation: &Conversation) -> Result<(), CoreError> {
    ctx.state.submitting.remove(&conversation.group);
    let Some(pending) = PendingCommit::load(ctx.tx, conversation)? else { return Ok(()) };
    PendingCommit::delete(ctx.tx, conversation)?;
    if pending.proposal || pending.rejoin {
        return Ok(());
    }
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    let mut group = ctx
        .take_group(&loaded, &conversation.group)
        .map_err(|e| CoreError::Internal(format!("loading a group: {e}")))?;
    group
        .clear_pending_commit(&ctx.mls())
        .map_err(|e| CoreError::Internal(format!("clearing a pending commit: {e}")))?;
    ctx.put_group(group);
    Ok(())
}
