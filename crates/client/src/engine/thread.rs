//! The engine's thread: takes jobs, fills a batch, handles it, wakes the core in time.

use super::{Engine, Hook, Job};
use crate::{
    Machine, Status,
    limits::{BATCH_INPUTS, CLOCK_CHECK_SECONDS, NETWORK_QUEUE_JOBS, PEOPLE_QUEUE_JOBS},
    network::{Calls, Retry},
    profile::{Profile, generator},
};
use chancery_core::{Command, CommandResult, Event, Input, UserError, api::CommandId, storage::Storage};
use chancery_store::{SqliteStore, vault::Folder};
use chancery_wire::frames::ClientFrame;
use rand_chacha::ChaCha20Rng;
use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    runtime::Handle,
    sync::{broadcast, mpsc, oneshot, watch},
};
use url::Url;

/// What the engine shares with the rest.
pub(crate) struct Parts {
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) status: Arc<watch::Sender<Status>>,
    pub(crate) target: watch::Sender<Option<Url>>,
    /// Counts transactions that may have changed the store.
    pub(crate) changes: watch::Sender<u64>,
    pub(crate) caught_up: Arc<AtomicU64>,
    pub(crate) retry: Retry,
    pub(crate) offline: bool,
    /// Closed when the client is gone.
    pub(crate) stop: watch::Receiver<()>,
}

/// One thing for the core to handle.
pub(super) enum Step {
    Input(Input),
    Command(CommandId, Command, Option<Hook>),
}

pub(super) struct Connection {
    pub(super) id: super::ConnectionId,
    /// `None`: to be closed.
    pub(super) frames: Option<mpsc::Sender<ClientFrame>>,
}

pub(super) struct Thread<M> {
    pub(super) store: SqliteStore,
    // Unlocked when the store is closed.
    _folder: Folder,
    pub(super) machine: M,
    pub(super) rng: ChaCha20Rng,
    people: mpsc::Receiver<Job>,
    network: mpsc::Receiver<Job>,
    pub(super) engine: Engine,
    pub(super) parts: Parts,
    pub(super) calls: Arc<Calls>,
    pub(super) tasks: Handle,
    pub(super) relay: Option<Url>,
    pub(super) connection: Option<Connection>,
    /// Rises when the core is reset: answers to calls of a former one are no longer for it.
    pub(super) generation: u64,
    pub(super) last_command: CommandId,
    pub(super) waiting: HashMap<CommandId, oneshot::Sender<Result<CommandResult, UserError>>>,
    pub(super) wake_at: Option<u64>,
    /// Faults in a row.
    pub(super) faults: u32,
    pub(super) stopped: Option<UserError>,
}

/// Starts the engine's thread. The receiver resolves when it has ended and the store is closed.
pub(crate) fn start<M: Machine>(
    profile: Profile,
    make: impl FnOnce() -> M + Send + 'static,
    parts: Parts,
    calls: impl FnOnce(Engine) -> Arc<Calls>,
) -> (Engine, Arc<Calls>, oneshot::Receiver<()>) {
    let (people_sender, people) = mpsc::channel(PEOPLE_QUEUE_JOBS);
    let (network_sender, network) = mpsc::channel(NETWORK_QUEUE_JOBS);
    let engine = Engine { people: people_sender, network: network_sender };
    let calls = calls(engine.clone());
    let (ended, end) = oneshot::channel();
    let (thread_engine, thread_calls, tasks) = (engine.clone(), calls.clone(), Handle::current());
    let body = move || {
        let thread = Thread {
            store: profile.store,
            _folder: profile.folder,
            machine: make(),
            rng: generator(),
            people,
            network,
            engine: thread_engine,
            parts,
            calls: thread_calls,
            tasks,
            relay: None,
            connection: None,
            generation: 0,
            last_command: 0,
            waiting: HashMap::new(),
            wake_at: None,
            faults: 0,
            stopped: None,
        };
        // Of its own, so that the caller's runtime may end first.
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a timer needs nothing");
        runtime.block_on(thread.run());
        let _ = ended.send(());
    };
    std::thread::Builder::new().name("chancery-engine".to_owned()).spawn(body).expect("the system has a thread left");
    (engine, calls, end)
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}

impl<M: Machine> Thread<M> {
    async fn run(mut self) {
        self.find_relay();
        // The core loads itself and says what it waits for.
        self.handle(vec![Step::Input(Input::Tick)]).await;
        let mut stop = self.parts.stop.clone();
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => job,
                None => {
                    let sleep = self.sleep();
                    tokio::select! {
                        biased;
                        _ = stop.changed() => break,
                        Some(job) = self.people.recv() => job,
                        () = sleep => {
                            self.tick().await;
                            continue;
                        }
                        Some(job) = self.network.recv() => job,
                        else => break,
                    }
                }
            };
            next = self.take(job).await;
        }
        // Queues go first: who waits for an answer learns that there will be none.
        self.people.close();
        self.network.close();
    }

    /// Time until the core wants to be woken; for ever when it doesn't.
    fn sleep(&self) -> impl Future<Output = ()> + use<M> {
        let wait = self.wake_at.map(|at| Duration::from_millis(at.saturating_sub(now_ms())));
        async move {
            match wait {
                Some(wait) => tokio::time::sleep(wait.min(Duration::from_secs(CLOCK_CHECK_SECONDS))).await,
                None => std::future::pending().await,
            }
        }
    }

    async fn tick(&mut self) {
        if self.wake_at.is_some_and(|at| at <= now_ms()) {
            self.wake_at = None;
            self.handle(vec![Step::Input(Input::Tick)]).await;
        }
    }

    /// Does a job, together with those that wait behind it and fit into one transaction. Gives back the first that doesn't.
    async fn take(&mut self, job: Job) -> Option<Job> {
        match job {
            Job::Work(work) => {
                work(&mut self.store);
                None
            }
            Job::Sign(challenge, reply) => {
                let machine = &self.machine;
                match self.store.transact(|tx| machine.sign_challenge(tx, &challenge)) {
                    Ok(signed) => drop(reply.send(signed)),
                    Err(error) => tracing::error!(%error, "signing a challenge"),
                }
                None
            }
            Job::Connected(id, frames) => {
                if self.stopped.is_none() {
                    self.connection = Some(Connection { id, frames: Some(frames) });
                    self.set_status(Status::Connected);
                    self.handle(vec![Step::Input(Input::Connected)]).await;
                }
                None
            }
            Job::Disconnected(id, reason) => {
                self.set_status(Status::Waiting { reason });
                if self.connection.take_if(|connection| connection.id == id).is_some() {
                    self.handle(vec![Step::Input(Input::Disconnected)]).await;
                }
                None
            }
            Job::Command(_) | Job::Frame(..) | Job::Answer(..) => {
                let mut steps = Vec::new();
                let mut next = Some(job);
                while let Some(job) = next.take() {
                    match self.step(job) {
                        Ok(step) => steps.extend(step),
                        Err(other) => {
                            self.handle(steps).await;
                            return Some(other);
                        }
                    }
                    if steps.len() < BATCH_INPUTS {
                        next = self.people.try_recv().or_else(|_| self.network.try_recv()).ok();
                    }
                }
                self.handle(steps).await;
                None
            }
        }
    }

    /// What a job that fits into a batch means for the core; `None` when it is out of date.
    fn step(&mut self, job: Job) -> Result<Option<Step>, Job> {
        Ok(match job {
            Job::Command(order) => {
                if let Some(error) = &self.stopped {
                    let _ = order.reply.send(Err(error.clone()));
                    return Ok(None);
                }
                self.last_command += 1;
                self.waiting.insert(self.last_command, order.reply);
                Some(Step::Command(self.last_command, order.command, order.hook))
            }
            Job::Frame(id, frame) => {
                let current = self.connection.as_ref().is_some_and(|c| c.id == id && c.frames.is_some());
                current.then_some(Step::Input(Input::Frame(frame)))
            }
            Job::Answer(generation, id, answer) => {
                (generation == self.generation).then_some(Step::Input(Input::Answer(id, answer)))
            }
            other => return Err(other),
        })
    }
}
