//! What a commit changes besides the log: epoch, GroupInfo, memberships, Welcomes, a snapshot now and then.

use super::{handshake::Checked, state::GroupState};
use crate::{Context, Failure, RelayFault, Tx};
use rusqlite::params;

/// GroupInfos kept: the current epoch's and the one before, in case the newest can't be used.
const GROUP_INFOS: u64 = 2;

/// Enters the epoch that the commit at `seq` begins, all in the commit's own transaction.
pub fn enter_epoch(
    tx: &Tx<'_>,
    context: Context<'_>,
    state: &mut GroupState,
    checked: &Checked,
    seq: u64,
    commit_bytes: u64,
) -> Result<(), Failure> {
    state.epoch = checked.next_epoch;
    if checked.changes_readers {
        state.removal_epoch = checked.next_epoch;
    }
    tx.prepare_cached(
        "UPDATE groups SET epoch = ?, removal_epoch = ?, replay_commits = replay_commits + 1,
         replay_bytes = replay_bytes + ? WHERE id = ?",
    )?
    .execute(params![state.epoch, state.removal_epoch, commit_bytes, state.row])?;
    let group_info = checked.group_info.as_ref().ok_or_else(|| RelayFault::new("a checked commit has a GroupInfo"))?;
    tx.prepare_cached("INSERT INTO group_infos (group_id, epoch, seq, body) VALUES (?, ?, ?, ?)")?.execute(params![
        state.row,
        state.epoch,
        seq,
        group_info
    ])?;
    tx.prepare_cached("DELETE FROM group_infos WHERE group_id = ? AND epoch <= ?")?
        .execute(params![state.row, (state.epoch as i64) - GROUP_INFOS as i64])?;
    checked.update_members(tx, state, seq, (context.caller()?.user_row, context.now_ms))?;
    if let Some(snapshot) = &checked.snapshot {
        tx.prepare_cached("INSERT INTO group_snapshots (group_id, seq, epoch, body) VALUES (?, ?, ?, ?)")?
            .execute(params![state.row, seq, state.epoch, snapshot])?;
        tx.prepare_cached("UPDATE groups SET snapshot_seq = ?, replay_commits = 0, replay_bytes = 0 WHERE id = ?")?
            .execute(params![seq, state.row])?;
    }
    Ok(())
}
