//! Whom a waiting message was written for. What waits is never encrypted for somebody who came into the conversation after it was
//! written, by somebody else's doing, before the person says so.
//!
//! **Invariant:** an entry without newcomers was written for a set of people that holds everybody who is in the conversation now.

use super::{outbox, view};
use crate::{
    api::Event,
    engine::{CoreError, Ctx},
    records::{Conversation, OutboxEntry},
};
use chancery_wire::{
    UserId,
    content::{Body, MimiContent},
};
use std::collections::BTreeSet;

/// How people came into a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// This person added them.
    ByUs,
    /// Somebody else did, as the log shows.
    ByOthers,
    /// The conversation goes on in another place than where this device had read it.
    Unseen,
}

/// What becomes of content that waits when somebody came whom it wasn't written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It tells nothing that only the others were to know, or concerns the conversation as it is.
    Goes,
    /// The person decides.
    Held,
    /// It is taken back, and the person is told: it has no place of its own where one could decide.
    TakenBack,
}

fn fate(content: &[u8], came: Came) -> Fate {
    let Ok(content) = MimiContent::from_slice(content) else { return Fate::Held };
    match Body::of(&content) {
        Body::Edit { .. } => Fate::TakenBack,
        // They name a message and say nothing; a deletion has to arrive.
        Body::Status(_) | Body::Reaction { .. } | Body::Unreaction { .. } | Body::Delete { .. } => Fate::Goes,
        _ if super::receive::is_message(&content) => Fate::Held,
        // Name, picture, link and settings of the group: whoever was added properly is to know them.
        _ if came == Came::ByOthers => Fate::Goes,
        _ => Fate::TakenBack,
    }
}

/// Notes in one entry who came and went. Says whether somebody is there now whom it wasn't written for.
fn note(entry: &mut OutboxEntry, came: &BTreeSet<UserId>, went: &BTreeSet<UserId>, by: Came) -> bool {
    let mut newcomers: BTreeSet<UserId> = entry.newcomers.take().unwrap_or_default().into_iter().collect();
    let mut gone: BTreeSet<UserId> = entry.gone.take().unwrap_or_default().into_iter().collect();
    for user in went {
        if !newcomers.remove(user) {
            gone.insert(user.clone());
        }
    }
    for user in came {
        if !gone.remove(user) && by != Came::ByUs {
            newcomers.insert(user.clone());
        }
    }
    let some = |users: BTreeSet<UserId>| Some(users.into_iter().collect::<Vec<_>>()).filter(|users| !users.is_empty());
    (entry.newcomers, entry.gone) = (some(newcomers), some(gone));
    entry.newcomers.is_some()
}

/// People came or went: what waits is held, goes on, or is taken back. `before` are those who were in the conversation until now.
pub(crate) fn hold(
    ctx: &mut Ctx<'_>,
    conversation: &Conversation,
    before: &BTreeSet<UserId>,
    by: Came,
) -> Result<(), CoreError> {
    let now = conversation.people();
    let came: BTreeSet<UserId> = now.difference(before).cloned().collect();
    let went: BTreeSet<UserId> = before.difference(&now).cloned().collect();
    if came.is_empty() && went.is_empty() {
        return Ok(());
    }
    let mut held = 0;
    for (key, mut entry) in OutboxEntry::all(ctx.tx, conversation)? {
        let was_held = entry.is_held();
        let newcomers = note(&mut entry, &came, &went, by);
        match if newcomers { fate(&entry.content, by) } else { Fate::Goes } {
            Fate::Held => {
                held += u64::from(entry.is_held() && !was_held);
                entry.save(ctx.tx, &key)?;
            }
            Fate::Goes => {
                entry.newcomers = None;
                entry.save(ctx.tx, &key)?;
            }
            // What may be at the relay already was encrypted for those it was written for; the log decides.
            Fate::TakenBack if entry.encrypted.is_some() => entry.save(ctx.tx, &key)?,
            Fate::TakenBack => outbox::take_back(ctx, conversation, &key, &entry)?,
        }
        if was_held != entry.is_held()
            && let Some((group, message)) = view::message(ctx.tx, &entry.id)?
        {
            ctx.event(Event::Message { group, message, new: false });
        }
    }
    if held > 0 {
        let text = "What you wrote here waits: somebody was added after you wrote it. Send it or delete it.";
        ctx.warn("message_held", Some(&conversation.group), text);
        ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    }
    ctx.touch(&conversation.group);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_wire::{ItemId, MessageId};

    fn users(names: &[&str]) -> BTreeSet<UserId> {
        names.iter().map(|name| format!("{name}@example.org").parse().unwrap()).collect()
    }

    fn entry() -> OutboxEntry {
        OutboxEntry {
            item: ItemId([1; 16]),
            id: MessageId([1; 32]),
            content: Vec::new().into(),
            queued_at_ms: 0,
            encrypted: None,
            failed: None,
            newcomers: None,
            gone: None,
            pending: None,
        }
    }

    #[test]
    fn whoever_came_by_others_is_a_newcomer_until_they_go() {
        let mut entry = entry();
        let (nobody, dave) = (users(&[]), users(&["dave"]));
        assert!(note(&mut entry, &dave, &nobody, Came::ByOthers));
        assert!(entry.is_held());
        assert!(!note(&mut entry, &nobody, &dave, Came::ByOthers));
        assert!(entry.is_waiting() && entry.gone.is_none());
    }

    #[test]
    fn whoever_was_there_when_it_was_written_comes_back_as_no_newcomer() {
        let mut entry = entry();
        let (nobody, bob) = (users(&[]), users(&["bob"]));
        assert!(!note(&mut entry, &nobody, &bob, Came::ByOthers));
        assert!(!note(&mut entry, &bob, &nobody, Came::Unseen));
        assert!(entry.is_waiting() && entry.gone.is_none());
    }

    #[test]
    fn whom_the_person_added_reads_what_waits() {
        let mut entry = entry();
        assert!(!note(&mut entry, &users(&["dave"]), &users(&[]), Came::ByUs));
        assert!(entry.is_waiting());
    }
}
