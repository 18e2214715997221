//! The session token of the HTTP API: made by signing a challenge with the device key, made anew when it ends.

use super::calls::Http;
use crate::engine::Engine;
use chancery_core::api::CallFailure;
use chancery_wire::{
    Base64, Code, Refusal,
    api::{Request, Response, auth::OpenSession},
};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use url::Url;
use zeroize::Zeroizing;

/// The token in use. Whoever comes while it is made waits for it, so that one challenge serves all.
#[derive(Default)]
pub(crate) struct Session {
    token: Mutex<Option<Token>>,
}

struct Token {
    relay: Url,
    text: Zeroizing<String>,
    renew_at: Instant,
}

impl Session {
    /// A token that isn't `refused`, the one that the relay has just answered 401 to.
    pub(crate) async fn token(
        &self,
        http: &Http,
        engine: &Engine,
        relay: &Url,
        refused: Option<&str>,
    ) -> Result<Zeroizing<String>, CallFailure> {
        let mut held = self.token.lock().await;
        if let Some(token) = held.as_ref()
            && token.relay == *relay
            && Instant::now() < token.renew_at
            && refused != Some(token.text.as_str())
        {
            return Ok(token.text.clone());
        }
        *held = None;
        let challenge = match http.send(relay, &Request::OpenChallenge {}, None).await? {
            Response::Challenge(answer) => answer.challenge,
            _ => unreachable!("read_response gives a challenge for OpenChallenge"),
        };
        let Some((user, device, signature)) = engine.sign(challenge.0.clone()).await? else {
            return Err(Refusal::new(Code::Unauthenticated, "this profile has not joined an organisation yet").into());
        };
        let body = OpenSession { user, device, challenge, signature: Base64(signature) };
        let session = match http.send(relay, &Request::OpenSession { body }, None).await? {
            Response::Session(session) => session,
            _ => unreachable!("read_response gives a session for OpenSession"),
        };
        let lifetime = session.expires_in_seconds.saturating_sub(crate::limits::SESSION_MARGIN_SECONDS).max(1);
        let text = Zeroizing::new(session.token);
        let renew_at =
            Instant::now() + Duration::from_secs(lifetime.min(chancery_wire::limits::SESSION_LIFETIME_SECONDS));
        *held = Some(Token { relay: relay.clone(), text: text.clone(), renew_at });
        Ok(text)
    }
}
