//! The description of the file calls, which stream and so don't go through the JSON routes.
#![expect(dead_code, reason = "the functions only carry descriptions")]

use super::problem::ProblemDetails;
use chancery_wire::{api::files::FileCreated, ids::FileId};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(create_file, file_offset, append_to_file, fetch_file, delete_file))]
pub struct Files;

/// Makes a file (tus 1.0, creation). `Upload-Length` is the length of the whole ciphertext.
#[utoipa::path(
    post, path = "/v1/files", tag = "files", operation_id = "create_file", security(("session" = [])),
    params(("Upload-Length" = u64, Header, description = "Bytes of the whole ciphertext")),
    responses((status = 201, body = FileCreated, headers(("Location" = String, description = "The file's path"))),
              (status = 400, description = "`invalid_request`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 403, description = "`quota_exceeded`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`: larger than policy allows", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 507, description = "`storage_full`", body = ProblemDetails, content_type = "application/problem+json"))
)]
fn create_file() {}

/// Where an upload goes on.
#[utoipa::path(
    head, path = "/v1/files/{file}", tag = "files", operation_id = "file_offset", security(("session" = [])),
    params(("file" = FileId, Path, description = "The file")),
    responses((status = 200, description = "In the headers",
               headers(("Upload-Offset" = u64, description = "Bytes that are on the relay's disk"),
                       ("Upload-Length" = u64, description = "Bytes of the whole ciphertext"))),
              (status = 401, description = "`unauthenticated`; HEAD has no body"),
              (status = 404, description = "`not_found`, also when somebody else uploads it; HEAD has no body"),
              (status = 410, description = "`file_gone`; HEAD has no body"))
)]
fn file_offset() {}

/// Appends ciphertext at `Upload-Offset`; at most 8 MiB in one request.
#[utoipa::path(
    patch, path = "/v1/files/{file}", tag = "files", operation_id = "append_to_file", security(("session" = [])),
    params(("file" = FileId, Path, description = "The file"),
           ("Upload-Offset" = u64, Header, description = "Where the part begins")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "On the relay's disk", headers(("Upload-Offset" = u64, description = "The new offset"))),
              (status = 400, description = "`invalid_request`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 401, description = "`unauthenticated`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`not_found`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 409, description = "`offset_mismatch` with `offset`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 410, description = "`file_gone`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 413, description = "`too_large`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 507, description = "`storage_full`", body = ProblemDetails, content_type = "application/problem+json"))
)]
fn append_to_file() {}

/// The ciphertext, or a range of it (RFC 9110 section 14). Whoever knows the id may fetch it.
#[utoipa::path(
    get, path = "/v1/files/{file}", tag = "files", operation_id = "fetch_file", security(("session" = [])),
    params(("file" = FileId, Path, description = "The file"),
           ("Range" = Option<String>, Header, description = "`bytes=first-last`")),
    responses((status = 200, description = "All of it", body = Vec<u8>, content_type = "application/octet-stream"),
              (status = 206, description = "The range", body = Vec<u8>, content_type = "application/octet-stream"),
              (status = 401, description = "`unauthenticated`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`not_found`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 409, description = "`file_incomplete`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 410, description = "`file_gone`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 416, description = "The range lies outside the file"))
)]
fn fetch_file() {}

/// Deletes a file of one's own.
#[utoipa::path(
    delete, path = "/v1/files/{file}", tag = "files", operation_id = "delete_file", security(("session" = [])),
    params(("file" = FileId, Path, description = "The file")),
    responses((status = 204, description = "Done"),
              (status = 401, description = "`unauthenticated`", body = ProblemDetails, content_type = "application/problem+json"),
              (status = 404, description = "`not_found`", body = ProblemDetails, content_type = "application/problem+json"))
)]
fn delete_file() {}
