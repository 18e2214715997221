//! Which step is next.

use super::Kind;
use crate::{Failure, Row};
use rusqlite::{Connection, OptionalExtension};

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
    let again = db
        .prepare_cached(
            "SELECT work_id, kind, subject, step, attempts, next_at_ms FROM work_failures JOIN work ON work.id = work_id
             ORDER BY next_at_ms LIMIT 1",
        )?
        .query_row((), |row| {
            let found: (Row, i64, Row, i64, u32) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            Ok((found, row.get::<_, u64>(5)?))
        })
        .optional()?;
    if let Some(((work, kind, subject, step, attempts), at_ms)) = again
        && at_ms <= now_ms
    {
        return Ok(Next::Step(Step { work, kind: Kind::read(kind)?, subject, step: Some(step), attempts }));
    }
    let mut statement = db.prepare_cached("SELECT id, kind, subject, position FROM work ORDER BY steps, id")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (work, subject) = (row.get(0)?, row.get(2)?);
        // One row that can't be read keeps no other work waiting; it stays in the count of what is open.
        let Ok(kind) = Kind::read(row.get(1)?) else { continue };
        let step = kind.next(db, subject, row.get(3)?)?;
        // What waits for steps that failed isn't finished.
        if step.is_some() || !has_failures(db, work)? {
            return Ok(Next::Step(Step { work, kind, subject, step, attempts: 0 }));
        }
    }
    Ok(again.map_or(Next::Nothing, |(_, at_ms)| Next::At(at_ms)))
}

pub(super) fn has_failures(db: &Connection, work: Row) -> Result<bool, Failure> {
    Ok(db.prepare_cached("SELECT 1 FROM work_failures WHERE work_id = ?")?.exists([work])?)
}
