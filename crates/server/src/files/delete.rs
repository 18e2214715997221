//! A file's uploader takes it back.

use super::{Database, Host, disk::blocking, store};
use crate::{Failure, relay::Caller};
use chancery_wire::FileId;

/// Deletes a file; an upload that still runs ends.
pub(super) async fn delete<H: Host>(host: &H, caller: &Caller, file: FileId) -> Result<(), Failure> {
    let (files, owner, now) = (host.files(), caller.user_row, host.now_ms() / 1000);
    files.database.read(move |db| store::find_own(db, file, owner, now)).await?;
    let _turn = files.slots.take(file).await;
    files
        .database
        .write(move |db| {
            store::find_own(db, file, owner, now)?;
            store::mark_deleted(db, &[file])
        })
        .await?;
    let disk = files.disk.clone();
    blocking(move || disk.remove(file)).await?;
    Ok(())
}
