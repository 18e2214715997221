//! Which step is next.

use super::{Kind, MAX_BACKOFF_MS};
use crate::{Failure, Row};
use rusqlite::Connection;

/// A step of some work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The work's row.
    pub(super) work: Row,
    /// Its kind.
    pub kind: Kind,
    /// Whom or what it is about.
    pub(super) subject: Row,
    /// The step; `None` when none is left.
    pub(super) step: Option<i64>,
    /// How often it failed.
    pub(super) attempts: u32,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// This, now.
    Step(Step),
    /// Nothing before this time, in milliseconds since 1970.
    At(u64),
    /// Nothing.
    Nothing,
}

/// What is to be done next. Steps that failed before come first, because they wait so long between; of several works the one that has
/// taken the fewest steps, so that a small one isn't kept waiting by a large one.
pub fn next(db: &Connection, now_ms: u64) -> Result<Next, Failure> {
    // One further away than any back-off was noted by a clock that was ahead.
    let mut statement = db.prepare_cached(
        "SELECT work_id, kind, subject, step, attempts FROM work_failures JOIN work ON work.id = work_id
         WHERE next_at_ms <= ? OR next_at_ms > ? ORDER BY next_at_ms",
    )?;
    let mut rows = statement.query([now_ms, now_ms.saturating_add(MAX_BACKOFF_MS)])?;
    while let Some(row) = rows.next()? {
        // A row that can't be read keeps no other work waiting; it stays in the count of what is open.
        let Ok(kind) = Kind::read(row.get(1)?) else { continue };
        let (work, subject, step) = (row.get(0)?, row.get(2)?, Some(row.get(3)?));
        return Ok(Next::Step(Step { work, kind, subject, step, attempts: row.get(4)? }));
    }
    let mut statement = db.prepare_cached("SELECT id, kind, subject, position FROM work ORDER BY steps, id")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (work, subject) = (row.get(0)?, row.get(2)?);
        let Ok(kind) = Kind::read(row.get(1)?) else { continue };
        let step = kind.next(db, subject, row.get(3)?)?;
        // What waits for steps that failed isn't finished.
        if step.is_some() || !has_failures(db, work)? {
            return Ok(Next::Step(Step { work, kind, subject, step, attempts: 0 }));
        }
    }
    let later: Option<u64> =
        db.prepare_cached("SELECT min(next_at_ms) FROM work_failures")?.query_row((), |row| row.get(0))?;
    Ok(later.map_or(Next::Nothing, Next::At))
}

pub(super) fn has_failures(db: &Connection, work: Row) -> Result<bool, Failure> {
    Ok(db.prepare_cached("SELECT 1 FROM work_failures WHERE work_id = ?")?.exists([work])?)
}
