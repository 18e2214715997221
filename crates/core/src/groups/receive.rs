//! Following a group's log: every item in order, once; own ones by their exact bytes, others through MLS.

use super::{Call, commit, plan, refresh};
use crate::{
    account,
    api::{ConversationState, Event},
    engine::{CoreError, Ctx, Loaded, Pending},
    group_links, links,
    messages::{self, Came},
    records::{Conversation, LogView, Offer, Operation, OperationKind, PendingCommit, Seen, name_of},
};
use chancery_mls::{
    Group, MlsError, Processed,
    rules::{Actor, Change, Leaf},
};
use chancery_wire::{
    GroupId, Refusal,
    api::{Request, groups::Report},
    frames::{Cursor, ItemKind, LogItem},
    refusal::Code,
    signed::ChainError,
};
use std::collections::BTreeSet;

/// What happened with one item.
enum Outcome {
    Next,
    /// The conversation can't go on.
    Stop,
}

/// Whether a group stands still until the organisation's keys are here.
fn waits_for_keys(ctx: &Ctx<'_>, group: &GroupId) -> bool {
    matches!(ctx.state.unknown_keys.get(group), Some((_, false)))
}

/// The organisation's keys were asked for and are here: what stood still for them is read again.
pub(crate) fn keys_are_here(ctx: &mut Ctx<'_>) -> Result<(), CoreError> {
    let mut waiting = Vec::new();
    for (group, (_, fetched)) in &mut ctx.state.unknown_keys {
        if !std::mem::replace(fetched, true) {
            waiting.push(group.clone());
        }
    }
    for group in waiting {
        if let Some(conversation) = Conversation::load(ctx.tx, &group)?.filter(Conversation::is_followed) {
            super::follow(ctx, &conversation)?;
        }
    }
    Ok(())
}

pub(crate) fn receive(ctx: &mut Ctx<'_>, id: &GroupId, items: &[LogItem]) -> Result<(), CoreError> {
    if waits_for_keys(ctx, id) {
        // They come again.
        return Ok(());
    }
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    let Some(mut conversation) = Conversation::load(ctx.tx, id)?.filter(Conversation::is_followed) else {
        return Ok(());
    };
    let mut group = match ctx.take_group(&loaded, id) {
        Ok(group) => group,
        Err(MlsError::Store(fault)) => return Err(fault.into()),
        Err(error) => {
            damage(ctx, &mut conversation, 0, "commit_invalid", &error.to_string())?;
            return conversation.save(ctx.tx);
        }
    };
    let mut view = LogView::load(ctx.tx, conversation.number)?;
    let mut delivered = Vec::new();
    for item in items {
        if item.seq <= conversation.cursor {
            continue;
        }
        if item.seq != conversation.cursor + 1 {
            gap(ctx, &conversation, item.seq)?;
            break;
        }
        let step = Step { loaded: &loaded, item };
        match step.process(ctx, &mut conversation, &mut group, &mut view, &mut delivered)? {
            Outcome::Next => conversation.cursor = item.seq,
            Outcome::Stop => break,
        }
        if !conversation.is_followed() {
            break;
        }
    }
    view.save(ctx.tx, conversation.number)?;
    if !delivered.is_empty() {
        messages::owe_delivery(&loaded, &mut conversation);
    }
    conversation.save(ctx.tx)?;
    ctx.state.unacknowledged.insert(id.clone(), conversation.cursor);
    super::welcome::take_up_offer(ctx, &conversation)?;
    if conversation.is_followed() {
        ctx.put_group(group);
    } else if matches!(conversation.state, ConversationState::Removed | ConversationState::Left) {
        group.delete(&ctx.mls()).map_err(|e| CoreError::Internal(format!("deleting a group's secrets: {e}")))?;
    }
    ctx.touch(id);
    Ok(())
}

/// A place where the relay skipped positions.
pub(crate) struct Gap {
    /// The last item here.
    after: u64,
    /// The first one that came instead of the next.
    seq: u64,
    /// `CaughtUp` frames that belong to earlier questions.
    answers: u32,
}

/// The relay skipped positions: ask again. An honest relay skips too, while this device is being added again on this connection; so
/// nothing is said before the answer.
fn gap(ctx: &mut Ctx<'_>, conversation: &Conversation, seq: u64) -> Result<(), CoreError> {
    if ctx.state.gaps.get(&conversation.group).is_some_and(|gap| gap.after == conversation.cursor) {
        return Ok(());
    }
    let gap = Gap { after: conversation.cursor, seq, answers: ctx.state.follows };
    ctx.state.gaps.insert(conversation.group.clone(), gap);
    super::follow(ctx, conversation)
}

/// The answer to the question came: what is missing still is withheld, or was deleted before this device came for it.
fn check_gap(ctx: &mut Ctx<'_>, conversation: &mut Conversation) -> Result<(), CoreError> {
    let Some(gap) = ctx.state.gaps.get_mut(&conversation.group) else { return Ok(()) };
    if gap.after == conversation.cursor && gap.answers > 0 && ctx.state.follows > 0 {
        gap.answers -= 1;
        return Ok(());
    }
    let Some(gap) = ctx.state.gaps.remove(&conversation.group) else { return Ok(()) };
    if gap.after != conversation.cursor || conversation.warned_at == Some(conversation.cursor) {
        return Ok(());
    }
    if Offer::load(ctx.tx, &conversation.group)?.is_some_and(|offer| offer.epoch > conversation.highest_epoch) {
        return unexplained(ctx, conversation);
    }
    conversation.warned_at = Some(conversation.cursor);
    let text = format!(
        "The relay skipped from message {} to {} of this conversation, and doesn't deliver what is between. Nothing after it is \
         shown, so that nothing is shown in a wrong order. Tell your administrator.",
        gap.after, gap.seq
    );
    messages::note(ctx, conversation, "log_gap", &text)?;
    ctx.warn("log_gap", Some(&conversation.group), text);
    report(ctx, conversation, gap.seq, "gap");
    conversation.save(ctx.tx)
}

/// It went out and came in again; the relay doesn't show how. That proves nothing against anybody, and the person looks.
pub(super) fn unexplained(ctx: &mut Ctx<'_>, conversation: &mut Conversation) -> Result<(), CoreError> {
    conversation.state = ConversationState::Damaged;
    let text = "The relay says that this device was removed from this conversation and added again, and doesn't show how. Repair it \
                to go on; you will see who is in it now.";
    messages::note(ctx, conversation, "damaged", text)?;
    ctx.warn("damaged", Some(&conversation.group), text);
    ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    conversation.save(ctx.tx)?;
    commit::forget(ctx, conversation)
}

fn report(ctx: &mut Ctx<'_>, conversation: &Conversation, seq: u64, reason: &str) {
    let body = Report { seq, epoch: conversation.epoch, reason: reason.to_owned() };
    let group = conversation.group.clone();
    ctx.call(Request::Report { group, body }, Pending::Group(Call::Report));
}

/// Stops the conversation until a person repairs it.
pub(super) fn damage(
    ctx: &mut Ctx<'_>,
    conversation: &mut Conversation,
    seq: u64,
    reason: &str,
    why: &str,
) -> Result<(), CoreError> {
    conversation.state = ConversationState::Damaged;
    let text = format!(
        "This conversation can't go on: a change of it was refused ({why}). Nothing is lost up to here. Repair it to go on; \
         if this happens again, tell your administrator."
    );
    messages::note(ctx, conversation, "damaged", &text)?;
    ctx.warn("damaged", Some(&conversation.group), text);
    report(ctx, conversation, seq, reason);
    ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    Ok(())
}

/// This device isn't in the conversation any more, as the log shows.
fn gone(ctx: &mut Ctx<'_>, conversation: &mut Conversation) -> Result<(), CoreError> {
    conversation.end_unseen = None;
    let text = if conversation.leaving { "You left." } else { "You were removed from this conversation." };
    end(ctx, conversation, text)
}

/// The conversation is over on this device; `text` says how.
pub(super) fn end(ctx: &mut Ctx<'_>, conversation: &mut Conversation, text: &str) -> Result<(), CoreError> {
    conversation.state = if conversation.leaving { ConversationState::Left } else { ConversationState::Removed };
    messages::note(ctx, conversation, "removed", text)?;
    conversation.group_link = None;
    for (_, operation) in Operation::of(ctx.tx, conversation)? {
        group_links::give_up(ctx, conversation, &operation.kind)?;
    }
    messages::fail_waiting(ctx, conversation, super::GONE)?;
    ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    Ok(())
}

/// Devices, in the order of the tree, that tell the name for somebody who can't: some of them may not know it themselves.
const NAME_TELLERS: usize = 8;

const DAY_MS: u64 = 24 * 3600 * 1000;

struct Step<'a> {
    loaded: &'a Loaded,
    item: &'a LogItem,
}

impl Step<'_> {
    fn process(
        &self,
        ctx: &mut Ctx<'_>,
        conversation: &mut Conversation,
        group: &mut Group,
        view: &mut LogView,
        delivered: &mut Vec<chancery_wire::MessageId>,
    ) -> Result<Outcome, CoreError> {
        let item = self.item;
        self.note_time(ctx, conversation, view)?;
        if item.device == Some(self.loaded.account.device)
            && let Some(outcome) = self.own(ctx, conversation, group, view)?
        {
            return Ok(outcome);
        }
        if conversation.state == ConversationState::Rejoining {
            // Between the rejoin's GroupInfo and its own commit nothing can be read.
            return Ok(Outcome::Next);
        }
        match group.process(&ctx.mls(), &self.loaded.trust, &item.body, self.at_seconds()) {
            Ok(Processed::Application { sender, content, aad, epoch }) => {
                if item.device.is_some_and(|device| device != sender.device) {
                    self.warn(
                        ctx,
                        conversation,
                        "forged_sender",
                        "The relay named another sender for a message than the one \
                         who really sent it. The true sender is shown. Tell your administrator.",
                    )?;
                }
                let seen: Option<Seen> = minicbor::decode(&aad).ok();
                if seen.is_some_and(|seen| !view.agrees(&seen)) && view.is_news() {
                    self.warn(ctx, conversation, "history_mismatch", "The relay shows you and another member different \
                         histories of this conversation: messages may have been withheld, added or reordered. Tell your administrator.")?;
                }
                view.append(item);
                if let Some(id) = messages::receive(ctx, self.loaded, conversation, &sender, (item, epoch), &content)? {
                    delivered.push(id);
                }
                Ok(Outcome::Next)
            }
            Ok(Processed::Proposal { .. }) => {
                view.append(item);
                if plan::everybody_goes(group) {
                    gone(ctx, conversation)?;
                } else {
                    plan::queue_commit_of_proposals(ctx, conversation, group)?;
                }
                Ok(Outcome::Next)
            }
            Ok(Processed::Commit { actor, removed, changes, .. }) => {
                self.committed(ctx, conversation, group, view, &actor, &changes, removed)?;
                links::entered(ctx, conversation, &changes, item.seq)?;
                Ok(Outcome::Next)
            }
            Err(MlsError::Store(fault)) => Err(fault.into()),
            Err(MlsError::Internal(why)) => Err(CoreError::Internal(why)),
            Err(error) => self.refused(ctx, conversation, view, &error),
        }
    }

    /// The time that the log states, in seconds since 1970: certificates are judged by it, never by the clock here.
    fn at_seconds(&self) -> u64 {
        self.item.at_ms / 1000
    }

    /// The time of a log rises. Where it falls by more than a day the person is told; the items count as they are.
    fn note_time(
        &self,
        ctx: &mut Ctx<'_>,
        conversation: &mut Conversation,
        view: &mut LogView,
    ) -> Result<(), CoreError> {
        let Some(fell) = view.note_time(self.item) else { return Ok(()) };
        let text = format!(
            "The relay's time for this conversation went back by {} days: its clock was wrong before, or is now. Messages keep their order. \
             Tell your administrator.",
            fell / DAY_MS
        );
        self.warn(ctx, conversation, "log_time", &text)
    }

    /// An item that the relay says is ours. `None`: it isn't, as far as we know.
    fn own(
        &self,
        ctx: &mut Ctx<'_>,
        conversation: &mut Conversation,
        group: &mut Group,
        view: &mut LogView,
    ) -> Result<Option<Outcome>, CoreError> {
        let item = self.item;
        if item.kind == ItemKind::Application {
            if messages::sent(ctx, self.loaded, conversation, item)? {
                view.append(item);
                return Ok(Some(Outcome::Next));
            }
            return Ok(None);
        }
        let Some(pending) = PendingCommit::load(ctx.tx, conversation)?.filter(|pending| pending.item == item.item)
        else {
            return Ok(None);
        };
        if pending.body.as_slice() != item.body {
            return Ok(None);
        }
        PendingCommit::delete(ctx.tx, conversation)?;
        ctx.state.submitting.remove(&conversation.group);
        if pending.proposal {
            // Pending from now on, as for everybody else.
            ctx.touch(&conversation.group);
            return Ok(None);
        }
        if let Some(key) = &pending.operation {
            // Leaving goes on after it; it ends by itself.
            let operation = Operation::of(ctx.tx, conversation)?.into_iter().find(|(k, _)| k == key.as_slice());
            match operation.map(|(_, operation)| operation.kind) {
                Some(OperationKind::Leave) => {}
                kind => {
                    Operation::delete(ctx.tx, key)?;
                    if let Some(OperationKind::LetIn { direct, request, .. }) = kind {
                        group_links::answer(ctx, self.loaded, conversation, &direct, request, true)?;
                    }
                }
            }
            ctx.state.claimed.remove(key.as_slice());
        }
        let actor = Actor::Member { user: self.loaded.user().clone(), device: self.loaded.account.device };
        if pending.rejoin {
            super::repair::rejoined(ctx, self.loaded, conversation, group, item.seq)?;
            view.begin(group.epoch(), &group.epoch_authenticator(), Some(item));
            return Ok(Some(Outcome::Next));
        }
        let changes = match group.merge_pending_commit(&ctx.mls(), &self.loaded.trust, self.at_seconds()) {
            Ok(changes) => changes,
            Err(MlsError::Store(fault)) => return Err(fault.into()),
            Err(MlsError::Internal(why)) => return Err(CoreError::Internal(why)),
            // At the time that the log states nobody follows us there.
            Err(error) => return self.refused(ctx, conversation, view, &error).map(Some),
        };
        self.committed(ctx, conversation, group, view, &actor, &changes, false)?;
        messages::introduce(ctx, self.loaded, conversation, &changes)?;
        links::entered(ctx, conversation, &changes, item.seq)?;
        Ok(Some(Outcome::Next))
    }

    /// A commit was merged, ours or another's.
    #[allow(clippy::too_many_arguments, reason = "one commit with all it changes")]
    fn committed(
        &self,
        ctx: &mut Ctx<'_>,
        conversation: &mut Conversation,
        group: &mut Group,
        view: &mut LogView,
        actor: &Actor,
        changes: &[Change],
        removed: bool,
    ) -> Result<(), CoreError> {
        if PendingCommit::load(ctx.tx, conversation)?.is_some_and(|pending| !pending.proposal) {
            // Another commit won the epoch; the change is planned anew. The group has cleared its side already.
            PendingCommit::delete(ctx.tx, conversation)?;
            ctx.state.submitting.remove(&conversation.group);
        }
        let before: BTreeSet<_> = conversation.members.iter().map(|member| member.user.clone()).collect();
        if removed {
            return gone(ctx, conversation);
        }
        view.begin(group.epoch(), &group.epoch_authenticator(), Some(self.item));
        let roles_before: Vec<_> = conversation.members.clone();
        refresh(ctx, self.loaded, conversation, group)?;
        let devices_before = |user: &chancery_wire::UserId| {
            roles_before.iter().find(|was| was.user == *user).map_or(0, |was| was.devices)
        };
        if conversation.members.iter().any(|member| member.devices > devices_before(&member.user)) {
            messages::owe_picture(ctx, self.loaded, conversation)?;
        }
        self.note_changes(ctx, conversation, actor, &before, &roles_before)?;
        let by_us = matches!(actor, Actor::Member { user, .. } if user == self.loaded.user());
        messages::hold(ctx, conversation, &before, if by_us { Came::ByUs } else { Came::ByOthers })?;
        if before.iter().any(|user| conversation.role_of(user).is_none()) {
            group_links::ended(ctx, conversation)?;
        }
        self.tell_for_the_silent(ctx, conversation, group, actor, changes)?;
        if let Actor::Rejoiner { device, .. } = actor {
            self.tell_rejoiner(ctx, conversation, group, *device)?;
        }
        if !group.pending_proposals().is_empty() {
            plan::queue_commit_of_proposals(ctx, conversation, group)?;
        }
        ctx.touch(&conversation.group);
        Ok(())
    }

    /// Who rejoined may have missed a new name: the first admin's device tells it.
    fn tell_rejoiner(
        &self,
        ctx: &mut Ctx<'_>,
        conversation: &Conversation,
        group: &Group,
        rejoiner: chancery_wire::DeviceId,
    ) -> Result<(), CoreError> {
        let first = group.leaves().iter().find(|leaf| {
            leaf.device != rejoiner && group.data().roles.get(&leaf.user) == Some(&chancery_mls::Role::Admin)
        });
        if conversation.title.is_empty() || first.is_none_or(|leaf| leaf.device != self.loaded.account.device) {
            return Ok(());
        }
        group_links::tell(ctx, self.loaded, conversation)?;
        messages::queue_profile(ctx, self.loaded, conversation, &conversation.title)
    }

    /// Whoever adds devices tells them the group's name. When they go before they did, or may only read, those that come first in the
    /// tree and may write do.
    fn tell_for_the_silent(
        &self,
        ctx: &mut Ctx<'_>,
        conversation: &mut Conversation,
        group: &Group,
        actor: &Actor,
        changes: &[Change],
    ) -> Result<(), CoreError> {
        let added = changes.iter().any(|change| matches!(change, Change::Add { .. }));
        if let (true, Actor::Member { device, .. }) = (added, actor) {
            conversation.owes_name = Some(*device);
        }
        let Some(owing) = conversation.owes_name else { return Ok(()) };
        let may_write = |leaf: &&Leaf| group.data().roles.get(&leaf.user) != Some(&chancery_mls::Role::Reader);
        if group.leaves().iter().filter(may_write).any(|leaf| leaf.device == owing) {
            return Ok(());
        }
        conversation.owes_name = None;
        let own = self.loaded.account.device;
        let is_first = group.leaves().iter().filter(may_write).take(NAME_TELLERS).any(|leaf| leaf.device == own);
        if !is_first || conversation.title.is_empty() {
            return Ok(());
        }
        if conversation.role_of(self.loaded.user()) == Some(chancery_mls::Role::Admin) {
            group_links::tell(ctx, self.loaded, conversation)?;
        }
        messages::queue_profile(ctx, self.loaded, conversation, &conversation.title)
    }

    /// Tells in the conversation who came, who went and whose role changed.
    fn note_changes(
        &self,
        ctx: &mut Ctx<'_>,
        conversation: &Conversation,
        actor: &Actor,
        before: &BTreeSet<chancery_wire::UserId>,
        roles_before: &[crate::records::Member],
    ) -> Result<(), CoreError> {
        let by = match actor {
            Actor::Member { user, .. } | Actor::Rejoiner { user, .. } if user == self.loaded.user() => "You".to_owned(),
            Actor::Member { user, .. } | Actor::Rejoiner { user, .. } => name_of(ctx.tx, user)?,
            Actor::Relay => "The organisation".to_owned(),
        };
        if matches!(actor, Actor::Rejoiner { .. }) {
            messages::note(ctx, conversation, "rejoined", &format!("{by} rejoined with one of their devices."))?;
        }
        let after: BTreeSet<_> = conversation.members.iter().map(|member| member.user.clone()).collect();
        for user in after.difference(before) {
            let text = format!("{by} added {}.", name_of(ctx.tx, user)?);
            messages::note(ctx, conversation, "added", &text)?;
        }
        for user in before.difference(&after) {
            let name = name_of(ctx.tx, user)?;
            let text = if name == by { format!("{name} left.") } else { format!("{name} is no longer in the group.") };
            messages::note(ctx, conversation, "left", &text)?;
        }
        for member in &conversation.members {
            let was = roles_before.iter().find(|was| was.user == member.user);
            if was.is_some_and(|was| was.role != member.role) {
                let name =
                    if member.user == *self.loaded.user() { "You".to_owned() } else { name_of(ctx.tx, &member.user)? };
                let role = match member.role {
                    chancery_mls::Role::Admin => "admin",
                    chancery_mls::Role::Member => "member",
                    chancery_mls::Role::Reader => "reader",
                };
                messages::note(ctx, conversation, "role", &format!("{name}: now {role}."))?;
            }
        }
        Ok(())
    }

    /// An item that MLS or the rules refuse.
    fn refused(
        &self,
        ctx: &mut Ctx<'_>,
        conversation: &mut Conversation,
        view: &mut LogView,
        error: &MlsError,
    ) -> Result<Outcome, CoreError> {
        match (self.item.kind, error) {
            (ItemKind::Commit, MlsError::Epoch { message, group }) if message < group => {
                self.warn(
                    ctx,
                    conversation,
                    "forged_sender",
                    "The relay repeated an old change of this conversation. It was refused.",
                )?;
                Ok(Outcome::Next)
            }
            (ItemKind::Commit, MlsError::Untrusted(ChainError::NotEnrolled(_)))
                if ctx.state.unknown_keys.get(&conversation.group) != Some(&(self.item.seq, true)) =>
            {
                // The relay judged by the manifest of its day, which may be newer than this device's: that comes first.
                ctx.state.unknown_keys.insert(conversation.group.clone(), (self.item.seq, false));
                account::fetch_organisation(ctx);
                Ok(Outcome::Stop)
            }
            (ItemKind::Commit, error) => {
                damage(ctx, conversation, self.item.seq, "commit_invalid", &error.to_string())?;
                Ok(Outcome::Stop)
            }
            (ItemKind::Proposal, error) => {
                view.append(self.item);
                let message =
                    format!("The relay or a member proposed a change of this conversation that was refused ({error}).");
                self.warn(ctx, conversation, "forged_sender", &message)?;
                Ok(Outcome::Next)
            }
            (ItemKind::Application, MlsError::Replayed) => {
                view.append(self.item);
                self.warn(
                    ctx,
                    conversation,
                    "forged_sender",
                    "The relay delivered a message a second time. It was refused.",
                )?;
                Ok(Outcome::Next)
            }
            (ItemKind::Application, error) => {
                view.append(self.item);
                let own = self.item.device == Some(self.loaded.account.device);
                let text = if own {
                    "A message that this device sent before it was restored can't be shown here; your other devices have it.".to_owned()
                } else {
                    format!("A message can't be read on this device ({error}). Ask the sender to send it again.")
                };
                messages::note_at(ctx, conversation, self.item.seq, self.item.at_ms, "unreadable", &text)?;
                ctx.warn("unreadable", Some(&conversation.group), text);
                Ok(Outcome::Next)
            }
        }
    }

    fn warn(
        &self,
        ctx: &mut Ctx<'_>,
        conversation: &mut Conversation,
        code: &str,
        text: &str,
    ) -> Result<(), CoreError> {
        messages::note_at(ctx, conversation, self.item.seq, self.item.at_ms, code, text)?;
        ctx.warn(code, Some(&conversation.group), text);
        Ok(())
    }
}

/// The relay has sent what it had of a group.
pub(crate) fn caught_up(ctx: &mut Ctx<'_>, head: &Cursor) -> Result<(), CoreError> {
    if waits_for_keys(ctx, &head.group) {
        return Ok(());
    }
    let Some(mut conversation) = Conversation::load(ctx.tx, &head.group)? else { return Ok(()) };
    if head.seq < conversation.cursor {
        if conversation.warned_at != Some(conversation.cursor) {
            conversation.warned_at = Some(conversation.cursor);
            let text = "The relay has lost messages of this conversation that this device has: it was restored from an older backup, \
                        or it cheats. What is here stays here. Tell your administrator.";
            messages::note(ctx, &conversation, "relay_rolled_back", text)?;
            ctx.warn("relay_rolled_back", Some(&head.group), text);
            report(ctx, &conversation, head.seq, "rollback");
            conversation.save(ctx.tx)?;
        }
        return Ok(());
    }
    check_gap(ctx, &mut conversation)?;
    super::welcome::judge_offer(ctx, &mut conversation, head.seq)?;
    ctx.state.synced.insert(head.group.clone());
    if conversation.state == ConversationState::Active
        && conversation.cursor >= head.seq
        && let Some(loaded) = ctx.loaded()?
        && let Ok(group) = ctx.take_group(&loaded, &head.group)
    {
        let queued = super::queue_leaf_update(ctx, &loaded, &conversation, &group);
        ctx.put_group(group);
        queued?;
    }
    ctx.touch(&head.group);
    Ok(())
}

pub(crate) fn unavailable(ctx: &mut Ctx<'_>, id: &GroupId, head: u64, refusal: &Refusal) -> Result<(), CoreError> {
    let Some(mut conversation) = Conversation::load(ctx.tx, id)?.filter(Conversation::is_followed) else {
        return Ok(());
    };
    match refusal.code {
        Code::BehindHorizon => {
            conversation.state = ConversationState::Damaged;
            let text = format!(
                "This device was away too long: the relay no longer has messages {} to {head} of this conversation. Repair it to go \
                 on from now; another of your devices may still have what is missing here.",
                conversation.cursor + 1
            );
            messages::note(ctx, &conversation, "behind_horizon", &text)?;
            ctx.warn("behind_horizon", Some(id), text);
        }
        _ => {
            // Without the commit that removed us we take nobody's word for it: the conversation stops, visibly.
            conversation.state = ConversationState::Damaged;
            let text =
                "The relay says that this device isn't in this conversation any more, without showing who removed it. \
                        Ask a member, or repair it."
                    .to_owned();
            messages::note(ctx, &conversation, "damaged", &text)?;
            ctx.warn("damaged", Some(id), text);
        }
    }
    conversation.save(ctx.tx)?;
    commit::forget(ctx, &conversation)?;
    ctx.event(Event::ConversationChanged { group: id.clone() });
    Ok(())
}
