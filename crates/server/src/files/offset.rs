//! How far an upload is.

use super::{Database, Host, disk::blocking, store};
use crate::{Failure, relay::Caller};
use chancery_wire::FileId;

/// How far an upload is, and how long the file will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    pub offset: u64,
    pub size: u64,
}

/// Asked by the uploader, this ends an upload that still runs: its client has lost it and wants to go on.
pub(super) async fn offset<H: Host>(host: &H, caller: &Caller, file: FileId) -> Result<Progress, Failure> {
    let (files, owner, now) = (host.files(), caller.user_row, host.now_ms() / 1000);
    let row = files.database.read(move |db| store::find(db, file, now)).await?;
    if row.owner != owner {
        return Ok(Progress { offset: row.received, size: row.size });
    }
    let _turn = files.slots.take(file).await;
    current(host, owner, file).await
}

/// The same for who has the turn: recorded bytes that are really there.
pub(super) async fn current<H: Host>(host: &H, owner: crate::Row, file: FileId) -> Result<Progress, Failure> {
    let (files, now) = (host.files(), host.now_ms() / 1000);
    let row = files.database.read(move |db| store::find_own(db, file, owner, now)).await?;
    let disk = files.disk.clone();
    let length = blocking(move || disk.length(file)).await?;
    Ok(Progress { offset: length.min(row.received), size: row.size })
}
