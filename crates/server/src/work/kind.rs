//! The kinds of work, and what a step of each is.

use crate::{Failure, Relay, RelayFault, Row, Tx, groups};
use rusqlite::{Connection, OptionalExtension};

/// What is done. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
pub enum Kind {
    /// The Remove proposals of a removed device (the subject), one for each group (the step) that it is still in.
    RemoveDevice = 1,
}

impl Kind {
    /// As stored.
    pub(super) fn read(stored: i64) -> Result<Self, RelayFault> {
        match stored {
            1 => Ok(Kind::RemoveDevice),
            kind => Err(RelayFault::new(format!("stored work of unknown kind {kind}"))),
        }
    }

    /// As the log names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::RemoveDevice => "remove_device",
        }
    }

    /// How many steps there are after this one.
    pub(super) fn left(self, db: &Connection, subject: Row, after: i64) -> Result<u64, Failure> {
        match self {
            Kind::RemoveDevice => Ok(db
                .prepare_cached(
                    "SELECT count(*) FROM members WHERE device_id = ? AND group_id > ? AND removed_seq IS NULL",
                )?
                .query_row([subject, after], |row| row.get(0))?),
        }
    }

    /// The step after this one.
    pub(super) fn next(self, db: &Connection, subject: Row, after: i64) -> Result<Option<i64>, Failure> {
        match self {
            Kind::RemoveDevice => Ok(db
                .prepare_cached(
                    "SELECT group_id FROM members WHERE device_id = ? AND group_id > ? AND removed_seq IS NULL
                     ORDER BY group_id LIMIT 1",
                )?
                .query_row([subject, after], |row| row.get(0))
                .optional()?),
        }
    }

    /// Carries a step out. Doing it once more, or when others did it already, changes nothing.
    pub(super) fn run(self, relay: &Relay, tx: &Tx<'_>, now_ms: u64, subject: Row, step: i64) -> Result<(), Failure> {
        match self {
            Kind::RemoveDevice => groups::propose_removal(relay, tx, now_ms, step, subject),
        }
    }
}
