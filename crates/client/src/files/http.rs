//! Requests of file bytes.

use crate::{
    Client,
    limits::{TRANSFER_SILENCE_SECONDS, UPLOAD_PART_SECONDS},
    network::{bearer, head, unreachable},
};
use bytes::Bytes;
use chancery_core::api::CallFailure;
use chancery_wire::{
    Code, FileId, Refusal,
    api::{AnswerHead, NotTheRelay, files::FileCreated},
};
use futures_util::stream;
use reqwest::{
    Method, RequestBuilder, Response,
    header::{CONTENT_LENGTH, CONTENT_TYPE, RANGE},
};
use std::{future::Future, time::Duration};
use tokio::time::timeout;
use url::Url;

/// Bytes handed to the connection at a time: the step of the progress.
const SLICE_BYTES: usize = 64 * 1024;
/// Longest refusal that is read, in bytes.
const MAX_REFUSAL_BYTES: usize = 16 * 1024;

/// What file bytes are sent as.
const CIPHERTEXT: &str = "application/octet-stream";

/// The relay's files.
pub(super) struct Files<'a> {
    client: &'a Client,
    relay: Url,
}

impl<'a> Files<'a> {
    pub(super) fn new(client: &'a Client, relay: Url) -> Self {
        Self { client, relay }
    }

    /// Where a file is.
    pub(super) fn url(&self, file: Option<&FileId>) -> Url {
        let mut url = self.relay.clone();
        url.set_path(&file.map_or_else(|| "/v1/files".to_owned(), |file| format!("/v1/files/{file}")));
        url
    }

    pub(super) async fn create(&self, length: u64) -> Result<FileCreated, CallFailure> {
        let expected = |head: &AnswerHead<'_>| head.is_json(201);
        let response = self
            .send(expected, |http| http.post(self.url(None)).header("Upload-Length", length).timeout(silence()))
            .await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = bounded(response).await?;
        Ok(serde_json::from_slice(&body).map_err(|_| head(status, &headers).not_the_relay())?)
    }

    /// How much of an upload is at the relay.
    pub(super) async fn offset(&self, file: &FileId) -> Result<u64, CallFailure> {
        let expected = |head: &AnswerHead<'_>| head.status == 200;
        upload_offset(&self.send(expected, |http| http.head(self.url(Some(file))).timeout(silence())).await?)
    }

    /// Appends; tells the new offset. `sent` is told how many bytes of `body` are on their way.
    pub(super) async fn append(
        &self,
        file: &FileId,
        offset: u64,
        body: &Bytes,
        sent: impl Fn(usize) + Clone + Send + 'static,
    ) -> Result<u64, CallFailure> {
        let request = |http: &reqwest::Client| {
            let (body, sent) = (body.clone(), sent.clone());
            let length = body.len();
            let slices = (0..length).step_by(SLICE_BYTES).map(move |at| {
                let end = (at + SLICE_BYTES).min(body.len());
                sent(end);
                Ok::<_, std::convert::Infallible>(body.slice(at..end))
            });
            http.patch(self.url(Some(file)))
                .timeout(Duration::from_secs(UPLOAD_PART_SECONDS))
                .header(CONTENT_TYPE, "application/offset+octet-stream")
                .header(CONTENT_LENGTH, length)
                .header("Upload-Offset", offset)
                .body(reqwest::Body::wrap_stream(stream::iter(slices)))
        };
        upload_offset(&self.send(|head| head.status == 204, request).await?)
    }

    /// Ciphertext from `offset` on; the answer says where it really begins.
    pub(super) async fn fetch(&self, file: &FileId, offset: u64) -> Result<(Response, u64), CallFailure> {
        // A login page is no ciphertext.
        let expected = |head: &AnswerHead<'_>| matches!(head.status, 200 | 206) && head.is_of_type(CIPHERTEXT);
        let request = self.send(expected, |http| {
            let request = http.get(self.url(Some(file)));
            if offset > 0 { request.header(RANGE, format!("bytes={offset}-")) } else { request }
        });
        let response = in_time(request).await?;
        // A proxy may ignore the range and answer 200 with everything.
        let start = if response.status().as_u16() == 206 { offset } else { 0 };
        Ok((response, start))
    }

    pub(super) async fn delete(&self, file: &FileId) -> Result<(), CallFailure> {
        let expected = |head: &AnswerHead<'_>| head.status == 204;
        self.send(expected, |http| http.delete(self.url(Some(file))).timeout(silence())).await.map(drop)
    }

    /// One request, with the session's token; once more with a new one after 401. Only an answer of the expected form counts.
    async fn send(
        &self,
        expected: impl Fn(&AnswerHead<'_>) -> bool,
        build: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<Response, CallFailure> {
        let calls = self.client.calls();
        let mut refused = None;
        loop {
            let token = calls.token(&self.relay, refused.as_deref().map(String::as_str)).await?;
            let request = build(calls.http.client()).headers(bearer(&token)).build().map_err(unreachable)?;
            let without_body = request.method() == Method::HEAD;
            let response = calls.http.client().execute(request).await.map_err(unreachable)?;
            let (status, headers) = (response.status(), response.headers().clone());
            let head = head(status, &headers);
            if expected(&head) {
                return Ok(response);
            }
            let refusal = match without_body {
                true => refusal_of_head(&head)?,
                false => head.read_refusal(&bounded(response).await.unwrap_or_default())?,
            };
            if refusal.code == Code::Unauthenticated && refused.is_none() {
                refused = Some(token);
                continue;
            }
            return Err(refusal.into());
        }
    }
}

/// A refusal of HEAD has the form of the relay's and no body: its status tells.
fn refusal_of_head(head: &AnswerHead<'_>) -> Result<Refusal, NotTheRelay> {
    if !head.is_problem() {
        return Err(head.not_the_relay());
    }
    Ok(match head.status {
        401 => Code::Unauthenticated.into(),
        403 => Code::Forbidden.into(),
        404 => Code::NotFound.into(),
        410 => Code::FileGone.into(),
        429 => Refusal::rate_limited(5),
        500.. => Code::Draining.into(),
        _ => Code::InvalidRequest.into(),
    })
}

fn upload_offset(response: &Response) -> Result<u64, CallFailure> {
    let offset = response.headers().get("Upload-Offset").and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(offset.ok_or_else(|| head(response.status(), response.headers()).not_the_relay())?)
}

async fn bounded(mut response: Response) -> Result<Vec<u8>, CallFailure> {
    let mut body = Vec::new();
    while let Some(chunk) = in_time(async { response.chunk().await.map_err(unreachable) }).await? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_REFUSAL_BYTES {
            return Err(CallFailure::Unreachable("the relay's answer is too large".to_owned()));
        }
    }
    Ok(body)
}

/// Cuts what brings nothing for too long.
pub(super) async fn in_time<T>(future: impl Future<Output = Result<T, CallFailure>>) -> Result<T, CallFailure> {
    timeout(silence(), future)
        .await
        .unwrap_or_else(|_| Err(CallFailure::Unreachable("the relay went silent".to_owned())))
}

fn silence() -> Duration {
    Duration::from_secs(TRANSFER_SILENCE_SECONDS)
}
