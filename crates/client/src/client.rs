//! What programs hold: commands, queries, events.

use crate::{
    Machine, Profile,
    engine::{self, Engine, Hook, Parts},
    limits::{EVENT_QUEUE, REPLY_SECONDS},
    network::{self, Calls, Http, Link, Retry},
    user_error,
};
use chancery_core::{Command, CommandResult, Core, Event, Fault, Tx, UserError, query};
use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::Duration,
};
use tokio::{
    sync::{Notify, broadcast, oneshot, watch},
    time::timeout,
};
use url::Url;

/// How a client runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// Without network: queries work, and commands are queued.
    pub offline: bool,
    /// A PEM file with certificates that are trusted beside the platform's: for an organisation's own authority.
    pub ca: Option<PathBuf>,
    /// Waits between attempts to connect.
    pub retry: Retry,
    /// A connection over which a sent message gets no reply for so long is given up.
    pub reply_within: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { offline: false, ca: None, retry: Retry::default(), reply_within: Duration::from_secs(REPLY_SECONDS) }
    }
}

/// How it stands with the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Offline by choice, or there is no account to connect as yet.
    Offline,
    /// Connecting.
    Connecting,
    /// Connected, and catching up.
    Connected,
    /// Connected, and everything that was there is here.
    CaughtUp,
    /// Not connected; another attempt follows.
    Waiting {
        /// Why.
        reason: String,
    },
    /// Nothing but reading is possible any more.
    Stopped(UserError),
}

/// A running client. Clones share it; it ends with [`Client::shutdown`] or when the last clone is dropped.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    engine: Engine,
    calls: Arc<Calls>,
    events: broadcast::Sender<Event>,
    status: Arc<watch::Sender<Status>>,
    changes: watch::Receiver<u64>,
    target: watch::Receiver<Option<Url>>,
    hurry: Arc<Notify>,
    offline: bool,
    retry: Retry,
    /// File transfers that run, so that none runs twice.
    running: Mutex<HashSet<Vec<u8>>>,
    /// Its end is the engine's.
    stop: Mutex<Option<watch::Sender<()>>>,
    end: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Client {
    /// Starts a client on an open profile. Needs a Tokio runtime.
    pub fn start(profile: Profile, options: Options) -> Result<Self, UserError> {
        Self::start_machine(profile, options, Core::new)
    }

    /// The same around another machine than the core.
    pub fn start_machine<M: Machine>(
        profile: Profile,
        options: Options,
        make: impl FnOnce() -> M + Send + 'static,
    ) -> Result<Self, UserError> {
        let tls = network::config(options.ca.as_deref()).map_err(|message| user_error("certificates", message))?;
        let (events, _) = broadcast::channel(EVENT_QUEUE);
        let status = Arc::new(watch::Sender::new(Status::Offline));
        let (changes, changes_seen) = watch::channel(0);
        let (target, target_seen) = watch::channel(None);
        let (stop, stopped) = watch::channel(());
        let (caught_up, hurry) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        let parts = Parts {
            events: events.clone(),
            status: status.clone(),
            target,
            changes,
            caught_up: caught_up.clone(),
            retry: options.retry,
            offline: options.offline,
            stop: stopped,
        };
        let http = Http::new(&tls);
        let (engine, calls, end) = engine::start(profile, make, parts, |engine| Arc::new(Calls::new(http, engine)));
        let link = Link {
            target: target_seen.clone(),
            status: status.clone(),
            caught_up,
            retry: options.retry,
            reply_within: options.reply_within,
            hurry: hurry.clone(),
            tls,
        };
        tokio::spawn(network::run(link, engine.clone()));
        Ok(Self(Arc::new(Inner {
            engine,
            calls,
            events,
            status,
            changes: changes_seen,
            target: target_seen,
            hurry,
            offline: options.offline,
            retry: options.retry,
            running: Mutex::default(),
            stop: Mutex::new(Some(stop)),
            end: Mutex::new(Some(end)),
        })))
    }

    /// Carries a command out, or queues it. Resolves with what came of it; most commands resolve at once, those that need
    /// the relay's word (joining, looking for people) when it has spoken.
    pub async fn command(&self, command: Command) -> Result<CommandResult, UserError> {
        self.0.engine.command(command, None).await
    }

    /// A command with something done in its transaction.
    pub(crate) async fn command_and(&self, command: Command, hook: Hook) -> Result<CommandResult, UserError> {
        self.0.engine.command(command, Some(hook)).await
    }

    /// Reads the store: `client.query(|tx| query::conversations(tx))`.
    pub async fn query<T: Send + 'static>(
        &self,
        f: impl FnOnce(&dyn Tx) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, UserError> {
        self.0.engine.query(f).await
    }

    /// Events from now on. A listener that falls far behind gets `Lagged` and should read the store again.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    /// How it stands with the relay, now and later.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.0.status.subscribe()
    }

    /// Connects (without waiting for the next attempt's time) and waits until everything that was there is here.
    pub async fn sync(&self, limit: Duration) -> Result<(), UserError> {
        if self.0.offline {
            return Err(user_error("offline", "the client was started offline"));
        }
        self.0.hurry.notify_waiters();
        let mut status = self.status();
        let arrived = timeout(limit, status.wait_for(|s| matches!(s, Status::CaughtUp | Status::Stopped(_)))).await;
        match arrived {
            Ok(Ok(status)) => match &*status {
                Status::Stopped(error) => Err(error.clone()),
                _ => Ok(()),
            },
            Ok(Err(_)) => Err(user_error("closed", "the client is closing")),
            Err(_) => Err(self.late("could not catch up")),
        }
    }

    /// Waits until nothing waits to be sent or carried out.
    pub async fn drain(&self, limit: Duration) -> Result<(), UserError> {
        let mut changes = self.0.changes.clone();
        let empty = async {
            loop {
                // A change from here on wakes us; queries are none.
                changes.mark_unchanged();
                if self.query(|tx| query::waiting(tx)).await? == 0 {
                    return Ok(());
                }
                if let Status::Stopped(error) = &*self.0.status.borrow() {
                    return Err(error.clone());
                }
                changes.changed().await.map_err(|_| user_error("closed", "the client is closing"))?;
            }
        };
        timeout(limit, empty).await.unwrap_or_else(|_| Err(self.late("not everything could be sent")))
    }

    fn late(&self, what: &str) -> UserError {
        let why = match &*self.0.status.borrow() {
            Status::Waiting { reason } => format!(": {reason}"),
            Status::Offline => ": this profile has not joined an organisation, or is offline".to_owned(),
            Status::Connecting => ": the relay doesn't answer".to_owned(),
            _ => String::new(),
        };
        user_error("timeout", format!("{what} in time{why}. What waits is kept and goes on with the next start."))
    }

    /// Closes the connection and the store; resolves when the profile is unlocked.
    pub async fn shutdown(&self) {
        let end = {
            self.0.stop.lock().expect("nobody panics with it").take();
            self.0.end.lock().expect("nobody panics with it").take()
        };
        if let Some(end) = end {
            let _ = end.await;
        }
    }

    /// The relay to transfer files with.
    pub(crate) fn relay(&self) -> Option<Url> {
        self.0.target.borrow().clone()
    }

    /// Marks a transfer as running until the guard is dropped; `None` when it runs already.
    pub(crate) fn begin_transfer(&self, key: &[u8]) -> Option<Running> {
        let new = self.0.running.lock().expect("nobody panics with it").insert(key.to_vec());
        new.then(|| Running { client: self.clone(), key: key.to_vec() })
    }

    pub(crate) fn retry(&self) -> Retry {
        self.0.retry
    }

    pub(crate) fn calls(&self) -> &Calls {
        &self.0.calls
    }
}

/// A transfer that runs.
pub(crate) struct Running {
    client: Client,
    key: Vec<u8>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.client.0.running.lock().expect("nobody panics with it").remove(&self.key);
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}
