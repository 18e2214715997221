//! A page of a conversation: before, after or around a place, in time that depends on the page alone.

use crate::{
    api::{MessagePage, Place},
    engine::CoreError,
    messages::view::Viewer,
    query::fault,
    records::{
        Conversation, IndexEntry, MessageRecord, OutboxEntry, SCAN_LIMIT, decode, message_key, split_message_key,
    },
    storage::{Entry, Fault, Order, Table, Tx},
};
use chancery_wire::GroupId;
use std::ops::Bound;

/// Most messages of one page.
pub const MAX_PAGE_MESSAGES: usize = 500;

/// Messages and notes read at a time to find the first unread one.
const UNREAD_STEP: usize = 20;

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The last messages, and those that wait to be sent.
    Newest,
    /// It ends before this.
    Before(Place),
    /// It begins after this.
    After(Place),
    /// This is in its middle.
    Around(Place),
}

/// A page of a conversation. Of a place that isn't there, the nearest one.
pub fn page(tx: &dyn Tx, group: &GroupId, page: Page, limit: usize) -> Result<MessagePage, Fault> {
    read(tx, group, page, limit.clamp(1, MAX_PAGE_MESSAGES)).map_err(fault)
}

fn read(tx: &dyn Tx, group: &GroupId, page: Page, limit: usize) -> Result<MessagePage, CoreError> {
    let Some(conversation) = Conversation::load(tx, group)? else { return Ok(MessagePage::default()) };
    let log = Log { tx, number: conversation.number };
    let entries = match page {
        Page::Newest => log.before(&log.end(), limit)?,
        Page::Before(place) => log.before(&log.key(place, 0)?, limit)?,
        Page::After(place) => log.after(Bound::Excluded(&log.key(place, u16::MAX)?), limit)?,
        Page::Around(place) => {
            let key = log.key(place, 0)?;
            let mut entries = log.before(&key, limit)?;
            let after = log.after(Bound::Included(&key), limit)?;
            // Half of it before the place, unless there is less than that after it.
            let kept = (limit / 2).max(limit.saturating_sub(after.len())).min(entries.len());
            entries.drain(..entries.len() - kept);
            entries.extend(after.into_iter().take(limit - kept));
            entries
        }
    };
    let first = log.after(Bound::Included(&log.start()), 1)?;
    let last = log.before(&log.end(), 1)?;
    let seq = |entries: &[Entry]| entries.first().and_then(|(key, _)| split_message_key(key)).map_or(0, |(_, seq)| seq);
    let (older, newer) = match (entries.first(), entries.last()) {
        (Some((begin, _)), Some((end, _))) => (first[0].0 < *begin, *end < last[0].0),
        _ => {
            let any = !last.is_empty();
            (any && matches!(page, Page::After(_)), any && matches!(page, Page::Before(_)))
        }
    };
    let viewer = Viewer::new(tx, &conversation)?;
    let mut messages = Vec::with_capacity(entries.len());
    for (key, value) in &entries {
        messages.push(viewer.record(key, &decode::<MessageRecord>(value, "message")?)?);
    }
    if !newer {
        for (_, entry) in OutboxEntry::of(tx, &conversation, SCAN_LIMIT)? {
            messages.extend(viewer.waiting(&entry)?);
        }
    }
    Ok(MessagePage {
        messages,
        older,
        newer,
        first_seq: seq(&first),
        last_seq: seq(&last),
        first_unread: first_unread(&log, &conversation, &viewer)?,
    })
}

/// The first message after the read mark that somebody else wrote; it stands near the mark, so few are looked at.
fn first_unread(
    log: &Log<'_>,
    conversation: &Conversation,
    viewer: &Viewer<'_>,
) -> Result<Option<chancery_wire::MessageId>, CoreError> {
    if conversation.unread == 0 {
        return Ok(None);
    }
    let mut from = message_key(conversation.number, conversation.read, u16::MAX);
    for _ in 0..SCAN_LIMIT / UNREAD_STEP {
        let step = log.after(Bound::Excluded(&from), UNREAD_STEP)?;
        for (_, value) in &step {
            let record: MessageRecord = decode(value, "message")?;
            if !record.deleted && record.sender.as_ref().is_some_and(|sender| !viewer.is_me(sender)) {
                return Ok(Some(record.id));
            }
        }
        match step.into_iter().next_back() {
            Some((last, _)) => from = last,
            None => break,
        }
    }
    Ok(None)
}

/// The messages of one conversation, by key.
struct Log<'a> {
    tx: &'a dyn Tx,
    number: u32,
}

impl Log<'_> {
    fn start(&self) -> Vec<u8> {
        message_key(self.number, 0, 0)
    }

    fn end(&self) -> Vec<u8> {
        message_key(self.number, u64::MAX, u16::MAX)
    }

    /// The key of a place; of a position, with this number for what stands at the same one.
    fn key(&self, place: Place, sub: u16) -> Result<Vec<u8>, CoreError> {
        Ok(match place {
            Place::Seq(seq) => message_key(self.number, seq, sub),
            Place::Message(id) => match IndexEntry::load(self.tx, &id)? {
                Some(IndexEntry::Message { key }) if key.starts_with(&self.number.to_be_bytes()) => key.to_vec(),
                // What waits stands after everything else; what is unknown is nowhere.
                _ => self.end(),
            },
        })
    }

    /// At most `limit` before a key, in order.
    fn before(&self, key: &[u8], limit: usize) -> Result<Vec<Entry>, CoreError> {
        let start = self.start();
        let (from, to) = (Bound::Included(start.as_slice()), Bound::Excluded(key));
        let mut entries = self.tx.scan(Table::Message, from, to, Order::Descending, limit)?;
        entries.reverse();
        Ok(entries)
    }

    /// At most `limit` from a key on, in order.
    fn after(&self, from: Bound<&Vec<u8>>, limit: usize) -> Result<Vec<Entry>, CoreError> {
        let end = self.end();
        let from = from.map(Vec::as_slice);
        Ok(self.tx.scan(Table::Message, from, Bound::Excluded(&end), Order::Ascending, limit)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::ConversationState, memory::Memory};
    use chancery_mls::GroupKind;
    use chancery_wire::{MessageId, UserId, content::compose};
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    const MESSAGES: u64 = 100_000;

    fn id(n: u64) -> MessageId {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&n.to_be_bytes());
        MessageId(id)
    }

    #[test]
    fn a_page_of_a_long_conversation_reads_little_more_than_the_page() {
        let store = Memory::default();
        let group: GroupId = "00112233445566778899aabbccddeeff@example.org".parse().unwrap();
        let mut conversation =
            Conversation::new(&store, group.clone(), GroupKind::Group, ConversationState::Active).unwrap();
        conversation.unread = 50_000;
        conversation.read = 2 * 50_000;
        conversation.save(&store).unwrap();
        let sender: UserId = "alice@example.org".parse().unwrap();
        let content = compose::text(&mut ChaCha8Rng::seed_from_u64(1), "hi").to_vec();
        // Every second position is a receipt.
        for n in 1..=MESSAGES {
            let record = MessageRecord {
                id: id(n),
                sender: Some(sender.clone()),
                at_ms: n,
                content: content.clone().into(),
                edited: false,
                deleted: false,
                reactions: Vec::new(),
                note: None,
                item: None,
                reply_to: (n > 10).then(|| id(n - 10)),
                mentions_me: false,
                starred_at_ms: None,
                expires_at_ms: None,
                mentions_everyone: None,
                pending: None,
            };
            let key = message_key(conversation.number, 2 * n, 0);
            record.save(&store, &key).unwrap();
            IndexEntry::Message { key: key.into() }.save(&store, &id(n)).unwrap();
        }
        let middle = Place::Message(id(50_000));
        for (asked, first, older, newer) in [
            (Page::Newest, MESSAGES - 59, true, false),
            (Page::Before(middle), 50_000 - 60, true, true),
            (Page::After(middle), 50_001, true, true),
            (Page::Around(middle), 50_000 - 30, true, true),
            (Page::Around(Place::Seq(101)), 51 - 30, true, true),
            (Page::Around(Place::Seq(2)), 1, false, true),
            (Page::Around(Place::Message(id(MESSAGES))), MESSAGES - 59, true, false),
            (Page::Before(Place::Seq(2 * 61)), 1, false, true),
        ] {
            store.read.set(0);
            let page = page(&store, &group, asked, 60).unwrap();
            assert_eq!(page.messages.len(), 60, "{asked:?}");
            assert_eq!(page.messages[0].id, id(first), "{asked:?}");
            assert_eq!((page.older, page.newer), (older, newer), "{asked:?}");
            assert_eq!((page.first_seq, page.last_seq), (2, 2 * MESSAGES));
            assert_eq!(page.first_unread, Some(id(50_001)));
            assert!(page.messages.iter().skip(10).all(|message| message.reply.is_some()));
            assert!(store.read.get() < 700, "{asked:?}: {} entries", store.read.get());
        }
        let beyond = page(&store, &group, Page::After(Place::Seq(2 * MESSAGES)), 60).unwrap();
        assert_eq!((beyond.messages.len(), beyond.older, beyond.newer), (0, true, false));
    }
}
