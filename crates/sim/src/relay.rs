//! The real relay logic on a real store, with connections that are lists of frames.

use crate::{client::SimClient, organisation::SimOrganisation};
use chancery_server::{
    Caller, LocalRelay, Settings,
    delivery::Session,
    organisation::initialise,
    relay::{Quotas, store},
    work,
};
use chancery_wire::{
    Code, DeviceId, GroupId, Refusal, UserId,
    api::{Request, Response, auth::OpenSession},
    frames::{ClientFrame, ServerFrame},
};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// A connection's number.
pub type ConnectionId = u64;

/// Remembers every membership that the relay ever stored, beside its store: what devices show is compared with it.
const STAYS: &str = "
    CREATE TEMP TABLE stays (n INTEGER PRIMARY KEY, group_id INTEGER, device_id INTEGER, joined INTEGER, removed INTEGER);
    CREATE TEMP TRIGGER came AFTER INSERT ON main.members BEGIN
        INSERT INTO stays (group_id, device_id, joined) VALUES (NEW.group_id, NEW.device_id, NEW.joined_seq);
    END;
    CREATE TEMP TRIGGER went AFTER UPDATE OF removed_seq ON main.members
        WHEN NEW.removed_seq IS NOT NULL AND OLD.removed_seq IS NULL BEGIN
        UPDATE stays SET removed = NEW.removed_seq
            WHERE group_id = NEW.group_id AND device_id = NEW.device_id AND removed IS NULL;
    END;
    CREATE TEMP TRIGGER came_again AFTER UPDATE OF joined_seq ON main.members WHEN NEW.joined_seq != OLD.joined_seq BEGIN
        UPDATE stays SET removed = NEW.joined_seq
            WHERE group_id = NEW.group_id AND device_id = NEW.device_id AND removed IS NULL;
        INSERT INTO stays (group_id, device_id, joined) VALUES (NEW.group_id, NEW.device_id, NEW.joined_seq);
    END;";

/// The time that a device was in a group: it may read after `joined`, up to `removed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// The group.
    pub group: GroupId,
    /// The device.
    pub device: DeviceId,
    /// Position of the commit that added it.
    pub joined: u64,
    /// Position of the commit that removed it.
    pub removed: Option<u64>,
}

/// What the store says of one group.
#[derive(Debug, Clone)]
pub struct Log {
    /// The group.
    pub group: GroupId,
    /// Its epoch.
    pub epoch: u64,
    /// Its last handshake.
    pub handshake_seq: u64,
    /// Items up to this one were deleted.
    pub pruned_seq: u64,
    /// Positions of its items.
    pub positions: Vec<u64>,
    /// The GroupInfo of its epoch is there.
    pub has_group_info: bool,
    /// Epoch in which the last commit in the log was made.
    pub last_commit_epoch: Option<u64>,
}

/// The relay of a simulation. A crash drops everything but the store.
pub struct SimRelay {
    local: Option<LocalRelay>,
    relay_key: ed25519_dalek::SigningKey,
    seed: u64,
    /// Limits of one person; they hold from the next start on.
    pub quotas: Quotas,
    sessions: BTreeMap<ConnectionId, Session>,
    /// Signals that connections are to get.
    signals: Vec<(ConnectionId, ServerFrame)>,
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
        db.execute_batch(STAYS)?;
        let mut relay = Self {
            local: None,
            relay_key: organisation.relay_key.clone(),
            seed,
            quotas: Quotas::default(),
            sessions: BTreeMap::new(),
            signals: Vec::new(),
        };
        relay.open(db)?;
        Ok(relay)
    }

    fn open(&mut self, db: Connection) -> anyhow::Result<()> {
        self.seed = self.seed.wrapping_add(1);
        let settings = Settings { relay_key: self.relay_key.clone(), push: None, quotas: self.quotas.clone() };
        let rng = Box::new(ChaCha20Rng::seed_from_u64(self.seed));
        self.local = Some(LocalRelay::open(settings, db, rng).map_err(|e| anyhow::anyhow!("{e:?}"))?);
        self.sessions.clear();
        self.signals.clear();
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
            if let chancery_server::Effect::Signal { row, from, frame } = effect {
                let follows = |session: &Session| {
                    session.follows(*row) && session.caller().is_some_and(|caller| caller.row != *from)
                };
                let to = self.sessions.iter().filter(|(_, session)| follows(session));
                self.signals.extend(to.map(|(connection, _)| (*connection, frame.clone())));
            }
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
            let mut frames = if session.is_closed() { Vec::new() } else { session.poll(local.db()) };
            let signals = self.signals.iter().filter(|(to, _)| to == connection && !session.is_closed());
            frames.extend(signals.map(|(_, frame)| frame.clone()));
            if !frames.is_empty() || session.is_closed() {
                due.push((*connection, frames, session.is_closed()));
            }
        }
        self.signals.clear();
        for (connection, _, closed) in &due {
            if *closed {
                self.sessions.remove(connection);
            }
        }
        due
    }

    /// When the relay has stored work to do: now or later, in milliseconds since 1970; `None` when there is none.
    pub fn works_at(&self, now_ms: u64) -> Option<u64> {
        work::waits_until(self.local(), now_ms).expect("the store can be read")
    }

    /// One step of it. With `lose_before` the relay dies before it commits.
    pub fn work(&mut self, now_ms: u64, lose_before: bool) {
        let effects = work::run_one(self.local(), now_ms, lose_before).expect("a step fails by itself only");
        if let Some(effects) = effects {
            self.apply(&effects);
        }
    }

    /// Steps of work that failed and are tried again.
    pub fn failing_steps(&self) -> u64 {
        work::standing(self.local().db()).expect("the store can be read").failing
    }

    /// Deletes what no device will read, as the relay does every hour.
    pub fn prune(&mut self, now_ms: u64) -> Result<u64, Refusal> {
        chancery_server::maintenance::run(self.local(), now_ms).map_err(|failure| failure.into_refusal("maintenance"))
    }

    fn rows<T>(&self, sql: &str, read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let read_all = || self.local().db().prepare(sql)?.query_map((), read)?.collect::<rusqlite::Result<Vec<T>>>();
        read_all().expect("the simulator's own queries fit the store")
    }

    /// Who was in which group when, in the order in which they came.
    pub fn stays(&self) -> Vec<Stay> {
        self.rows(
            "SELECT gid, device, joined, removed FROM stays JOIN groups ON groups.id = group_id
             JOIN devices ON devices.id = device_id ORDER BY n",
            |row| {
                Ok(Stay {
                    group: row.get::<_, String>(0)?.parse().expect("the relay stores group ids"),
                    device: DeviceId(row.get(1)?),
                    joined: row.get(2)?,
                    removed: row.get(3)?,
                })
            },
        )
    }

    /// Whose device is which.
    pub fn users_of_devices(&self) -> BTreeMap<DeviceId, UserId> {
        let rows = self.rows("SELECT device, user FROM devices JOIN users ON users.id = user_id", |row| {
            Ok((DeviceId(row.get(0)?), row.get::<_, String>(1)?.parse().expect("the relay stores user ids")))
        });
        rows.into_iter().collect()
    }

    /// All groups.
    pub fn logs(&self) -> Vec<Log> {
        let groups = self.rows(
            "SELECT id, gid, epoch, handshake_seq, pruned_seq,
             EXISTS (SELECT 1 FROM group_infos WHERE group_id = groups.id AND group_infos.epoch = groups.epoch),
             (SELECT max(epoch) FROM log WHERE position >> 32 = groups.id AND kind = 2) FROM groups ORDER BY id",
            |row| {
                let group = row.get::<_, String>(1)?.parse().expect("the relay stores group ids");
                let log = Log {
                    group,
                    epoch: row.get(2)?,
                    handshake_seq: row.get(3)?,
                    pruned_seq: row.get(4)?,
                    positions: Vec::new(),
                    has_group_info: row.get(5)?,
                    last_commit_epoch: row.get(6)?,
                };
                Ok((row.get::<_, i64>(0)?, log))
            },
        );
        let items = self.rows("SELECT position FROM log ORDER BY position", |row| row.get::<_, i64>(0));
        let of =
            |row: i64| items.iter().filter(move |item| **item >> 32 == row).map(|item| (*item & 0xffff_ffff) as u64);
        groups.into_iter().map(|(row, log)| Log { positions: of(row).collect(), ..log }).collect()
    }

    /// Every text and blob in the store, with its table.
    pub fn values(&self) -> Vec<(String, Vec<u8>)> {
        let tables =
            self.rows("SELECT name FROM main.sqlite_master WHERE type = 'table'", |row| row.get::<_, String>(0));
        let mut values = Vec::new();
        for table in tables {
            let rows = self.rows(&format!("SELECT * FROM main.\"{table}\""), |row| {
                let mut found = Vec::new();
                for column in 0..row.as_ref().column_count() {
                    match row.get_ref(column)? {
                        rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                            found.push(bytes.to_vec());
                        }
                        _ => {}
                    }
                }
                Ok(found)
            });
            values.extend(rows.into_iter().flatten().map(|value| (table.clone(), value)));
        }
        values
    }
}
