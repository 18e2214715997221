//! Where connections come in. Each takes a place among those of whom nobody knows who they are, says little there, and loses it to
//! others when it has most of them; who shows a session or authenticates on the WebSocket leaves it.

use crate::{
    http::extract::{hash, network},
    places::{Places, Seat},
};
use axum::{Extension, middleware::AddExtension};
use axum_server::accept::Accept;
use std::{
    future::{Ready, ready},
    io,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};
use tokio_util::sync::WaitForCancellationFutureOwned;
use tower_layer::Layer;

/// TCP connections of which nobody knows who they are. Those that wait on the WebSocket are counted there.
const MAX_UNKNOWN: u64 = 1024;
/// The same behind a proxy, where all come from one address: the proxy has to share them out.
const MAX_UNKNOWN_BEHIND_PROXY: u64 = 8 * MAX_UNKNOWN;
/// Bytes that such a connection sends up to the end of its first request's head: TLS handshake and head.
const FIRST_BYTES: i64 = 32 * 1024;
/// Whoever takes nothing of what is sent for so long is cut off.
const STALLED: Duration = Duration::from_secs(60);

/// Lets connections in.
#[derive(Clone)]
pub struct Gate {
    unknown: Places,
    users: Places,
    /// All come from a proxy, which shows who is who only in the requests.
    behind_proxy: bool,
}

impl Gate {
    /// For connections directly from clients, or from a proxy.
    pub fn new(behind_proxy: bool) -> Self {
        let max = if behind_proxy { MAX_UNKNOWN_BEHIND_PROXY } else { MAX_UNKNOWN };
        Self { unknown: Places::new(max, u64::MAX), users: Seat::users(), behind_proxy }
    }

    fn seat(&self, address: IpAddr) -> Option<Arc<Seat>> {
        let of = if self.behind_proxy { 0 } else { hash(network(address)) };
        let place = self.unknown.take(of, 1)?;
        Some(Arc::new(Seat::new(place, FIRST_BYTES, self.users.clone())))
    }
}

impl<S> Accept<TcpStream, S> for Gate {
    type Stream = Guarded;
    type Service = AddExtension<S, Arc<Seat>>;
    type Future = Ready<io::Result<(Guarded, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready((|| {
            stream.set_nodelay(true)?;
            let seat = self.seat(stream.peer_addr()?.ip()).ok_or(io::ErrorKind::ConnectionRefused)?;
            let watch = seat.watch().map(Box::pin);
            let service = Extension(seat.clone()).layer(service);
            Ok((Guarded { stream, seat, watch, stalled: None }, service))
        })())
    }
}

/// A connection that knows its place.
pub struct Guarded {
    stream: TcpStream,
    seat: Arc<Seat>,
    /// Until the connection is known.
    watch: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    /// Since the peer took nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Guarded {
    /// Whether the connection has to end because its place went to somebody else.
    fn is_lost(&mut self, context: &mut Context<'_>) -> bool {
        if self.watch.is_none() {
            return false;
        }
        if self.seat.is_known() {
            self.watch = None;
            return false;
        }
        self.watch.as_mut().is_some_and(|watch| watch.as_mut().poll(context).is_ready())
    }

    fn after_write<T>(&mut self, context: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.stalled = None;
            return done;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(STALLED)));
        match stalled.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_lost(context) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let before = buffer.filled().len();
        let done = Pin::new(&mut self.stream).poll_read(context, buffer);
        let read = buffer.filled().len() - before;
        if read > 0 && !self.seat.read(read) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        done
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.after_write(context, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.after_write(context, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
