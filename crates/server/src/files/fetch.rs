//! Ciphertext, whole or in part.

use super::{
    Database, Host,
    disk::blocking,
    range::{self, Asked},
    store,
};
use crate::Failure;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chancery_wire::{Code, FileId};
use futures_util::TryStreamExt;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// Bytes read at a time.
const READ_BYTES: usize = 64 * 1024;

/// Answers GET.
pub(super) async fn fetch<H: Host>(host: &H, file: FileId, headers: &HeaderMap) -> Result<Response, Failure> {
    let (files, now) = (host.files(), host.now_ms() / 1000);
    let row = files.database.read(move |db| store::find(db, file, now)).await?;
    if row.received < row.size {
        return Err(Code::FileIncomplete.into());
    }
    // A file never changes, so its id is its validator.
    let tag = format!("\"{file}\"");
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let current = text(header::IF_RANGE).is_none_or(|expected| expected == tag);
    let asked = range::parse(text(header::RANGE).filter(|_| current), row.size);
    let (status, part) = match asked {
        Asked::All => (StatusCode::OK, 0..row.size),
        Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Asked::Beyond => {
            let size = [(header::CONTENT_RANGE, format!("bytes */{}", row.size))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, size).into_response());
        }
    };
    let (disk, start, length) = (files.disk.clone(), part.start, part.end - part.start);
    let Some(open) = blocking(move || disk.read(file, start)).await? else {
        tracing::error!("the bytes of a file are missing in the data folder");
        return Err(Code::FileGone.into());
    };
    let sent = files.metrics.download_bytes.clone();
    let stream = ReaderStream::with_capacity(tokio::fs::File::from_std(open).take(length), READ_BYTES)
        .inspect_ok(move |bytes| sent.inc_by(bytes.len() as u64));
    let mut response = Response::new(Body::from_stream(stream));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let digits = |text: String| HeaderValue::try_from(text).expect("digits and ASCII punctuation");
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-transform, immutable"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::ETAG, digits(tag));
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{}", part.start, part.end - 1, row.size);
        headers.insert(header::CONTENT_RANGE, digits(range));
    }
    Ok(response)
}
