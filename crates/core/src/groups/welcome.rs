//! Being added: open the Welcome with the tree of its epoch, verify everybody in it, join, and read on from there.
//!
//! **Invariant:** a Welcome replaces nothing that this device is active in, unless it has seen in that log how it went out of it, or its
//! person agrees, shown who is in it now. A relay chooses which Welcome it delivers when, and with whose help it was made.

use super::{
    Call, refresh,
    replacement::{self, Consent},
};
use crate::{
    account,
    api::{CallFailure, ConversationState, Event},
    engine::{CoreError, Ctx, Link, Loaded, Pending},
    messages,
    records::{Account, Asked, Conversation, LogView, Offer, Operation, OperationKind, OwnDevice, PendingCommit},
};
use chancery_mls::{Group, GroupKind, Join, MlsError, rules::Leaf};
use chancery_wire::{
    GroupId,
    api::{Request, Response},
    frames::{InboxEvent, InboxItem},
    refusal::Code,
};
use std::collections::BTreeSet;

/// A Welcome whose tree is on its way.
pub(crate) struct Invited {
    /// Its number in the inbox; `None` for one that was kept aside.
    n: Option<u64>,
    offer: Offer,
    /// The person wants to join by it.
    consent: Option<Consent>,
}

impl Invited {
    /// A Welcome that was kept aside, and whether the person wants it.
    pub(super) fn kept(offer: Offer, consent: Option<Consent>) -> Self {
        Self { n: None, offer, consent }
    }
}

/// An event of the device's inbox. It is done with when its effects are stored; a Welcome when it was joined, kept aside or refused.
pub(crate) fn receive_inbox(ctx: &mut Ctx<'_>, item: InboxItem) -> Result<(), CoreError> {
    match item.event {
        InboxEvent::Welcome { group, seq, epoch, welcome } => {
            let offer = Offer { group, seq, epoch, welcome: welcome.into() };
            return receive_welcome(ctx, item.n, offer);
        }
        InboxEvent::DevicesChanged => account::fetch_devices(ctx),
        InboxEvent::KeyPackagesLow => account::check_key_packages(ctx),
        InboxEvent::OrganisationChanged => account::fetch_organisation(ctx),
    }
    done(ctx, Some(item.n))
}

fn receive_welcome(ctx: &mut Ctx<'_>, n: u64, offer: Offer) -> Result<(), CoreError> {
    let existing = Conversation::load(ctx.tx, &offer.group)?;
    match existing {
        Some(conversation) if is_stale(&conversation, offer.epoch) => done(ctx, Some(n)),
        Some(conversation) if is_in_use(&conversation) => {
            keep_aside(ctx, &conversation, &offer)?;
            done(ctx, Some(n))
        }
        _ => {
            fetch_tree(ctx, Box::new(Invited { n: Some(n), offer, consent: None }));
            Ok(())
        }
    }
}

/// An epoch that this device has been in, or has left behind: a Welcome that came late, or twice. The epoch that a relay names may be
/// false, the one inside is looked at again when the Welcome is opened.
fn is_stale(conversation: &Conversation, epoch: u64) -> bool {
    epoch <= conversation.highest_epoch && conversation.highest_epoch > 0
}

/// Whether this device is in it, as far as it knows.
fn is_in_use(conversation: &Conversation) -> bool {
    matches!(conversation.state, ConversationState::Active | ConversationState::Creating | ConversationState::Rejoining)
}

/// Keeps a Welcome into a conversation in use, and asks for its log again: an honest relay has shown by the answer how this device
/// went out of it.
fn keep_aside(ctx: &mut Ctx<'_>, conversation: &Conversation, offer: &Offer) -> Result<(), CoreError> {
    offer.keep(ctx.tx)?;
    if conversation.is_followed() {
        ctx.state.offers.insert(offer.group.clone(), ctx.state.follows);
        super::follow(ctx, conversation)?;
    }
    Ok(())
}

/// The answer to the question came. A log that was read to its end and doesn't say that this device went leaves no room for a Welcome.
pub(super) fn judge_offer(ctx: &mut Ctx<'_>, conversation: &mut Conversation, head: u64) -> Result<(), CoreError> {
    let Some(offer) = Offer::load(ctx.tx, &conversation.group)? else { return Ok(()) };
    if let Some(answers) = ctx.state.offers.get_mut(&conversation.group)
        && *answers > 0
        && ctx.state.follows > 0
    {
        *answers -= 1;
        return Ok(());
    }
    ctx.state.offers.remove(&conversation.group);
    if is_stale(conversation, offer.epoch) {
        return Offer::delete(ctx.tx, &conversation.group);
    }
    if conversation.state != ConversationState::Active {
        // Rejoining: its own commit decides first.
        return Ok(());
    }
    if conversation.cursor < head {
        // The part of the log that would tell is gone: nobody is accused, and the person decides.
        return super::receive::unexplained(ctx, conversation);
    }
    Offer::delete(ctx.tx, &conversation.group)?;
    let text = "The relay tried to put another conversation in the place of this one, with an invitation into it, although you are in \
                it. That was refused, and nothing has changed. Tell your administrator.";
    messages::note(ctx, conversation, "replacement_refused", text)?;
    ctx.warn("replacement_refused", Some(&conversation.group), text);
    Ok(())
}

/// Takes up the Welcome that was kept aside, when this device has seen by now how it went out of the conversation.
pub(super) fn take_up_offer(ctx: &mut Ctx<'_>, conversation: &Conversation) -> Result<(), CoreError> {
    if !conversation.has_ended() || is_invited(ctx, &conversation.group) {
        return Ok(());
    }
    let Some(offer) = Offer::load(ctx.tx, &conversation.group)? else { return Ok(()) };
    if is_stale(conversation, offer.epoch) {
        return Offer::delete(ctx.tx, &conversation.group);
    }
    fetch_tree(ctx, Box::new(Invited::kept(offer, None)));
    Ok(())
}

/// A connection was made: goes on with what was kept aside.
pub(crate) fn take_up_offers(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    for offer in Offer::all(ctx.tx)? {
        if let Some(conversation) = Conversation::load(ctx.tx, &offer.group)? {
            take_up_offer(ctx, &conversation)?;
        }
    }
    Ok(())
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

pub(super) fn fetch_tree(ctx: &mut Ctx<'_>, invited: Box<Invited>) {
    let request = Request::GetTree { group: invited.offer.group.clone(), epoch: invited.offer.epoch };
    ctx.call(request, Pending::Group(Call::Tree(invited)));
}

/// Whether any Welcome waits for its tree.
pub(crate) fn is_any_invited(ctx: &Ctx<'_>) -> bool {
    !ctx.state.invited.is_empty() || ctx.state.calls.values().any(super::is_joining)
}

/// Whether a Welcome to this group waits for its tree.
pub(super) fn is_invited(ctx: &Ctx<'_>, group: &GroupId) -> bool {
    ctx.state.invited.iter().any(|(_, invited)| invited.offer.group == *group)
        || ctx
            .state
            .calls
            .values()
            .any(|pending| matches!(pending, Pending::Group(Call::Tree(invited)) if invited.offer.group == *group))
}

/// Everything up to `n` is stored, unless an earlier Welcome still waits for its tree.
fn done(ctx: &mut Ctx<'_>, n: Option<u64>) -> Result<(), CoreError> {
    let Some(n) = n else { return Ok(()) };
    let fetching = ctx.state.calls.values().filter_map(|pending| match pending {
        Pending::Group(Call::Tree(invited)) => invited.n,
        _ => None,
    });
    let waiting = fetching.chain(ctx.state.invited.iter().filter_map(|(_, invited)| invited.n));
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
    let group = invited.offer.group.clone();
    let tree = match answer {
        Ok(Response::Tree(tree)) => tree.tree.0,
        Ok(_) => return Ok(()),
        Err(failure) => {
            if let Some(consent) = invited.consent {
                return replacement::not_by_welcome(ctx, consent, &group, failure);
            }
            if let Some(wait) = crate::sync::retry_after_ms(&failure) {
                // Not done: tried again soon, and the inbox delivers it again with the next connection.
                if ctx.state.link == Link::Ready {
                    ctx.state.invited.push((ctx.now_ms + wait, Box::new(invited)));
                    ctx.wake_at(ctx.now_ms + wait);
                }
                return Ok(());
            }
            Offer::delete(ctx.tx, &group)?;
            // Whoever was removed again meanwhile, or added anew since, has nothing to join here.
            if !matches!(&failure, CallFailure::Refused(refusal) if matches!(refusal.code, Code::NotMember | Code::NotFound))
            {
                refused(ctx, &group, &failure.to_string());
            }
            return done(ctx, invited.n);
        }
    };
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    let n = invited.n;
    match invited.consent {
        Some(consent) => replacement::by_welcome(ctx, &loaded, consent, &invited.offer, &tree)?,
        None => open(ctx, &loaded, &invited.offer, &tree)?,
    }
    done(ctx, n)
}

/// Joins, when nothing speaks against it; else keeps the Welcome for the person, or refuses it.
fn open(ctx: &mut Ctx<'_>, loaded: &Loaded, offer: &Offer, tree: &[u8]) -> Result<(), CoreError> {
    let existing = Conversation::load(ctx.tx, &offer.group)?;
    if let Some(conversation) = &existing {
        if is_stale(conversation, offer.epoch) {
            return Offer::delete(ctx.tx, &offer.group);
        }
        if is_in_use(conversation) {
            return keep_aside(ctx, conversation, offer);
        }
        if !conversation.has_ended() {
            match replacement::look(ctx, loaded, offer, tree) {
                Ok(seen) if seen.is_familiar(conversation) => {}
                Ok(_) => return offer_to_person(ctx, conversation, offer),
                Err(MlsError::Store(fault)) => return Err(fault.into()),
                // The real attempt says why.
                Err(_) => {}
            }
        }
    }
    match join(ctx, loaded, offer, tree) {
        Ok(()) => Ok(()),
        Err(MlsError::Store(fault)) => Err(fault.into()),
        Err(MlsError::Epoch { .. }) if existing.is_some() => Offer::delete(ctx.tx, &offer.group),
        Err(MlsError::Internal(why)) => Err(CoreError::Internal(why)),
        Err(error) => {
            Offer::delete(ctx.tx, &offer.group)?;
            refused(ctx, &offer.group, &error.to_string());
            Ok(())
        }
    }
}

/// Whether one of this person's other devices made a Welcome: then the person is behind it.
pub(super) fn is_own(ctx: &Ctx<'_>, loaded: &Loaded, by: &Leaf) -> Result<bool, CoreError> {
    Ok(by.user == *loaded.user() && OwnDevice::all(ctx.tx)?.iter().any(|own| own.device == by.device))
}

/// The conversation stands still, or ended unseen: whether it goes on with these people, its person decides.
fn offer_to_person(ctx: &mut Ctx<'_>, conversation: &Conversation, offer: &Offer) -> Result<(), CoreError> {
    let news = Offer::load(ctx.tx, &offer.group)?.is_none_or(|known| known != *offer);
    offer.keep(ctx.tx)?;
    if news {
        let text = "This device was added to this conversation again, but hasn't seen how it went out of it. Look who is in it now, \
                    then join again: repair it.";
        messages::note(ctx, conversation, "offered", text)?;
        ctx.event(Event::ConversationChanged { group: offer.group.clone() });
    }
    Ok(())
}

/// Joins by a Welcome. On an error nothing was changed but in the store: a refused Welcome has used up its key package.
pub(super) fn join(ctx: &mut Ctx<'_>, loaded: &Loaded, offer: &Offer, tree: &[u8]) -> Result<(), MlsError> {
    let internal = |error: CoreError| match error {
        CoreError::Store(fault) => MlsError::Store(chancery_mls::store::StoreFault(fault.0)),
        other => MlsError::Internal(other.to_string()),
    };
    let existing = Conversation::load(ctx.tx, &offer.group).map_err(internal)?;
    let join = Join::open(&ctx.mls(), &loaded.device, &loaded.trust, &offer.welcome, tree)?;
    if *join.id() != offer.group {
        return Err(MlsError::Mismatch("the Welcome leads to another group than the relay said"));
    }
    if let Some(conversation) = &existing {
        check_same(conversation, &join)?;
    }
    let by = join.sender().clone();
    let group = join.accept(&ctx.mls())?;
    joined(ctx, loaded, existing, offer, &by, group).map_err(internal)
}

/// What a conversation is stays: its kind for ever, and the two people of a 1:1. And it never goes back.
pub(super) fn check_same(conversation: &Conversation, join: &Join) -> Result<(), MlsError> {
    if join.epoch() <= conversation.highest_epoch && conversation.highest_epoch > 0 {
        return Err(MlsError::Epoch { message: join.epoch(), group: conversation.highest_epoch });
    }
    let people: BTreeSet<_> = join.data().roles.keys().cloned().collect();
    let same = conversation.kind == join.data().kind
        && (conversation.kind != GroupKind::Direct
            || conversation.members.is_empty()
            || people == conversation.people());
    if same { Ok(()) } else { Err(MlsError::Mismatch("it is another conversation under the id of a known one")) }
}

fn joined(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    existing: Option<Conversation>,
    offer: &Offer,
    by: &Leaf,
    group: Group,
) -> Result<(), CoreError> {
    let kind = group.data().kind;
    let is_new = existing.is_none();
    if let Some(former) = &existing {
        forget_former_life(ctx, former)?;
    }
    let mut conversation = match existing {
        Some(conversation) => conversation,
        None => Conversation::new(ctx.tx, offer.group.clone(), kind, ConversationState::Active)?,
    };
    conversation.state = ConversationState::Active;
    conversation.end_unseen = None;
    conversation.warned_at = None;
    conversation.leaving = false;
    // It may have another name by now: whoever added us tells it.
    conversation.title_is_former();
    conversation.group_link = None;
    Asked::delete(ctx.tx, &offer.group)?;
    // A later Welcome goes on with what this one leads to, when the log shows how that ended.
    if Offer::load(ctx.tx, &offer.group)?.is_some_and(|kept| kept.epoch > group.epoch()) {
        ctx.state.offers.insert(offer.group.clone(), ctx.state.follows);
    } else {
        Offer::delete(ctx.tx, &offer.group)?;
    }
    conversation.creation = None;
    conversation.cursor = offer.seq;
    conversation.returned_at = (!is_new).then_some(offer.seq);
    conversation.delivered = conversation.delivered.max(offer.seq);
    conversation.last_at_ms = conversation.last_at_ms.max(ctx.now_ms);
    let mut view = LogView::default();
    view.begin(group.epoch(), &group.epoch_authenticator(), None);
    view.save(ctx.tx, conversation.number)?;
    let before = conversation.people();
    refresh(ctx, loaded, &mut conversation, &group)?;
    if !is_new {
        messages::hold(ctx, &conversation, &before, messages::Came::Unseen)?;
    }
    if by.user != *loaded.user() {
        let text = format!("{} added you. You read on from here.", by.name);
        messages::note(ctx, &conversation, "added", &text)?;
    } else if is_new {
        conversation.read = offer.seq;
    }
    messages::owe_picture(ctx, loaded, &mut conversation)?;
    conversation.save(ctx.tx)?;
    ctx.put_group(group);
    // Whoever added us may not have known of our other devices yet.
    super::reconcile(ctx, &conversation)?;
    ctx.event(Event::ConversationChanged { group: offer.group.clone() });
    super::follow(ctx, &conversation)
}

/// This device was in the group before and comes in anew, maybe without having seen how it went out: what it was about to commit or
/// propose then is void, and what waits to be sent is encrypted anew.
fn forget_former_life(ctx: &mut Ctx<'_>, conversation: &Conversation) -> Result<(), CoreError> {
    PendingCommit::delete(ctx.tx, conversation)?;
    ctx.state.submitting.remove(&conversation.group);
    ctx.state.wait_epoch.remove(&conversation.group);
    ctx.state.gaps.remove(&conversation.group);
    ctx.state.offers.remove(&conversation.group);
    for (key, operation) in Operation::of(ctx.tx, conversation)? {
        if matches!(operation.kind, OperationKind::Leave | OperationKind::CommitPending | OperationKind::SelfUpdate) {
            Operation::delete(ctx.tx, &key)?;
        }
        ctx.state.claimed.remove(key.as_slice());
    }
    messages::encrypt_anew(ctx, conversation)
}

pub(super) fn refused(ctx: &mut Ctx<'_>, group: &GroupId, why: &str) {
    let message = format!(
        "This device was to be added to a conversation, but that can't be trusted or no longer works ({why}). \
                           It was refused; ask to be added again."
    );
    ctx.warn("refused_welcome", Some(group), message);
}
