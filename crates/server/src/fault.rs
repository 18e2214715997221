//! What can go wrong: refusals are answers, faults are ours.

use chancery_wire::{Code, Refusal};
use std::{fmt, panic::Location};

/// Something that should not happen: the disk, the database, a bug. Logged once, where it is turned into an answer.
pub struct RelayFault {
    at: &'static Location<'static>,
    source: Box<dyn std::error::Error + Send + Sync>,
    disk_full: bool,
}

impl RelayFault {
    /// A fault with its cause; remembers where it was noticed.
    #[track_caller]
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { at: Location::caller(), source: source.into(), disk_full: false }
    }

    /// The disk had no room for it: expected to happen to an operator some day, and the caller can be told.
    pub fn is_disk_full(&self) -> bool {
        self.disk_full
    }
}

impl fmt::Display for RelayFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at {}:{})", self.source, self.at.file(), self.at.line())
    }
}

impl fmt::Debug for RelayFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for RelayFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}

impl From<rusqlite::Error> for RelayFault {
    #[track_caller]
    fn from(error: rusqlite::Error) -> Self {
        let disk_full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
        Self { disk_full, ..Self::new(error) }
    }
}

/// Why a call has no answer.
#[derive(Debug)]
pub enum Failure {
    /// An expected outcome with a stable code.
    Refused(Refusal),
    /// Ours.
    Fault(RelayFault),
}

impl Failure {
    /// What the caller is told. A fault becomes `internal` and is logged here, and nowhere else.
    pub fn into_refusal(self, operation: &'static str) -> Refusal {
        match self {
            Failure::Refused(refusal) => refusal,
            Failure::Fault(fault) => {
                tracing::error!(operation, %fault, "fault");
                Refusal::of(Code::Internal)
            }
        }
    }

    /// Whether what is wrong is wrong with one row (its content, or the page that it stands on), so that others can be read or
    /// written all the same.
    pub fn is_of_one_row(&self) -> bool {
        let Failure::Fault(fault) = self else { return false };
        match fault.source.downcast_ref::<rusqlite::Error>() {
            Some(rusqlite::Error::SqliteFailure(error, _)) => error.code == rusqlite::ErrorCode::DatabaseCorrupt,
            _ => true,
        }
    }

    /// The refusal's code; `None` for a fault.
    pub fn code(&self) -> Option<Code> {
        match self {
            Failure::Refused(refusal) => Some(refusal.code),
            Failure::Fault(_) => None,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal)
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Failure::Refused(code.into())
    }
}

impl From<RelayFault> for Failure {
    fn from(fault: RelayFault) -> Self {
        if fault.is_disk_full() { Code::StorageFull.into() } else { Failure::Fault(fault) }
    }
}

impl From<rusqlite::Error> for Failure {
    #[track_caller]
    fn from(error: rusqlite::Error) -> Self {
        RelayFault::from(error).into()
    }
}
