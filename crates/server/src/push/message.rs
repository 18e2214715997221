//! A push message as an HTTP request (RFC 8030 section 5), encrypted for one browser (RFC 8291).

use super::{VapidKey, subscription::Stored};
use reqwest::{
    Client, Request,
    header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue},
};
use url::Url;
use web_push_native::{Auth, encrypt, p256::PublicKey};

/// What every push message says: there is something. Never more.
pub const PAYLOAD: &[u8] = b"news";
/// A push service keeps it for a device that is off for this long. When it comes back later, the app finds what is new by itself.
const TTL_SECONDS: u64 = 7 * 24 * 3600;
/// A newer message replaces an older one of the same topic that wasn't delivered yet, so that a device that was off is woken once.
const TOPIC: &str = "chancery";
/// Devices show something for it at once, even when they save power.
const URGENCY: &str = "high";

/// Builds it; `None` when the stored keys can't be used.
pub fn request(
    client: &Client,
    key: &VapidKey,
    contact: Option<&str>,
    url: Url,
    subscription: &Stored,
) -> Option<Request> {
    let browser = PublicKey::from_sec1_bytes(&subscription.p256dh).ok()?;
    if subscription.auth.len() != chancery_wire::api::push::AUTH_BYTES {
        return None;
    }
    let body = encrypt(PAYLOAD.to_vec(), &browser, Auth::from_slice(&subscription.auth)).ok()?;
    let mut authorization = HeaderValue::try_from(key.authorization(&url, contact)).ok()?;
    authorization.set_sensitive(true);
    client
        .post(url)
        .header(AUTHORIZATION, authorization)
        .header(CONTENT_ENCODING, "aes128gcm")
        .header(CONTENT_TYPE, "application/octet-stream")
        .header("TTL", TTL_SECONDS)
        .header("Topic", TOPIC)
        .header("Urgency", URGENCY)
        .body(body)
        .build()
        .ok()
}
