//! Reading what the device holds. Pure reads in a transaction; no network.

use crate::{
    api::{
        AccountView, Audience, ConversationState, ConversationView, DeviceView, DraftView, FoundMessage, JoinLinkView,
        LinkView, MemberView, MessageInfo, MessageView, PreviewView, ReceiptView, RemovingView, SafetyNumber,
        ThumbnailView, Warning,
    },
    engine::{CoreError, Loaded},
    group_links,
    messages::{MAX_RECEIPT_USERS, Mark, Moments, is_visible, mark_values, stars, view},
    records::{
        Account, Asked, Contact, Conversation, IndexEntry, LinkEnding, LinkRole, LinkState, MessageRecord, Offer,
        Operation, OutboxEntry, OwnDevice, PendingCommit, Phase, PictureOf, SCAN_LIMIT, name_of, prefix_end,
    },
    storage::{Fault, Order, Table, Tx},
};
use chancery_wire::{
    GroupId, MessageId, UserId,
    content::FileInfo,
    signed::{Kind, Policy, PublicKey, root_fingerprint},
    text::shown_name,
};
use sha2::{Digest, Sha512};
use std::ops::Bound;

/// Notes at the end of a conversation that are passed over to find its last message.
const NOTES_PASSED_OVER: usize = 64;

/// Most messages that one search brings.
pub const MAX_FOUND_MESSAGES: usize = 500;

pub(crate) fn fault(error: CoreError) -> Fault {
    match error {
        CoreError::Store(fault) => fault,
        other => Fault(other.to_string()),
    }
}

/// Who one is; `None` before joining.
pub fn account(tx: &dyn Tx) -> Result<Option<AccountView>, Fault> {
    let Some(account) = Account::load(tx).map_err(fault)?.filter(|account| account.phase != Phase::Registering) else {
        return Ok(None);
    };
    let loaded = Loaded::new(account).map_err(fault)?;
    let fingerprint = root_fingerprint(&loaded.account.root_key);
    Ok(Some(AccountView {
        user: loaded.account.user.clone(),
        name: loaded.account.name.clone(),
        device: loaded.account.device,
        label: loaded.account.label.clone(),
        organisation: loaded.trust.manifest().name.clone(),
        relay: loaded.account.relay.clone(),
        root_fingerprint: fingerprint.iter().map(|byte| format!("{byte:02x}")).collect(),
        policy_version: loaded.policy.version,
        picture: PictureOf::User(&loaded.account.user).hash(tx).map_err(fault)?,
    }))
}

/// The relay's address; `None` before joining or linking.
pub fn relay(tx: &dyn Tx) -> Result<Option<String>, Fault> {
    Ok(Account::load(tx).map_err(fault)?.map(|account| account.relay))
}

/// Whether this device was removed from its user's devices.
pub fn is_revoked(tx: &dyn Tx) -> Result<bool, Fault> {
    Ok(Account::load(tx).map_err(fault)?.is_some_and(|account| account.phase == Phase::Revoked))
}

/// The organisation's policy in force.
pub fn policy(tx: &dyn Tx) -> Result<Option<Policy>, Fault> {
    let Some(account) = Account::load(tx).map_err(fault)? else { return Ok(None) };
    Ok(Some((*Loaded::new(account).map_err(fault)?.policy).clone()))
}

/// Conversations, the one with the newest message first.
pub fn conversations(tx: &dyn Tx) -> Result<Vec<ConversationView>, Fault> {
    let mut all = Conversation::all(tx).map_err(fault)?;
    all.sort_by(|a, b| b.last_at_ms.cmp(&a.last_at_ms).then_with(|| a.group.cmp(&b.group)));
    all.iter().map(|conversation| conversation_view(tx, conversation).map_err(fault)).collect()
}

/// One conversation.
pub fn conversation(tx: &dyn Tx, group: &GroupId) -> Result<Option<ConversationView>, Fault> {
    let found = Conversation::load(tx, group).map_err(fault)?;
    found.map(|conversation| conversation_view(tx, &conversation).map_err(fault)).transpose()
}

fn conversation_view(tx: &dyn Tx, conversation: &Conversation) -> Result<ConversationView, CoreError> {
    let me = Account::load(tx)?.map(|account| account.user);
    let peer = me.as_ref().and_then(|me| conversation.peer(me));
    let keeping = conversation.keeping.clone().unwrap_or_default();
    Ok(ConversationView {
        group: conversation.group.clone(),
        kind: conversation.kind,
        title: view::title(tx, conversation, me.as_ref())?,
        state: shown_state(conversation),
        suite: conversation.suite,
        epoch: conversation.suite.map(|_| conversation.epoch),
        purpose: conversation.purpose.clone(),
        unread: conversation.unread,
        unread_mentions: conversation.unread_mentions,
        preview: conversation.preview.clone(),
        last_at_ms: conversation.last_at_ms,
        waiting: waiting_in(tx, conversation)?,
        held: OutboxEntry::of(tx, conversation, SCAN_LIMIT)?.iter().filter(|(_, entry)| entry.is_held()).count() as u64,
        needs_repair: conversation.needs_repair()
            || (conversation.end_unseen == Some(true) && Offer::load(tx, &conversation.group)?.is_some()),
        picture: match peer {
            Some(peer) => PictureOf::User(peer).hash(tx)?,
            None => PictureOf::Group(&conversation.group).hash(tx)?,
        },
        peer: peer.cloned(),
        role: me.as_ref().and_then(|me| conversation.role_of(me)),
        members: conversation.members.len() as u32,
        last: last_line(tx, conversation)?,
        message_seconds: conversation.message_seconds,
        pinned_at_ms: keeping.pinned_at_ms,
        muted_until_ms: keeping.muted_until_ms,
        archived: keeping.archived,
        marked_unread: keeping.marked_unread,
        draft: keeping.draft.map(|draft| DraftView { text: draft.text, reply_to: draft.reply_to }),
    })
}

/// Who has asked to leave has left, for the person: that another member's device has yet to carry it out changes nothing for them.
fn shown_state(conversation: &Conversation) -> ConversationState {
    match conversation.state {
        ConversationState::Active if conversation.leaving => ConversationState::Left,
        state => state,
    }
}

/// The last message of a conversation, waiting or not; notes are passed over.
fn last_line(tx: &dyn Tx, conversation: &Conversation) -> Result<Option<PreviewView>, CoreError> {
    let viewer = view::Viewer::new(tx, conversation)?;
    for (_, entry) in OutboxEntry::of(tx, conversation, SCAN_LIMIT)?.iter().rev() {
        if let Some(line) = viewer.waiting_line(entry)? {
            return Ok(Some(line));
        }
    }
    for limit in [4, NOTES_PASSED_OVER] {
        for (key, record) in MessageRecord::range(tx, conversation, 0, u64::MAX, Order::Descending, limit)? {
            if let Some(line) = viewer.line(&key, &record)? {
                return Ok(Some(line));
            }
        }
    }
    Ok(None)
}

/// Members of a conversation.
pub fn members(tx: &dyn Tx, group: &GroupId) -> Result<Vec<MemberView>, Fault> {
    let Some(conversation) = Conversation::load(tx, group).map_err(fault)? else { return Ok(Vec::new()) };
    let account = Account::load(tx).map_err(fault)?;
    let marks = mark_values(tx, &conversation).map_err(fault)?;
    conversation
        .members
        .iter()
        .map(|member| {
            let own = account.as_ref().filter(|account| account.user == member.user);
            let contact = Contact::load(tx, &member.user).map_err(fault)?;
            let mark = marks.iter().find(|(user, _)| *user == member.user).map(|(_, mark)| mark);
            Ok(MemberView {
                user: member.user.clone(),
                name: match own {
                    Some(account) => account.name.clone(),
                    None => name_of(tx, &member.user).map_err(fault)?,
                },
                verified: contact.as_ref().is_some_and(|contact| contact.verified),
                kind: match own {
                    Some(_) => Some(Kind::Member),
                    None => contact.map(|contact| contact.kind()),
                },
                picture: PictureOf::User(&member.user).hash(tx).map_err(fault)?,
                role: member.role,
                devices: member.devices,
                delivered_seq: mark.map_or(0, |mark| mark.delivered),
                read_seq: mark.map_or(0, |mark| mark.read),
            })
        })
        .collect()
}

/// At most `limit` messages before position `before_seq` (`None`: the newest, with those that wait at the end), oldest first.
pub fn messages(
    tx: &dyn Tx,
    group: &GroupId,
    before_seq: Option<u64>,
    limit: usize,
) -> Result<Vec<MessageView>, Fault> {
    let Some(conversation) = Conversation::load(tx, group).map_err(fault)? else { return Ok(Vec::new()) };
    let viewer = view::Viewer::new(tx, &conversation).map_err(fault)?;
    let before = before_seq.unwrap_or(u64::MAX);
    let from = crate::records::message_key(conversation.number, 0, 0);
    let to = crate::records::message_key(conversation.number, before, 0);
    let found = tx.scan(Table::Message, Bound::Included(&from), Bound::Excluded(&to), Order::Descending, limit)?;
    let mut views = Vec::with_capacity(found.len());
    for (key, value) in found.iter().rev() {
        let record: MessageRecord = crate::records::decode(value, "message").map_err(fault)?;
        views.push(viewer.record(key, &record).map_err(fault)?);
    }
    if before_seq.is_none() {
        for (_, entry) in OutboxEntry::of(tx, &conversation, SCAN_LIMIT).map_err(fault)? {
            views.extend(viewer.waiting(&entry).map_err(fault)?);
        }
        if views.len() > limit {
            views.drain(..views.len() - limit);
        }
    }
    Ok(views)
}

pub use crate::page::{MAX_PAGE_MESSAGES, Page, page};

/// One message, with its conversation.
pub fn message(tx: &dyn Tx, id: &MessageId) -> Result<Option<(GroupId, MessageView)>, Fault> {
    view::message(tx, id).map_err(fault)
}

/// Messages whose id starts with these hexadecimal digits (at least 4), at most 10: for people who type ids.
pub fn messages_by_prefix(tx: &dyn Tx, prefix: &str) -> Result<Vec<MessageId>, Fault> {
    if prefix.len() < 4 || prefix.len() > 64 || !prefix.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(Vec::new());
    }
    let prefix = prefix.to_ascii_lowercase();
    let whole = &prefix[..prefix.len() / 2 * 2];
    let bytes: Vec<u8> =
        (0..whole.len()).step_by(2).map(|at| u8::from_str_radix(&whole[at..at + 2], 16).unwrap_or_default()).collect();
    let end = prefix_end(&bytes);
    let found = tx.scan(
        Table::MessageIndex,
        Bound::Included(&bytes),
        end.as_ref().map(Vec::as_slice),
        Order::Ascending,
        SCAN_LIMIT,
    )?;
    let mut ids = Vec::new();
    for (key, value) in found {
        let Some(id) = MessageId::from_slice(&key).filter(|id| id.to_string().starts_with(&prefix)) else { continue };
        let entry: IndexEntry = crate::records::decode(&value, "message index").map_err(fault)?;
        if matches!(entry, IndexEntry::Message { .. } | IndexEntry::Waiting { .. }) && ids.len() < 10 {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Key, nonce and place of a message's file.
pub fn file(tx: &dyn Tx, id: &MessageId) -> Result<Option<FileInfo>, Fault> {
    view::file(tx, id).map_err(fault)
}

/// Full-text search, newest first.
pub fn search(tx: &dyn Tx, query: &str, limit: usize) -> Result<Vec<(GroupId, MessageView)>, Fault> {
    let mut found = Vec::new();
    for key in tx.search_text(query, limit)? {
        let Some(record) = MessageRecord::load(tx, &key).map_err(fault)? else { continue };
        found.extend(view::message(tx, &record.id).map_err(fault)?);
    }
    found.sort_by_key(|(_, message)| std::cmp::Reverse(message.at_ms));
    Ok(found)
}

/// Full-text search in one conversation, or in all, newest first.
pub fn search_in(tx: &dyn Tx, text: &str, group: Option<&GroupId>, limit: usize) -> Result<Vec<FoundMessage>, Fault> {
    let limit = limit.min(MAX_FOUND_MESSAGES);
    // The index doesn't know conversations: what it finds is sifted.
    let asked = if group.is_some() { SCAN_LIMIT } else { limit };
    let found = search(tx, text, asked)?.into_iter();
    let here = found.filter(|(of, _)| group.is_none_or(|group| group == of));
    Ok(here.take(limit).map(|(group, message)| FoundMessage { group, message }).collect())
}

/// The thumbnail of a message's file, when it is a picture that is shown without running anything.
pub fn thumbnail(tx: &dyn Tx, id: &MessageId) -> Result<Option<ThumbnailView>, Fault> {
    let thumbnail = file(tx, id)?.and_then(|file| file.thumbnail);
    Ok(thumbnail.and_then(|thumbnail| {
        let media_type = chancery_wire::content::picture_type(&thumbnail.bytes)?;
        Some(ThumbnailView { media_type: media_type.to_owned(), bytes: thumbnail.bytes.into() })
    }))
}

/// The picture of a person or a group.
pub fn picture(tx: &dyn Tx, user: Option<&UserId>, group: Option<&GroupId>) -> Result<Option<ThumbnailView>, Fault> {
    let of = match (user, group) {
        (Some(user), _) => PictureOf::User(user),
        (None, Some(group)) => PictureOf::Group(group),
        (None, None) => return Ok(None),
    };
    Ok(of.bytes(tx).map_err(fault)?.and_then(|bytes| {
        let media_type = chancery_wire::content::picture_type(&bytes)?.to_owned();
        Some(ThumbnailView { media_type, bytes: bytes.into() })
    }))
}

/// Messages starred on this device, the last starred first.
pub fn starred(tx: &dyn Tx, group: Option<&GroupId>, limit: usize) -> Result<Vec<FoundMessage>, Fault> {
    let conversation = match group {
        Some(group) => match Conversation::load(tx, group).map_err(fault)? {
            Some(conversation) => Some(conversation),
            None => return Ok(Vec::new()),
        },
        None => None,
    };
    let mut found = Vec::new();
    for key in stars(tx, conversation.as_ref(), limit.min(MAX_FOUND_MESSAGES)).map_err(fault)? {
        let Some(record) = MessageRecord::load(tx, &key).map_err(fault)? else { continue };
        let message = view::message(tx, &record.id).map_err(fault)?;
        found.extend(message.map(|(group, message)| FoundMessage { group, message }));
    }
    Ok(found)
}

/// Who has got and read a message.
pub fn message_info(tx: &dyn Tx, id: &MessageId) -> Result<Option<MessageInfo>, Fault> {
    let Some((group, message)) = view::message(tx, id).map_err(fault)? else { return Ok(None) };
    let members = members(tx, &group)?;
    let reaches = |mark: u64| message.seq > 0 && mark >= message.seq;
    let has_receipts = members.len() <= MAX_RECEIPT_USERS;
    let marks = match Conversation::load(tx, &group).map_err(fault)? {
        Some(conversation) => mark_values(tx, &conversation).map_err(fault)?,
        None => Vec::new(),
    };
    let when = |user: &UserId, moments: fn(&Mark) -> &Moments| {
        marks.iter().find(|(of, _)| of == user).and_then(|(_, mark)| moments(mark).at_ms(message.seq))
    };
    let others = members.into_iter().filter(|member| Some(&member.user) != message.sender.as_ref());
    let receipts = others
        .map(|member| ReceiptView {
            delivered: reaches(member.delivered_seq.max(member.read_seq)),
            delivered_at_ms: when(&member.user, |mark| &mark.delivered_when),
            read: reaches(member.read_seq),
            read_at_ms: when(&member.user, |mark| &mark.read_when),
            user: member.user,
            name: member.name,
            picture: member.picture,
        })
        .collect();
    Ok(Some(MessageInfo { message, receipts, has_receipts }))
}

/// Who can read a conversation, and what holds for it.
pub fn audience(tx: &dyn Tx, group: &GroupId) -> Result<Option<Audience>, Fault> {
    let Some(conversation) = Conversation::load(tx, group).map_err(fault)? else { return Ok(None) };
    let mut audience = Audience {
        members: 0,
        outsiders: Vec::new(),
        bots: Vec::new(),
        recorders: Vec::new(),
        devices: 0,
        message_seconds: conversation.message_seconds,
        policy: policy(tx)?,
    };
    for member in members(tx, group)? {
        audience.devices += member.devices;
        match member.kind {
            Some(Kind::Guest) => audience.outsiders.push(member),
            Some(Kind::Bot) => audience.bots.push(member),
            Some(Kind::Recorder) => audience.recorders.push(member),
            Some(Kind::Member) | None => audience.members += 1,
        }
    }
    Ok(Some(audience))
}

/// The link that lets people into a group; `None` when there is none, or for who isn't its admin.
pub fn group_link(tx: &dyn Tx, group: &GroupId) -> Result<Option<String>, Fault> {
    group_links::link_of(tx, group).map_err(fault)
}

/// A link into a group that was opened; `None` when it leads nowhere from here.
pub fn join_link(tx: &dyn Tx, link: &str) -> Result<Option<JoinLinkView>, Fault> {
    group_links::join_link(tx, link).map_err(fault)
}

/// Device links under way.
pub fn links(tx: &dyn Tx) -> Result<Vec<LinkView>, Fault> {
    let own = OwnDevice::all(tx).map_err(fault)?;
    let links = LinkState::all(tx).map_err(fault)?.into_iter().map(|state| LinkView {
        link: state.link,
        new_device: matches!(state.role, LinkRole::New { .. }),
        arrived: has_arrived(&state, &own),
        ending: matches!(state.ending, Some(LinkEnding::Cancelled | LinkEnding::NeverCame)),
        started_at_ms: state.started_at_ms,
        messages: state.history.as_ref().map(|history| history.messages),
        total: state.history.as_ref().map_or(0, |history| history.total),
    });
    Ok(links.collect())
}

/// Whether the new device of an approved link is among one's own.
fn has_arrived(link: &LinkState, own: &[OwnDevice]) -> bool {
    matches!(link.role, LinkRole::Existing { device: new, .. } if own.iter().any(|device| device.device == new))
}

/// Whether this device has something to do for a link: to post the approval or take it back, or to hand the history to a device that
/// is there. One that hasn't come keeps nobody waiting, nor does a history that another device sends.
fn keeps_waiting(link: &LinkState, own: &[OwnDevice]) -> bool {
    let LinkRole::Existing { outgoing, .. } = &link.role else { return false };
    match link.ending {
        Some(LinkEnding::TooLate) => false,
        Some(_) => true,
        None => link.finished_at_ms.is_none() && ((link.next == 0 && outgoing.is_some()) || has_arrived(link, own)),
    }
}

/// One's own devices, as last heard from the relay and verified.
pub fn devices(tx: &dyn Tx) -> Result<Vec<DeviceView>, Fault> {
    let this = Account::load(tx).map_err(fault)?.map(|account| account.device);
    let devices = OwnDevice::with_removed(tx).map_err(fault)?.into_iter().map(|device| DeviceView {
        device: device.device,
        label: shown_name(&device.label),
        this: Some(device.device) == this,
        added_at_ms: device.added_at_ms,
        last_seen_day: device.last_seen_day,
        removing: device.removing.map(|removing| RemovingView { done: removing.done, total: removing.total }),
    });
    Ok(devices.collect())
}

/// The safety number with a contact; `None` when nothing is known of the user yet.
pub fn safety_number(tx: &dyn Tx, user: &UserId) -> Result<Option<SafetyNumber>, Fault> {
    let Some(account) = Account::load(tx).map_err(fault)? else { return Ok(None) };
    let Some(contact) = Contact::load(tx, user).map_err(fault)? else { return Ok(None) };
    let own = *account.identity_key.signing_key().verifying_key().as_bytes();
    let mut halves = [fingerprint(&account.user, &own), fingerprint(user, &contact.identity_key)];
    halves.sort();
    let digits = halves.concat();
    let groups: Vec<&str> =
        digits.as_bytes().chunks(5).map(|chunk| std::str::from_utf8(chunk).unwrap_or_default()).collect();
    Ok(Some(SafetyNumber { user: user.clone(), digits: groups.join(" "), verified: contact.verified }))
}

/// Rounds of hashing: they make a search for a key with nearly the same digits costly, as in Signal's numeric fingerprints.
const FINGERPRINT_ROUNDS: usize = 5200;

/// Thirty digits of a user's identity key.
fn fingerprint(user: &UserId, key: &PublicKey) -> String {
    let mut hash = Sha512::new()
        .chain_update(b"chancery safety number v1")
        .chain_update(key)
        .chain_update(user.as_str())
        .finalize();
    for _ in 1..FINGERPRINT_ROUNDS {
        hash = Sha512::new().chain_update(hash).chain_update(key).finalize();
    }
    hash.chunks(5)
        .take(6)
        .map(|chunk| {
            let number = chunk.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
            format!("{:05}", number % 100_000)
        })
        .collect()
}

/// How much waits to be sent or carried out: messages, changes of groups, links, history.
pub fn waiting(tx: &dyn Tx) -> Result<u64, Fault> {
    let mut waiting = 0;
    for conversation in Conversation::all(tx).map_err(fault)? {
        waiting += waiting_in(tx, &conversation).map_err(fault)?;
    }
    let links = LinkState::all(tx).map_err(fault)?;
    waiting += Asked::unsent(tx).map_err(fault)?.len() as u64;
    let own = OwnDevice::all(tx).map_err(fault)?;
    Ok(waiting + links.iter().filter(|link| keeps_waiting(link, &own)).count() as u64)
}

/// Messages that wait to be sent, as people count them: without reactions, receipts and the like.
pub fn messages_waiting(tx: &dyn Tx) -> Result<u64, Fault> {
    let mut waiting = 0;
    for conversation in Conversation::all(tx).map_err(fault)? {
        let queued = OutboxEntry::of(tx, &conversation, SCAN_LIMIT).map_err(fault)?;
        waiting +=
            queued.into_iter().filter(|(_, entry)| entry.is_waiting() && is_visible(&entry.content)).count() as u64;
    }
    Ok(waiting)
}

fn waiting_in(tx: &dyn Tx, conversation: &Conversation) -> Result<u64, CoreError> {
    let messages = OutboxEntry::of(tx, conversation, SCAN_LIMIT)?.iter().filter(|(_, e)| e.is_waiting()).count();
    // Housekeeping (filling the tree, committing what others proposed) keeps nobody waiting.
    let changes = Operation::of(tx, conversation)?.iter().filter(|(_, operation)| operation.is_wanted()).count();
    let commit = PendingCommit::load(tx, conversation)?.is_some() as u64;
    Ok(messages as u64 + changes as u64 + commit + u64::from(conversation.creation.is_some()))
}

/// Warnings of all conversations, newest first, at most `limit`.
pub fn warnings(tx: &dyn Tx, limit: usize) -> Result<Vec<Warning>, Fault> {
    const CODES: [&str; 11] = [
        "replacement_refused",
        "history_mismatch",
        "log_gap",
        "relay_rolled_back",
        "forged_sender",
        "damaged",
        "behind_horizon",
        "identity_changed",
        "unreadable",
        "rule_violated",
        "untrusted_device",
    ];
    let mut warnings = Vec::new();
    for conversation in Conversation::all(tx).map_err(fault)? {
        let newest =
            MessageRecord::range(tx, &conversation, 0, u64::MAX, Order::Descending, SCAN_LIMIT).map_err(fault)?;
        for (_, record) in newest {
            if let Some(note) = record.note.filter(|note| CODES.contains(&note.code.as_str())) {
                let group = Some(conversation.group.clone());
                warnings.push((record.at_ms, Warning { code: note.code, group, message: note.text }));
            }
        }
    }
    warnings.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(warnings.into_iter().take(limit).map(|(_, warning)| warning).collect())
}
