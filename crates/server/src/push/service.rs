//! The way to push services: an HTTP client that connects only where it may.

use super::{VapidKey, due::Outcome, endpoint, message, subscription::Stored};
use crate::{RelayFault, engine::now_ms};
use reqwest::{
    Client, Response, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header::RETRY_AFTER,
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// A push service has this long to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// And of it this long for the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Open connections kept for each push service.
const IDLE_CONNECTIONS: usize = 4;

/// Sends push messages.
pub struct Service {
    client: Client,
    key: VapidKey,
    /// How a push service's operator reaches the relay's (RFC 8292 section 2.1).
    contact: Option<String>,
    allow_private: bool,
}

impl Service {
    /// With the platform's root certificates.
    pub fn new(key: VapidKey, contact: Option<String>, allow_private: bool) -> Result<Self, RelayFault> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            tracing::warn!(
                "this machine has no root certificates, so no push service can be reached; install them (ca-certificates)"
            );
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring serves the default versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(CheckedResolver { allow_private })
            .redirect(Policy::none())
            // A proxy would resolve names behind the check.
            .no_proxy()
            .timeout(ANSWER_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .build()
            .map_err(RelayFault::new)?;
        Ok(Self { client, key, contact, allow_private })
    }

    /// One attempt.
    pub async fn push(&self, subscription: &Stored) -> Outcome {
        let Ok(url) = endpoint::check(&subscription.endpoint, self.allow_private) else { return Outcome::Refused };
        let Some(request) = message::request(&self.client, &self.key, self.contact.as_deref(), url, subscription)
        else {
            return Outcome::Refused;
        };
        match self.client.execute(request).await {
            Ok(response) => outcome(&response),
            Err(_) => Outcome::Unreachable,
        }
    }
}

fn outcome(response: &Response) -> Outcome {
    match response.status() {
        status if status.is_success() => Outcome::Sent,
        StatusCode::NOT_FOUND | StatusCode::GONE => Outcome::Gone,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Outcome::Failed(retry_after_ms(response)),
        status if status.is_server_error() => Outcome::Failed(retry_after_ms(response)),
        status => {
            tracing::warn!(status = status.as_u16(), "a push service refuses");
            Outcome::Refused
        }
    }
}

/// `Retry-After` in seconds (RFC 9110 section 10.2.3), or as a date, from now.
fn retry_after_ms(response: &Response) -> Option<u64> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse::<u64>() {
        Ok(seconds) => Some(seconds.saturating_mul(1000)),
        Err(_) => {
            let at = httpdate::parse_http_date(value).ok()?;
            let at_ms = at.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis() as u64;
            Some(at_ms.saturating_sub(now_ms()))
        }
    }
}

/// Resolves names, and forgets addresses where the relay mustn't connect to. The connection goes to what it returns, so that no second answer of the
/// name server comes in between (DNS rebinding).
struct CheckedResolver {
    allow_private: bool,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| endpoint::allowed(address.ip(), allow_private)).collect();
            if allowed.is_empty() {
                return Err("the name has no address that may be pushed to".into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_of_this_machine_is_not_connected_to_unless_that_is_allowed() {
        let resolve = |allow_private| CheckedResolver { allow_private }.resolve("localhost".parse().unwrap());
        assert!(resolve(false).await.is_err());
        let found: Vec<SocketAddr> = resolve(true).await.unwrap_or_else(|error| panic!("{error}")).collect();
        assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback()));
    }
}
