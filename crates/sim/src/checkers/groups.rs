//! Members of a group agree on what the group is.

use super::Evidence;
use chancery_core::api::ConversationState;
use chancery_wire::{GroupId, link::GroupLink};
use std::collections::BTreeMap;

/// Epoch, people, roles, devices and name are the same on every device that is in the group, and all devices of a member are in it.
pub(super) fn agree(evidence: &Evidence, problems: &mut Vec<String>) {
    let mut agreed: BTreeMap<&GroupId, (String, &str)> = BTreeMap::new();
    for device in evidence.devices.iter().filter(|device| !device.revoked) {
        for (group, conversation) in &device.conversations {
            if conversation.view.state != ConversationState::Active {
                continue;
            }
            let members: Vec<_> =
                conversation.members.iter().map(|member| (&member.user, member.role, member.devices)).collect();
            let title = match conversation.view.kind {
                chancery_mls::GroupKind::Group => conversation.view.title.as_str(),
                chancery_mls::GroupKind::Direct => "",
            };
            let state = format!("epoch {:?}, {title:?}, {members:?}", conversation.view.epoch);
            let (other, name) = agreed.entry(group).or_insert_with(|| (state.clone(), &device.name));
            if *other != state {
                problems.push(format!("{group}: {} sees {state}, {name} sees {other}", device.name));
            }
        }
    }
    links_agree(evidence, problems);
    for device in evidence.devices.iter().filter(|device| !device.revoked) {
        let siblings = evidence
            .devices
            .iter()
            .filter(|other| other.user == device.user && other.device != device.device && !other.revoked);
        for sibling in siblings {
            for (group, conversation) in &sibling.conversations {
                let inside = device.conversations.get(group).map(|own| own.view.state);
                if conversation.view.state == ConversationState::Active && inside != Some(ConversationState::Active) {
                    problems.push(format!(
                        "{group}: {} is in it, {} of the same user is {inside:?}",
                        sibling.name, device.name
                    ));
                }
            }
        }
    }
}

/// Admins let people in with the same token. (A device that rejoined may know of no link.)
fn links_agree(evidence: &Evidence, problems: &mut Vec<String>) {
    let mut agreed = BTreeMap::new();
    for device in evidence.devices.iter().filter(|device| !device.revoked) {
        for (group, conversation) in &device.conversations {
            let Some(link) = conversation.link.as_ref().and_then(|link| GroupLink::parse(link).ok()) else { continue };
            let (other, name) = agreed.entry(group).or_insert((link.token, &device.name));
            if *other != link.token {
                problems.push(format!("{group}: {} and {name} give out different links", device.name));
            }
        }
    }
}
