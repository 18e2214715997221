//! Going on with a conversation that is damaged, fell behind or stands still: by the Welcome that was kept aside, or else by an
//! external commit. Never by itself: an automatic rejoin would let a hostile relay steer members into an epoch that it likes
//! (docs/adr/0006). And never with people whom the person didn't see come and hasn't agreed to (docs/adr/0020).

use super::{
    Call, refresh,
    replacement::{Consent, Seen, Trial},
    welcome::{self, Invited},
};
use crate::{
    account,
    api::{CallFailure, CommandId, CommandResult, ConversationState, Event, UserError},
    engine::{CoreError, Ctx, Link, Loaded, Pending, Stop, user_error},
    messages,
    records::{Conversation, Offer, OutboxEntry, PendingCommit},
};
use chancery_mls::Group;
use chancery_wire::{
    GroupId, ItemId, Refusal, UserId,
    api::{Request, Response},
    refusal::Code,
};
use std::collections::BTreeSet;

/// Said when another commit came first.
const RACED: &str = "Others changed the conversation at the same moment. Repair it again.";

pub(crate) fn repair(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    group: &GroupId,
    agreed: Option<Vec<UserId>>,
) -> Result<Option<CommandResult>, Stop> {
    let loaded = ctx.require_account()?;
    if account::has_to_wait(ctx, &loaded) {
        return Err(account::wait_for_certificate().into());
    }
    let conversation = ctx.require_conversation(group)?;
    let consent = Consent { command, agreed };
    start(ctx, consent, &conversation.group)?;
    Ok(None)
}

/// Asks the relay for what the person wants to go on with.
pub(super) fn start(ctx: &mut Ctx<'_>, consent: Consent, group: &GroupId) -> Result<(), Stop> {
    let conversation = ctx.require_conversation(group)?;
    let offer = Offer::load(ctx.tx, group)?;
    let over = matches!(conversation.state, ConversationState::Left | ConversationState::Removed);
    if over && offer.is_none() {
        return Err(
            user_error("not_member", "You aren't in this conversation any more. A member has to add you.").into()
        );
    }
    if !over && !stands_still(ctx, &conversation) {
        return Err(nothing_to_repair(ctx, &conversation)?.into());
    }
    match offer {
        Some(offer) => welcome::fetch_tree(ctx, Box::new(Invited::kept(offer, Some(consent)))),
        None => ask_relay(ctx, consent, group)?,
    }
    Ok(())
}

/// Asks for the group's present state, to rejoin by an external commit.
pub(super) fn ask_relay(ctx: &mut Ctx<'_>, consent: Consent, group: &GroupId) -> Result<(), Stop> {
    let call = Call::Rejoin(consent, group.clone());
    ctx.call(Request::GetRejoinInfo { group: group.clone() }, Pending::Group(call));
    Ok(())
}

/// Whether it doesn't go on by itself: it is damaged, or the relay keeps a part of its log back.
fn stands_still(ctx: &Ctx<'_>, conversation: &Conversation) -> bool {
    conversation.needs_repair()
        || (conversation.state == ConversationState::Active
            && ctx.state.synced.contains(&conversation.group)
            && ctx.state.wait_epoch.get(&conversation.group).is_some_and(|epoch| conversation.epoch < *epoch))
}

/// What is true of a conversation that works, when something waits in it.
fn nothing_to_repair(ctx: &Ctx<'_>, conversation: &Conversation) -> Result<UserError, Stop> {
    let waiting = OutboxEntry::of(ctx.tx, conversation, crate::records::SCAN_LIMIT)?;
    let why = if waiting.iter().any(|(_, entry)| entry.is_held()) {
        "Somebody was added after you wrote what waits here: send it or delete it."
    } else if waiting.iter().all(|(_, entry)| entry.failed.is_some()) {
        "There is nothing to repair."
    } else if ctx.state.link != Link::Ready {
        "What waits here is sent when there is a connection to the relay."
    } else if conversation.state == ConversationState::Rejoining {
        "Its repair is under way; what waits here is sent afterwards."
    } else {
        "What waits here is being sent."
    };
    Ok(user_error("not_damaged", format!("This conversation works. {why}")))
}

pub(super) fn info(
    ctx: &mut Ctx<'_>,
    consent: Consent,
    id: &GroupId,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let result = match answer {
        Ok(Response::RejoinInfo(info)) => rejoin(ctx, id, &info, consent.agreed.as_deref()),
        Ok(_) => return Ok(()),
        Err(CallFailure::Refused(refusal)) if refusal.code == Code::NotMember => {
            over(ctx, id)?;
            Err(Stop::User(CallFailure::Refused(refusal).into()))
        }
        Err(failure) => Err(Stop::User(failure.into())),
    };
    match result {
        Ok(result) => ctx.complete(consent.command, Ok(result)),
        Err(Stop::User(error)) => ctx.complete(consent.command, Err(error)),
        Err(Stop::Fault(fault)) => return Err(fault),
    }
    Ok(())
}

/// A person asked to go on, and the relay says that there is no way back: the commit that removed this device went by unseen.
fn over(ctx: &mut Ctx<'_>, id: &GroupId) -> Result<(), CoreError> {
    let Some(mut conversation) = Conversation::load(ctx.tx, id)? else { return Ok(()) };
    Offer::delete(ctx.tx, id)?;
    if !stands_still(ctx, &conversation) {
        return Ok(());
    }
    PendingCommit::delete(ctx.tx, &conversation)?;
    ctx.state.submitting.remove(id);
    ctx.state.groups.remove(id);
    let text = "The relay says that this device isn't in this conversation any more, so it can't be repaired. Ask a member to add you.";
    conversation.end_unseen = Some(true);
    super::receive::end(ctx, &mut conversation, text)?;
    conversation.save(ctx.tx)
}

fn rejoin(
    ctx: &mut Ctx<'_>,
    id: &GroupId,
    info: &chancery_wire::api::groups::RejoinInfo,
    agreed: Option<&[UserId]>,
) -> Result<CommandResult, Stop> {
    let loaded = ctx.require_account()?;
    let mut conversation = ctx.require_conversation(id)?;
    if !stands_still(ctx, &conversation) && conversation.end_unseen != Some(true) {
        return Ok(CommandResult::Done);
    }
    let trial = Trial::new(ctx);
    let rejoin = Group::rejoin(
        &trial,
        &loaded.device,
        &loaded.trust,
        &info.group_info.0,
        &info.tree.0,
        conversation.highest_epoch,
    )?;
    if rejoin.group.id() != id || rejoin.group.data().kind != conversation.kind {
        return Err(user_error("untrusted_group_info", "The relay offered the state of another conversation.").into());
    }
    let seen = Seen::of(rejoin.group.data().roles.keys(), rejoin.group.leaves());
    if let Some(ask) = seen.to_ask(&conversation, agreed) {
        return Ok(ask);
    }
    ctx.state.submitting.remove(id);
    ctx.state.groups.remove(id);
    ctx.state.gaps.remove(id);
    ctx.state.wait_epoch.remove(id);
    trial.keep().map_err(CoreError::from)?;
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
    Offer::delete(ctx.tx, id)?;
    conversation.state = ConversationState::Rejoining;
    conversation.end_unseen = None;
    // What lies between the last item read here and the rejoin is lost to this device; the note will say so.
    conversation.cursor = conversation.cursor.max(info.seq);
    conversation.returned_at = Some(conversation.cursor);
    conversation.save(ctx.tx)?;
    ctx.put_group(rejoin.group);
    super::follow(ctx, &conversation)?;
    ctx.touch(id);
    Ok(CommandResult::Done)
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
    let before: BTreeSet<UserId> = conversation.people();
    refresh(ctx, loaded, conversation, group)?;
    messages::hold(ctx, conversation, &before, messages::Came::Unseen)?;
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
