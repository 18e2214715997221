//! The real relay logic on a real store, with connections that are lists of frames.

use crate::{client::SimClient, organisation::SimOrganisation};
use chancery_server::{Caller, LocalRelay, Settings, delivery::Session, organisation::initialise, relay::store};
use chancery_wire::{
    Code, DeviceId, Refusal, UserId,
    api::{Request, Response, auth::OpenSession},
    frames::{ClientFrame, ServerFrame},
};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// A connection's number.
pub type ConnectionId = u64;

/// The relay of a simulation. A crash drops everything but the store.
pub struct SimRelay {
    local: Option<LocalRelay>,
    relay_key: ed25519_dalek::SigningKey,
    seed: u64,
    sessions: BTreeMap<ConnectionId, Session>,
}

impl SimRelay {
    /// A relay with a fresh store in memory, for this organisation.
    pub fn new(organisation: &SimOrganisation, seed: u64) -> anyhow::Result<Self> {
        let mut db = Connection::open_in_memory()?;
        store::prepare(&mut db).map_err(|e| anyhow::anyhow!("{e:?}"))?;
        initialise(
            &db,
            organisation.root.verifying_key().as_bytes(),
            organisation.manifest.bytes(),
            organisation.policy.bytes(),
        )
        .map_err(|e| anyhow::anyhow!("{e:?}"))?;
        let mut relay =
            Self { local: None, relay_key: organisation.relay_key.clone(), seed, sessions: BTreeMap::new() };
        relay.open(db)?;
        Ok(relay)
    }

    fn open(&mut self, db: Connection) -> anyhow::Result<()> {
        self.seed = self.seed.wrapping_add(1);
        let settings = Settings { relay_key: self.relay_key.clone() };
        let rng = Box::new(ChaCha20Rng::seed_from_u64(self.seed));
        self.local = Some(LocalRelay::open(settings, db, rng).map_err(|e| anyhow::anyhow!("{e:?}"))?);
        self.sessions.clear();
        Ok(())
    }

    /// The process dies; it starts again with the same store. Connections are gone.
    pub fn crash(&mut self) -> anyhow::Result<()> {
        let db = self.local.take().expect("always there between calls").into_db();
        self.open(db)
    }

    /// The logic with its store.
    pub fn local(&self) -> &LocalRelay {
        self.local.as_ref().expect("always there between calls")
    }

    /// One call. With `lose_before` the relay dies before it commits.
    pub fn call(
        &mut self,
        now_ms: u64,
        caller: Option<&Caller>,
        request: Request,
        lose_before: bool,
    ) -> Option<Result<Response, Refusal>> {
        if lose_before {
            let lost: Result<((), _), _> = self.local().transact(|relay, tx| {
                let context = chancery_server::Context { now_ms, caller, peer: 0 };
                let _ = relay.call(tx, context, request);
                Err(chancery_server::Failure::from(Refusal::of(Code::Internal)))
            });
            let _ = lost;
            return None;
        }
        Some(match self.local().call(now_ms, caller, request) {
            Ok((response, effects)) => {
                self.apply(&effects);
                Ok(response)
            }
            Err(failure) => Err(failure.into_refusal("call")),
        })
    }

    fn apply(&mut self, effects: &chancery_server::Effects) {
        for effect in &effects.0 {
            let chancery_server::Effect::Cut { device } = effect else { continue };
            for session in self.sessions.values_mut() {
                if session.caller().is_some_and(|caller| caller.row == *device) {
                    let _ = session.close(Refusal::of(Code::DeviceRevoked));
                }
            }
        }
    }

    /// A device's session, as its driver opens one: challenge, signature, check.
    pub fn authenticate(
        &mut self,
        now_ms: u64,
        client: &mut SimClient,
        user: &UserId,
        device: &DeviceId,
    ) -> Result<Caller, Refusal> {
        let opened = self.local().call(now_ms, None, Request::OpenChallenge {});
        let Ok((Response::Challenge(challenge), _)) = opened else { return Err(Code::Internal.into()) };
        let signature = client.sign(&challenge.challenge.0).ok_or(Code::Unauthenticated)?;
        let body = OpenSession {
            user: user.clone(),
            device: *device,
            challenge: challenge.challenge,
            signature: signature.into(),
        };
        match self.local().call(now_ms, None, Request::OpenSession { body }) {
            Ok((Response::Session(session), _)) => {
                self.local().relay().authenticate(&session.token, now_ms).map(|caller| (*caller).clone())
            }
            Ok(_) => Err(Code::Internal.into()),
            Err(failure) => Err(failure.into_refusal("session")),
        }
    }

    /// A new connection and its first frame.
    pub fn connect(&mut self, connection: ConnectionId, now_ms: u64, rng: &mut impl RngCore) -> ServerFrame {
        let mut challenge = [0; 32];
        rng.fill_bytes(&mut challenge);
        let session = Session::new(challenge);
        let hello = session.hello(now_ms);
        self.sessions.insert(connection, session);
        hello
    }

    /// A connection ended.
    pub fn disconnect(&mut self, connection: ConnectionId) {
        self.sessions.remove(&connection);
    }

    /// The session of a connection.
    pub fn caller(&self, connection: ConnectionId) -> Option<std::sync::Arc<Caller>> {
        self.sessions.get(&connection)?.caller().cloned()
    }

    /// A frame from a client. `None`: the connection is unknown.
    pub fn frame(&mut self, connection: ConnectionId, now_ms: u64, frame: ClientFrame) -> Option<Vec<ServerFrame>> {
        let mut session = self.sessions.remove(&connection)?;
        let answered = self.local().transact(|relay, tx| Ok(session.on_frame(relay, tx, now_ms, frame)));
        self.sessions.insert(connection, session);
        match answered {
            Ok((frames, effects)) => {
                self.apply(&effects);
                Some(frames)
            }
            Err(failure) => Some(vec![ServerFrame::Closing { refusal: failure.into_refusal("frame") }]),
        }
    }

    /// What is due on each connection; a closed one ends.
    pub fn poll(&mut self) -> Vec<(ConnectionId, Vec<ServerFrame>, bool)> {
        let local = self.local.as_ref().expect("always there between calls");
        let mut due = Vec::new();
        for (connection, session) in &mut self.sessions {
            let frames = if session.is_closed() { Vec::new() } else { session.poll(local.db()) };
            if !frames.is_empty() || session.is_closed() {
                due.push((*connection, frames, session.is_closed()));
            }
        }
        for (connection, _, closed) in &due {
            if *closed {
                self.sessions.remove(connection);
            }
        }
        due
    }
}
