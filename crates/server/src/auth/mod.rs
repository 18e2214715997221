//! Authentication of devices: a challenge, signed with the device key, opens a session.
//!
//! **Invariant:** a challenge serves once; tokens are kept as hashes; a revoked device's sessions end with its revocation.

mod session;

pub use session::{challenge, open_session, verify_device};

use crate::{Caller, Row, relay::lock};
use chancery_wire::{Base64, Code, Refusal, limits::SESSION_LIFETIME_SECONDS};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

/// Challenges that wait for their answer; when there are more, the oldest goes.
const MAX_CHALLENGES: usize = 20_000;
/// Open sessions; when there are more, those that end soonest go.
const MAX_SESSIONS: usize = 200_000;
/// Open sessions of one device; when there are more, the oldest goes.
const MAX_SESSIONS_PER_DEVICE: usize = 8;

type Hash = [u8; 32];

/// Challenges and sessions, in memory: after a restart devices authenticate again.
#[derive(Default)]
pub struct Auth {
    challenges: Mutex<Challenges>,
    sessions: Mutex<Sessions>,
}

#[derive(Default)]
struct Challenges {
    open: HashMap<Hash, u64>,
    by_age: VecDeque<(u64, Hash)>,
}

#[derive(Default)]
struct Sessions {
    by_token: HashMap<Hash, Session>,
    by_device: HashMap<Row, VecDeque<Hash>>,
}

struct Session {
    caller: Arc<Caller>,
    ends_at_ms: u64,
}

impl Auth {
    fn add_challenge(&self, challenge: Hash, now_ms: u64) {
        let mut challenges = lock(&self.challenges);
        let oldest = now_ms.saturating_sub(chancery_wire::limits::CHALLENGE_LIFETIME_SECONDS * 1000);
        while let Some(&(at_ms, old)) = challenges.by_age.front()
            && (at_ms < oldest || challenges.by_age.len() >= MAX_CHALLENGES)
        {
            challenges.by_age.pop_front();
            challenges.open.remove(&old);
        }
        challenges.open.insert(challenge, now_ms);
        challenges.by_age.push_back((now_ms, challenge));
    }

    fn take_challenge(&self, challenge: &[u8], now_ms: u64) -> bool {
        let mut challenges = lock(&self.challenges);
        let Ok(challenge) = Hash::try_from(challenge) else { return false };
        let Some(at_ms) = challenges.open.remove(&challenge) else { return false };
        at_ms.saturating_add(chancery_wire::limits::CHALLENGE_LIFETIME_SECONDS * 1000) >= now_ms
    }

    fn add_session(&self, caller: Caller, token: [u8; 32], now_ms: u64) -> String {
        let mut sessions = lock(&self.sessions);
        if sessions.by_token.len() >= MAX_SESSIONS {
            sessions.forget_soonest(now_ms);
        }
        let text = Base64::encode(&token);
        let hash = hash(&text);
        let of_device = sessions.by_device.entry(caller.row).or_default();
        of_device.push_back(hash);
        let oldest = if of_device.len() > MAX_SESSIONS_PER_DEVICE { of_device.pop_front() } else { None };
        if let Some(oldest) = oldest {
            sessions.by_token.remove(&oldest);
        }
        let session = Session { caller: Arc::new(caller), ends_at_ms: now_ms + SESSION_LIFETIME_SECONDS * 1000 };
        sessions.by_token.insert(hash, session);
        text
    }

    /// Whose session a token is.
    pub fn caller(&self, token: &str, now_ms: u64) -> Result<Arc<Caller>, Refusal> {
        let sessions = lock(&self.sessions);
        match sessions.by_token.get(&hash(token)) {
            Some(session) if session.ends_at_ms > now_ms => Ok(session.caller.clone()),
            _ => Err(Code::Unauthenticated.into()),
        }
    }

    /// Ends all sessions of a device.
    pub fn end_sessions(&self, device: Row) {
        let mut sessions = lock(&self.sessions);
        for hash in sessions.by_device.remove(&device).unwrap_or_default() {
            sessions.by_token.remove(&hash);
        }
    }
}

impl Sessions {
    fn forget_soonest(&mut self, now_ms: u64) {
        let mut ends: Vec<u64> = self.by_token.values().map(|session| session.ends_at_ms).collect();
        ends.sort_unstable();
        let middle = ends.get(ends.len() / 4).copied().unwrap_or(0).max(now_ms);
        self.by_token.retain(|_, session| session.ends_at_ms > middle);
        let by_token = &self.by_token;
        for hashes in self.by_device.values_mut() {
            hashes.retain(|hash| by_token.contains_key(hash));
        }
        self.by_device.retain(|_, hashes| !hashes.is_empty());
    }
}

fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}
