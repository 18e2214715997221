//! The delivery WebSocket: connect, carry frames both ways, notice when it is dead, connect again.

use super::retry::Retry;
use crate::{
    Status,
    engine::{ConnectionId, Engine, Job},
    limits::{CONNECT_SECONDS, OUTGOING_FRAMES, PING_SECONDS, READ_BUFFER_BYTES, SILENCE_SECONDS},
    profile::generator,
};
use bytes::Bytes;
use chancery_wire::{
    api::AnswerHead,
    frames::{ClientFrame, ServerFrame},
    limits::MAX_SERVER_FRAME_BYTES,
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use rustls::{ClientConfig, pki_types::ServerName};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{Notify, mpsc, watch},
    time::{Instant, MissedTickBehavior, interval, interval_at, sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{self, Message, protocol::WebSocketConfig},
};
use url::Url;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
type WebSocket = WebSocketStream<Box<dyn Stream>>;

/// What connection and engine share.
pub(crate) struct Link {
    /// Where to connect; `None` while there is nowhere.
    pub(crate) target: watch::Receiver<Option<Url>>,
    /// What people see.
    pub(crate) status: Arc<watch::Sender<Status>>,
    /// The last connection over which the core caught up: it was a good one.
    pub(crate) caught_up: Arc<AtomicU64>,
    /// How long to wait between attempts.
    pub(crate) retry: Retry,
    /// Longest wait for the reply to a message.
    pub(crate) reply_within: Duration,
    /// Somebody waits: connect at once.
    pub(crate) hurry: Arc<Notify>,
    /// TLS.
    pub(crate) tls: Arc<ClientConfig>,
}

/// Keeps a connection open while there is a target, until the engine is gone.
pub(crate) async fn run(link: Link, engine: Engine) {
    let mut targets = link.target.clone();
    let mut rng = generator();
    let (mut id, mut failures): (ConnectionId, u32) = (0, 0);
    loop {
        let Some(target) = targets.borrow_and_update().clone() else {
            if targets.changed().await.is_err() {
                return;
            }
            continue;
        };
        id += 1;
        link.status.send_if_modified(|status| replace(status, Status::Connecting));
        let reason = tokio::select! {
            reason = carry(&link, &target, id, &engine) => reason,
            changed = targets.changed() => match changed {
                Ok(()) => "the relay's address changed".to_owned(),
                Err(_) => return,
            },
        };
        failures = if link.caught_up.load(Ordering::Acquire) == id { 1 } else { failures.saturating_add(1) };
        let wait = link.retry.wait(failures, &mut rng);
        tracing::debug!(failures, wait_ms = wait.as_millis() as u64, reason, "not connected");
        if engine.job(Job::Disconnected(id, reason)).await.is_err() {
            return;
        }
        tokio::select! {
            () = sleep(wait) => {}
            () = link.hurry.notified() => {}
            changed = targets.changed() => if changed.is_err() { return },
        }
    }
}

/// A stopped client stays stopped.
fn replace(status: &mut Status, new: Status) -> bool {
    let alive = !matches!(status, Status::Stopped(_));
    if alive {
        *status = new;
    }
    alive
}

/// One connection, from connecting to its end; tells why it ended.
async fn carry(link: &Link, target: &Url, id: ConnectionId, engine: &Engine) -> String {
    let socket = match timeout(Duration::from_secs(CONNECT_SECONDS), connect(&link.tls, target)).await {
        Ok(Ok(socket)) => socket,
        Ok(Err(reason)) => return reason,
        Err(_) => return "the relay doesn't answer".to_owned(),
    };
    let (sink, stream) = socket.split();
    let (sender, receiver) = mpsc::channel(OUTGOING_FRAMES);
    if engine.job(Job::Connected(id, sender)).await.is_err() {
        return "the client is closing".to_owned();
    }
    // Reading must go on while writing waits: a relay that waits for us to read would otherwise wait for ever.
    let unanswered = Unanswered::default();
    tokio::select! {
        reason = read(stream, id, engine, &unanswered) => reason,
        reason = write(sink, receiver, &unanswered, link.reply_within) => reason,
    }
}

/// Messages that were sent and not answered, with the time of sending. The core has at most [`OUTGOING_FRAMES`] of them on
/// their way, or the connection stalls first.
#[derive(Default)]
struct Unanswered(Mutex<HashMap<u32, Instant>>);

impl Unanswered {
    fn sent(&self, frame: &ClientFrame) {
        if let ClientFrame::Send { request, .. } = frame {
            self.0.lock().expect("nobody panics with it").insert(*request, Instant::now());
        }
    }

    fn came(&self, frame: &ServerFrame) {
        if let ServerFrame::Reply { request, .. } = frame {
            self.0.lock().expect("nobody panics with it").remove(request);
        }
    }

    fn oldest(&self) -> Option<Duration> {
        self.0.lock().expect("nobody panics with it").values().min().map(Instant::elapsed)
    }
}

async fn connect(tls: &Arc<ClientConfig>, target: &Url) -> Result<WebSocket, String> {
    let unusable = || "the relay's address is unusable".to_owned();
    let host = target.host_str().ok_or_else(unusable)?.trim_matches(['[', ']']);
    let port = target.port_or_known_default().ok_or_else(unusable)?;
    let tcp = TcpStream::connect((host, port)).await.map_err(|e| format!("the relay can't be reached: {e}"))?;
    tcp.set_nodelay(true).map_err(|e| e.to_string())?;
    let mut url = target.join("/v1/delivery").map_err(|_| unusable())?;
    let stream: Box<dyn Stream> = if target.scheme() == "https" {
        url.set_scheme("wss").map_err(|()| unusable())?;
        let name = ServerName::try_from(host.to_owned()).map_err(|_| unusable())?;
        let connector = tokio_rustls::TlsConnector::from(tls.clone());
        Box::new(connector.connect(name, tcp).await.map_err(|e| format!("no secure connection to the relay: {e}"))?)
    } else {
        url.set_scheme("ws").map_err(|()| unusable())?;
        Box::new(tcp)
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Some(MAX_SERVER_FRAME_BYTES))
        .max_frame_size(Some(MAX_SERVER_FRAME_BYTES));
    match client_async_with_config(url.as_str(), stream, Some(config)).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(response)) => Err(refused(&response)),
        Err(error) => Err(error.to_string()),
    }
}

/// Why there is no WebSocket: the relay's refusal, or a proxy that let the request not through or the upgrade not happen.
fn refused(response: &tungstenite::http::Response<Option<Vec<u8>>>) -> String {
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let status = response.status().as_u16();
    let head = AnswerHead { status, media_type: text("content-type"), location: text("location") };
    let body = response.body().as_deref().unwrap_or_default();
    match head.read_refusal(body) {
        Ok(refusal) => refusal.message,
        Err(not_the_relay) => not_the_relay.to_string(),
    }
}

async fn read(
    mut stream: SplitStream<WebSocket>,
    id: ConnectionId,
    engine: &Engine,
    unanswered: &Unanswered,
) -> String {
    loop {
        let message = match timeout(Duration::from_secs(SILENCE_SECONDS), stream.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(error))) => return error.to_string(),
            Ok(None) => return "the relay closed the connection".to_owned(),
            Err(_) => return "the relay went silent".to_owned(),
        };
        match message {
            Message::Binary(bytes) => match ServerFrame::from_slice(&bytes) {
                Ok(frame) => {
                    unanswered.came(&frame);
                    if engine.job(Job::Frame(id, frame)).await.is_err() {
                        return "the client is closing".to_owned();
                    }
                }
                Err(error) => return error.to_string(),
            },
            Message::Close(_) => return "the relay closed the connection".to_owned(),
            Message::Text(_) => return "the peer is no Chancery relay".to_owned(),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut frames: mpsc::Receiver<ClientFrame>,
    unanswered: &Unanswered,
    reply_within: Duration,
) -> String {
    let mut checks = interval(reply_within.max(Duration::from_millis(1)) / 2);
    let every = Duration::from_secs(PING_SECONDS);
    let mut pings = interval_at(Instant::now() + every, every);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let sent = tokio::select! {
            frame = frames.recv() => match frame {
                Some(frame) => send(&mut sink, frame, &mut frames, unanswered).await,
                None => {
                    // The engine wants another connection; the relay may as well know.
                    let _ = timeout(Duration::from_secs(1), sink.close()).await;
                    return "closed by the client".to_owned();
                }
            },
            _ = checks.tick() => {
                if unanswered.oldest().is_some_and(|age| age > reply_within) {
                    return "the relay doesn't answer".to_owned();
                }
                Ok(())
            }
            _ = pings.tick() => sink.send(Message::Ping(Bytes::new())).await,
        };
        if let Err(error) = sent {
            return error.to_string();
        }
    }
}

/// Sends a frame and those that wait behind it, then flushes once.
async fn send(
    sink: &mut SplitSink<WebSocket, Message>,
    first: ClientFrame,
    frames: &mut mpsc::Receiver<ClientFrame>,
    unanswered: &Unanswered,
) -> Result<(), tungstenite::Error> {
    let mut next = Some(first);
    while let Some(frame) = next {
        unanswered.sent(&frame);
        sink.feed(Message::Binary(frame.to_vec().into())).await?;
        next = frames.try_recv().ok();
    }
    sink.flush().await
}
