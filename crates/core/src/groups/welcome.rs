//! Being added: open the Welcome with the tree of its epoch, verify everybody in it, join, and read on from there.

use super::{Call, refresh};
use crate::{
    account,
    api::{CallFailure, ConversationState, Event},
    engine::{CoreError, Ctx, Link, Pending},
    messages,
    records::{Account, Asked, Conversation, LogView, Operation, OperationKind, PendingCommit},
};
use chancery_mls::{Join, MlsError};
use chancery_wire::{
    GroupId,
    api::{Request, Response},
    frames::{InboxEvent, InboxItem},
};

/// A Welcome whose tree is on its way.
pub(crate) struct Invited {
    n: u64,
    group: GroupId,
    seq: u64,
    epoch: u64,
    welcome: Vec<u8>,
}

/// An event of the device's inbox. It is done with when its effects are stored; a Welcome when it was joined or refused.
pub(crate) fn receive_inbox(ctx: &mut Ctx<'_>, item: InboxItem) -> Result<(), CoreError> {
    match item.event {
        InboxEvent::Welcome { group, seq, epoch, welcome } => {
            fetch_tree(ctx, Box::new(Invited { n: item.n, group, seq, epoch, welcome }));
            return Ok(());
        }
        InboxEvent::DevicesChanged => account::fetch_devices(ctx),
        InboxEvent::KeyPackagesLow => account::check_key_packages(ctx),
        InboxEvent::OrganisationChanged => account::fetch_organisation(ctx),
    }
    done(ctx, item.n)
}

/// Fetches trees again that could not be fetched on this connection.
pub(crate) fn try_again(ctx: &mut Ctx<'_>) {
    for (due, invited) in std::mem::take(&mut ctx.state.invited) {
        if due > ctx.now_ms {
            ctx.wake_at(due);
            ctx.state.invited.push((due, invited));
        } else {
            fetch_tree(ctx, invited);
        }
    }
}

fn fetch_tree(ctx: &mut Ctx<'_>, invited: Box<Invited>) {
    let request = Request::GetTree { group: invited.group.clone(), epoch: invited.epoch };
    ctx.call(request, Pending::Group(Call::Tree(invited)));
}

/// Whether any Welcome waits for its tree.
pub(crate) fn is_any_invited(ctx: &Ctx<'_>) -> bool {
    !ctx.state.invited.is_empty() || ctx.state.calls.values().any(super::is_joining)
}

/// Whether a Welcome to this group waits for its tree.
pub(super) fn is_invited(ctx: &Ctx<'_>, group: &GroupId) -> bool {
    ctx.state.invited.iter().any(|(_, invited)| invited.group == *group)
        || ctx
            .state
            .calls
            .values()
            .any(|pending| matches!(pending, Pending::Group(Call::Tree(invited)) if invited.group == *group))
}

/// Everything up to `n` is stored, unless an earlier Welcome still waits for its tree.
fn done(ctx: &mut Ctx<'_>, n: u64) -> Result<(), CoreError> {
    let fetching = ctx.state.calls.values().filter_map(|pending| match pending {
        Pending::Group(Call::Tree(invited)) => Some(invited.n),
        _ => None,
    });
    let waiting = fetching.chain(ctx.state.invited.iter().map(|(_, invited)| invited.n));
    let done = waiting.min().map_or(n, |earliest| n.min(earliest - 1));
    if let Some(mut account) = Account::load(ctx.tx)?.filter(|account| account.inbox < done) {
        account.inbox = done;
        account.save(ctx.tx)?;
        if let Some(loaded) = ctx.state.loaded.as_mut().and_then(std::sync::Arc::get_mut) {
            loaded.account.inbox = done;
        } else {
            ctx.state.loaded = None;
        }
    }
    Ok(())
}

pub(super) fn tree(
    ctx: &mut Ctx<'_>,
    invited: Invited,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let tree = match answer {
        Ok(Response::Tree(tree)) => tree.tree.0,
        Ok(_) => return Ok(()),
        Err(failure) => {
            if let Some(wait) = crate::sync::retry_after_ms(&failure) {
                // Not done: tried again soon, and the inbox delivers it again with the next connection.
                if ctx.state.link == Link::Ready {
                    ctx.state.invited.push((ctx.now_ms + wait, Box::new(invited)));
                    ctx.wake_at(ctx.now_ms + wait);
                }
                return Ok(());
            }
            refused(ctx, &invited.group, &failure.to_string());
            return done(ctx, invited.n);
        }
    };
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    let existing = Conversation::load(ctx.tx, &invited.group)?;
    let in_use = existing.as_ref().is_some_and(|c| {
        matches!(c.state, ConversationState::Active | ConversationState::Rejoining) && c.cursor >= invited.seq
    });
    if in_use {
        return done(ctx, invited.n);
    }
    let joined = Join::open(&ctx.mls(), &loaded.device, &loaded.trust, &invited.welcome, &tree).and_then(|join| {
        if *join.id() != invited.group {
            return Err(MlsError::Mismatch("the Welcome leads to another group than the relay said"));
        }
        let by = join.sender().clone();
        Ok((by, join.accept(&ctx.mls())?))
    });
    let (by, group) = match joined {
        Ok(joined) => joined,
        Err(MlsError::Store(fault)) => return Err(fault.into()),
        Err(error) => {
            refused(ctx, &invited.group, &error.to_string());
            return done(ctx, invited.n);
        }
    };
    let kind = group.data().kind;
    let is_new = existing.is_none();
    if let Some(former) = &existing {
        forget_former_life(ctx, former)?;
    }
    let mut conversation = match existing {
        Some(conversation) => conversation,
        None => Conversation::new(ctx.tx, invited.group.clone(), kind, ConversationState::Active)?,
    };
    conversation.state = ConversationState::Active;
    conversation.leaving = false;
    // It may have another name by now: whoever added us tells it.
    conversation.title_is_former();
    conversation.group_link = None;
    Asked::delete(ctx.tx, &invited.group)?;
    conversation.creation = None;
    conversation.cursor = invited.seq;
    conversation.returned_at = (!is_new).then_some(invited.seq);
    conversation.delivered = conversation.delivered.max(invited.seq);
    conversation.last_at_ms = conversation.last_at_ms.max(ctx.now_ms);
    let mut view = LogView::default();
    view.begin(group.epoch(), &group.epoch_authenticator(), None);
    view.save(ctx.tx, conversation.number)?;
    refresh(ctx, &loaded, &mut conversation, &group)?;
    if by.user != *loaded.user() {
        let text = format!("{} added you. You read on from here.", by.name);
        messages::note(ctx, &conversation, "added", &text)?;
    } else if is_new {
        conversation.read = invited.seq;
    }
    messages::owe_picture(ctx, &loaded, &mut conversation)?;
    conversation.save(ctx.tx)?;
    ctx.put_group(group);
    // Whoever added us may not have known of our other devices yet.
    super::reconcile(ctx, &conversation)?;
    ctx.event(Event::ConversationChanged { group: invited.group.clone() });
    super::follow(ctx, &conversation)?;
    done(ctx, invited.n)
}

/// This device was in the group before and comes in anew, maybe without having seen how it went out: what it was about to commit or
/// propose then is void, and what waits to be sent is encrypted anew.
fn forget_former_life(ctx: &mut Ctx<'_>, conversation: &Conversation) -> Result<(), CoreError> {
    PendingCommit::delete(ctx.tx, conversation)?;
    ctx.state.submitting.remove(&conversation.group);
    ctx.state.wait_epoch.remove(&conversation.group);
    ctx.state.gaps.remove(&conversation.group);
    for (key, operation) in Operation::of(ctx.tx, conversation)? {
        if matches!(operation.kind, OperationKind::Leave | OperationKind::CommitPending | OperationKind::SelfUpdate) {
            Operation::delete(ctx.tx, &key)?;
        }
        ctx.state.claimed.remove(key.as_slice());
    }
    messages::encrypt_anew(ctx, conversation)
}

fn refused(ctx: &mut Ctx<'_>, group: &GroupId, why: &str) {
    let message = format!(
        "This device was to be added to a conversation, but that can't be trusted or no longer works ({why}). \
                           It was refused; ask to be added again."
    );
    ctx.warn("refused_welcome", Some(group), message);
}
