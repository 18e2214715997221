//! Linking a device: a small mailbox in which a new device meets an existing one. Everything in it is sealed.
//!
//! **Invariant:** the first message binds the rendezvous to its sender; nobody else writes to it.
//! **Invariant:** a linked device is registered only with the credential that an active device of the same user admitted, once: whoever
//! took the identity key out of a device that was removed can certify a device but not register it.

mod admission;
mod close;
mod message;
mod open;

pub use admission::use_admission;
pub use close::close;
pub use message::{MAX_LINKS_PER_USER, get_messages, post};
pub use open::{MAX_OPEN_LINKS, MAX_OPEN_LINKS_PER_ADDRESS, get_request, open};

use crate::{Context, Failure, Row};
use chancery_wire::{Code, LinkId};
use rusqlite::{Connection, OptionalExtension, params};

/// The bound device of an open rendezvous, and its request.
fn find(db: &Connection, context: Context<'_>, link: LinkId) -> Result<(Option<Row>, Vec<u8>), Failure> {
    db.prepare_cached("SELECT device_id, request FROM links WHERE id = ? AND expires_at_ms > ?")?
        .query_row(params![link.as_bytes(), context.now_ms], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| Code::LinkClosed.into())
}
