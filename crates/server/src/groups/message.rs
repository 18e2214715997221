//! Appends an application message: the path that most of the traffic takes.

use super::{
    items,
    log::{self, NewItem, Sender},
    stored,
};
use crate::{Caller, Effect, Failure, Relay, Tx, refusals, relay::Weight};
use chancery_mls::{RelayGroup, Role};
use chancery_wire::{
    Code, GroupId, ItemId, Refusal,
    api::groups::Appended,
    frames::ItemKind,
    limits::{MAX_APPLICATION_BYTES, MAX_PAST_EPOCHS_ACCEPTED},
};

/// An application message.
#[derive(Debug)]
pub struct Message {
    /// The group.
    pub group: GroupId,
    /// The sender's id of it.
    pub item: ItemId,
    /// Epoch it was encrypted in.
    pub epoch: u64,
    /// The MLS PrivateMessage.
    pub body: Vec<u8>,
    /// Nobody is woken for it.
    pub quiet: bool,
}

/// Appends it. Everything is checked before the one insertion, so that a refusal leaves nothing to undo.
pub fn append_application(
    relay: &Relay,
    tx: &Tx<'_>,
    caller: &Caller,
    message: Message,
    now_ms: u64,
) -> Result<Appended, Failure> {
    if message.body.len() > MAX_APPLICATION_BYTES {
        return Err(Refusal::new(Code::TooLarge, format!("`body` has more than {MAX_APPLICATION_BYTES} bytes")).into());
    }
    let state = relay.group(tx, &message.group)?.ok_or(Code::NotFound)?;
    let mut state = crate::relay::lock(&state);
    let Some(member) = state.members.get(&caller.row) else { return Err(Code::NotMember.into()) };
    if member.revoked {
        return Err(Code::DeviceRevoked.into());
    }
    let fits = (|| {
        if member.role == Role::Reader {
            return Err(Refusal::new(Code::RuleViolated, "readers of the group can't write").into());
        }
        let oldest = state.removal_epoch.max(state.epoch.saturating_sub(MAX_PAST_EPOCHS_ACCEPTED));
        if !(oldest..=state.epoch).contains(&message.epoch) {
            return Err(Refusal::wrong_epoch(state.epoch).into());
        }
        RelayGroup::check_application(&message.group, message.epoch, &message.body).map_err(
            |error| match refusals::mls(error, state.epoch) {
                // Here the bytes are wrong, not the group's epoch.
                Failure::Refused(refusal) => Refusal::new(Code::InvalidRequest, refusal.message).into(),
                fault => fault,
            },
        )
    })();
    let fits = fits.and_then(|()| {
        relay.check_room(Weight::Ordinary)?;
        stored::check(relay, tx, caller.user_row, message.body.len())?;
        Ok(relay.take_message(caller.user_row, message.body.len(), now_ms)?)
    });
    if let Err(failure) = fits {
        // Accepted before, and what made it acceptable changed since: the sender gets the answer that was lost.
        return items::answered(relay, tx, state.row, (caller.row, message.item))?.ok_or(failure);
    }
    let new = NewItem {
        kind: ItemKind::Application,
        epoch: message.epoch,
        sender: Some(Sender { row: caller.row, device: caller.device, user: caller.user_row }),
        item: message.item,
        body: message.body,
    };
    tx.touch(&message.group);
    match log::append(relay, tx, state.row, &message.group, state.head + 1, new, state.stamp(now_ms))? {
        Some(appended) => {
            state.appended(appended.seq, appended.at_ms);
            if !message.quiet {
                tx.effect(Effect::News { row: state.row, user: caller.user_row });
            }
            Ok(appended)
        }
        None => items::answered(relay, tx, state.row, (caller.row, message.item))?
            .ok_or_else(|| crate::RelayFault::new("an item is both there and not").into()),
    }
}
