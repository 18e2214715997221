//! Bodies that are read into memory: each route's limit, and what all of them together may take.
//!
//! **Invariant:** bodies of callers without a session take at most [`MAX_ANONYMOUS_BYTES`] together, for at most
//! [`ANONYMOUS_TIME`] each, and an address gives way to others that have less.

use crate::{
    engine::Owner,
    places::{Place, Places},
    relay::lock,
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::header,
};
use chancery_wire::{
    Code, Refusal,
    api::{auth, devices, enrolment, groups, links, organisation, push},
    limits::{MAX_LINK_MESSAGE_BYTES, MAX_NEW_GROUP_BYTES, MAX_REQUEST_BYTES},
};
use futures_util::stream;
use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::timeout;

/// Bytes of bodies of callers without a session, together.
pub const MAX_ANONYMOUS_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of link messages that are being sent to devices that have no session yet, together.
const MAX_LINK_ANSWER_BYTES: u64 = 8 * 1024 * 1024;
/// An answer goes out in pieces of so many bytes.
const PIECE_BYTES: usize = 32 * 1024;
/// Bytes of bodies of devices, together …
const MAX_KNOWN_BYTES: u64 = 256 * 1024 * 1024;
/// … and of one person's.
const MAX_KNOWN_BYTES_EACH: u64 = 48 * 1024 * 1024;
/// A body of a caller without a session has arrived after this time, or isn't waited for.
const ANONYMOUS_TIME: Duration = Duration::from_secs(20);
/// What the smallest body counts for, in bytes: a request costs more than its body.
const MIN_BYTES: u64 = 4096;
/// Whoever finds no room comes back after so many seconds.
const RETRY_SECONDS: u32 = 2;

/// The largest body of a call, in bytes.
pub trait Bounded {
    /// In JSON, with its base64.
    const MAX_BYTES: usize;
}

macro_rules! bounded {
    ($($body:ty: $max:expr;)*) => { $(impl Bounded for $body { const MAX_BYTES: usize = $max; })* };
}

/// So many bytes in base64, with room for what is around them.
const fn json(bytes: usize) -> usize {
    bytes / 3 * 4 + 4096
}

/// Credential and at most 100 key packages of 3 KiB; a device has 42.
const DEVICE_BYTES: usize = 400 * 1024;
/// A signed object: lists of keys, names.
const SIGNED_BYTES: usize = 64 * 1024;

bounded! {
    auth::OpenSession: json(4096);
    enrolment::Invite: json(8192);
    enrolment::Join: DEVICE_BYTES;
    devices::AddDevice: DEVICE_BYTES;
    devices::KeyPackages: DEVICE_BYTES;
    devices::Claim: 1024 * 1024;
    organisation::Publish: json(SIGNED_BYTES);
    push::Subscription: json(8192);
    groups::CreateGroup: json(MAX_NEW_GROUP_BYTES);
    groups::Append: MAX_REQUEST_BYTES;
    groups::Report: json(1024);
    links::OpenLink: json(4096);
    links::PostLinkMessage: json(MAX_LINK_MESSAGE_BYTES);
}

/// All bodies that are being read or answered.
pub struct Bodies {
    anonymous: Places,
    link_answers: Places,
    known: Places,
}

/// Whose a request is, and the places that it holds.
#[derive(Clone)]
pub struct Held {
    owner: Owner,
    places: Arc<Mutex<Vec<Arc<Place>>>>,
}

impl Held {
    /// None yet.
    pub fn of(owner: Owner) -> Self {
        Self { owner, places: Arc::default() }
    }

    /// Gives them back.
    pub fn release(&self) {
        lock(&self.places).clear();
    }
}

impl Default for Bodies {
    fn default() -> Self {
        Self {
            anonymous: Places::new(MAX_ANONYMOUS_BYTES, u64::MAX),
            link_answers: Places::new(MAX_LINK_ANSWER_BYTES, u64::MAX),
            known: Places::new(MAX_KNOWN_BYTES, MAX_KNOWN_BYTES_EACH),
        }
    }
}

impl Bodies {
    /// Reads a body of at most `max` bytes, when there is room for it.
    pub async fn read(&self, request: Request, max: usize) -> Result<Bytes, Refusal> {
        let too_large = || Refusal::new(Code::TooLarge, format!("the body has more than {max} bytes"));
        let declared: Option<u64> =
            request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if declared.is_some_and(|length| length > max as u64) {
            return Err(too_large());
        }
        let held = request.extensions().get::<Held>().cloned().unwrap_or_else(|| Held::of(Owner::Anonymous(0)));
        let weight = declared.unwrap_or(max as u64).max(MIN_BYTES);
        let (places, of, time) = match held.owner {
            Owner::User(user) => (&self.known, user as u64, Duration::MAX),
            Owner::Anonymous(peer) => (&self.anonymous, peer, ANONYMOUS_TIME),
            Owner::Relay | Owner::Files => (&self.known, 0, Duration::MAX),
        };
        let place = Arc::new(places.take(of, weight).ok_or_else(|| Refusal::rate_limited(RETRY_SECONDS))?);
        lock(&held.places).push(place.clone());
        let slow = || Refusal::new(Code::InvalidRequest, "the request took too long to arrive");
        tokio::select! {
            biased;
            () = place.lost() => Err(Refusal::rate_limited(RETRY_SECONDS)),
            read = timeout(time, to_bytes(request.into_body(), max)) => {
                read.map_err(|_| slow())?.map_err(|_| too_large())
            }
        }
    }

    /// A body of many bytes for somebody without a session; its place is held until it was sent.
    pub fn answer(&self, peer: u64, bytes: Bytes) -> Result<Body, Refusal> {
        let place = self.link_answers.take(peer, (bytes.len() as u64).max(MIN_BYTES));
        let place = place.ok_or_else(|| Refusal::rate_limited(RETRY_SECONDS))?;
        Ok(Body::from_stream(stream::unfold((place, bytes), |(place, mut bytes)| async move {
            if bytes.is_empty() {
                return None;
            }
            if place.is_lost() {
                return Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), (place, Bytes::new())));
            }
            let piece = bytes.split_to(PIECE_BYTES.min(bytes.len()));
            Some((Ok(piece), (place, bytes)))
        })))
    }

    /// Bytes of bodies of callers without a session now.
    pub fn anonymous_bytes(&self) -> u64 {
        self.anonymous.taken()
    }
}
