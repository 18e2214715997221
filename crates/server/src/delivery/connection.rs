//! One WebSocket connection. It sends what its mailbox holds with one flush, and reads the log when it fell behind.

use super::{
    hub::{Hub, Wakes},
    mailbox::{Event, Mailbox, Waiting},
    session::{Live, Session},
};
use crate::{
    Effects, Failure,
    engine::{Engine, now_ms, up_ms},
    groups,
    metrics::Metrics,
};
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use chancery_wire::{
    Code, GroupId, Refusal,
    frames::{ClientFrame, Cursor, SendOutcome, ServerFrame},
};
use futures_util::{FutureExt, SinkExt, StreamExt};
use std::{
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep, timeout};

/// The client has to authenticate within this time.
const AUTHENTICATION_TIMEOUT: Duration = Duration::from_secs(15);
/// A client that takes nothing for this long is cut off; it reads the log when it comes back.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// A browser's ping, once it is authenticated, and the answer.
const PING_TEXT: &str = "ping";
const PONG_TEXT: &str = "pong";
/// A silent client is pinged after this time, and cut off after twice as long.
const PING_INTERVAL: Duration = Duration::from_secs(50);
/// Time for the closing handshake.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Sends of one connection that wait for their answer; more aren't read from the socket.
const MAX_UNANSWERED_SENDS: usize = 64;
/// Whoever finds the relay full comes back after this many seconds.
const RETRY_SECONDS: u32 = 30;
/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 3600 * 1000;

/// Why a connection ends.
enum End {
    /// The peer is gone.
    Gone,
    /// It is told why.
    Refused(Refusal),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        End::Refused(failure.into_refusal("delivery"))
    }
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        End::Refused(refusal)
    }
}

struct Connection {
    socket: WebSocket,
    engine: Arc<Engine>,
    hub: Arc<Hub>,
    metrics: Arc<Metrics>,
    /// On the heap, because it travels to the reading threads and back.
    session: Box<Session>,
    mailbox: Arc<Mailbox>,
    unanswered: usize,
    behind: bool,
    heard_at: Instant,
    tick: Pin<Box<Sleep>>,
}

/// Serves a connection until it ends.
pub async fn serve(mut socket: WebSocket, engine: Arc<Engine>, hub: Arc<Hub>, metrics: Arc<Metrics>) {
    let Some(_slot) = hub.slot() else {
        return close(socket, End::Refused(Refusal::rate_limited(RETRY_SECONDS)), &metrics).await;
    };
    let authenticated = timeout(AUTHENTICATION_TIMEOUT, Box::pin(authenticate(&mut socket, &engine))).await;
    let session = match authenticated {
        Ok(Ok(session)) => session,
        Ok(Err(end)) => return close(socket, end, &metrics).await,
        Err(_) => {
            let refusal = Refusal::new(Code::Unauthenticated, "no authentication came in time");
            return close(socket, End::Refused(refusal), &metrics).await;
        }
    };
    let Some(caller) = session.caller() else { return };
    let mailbox = Arc::new(Mailbox::new(caller.row));
    if let Err(refusal) = hub.connect(&mailbox) {
        return close(socket, End::Refused(refusal), &metrics).await;
    }
    let mut connection = Connection {
        socket,
        engine,
        hub,
        metrics,
        session,
        mailbox,
        unanswered: 0,
        behind: false,
        heard_at: Instant::now(),
        tick: Box::pin(sleep(PING_INTERVAL)),
    };
    let end = connection.run().await;
    let Connection { socket, hub, metrics, session, mailbox, .. } = connection;
    hub.disconnect(&mailbox, session.followed());
    close(socket, end, &metrics).await;
}

async fn authenticate(socket: &mut WebSocket, engine: &Arc<Engine>) -> Result<Box<Session>, End> {
    let mut session = Box::new(Session::new(engine.relay().random()));
    socket.send(binary(&session.hello(now_ms()))).await.map_err(|_| End::Gone)?;
    let frame = loop {
        match socket.recv().await {
            Some(Ok(Message::Binary(bytes))) => break decode(&bytes)?,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Text(_))) => return Err(text_frame().into()),
            Some(Err(error)) => return Err(unreadable(&error)),
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
        }
    };
    let (session, seen) = engine
        .read(move |relay, db| {
            session.authenticate(relay, db, &frame)?;
            let row = session.caller().map_or(0, |caller| caller.row);
            let seen: Option<u64> = db
                .prepare_cached("SELECT last_seen_day FROM devices WHERE id = ?")?
                .query_row([row], |row| row.get(0))?;
            Ok((session, seen))
        })
        .await?;
    let today = now_ms() / DAY_MS;
    if seen != Some(today)
        && let Some(caller) = session.caller().cloned()
    {
        engine.write_later(move |_, tx| {
            tx.prepare_cached("UPDATE devices SET last_seen_day = ? WHERE id = ?")?.execute((today, caller.row))?;
            Ok(())
        });
    }
    Ok(session)
}

impl Connection {
    async fn run(&mut self) -> End {
        match self.run_until_end().await {
            Ok(()) => End::Gone,
            Err(end) => end,
        }
    }

    async fn run_until_end(&mut self) -> Result<(), End> {
        // A revocation may have been committed between the check and the mailbox.
        Box::pin(self.check_active()).await?;
        self.feed(ServerFrame::Ready.to_vec().into()).await?;
        self.flush().await?;
        loop {
            if self.behind {
                // One step, then whatever else is there, so that a long catch-up holds nothing else up.
                Box::pin(self.catch_up()).await?;
                if self.unanswered < MAX_UNANSWERED_SENDS
                    && let Some(received) = self.socket.next().now_or_never()
                {
                    self.on_message(received).await?;
                }
                let waiting = self.mailbox.take();
                self.send(waiting).await?;
                continue;
            }
            tokio::select! {
                biased;
                () = self.mailbox.wait() => {
                    let waiting = self.mailbox.take();
                    self.send(waiting).await?;
                }
                received = self.socket.next(), if self.unanswered < MAX_UNANSWERED_SENDS => self.on_message(received).await?,
                () = self.tick.as_mut() => self.on_tick().await?,
            }
        }
    }

    async fn check_active(&mut self) -> Result<(), End> {
        let Some(caller) = self.session.caller().cloned() else { return Err(End::Gone) };
        Ok(self.engine.read(move |_, db| crate::devices::require_active(db, &caller)).await?)
    }

    async fn on_tick(&mut self) -> Result<(), End> {
        let silent = self.heard_at.elapsed();
        if silent >= 2 * PING_INTERVAL {
            return Err(End::Gone);
        }
        if silent >= PING_INTERVAL / 2 {
            self.feed_message(Message::Ping(Bytes::new())).await?;
            self.flush().await?;
        }
        self.tick.as_mut().reset(Instant::now() + PING_INTERVAL);
        Ok(())
    }

    async fn on_message(&mut self, received: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.heard_at = Instant::now();
        if matches!(received, Some(Ok(Message::Binary(_) | Message::Text(_)))) {
            self.mailbox.heard(up_ms());
        }
        let bytes = match received {
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            // Scripts in browsers can't send or see pings, and have to notice a dead connection all the same.
            Some(Ok(Message::Text(text))) if text.as_str() == PING_TEXT => {
                self.feed_message(Message::Text(PONG_TEXT.into())).await?;
                return self.flush().await;
            }
            Some(Ok(Message::Text(_))) => return Err(text_frame().into()),
            Some(Err(error)) => return Err(unreadable(&error)),
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
        };
        match decode(&bytes)? {
            ClientFrame::Send { request, group, item, epoch, body, quiet } => {
                let message = groups::Message { group, item, epoch, body, quiet };
                let Some(caller) = self.session.caller().cloned() else { return Err(End::Gone) };
                match self.engine.send(caller, message, self.mailbox.clone(), request) {
                    Ok(()) => self.unanswered += 1,
                    Err(refusal) => {
                        self.reply(request, SendOutcome::Refused { refusal }).await?;
                        self.flush().await?;
                    }
                }
                Ok(())
            }
            ClientFrame::Follow { cursors, inbox } => Box::pin(self.follow(cursors, inbox)).await,
            ClientFrame::Acknowledge { cursors, inbox } => {
                self.acknowledge(cursors, inbox);
                Ok(())
            }
            ClientFrame::Signal { group, epoch, body } => Box::pin(self.signal(group, epoch, body)).await,
            ClientFrame::Authenticate { .. } => Err(Refusal::new(Code::InvalidRequest, "authenticated already").into()),
        }
    }

    fn acknowledge(&self, cursors: Vec<Cursor>, inbox: u64) {
        let Some(caller) = self.session.caller().cloned() else { return };
        let inbox = self.session.delivered(inbox);
        self.engine.write_later(move |_, tx| Session::acknowledge(tx, &caller, &cursors, inbox));
    }

    async fn signal(&mut self, group: GroupId, epoch: u64, body: Vec<u8>) -> Result<(), End> {
        let now_ms = now_ms();
        let effect = self.with_session(move |session, db| session.signal(db, now_ms, group, epoch, body)).await?;
        let mut wakes = Wakes::default();
        self.hub.deliver(Effects(effect.into_iter().collect()), &mut wakes);
        wakes.wake();
        Ok(())
    }

    async fn follow(&mut self, cursors: Vec<Cursor>, inbox: u64) -> Result<(), End> {
        let (frames, rows, cursors) = self
            .with_session(move |session, db| {
                let frames = session.follow(db, &cursors, inbox)?;
                Ok((frames, session.rows_of(&cursors), cursors))
            })
            .await?;
        self.acknowledge(cursors, inbox);
        // Before the log is read: what is accepted from now on comes by the mailbox, what was before is in the log.
        self.hub.follow(&self.mailbox, rows);
        for frame in frames {
            self.feed(frame.to_vec().into()).await?;
        }
        self.behind = true;
        self.flush().await
    }

    async fn catch_up(&mut self) -> Result<(), End> {
        let frames = self.with_session(|session, db| session.catch_up(db)).await?;
        if frames.is_empty() {
            self.behind = false;
            return Ok(());
        }
        for frame in frames {
            if let ServerFrame::Items { items, .. } = &frame {
                self.metrics.items_delivered.inc_by(items.len() as u64);
            }
            self.feed(frame.to_vec().into()).await?;
            // The socket's buffer keeps the size that it once had, so it never gets more than one frame.
            self.flush().await?;
        }
        Ok(())
    }

    /// Lets the session read the store, on a reading thread.
    async fn with_session<T: Send + 'static>(
        &mut self,
        f: impl FnOnce(&mut Session, &rusqlite::Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, End> {
        let mut session = std::mem::replace(&mut self.session, Box::new(Session::new([0; 32])));
        let (session, result) = self
            .engine
            .read(move |_, db| {
                let result = f(&mut session, db);
                Ok((session, result))
            })
            .await?;
        self.session = session;
        Ok(result?)
    }

    /// Sends what waited, with one flush.
    async fn send(&mut self, waiting: Waiting) -> Result<(), End> {
        if waiting.fell_behind() {
            self.metrics.slow_connections.inc();
            self.session.lost_items();
            self.behind = true;
        }
        if waiting.inbox {
            self.behind = true;
        }
        let closing = waiting.closing.is_some();
        for event in waiting.events {
            match event {
                // Whoever is cut off gets no content any more.
                Event::Items { .. } if closing => {}
                Event::Items { row, first, last, frame } => match self.session.on_live(row, first, last) {
                    Live::Next => self.feed(frame).await?,
                    Live::Old => {}
                    Live::Gap => self.behind = true,
                },
                Event::Signal { .. } if closing => {}
                Event::Signal { row, frame } if self.session.follows(row) => self.feed(frame).await?,
                Event::Signal { .. } => {}
                Event::Reply { request, outcome } => {
                    self.unanswered = self.unanswered.saturating_sub(1);
                    self.reply(request, outcome).await?;
                }
            }
        }
        match waiting.closing {
            Some(refusal) => Err(refusal.into()),
            None => self.flush().await,
        }
    }

    async fn reply(&mut self, request: u32, outcome: SendOutcome) -> Result<(), End> {
        if let SendOutcome::Refused { refusal } = &outcome {
            self.metrics.refused(refusal.code);
        }
        self.feed(ServerFrame::Reply { request, outcome }.to_vec().into()).await
    }

    async fn feed(&mut self, frame: Bytes) -> Result<(), End> {
        self.feed_message(Message::Binary(frame)).await
    }

    async fn feed_message(&mut self, message: Message) -> Result<(), End> {
        in_time(self.socket.feed(message)).await
    }

    async fn flush(&mut self) -> Result<(), End> {
        in_time(self.socket.flush()).await
    }
}

/// Waits for the socket, for a bounded time. Mostly it needn't wait, and then no timer is set.
async fn in_time(write: impl Future<Output = Result<(), axum::Error>>) -> Result<(), End> {
    let mut write = pin!(write);
    match write.as_mut().now_or_never() {
        Some(done) => done.map_err(|_| End::Gone),
        None => match timeout(WRITE_TIMEOUT, write).await {
            Ok(done) => done.map_err(|_| End::Gone),
            Err(_) => Err(End::Gone),
        },
    }
}

fn binary(frame: &ServerFrame) -> Message {
    Message::Binary(frame.to_vec().into())
}

fn decode(bytes: &[u8]) -> Result<ClientFrame, End> {
    ClientFrame::from_slice(bytes).map_err(|error| End::Refused(Refusal::new(Code::InvalidRequest, error.to_string())))
}

fn text_frame() -> Refusal {
    Refusal::new(Code::InvalidRequest, "frames are binary messages")
}

/// A message that is too large is refused; on any other error the connection is gone.
fn unreadable(error: &axum::Error) -> End {
    match std::error::Error::source(error).map(ToString::to_string) {
        Some(text) if text.contains("too long") => {
            End::Refused(Refusal::new(Code::TooLarge, "a frame is larger than allowed"))
        }
        _ => End::Gone,
    }
}

async fn close(mut socket: WebSocket, end: End, metrics: &Metrics) {
    let End::Refused(refusal) = end else { return };
    metrics.refused(refusal.code);
    let code = match refusal.code {
        Code::Draining => close_code::AWAY,
        Code::InvalidRequest => close_code::INVALID,
        Code::TooLarge => close_code::SIZE,
        Code::Internal => close_code::ERROR,
        _ => close_code::POLICY,
    };
    let reason = refusal.code.as_str().into();
    // A peer that doesn't take it gets a plain end.
    let _ = timeout(
        CLOSE_TIMEOUT,
        Box::pin(async {
            socket.send(binary(&ServerFrame::Closing { refusal })).await?;
            socket.send(Message::Close(Some(CloseFrame { code, reason }))).await?;
            while let Some(Ok(message)) = socket.recv().await {
                if matches!(message, Message::Close(_)) {
                    break;
                }
            }
            Ok::<(), axum::Error>(())
        }),
    )
    .await;
}
