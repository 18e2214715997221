//! Who may signal to a group's connected devices.

use crate::{Caller, Effect, Failure};
use chancery_mls::Role;
use chancery_wire::{Code, DeviceId, GroupId, Refusal, frames::ServerFrame, limits::MAX_SIGNAL_BYTES};
use rusqlite::{Connection, OptionalExtension, params};

/// The signal as the others get it. `None` when the device isn't in the group, or only reads there: a signal may have been on its
/// way while that changed, so it is dropped without a word.
pub fn signal(
    db: &Connection,
    caller: &Caller,
    group: GroupId,
    epoch: u64,
    body: Vec<u8>,
) -> Result<Option<Effect>, Failure> {
    if body.len() > MAX_SIGNAL_BYTES {
        return Err(Refusal::new(Code::TooLarge, format!("`body` has more than {MAX_SIGNAL_BYTES} bytes")).into());
    }
    let reader = super::state::stored_role(Role::Reader);
    let row = db
        .prepare_cached(
            "SELECT groups.id FROM groups JOIN members ON group_id = groups.id JOIN devices ON devices.id = device_id
             WHERE gid = ? AND device_id = ? AND removed_seq IS NULL AND revoked_at_ms IS NULL AND role != ?",
        )?
        .query_row(params![group.as_str(), caller.row, reader], |row| row.get(0))
        .optional()?;
    let device: DeviceId = caller.device;
    Ok(row.map(|row| Effect::Signal {
        row,
        from: caller.row,
        frame: ServerFrame::Signal { group, device, epoch, body },
    }))
}
