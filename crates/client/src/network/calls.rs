//! API calls over HTTP.

use super::session::Session;
use crate::{
    engine::Engine,
    limits::{CALL_SECONDS, CALLS_AT_A_TIME, CONNECT_SECONDS, MAX_ANSWER_BYTES},
};
use bytes::Bytes;
use chancery_core::api::CallFailure;
use chancery_wire::{
    Code,
    api::{AnswerHead, Authentication, Method, Request, Response},
};
use reqwest::{
    StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
};
use rustls::ClientConfig;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use url::Url;

/// HTTP without authentication.
pub(crate) struct Http {
    client: reqwest::Client,
}

impl Http {
    pub(crate) fn new(tls: &Arc<ClientConfig>) -> Self {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(tls))
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
            // A redirect could lead the token elsewhere; the API has none.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("the configuration is valid");
        Self { client }
    }

    /// For file transfers.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// One call, with this token if any.
    pub(crate) async fn send(
        &self,
        relay: &Url,
        request: &Request,
        token: Option<&str>,
    ) -> Result<Response, CallFailure> {
        let http = request.to_http();
        let url =
            relay.join(&http.path).map_err(|_| CallFailure::Unreachable("the relay's address is unusable".into()))?;
        let method = match http.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.client.request(method, url).timeout(Duration::from_secs(CALL_SECONDS));
        if let Some(token) = token {
            builder = builder.headers(bearer(token));
        }
        if let Some(body) = http.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body);
        }
        let response = builder.send().await.map_err(unreachable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read_limited(response).await?;
        request.read_response(&head(status, &headers), &body)?.map_err(CallFailure::Refused)
    }
}

/// What tells who answered.
pub(crate) fn head(status: StatusCode, headers: &HeaderMap) -> AnswerHead<'_> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    AnswerHead { status: status.as_u16(), media_type: text(CONTENT_TYPE), location: text(LOCATION) }
}

/// The `Authorization` header, marked so that nothing prints it.
pub(crate) fn bearer(token: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(mut value) = HeaderValue::try_from(format!("Bearer {token}")) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

/// Why a request brought nothing, without its address.
pub(crate) fn unreachable(error: reqwest::Error) -> CallFailure {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = cause.to_string();
        source = cause.source();
    }
    CallFailure::Unreachable(text)
}

async fn read_limited(mut response: reqwest::Response) -> Result<Bytes, CallFailure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(CallFailure::Unreachable("the relay's answer is too large".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}

/// Calls with the device's session.
pub(crate) struct Calls {
    pub(crate) http: Http,
    session: Session,
    engine: Engine,
    places: Semaphore,
}

impl Calls {
    pub(crate) fn new(http: Http, engine: Engine) -> Self {
        Self { http, session: Session::default(), engine, places: Semaphore::new(CALLS_AT_A_TIME) }
    }

    /// One call; when the session has ended, once more with a new one.
    pub(crate) async fn call(&self, relay: &Url, request: &Request) -> Result<Response, CallFailure> {
        let _place = self.places.acquire().await.expect("never closed");
        if request.to_http().authentication == Authentication::None {
            return self.http.send(relay, request, None).await;
        }
        let token = self.token(relay, None).await?;
        match self.http.send(relay, request, Some(&token)).await {
            Err(CallFailure::Refused(refusal)) if refusal.code == Code::Unauthenticated => {
                let token = self.token(relay, Some(&token)).await?;
                self.http.send(relay, request, Some(&token)).await
            }
            answer => answer,
        }
    }

    /// A session token other than `refused`.
    pub(crate) async fn token(
        &self,
        relay: &Url,
        refused: Option<&str>,
    ) -> Result<zeroize::Zeroizing<String>, CallFailure> {
        self.session.token(&self.http, &self.engine, relay, refused).await
    }
}
