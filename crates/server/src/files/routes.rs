//! The calls over HTTP.

use super::{Host, append::append, create::create, delete::delete, fetch::fetch, offset::offset};
use crate::{Failure, RelayFault, relay::Caller};
use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use chancery_wire::{Code, FileId, Refusal};
use std::sync::Arc;

const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
/// Version of the upload protocol.
const TUS_VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
/// Media type of a part.
const PART_TYPE: &str = "application/offset+octet-stream";

/// `/v1/files` and `/v1/files/{file}`. Bodies are streamed, so a limit on buffered bodies around this doesn't matter.
pub fn routes<H: Host>() -> Router<H> {
    let one: MethodRouter<H> = get(get_file::<H>).head(head_file::<H>).patch(patch_file::<H>).delete(delete_file::<H>);
    Router::new().route("/v1/files", post(post_file::<H>)).route("/v1/files/{file}", one)
}

async fn post_file<H: Host>(State(host): State<H>, headers: HeaderMap) -> Response {
    let answer = async {
        let caller = host.authenticate(&headers)?;
        let created = create(&host, &caller, number(&headers, &UPLOAD_LENGTH, "Upload-Length")?).await?;
        let place = HeaderValue::try_from(format!("/v1/files/{}", created.file)).expect("hexadecimal digits");
        Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(created)).into_response())
    };
    finish(&host, answer.await, "making a file")
}

async fn head_file<H: Host>(State(host): State<H>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let answer = async {
        let caller = host.authenticate(&headers)?;
        let progress = offset(&host, &caller, id(&file)?).await?;
        let headers = [(UPLOAD_OFFSET, progress.offset.into()), (UPLOAD_LENGTH, progress.size.into()), NO_STORE];
        Ok((StatusCode::OK, headers).into_response())
    };
    finish(&host, answer.await, "looking up an upload")
}

const NO_STORE: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

async fn patch_file<H: Host>(
    State(host): State<H>,
    Path(file): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = async {
        let caller = host.authenticate(&headers)?;
        let (file, offset) = (id(&file)?, number(&headers, &UPLOAD_OFFSET, "Upload-Offset")?);
        if headers.get(header::CONTENT_TYPE).is_none_or(|value| value != PART_TYPE) {
            let text = format!("Content-Type: a part of a file is {PART_TYPE}");
            return Err(Refusal::new(Code::InvalidRequest, text).into());
        }
        let length = match headers.get(header::CONTENT_LENGTH) {
            None => None,
            Some(_) => Some(number(&headers, &header::CONTENT_LENGTH, "Content-Length")?),
        };
        let permit = host.files().uploads.clone().acquire_owned().await.map_err(RelayFault::new)?;
        // By itself, so that what came is flushed and recorded even when the connection ends.
        let (of, caller): (H, Arc<Caller>) = (host.clone(), caller);
        let task = tokio::spawn(async move {
            let _permit = permit;
            append(&of, &caller, file, offset, length, body).await
        });
        let offset = task.await.map_err(RelayFault::new)??;
        Ok((StatusCode::NO_CONTENT, [(UPLOAD_OFFSET, HeaderValue::from(offset))]).into_response())
    };
    finish(&host, answer.await, "storing a part of a file")
}

async fn get_file<H: Host>(State(host): State<H>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let answer = async {
        host.authenticate(&headers)?;
        fetch(&host, id(&file)?, &headers).await
    };
    finish(&host, answer.await, "sending a file")
}

async fn delete_file<H: Host>(State(host): State<H>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let answer = async {
        let caller = host.authenticate(&headers)?;
        delete(&host, &caller, id(&file)?).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    finish(&host, answer.await, "deleting a file")
}

fn finish<H: Host>(host: &H, answer: Result<Response, Failure>, operation: &'static str) -> Response {
    let mut response = answer.unwrap_or_else(|failure| {
        // A client of another make goes on by this header, as it would after HEAD.
        let offset = match &failure {
            Failure::Refused(refusal) => refusal.offset,
            Failure::Fault(_) => None,
        };
        let mut response = host.refuse(failure, operation);
        response.headers_mut().extend(offset.map(|offset| (UPLOAD_OFFSET, HeaderValue::from(offset))));
        response
    });
    response.headers_mut().insert(TUS_RESUMABLE, TUS_VERSION);
    response
}

fn id(text: &str) -> Result<FileId, Failure> {
    text.parse().map_err(|_| Code::NotFound.into())
}

fn number(headers: &HeaderMap, header: &HeaderName, name: &str) -> Result<u64, Failure> {
    headers
        .get(header)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Refusal::new(Code::InvalidRequest, format!("{name}: a number of bytes is missing")).into())
}
