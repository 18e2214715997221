//! Where a commit or proposal enters the log, by epoch compare-and-swap.

use super::{
    items,
    log::{self, NewItem, Sender},
    members,
    state::{GroupState, stored_role},
    stored,
};
use crate::{
    Caller, Context, Failure, Relay, RelayFault, Row, Tx,
    delivery::inbox,
    effects::Effect,
    groups::commit,
    relay::{Tree, Weight, lock},
};
use chancery_mls::Role;
use chancery_wire::{Code, GroupId, ItemId, Refusal, UserId, api::groups::Appended, frames::ItemKind};
use rusqlite::params;
use std::{ops::RangeInclusive, sync::Arc};

/// Largest proposal that is let through when a person's quota or the disk is used up, in bytes. A removal has a few hundred.
const MAX_EXEMPT_PROPOSAL_BYTES: usize = 16 * 1024;

/// A commit or proposal that was prepared.
pub enum Handshake {
    /// It was appended before.
    Answered(Appended),
    /// It fits the tree after `base_handshake_seq`.
    Checked(Box<Checked>),
}

/// A checked commit or proposal, with everything that it changes.
pub struct Checked {
    pub(super) group: GroupId,
    pub(super) base_handshake_seq: u64,
    pub(super) item: ItemId,
    pub(super) kind: ItemKind,
    pub(super) epoch: u64,
    pub(super) next_epoch: u64,
    pub(super) body: Vec<u8>,
    pub(super) group_info: Option<Vec<u8>>,
    pub(super) welcome: Option<Vec<u8>>,
    pub(super) added: Vec<NewMember>,
    pub(super) removed: Vec<Row>,
    /// Who was added, removed or joined anew can't read, or mustn't be read to in, earlier epochs.
    pub(super) changes_readers: bool,
    /// All users' roles, when the group's data changed.
    pub(super) roles: Option<Vec<(UserId, Role)>>,
    pub(super) snapshot: Option<Vec<u8>>,
    /// The relay's own proposals that follow the commit.
    pub(super) proposals: Vec<(ItemId, Vec<u8>)>,
    /// The times, in seconds since 1970, at which the certificates that come in are valid.
    pub(super) accepted_at: RangeInclusive<u64>,
    pub(super) tree: Tree,
    /// The serialised tree, for those who are added.
    pub(super) tree_bytes: Option<Arc<Vec<u8>>>,
}

/// A device that a commit adds.
pub struct NewMember {
    pub(super) row: Row,
    pub(super) role: Role,
    pub(super) key_package: Vec<u8>,
}

/// Appends it, unless the group moved on since it was checked.
pub fn append_handshake(
    relay: &Relay,
    tx: &Tx<'_>,
    context: Context<'_>,
    handshake: Handshake,
) -> Result<Appended, Failure> {
    let caller = context.caller()?;
    let mut checked = match handshake {
        Handshake::Answered(answer) => return Ok(answer),
        Handshake::Checked(checked) => *checked,
    };
    let state = relay.group(tx, &checked.group)?.ok_or(Code::NotFound)?;
    let mut state = lock(&state);
    check_again(tx, &state, caller, &checked)?;
    if let Some(answer) = items::answered(relay, tx, state.row, (caller.row, checked.item))? {
        return Ok(answer);
    }
    // The verdict on certificates is that of the very time that is stored: whoever reads the item comes to the same.
    let at_ms = state.stamp(context.now_ms);
    if !checked.accepted_at.contains(&(at_ms / 1000)) {
        return Err(Code::CertificateExpired.into());
    }
    if !checked.makes_room() {
        relay.check_room(Weight::Ordinary)?;
        stored::check(relay, tx, caller.user_row, checked.bytes())?;
    }
    tx.touch(&checked.group);
    let seq = state.head + 1;
    let new = NewItem {
        kind: checked.kind,
        epoch: checked.epoch,
        sender: Some(Sender { row: caller.row, device: caller.device, user: caller.user_row }),
        item: checked.item,
        body: std::mem::take(&mut checked.body),
    };
    let commit_bytes = new.body.len() as u64;
    let appended = log::append(relay, tx, state.row, &checked.group, seq, new, at_ms)?
        .ok_or_else(|| RelayFault::new("an item is both there and not"))?;
    state.appended(seq, at_ms);
    if checked.kind == ItemKind::Commit {
        commit::enter_epoch(tx, context, &mut state, &checked, seq, commit_bytes)?;
    }
    for (item, body) in std::mem::take(&mut checked.proposals) {
        let new = NewItem { kind: ItemKind::Proposal, epoch: state.epoch, sender: None, item, body };
        let seq = state.head + 1;
        log::append(relay, tx, state.row, &checked.group, seq, new, at_ms)?;
        state.appended(seq, at_ms);
    }
    set_handshake_seq(tx, &mut state)?;
    checked.tree.handshake_seq = state.handshake_seq;
    if let Some(bytes) = checked.tree_bytes {
        relay.put_tree_bytes_in(tx, &checked.group, checked.next_epoch, bytes);
    }
    relay.put_tree_in(tx, &checked.group, checked.tree);
    Ok(appended)
}

/// What was true when the item was checked is true still.
fn check_again(tx: &Tx<'_>, state: &GroupState, caller: &Caller, checked: &Checked) -> Result<(), Failure> {
    match state.members.get(&caller.row) {
        None => return Err(Code::NotMember.into()),
        Some(member) if member.revoked => return Err(Code::DeviceRevoked.into()),
        Some(_) => {}
    }
    if state.epoch != checked.epoch || state.handshake_seq != checked.base_handshake_seq {
        return Err(Refusal::wrong_epoch(state.epoch).into());
    }
    for new in &checked.added {
        let revoked =
            tx.prepare_cached("SELECT 1 FROM devices WHERE id = ? AND revoked_at_ms IS NOT NULL")?.exists([new.row])?;
        if revoked {
            return Err(Refusal::new(Code::CommitInvalid, "the commit adds a device that was removed").into());
        }
    }
    Ok(())
}

/// The last item of the log is a handshake.
pub(super) fn set_handshake_seq(tx: &Tx<'_>, state: &mut GroupState) -> Result<(), Failure> {
    state.handshake_seq = state.head;
    tx.prepare_cached("UPDATE groups SET handshake_seq = ? WHERE id = ?")?.execute(params![state.head, state.row])?;
    Ok(())
}

impl Checked {
    /// What only takes away is let through when a person's quota or the disk is used up: who has to go, goes. A proposal by itself frees nothing, so
    /// it has to be small.
    fn makes_room(&self) -> bool {
        match self.kind {
            ItemKind::Proposal => self.body.len() <= MAX_EXEMPT_PROPOSAL_BYTES,
            _ => self.added.is_empty() && !self.removed.is_empty(),
        }
    }

    /// Bytes that are stored with it.
    fn bytes(&self) -> usize {
        self.body.len() + self.welcome.as_ref().map_or(0, Vec::len)
    }

    pub(super) fn update_members(
        &self,
        tx: &Tx<'_>,
        state: &mut GroupState,
        seq: u64,
        (user, now_ms): (Row, u64),
    ) -> Result<(), Failure> {
        for device in &self.removed {
            members::leave(tx, state.row, *device, seq)?;
            state.members.remove(device);
            tx.effect(Effect::Left { row: state.row, device: *device });
        }
        let welcome: Option<Row> = match (&self.welcome, self.added.is_empty()) {
            (Some(welcome), false) => Some(
                tx.prepare_cached(
                    "INSERT INTO welcomes (group_id, seq, epoch, at_ms, body, user_id) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                )?
                .query_row(params![state.row, seq, self.next_epoch, now_ms, welcome, user], |row| row.get(0))?,
            ),
            _ => None,
        };
        if let (Some(bytes), Some(_)) = (&self.welcome, welcome) {
            stored::welcome(tx, user, bytes.len())?;
        }
        for new in &self.added {
            members::join(tx, state.row, new.row, stored_role(new.role), seq, self.next_epoch)?;
            state.members.insert(new.row, super::state::Member { role: new.role, revoked: false });
            if let Some(welcome) = welcome {
                inbox::welcome(tx, new.row, welcome, &new.key_package, now_ms)?;
            }
        }
        for (user, role) in self.roles.iter().flatten() {
            let mut statement = tx.prepare_cached(
                "UPDATE members SET role = ?1 WHERE group_id = ?2 AND removed_seq IS NULL AND device_id IN
                 (SELECT devices.id FROM devices JOIN users ON users.id = user_id WHERE user = ?3) RETURNING device_id",
            )?;
            let mut rows = statement.query(params![stored_role(*role), state.row, user.as_str()])?;
            while let Some(row) = rows.next()? {
                if let Some(member) = state.members.get_mut(&row.get(0)?) {
                    member.role = *role;
                }
            }
        }
        Ok(())
    }
}
