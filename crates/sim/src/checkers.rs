//! What has to hold once faults have stopped and everything has come to rest.
//!
//! | check | promise |
//! |---|---|
//! | one order | every device shows the same messages at the same positions, and what it was a member for, it has |
//! | nothing lost, nothing doubled | what was queued is in the conversation, once, or said to have failed |
//! | nothing waits for ever | no message, change, link or damaged conversation is left over |
//! | written for whom | no text is read by somebody who came after it was written, unless its writer let them in or said so |
//! | nobody outside reads | no text is in a store of a device that had no right to it, nor at the relay |
//! | one group | members agree on epoch, people, roles, devices and name, admins on the link |
//! | the relay's books | logs have no gaps, memberships are those of the tree, the cached tree is the rebuilt one |
//! | no false alarm | an honest relay is never accused |

mod books;
mod devices;
mod groups;
mod secrecy;

pub use devices::{ConversationShown, DeviceView, Shown};
pub use secrecy::{MARKER, MARKER_DIGITS};

use crate::{client::ClientId, relay::Stay, world::World};
use chancery_wire::{DeviceId, GroupId, MessageId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// A text that somebody queued.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Who.
    pub client: ClientId,
    /// Where.
    pub group: GroupId,
    /// Its id.
    pub message: MessageId,
    /// Its text: found nowhere else.
    pub marker: String,
    /// Who was in the conversation when it was written, as its writer saw it.
    pub audience: BTreeSet<UserId>,
}

/// A device that was linked with history.
#[derive(Debug, Clone, Copy)]
pub struct Linked {
    /// The new one.
    pub new: ClientId,
    /// The one that handed over the history.
    pub from: ClientId,
    /// When it was approved, in milliseconds since 1970.
    pub at_ms: u64,
}

/// What a scenario knows and the world doesn't.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Texts that were queued.
    pub sent: Vec<Sent>,
    /// Texts that their sender deleted while they waited: they may never have been sent.
    pub withdrawn: BTreeSet<MessageId>,
    /// Messages that were held because somebody came, and that their writer sent all the same.
    pub released: BTreeSet<MessageId>,
    /// Who meant to have whom in some conversation.
    pub invited: BTreeSet<(UserId, UserId)>,
    /// Every text that was handed to a client, edits too.
    pub markers: Vec<String>,
    /// Names that groups had.
    pub names: Vec<String>,
    /// Links with history that went well.
    pub linked: Vec<Linked>,
    /// When a device was removed by its owner, in milliseconds since 1970.
    pub revoked_at_ms: BTreeMap<DeviceId, u64>,
    /// The relay cheats or was tampered with: warnings are in order.
    pub hostile: bool,
}

/// Everything that the checkers look at, read once.
pub struct Evidence {
    /// Devices with an account.
    pub devices: Vec<DeviceView>,
    /// Who was in which group when, as the relay's database went through it.
    pub stays: Vec<Stay>,
    /// Position to message, over all devices.
    pub log: BTreeMap<(GroupId, u64), MessageId>,
}

impl Evidence {
    /// Reads the world.
    pub fn of(world: &mut World) -> Self {
        let devices = devices::read(world);
        let stays = world.relay.stays();
        let mut log = BTreeMap::new();
        for device in &devices {
            for (group, conversation) in &device.conversations {
                for shown in &conversation.messages {
                    log.entry((group.clone(), shown.seq)).or_insert(shown.id);
                }
            }
        }
        Self { devices, stays, log }
    }

    /// The times that a device was in a group, oldest first.
    pub fn stays_of<'a>(&'a self, device: DeviceId, group: &'a GroupId) -> impl Iterator<Item = &'a Stay> + 'a {
        self.stays.iter().filter(move |stay| stay.device == device && stay.group == *group)
    }
}

/// What may still come right by itself: to be asked again after some time.
pub fn unsettled(world: &mut World) -> Vec<String> {
    let evidence = Evidence::of(world);
    let mut problems = Vec::new();
    devices::nothing_waits(&evidence, &mut problems);
    groups::agree(&evidence, &mut problems);
    books::members_are_those_of_the_tree(world, &evidence, &mut problems);
    books::no_work_is_left(world, &mut problems);
    problems
}

/// Everything. An empty list is a pass.
pub fn check(world: &mut World, facts: &Facts) -> Vec<String> {
    let mut problems = unsettled(world);
    let evidence = Evidence::of(world);
    devices::one_order(&evidence, facts, &mut problems);
    devices::nothing_is_lost(&evidence, facts, &mut problems);
    if !facts.hostile {
        devices::no_false_alarm(world, &mut problems);
    }
    secrecy::nobody_outside_reads(world, &evidence, facts, &mut problems);
    secrecy::written_for_whom(&evidence, facts, &mut problems);
    secrecy::the_relay_is_blind(world, facts, &mut problems);
    books::logs_have_no_gaps(world, &mut problems);
    books::the_cached_tree_is_the_rebuilt_one(world, &evidence, &mut problems);
    let unique: BTreeSet<String> = problems.into_iter().collect();
    unique.into_iter().collect()
}
