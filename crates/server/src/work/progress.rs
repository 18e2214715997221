//! How far work is.

use super::Kind;
use crate::{Failure, Row};
use rusqlite::{Connection, OptionalExtension, params};

/// How far one work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps that are done, by the relay or by others.
    pub done: u64,
    /// Steps that there were at the beginning.
    pub total: u64,
}

/// How far this work is; `None` when there is none.
pub fn progress(db: &Connection, kind: Kind, subject: Row) -> Result<Option<Progress>, Failure> {
    let found: Option<(Row, i64, u64)> = db
        .prepare_cached("SELECT id, position, total FROM work WHERE kind = ? AND subject = ?")?
        .query_row(params![kind as i64, subject], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((work, position, total)) = found else { return Ok(None) };
    let failed: u64 = db
        .prepare_cached("SELECT count(*) FROM work_failures WHERE work_id = ?")?
        .query_row([work], |row| row.get(0))?;
    let left = kind.left(db, subject, position)?;
    Ok(Some(Progress { done: total.saturating_sub(left + failed), total }))
}

/// All work together, for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Works under way.
    pub open: u64,
    /// Steps of them that failed and are tried again.
    pub failing: u64,
}

/// How much there is to do.
pub fn standing(db: &Connection) -> Result<Standing, Failure> {
    let count = |sql: &str| db.prepare_cached(sql)?.query_row((), |row| row.get(0));
    Ok(Standing { open: count("SELECT count(*) FROM work")?, failing: count("SELECT count(*) FROM work_failures")? })
}
