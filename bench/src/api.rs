//! Calls to the relay over HTTP. The relay limits by peer address, so calls are spread over many loopback addresses, as
//! they would come from many machines.

use anyhow::{Context, Result, anyhow, bail};
use chancery_wire::{
    Base64, DeviceId, Domain, UserId,
    api::{AnswerHead, Authentication, Method, Request, Response, auth},
};
use ed25519_dalek::{Signer, SigningKey};
use std::net::{IpAddr, Ipv4Addr};

/// Loopback addresses that stand for as many machines.
const PEER_ADDRESSES: u32 = 200;

/// The address of the `n`th client.
pub fn peer_address(n: usize) -> Ipv4Addr {
    let n = n as u32 % PEER_ADDRESSES;
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 0, 1, 1)) + n)
}

/// One way to the relay, with or without a session.
pub struct Api {
    http: reqwest::Client,
    origin: String,
    token: Option<String>,
}

impl Api {
    /// From the address of the `n`th client.
    pub fn new(origin: &str, n: usize) -> Result<Self> {
        let http = reqwest::Client::builder()
            .local_address(IpAddr::from(peer_address(n)))
            .no_proxy()
            .build()
            .context("making an HTTP client")?;
        Ok(Self { http, origin: origin.to_owned(), token: None })
    }

    /// Opens a session for a device.
    pub async fn sign_in(&mut self, domain: &Domain, user: &UserId, device: DeviceId, key: &SigningKey) -> Result<()> {
        let Response::Challenge(answer) = self.call(Request::OpenChallenge {}).await? else {
            bail!("the relay answered something else than a challenge");
        };
        let signature = key.sign(&auth::challenge_statement(domain, user, &device, &answer.challenge.0));
        let body = auth::OpenSession {
            user: user.clone(),
            device,
            challenge: answer.challenge,
            signature: Base64(signature.to_vec()),
        };
        let Response::Session(session) = self.call(Request::OpenSession { body }).await? else {
            bail!("the relay answered something else than a session");
        };
        self.token = Some(session.token);
        Ok(())
    }

    /// Calls; a refusal is an error.
    pub async fn call(&self, request: Request) -> Result<Response> {
        let http = request.to_http();
        let method = match http.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut call = self.http.request(method, format!("{}{}", self.origin, http.path));
        if let Some(body) = http.body {
            call = call.header("content-type", "application/json").body(body);
        }
        if http.authentication == Authentication::Device {
            call =
                call.bearer_auth(self.token.as_deref().ok_or_else(|| anyhow!("{} needs a session", request.name()))?);
        }
        let name = request.name();
        let response = call.send().await.with_context(|| format!("calling {name}"))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.with_context(|| format!("reading the answer to {name}"))?;
        request
            .read_response(&head(status, &headers), &body)
            .with_context(|| format!("reading the answer to {name}"))?
            .map_err(|refusal| anyhow!("the relay refused {name}: {refusal}"))
    }
}

fn head(status: u16, headers: &reqwest::header::HeaderMap) -> AnswerHead<'_> {
    let text = |name| headers.get(name).and_then(|value: &reqwest::header::HeaderValue| value.to_str().ok());
    AnswerHead { status, media_type: text("content-type"), location: text("location") }
}
