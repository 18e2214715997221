//! Abuse: what callers without a session, and one member, cost the relay at most while pairs talk.
//!
//! One talk of all pairs goes through five phases: quiet, callers without a session, quiet, one member, quiet. The attackers
//! have a thread of their own and do what they can with what the relay lets them: whoever is refused or cut off tries again.

use super::{
    Setting, item_id,
    pairs::{self, Delivered},
};
use crate::{
    api::Api,
    connection::Connection,
    groups::{self, Messages, Prepared},
    organisation::Member,
    relay::Relay,
    report::Report,
    statistics::{ms, percentile},
};
use anyhow::{Context, Result, bail};
use chancery_mls::GroupKind;
use chancery_wire::{
    GroupId,
    api::Request,
    frames::{ClientFrame, Cursor, SendOutcome, ServerFrame},
    limits::MAX_FOLLOW_GROUPS,
    signed::Suite,
};
use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{sleep, timeout_at},
};

/// Number of this workload in item ids.
const WORKLOAD: u32 = 6;
/// Addresses of callers without a session.
const ADDRESSES: usize = 500;
/// Whoever was refused or cut off tries again after this.
const AGAIN: Duration = Duration::from_secs(1);
/// How often the relay's memory is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Content of the flooding member's messages, in bytes.
const FLOOD_BYTES: usize = 100 * 1024;
/// Messages that the flooding member encrypts beforehand.
const FLOOD_MESSAGES: usize = 16;
/// Connections that the flooding member sends messages on.
const FLOOD_CONNECTIONS: u32 = 2;
/// Calls over HTTP of the flooding member under way at once.
const FLOOD_CALLS: usize = 16;

/// A part of the time.
#[derive(Debug, Clone, Copy)]
struct Phase {
    from: Instant,
    to: Instant,
}

/// What the relay cost in a phase.
struct Cost {
    peak_rss_kib: u64,
    cores: f64,
}

/// Measures memory, CPU, and what the pairs feel of it.
pub async fn run(setting: Setting<'_>, report: &mut Report) -> Result<()> {
    let sizes = setting.sizes;
    let pairs = pairs::connect(&setting, WORKLOAD).await?;
    let Setting { relay, organisation, members, .. } = setting;
    let flooder = members.get(2 * sizes.pairs).context("a member who floods")?;
    let prepared = Prepared { senders: 1, messages: FLOOD_MESSAGES, content_bytes: FLOOD_BYTES };
    let alone = std::slice::from_ref(flooder);
    let own = groups::make(relay.origin(), organisation, Suite::Hybrid, GroupKind::Group, alone, prepared).await?;
    let messages = own.senders.into_iter().next().context("the member has messages")?;

    let begin = Instant::now() + sizes.warm_up;
    let phases: [Phase; 5] = std::array::from_fn(|n| {
        let from = begin + sizes.abuse_phase * n as u32;
        Phase { from, to: from + sizes.abuse_phase }
    });
    let talk = pairs.talk(phases[4].to);
    let quiet = phases[0].cost(relay).await?;
    let address = relay.address();
    let attempts = attempts(sizes.abuse_connections);
    let attack = spawn(phases[1].to, move |until| anonymous(address, attempts, until));
    let strangers = phases[1].cost(relay).await?;
    join(attack).await?;
    let between = phases[2].cost(relay).await?;
    let stored = Arc::new(AtomicU64::new(0));
    let attack = {
        let (member, origin, stored) = (flooder.clone(), relay.origin().to_owned(), stored.clone());
        spawn(phases[3].to, move |until| flood(address, origin, member, messages, stored, until))
    };
    let member = phases[3].cost(relay).await?;
    join(attack).await?;
    let after = phases[4].cost(relay).await?;

    let delivered = talk.end().await?;
    let p99 = |phase: &Phase| phase.p99(&delivered);
    // The quiet phases around an attack, so that a machine that becomes slower or faster doesn't count.
    let ratio = |n: usize| {
        Ok::<f64, anyhow::Error>(p99(&phases[n])? / f64::midpoint(p99(&phases[n - 1])?, p99(&phases[n + 1])?))
    };
    let mib = |cost: &Cost, before: &Cost| cost.peak_rss_kib.saturating_sub(before.peak_rss_kib) as f64 / 1024.0;
    report.set("abuse.anonymous_rss_mib", mib(&strangers, &quiet));
    report.set("abuse.anonymous_p99_ratio", ratio(1)?);
    report.set("abuse.anonymous_cpu", strangers.cores);
    report.set("abuse.member_rss_mib", mib(&member, &between));
    report.set("abuse.member_p99_ratio", ratio(3)?);
    report.set("abuse.member_cpu", member.cores);
    report.set("abuse.member_stored_mib", stored.load(Ordering::Relaxed) as f64 / 1024.0 / 1024.0);
    report.set("abuse.quiet_p99_ms", ms((p99(&phases[0])?) as u64));
    report.set("abuse.quiet_cpu", f64::midpoint(quiet.cores, after.cores));
    Ok(())
}

impl Phase {
    /// Waits until it is over.
    async fn cost(self, relay: &Relay) -> Result<Cost> {
        tokio::time::sleep_until(self.from.into()).await;
        let (before, mut peak_rss_kib) = (relay.cpu_time()?, relay.rss_kib()?);
        while Instant::now() + LOOK < self.to {
            sleep(LOOK).await;
            peak_rss_kib = peak_rss_kib.max(relay.rss_kib()?);
        }
        tokio::time::sleep_until(self.to.into()).await;
        let cores = (relay.cpu_time()? - before).as_secs_f64() / (self.to - self.from).as_secs_f64();
        Ok(Cost { peak_rss_kib, cores })
    }

    /// Of what was delivered in it, in microseconds.
    fn p99(&self, delivered: &[Delivered]) -> Result<f64> {
        let within = delivered.iter().filter(|message| (self.from..self.to).contains(&message.at));
        let mut latencies: Vec<u64> = within.map(|message| message.us).collect();
        latencies.sort_unstable();
        if latencies.is_empty() {
            bail!("nobody's message was delivered in a phase");
        }
        Ok(percentile(&latencies, 99.0).max(1) as f64)
    }
}

/// An attack on a thread of its own, until then.
fn spawn<F: Future<Output = Result<()>>>(
    until: Instant,
    attack: impl FnOnce(Instant) -> F + Send + 'static,
) -> JoinHandle<Result<()>> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")?;
        runtime.block_on(attack(until))
    })
}

async fn join(attack: JoinHandle<Result<()>>) -> Result<()> {
    let ended = tokio::task::spawn_blocking(move || attack.join()).await.context("waiting for an attack")?;
    ended.map_err(|_| anyhow::anyhow!("an attack panicked"))?
}

/// What somebody without a session tries.
#[derive(Debug, Clone, Copy)]
enum Attempt {
    /// Connects and says nothing.
    Silence,
    /// Begins a request and doesn't end its head.
    Head,
    /// Begins a large body, in a call that takes one from anybody.
    Body(&'static str),
    /// Opens a WebSocket, and begins a large frame.
    Socket,
    /// Looks again and again whether the relay is well.
    Ready,
}

const ATTEMPTS: [Attempt; 7] = [
    Attempt::Silence,
    Attempt::Head,
    Attempt::Body("/v1/links"),
    Attempt::Body("/v1/users"),
    Attempt::Body("/v1/auth/sessions"),
    Attempt::Socket,
    Attempt::Ready,
];

fn attempts(connections: usize) -> Vec<(usize, Attempt)> {
    (0..connections).map(|n| (n, ATTEMPTS[n % ATTEMPTS.len()])).collect()
}

/// Many connections from many addresses, each held for as long as the relay lets it.
async fn anonymous(relay: SocketAddr, attempts: Vec<(usize, Attempt)>, until: Instant) -> Result<()> {
    let mut tasks = JoinSet::new();
    for (n, attempt) in attempts {
        tasks.spawn(async move {
            while timeout_at(until.into(), hold(relay, n, attempt)).await.is_ok() {
                sleep(AGAIN).await;
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    Ok(())
}

/// Holds one connection until the relay ends it. That it does is no error.
async fn hold(relay: SocketAddr, n: usize, attempt: Attempt) {
    let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 2, 0, 1)) + (n % ADDRESSES) as u32);
    let _ended = async {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddrV4::new(address, 0).into())?;
        let mut stream = socket.connect(relay).await?;
        match attempt {
            Attempt::Silence => {}
            Attempt::Head => {
                write(&mut stream, b"GET /v1/organisation HTTP/1.1\r\n").await?;
                loop {
                    write(&mut stream, format!("x-{}: {}\r\n", "y".repeat(20), "z".repeat(4000)).as_bytes()).await?;
                }
            }
            Attempt::Body(path) => {
                let head = format!(
                    "POST {path} HTTP/1.1\r\nhost: relay\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
                );
                write(&mut stream, head.as_bytes()).await?;
                let piece = [b"4000\r\n".as_slice(), &[b' '; 0x4000], b"\r\n"].concat();
                loop {
                    write(&mut stream, &piece).await?;
                }
            }
            Attempt::Socket => {
                let head = "GET /v1/delivery HTTP/1.1\r\nhost: relay\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                            sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
                write(&mut stream, head.as_bytes()).await?;
                // A masked binary message of 256 KiB.
                write(&mut stream, &[0x82, 0xff, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0]).await?;
                for _ in 0..15 {
                    write(&mut stream, &[0; 0x4000]).await?;
                }
            }
            Attempt::Ready => loop {
                write(&mut stream, b"GET /readyz HTTP/1.1\r\nhost: relay\r\n\r\n").await?;
                stream.read_exact(&mut [0; 16]).await?;
            },
        }
        while stream.read(&mut [0; 4096]).await? > 0 {}
        std::io::Result::Ok(())
    }
    .await;
}

async fn write(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await
}

/// One member does what they can: messages, cursors, calls.
async fn flood(
    relay: SocketAddr,
    origin: String,
    member: Member,
    messages: Messages,
    stored: Arc<AtomicU64>,
    until: Instant,
) -> Result<()> {
    let mut tasks = JoinSet::new();
    for n in 0..FLOOD_CONNECTIONS {
        let (member, messages, stored) = (member.clone(), messages.clone(), stored.clone());
        tasks.spawn(async move {
            let _over = timeout_at(until.into(), send(relay, n, &member, &messages, &stored)).await;
        });
    }
    let (of_cursors, group) = (member.clone(), messages.group.clone());
    tasks.spawn(async move {
        let _over = timeout_at(until.into(), follow(relay, &of_cursors, &group)).await;
    });
    let api = Arc::new(member.api(&origin).await?);
    for _ in 0..FLOOD_CALLS {
        let (api, group, epoch) = (api.clone(), messages.group.clone(), messages.epoch);
        tasks.spawn(async move {
            let _over = timeout_at(until.into(), call(&api, &group, epoch)).await;
        });
    }
    while tasks.join_next().await.is_some() {}
    Ok(())
}

/// Messages without waiting for any answer.
async fn send(relay: SocketAddr, n: u32, member: &Member, messages: &Messages, stored: &AtomicU64) -> Result<()> {
    let connection = Connection::open(relay, member).await?;
    let (mut sink, mut frames) = connection.split();
    let sending = async {
        for sent in 0u64.. {
            let body = messages.body(sent as usize).to_vec();
            let (group, item) = (messages.group.clone(), item_id(WORKLOAD, 100 + n, sent));
            let frame =
                ClientFrame::Send { request: sent as u32, group, item, epoch: messages.epoch, body, quiet: false };
            sink.send(&frame).await?;
        }
        anyhow::Ok(())
    };
    let reading = async {
        loop {
            if let ServerFrame::Reply { outcome: SendOutcome::Accepted { .. }, .. } = frames.next().await? {
                stored.fetch_add(FLOOD_BYTES as u64, Ordering::Relaxed);
            }
        }
    };
    tokio::select! { ended = sending => ended, ended = reading => ended }
}

/// As many cursors as a frame holds, again and again.
async fn follow(relay: SocketAddr, member: &Member, group: &GroupId) -> Result<()> {
    let (mut sink, mut frames) = Connection::open(relay, member).await?.split();
    let sending = async {
        for seq in 0u64.. {
            let cursors = vec![Cursor { group: group.clone(), seq }; MAX_FOLLOW_GROUPS];
            sink.send(&ClientFrame::Follow { cursors: cursors.clone(), inbox: 0 }).await?;
            sink.send(&ClientFrame::Acknowledge { cursors, inbox: 0 }).await?;
        }
        anyhow::Ok(())
    };
    let reading = async {
        loop {
            frames.next().await?;
        }
    };
    tokio::select! { ended = sending => ended, ended = reading => ended }
}

/// Calls, one after the other; refusals are what they are for.
async fn call(api: &Api, group: &GroupId, epoch: u64) -> Result<()> {
    loop {
        let tree = Request::GetTree { group: group.clone(), epoch };
        let log = Request::ReadLog { group: group.clone(), after: 0, limit: 500 };
        for request in [Request::ListGroups {}, tree, log] {
            let _refused = api.call(request).await;
        }
    }
}
