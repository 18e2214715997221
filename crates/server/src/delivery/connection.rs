//! One WebSocket connection. It sends what its mailbox holds with one flush, and reads the log when it fell behind.

use super::{
    acks::Acks,
    hub::{Hub, Wakes},
    mailbox::{Event, Mailbox, Waiting},
    session::{Live, Session},
};
use crate::{
    Effects, Failure,
    engine::{Engine, Owner, now_ms, up_ms},
    groups,
    metrics::Metrics,
    places::{Place, Seat},
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
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};

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
/// After a send that was refused for a while, a connection isn't read for this long: what floods costs little.
const REFUSED_PAUSE: Duration = Duration::from_secs(1);
/// Longest time that a connection isn't read, whatever work its frames have made.
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// Cursors of an acknowledgement that make as much work as one frame.
const ACKNOWLEDGED_PER_WORK: usize = 4;
/// A signal makes as much work as so many frames.
const SIGNAL_WORK: usize = 4;
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
    acks: Arc<Acks>,
    caller: Arc<crate::Caller>,
    /// Frames aren't read until then.
    paused: Option<Instant>,
    unanswered: usize,
    behind: bool,
    heard_at: Instant,
    tick: Pin<Box<Sleep>>,
}

/// Serves a connection until it ends. `place` is one of those for connections of which nobody knows whose they are.
pub async fn serve(
    mut socket: WebSocket,
    place: Place,
    seat: Option<Arc<Seat>>,
    engine: Arc<Engine>,
    hub: Arc<Hub>,
    metrics: Arc<Metrics>,
) {
    let authenticated = tokio::select! {
        biased;
        // Somebody with fewer of them needs the place.
        () = place.lost() => return,
        authenticated = timeout(AUTHENTICATION_TIMEOUT, Box::pin(authenticate(&mut socket, &engine))) => authenticated,
    };
    let session = match authenticated {
        Ok(Ok(session)) => session,
        Ok(Err(end)) => return close(socket, end, &metrics).await,
        Err(_) => {
            let refusal = Refusal::new(Code::Unauthenticated, "no authentication came in time");
            return close(socket, End::Refused(refusal), &metrics).await;
        }
    };
    let Some(caller) = session.caller().cloned() else { return };
    let Some(_slot) = hub.slot() else {
        return close(socket, End::Refused(Refusal::rate_limited(RETRY_SECONDS)), &metrics).await;
    };
    drop(place);
    if let Some(seat) = seat {
        seat.known(caller.user_row);
    }
    let mailbox = Arc::new(Mailbox::new(caller.row));
    if let Err(refusal) = hub.connect(&mailbox) {
        return close(socket, End::Refused(refusal), &metrics).await;
    }
    let acks = Acks::new(caller.clone(), &engine);
    let mut connection = Connection {
        acks,
        caller,
        paused: None,
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
        .read_for(Owner::Anonymous(0), move |relay, db| {
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
        engine.write_later(Owner::User(caller.user_row), move |_, tx| {
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
                if self.reads()
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
                received = self.socket.next(), if self.reads() => self.on_message(received).await?,
                () = until(self.paused), if self.paused.is_some() => self.paused = None,
                () = self.tick.as_mut() => self.on_tick().await?,
            }
        }
    }

    /// Whether frames are read now.
    fn reads(&self) -> bool {
        self.unanswered < MAX_UNANSWERED_SENDS && self.paused.is_none_or(|until| until <= Instant::now())
    }

    fn pause(&mut self, time: Duration) {
        let until = Instant::now() + time.min(MAX_PAUSE);
        self.paused = Some(self.paused.map_or(until, |paused| paused.max(until)));
    }

    /// Who makes more work than their share isn't read for a while; nothing is lost by it.
    fn charge(&mut self, work: usize) {
        if let Some(ms) = self.engine.relay().take_frames(self.caller.user_row, work, now_ms()) {
            self.pause(Duration::from_millis(ms));
        }
    }

    async fn check_active(&mut self) -> Result<(), End> {
        let caller = self.caller.clone();
        Ok(self
            .engine
            .read_for(Owner::User(caller.user_row), move |_, db| crate::devices::require_active(db, &caller))
            .await?)
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
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                self.charge(1);
                return Ok(());
            }
            // Scripts in browsers can't send or see pings, and have to notice a dead connection all the same.
            Some(Ok(Message::Text(text))) if text.as_str() == PING_TEXT => {
                self.charge(1);
                self.feed_message(Message::Text(PONG_TEXT.into())).await?;
                return self.flush().await;
            }
            Some(Ok(Message::Text(_))) => return Err(text_frame().into()),
            Some(Err(error)) => return Err(unreadable(&error)),
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
        };
        let frame = decode(&bytes)?;
        self.charge(work(&frame));
        match frame {
            ClientFrame::Send { request, group, item, epoch, body, quiet } => {
                let message = groups::Message { group, item, epoch, body, quiet };
                match self.engine.send(self.caller.clone(), message, self.mailbox.clone(), request) {
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
                let (cursors, inbox) = self.session.acknowledge(&cursors, inbox)?;
                self.acks.add(cursors, inbox);
                Ok(())
            }
            ClientFrame::Signal { group, epoch, body } => Box::pin(self.signal(group, epoch, body)).await,
            ClientFrame::Authenticate { .. } => Err(Refusal::new(Code::InvalidRequest, "authenticated already").into()),
        }
    }

    async fn signal(&mut self, group: GroupId, epoch: u64, body: Vec<u8>) -> Result<(), End> {
        if !self.session.may_signal(now_ms()) {
            return Ok(());
        }
        let effect = self.with_session(move |session, db| session.signal(db, group, epoch, body)).await?;
        let mut wakes = Wakes::default();
        self.hub.deliver(Effects(effect.into_iter().collect()), &mut wakes);
        wakes.wake();
        Ok(())
    }

    async fn follow(&mut self, cursors: Vec<Cursor>, inbox: u64) -> Result<(), End> {
        let (frames, rows, acknowledged) = self
            .with_session(move |session, db| {
                let frames = session.follow(db, &cursors, inbox)?;
                Ok((frames, session.rows_of(&cursors), session.acknowledge(&cursors, inbox)?))
            })
            .await?;
        self.acks.add(acknowledged.0, acknowledged.1);
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
            .read_for(Owner::User(self.caller.user_row), move |_, db| {
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
            if matches!(refusal.code, Code::RateLimited | Code::StorageFull) {
                self.pause(REFUSED_PAUSE);
            }
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

/// How much work a frame makes.
fn work(frame: &ClientFrame) -> usize {
    match frame {
        ClientFrame::Follow { cursors, .. } => 1 + cursors.len(),
        ClientFrame::Acknowledge { cursors, .. } => 1 + cursors.len() / ACKNOWLEDGED_PER_WORK,
        ClientFrame::Signal { .. } => SIGNAL_WORK,
        ClientFrame::Send { .. } | ClientFrame::Authenticate { .. } => 1,
    }
}

async fn until(time: Option<Instant>) {
    if let Some(time) = time {
        // On the heap only while it is needed.
        Box::pin(sleep_until(time)).await;
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
