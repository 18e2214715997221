//! One part of an upload.

use super::{
    Database, Host,
    disk::{self, blocking},
    offset::current,
    slots::Turn,
    store,
};
use crate::{Failure, relay::Caller};
use axum::body::Body;
use chancery_wire::{Code, FileId, Refusal, limits::MAX_UPLOAD_PART_BYTES};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::io::{AsyncWriteExt, BufWriter};

/// A client that sends nothing for so long has gone.
const IDLE: Duration = Duration::from_secs(60);
/// Bytes gathered before they are written.
const WRITE_BYTES: usize = 256 * 1024;

/// Appends a body at `offset`; returns the new offset. What came before the body broke off is kept.
pub(super) async fn append<H: Host>(
    host: &H,
    caller: &Caller,
    file: FileId,
    offset: u64,
    length: Option<u64>,
    body: Body,
) -> Result<u64, Failure> {
    let files = host.files();
    let turn = files.slots.take(file).await;
    let progress = current(host, caller.user_row, file).await?;
    if offset != progress.offset {
        return Err(mismatch(progress.offset));
    }
    let room = (progress.size - offset).min(MAX_UPLOAD_PART_BYTES as u64);
    if length.is_some_and(|length| length > room) {
        return Err(too_long(progress.size - offset));
    }
    let disk = files.disk.clone();
    let out = blocking(move || {
        disk.check_room(length.unwrap_or(room))?;
        disk.append(file, offset)
    })
    .await?;
    let mut out = BufWriter::with_capacity(WRITE_BYTES, tokio::fs::File::from_std(out));
    let (written, ended) = copy(&turn, body, &mut out, room).await?;
    if matches!(ended, Ended::TooLong) {
        // Nothing of it is recorded; the next part begins where this one did.
        return Err(too_long(progress.size - offset));
    }
    if written > 0 {
        out.flush().await.map_err(disk::failure)?;
        out.get_ref().sync_data().await.map_err(disk::failure)?;
        files.database.write(move |db| store::record(db, file, offset + written)).await?;
        files.metrics.upload_bytes.inc_by(written);
    }
    match ended {
        Ended::Complete => Ok(offset + written),
        _ => Err(mismatch(offset + written)),
    }
}

/// Why a body's reading ended.
enum Ended {
    /// It was complete.
    Complete,
    /// The client has gone, or another request of its took over.
    Broken,
    /// It went on beyond the room for it.
    TooLong,
}

async fn copy(
    turn: &Turn,
    body: Body,
    out: &mut BufWriter<tokio::fs::File>,
    room: u64,
) -> Result<(u64, Ended), Failure> {
    let mut stream = body.into_data_stream();
    let mut written = 0;
    loop {
        let next = tokio::select! {
            biased;
            () = turn.cancelled.cancelled() => return Ok((written, Ended::Broken)),
            next = tokio::time::timeout(IDLE, stream.next()) => next,
        };
        match next {
            Ok(Some(Ok(bytes))) if bytes.len() as u64 > room - written => return Ok((written, Ended::TooLong)),
            Ok(Some(Ok(bytes))) => {
                out.write_all(&bytes).await.map_err(disk::failure)?;
                written += bytes.len() as u64;
            }
            Ok(None) => return Ok((written, Ended::Complete)),
            Ok(Some(Err(_))) | Err(_) => return Ok((written, Ended::Broken)),
        }
    }
}

fn mismatch(offset: u64) -> Failure {
    Refusal { offset: Some(offset), ..Code::OffsetMismatch.into() }.into()
}

fn too_long(missing: u64) -> Failure {
    let text =
        format!("a part has at most {MAX_UPLOAD_PART_BYTES} bytes, and {missing} bytes of this file are missing");
    Refusal::new(Code::TooLarge, text).into()
}
