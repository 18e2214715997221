//! Files: resumable upload after the tus 1.0 core protocol, download by range (RFC 9110 section 14).
//!
//! - `POST /v1/files` with `Upload-Length` makes a file; the answer is [`FileCreated`].
//! - `HEAD /v1/files/{file}` answers `Upload-Offset` and `Upload-Length`.
//! - `PATCH /v1/files/{file}` with `Upload-Offset` and `Content-Type: application/offset+octet-stream` appends at most
//!   [`crate::limits::MAX_UPLOAD_PART_BYTES`]; the answer is 204 with the new `Upload-Offset`.
//! - `GET /v1/files/{file}` with an optional `Range` returns ciphertext.
//! - `DELETE /v1/files/{file}` by its uploader.

use crate::ids::FileId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileCreated {
    /// Its id.
    pub file: FileId,
    /// When its ciphertext is deleted, in seconds since 1970.
    pub expires_at: u64,
}
