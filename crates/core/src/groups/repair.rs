//! Rejoining a conversation that is damaged or fell behind, by an external commit. Never by itself: an automatic rejoin would let a
//! hostile relay steer members into an epoch that it likes (docs/adr/0006).

use super::{Call, refresh};
use crate::{
    account,
    api::{CallFailure, CommandId, CommandResult, ConversationState, Event},
    engine::{CoreError, Ctx, Loaded, Pending, Stop, user_error},
    messages,
    records::{Conversation, PendingCommit},
};
use chancery_mls::Group;
use chancery_wire::{
    GroupId, ItemId, Refusal,
    api::{Request, Response},
    refusal::Code,
};

/// Said when another commit came first.
const RACED: &str = "Others changed the conversation at the same moment. Repair it again.";

pub(crate) fn repair(ctx: &mut Ctx<'_>, command: CommandId, group: &GroupId) -> Result<Option<CommandResult>, Stop> {
    let loaded = ctx.require_account()?;
    if account::has_to_wait(ctx, &loaded) {
        return Err(account::wait_for_certificate().into());
    }
    let conversation = ctx.require_conversation(group)?;
    match conversation.state {
        ConversationState::Damaged => {}
        ConversationState::Active | ConversationState::Rejoining | ConversationState::Creating => {
            return Err(user_error("not_damaged", "This conversation works; there is nothing to repair.").into());
        }
        ConversationState::Left | ConversationState::Removed => {
            return Err(
                user_error("not_member", "You aren't in this conversation any more. A member has to add you.").into()
            );
        }
    }
    let call = Call::Rejoin(command, group.clone());
    ctx.call(Request::GetRejoinInfo { group: group.clone() }, Pending::Group(call));
    Ok(None)
}

pub(super) fn info(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    id: &GroupId,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let result = match answer {
        Ok(Response::RejoinInfo(info)) => rejoin(ctx, id, &info),
        Ok(_) => return Ok(()),
        Err(CallFailure::Refused(refusal)) if refusal.code == Code::NotMember => {
            over(ctx, id)?;
            Err(Stop::User(CallFailure::Refused(refusal).into()))
        }
        Err(failure) => Err(Stop::User(failure.into())),
    };
    match result {
        Ok(()) => ctx.complete(command, Ok(CommandResult::Done)),
        Err(Stop::User(error)) => ctx.complete(command, Err(error)),
        Err(Stop::Fault(fault)) => return Err(fault),
    }
    Ok(())
}

/// A person asked to go on, and the relay says that there is no way back: the commit that removed this device went by unseen.
fn over(ctx: &mut Ctx<'_>, id: &GroupId) -> Result<(), CoreError> {
    let Some(mut conversation) = Conversation::load(ctx.tx, id)?.filter(|c| c.state == ConversationState::Damaged)
    else {
        return Ok(());
    };
    let text = "The relay says that this device isn't in this conversation any more, so it can't be repaired. Ask a member to add you.";
    super::receive::end(ctx, &mut conversation, text)?;
    conversation.save(ctx.tx)
}

fn rejoin(ctx: &mut Ctx<'_>, id: &GroupId, info: &chancery_wire::api::groups::RejoinInfo) -> Result<(), Stop> {
    let loaded = ctx.require_account()?;
    let mut conversation = ctx.require_conversation(id)?;
    if conversation.state != ConversationState::Damaged {
        return Ok(());
    }
    ctx.state.groups.remove(id);
    let rejoin = Group::rejoin(
        &ctx.mls(),
        &loaded.device,
        &loaded.trust,
        &info.group_info.0,
        &info.tree.0,
        conversation.highest_epoch,
    )?;
    if rejoin.group.id() != id {
        return Err(user_error("untrusted_group_info", "The relay offered the state of another conversation.").into());
    }
    let pending = PendingCommit {
        item: ItemId::random(ctx.rng),
        epoch: rejoin.committed.epoch,
        body: rejoin.committed.commit.into(),
        welcome: None,
        group_info: Some(rejoin.committed.group_info.into()),
        operation: None,
        rejoin: true,
        proposal: false,
    };
    pending.save(ctx.tx, &conversation)?;
    conversation.state = ConversationState::Rejoining;
    // What lies between the last item read here and the rejoin is lost to this device; the note will say so.
    conversation.cursor = conversation.cursor.max(info.seq);
    conversation.returned_at = Some(conversation.cursor);
    conversation.save(ctx.tx)?;
    ctx.put_group(rejoin.group);
    super::follow(ctx, &conversation)?;
    ctx.touch(id);
    Ok(())
}

/// The log shows our external commit.
pub(super) fn rejoined(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
    group: &mut Group,
    seq: u64,
) -> Result<(), CoreError> {
    conversation.state = ConversationState::Active;
    conversation.warned_at = None;
    // It may have ended meanwhile: the first admin's device tells it.
    conversation.group_link = None;
    refresh(ctx, loaded, conversation, group)?;
    // Another device of ours may have been linked meanwhile.
    super::reconcile_with(ctx, loaded, conversation, group)?;
    let text = "This device rejoined the conversation. Messages sent while it was out are missing here; another of your devices, or \
                another member, may have them.";
    messages::note_at(ctx, conversation, seq, ctx.now_ms, "rejoined", text)?;
    ctx.state.synced.insert(conversation.group.clone());
    Ok(())
}

/// The relay refused the external commit.
pub(super) fn refused(ctx: &mut Ctx<'_>, conversation: &Conversation, refusal: &Refusal) -> Result<(), CoreError> {
    let mut conversation = conversation.clone();
    conversation.state = ConversationState::Damaged;
    conversation.save(ctx.tx)?;
    ctx.state.groups.remove(&conversation.group);
    let error = if refusal.code == Code::CertificateExpired && account::renew_now(ctx)? {
        account::wait_for_certificate()
    } else {
        let message = if refusal.code == Code::WrongEpoch { RACED.to_owned() } else { refusal.message.clone() };
        user_error(refusal.code.as_str(), message)
    };
    ctx.event(Event::OperationFailed { group: conversation.group.clone(), error });
    Ok(())
}
