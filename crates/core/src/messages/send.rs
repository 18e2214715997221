//! From a draft to content in the outbox.

use super::{expire, pending, queue, view};
use crate::{
    api::{CommandResult, ConversationState, Draft, Event},
    engine::{Ctx, Loaded, Stop, user_error},
    records::{Conversation, IndexEntry, MessageRecord, OutboxEntry, name_of},
};
use chancery_mls::Role;
use chancery_wire::{
    GroupId, MessageId, UserId,
    content::{Body, ContactCard, Location, MimiContent, compose, mention, mention_everyone},
    limits::{MAX_CONTENT_BYTES, MAX_TEXT_CHARS},
};

pub(crate) fn send(ctx: &mut Ctx<'_>, group: &GroupId, draft: Draft) -> Result<CommandResult, Stop> {
    let loaded = ctx.require_account()?;
    let conversation = ctx.require_conversation(group)?;
    if let Draft::Delete { message } = &draft
        && withdrawn(ctx, &conversation, message)?
    {
        return Ok(CommandResult::Done);
    }
    match conversation.state {
        ConversationState::Active | ConversationState::Creating | ConversationState::Rejoining
            if !conversation.leaving => {}
        ConversationState::Damaged => {
            return Err(
                user_error("damaged", "This conversation has to be repaired before anything can be sent.").into()
            );
        }
        _ => {
            return Err(user_error("not_member", "You aren't in this conversation any more.").into());
        }
    }
    if conversation.role_of(loaded.user()) == Some(Role::Reader) {
        return Err(user_error("reader", "You may read in this conversation, but not write.").into());
    }
    match &draft {
        // What never went out is taken back rather than sent and taken back.
        Draft::React { message, emoji, on: false }
            if pending::withdraw(
                ctx,
                message,
                |body| matches!(body, Body::Reaction { emoji: e, .. } if e == emoji),
            )? =>
        {
            return Ok(CommandResult::Done);
        }
        Draft::React { message, emoji, on: true } => {
            let present = own_reaction(ctx, &loaded, message, emoji)?;
            let is_undone =
                |body: &Body| matches!(body, Body::Unreaction { reaction, .. } if Some(*reaction) == present);
            if pending::reaction(ctx, message, emoji)?.is_some() || pending::withdraw(ctx, message, is_undone)? {
                return Ok(CommandResult::Done);
            }
        }
        _ => {}
    }
    let replaced = match &draft {
        Draft::Edit { message, .. } | Draft::Delete { message } => Some(*message),
        _ => None,
    };
    let is_text = matches!(draft, Draft::Text { .. });
    let content = compose_draft(ctx, &loaded, &conversation, draft)?;
    let content = expire::with_end(ctx, &conversation, content);
    if content.to_vec().len() > MAX_CONTENT_BYTES {
        let message = format!("A message has at most {} KiB. Send longer text as a file.", MAX_CONTENT_BYTES / 1024);
        return Err(user_error("too_large", message).into());
    }
    if let Some(message) = replaced {
        // A later edit or the deletion takes the place of edits that never went out.
        pending::withdraw(ctx, &message, |body| matches!(body, Body::Edit { .. }))?;
    }
    // Who writes has read.
    super::mark_read(ctx, group, None)?;
    if is_text {
        // What was a draft is a message now.
        super::save_draft(ctx, group, String::new(), None)?;
    }
    let id = queue(ctx, &loaded, &conversation, &content)?;
    if let Some(message) = view::message(ctx.tx, &id)?.map(|(_, message)| message) {
        ctx.event(Event::Message { group: group.clone(), message, new: true });
    }
    Ok(CommandResult::Queued { message: id })
}

/// Deleting what was never sent, or was refused, takes it back: nobody else has it, and it may be deleted wherever it is.
fn withdrawn(ctx: &mut Ctx<'_>, conversation: &Conversation, message: &MessageId) -> Result<bool, Stop> {
    match IndexEntry::load(ctx.tx, message)? {
        Some(IndexEntry::Waiting { key }) if key.starts_with(&conversation.prefix()) => {
            Ok(expire::withdraw(ctx, &key)?)
        }
        _ => Ok(false),
    }
}

fn compose_draft(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &Conversation,
    draft: Draft,
) -> Result<MimiContent, Stop> {
    Ok(match draft {
        Draft::Text { text, reply_to } => {
            let text = checked_text(&text)?;
            let text = link_mentions(ctx, loaded, conversation, text)?;
            match reply_to {
                Some(to) => {
                    require_here(ctx, conversation, &to)?;
                    compose::reply(ctx.rng, to, &text)
                }
                None => compose::text(ctx.rng, &text),
            }
        }
        Draft::Edit { message, text } => {
            let text = link_mentions(ctx, loaded, conversation, checked_text(&text)?)?;
            let (sender, content) = require_here(ctx, conversation, &message)?;
            require_own(loaded, &sender)?;
            if !matches!(Body::of(&content), Body::Text { .. } | Body::Edit { .. }) {
                return Err(
                    user_error("not_text", "Only a text can be edited. Delete the message and send it anew.").into()
                );
            }
            compose::edit(ctx.rng, message, content.in_reply_to, &text)
        }
        Draft::Delete { message } => {
            let (sender, _) = require_here(ctx, conversation, &message)?;
            require_own(loaded, &sender)?;
            compose::delete(ctx.rng, message)
        }
        Draft::React { message, emoji, on } => {
            require_here(ctx, conversation, &message)?;
            let present = own_reaction(ctx, loaded, &message, &emoji)?;
            if on {
                if emoji.is_empty() || emoji.len() > 64 || emoji.chars().any(|c| c.is_control() || c.is_whitespace()) {
                    return Err(user_error("invalid_reaction", "A reaction is one emoji.").into());
                }
                compose::reaction(ctx.rng, message, &emoji)
            } else {
                let reaction = present.ok_or_else(|| user_error("no_reaction", "You haven't reacted with this."))?;
                compose::unreact(ctx.rng, reaction, message)
            }
        }
        Draft::Forward { message } => {
            let content = content_of(ctx, &message)?
                .ok_or_else(|| user_error("no_such_message", "There is no such message on this device."))?
                .1;
            compose::forward(ctx.rng, &content)
        }
        Draft::File { file, caption, reply_to } => {
            if !caption.trim().is_empty() {
                checked_text(&caption)?;
            }
            let caption = link_mentions(ctx, loaded, conversation, &caption)?;
            let caption = (!caption.is_empty()).then_some(caption.as_str());
            let content = compose::attachment(ctx.rng, caption, &[file]);
            match reply_to {
                Some(to) => {
                    require_here(ctx, conversation, &to)?;
                    content.replying_to(to)
                }
                None => content,
            }
        }
        Draft::Location { latitude_e7, longitude_e7, accuracy_m, name } => {
            let location = Location { latitude_e7, longitude_e7, accuracy_m, name };
            if !location.is_valid() {
                return Err(
                    user_error("invalid_location", "This is no place on the earth, or its name is too long.").into()
                );
            }
            compose::location(ctx.rng, &location)
        }
        Draft::Contact { name, user, emails, phones } => {
            let card = ContactCard { name, user, emails, phones };
            if !card.is_valid() {
                return Err(user_error("invalid_contact", "This contact has no name, or too much of something.").into());
            }
            compose::contact(ctx.rng, &card)
        }
    })
}

fn checked_text(text: &str) -> Result<&str, Stop> {
    if text.trim().is_empty() {
        return Err(user_error("empty", "There is nothing to send.").into());
    }
    // No text of fewer bytes has more characters.
    if text.len() > MAX_TEXT_CHARS && text.chars().count() > MAX_TEXT_CHARS {
        let message = format!(
            "A message has at most {MAX_TEXT_CHARS} characters, and this text has {}. Send it as a file.",
            text.chars().count()
        );
        return Err(user_error("too_large", message).into());
    }
    Ok(text)
}

/// `@user@domain`, or `@user` of the members, becomes a mention; an admin's `@all` one of everybody.
fn link_mentions(ctx: &Ctx<'_>, loaded: &Loaded, conversation: &Conversation, text: &str) -> Result<String, Stop> {
    let may_call_everyone = conversation.role_of(loaded.user()) == Some(Role::Admin);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let word_start = before
            .chars()
            .next_back()
            .or(out.chars().next_back())
            .is_none_or(|c| c.is_whitespace() || "([{\"'".contains(c));
        let name = &after[1..];
        let end = name
            .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || "@._-".contains(c)))
            .unwrap_or(name.len());
        let name = name[..end].trim_end_matches(['.', '-', '_', '@']);
        let member = conversation
            .members
            .iter()
            .map(|member| &member.user)
            .find(|user| word_start && !name.is_empty() && (user.as_str() == name || user.local() == name));
        match member {
            Some(user) => {
                out.push_str(&mention(&name_of(ctx.tx, user)?, user));
                rest = &after[1 + name.len()..];
            }
            None if word_start && name == "all" && may_call_everyone => {
                out.push_str(&mention_everyone(&conversation.group));
                rest = &after[1 + name.len()..];
            }
            None => {
                out.push('@');
                rest = &after[1..];
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Sender and content of a message that stands in this conversation and wasn't deleted.
fn require_here(ctx: &Ctx<'_>, conversation: &Conversation, id: &MessageId) -> Result<(UserId, MimiContent), Stop> {
    match content_of(ctx, id)? {
        Some((number, content, sender)) if number == conversation.number => Ok((sender, content)),
        Some(_) => Err(user_error("other_conversation", "This message is in another conversation.").into()),
        None => {
            Err(user_error("no_such_message", "There is no such message on this device, or it was deleted.").into())
        }
    }
}

fn require_own(loaded: &Loaded, sender: &UserId) -> Result<(), Stop> {
    if sender != loaded.user() {
        return Err(user_error("not_sender", "Only its sender can edit or delete a message.").into());
    }
    Ok(())
}

/// Conversation number, content and sender, of a message that is here or waits.
fn content_of(ctx: &Ctx<'_>, id: &MessageId) -> Result<Option<ContentOf>, Stop> {
    let own = || crate::records::Account::load(ctx.tx).map(|account| account.map(|account| account.user));
    Ok(match IndexEntry::load(ctx.tx, id)? {
        Some(IndexEntry::Message { key }) => {
            let record = MessageRecord::load(ctx.tx, &key)?.filter(|record| !record.deleted);
            let number = crate::records::split_message_key(&key).map(|(number, _)| number);
            match (record, number) {
                (Some(MessageRecord { sender: Some(sender), content, .. }), Some(number)) => {
                    MimiContent::from_slice(&content).ok().map(|content| (number, content, sender))
                }
                _ => None,
            }
        }
        Some(IndexEntry::Waiting { key }) => {
            let number = key.get(..4).and_then(|n| n.try_into().ok()).map(u32::from_be_bytes);
            match (OutboxEntry::load(ctx.tx, &key)?, number, own()?) {
                (Some(entry), Some(number), Some(sender)) => {
                    MimiContent::from_slice(&entry.content).ok().map(|content| (number, content, sender))
                }
                _ => None,
            }
        }
        _ => None,
    })
}

type ContentOf = (u32, MimiContent, UserId);

/// The message that set our reaction with this emoji.
fn own_reaction(ctx: &Ctx<'_>, loaded: &Loaded, message: &MessageId, emoji: &str) -> Result<Option<MessageId>, Stop> {
    if let Some(waiting) = pending::reaction(ctx, message, emoji)? {
        return Ok(Some(waiting));
    }
    let Some(IndexEntry::Message { key }) = IndexEntry::load(ctx.tx, message)? else { return Ok(None) };
    Ok(MessageRecord::load(ctx.tx, &key)?.and_then(|record| {
        record
            .reactions
            .iter()
            .find(|reaction| reaction.user == *loaded.user() && reaction.emoji == emoji)
            .map(|reaction| reaction.message)
    }))
}
