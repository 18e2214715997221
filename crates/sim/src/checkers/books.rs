//! The relay's own store.

use super::Evidence;
use crate::world::World;
use chancery_core::api::ConversationState;
use chancery_wire::api::{Request, Response};
use std::collections::{BTreeMap, BTreeSet};

/// Every log is contiguous from the horizon to the head, and has the GroupInfo of its epoch.
pub(super) fn logs_have_no_gaps(world: &World, problems: &mut Vec<String>) {
    for group in world.relay.logs() {
        let expected: Vec<u64> = (group.pruned_seq + 1..).take(group.positions.len()).collect();
        if group.positions != expected {
            problems.push(format!("relay: the log of {} has gaps: {:?}", group.group, group.positions));
        }
        if group.handshake_seq > group.pruned_seq + group.positions.len() as u64 {
            problems.push(format!("relay: {} has a handshake beyond its log", group.group));
        }
        if !group.has_group_info {
            problems.push(format!("relay: {} lacks the GroupInfo of its epoch", group.group));
        }
        if group.last_commit_epoch.is_some_and(|epoch| epoch + 1 != group.epoch) {
            problems.push(format!(
                "relay: {} is in epoch {}, its last commit of {:?}",
                group.group, group.epoch, group.last_commit_epoch
            ));
        }
    }
}

/// The rows of members are the devices in the tree, as the members' own trees say.
pub(super) fn members_are_those_of_the_tree(world: &World, evidence: &Evidence, problems: &mut Vec<String>) {
    let users = world.relay.users_of_devices();
    let mut rows: BTreeMap<_, BTreeMap<_, u32>> = BTreeMap::new();
    for stay in evidence.stays.iter().filter(|stay| stay.removed.is_none()) {
        if let Some(user) = users.get(&stay.device) {
            *rows.entry(stay.group.clone()).or_default().entry(user.clone()).or_default() += 1;
        }
    }
    let mut done = BTreeSet::new();
    for device in evidence.devices.iter().filter(|device| !device.revoked) {
        for (group, conversation) in &device.conversations {
            if conversation.view.state != ConversationState::Active || !done.insert(group) {
                continue;
            }
            let tree: BTreeMap<_, _> = conversation
                .members
                .iter()
                .filter(|member| member.devices > 0)
                .map(|member| (member.user.clone(), member.devices))
                .collect();
            if rows.get(group) != Some(&tree) {
                problems.push(format!("relay: members of {group} are {:?}, in the tree {tree:?}", rows.get(group)));
            }
        }
    }
}

/// The relay has carried out all that it began.
pub(super) fn no_work_is_left(world: &World, problems: &mut Vec<String>) {
    if world.relay.works_at(world.now_ms).is_some() {
        problems.push("relay: stored work isn't carried out".to_owned());
    }
    if world.relay.failing_steps() > 0 {
        problems.push("relay: steps of stored work fail".to_owned());
    }
}

/// What the relay keeps in memory is what its log leads to.
pub(super) fn the_cached_tree_is_the_rebuilt_one(world: &mut World, evidence: &Evidence, problems: &mut Vec<String>) {
    let mut asked = BTreeSet::new();
    let mut askers = Vec::new();
    for device in evidence.devices.iter().filter(|device| !device.revoked) {
        for (group, conversation) in &device.conversations {
            if conversation.view.state == ConversationState::Active && asked.insert(group.clone()) {
                askers.push((device.client, group.clone()));
            }
        }
    }
    let read = |world: &mut World| {
        askers
            .iter()
            .map(|(client, group)| match world.ask(*client, Request::GetRejoinInfo { group: group.clone() }) {
                Ok(Response::RejoinInfo(info)) => Ok((info.epoch, info.tree)),
                other => Err(format!("{other:?}")),
            })
            .collect::<Vec<_>>()
    };
    let cached = read(world);
    world.crash_relay();
    let rebuilt = read(world);
    for ((_, group), (cached, rebuilt)) in askers.iter().zip(cached.into_iter().zip(rebuilt)) {
        if cached.is_err() || cached != rebuilt {
            problems.push(format!("relay: the tree of {group} in memory is not the one that its log leads to"));
        }
    }
    world.run_for(5_000);
}
