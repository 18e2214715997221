//! Notes that a device can't process an item.

use super::membership;
use crate::{Context, Failure, Relay, Tx, relay::Limit};
use chancery_wire::{Code, GroupId, Refusal, api::groups::Report};
use rusqlite::params;

/// The words that a report may say.
const REASONS: [&str; 4] = ["commit_invalid", "fork", "gap", "rollback"];

/// Stores a report for the operator. The log names neither group nor device.
pub fn report(relay: &Relay, tx: &Tx<'_>, context: Context<'_>, group: &GroupId, body: &Report) -> Result<(), Failure> {
    let caller = context.caller()?;
    let Some(reason) = REASONS.iter().find(|reason| **reason == body.reason) else {
        return Err(Refusal::new(Code::InvalidRequest, format!("`reason` is one of {REASONS:?}")).into());
    };
    let membership = membership(tx, caller.row, group)?;
    relay.limit(Limit::Reports, (caller.user_row as u64, 0), context.now_ms)?;
    tx.prepare_cached(
        "INSERT INTO reports (group_id, device_id, seq, epoch, reason, at_ms) VALUES (?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        membership.row,
        caller.row,
        i64::try_from(body.seq).unwrap_or(i64::MAX),
        i64::try_from(body.epoch).unwrap_or(i64::MAX),
        reason,
        context.now_ms
    ])?;
    tracing::warn!(reason, "a device reports an item that it can't process");
    Ok(())
}
