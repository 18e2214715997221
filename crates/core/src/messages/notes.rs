//! Notes that this device writes into a conversation: who came and went, and warnings.

use super::view;
use crate::{
    api::Event,
    engine::{CoreError, Ctx},
    records::{Conversation, IndexEntry, MessageRecord, Note, message_key},
};
use chancery_wire::MessageId;

/// A note at the present end of the conversation.
pub(crate) fn note(ctx: &mut Ctx<'_>, conversation: &Conversation, code: &str, text: &str) -> Result<(), CoreError> {
    note_at(ctx, conversation, conversation.cursor, ctx.now_ms, code, text)
}

/// A note at a position; several may stand at the same one.
pub(crate) fn note_at(
    ctx: &mut Ctx<'_>,
    conversation: &Conversation,
    seq: u64,
    at_ms: u64,
    code: &str,
    text: &str,
) -> Result<(), CoreError> {
    let mut sub = 1;
    let key = loop {
        let key = message_key(conversation.number, seq, sub);
        match MessageRecord::load(ctx.tx, &key)? {
            Some(_) if sub < u16::MAX => sub += 1,
            _ => break key,
        }
    };
    let record = MessageRecord {
        id: MessageId::random(ctx.rng),
        sender: None,
        at_ms,
        content: Vec::new().into(),
        edited: false,
        deleted: false,
        reactions: Vec::new(),
        note: Some(Note { code: code.to_owned(), text: text.to_owned() }),
        item: None,
        reply_to: None,
        mentions_me: false,
        starred_at_ms: None,
        expires_at_ms: None,
        mentions_everyone: None,
        pending: None,
    };
    record.save(ctx.tx, &key)?;
    IndexEntry::Message { key: key.into() }.save(ctx.tx, &record.id)?;
    if let Some((group, message)) = view::message(ctx.tx, &record.id)? {
        ctx.event(Event::Message { group, message, new: true });
    }
    Ok(())
}
