//! The driver of the core for a host that hands inputs over in batches and carries effects out: the rules of the native driver
//! (`crates/client/src/engine`) without its threads.

mod again;
mod batch;
#[cfg(test)]
mod tests;

use chancery_core::{
    Command, Core, CoreError, Env, Fault, Output, Query, Storage, Tx,
    api::{CallFailure, CallId, CommandId},
    ask, query,
};
use chancery_store::Failure;
use chancery_wire::{
    Base64, GroupId,
    api::{
        AnswerHead, Request,
        auth::{Challenge, OpenSession},
    },
    frames::ClientFrame,
};
use rand_chacha::ChaCha20Rng;
use std::collections::{BTreeSet, HashMap};

/// A batch takes no more inputs than this into one transaction.
pub const BATCH_INPUTS: usize = 64;
/// A transaction takes no more inputs after this, in milliseconds, so that reading doesn't wait long.
pub const BATCH_MILLIS: u64 = 150;
/// First wait after a fault, in milliseconds; doubled with each further one.
const FAULT_WAIT_MILLIS: u64 = 500;
/// Longest wait after a fault, in milliseconds.
const FAULT_WAIT_LONGEST_MILLIS: u64 = 60_000;

/// A store that can tell why it failed.
pub trait TellingStorage: Storage {
    /// What kind of fault was last met, and forgets it.
    fn take_failure(&mut self) -> Option<Failure>;
}

impl TellingStorage for chancery_store::SqliteStore {
    fn take_failure(&mut self) -> Option<Failure> {
        chancery_store::SqliteStore::take_failure(self)
    }
}

/// What the host tells.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// A command, with the host's number for its answer and a key that stays the same when it is given again.
    Command {
        /// Comes back in [`Effect::Completed`].
        id: u32,
        /// The command's own, random.
        key: [u8; 16],
        /// It was given before, and its answer was lost.
        again: bool,
        /// What to do.
        command: Command,
    },
    /// The WebSocket is open.
    Connected,
    /// A binary message of it.
    Frame(Vec<u8>),
    /// It is gone.
    Disconnected,
    /// The answer to a call.
    Answer {
        /// Which.
        call: u32,
        /// HTTP status.
        status: u16,
        /// `Content-Type`; empty when there was none.
        media_type: String,
        /// Body.
        body: Vec<u8>,
    },
    /// A call brought no answer.
    Unanswered {
        /// Which.
        call: u32,
        /// Why, for people.
        reason: String,
    },
    /// It is time.
    Tick,
}

/// What the host has to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send over the WebSocket; drop it when there is none.
    Frame(Vec<u8>),
    /// Call the relay.
    Call {
        /// Number for the answer.
        id: u32,
        /// `GET`, `POST`, `DELETE`.
        method: &'static str,
        /// Path and query below the relay's origin.
        path: String,
        /// JSON.
        body: Option<Vec<u8>>,
        /// With the session's token.
        authenticated: bool,
    },
    /// A command's answer, as JSON: its result, or an error with code and message.
    Completed {
        /// The host's number.
        id: u32,
        /// JSON.
        result: Result<String, String>,
    },
    /// An event, as JSON.
    Event(String),
    /// Send [`Incoming::Tick`] then (milliseconds since 1970). Replaces an earlier wish.
    WakeAt(u64),
    /// Close the WebSocket, if any, and open it again.
    Reconnect,
}

/// Nothing but reading is possible any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fatal {
    /// `storage_full` or `storage_damaged`.
    pub code: &'static str,
    /// For people.
    pub message: &'static str,
}

/// Whether there is somebody to connect as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not joined yet.
    Nobody,
    /// Joined.
    Joined,
    /// This device was removed from its user's devices.
    Revoked,
}

/// Store and core of one browser.
pub struct Driver<S> {
    pub(crate) store: S,
    core: Core,
    pub(crate) rng: ChaCha20Rng,
    /// The relay whose page this is, e.g. `https://chat.example.org`.
    pub(crate) origin: String,
    calls: HashMap<u32, (CallId, Request)>,
    last_call: u32,
    /// Commands that wait for their answer, with the host's number.
    waiting: HashMap<CommandId, u32>,
    last_command: CommandId,
    /// Sent messages without a reply on this connection, with the time of sending.
    unanswered: HashMap<u32, u64>,
    /// Faults in a row.
    faults: u32,
    /// On a copy of the store: what may still leave.
    peek: Option<Peek>,
}

/// On a copy of the store, which is thrown away: two such drivers would encrypt different messages with the same keys, and what the
/// relay hands out once would be lost.
///
/// **Invariant:** nothing leaves but who asks, where the store itself stands, and questions for the tree of a group that a Welcome leads into.
#[derive(Debug, Default)]
struct Peek {
    /// The inbox's position in the store.
    inbox: Option<u64>,
    followed: BTreeSet<GroupId>,
}

impl Peek {
    /// What of an output changes nothing at the relay that the store doesn't know.
    fn pass(&mut self, output: Output) -> Option<Output> {
        match output {
            Output::Frame(ClientFrame::Follow { mut cursors, inbox }) => {
                // To follow is to acknowledge. The first time a group is named the store stands there, or doesn't know it yet; the inbox is
                // where it was at first. What is left of a frame leaves all the same: the core waits for its answer.
                cursors.retain(|cursor| self.followed.insert(cursor.group.clone()));
                let inbox = *self.inbox.get_or_insert(inbox);
                Some(Output::Frame(ClientFrame::Follow { cursors, inbox }))
            }
            Output::Frame(ClientFrame::Authenticate { .. })
            | Output::Call(_, Request::GetTree { .. })
            | Output::Completed(..)
            | Output::Event(_)
            | Output::Reconnect => Some(output),
            Output::Frame(_) | Output::Call(..) | Output::WakeAt(_) => None,
        }
    }
}

impl<S: TellingStorage> Driver<S> {
    /// On an open store.
    pub fn new(store: S, origin: String, rng: ChaCha20Rng) -> Self {
        Self {
            store,
            core: Core::new(),
            rng,
            origin,
            calls: HashMap::new(),
            last_call: 0,
            waiting: HashMap::new(),
            last_command: 0,
            unanswered: HashMap::new(),
            faults: 0,
            peek: None,
        }
    }

    /// On a copy of a store that is thrown away: it reads what came, and sends and acknowledges nothing.
    pub fn peeking(copy: S, origin: String, rng: ChaCha20Rng) -> Self {
        Self { peek: Some(Peek::default()), ..Self::new(copy, origin, rng) }
    }

    /// Whether there is somebody to connect as.
    pub fn standing(&mut self) -> Result<Standing, Fault> {
        self.store.transact(|tx: &dyn Tx| {
            Ok(match query::account(tx)? {
                None => Standing::Nobody,
                Some(_) if query::is_revoked(tx)? => Standing::Revoked,
                Some(_) => Standing::Joined,
            })
        })
    }

    /// Answers a question, JSON in and out.
    pub fn ask(&mut self, question: &Query) -> Result<String, Fault> {
        let question = question.clone();
        let answer = self.store.transact(|tx| ask(tx, question))?;
        serde_json::to_string(&answer).map_err(|error| Fault(format!("writing an answer: {error}")))
    }

    /// The body of `POST /v1/auth/sessions` for this challenge (the body of `POST /v1/auth/challenges`); `None` before joining, or
    /// when the challenge can't be read.
    pub fn sign_in(&mut self, challenge: &[u8]) -> Result<Option<Vec<u8>>, CoreError> {
        let Ok(Challenge { challenge, .. }) = serde_json::from_slice(challenge) else { return Ok(None) };
        let Self { store, core, .. } = self;
        let signed = store.transact(|tx| core.sign_challenge(tx, &challenge.0))?;
        Ok(signed.and_then(|(user, device, signature)| {
            let body = OpenSession { user, device, challenge, signature: Base64(signature) };
            Request::OpenSession { body }.to_http().body
        }))
    }

    /// When the oldest message that the relay has not answered was sent, in milliseconds since 1970.
    pub fn unanswered_since(&self) -> Option<u64> {
        self.unanswered.values().min().copied()
    }

    /// After a rollback outside [`Driver::handle`]: the host reconnects.
    pub(crate) fn reset(&mut self) {
        self.core.reset();
        self.calls.clear();
        self.unanswered.clear();
    }

    pub(crate) fn parts(&mut self) -> (&mut Core, &mut ChaCha20Rng, &mut S) {
        (&mut self.core, &mut self.rng, &mut self.store)
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Gives the store back.
    pub fn into_store(self) -> S {
        self.store
    }

    /// The answer with its head, or why there is none.
    fn call_answer(
        &mut self,
        call: u32,
        answer: Result<(AnswerHead<'_>, &[u8]), String>,
    ) -> Option<chancery_core::Input> {
        // A call of before a reset has nobody waiting for it.
        let (id, request) = self.calls.remove(&call)?;
        let answer = match answer.map(|(head, body)| request.read_response(&head, body)) {
            Ok(Ok(answer)) => answer.map_err(CallFailure::Refused),
            Ok(Err(not_the_relay)) => Err(not_the_relay.into()),
            Err(reason) => Err(CallFailure::Unreachable(reason)),
        };
        Some(chancery_core::Input::Answer(id, answer))
    }
}

/// Time and randomness for the core.
fn env<'a>(now_ms: u64, rng: &'a mut ChaCha20Rng) -> Env<'a> {
    Env { now_ms, rng }
}

/// An error for people, as JSON.
pub(crate) fn error_json(code: &str, message: &str) -> String {
    serde_json::json!({ "code": code, "message": message }).to_string()
}
