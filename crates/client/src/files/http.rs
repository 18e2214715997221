//! Requests of file bytes.

use crate::{
    Client,
    limits::{TRANSFER_SILENCE_SECONDS, UPLOAD_PART_SECONDS},
    network::{bearer, unreachable},
};
use bytes::Bytes;
use chancery_core::api::CallFailure;
use chancery_wire::{Code, FileId, Refusal, api::files::FileCreated};
use futures_util::stream;
use reqwest::{
    RequestBuilder, Response,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, RANGE},
};
use std::{future::Future, time::Duration};
use tokio::time::timeout;
use url::Url;

/// Bytes handed to the connection at a time: the step of the progress.
const SLICE_BYTES: usize = 64 * 1024;
/// Longest refusal that is read, in bytes.
const MAX_REFUSAL_BYTES: usize = 16 * 1024;

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
        let response =
            self.send(|http| http.post(self.url(None)).header("Upload-Length", length).timeout(silence())).await?;
        let body = bounded(response).await?;
        serde_json::from_slice(&body)
            .map_err(|_| CallFailure::Unreachable("the relay's answer can't be read".to_owned()))
    }

    /// How much of an upload is at the relay.
    pub(super) async fn offset(&self, file: &FileId) -> Result<u64, CallFailure> {
        let response = self.send(|http| http.head(self.url(Some(file))).timeout(silence())).await?;
        upload_offset(response.headers())
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
        upload_offset(self.send(request).await?.headers())
    }

    /// Ciphertext from `offset` on; the answer says where it really begins.
    pub(super) async fn fetch(&self, file: &FileId, offset: u64) -> Result<(Response, u64), CallFailure> {
        let request = self.send(|http| {
            let request = http.get(self.url(Some(file)));
            if offset > 0 { request.header(RANGE, format!("bytes={offset}-")) } else { request }
        });
        let response = in_time(request).await?;
        // A proxy may ignore the range and answer 200 with everything.
        let start = if response.status().as_u16() == 206 { offset } else { 0 };
        Ok((response, start))
    }

    pub(super) async fn delete(&self, file: &FileId) -> Result<(), CallFailure> {
        self.send(|http| http.delete(self.url(Some(file))).timeout(silence())).await.map(drop)
    }

    /// One request, with the session's token; once more with a new one after 401.
    async fn send(&self, build: impl Fn(&reqwest::Client) -> RequestBuilder) -> Result<Response, CallFailure> {
        let calls = self.client.calls();
        let mut refused = None;
        loop {
            let token = calls.token(&self.relay, refused.as_deref().map(String::as_str)).await?;
            let request = build(calls.http.client()).headers(bearer(&token));
            let response = request.send().await.map_err(unreachable)?;
            let status = response.status().as_u16();
            if (200..300).contains(&status) {
                return Ok(response);
            }
            let refusal = refusal(status, &bounded(response).await.unwrap_or_default());
            if refusal.code == Code::Unauthenticated && refused.is_none() {
                refused = Some(token);
                continue;
            }
            return Err(refusal.into());
        }
    }
}

/// The refusal of an answer; without a body (HEAD, a proxy) from its status.
fn refusal(status: u16, body: &[u8]) -> Refusal {
    serde_json::from_slice(body).unwrap_or_else(|_| match status {
        401 => Code::Unauthenticated.into(),
        403 => Code::Forbidden.into(),
        404 => Code::NotFound.into(),
        410 => Code::FileGone.into(),
        413 => Code::TooLarge.into(),
        429 => Refusal::rate_limited(5),
        507 => Code::StorageFull.into(),
        500.. => Code::Draining.into(),
        _ => Code::InvalidRequest.into(),
    })
}

fn upload_offset(headers: &HeaderMap) -> Result<u64, CallFailure> {
    headers
        .get("Upload-Offset")
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .ok_or_else(|| CallFailure::Unreachable("the relay doesn't tell the upload's offset".to_owned()))
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
