//! Ends a rendezvous before its time.

use crate::{Context, Failure, Tx};
use chancery_wire::{Code, LinkId};
use rusqlite::{OptionalExtension, params};

/// Takes an approval back, for the device that gave it, as long as the new device isn't registered. One that is over already is closed.
pub fn close(tx: &Tx<'_>, context: Context<'_>, link: LinkId) -> Result<(), Failure> {
    let caller = context.caller()?;
    let found: Option<bool> = tx
        .prepare_cached("SELECT admits IS NULL FROM links WHERE id = ? AND device_id = ?")?
        .query_row(params![link.as_bytes(), caller.row], |row| row.get(0))
        .optional()?;
    match found {
        None => Ok(()),
        Some(true) => Err(Code::LinkClosed.into()),
        Some(false) => {
            tx.prepare_cached("DELETE FROM link_messages WHERE link = ?")?.execute([link.as_bytes()])?;
            tx.prepare_cached("DELETE FROM links WHERE id = ?")?.execute([link.as_bytes()])?;
            Ok(())
        }
    }
}
