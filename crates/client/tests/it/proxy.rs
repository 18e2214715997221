//! A TCP proxy between client and relay that cuts.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Never cuts.
const UNLIMITED: i64 = i64::MAX / 2;

pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    relay: SocketAddr,
    /// Bytes that may still pass before everything is cut, towards the relay and back.
    budget: [AtomicI64; 2],
    passed: [AtomicU64; 2],
    cuts: watch::Sender<u64>,
    closed: watch::Sender<bool>,
    /// Connections up to this one bring nothing down any more.
    held: AtomicU64,
    connections: AtomicU64,
}

pub enum Way {
    Up = 0,
    Down = 1,
}

impl Proxy {
    pub async fn start(relay: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            relay,
            budget: [AtomicI64::new(UNLIMITED), AtomicI64::new(UNLIMITED)],
            passed: [AtomicU64::new(0), AtomicU64::new(0)],
            cuts: watch::Sender::new(0),
            closed: watch::Sender::new(false),
            held: AtomicU64::new(0),
            connections: AtomicU64::new(0),
        });
        let of = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !*of.closed.borrow() {
                    let id = of.connections.fetch_add(1, SeqCst) + 1;
                    tokio::spawn(carry(of.clone(), client, id));
                }
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Cuts every connection once this many more bytes have passed one way; afterwards all is well again.
    pub fn cut_after(&self, way: Way, bytes: u64) {
        self.state.budget[way as usize].store(bytes as i64, SeqCst);
    }

    /// Cuts every connection now.
    pub fn cut(&self) {
        self.state.cuts.send_modify(|n| *n += 1);
    }

    /// What comes down over the present connections gets lost; they stay open.
    pub fn hold(&self) {
        self.state.held.store(self.connections(), SeqCst);
    }

    /// Lets nobody through until it is opened again.
    pub fn close(&self) {
        self.state.closed.send_replace(true);
        self.cut();
    }

    pub fn open(&self) {
        self.state.closed.send_replace(false);
    }

    pub async fn wait_for_cuts(&self, n: u64) {
        self.state.cuts.subscribe().wait_for(|cuts| *cuts >= n).await.unwrap();
    }

    pub fn cuts(&self) -> u64 {
        *self.state.cuts.borrow()
    }

    /// Bytes that have passed one way.
    pub fn passed(&self, way: Way) -> u64 {
        self.state.passed[way as usize].load(SeqCst)
    }

    pub fn connections(&self) -> u64 {
        self.state.connections.load(SeqCst)
    }
}

async fn carry(state: Arc<State>, client: TcpStream, id: u64) {
    let Ok(relay) = TcpStream::connect(state.relay).await else { return };
    let mut cuts = state.cuts.subscribe();
    let (from_client, to_client) = client.into_split();
    let (from_relay, to_relay) = relay.into_split();
    tokio::select! {
        () = pump(&state, Way::Up as usize, id, from_client, to_relay) => {}
        () = pump(&state, Way::Down as usize, id, from_relay, to_client) => {}
        _ = cuts.changed() => {}
    }
}

async fn pump(
    state: &State,
    way: usize,
    id: u64,
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(n @ 1..) = from.read(&mut buffer).await else { return };
        if way == Way::Down as usize && id <= state.held.load(SeqCst) {
            continue;
        }
        let left = state.budget[way].fetch_sub(n as i64, SeqCst);
        let pass = (left.max(0) as usize).min(n);
        if to.write_all(&buffer[..pass]).await.is_err() {
            return;
        }
        state.passed[way].fetch_add(pass as u64, SeqCst);
        if pass < n {
            let _ = to.flush().await;
            state.budget[way].store(UNLIMITED, SeqCst);
            state.cuts.send_modify(|cuts| *cuts += 1);
            return;
        }
    }
}
