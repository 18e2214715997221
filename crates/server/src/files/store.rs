//! The table `files`.

use super::{MAX_FILES_PER_USER, TOMBSTONE_LIFETIME_SECONDS, UNFINISHED_LIFETIME_MS};
use crate::{Failure, RelayFault, Row};
use chancery_wire::{Code, FileId, Refusal};
use rusqlite::{Connection, OptionalExtension, params};
use std::future::Future;

/// Runs SQL in the relay's store.
pub trait Database: Clone + Send + Sync + 'static {
    /// Runs a job that only reads, in one transaction.
    fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, Failure>> + Send;

    /// Runs a job in a writing transaction; when it returns, what the job did is durable, or undone with an error.
    fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, Failure>> + Send;
}

/// A row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileRow {
    pub owner: Row,
    pub size: u64,
    pub received: u64,
    pub expires_at: u64,
    pub deleted: bool,
}

/// A file to be made.
pub(super) struct NewFile {
    pub id: FileId,
    pub owner: Row,
    pub size: u64,
    pub expires_at: u64,
    pub created_at_ms: u64,
}

/// What is left of a disk for files, after the reserve.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room(pub u64);

/// SQLite's integers are signed; sizes and times of this table are far below.
fn integer(value: u64) -> Result<i64, Failure> {
    i64::try_from(value).map_err(|error| RelayFault::new(error).into())
}

/// A column that is never negative.
fn unsigned(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// Makes the row, when the user's quota and the disk allow it.
pub(super) fn create(db: &Connection, file: &NewFile, quota_bytes: u64, room: Room) -> Result<(), Failure> {
    let now = integer(file.created_at_ms / 1000)?;
    let (count, used): (u64, u64) = db
        .prepare_cached(
            "SELECT count(*), coalesce(sum(size), 0) FROM files WHERE owner = ? AND deleted = 0 AND expires_at > ?",
        )?
        .query_row(params![file.owner, now], |row| Ok((unsigned(row, 0)?, unsigned(row, 1)?)))?;
    if count >= MAX_FILES_PER_USER {
        let text = format!("you have {count} files at the relay, as many as allowed; delete some");
        return Err(Refusal::new(Code::QuotaExceeded, text).into());
    }
    if used.saturating_add(file.size) > quota_bytes {
        let text = format!(
            "the file has {} bytes, and of your {quota_bytes} bytes for files {} are left; delete files, or ask the administrator",
            file.size,
            quota_bytes.saturating_sub(used)
        );
        return Err(Refusal::new(Code::QuotaExceeded, text).into());
    }
    // Room that running uploads were promised isn't free any more.
    let promised: u64 = db
        .prepare_cached(
            "SELECT coalesce(sum(size - received), 0) FROM files
             WHERE deleted = 0 AND received < size AND expires_at > ? AND created_at_ms > ?",
        )?
        .query_row(params![now, integer(file.created_at_ms.saturating_sub(UNFINISHED_LIFETIME_MS))?], |row| {
            unsigned(row, 0)
        })?;
    if promised.saturating_add(file.size) > room.0 {
        return Err(Code::StorageFull.into());
    }
    db.prepare_cached(
        "INSERT INTO files (id, owner, size, received, expires_at, created_at_ms, deleted) VALUES (?, ?, ?, 0, ?, ?, 0)",
    )?
    .execute(params![
        file.id.as_bytes(),
        file.owner,
        integer(file.size)?,
        integer(file.expires_at)?,
        integer(file.created_at_ms)?
    ])?;
    Ok(())
}

/// The row of a file that is still there.
pub(super) fn find(db: &Connection, file: FileId, now_seconds: u64) -> Result<FileRow, Failure> {
    let row = db
        .prepare_cached("SELECT owner, size, received, expires_at, deleted FROM files WHERE id = ?")?
        .query_row([file.as_bytes()], |row| {
            Ok(FileRow {
                owner: row.get(0)?,
                size: unsigned(row, 1)?,
                received: unsigned(row, 2)?,
                expires_at: unsigned(row, 3)?,
                deleted: row.get(4)?,
            })
        })
        .optional()?
        .ok_or(Code::NotFound)?;
    if row.deleted || row.expires_at <= now_seconds { Err(Code::FileGone.into()) } else { Ok(row) }
}

/// The same, for its uploader only.
pub(super) fn find_own(db: &Connection, file: FileId, owner: Row, now_seconds: u64) -> Result<FileRow, Failure> {
    let row = find(db, file, now_seconds)?;
    if row.owner == owner {
        Ok(row)
    } else {
        Err(Refusal::new(Code::Forbidden, "only its uploader may do this").into())
    }
}

/// So many bytes are on the disk.
pub(super) fn record(db: &Connection, file: FileId, received: u64) -> Result<(), Failure> {
    let changed = db
        .prepare_cached("UPDATE files SET received = ? WHERE id = ? AND deleted = 0")?
        .execute(params![integer(received)?, file.as_bytes()])?;
    if changed == 1 { Ok(()) } else { Err(Code::FileGone.into()) }
}

/// The bytes are about to be removed.
pub(super) fn mark_deleted(db: &Connection, files: &[FileId]) -> Result<(), Failure> {
    let mut update = db.prepare_cached("UPDATE files SET deleted = 1 WHERE id = ?")?;
    for file in files {
        update.execute([file.as_bytes()])?;
    }
    Ok(())
}

/// Files whose time is over, and uploads that were given up; at most `limit`.
pub(super) fn ended(db: &Connection, now_ms: u64, limit: u32) -> Result<Vec<FileId>, Failure> {
    let unfinished_since = integer(now_ms.saturating_sub(UNFINISHED_LIFETIME_MS))?;
    ids(
        db,
        "SELECT id FROM files
         WHERE deleted = 0 AND length(id) = 16 AND (expires_at <= ? OR (received < size AND created_at_ms <= ?)) LIMIT ?",
        params![integer(now_ms / 1000)?, unfinished_since, limit],
    )
}

/// Forgets files that ended long ago; at most `limit`. Says how many.
pub(super) fn forget(db: &Connection, now_ms: u64, limit: u32) -> Result<usize, Failure> {
    let before = integer((now_ms / 1000).saturating_sub(TOMBSTONE_LIFETIME_SECONDS))?;
    Ok(db
        .prepare_cached(
            "DELETE FROM files WHERE id IN (SELECT id FROM files WHERE deleted = 1 AND expires_at <= ? LIMIT ?)",
        )?
        .execute(params![before, limit])?)
}

/// Which of these files have no row, or a deleted one.
pub(super) fn orphans(db: &Connection, files: Vec<FileId>) -> Result<Vec<FileId>, Failure> {
    let mut alive = db.prepare_cached("SELECT 1 FROM files WHERE id = ? AND deleted = 0")?;
    let mut orphans = Vec::new();
    for file in files {
        if !alive.exists([file.as_bytes()])? {
            orphans.push(file);
        }
    }
    Ok(orphans)
}

fn ids(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<FileId>, Failure> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| row.get::<_, [u8; 16]>(0).map(FileId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
