//! What devices show.

use super::{Evidence, Facts};
use crate::{client::ClientId, world::World};
use chancery_core::{
    Event,
    api::{BodyView, ConversationState, ConversationView, MemberView, MessageState, MessageView},
    query,
};
use chancery_wire::{DeviceId, GroupId, MessageId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Messages read of one conversation.
const MAX_MESSAGES: usize = 100_000;
/// Warnings that accuse the relay or a member, or that mean a message can't be read.
const ACCUSATIONS: [&str; 11] = [
    "replacement_refused",
    "refused_welcome",
    "history_mismatch",
    "log_gap",
    "relay_rolled_back",
    "forged_sender",
    "damaged",
    "unreadable",
    "untrusted_organisation",
    "untrusted_device",
    "rule_violated",
];

/// A message as one device shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Position; 0 for what failed.
    pub seq: u64,
    /// Id.
    pub id: MessageId,
    /// When it was accepted, in milliseconds since 1970 by the relay's clock.
    pub at_ms: u64,
    /// What is compared between devices: sender, body, edits, reactions, reply, whether forwarded.
    pub content: String,
    /// State.
    pub state: MessageState,
}

/// A conversation as one device shows it.
pub struct ConversationShown {
    /// The line in the list.
    pub view: ConversationView,
    /// Members.
    pub members: Vec<MemberView>,
    /// Its link, on devices of admins.
    pub link: Option<String>,
    /// Messages with a position, in the order shown; notes are left out.
    pub messages: Vec<Shown>,
    /// Messages that wait or have failed.
    pub unsent: Vec<Shown>,
    /// Ranges that the device itself says are missing: after the first, up to the second.
    pub missing: Vec<(u64, u64)>,
}

/// A device and what it shows.
pub struct DeviceView {
    /// Which client.
    pub client: ClientId,
    /// Its name in the simulation.
    pub name: String,
    /// Whose.
    pub user: UserId,
    /// Its id.
    pub device: DeviceId,
    /// Removed by its owner, and aware of it.
    pub revoked: bool,
    /// What waits.
    pub waiting: u64,
    /// Conversations.
    pub conversations: BTreeMap<GroupId, ConversationShown>,
}

fn shown(message: &MessageView) -> Shown {
    let mut reactions: Vec<String> = message
        .reactions
        .iter()
        .map(|(emoji, users)| {
            let mut users: Vec<&str> = users.iter().map(UserId::as_str).collect();
            users.sort_unstable();
            format!("{emoji}{users:?}")
        })
        .collect();
    reactions.sort();
    let content = format!(
        "{:?} {:?} edited={} {reactions:?} reply={:?} forwarded={}",
        message.sender, message.body, message.edited, message.reply_to, message.forwarded
    );
    Shown { seq: message.seq, id: message.id, at_ms: message.at_ms, content, state: message.state }
}

fn read_conversation(world: &mut World, client: ClientId, view: ConversationView) -> ConversationShown {
    let group = view.group.clone();
    let members = world.clients[client].query(|tx| query::members(tx, &group));
    let link = world.clients[client].query(|tx| query::group_link(tx, &group));
    let all = world.clients[client].query(|tx| query::messages(tx, &group, None, MAX_MESSAGES));
    let mut shown_conversation =
        ConversationShown { view, members, link, messages: Vec::new(), unsent: Vec::new(), missing: Vec::new() };
    let mut lost_from = None;
    for message in &all {
        match &message.body {
            BodyView::Note { code, .. } => match code.as_str() {
                "damaged" | "behind_horizon" => lost_from = Some(lost_from.unwrap_or(message.seq)),
                "rejoined" => shown_conversation.missing.push((lost_from.take().unwrap_or(0), message.seq)),
                _ => {}
            },
            _ if message.seq == 0 => shown_conversation.unsent.push(shown(message)),
            _ => shown_conversation.messages.push(shown(message)),
        }
    }
    // What went by unseen before the end of a stay is said by the same note.
    if let (Some(from), ConversationState::Removed | ConversationState::Left) =
        (lost_from, shown_conversation.view.state)
    {
        shown_conversation.missing.push((from, u64::MAX));
    }
    shown_conversation
}

/// Reads all devices that belong to somebody.
pub(super) fn read(world: &mut World) -> Vec<DeviceView> {
    let mut devices = Vec::new();
    for client in 0..world.clients.len() {
        let Some(account) = world.clients[client].query(query::account) else { continue };
        let views = world.clients[client].query(query::conversations);
        let conversations =
            views.into_iter().map(|view| (view.group.clone(), read_conversation(world, client, view))).collect();
        devices.push(DeviceView {
            client,
            name: world.clients[client].name.clone(),
            user: account.user,
            device: account.device,
            revoked: world.clients[client].query(query::is_revoked),
            waiting: world.clients[client].query(query::waiting),
            conversations,
        });
    }
    devices
}

/// Nothing is left over on a device in use.
pub(super) fn nothing_waits(evidence: &Evidence, problems: &mut Vec<String>) {
    for device in evidence.devices.iter().filter(|device| !device.revoked) {
        if device.waiting > 0 {
            problems.push(format!("{}: {} things wait for ever", device.name, device.waiting));
        }
        for (group, conversation) in &device.conversations {
            let name = &device.name;
            match conversation.view.state {
                ConversationState::Active | ConversationState::Left | ConversationState::Removed => {}
                state => problems.push(format!("{name}: {group} stays {state:?}")),
            }
            if conversation.unsent.iter().any(|message| message.state == MessageState::Waiting) {
                problems.push(format!("{name}: a message in {group} waits for ever"));
            }
        }
    }
}

/// Whether a device says itself that it lacks this position.
fn is_missing(conversation: &ConversationShown, seq: u64) -> bool {
    conversation.missing.iter().any(|(after, up_to)| (*after + 1..=*up_to).contains(&seq))
}

/// From which position on a device has seen everything that happened until now; `None` when it isn't in the group.
fn unbroken_since(evidence: &Evidence, device: &DeviceView, group: &GroupId) -> Option<u64> {
    let last = evidence.stays_of(device.device, group).last().filter(|stay| stay.removed.is_none())?;
    let conversation = device.conversations.get(group)?;
    if conversation.view.state != ConversationState::Active {
        return None;
    }
    Some(conversation.missing.iter().map(|(_, up_to)| *up_to).fold(last.joined, u64::max))
}

/// Same messages, same places, same content.
pub(super) fn one_order(evidence: &Evidence, facts: &Facts, problems: &mut Vec<String>) {
    for device in &evidence.devices {
        for (group, conversation) in &device.conversations {
            let mut seen = BTreeSet::new();
            for message in &conversation.messages {
                let agreed = evidence.log.get(&(group.clone(), message.seq));
                if agreed != Some(&message.id) {
                    problems
                        .push(format!("{}: another message at {} of {group} than elsewhere", device.name, message.seq));
                }
                if !seen.insert(message.id) {
                    problems.push(format!("{}: {} is shown twice in {group}", device.name, message.id));
                }
            }
        }
    }
    everything_of_ones_stay_is_there(evidence, problems);
    content_is_the_same(evidence, problems);
    history_came_over(evidence, facts, problems);
}

fn everything_of_ones_stay_is_there(evidence: &Evidence, problems: &mut Vec<String>) {
    for device in evidence.devices.iter().filter(|device| !device.revoked) {
        for (group, conversation) in &device.conversations {
            let has: BTreeSet<u64> = conversation.messages.iter().map(|message| message.seq).collect();
            for stay in evidence.stays_of(device.device, group) {
                // A device that was removed and came back while it was away has no right to what it hadn't fetched: the relay
                // cut it off. What it did fetch was compared above.
                if stay.removed.is_some() && evidence.stays_of(device.device, group).last() != Some(stay) {
                    continue;
                }
                let (from, to) = (stay.joined, stay.removed.unwrap_or(u64::MAX));
                for ((_, seq), id) in evidence.log.range((group.clone(), from + 1)..=(group.clone(), to)) {
                    if !has.contains(seq) && !is_missing(conversation, *seq) {
                        problems.push(format!("{}: lacks message {seq} ({id}) of {group}", device.name));
                    }
                }
            }
        }
    }
}

fn content_is_the_same(evidence: &Evidence, problems: &mut Vec<String>) {
    let mut agreed: BTreeMap<MessageId, (&str, &str)> = BTreeMap::new();
    for device in evidence.devices.iter().filter(|device| !device.revoked) {
        for (group, conversation) in &device.conversations {
            let Some(since) = unbroken_since(evidence, device, group) else { continue };
            for message in conversation.messages.iter().filter(|message| message.seq > since) {
                let (name, content) = *agreed.entry(message.id).or_insert((&device.name, &message.content));
                if content != message.content {
                    problems.push(format!(
                        "message {} of {group}: {} shows {}, {name} shows {content}",
                        message.seq, device.name, message.content
                    ));
                }
            }
        }
    }
}

/// Conversations that come within an hour of the history are handed over too. What comes later is no history: a device that had no
/// key packages then reads on from where it came in.
const HANDED_OVER_MS: u64 = 3600 * 1000;

/// A linked device shows what the one that linked it shows of the time before.
fn history_came_over(evidence: &Evidence, facts: &Facts, problems: &mut Vec<String>) {
    let find = |client: ClientId| evidence.devices.iter().find(|device| device.client == client && !device.revoked);
    for link in &facts.linked {
        let (Some(new), Some(from)) = (find(link.new), find(link.from)) else { continue };
        for (group, theirs) in &from.conversations {
            let (Some(since), Some(_)) = (unbroken_since(evidence, from, group), unbroken_since(evidence, new, group))
            else {
                continue;
            };
            let ours = &new.conversations[group];
            let of_before = |message: &&Shown| message.seq > since && message.at_ms <= link.at_ms + HANDED_OVER_MS;
            for message in theirs.messages.iter().filter(of_before) {
                match ours.messages.iter().find(|other| other.id == message.id) {
                    None if is_missing(ours, message.seq) => {}
                    None => problems.push(format!("{}: lacks {} of {group} from the history", new.name, message.seq)),
                    Some(other) if other.content != message.content && ours.missing.is_empty() => {
                        problems.push(format!(
                            "message {} of {group} from the history: {} shows {}, {} shows {}",
                            message.seq, new.name, other.content, from.name, message.content
                        ))
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

/// What was queued is there, or is said to have failed.
pub(super) fn nothing_is_lost(evidence: &Evidence, facts: &Facts, problems: &mut Vec<String>) {
    for sent in &facts.sent {
        let Some(device) = evidence.devices.iter().find(|device| device.client == sent.client) else { continue };
        let Some(conversation) = device.conversations.get(&sent.group) else {
            problems.push(format!("{}: conversation {} is gone", device.name, sent.group));
            continue;
        };
        let at_its_place = conversation.messages.iter().any(|message| message.id == sent.message);
        let unsent = conversation.unsent.iter().find(|message| message.id == sent.message).map(|message| message.state);
        match (at_its_place, unsent) {
            (true, None) | (false, Some(MessageState::Failed)) => {}
            (false, Some(MessageState::Waiting | MessageState::Held)) if device.revoked => {}
            (false, None) if facts.withdrawn.contains(&sent.message) => {}
            (true, Some(_)) => problems.push(format!("{}: {} is sent and unsent", device.name, sent.marker)),
            (false, _) => problems.push(format!("{}: {} is lost", device.name, sent.marker)),
        }
    }
}

/// The relay was honest: nobody may accuse it, and every message can be read.
pub(super) fn no_false_alarm(world: &World, problems: &mut Vec<String>) {
    for client in &world.clients {
        for event in &client.events {
            if let Event::Warning(warning) = event
                && ACCUSATIONS.contains(&warning.code.as_str())
            {
                problems.push(format!("{}: false alarm {}: {}", client.name, warning.code, warning.message));
            }
        }
    }
}
