//! Content that somebody sent.

use super::{apply, note_at};
use crate::{
    engine::{CoreError, Ctx, Loaded},
    records::{Conversation, IndexEntry},
};
use chancery_mls::{Role, rules::Leaf};
use chancery_wire::{
    MessageId,
    content::{Body, MimiContent, uri},
    frames::LogItem,
};

/// Whether content is a message of its own, not something about another one.
pub(crate) fn is_message(content: &MimiContent) -> bool {
    matches!(
        Body::of(content),
        Body::Text { .. }
            | Body::File(_)
            | Body::Multi { .. }
            | Body::Location(_)
            | Body::Contact(_)
            | Body::Unknown { .. }
    )
}

/// Takes up content from another device, encrypted in an epoch. Returns the message's id when its delivery is to be acknowledged.
pub(crate) fn receive(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
    sender: &Leaf,
    (item, epoch): (&LogItem, u64),
    bytes: &[u8],
) -> Result<Option<MessageId>, CoreError> {
    let parsed = MimiContent::from_slice(bytes).and_then(|content| {
        let id = content.message_id(&uri::user_uri(&sender.user), &uri::room_uri(&conversation.group))?;
        Ok((content, id))
    });
    let (content, id) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let text = format!("{} sent something that can't be shown ({error}).", sender.name);
            note_at(ctx, conversation, item.seq, item.at_ms, "unreadable", &text)?;
            return Ok(None);
        }
    };
    let status = matches!(Body::of(&content), Body::Status(_));
    if conversation.role_of(&sender.user) == Some(Role::Reader) && !status {
        // A reader's client wouldn't send and the relay wouldn't accept: both were changed.
        let text = format!("{} may only read here; what they sent is not shown.", sender.name);
        note_at(ctx, conversation, item.seq, item.at_ms, "rule_violated", &text)?;
        return Ok(None);
    }
    if IndexEntry::load(ctx.tx, &id)?.is_some() {
        // The same content from the same person a second time, or it came with the history.
        return Ok(None);
    }
    let message = is_message(&content);
    apply::apply(ctx, loaded, conversation, &sender.user, (item, epoch), bytes, &content, id)?;
    Ok((message && sender.user != *loaded.user()).then_some(id))
}
