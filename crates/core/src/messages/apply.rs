//! What content does, whoever sent it: a message takes its place, an edit, deletion or reaction changes one that is there, a report
//! moves marks.

use super::{receipts, view};
use crate::{
    api::Event,
    engine::{CoreError, Ctx, Loaded},
    group_links,
    records::{
        Account, Conversation, Expiring, IndexEntry, MessageRecord, Orphan, PictureOf, Reaction, decode, encode,
        message_key, scan_prefix, split_message_key,
    },
    storage::Table,
};
use chancery_mls::GroupKind;
use chancery_wire::{
    MessageId, UserId,
    content::{Body, MimiContent, is_small_picture},
    frames::LogItem,
    text::shown_name,
};

/// Reactions kept for one message; further ones are dropped.
const MAX_REACTIONS: usize = 1000;
/// Orphans kept for one message that isn't here.
const MAX_ORPHANS: usize = 100;

/// Applies content at its place in the log; the epoch is the one it was encrypted in.
#[allow(clippy::too_many_arguments, reason = "a message with its sender, place and bytes")]
pub(super) fn apply(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
    sender: &UserId,
    (item, epoch): (&LogItem, u64),
    bytes: &[u8],
    content: &MimiContent,
    id: MessageId,
) -> Result<(), CoreError> {
    let body = Body::of(content);
    match &body {
        Body::Status(report) => receipts::apply(ctx, conversation, sender, item.at_ms, report)?,
        Body::GroupProfile(profile) => {
            conversation.owes_name = None;
            // Whoever adds a device tells it the name; only an admin changes it.
            let first = conversation.title.is_empty();
            let may = first || conversation.role_of(sender) == Some(chancery_mls::Role::Admin);
            if may && conversation.title != profile.name {
                if !conversation.title.is_empty() {
                    let by = if sender == loaded.user() {
                        "You".to_owned()
                    } else {
                        crate::records::name_of(ctx.tx, sender)?
                    };
                    let text = format!("{by} named this conversation “{}”.", shown_name(&profile.name));
                    super::note_at(ctx, conversation, item.seq, item.at_ms, "renamed", &text)?;
                }
                conversation.title = profile.name.clone();
                conversation.former_title = None;
                ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
            }
            let picture = profile.picture.as_deref().filter(|picture| is_small_picture(picture));
            if may && PictureOf::Group(&conversation.group).set(ctx.tx, picture)? {
                if !first {
                    let by = if sender == loaded.user() {
                        "You".to_owned()
                    } else {
                        crate::records::name_of(ctx.tx, sender)?
                    };
                    let did = if picture.is_some() { "changed" } else { "removed" };
                    let text = format!("{by} {did} the picture of this conversation.");
                    super::note_at(ctx, conversation, item.seq, item.at_ms, "picture", &text)?;
                }
                ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
            }
        }
        Body::UserProfile(profile) => {
            if PictureOf::User(sender).set(ctx.tx, profile.picture.as_deref())? {
                ctx.event(Event::PersonChanged { user: sender.clone() });
            }
        }
        Body::Settings(settings) => {
            let place = (item.seq, item.at_ms);
            super::expire::apply_settings(ctx, loaded, conversation, sender, place, settings)?;
        }
        Body::GroupLink(setting) => {
            group_links::apply(ctx, loaded, conversation, sender, (item, epoch), setting)?;
        }
        Body::JoinRequest(request) => {
            group_links::requested(ctx, loaded, conversation, sender, item, id, request)?;
        }
        Body::JoinAnswer { request, answer } => {
            group_links::answered(ctx, loaded, conversation, sender, item, request, answer)?;
        }
        Body::Edit { target, .. } | Body::Delete { target } => {
            if !change(ctx, conversation, sender, bytes, content, target)? {
                orphan(ctx, sender, id, bytes, target)?;
            }
        }
        Body::Reaction { target, .. } => {
            if react(ctx, conversation, sender, &body, id)? {
                return Ok(());
            }
            orphan(ctx, sender, id, bytes, target)?;
        }
        Body::Unreaction { reaction, .. } => {
            if !unreact(ctx, conversation, sender, reaction)? {
                orphan(ctx, sender, id, bytes, reaction)?;
            }
        }
        Body::Text { .. }
        | Body::File(_)
        | Body::Multi { .. }
        | Body::Location(_)
        | Body::Contact(_)
        | Body::Unknown { .. } => {
            return insert(ctx, loaded, conversation, sender, item, bytes, content, id);
        }
    }
    IndexEntry::Applied.save(ctx.tx, &id)
}

/// A message of its own.
#[allow(clippy::too_many_arguments, reason = "as for apply")]
fn insert(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
    sender: &UserId,
    item: &LogItem,
    bytes: &[u8],
    content: &MimiContent,
    id: MessageId,
) -> Result<(), CoreError> {
    let body = Body::of(content);
    let key = message_key(conversation.number, item.seq, 0);
    let own = sender == loaded.user();
    let (mentions_me, mentions_everyone) = mentions(conversation, sender, Some(loaded.user()), &body);
    let expires_at_ms = super::expire::expires_at_ms(content);
    let record = MessageRecord {
        id,
        sender: Some(sender.clone()),
        at_ms: item.at_ms,
        content: bytes.to_vec().into(),
        edited: false,
        deleted: false,
        reactions: Vec::new(),
        note: None,
        item: Some(item.item),
        reply_to: content.in_reply_to,
        mentions_me,
        starred_at_ms: None,
        expires_at_ms,
        mentions_everyone: mentions_everyone.then_some(true),
        pending: None,
    };
    record.save(ctx.tx, &key)?;
    if let Some(at_ms) = expires_at_ms {
        super::schedule(ctx, at_ms, Expiring::Message, &key)?;
    }
    super::typing::still(ctx, &conversation.group, sender);
    if !own {
        super::keep::fetch_back(conversation, ctx.now_ms);
    }
    IndexEntry::Message { key: key.clone().into() }.save(ctx.tx, &id)?;
    let text = searchable(&body);
    if !text.is_empty() {
        ctx.tx.index_text(&key, &text)?;
    }
    conversation.preview = view::preview(&body);
    conversation.last_at_ms = conversation.last_at_ms.max(item.at_ms);
    if own {
        // Written on this device or another of ours: what stands before it was read there.
        conversation.read = conversation.read.max(item.seq);
        conversation.unread = 0;
        conversation.unread_mentions = 0;
    } else if item.seq > conversation.read {
        conversation.unread += 1;
        conversation.unread_mentions += u64::from(record.mentions_me);
    }
    adopt_orphans(ctx, conversation, &id)?;
    conversation.save(ctx.tx)?;
    if let Some((group, message)) = view::message(ctx.tx, &id)? {
        ctx.event(Event::Message { group, message, new: true });
    }
    Ok(())
}

/// What full-text search finds: texts and names of files, places and people.
pub(crate) fn searchable(body: &Body) -> String {
    let names = body.files().into_iter().map(|file| file.name.as_str());
    let other = match body {
        Body::Location(location) => Some(location.name.as_str()),
        Body::Contact(card) => Some(card.name.as_str()),
        _ => None,
    };
    body.texts().into_iter().chain(names).chain(other).collect::<Vec<_>>().join("\n")
}

/// An edit or a deletion. `false`: the message isn't here.
fn change(
    ctx: &mut Ctx<'_>,
    conversation: &mut Conversation,
    sender: &UserId,
    bytes: &[u8],
    content: &MimiContent,
    target: &MessageId,
) -> Result<bool, CoreError> {
    let Some((key, mut record)) = target_of(ctx, conversation, target)? else { return Ok(false) };
    if record.sender.as_ref() != Some(sender) || record.deleted {
        // Somebody else's message, or one that is gone: nothing happens.
        return Ok(true);
    }
    let counted = is_counted(ctx, conversation, &key, &record)?;
    let mentioned = u64::from(record.mentions_me);
    match Body::of(content) {
        Body::Delete { .. } => {
            if counted {
                conversation.unread = conversation.unread.saturating_sub(1);
            }
            record.deleted = true;
            record.content = Vec::new().into();
            record.reactions.clear();
            record.mentions_me = false;
            record.mentions_everyone = None;
            super::keep::unstar(ctx.tx, &key, &mut record)?;
            ctx.tx.unindex_text(&key)?;
        }
        body => {
            record.content = bytes.to_vec().into();
            record.edited = true;
            let (me, everyone) = mentions(conversation, sender, me(ctx)?.as_ref(), &body);
            record.mentions_me = me;
            record.mentions_everyone = everyone.then_some(true);
            let text = searchable(&body);
            ctx.tx.index_text(&key, &text)?;
        }
    }
    if counted {
        let others = conversation.unread_mentions.saturating_sub(mentioned);
        conversation.unread_mentions = others + u64::from(record.mentions_me);
    }
    record.save(ctx.tx, &key)?;
    super::expire::refresh_preview(ctx, conversation)?;
    tell(ctx, target)?;
    ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    Ok(true)
}

fn me(ctx: &Ctx<'_>) -> Result<Option<UserId>, CoreError> {
    Ok(Account::load(ctx.tx)?.map(|account| account.user))
}

/// Whether a message is among those that the conversation counts as unread.
fn is_counted(
    ctx: &Ctx<'_>,
    conversation: &Conversation,
    key: &[u8],
    record: &MessageRecord,
) -> Result<bool, CoreError> {
    let unread = split_message_key(key).is_some_and(|(_, seq)| seq > conversation.read);
    Ok(unread && record.sender.is_some() && record.sender != me(ctx)?)
}

/// Whether a text calls the person, and whether it calls everybody.
fn mentions(conversation: &Conversation, sender: &UserId, me: Option<&UserId>, body: &Body) -> (bool, bool) {
    let may_call_everyone =
        conversation.kind == GroupKind::Direct || conversation.role_of(sender) == Some(chancery_mls::Role::Admin);
    let everyone = may_call_everyone && body.mentions_everyone();
    let own = Some(sender) == me;
    (!own && (everyone || me.is_some_and(|me| body.mentions().contains(&me))), everyone)
}

/// A reaction. `false`: the message isn't here.
fn react(
    ctx: &mut Ctx<'_>,
    conversation: &mut Conversation,
    sender: &UserId,
    body: &Body,
    id: MessageId,
) -> Result<bool, CoreError> {
    let Body::Reaction { target, emoji } = body else { return Ok(true) };
    let Some((key, mut record)) = target_of(ctx, conversation, target)? else { return Ok(false) };
    IndexEntry::Reaction { target: *target }.save(ctx.tx, &id)?;
    let present = record.reactions.iter().any(|reaction| reaction.user == *sender && reaction.emoji == *emoji);
    if record.deleted || present || record.reactions.len() >= MAX_REACTIONS {
        return Ok(true);
    }
    record.reactions.push(Reaction { emoji: emoji.clone(), user: sender.clone(), message: id });
    record.save(ctx.tx, &key)?;
    adopt_orphans(ctx, conversation, &id)?;
    tell(ctx, target)?;
    Ok(true)
}

/// A reaction is taken back. `false`: the reaction isn't here.
fn unreact(
    ctx: &mut Ctx<'_>,
    conversation: &Conversation,
    sender: &UserId,
    reaction: &MessageId,
) -> Result<bool, CoreError> {
    let target = match IndexEntry::load(ctx.tx, reaction)? {
        Some(IndexEntry::Reaction { target }) => target,
        _ => return Ok(false),
    };
    if let Some((key, mut record)) = target_of(ctx, conversation, &target)? {
        record.reactions.retain(|r| r.message != *reaction || r.user != *sender);
        record.save(ctx.tx, &key)?;
        tell(ctx, &target)?;
    }
    Ok(true)
}

fn target_of(
    ctx: &Ctx<'_>,
    conversation: &Conversation,
    target: &MessageId,
) -> Result<Option<(Vec<u8>, MessageRecord)>, CoreError> {
    let Some(IndexEntry::Message { key }) = IndexEntry::load(ctx.tx, target)? else { return Ok(None) };
    // A message of another conversation can't be changed from here.
    if !key.starts_with(&conversation.prefix()) {
        return Ok(None);
    }
    Ok(MessageRecord::load(ctx.tx, &key)?.map(|record| (key.to_vec(), record)))
}

fn tell(ctx: &mut Ctx<'_>, id: &MessageId) -> Result<(), CoreError> {
    if let Some((group, message)) = view::message(ctx.tx, id)? {
        ctx.event(Event::Message { group, message, new: false });
    }
    Ok(())
}

/// Keeps a change whose message or reaction isn't here yet: the history may bring it.
fn orphan(
    ctx: &mut Ctx<'_>,
    sender: &UserId,
    id: MessageId,
    bytes: &[u8],
    target: &MessageId,
) -> Result<(), CoreError> {
    if scan_prefix(ctx.tx, Table::Orphan, target.as_bytes(), MAX_ORPHANS)?.len() >= MAX_ORPHANS {
        return Ok(());
    }
    let number = crate::records::next_number(ctx.tx, "orphan")?;
    let key = [target.as_bytes(), &number.to_be_bytes()[..]].concat();
    let record = Orphan { sender: sender.clone(), id, content: bytes.to_vec().into() };
    Ok(ctx.tx.put(Table::Orphan, &key, &encode(&record))?)
}

/// A message or a reaction is here now: applies what waited for it.
pub(crate) fn adopt_orphans(
    ctx: &mut Ctx<'_>,
    conversation: &mut Conversation,
    target: &MessageId,
) -> Result<(), CoreError> {
    for (key, value) in scan_prefix(ctx.tx, Table::Orphan, target.as_bytes(), MAX_ORPHANS)? {
        ctx.tx.delete(Table::Orphan, &key)?;
        let orphan: Orphan = decode(&value, "orphan")?;
        let Ok(content) = MimiContent::from_slice(&orphan.content) else { continue };
        let body = Body::of(&content);
        match &body {
            Body::Reaction { .. } => {
                react(ctx, conversation, &orphan.sender, &body, orphan.id)?;
            }
            Body::Unreaction { .. } => {
                unreact(ctx, conversation, &orphan.sender, target)?;
            }
            _ => {
                change(ctx, conversation, &orphan.sender, &orphan.content, &content, target)?;
            }
        }
    }
    Ok(())
}
