//! Devices of a user.
//!
//! **Invariant:** a device is registered only with a chain of certificates down from the user's identity key and, unless it is the
//! first, the admission of another active device; a device id
//! belongs to one device for ever; a revoked device never comes back.

mod add;
mod list;
mod remove;
mod verify;

pub use add::{add, insert};
pub use list::{credential, credentials, list};
pub use remove::remove;
pub use verify::verify;

use crate::{Caller, Failure};
use chancery_wire::Code;
use rusqlite::{Connection, OptionalExtension};

/// Refuses a device that was revoked after its session was opened.
pub fn require_active(db: &Connection, caller: &Caller) -> Result<(), Failure> {
    let revoked: Option<bool> = db
        .prepare_cached("SELECT revoked_at_ms IS NOT NULL FROM devices WHERE id = ?")?
        .query_row([caller.row], |row| row.get(0))
        .optional()?;
    match revoked {
        Some(false) => Ok(()),
        Some(true) => Err(Code::DeviceRevoked.into()),
        // The store was exchanged below us.
        None => Err(Code::Unauthenticated.into()),
    }
}
