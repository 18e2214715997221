//! Who has no right to a text doesn't have it: not shown, not anywhere in the store.

use super::{Evidence, Facts};
use crate::{client::SimClient, world::World};
use chancery_core::storage::{Order, Table};
use chancery_wire::MessageId;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

/// What every text of a scenario starts with.
pub const MARKER: &str = "marker-";
/// Digits after it.
pub const MARKER_DIGITS: usize = 8;

/// The markers in some bytes.
fn markers(bytes: &[u8], found: &mut BTreeSet<String>) {
    let mut rest = bytes;
    while let Some(at) = rest.windows(MARKER.len()).position(|window| window == MARKER.as_bytes()) {
        rest = &rest[at..];
        if let Some(Ok(text)) = rest.get(..MARKER.len() + MARKER_DIGITS).map(std::str::from_utf8) {
            found.insert(text.to_owned());
        }
        rest = &rest[MARKER.len()..];
    }
}

fn store_markers(client: &mut SimClient) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    client.query(|tx| {
        for table in Table::ALL {
            for (key, value) in tx.scan(table, Bound::Unbounded, Bound::Unbounded, Order::Ascending, usize::MAX)? {
                markers(&key, &mut found);
                markers(&value, &mut found);
            }
        }
        Ok(())
    });
    found
}

/// After its removal from a group, or by its owner, a device learns nothing more.
pub(super) fn nobody_outside_reads(world: &mut World, evidence: &Evidence, facts: &Facts, problems: &mut Vec<String>) {
    let places: BTreeMap<MessageId, u64> = evidence.log.iter().map(|((_, seq), id)| (*id, *seq)).collect();
    let times: BTreeMap<MessageId, u64> = times(world, evidence);
    for device in &evidence.devices {
        let has = store_markers(&mut world.clients[device.client]);
        for sent in facts.sent.iter().filter(|sent| has.contains(&sent.marker) && sent.client != device.client) {
            let Some(seq) = places.get(&sent.message) else { continue };
            let mut stays = evidence.stays_of(device.device, &sent.group);
            let past_its_end = match stays.by_ref().last() {
                Some(stay) => stay.removed.is_some_and(|removed| *seq > removed),
                // Never in the group itself: the history of another device of the same user may have brought it.
                None => !facts.linked.iter().any(|link| link.new == device.client),
            };
            if past_its_end {
                problems.push(format!("{}: has {} of after its removal", device.name, sent.marker));
            }
            let revoked = facts.revoked_at_ms.get(&device.device);
            if revoked.is_some_and(|revoked| times.get(&sent.message).is_some_and(|at| at > revoked)) {
                problems.push(format!("{}: has {} although its owner had removed it", device.name, sent.marker));
            }
        }
    }
}

/// Nobody shows a text that wasn't written for them: they were there when it was written, or its writer let them in, or said that it
/// goes to those who came meanwhile.
pub(super) fn written_for_whom(evidence: &Evidence, facts: &Facts, problems: &mut Vec<String>) {
    let users: BTreeMap<_, _> = evidence.devices.iter().map(|device| (device.client, &device.user)).collect();
    for sent in facts.sent.iter().filter(|sent| !facts.released.contains(&sent.message)) {
        let Some(writer) = users.get(&sent.client) else { continue };
        for device in &evidence.devices {
            let meant = sent.audience.contains(&device.user)
                || device.user == **writer
                || facts.invited.contains(&((*writer).clone(), device.user.clone()));
            let shown = device
                .conversations
                .get(&sent.group)
                .is_some_and(|conversation| conversation.messages.iter().any(|message| message.id == sent.message));
            if shown && !meant {
                problems.push(format!("{}: shows {}, which wasn't written for them", device.name, sent.marker));
            }
        }
    }
}

/// When the relay accepted messages.
fn times(world: &mut World, evidence: &Evidence) -> BTreeMap<MessageId, u64> {
    let mut times = BTreeMap::new();
    for device in &evidence.devices {
        for message in device.conversations.values().flat_map(|conversation| &conversation.messages) {
            if let std::collections::btree_map::Entry::Vacant(vacant) = times.entry(message.id) {
                let found = world.clients[device.client].query(|tx| chancery_core::query::message(tx, &message.id));
                if let Some((_, view)) = found {
                    vacant.insert(view.at_ms);
                }
            }
        }
    }
    times
}

/// The relay's store holds no text and no name of a group.
pub(super) fn the_relay_is_blind(world: &World, facts: &Facts, problems: &mut Vec<String>) {
    for (table, value) in world.relay.values() {
        let mut found = BTreeSet::new();
        markers(&value, &mut found);
        let named = facts.names.iter().any(|name| value.windows(name.len()).any(|window| window == name.as_bytes()));
        if !found.is_empty() || named {
            problems.push(format!("the relay's table {table} holds plaintext"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_found_wherever_they_stand() {
        let mut found = BTreeSet::new();
        markers(b"\x00marker-00000001xmarker-00000002", &mut found);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["marker-00000001", "marker-00000002"]);
    }
}
