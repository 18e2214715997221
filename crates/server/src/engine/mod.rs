//! Runs the logic on threads: one that writes, some that read, and some that check what costs CPU before it is written.
//!
//! **Invariant:** an answer to a writing call leaves after its transaction was committed and flushed.
//! **Invariant:** every queue is bounded; a full one refuses whoever fills it with `rate_limited`, and nobody else.

mod checkpoint;
mod queue;
mod readers;
mod turns;
mod writer;

pub use queue::{MAX_QUEUED_JOBS, MAX_QUEUED_JOBS_EACH};
pub use writer::Message;

use crate::{
    Caller, Context, Failure, Relay, RelayFault, Row, Tx,
    delivery::{Hub, Mailbox},
    groups,
    metrics::Metrics,
    relay::{Prepared, is_read, store},
};
use chancery_wire::{
    Code, GroupId, Refusal,
    api::{Request, Response},
    frames::ItemKind,
};
use checkpoint::Checkpoints;
use queue::Queue;
use readers::Readers;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    sync::{Arc, Mutex, OnceLock},
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::oneshot;
use turns::Turns;
use writer::{Job, Task, Writer};

/// Connections for reading calls.
const READERS: usize = 4;
/// Those that one person uses at the same time.
const READERS_EACH: usize = 2;
/// Connections for checking commits and key packages, which keeps a core busy each.
const CHECKERS: usize = 2;
/// Those that one person uses at the same time.
const CHECKERS_EACH: usize = 1;
/// Locks that keep commits of one group from being checked at the same time.
const GROUP_LOCKS: usize = 256;
/// How often a commit is checked again when the group moved on between check and append.
const MAX_CHECKS: u32 = 3;

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Milliseconds of a time that only ever goes on, for what is waited for: the machine's clock may jump.
pub fn up_ms() -> u64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed().as_millis() as u64
}

/// The engine.
pub struct Engine {
    relay: Arc<Relay>,
    jobs: Arc<Queue<Job>>,
    readers: Readers,
    checkers: Readers,
    /// One commit of each person at a time waits for its group.
    commits: Turns,
    group_locks: Vec<tokio::sync::Mutex<()>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
}

/// Who calls: like [`Context`], but owned.
#[derive(Debug, Clone)]
pub struct From {
    /// The device whose session it is.
    pub caller: Option<Arc<Caller>>,
    /// Stands for the peer's address in rate limits.
    pub peer: u64,
}

/// Whom a piece of work is done for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// For the relay itself: purging, pushing, looking whether it is well.
    Relay,
    /// For files, of whomever.
    Files,
    /// For a user, on all devices together.
    User(Row),
    /// For somebody without a session, at this address.
    Anonymous(u64),
}

impl From {
    /// Whom its work is done for.
    pub fn owner(&self) -> Owner {
        self.caller.as_ref().map_or(Owner::Anonymous(self.peer), |caller| Owner::User(caller.user_row))
    }

    fn context(&self, now_ms: u64) -> Context<'_> {
        Context { now_ms, caller: self.caller.as_deref(), peer: self.peer }
    }
}

impl Engine {
    /// Starts the threads on the store at `path`; `db` is its writing connection.
    pub fn start(
        relay: Arc<Relay>,
        mut db: rusqlite::Connection,
        path: &Path,
        hub: Arc<Hub>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, RelayFault> {
        let jobs = Arc::new(Queue::new());
        let open = |count| (0..count).map(|_| store::open_reader(path)).collect::<Result<Vec<_>, _>>();
        let readers = Readers::new(relay.clone(), open(READERS)?, READERS_EACH);
        let checkers = Readers::new(relay.clone(), open(CHECKERS)?, CHECKERS_EACH);
        let checkpoints = Checkpoints::start(&mut db, path)?;
        let writer = Writer { relay: relay.clone(), db, checkpoints, queue: jobs.clone(), hub, metrics };
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer.run())
            .map_err(RelayFault::new)?;
        Ok(Self {
            relay,
            jobs,
            readers,
            checkers,
            commits: Turns::new(1),
            group_locks: (0..GROUP_LOCKS).map(|_| tokio::sync::Mutex::new(())).collect(),
            writer: Mutex::new(Some(thread)),
        })
    }

    /// The logic.
    pub fn relay(&self) -> &Arc<Relay> {
        &self.relay
    }

    /// One call.
    pub async fn call(&self, from: From, request: Request) -> Result<Response, Failure> {
        let now_ms = now_ms();
        if is_read(&request) {
            let owner = from.owner();
            return self.read_for(owner, move |relay, db| relay.read(db, from.context(now_ms), request)).await;
        }
        match request {
            Request::Append { group, body } if body.kind == ItemKind::Application => {
                let caller = from.caller.ok_or(Code::Unauthenticated)?;
                let message =
                    groups::Message { group, item: body.item, epoch: body.epoch, body: body.body.0, quiet: body.quiet };
                self.append(caller, message, now_ms).await.map(Response::Appended)
            }
            Request::Append { ref group, .. } => {
                let _turn = self.commits.take(from.owner()).await;
                let _one_at_a_time = self.group_lock(group).lock().await;
                for _ in 1..MAX_CHECKS {
                    let prepared = self.check(from.clone(), now_ms, request.clone()).await?;
                    match self.apply(from.clone(), now_ms, prepared).await {
                        // A proposal of the relay's own came in between: the next check says what that means.
                        Err(failure) if failure.code() == Some(Code::WrongEpoch) => {}
                        done => return done,
                    }
                }
                let prepared = self.check(from.clone(), now_ms, request).await?;
                self.apply(from, now_ms, prepared).await
            }
            Request::Join { .. }
            | Request::AddDevice { .. }
            | Request::PutKeyPackages { .. }
            | Request::CreateGroup { .. } => {
                let prepared = self.check(from.clone(), now_ms, request).await?;
                self.apply(from, now_ms, prepared).await
            }
            request => {
                let owner = from.owner();
                self.write_for(owner, move |relay, tx| {
                    let context = from.context(now_ms);
                    relay.prepare(tx, context, request).and_then(|prepared| relay.apply(tx, context, prepared))
                })
                .await
            }
        }
    }

    async fn check(&self, from: From, now_ms: u64, request: Request) -> Result<Prepared, Failure> {
        self.checkers.run(from.owner(), move |relay, db| relay.prepare(db, from.context(now_ms), request)).await
    }

    async fn apply(&self, from: From, now_ms: u64, prepared: Prepared) -> Result<Response, Failure> {
        self.write_for(from.owner(), move |relay, tx| relay.apply(tx, from.context(now_ms), prepared)).await
    }

    fn group_lock(&self, group: &GroupId) -> &tokio::sync::Mutex<()> {
        let mut hasher = DefaultHasher::new();
        group.hash(&mut hasher);
        &self.group_locks[(hasher.finish() % GROUP_LOCKS as u64) as usize]
    }

    /// Reads in one transaction, on a connection of the pool, for the relay itself.
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Relay, &rusqlite::Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.read_for(Owner::Relay, f).await
    }

    /// Reads in one transaction, when it is the owner's turn.
    pub async fn read_for<T: Send + 'static>(
        &self,
        owner: Owner,
        f: impl FnOnce(&Relay, &rusqlite::Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.readers.run(owner, f).await
    }

    /// Writes for the relay itself, together with whatever else waits; returns after the commit.
    pub async fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Relay, &Tx<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.write_for(Owner::Relay, f).await
    }

    /// Writes, in the owner's turn.
    pub async fn write_for<T: Send + 'static>(
        &self,
        owner: Owner,
        f: impl FnOnce(&Relay, &Tx<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (reply, answer) = oneshot::channel();
        self.jobs.push(owner, Job::Work(Box::new(Task::new(f, reply))))?;
        answer.await.unwrap_or_else(|_| Err(Code::Draining.into()))
    }

    /// Writes without waiting for it: for what may be lost. Whether it waits to be done.
    pub fn write_later(
        &self,
        owner: Owner,
        f: impl FnOnce(&Relay, &Tx<'_>) -> Result<(), Failure> + Send + 'static,
    ) -> bool {
        let (reply, _nobody) = oneshot::channel();
        // A full queue means that there are more important things to do.
        self.jobs.push(owner, Job::Work(Box::new(Task::new(f, reply)))).is_ok()
    }

    async fn append(
        &self,
        caller: Arc<Caller>,
        message: groups::Message,
        now_ms: u64,
    ) -> Result<chancery_wire::api::groups::Appended, Failure> {
        let (reply, answer) = oneshot::channel();
        let to = writer::ReplyTo::Call(reply);
        self.jobs
            .push(Owner::User(caller.user_row), Job::Message(Box::new(Message { caller, message, now_ms, to })))?;
        answer.await.unwrap_or_else(|_| Err(Code::Draining.into()))
    }

    /// Appends a message from a connection; the answer goes into its mailbox.
    pub fn send(
        &self,
        caller: Arc<Caller>,
        message: groups::Message,
        mailbox: Arc<Mailbox>,
        request: u32,
    ) -> Result<(), Refusal> {
        let to = writer::ReplyTo::Mailbox(mailbox, request);
        self.jobs.push(
            Owner::User(caller.user_row),
            Job::Message(Box::new(Message { caller, message, now_ms: now_ms(), to })),
        )
    }

    /// Runs on the writer's connection outside any transaction: checkpoints, vacuum.
    pub async fn maintain<T: Send + 'static>(
        &self,
        f: impl FnOnce(&rusqlite::Connection) -> Result<T, RelayFault> + Send + 'static,
    ) -> Result<T, Failure> {
        let (reply, answer) = oneshot::channel();
        let job = Job::Maintain(Box::new(move |db| {
            // Whoever asked may have gone.
            let _ = reply.send(f(db));
        }));
        self.jobs.push(Owner::Relay, job)?;
        answer.await.map_err(|_| Failure::from(Code::Draining))?.map_err(Failure::from)
    }

    /// Finishes what was accepted, copies the write-ahead log back and ends the writer.
    pub fn stop(&self) {
        let thread = crate::relay::lock(&self.writer).take();
        if let Some(thread) = thread {
            self.jobs.close();
            if thread.join().is_err() {
                tracing::error!("the writer panicked");
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}
