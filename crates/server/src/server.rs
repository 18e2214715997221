//! The process: listeners, the hourly purge, the shutdown that drains.

use crate::{
    PathError, Relay, RelayFault, Settings, clock,
    config::{Checked, ConfigError},
    data_folder::{DataFolder, FolderError, check_usable, is_initialised},
    delivery::Hub,
    engine::{Engine, now_ms},
    files::{self, Files},
    gate::Gate,
    health::{Part, Subject},
    http::{self, AppState, EngineDatabase, limit::RequestLimiter},
    maintenance::{self, Shelf},
    metrics::Metrics,
    open_files,
    places::Places,
    push,
    relay::store,
    tls::{self, TlsError},
    work,
};
use axum::Router;
use axum_server::{Handle, accept::NoDelayAcceptor, tls_rustls::RustlsAcceptor};
use hyper_util::{rt::TokioExecutor, server::conn::auto::Builder};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::{Duration, Instant},
};
use thiserror::Error;
use tokio::task::JoinHandle;

/// How often what has served its time is purged.
const PURGE_INTERVAL: Duration = Duration::from_secs(3600);
/// How often the clock and the certificate are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);
/// After each step of it the purge rests so many times as long as the step took: senders have the writer to themselves.
const PURGE_REST: u32 = 9;
/// A client has this long for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes that a connection buffers; a head is no larger.
const CONNECTION_BUFFER_BYTES: usize = 32 * 1024;
/// How often the disk's free space is looked up.
const ROOM_INTERVAL: Duration = Duration::from_secs(1);

/// Why the relay can't start. Every message says what to do.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No organisation.
    #[error("{0} holds no organisation; make one with `chancery init`")]
    NotInitialised(std::path::PathBuf),
    /// The address.
    #[error("listening on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A file or folder.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The store or the key.
    #[error(transparent)]
    Fault(#[from] RelayFault),
}

/// A running relay.
pub struct Server {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    state: AppState,
    handle: Handle<SocketAddr>,
    metrics_handle: Handle<SocketAddr>,
    tasks: Vec<JoinHandle<()>>,
    listeners: Vec<JoinHandle<std::io::Result<()>>>,
    _folder: DataFolder,
}

impl Server {
    /// Starts on a data folder that `initialise` made.
    pub async fn start(config: Checked) -> Result<Self, StartError> {
        check_usable(&config.data_dir)?;
        if !is_initialised(&config.data_dir) {
            return Err(StartError::NotInitialised(config.data_dir.clone()));
        }
        let folder = DataFolder::open(&config.data_dir)?;
        let (state, pushes) = open(&folder, config)?;
        let config = &state.config;
        let (handle, metrics_handle) = (Handle::new(), Handle::new());
        let (mut listeners, mut tasks) = (Vec::new(), Vec::new());
        let listener = listen(config.listen)?;
        let address = listener.local_addr().map_err(RelayFault::new)?;
        let router = http::router(state.clone());
        match config.tls_files() {
            None => {
                let mut server = axum_server::from_tcp(listener).map_err(RelayFault::new)?.handle(handle.clone());
                bounded(server.http_builder());
                let server = server.acceptor(Gate::new(config.behind_tls_proxy));
                let serving = server.serve(router.into_make_service_with_connect_info::<SocketAddr>());
                listeners.push(tokio::spawn(serving));
            }
            Some(files) => {
                let health = state.engine.relay().health.clone();
                let tls = files.open(&health)?;
                tls::warn_before_the_end(&health, now_ms() / 1000);
                #[cfg(unix)]
                {
                    let reload = files.clone().reload_on_hangup(tls.clone(), health).map_err(RelayFault::new)?;
                    tasks.push(reload);
                }
                let acceptor = RustlsAcceptor::new(tls).acceptor(Gate::new(config.behind_tls_proxy));
                let mut server = axum_server::from_tcp(listener).map_err(RelayFault::new)?.handle(handle.clone());
                bounded(server.http_builder());
                let serving =
                    server.acceptor(acceptor).serve(router.into_make_service_with_connect_info::<SocketAddr>());
                listeners.push(tokio::spawn(serving));
            }
        }
        let metrics_address = match config.metrics_listen {
            None => None,
            Some(address) => {
                let listener = listen(address)?;
                let address = listener.local_addr().map_err(RelayFault::new)?;
                let router = http::health::metrics(state.clone());
                listeners.push(plain(listener, router, metrics_handle.clone())?);
                Some(address)
            }
        };
        tracing::info!(%address, "listening");
        look_at_room(&state);
        tasks.push(tokio::spawn(watch_room(state.clone())));
        tasks.push(tokio::spawn(keep(state.clone())));
        tasks.push(tokio::spawn(work::carry_out(state.engine.clone(), state.hub.clone())));
        tasks.extend(pushes.map(|pushes| tokio::spawn(pushes.run())));
        Ok(Self { address, metrics_address, state, handle, metrics_handle, tasks, listeners, _folder: folder })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where it serves metrics.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// What handlers share; for tests that look inside.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Stops accepting, tells every connection, finishes what was accepted, and ends.
    pub async fn shutdown(self) {
        tracing::info!("draining");
        let grace = Duration::from_secs(self.state.config.shutdown_grace_seconds);
        self.handle.graceful_shutdown(Some(grace));
        self.metrics_handle.shutdown();
        for task in &self.tasks {
            task.abort();
        }
        if tokio::time::timeout(grace, self.state.hub.drain()).await.is_err() {
            tracing::warn!("some connections didn't end in time");
        }
        for listener in self.listeners {
            match listener.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "listening"),
                Err(error) => tracing::error!(%error, "listening"),
            }
        }
        let engine = self.state.engine.clone();
        if tokio::task::spawn_blocking(move || engine.stop()).await.is_err() {
            tracing::error!("stopping the engine");
        }
    }

    /// Ends without draining, as a crash would: what was acknowledged is on the disk, nothing else matters.
    pub async fn kill(self) {
        self.handle.shutdown();
        self.metrics_handle.shutdown();
        for task in &self.tasks {
            task.abort();
        }
        for listener in &self.listeners {
            listener.abort();
        }
        let engine = self.state.engine.clone();
        // The data folder is free for the next one only when the writer let go of it.
        if tokio::task::spawn_blocking(move || engine.stop()).await.is_err() {
            tracing::error!("stopping the engine");
        }
    }
}

fn open(folder: &DataFolder, config: Checked) -> Result<(AppState, Option<push::Sender>), StartError> {
    let path = folder.store_path();
    let db = store::open_writer(&path)?;
    let mut seed = [0; 32];
    getrandom::getrandom(&mut seed).map_err(|error| RelayFault::new(error.to_string()))?;
    let rng = Box::new(ChaCha20Rng::from_seed(seed));
    let push_key = if config.push.enabled { Some(folder.push_key()?) } else { None };
    let push = push_key.as_ref().and_then(|key| push::settings(&config, key));
    let settings = Settings { relay_key: folder.relay_key()?, push, quotas: config.quotas() };
    let relay = Arc::new(Relay::new(settings, &db, rng)?);
    let metrics = Arc::new(Metrics::new());
    let limits = &config.limits;
    let connections = open_files::prepare(limits, &relay.health);
    let hub = Arc::new(Hub::new(metrics.clone(), connections as usize, limits.connections_per_device as usize));
    let engine = Arc::new(Engine::start(relay, db, &path, hub.clone(), metrics.clone())?);
    let files = Files::open(
        EngineDatabase(engine.clone()),
        &config.data_dir,
        config.disk_reserve_bytes,
        limits.uploads,
        metrics.clone(),
    )?;
    let limiter = Arc::new(RequestLimiter::new(limits.requests_per_second, limits.request_burst));
    let pushes = push_key
        .map(|key| push::Sender::new(engine.clone(), hub.clone(), metrics.clone(), &config, key))
        .transpose()?;
    let state = AppState {
        engine,
        hub,
        metrics,
        files: Arc::new(files),
        limiter,
        config: Arc::new(config),
        bodies: Arc::default(),
        arrivals: Places::new(http::MAX_ARRIVALS, u64::MAX),
        readiness: Arc::default(),
        forwarded: Arc::default(),
    };
    Ok((state, pushes))
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

fn plain(
    listener: TcpListener,
    router: Router,
    handle: Handle<SocketAddr>,
) -> Result<JoinHandle<std::io::Result<()>>, RelayFault> {
    let mut server = axum_server::from_tcp(listener).map_err(RelayFault::new)?.handle(handle);
    bounded(server.http_builder());
    let server = server.acceptor(NoDelayAcceptor::new());
    Ok(tokio::spawn(server.serve(router.into_make_service_with_connect_info::<SocketAddr>())))
}

/// HTTP/1.1 only, as TLS negotiates it: HTTP/2 without TLS would have buffers and streams of its own.
fn bounded(builder: &mut Builder<TokioExecutor>) {
    *builder = std::mem::replace(builder, Builder::new(TokioExecutor::new())).http1_only();
    builder
        .http1()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(CONNECTION_BUFFER_BYTES);
}

/// Tells the logic how much room the disk has.
async fn watch_room(state: AppState) {
    let mut interval = tokio::time::interval(ROOM_INTERVAL);
    loop {
        interval.tick().await;
        look_at_room(&state);
    }
}

fn look_at_room(state: &AppState) {
    match fs4::available_space(&state.config.data_dir) {
        Ok(bytes) => state.engine.relay().set_free_bytes(bytes),
        Err(error) => tracing::error!(%error, "looking up the disk's free space"),
    }
}

/// Looks at the clock and the certificate now and then, and purges hourly while the clock is believed.
async fn keep(state: AppState) {
    let started = Instant::now();
    let mut watch = clock::Watch::default();
    let mut purged_at: Option<Instant> = None;
    let mut interval = tokio::time::interval(LOOK_INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let now = now_ms();
        tls::warn_before_the_end(&state.engine.relay().health, now / 1000);
        let believed = look_at_clock(&state, &mut watch, now, started.elapsed()).await;
        if believed && purged_at.is_none_or(|at| at.elapsed() >= PURGE_INTERVAL) {
            purge(&state, now).await;
            purged_at = Some(Instant::now());
        }
    }
}

/// Whether what has served its time may go. `up` is how long the process runs.
async fn look_at_clock(state: &AppState, watch: &mut clock::Watch, now_ms: u64, up: Duration) -> bool {
    let health = &state.engine.relay().health;
    let looked = async {
        let seen_ms = state.engine.read(|_, db| clock::seen_ms(db)).await?;
        let verdict = watch.look(seen_ms, now_ms, up.as_millis() as u64);
        if verdict == clock::Verdict::Plausible {
            state.engine.write(move |_, tx| clock::believe(tx, now_ms)).await?;
        }
        Ok::<_, crate::Failure>(verdict)
    };
    match looked.await {
        Ok(verdict) => {
            match verdict.warning() {
                Some(text) => health.warn(Subject::Clock, text),
                None => health.withdraw(Subject::Clock),
            }
            verdict.allows_purging()
        }
        Err(failure) => {
            health.passed_over(Part::Purge, &failure);
            false
        }
    }
}

/// Deletes what has served its time: logs, invitations, key packages, links, files. One small transaction after the other. What fails is
/// told and passed over; it is tried again the next time.
pub async fn purge(state: &AppState, now_ms: u64) {
    let engine = &state.engine;
    let health = &engine.relay().health;
    let told = |part, done: Result<(), crate::Failure>| {
        if let Err(failure) = done {
            health.passed_over(part, &failure);
        }
    };
    match engine.read(|_, db| maintenance::groups_to_prune(db)).await {
        Ok(groups) => {
            for group in groups {
                let prune = || {
                    let pruned = engine.write(move |relay, tx| maintenance::prune_group(relay, tx, now_ms, group));
                    async { Ok(pruned.await? > 0) }
                };
                told(Part::Prune, until_none(prune).await);
            }
        }
        Err(failure) => health.passed_over(Part::Prune, &failure),
    }
    for shelf in Shelf::ALL {
        let purge = || {
            let purged = engine.write(move |relay, tx| maintenance::purge(relay, tx, now_ms, shelf));
            async { Ok(purged.await? > 0) }
        };
        told(Part::Purge, until_none(purge).await);
    }
    told(Part::Files, files::sweep(state).await.map(drop));
    told(Part::Vacuum, until_none(|| engine.maintain(maintenance::vacuum)).await);
}

/// Repeats a step until nothing is left, with rests.
async fn until_none<F: Future<Output = Result<bool, crate::Failure>>>(
    step: impl Fn() -> F,
) -> Result<(), crate::Failure> {
    while rest_after(step()).await? {}
    Ok(())
}

async fn rest_after<T>(step: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let done = step.await;
    tokio::time::sleep(begun.elapsed() * PURGE_REST).await;
    done
}
