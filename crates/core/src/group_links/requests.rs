//! Requests in a 1:1, and what one of the admin's devices does about them.

use super::{MAX_OPEN_REQUESTS, MAX_REQUESTS_PER_MINUTE, ask::is_in, minute, not_sent};
use crate::{
    api::{ConversationState, Event},
    engine::{CoreError, Ctx, Loaded, user_error},
    groups, messages,
    records::{Asked, AskedOutcome, Conversation, OpenRequest, Operation, OperationKind, name_of},
};
use chancery_mls::{GroupData, GroupKind, Role};
use chancery_wire::{
    GroupId, MessageId, UserId,
    content::{GroupToken, JoinAnswer, JoinRequest, compose},
    frames::LogItem,
    text::shown_name,
};

/// A request stands in the log of a 1:1.
pub(crate) fn requested(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
    sender: &UserId,
    item: &LogItem,
    id: MessageId,
    request: &JoinRequest,
) -> Result<(), CoreError> {
    if conversation.kind != GroupKind::Direct {
        return Ok(());
    }
    let requests = conversation.join_requests.get_or_insert_default();
    let minute = minute(item.at_ms);
    if requests.minute != minute {
        (requests.minute, requests.count) = (minute, 0);
    }
    requests.count = requests.count.saturating_add(1);
    if requests.count > MAX_REQUESTS_PER_MINUTE {
        let error = user_error("too_many_requests", "You have asked often within a minute. Wait a minute.");
        return if sender == loaded.user() { not_sent(ctx, &request.group, &id, error) } else { Ok(()) };
    }
    requests.open.retain(|open| open.from != *sender || open.group != request.group);
    if requests.open.len() >= MAX_OPEN_REQUESTS {
        requests.open.remove(0);
    }
    requests.open.push(OpenRequest { id, group: request.group.clone(), from: sender.clone() });
    if sender != loaded.user() {
        return consider(ctx, loaded, conversation, sender, id, request);
    }
    // Maybe another device of ours asked.
    if let Some(admin) = conversation.peer(sender).cloned() {
        let (group, token) = (request.group.clone(), request.token);
        let text = format!("You asked {} to let you into a group.", name_of(ctx.tx, &admin)?);
        if !Conversation::load(ctx.tx, &group)?.is_some_and(|group| is_in(&group, sender)) {
            Asked { group, admin, token, request: Some(id), outcome: None }.save(ctx.tx)?;
        }
        messages::note_at(ctx, conversation, item.seq, item.at_ms, "join_asked", &text)?;
        ctx.event(Event::ConversationChanged { group: request.group.clone() });
    }
    Ok(())
}

/// Somebody asks us: decided when this device knows all that the relay has, by the first of our devices.
fn consider(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    direct: &Conversation,
    user: &UserId,
    id: MessageId,
    request: &JoinRequest,
) -> Result<(), CoreError> {
    // Of a group that isn't known here another device of ours may know.
    let Some(group) = Conversation::load(ctx.tx, &request.group)?.filter(|it| it.kind == GroupKind::Group) else {
        return Ok(());
    };
    if matches!(group.state, ConversationState::Left | ConversationState::Removed) {
        return answer(ctx, loaded, &group, &direct.group, id, false);
    }
    let kind =
        OperationKind::LetIn { user: user.clone(), token: request.token, direct: direct.group.clone(), request: id };
    let not_before_ms = ctx.now_ms + groups::own_backoff_ms(ctx, loaded)?;
    Operation::queue(ctx.tx, &group, kind, not_before_ms)?;
    ctx.touch(&group.group);
    Ok(())
}

/// What to do about a request now.
pub(crate) enum Decision {
    /// Add the person.
    LetIn,
    /// Tell them what came of it.
    Answer(bool),
    /// Nothing: it was answered, or this device doesn't know the link.
    Pass,
}

pub(crate) fn decide(
    ctx: &Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    data: &GroupData,
    user: &UserId,
    token: &GroupToken,
    (direct, request): (&GroupId, &MessageId),
) -> Result<Decision, CoreError> {
    let requests = Conversation::load(ctx.tx, direct)?.and_then(|direct| direct.join_requests);
    if !requests.is_some_and(|requests| requests.open.iter().any(|open| open.id == *request)) {
        return Ok(Decision::Pass);
    }
    if data.roles.contains_key(user) {
        return Ok(Decision::Answer(true));
    }
    let Some(link) = &conversation.group_link else { return Ok(Decision::Pass) };
    let may = data.roles.get(loaded.user()) == Some(&Role::Admin);
    Ok(if may && link.token == Some(*token) { Decision::LetIn } else { Decision::Answer(false) })
}

/// Tells the person, and our own devices, what came of a request.
pub(crate) fn answer(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    direct: &GroupId,
    request: MessageId,
    let_in: bool,
) -> Result<(), CoreError> {
    let Some(direct) = Conversation::load(ctx.tx, direct)?.filter(|it| it.state == ConversationState::Active) else {
        return Ok(());
    };
    let name = Some(conversation.title.clone()).filter(|name| let_in && !name.is_empty());
    let answer = JoinAnswer { group: conversation.group.clone(), let_in, name };
    let content = compose::join_answer(ctx.rng, request, &answer);
    messages::queue(ctx, loaded, &direct, &content)?;
    // The 1:1 may have had its turn.
    ctx.wake_at(ctx.now_ms);
    Ok(())
}

/// A change of a group can't be carried out; says whether it was for a request, which is refused then.
pub(crate) fn give_up(ctx: &mut Ctx<'_>, conversation: &Conversation, kind: &OperationKind) -> Result<bool, CoreError> {
    let OperationKind::LetIn { direct, request, .. } = kind else { return Ok(false) };
    if let Some(loaded) = ctx.loaded()? {
        answer(ctx, &loaded, conversation, direct, *request, false)?;
    }
    Ok(true)
}

/// An answer stands in the log of a 1:1; the first one to a request counts.
pub(crate) fn answered(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
    sender: &UserId,
    item: &LogItem,
    request: &MessageId,
    answer: &JoinAnswer,
) -> Result<(), CoreError> {
    let Some(requests) = &mut conversation.join_requests else { return Ok(()) };
    let is_it = |open: &OpenRequest| open.id == *request && open.group == answer.group && open.from != *sender;
    let Some(at) = requests.open.iter().position(is_it) else { return Ok(()) };
    let open = requests.open.remove(at);
    let text = if open.from == *loaded.user() {
        if let Some(mut asked) = Asked::load(ctx.tx, &open.group)?.filter(|asked| asked.request == Some(*request)) {
            asked.outcome = Some(if answer.let_in { AskedOutcome::LetIn } else { AskedOutcome::Refused });
            asked.save(ctx.tx)?;
        }
        ctx.event(Event::ConversationChanged { group: open.group });
        let admin = name_of(ctx.tx, sender)?;
        match (&answer.name, answer.let_in) {
            (Some(name), true) => format!("{admin} let you into “{}”.", shown_name(name)),
            (None, true) => format!("{admin} let you into the group."),
            (_, false) => format!("The link doesn't work any more. Ask {admin} for a new one."),
        }
    } else {
        let Some(group) = Conversation::load(ctx.tx, &open.group)? else { return Ok(()) };
        for (key, operation) in Operation::of(ctx.tx, &group)? {
            if matches!(&operation.kind, OperationKind::LetIn { request, .. } if *request == open.id) {
                Operation::delete(ctx.tx, &key)?;
            }
        }
        let (name, title) = (name_of(ctx.tx, &open.from)?, shown_name(&group.title));
        if answer.let_in {
            format!("{name} joined “{title}” with your link.")
        } else {
            format!("{name} asked to be let into “{title}” with a link that doesn't work any more.")
        }
    };
    let code = if answer.let_in { "join_let_in" } else { "join_refused" };
    messages::note_at(ctx, conversation, item.seq, item.at_ms, code, &text)
}
