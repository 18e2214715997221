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
    let from = message_key(conversation.number, conversation.read, u16::MAX);
    for (_, value) in log.after(Bound::Excluded(&from), SCAN_LIMIT)? {
        let record: MessageRecord = decode(&value, "message")?;
        if record.sender.as_ref().is_some_and(|sender| !viewer.is_me(sender)) {
            return Ok(Some(record.id));
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
