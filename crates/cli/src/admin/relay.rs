//! Calls of the administration to the running relay. They need no session: what is sent is signed.

use super::Organisation;
use crate::{
    args::Global,
    output::{Failure, Outcome},
};
use chancery_wire::{
    api::{AnswerHead, Method, Request, Response},
    signed::{Manifest, Policy, Signed},
};
use std::time::Duration;
use url::Url;

/// Largest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// The relay, as the administration sees it.
pub struct RelayApi {
    origin: Url,
    http: reqwest::Client,
}

impl RelayApi {
    /// The relay at this origin, with the options' certificates and time limit.
    pub fn new(origin: Url, global: &Global) -> Outcome<Self> {
        let mut builder = reqwest::Client::builder()
            .timeout(Duration::from_secs(global.timeout))
            .user_agent(concat!("chancery/", env!("CARGO_PKG_VERSION")))
            // As the client: the API has no redirects, and a proxy has no business with it.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        if let Some(path) = &global.ca {
            let operation = format!("reading the certificates in {}", path.display());
            let pem = std::fs::read(path).map_err(|error| Failure::fault(&operation, error))?;
            let certificates =
                reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| Failure::fault(&operation, error))?;
            builder = builder.tls_certs_merge(certificates);
        }
        let http = builder.build().map_err(|error| Failure::fault("preparing the connection to the relay", error))?;
        Ok(Self { origin, http })
    }

    /// Makes a call.
    pub async fn call(&self, request: &Request) -> Outcome<Response> {
        let call = request.to_http();
        let url = self.origin.join(&call.path).map_err(|error| Failure::fault("making the relay's address", error))?;
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.http.request(method, url);
        if let Some(body) = call.body {
            builder = builder.header("content-type", "application/json").body(body);
        }
        let mut answer = builder.send().await.map_err(|error| self.unreachable(&error))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let head = AnswerHead { status, media_type: text("content-type"), location: text("location") };
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.unreachable(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER_BYTES {
                return Err(Failure::new("failed", format!("{} answers with more than a relay would.", self.origin)));
            }
        }
        match request.read_response(&head, &body) {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(refusal)) => Err(refusal.into()),
            Err(not_the_relay) => Err(Failure::new(
                "not_a_relay",
                format!(
                    "What answers at {} is no relay. {not_the_relay} On the relay's own machine, --relay with its listen address                      goes past a proxy; the address comes from public_url in chancery.toml.",
                    self.origin
                ),
            )),
        }
    }

    /// The manifest and the policy in force, verified against the organisation's root key.
    pub async fn signed_objects(&self, organisation: &Organisation) -> Outcome<(Signed<Manifest>, Signed<Policy>)> {
        let Response::Organisation(answer) = self.call(&Request::GetOrganisation {}).await? else {
            return Err(Failure::new("internal", "The relay's answer was read as another one; this is a bug."));
        };
        let foreign = |error: &dyn std::fmt::Display| {
            Failure::new(
                "untrusted_organisation",
                format!(
                    "What the relay at {} shows isn't signed by this organisation's root key: {error}.",
                    self.origin
                ),
            )
        };
        let manifest =
            Signed::<Manifest>::verify(&answer.manifest.0, &organisation.root()?).map_err(|error| foreign(&error))?;
        let mut last = None;
        for key in &manifest.policy_keys {
            match Signed::<Policy>::verify(&answer.policy.0, key) {
                Ok(policy) => return Ok((manifest, policy)),
                Err(error) => last = Some(error.to_string()),
            }
        }
        Err(foreign(&last.unwrap_or_else(|| "no policy key".to_owned())))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Failure::offline(
            "unreachable",
            format!(
                "The relay at {} can't be reached ({cause}). Start it with `chancery serve`, or name it with --relay.",
                self.origin
            ),
        )
    }
}
