//! What callers without a session, and single members, can cost: each limit at its edge and beyond, and that others are served.

use crate::support::*;
use chancery_mls::Role;
use chancery_server::{
    Context, LocalRelay, Server,
    engine::now_ms,
    groups,
    http::{MAX_ARRIVALS, bodies::MAX_ANONYMOUS_BYTES},
    links::{MAX_LINKS_PER_USER, MAX_OPEN_LINKS, MAX_OPEN_LINKS_PER_ADDRESS},
    testkit::{Organisation, TestServer},
};
use chancery_wire::{
    Code, GroupId, Refusal,
    api::{Request, Response, groups::Append, links},
    frames::{ClientFrame, Cursor, ItemKind, SendOutcome, ServerFrame},
    limits::{LINK_LIFETIME_SECONDS, MAX_FOLLOW_GROUPS, MAX_NEW_GROUP_BYTES},
    signed::Suite,
};
use futures_util::StreamExt;
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite};

/// A test that waits for longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection from another address of this machine than the clients' own.
async fn connect_from(last: u8, server: &TestServer) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0))).unwrap();
    socket.connect(server.server().local_addr()).await.unwrap()
}

async fn socket_from(last: u8, server: &TestServer) -> Result<WebSocketStream<TcpStream>, tungstenite::Error> {
    client_async(server.delivery_url(), connect_from(last, server).await).await.map(|(socket, _)| socket)
}

/// Begins a body of which the rest never comes.
async fn begin_body(last: u8, server: &TestServer, path: &str, length: usize) -> TcpStream {
    let mut stream = connect_from(last, server).await;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// The status of the answer that comes.
async fn status(stream: &mut TcpStream) -> String {
    let mut head = [0; 12];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut head)).await.expect("an answer comes").unwrap();
    String::from_utf8(head[9..].to_vec()).unwrap()
}

async fn post(server: &TestServer, path: &str, bytes: usize) -> (u16, String) {
    let body = format!("\"{}\"", "a".repeat(bytes - 2));
    let response = http().post(format!("{}{path}", server.url())).body(body).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_body_without_a_session_is_no_larger_than_its_call_needs() {
    let server = TestServer::start().await;
    for (path, max) in [("/v1/links", 9556), ("/v1/auth/sessions", 9556), ("/v1/invitations", 15016)] {
        let (status, text) = post(&server, path, max).await;
        assert_eq!(status, 400, "{path}: it is read, and isn't understood: {text}");
        let (status, text) = post(&server, path, max + 1).await;
        assert!(status == 413 && text.contains(&format!("{max} bytes")), "{path}: {text}");
    }
    for path in ["/v1/users", "/v1/devices"] {
        assert_eq!(post(&server, path, 400 * 1024).await.0, 400);
        assert_eq!(post(&server, path, 400 * 1024 + 1).await.0, 413);
    }
    let mut alice = Client::join(&server, "alice").await;
    let mut large = alice.create_request(&[]);
    if let Request::CreateGroup { body } = &mut large {
        body.tree = vec![0; MAX_NEW_GROUP_BYTES].into();
    }
    assert_eq!(alice.refused(large).await.code, Code::TooLarge);
}

#[tokio::test]
async fn bodies_without_a_session_share_little_room_and_one_address_gives_way_to_others() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let bodies = server.server().state().bodies.clone();
    let each = 400 * 1024;
    let fit = (MAX_ANONYMOUS_BYTES / each as u64) as usize;
    let mut held = Vec::new();
    for n in 1..=fit {
        held.push(begin_body(2, &server, "/v1/users", each).await);
        while bodies.anonymous_bytes() < (n * each) as u64 {
            tokio::task::yield_now().await;
        }
    }
    let mut beyond = begin_body(2, &server, "/v1/users", each).await;
    assert_eq!(status(&mut beyond).await, "429");
    assert!(bodies.anonymous_bytes() <= MAX_ANONYMOUS_BYTES);
    // Somebody else isn't kept out: the address that holds all loses its newest.
    let mut other = begin_body(3, &server, "/v1/users", each).await;
    assert_eq!(status(held.last_mut().unwrap()).await, "429");
    assert!(bodies.anonymous_bytes() <= MAX_ANONYMOUS_BYTES);
    let mut again = alice;
    again.authenticate().await.unwrap();
    let mut client = Client::join(&server, "bob").await;
    client.authenticate().await.unwrap();
    // What is given up gives its room back.
    drop((held, beyond));
    other.shutdown().await.unwrap();
    drop(other);
    while bodies.anonymous_bytes() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn connections_without_a_login_are_few_and_take_no_devices_place() {
    let server = TestServer::start_with(Suite::Classical, |config| config.limits.connections = 1).await;
    let alice = Client::join(&server, "alice").await;
    let arrivals = server.server().state().arrivals.clone();
    let mut waiting = Vec::new();
    for _ in 0..MAX_ARRIVALS {
        waiting.push(socket_from(2, &server).await.unwrap());
    }
    assert_eq!(arrivals.taken(), MAX_ARRIVALS);
    let refused = socket_from(2, &server).await.err().unwrap();
    assert!(matches!(refused, tungstenite::Error::Http(ref response) if response.status() == 429), "{refused}");
    // A device from elsewhere comes in, and the one place for devices is still there.
    let mut connection = alice.connect().await;
    connection.catch_up(&[], 0).await;
    assert_eq!(arrivals.taken(), MAX_ARRIVALS - 1);
    let mut last = waiting.pop().unwrap();
    let ended = async { while let Some(Ok(_)) = last.next().await {} };
    tokio::time::timeout(PATIENCE, ended).await.expect("the newest of the address that had most was ended");
}

#[tokio::test]
async fn a_connection_without_a_login_is_cut_off_when_it_says_too_much() {
    let server = TestServer::start().await;
    let mut socket = socket_from(2, &server).await.unwrap();
    let large = tungstenite::Message::Binary(vec![0; 200 * 1024].into());
    let _cut_off = futures_util::SinkExt::send(&mut socket, large).await;
    let ended = async {
        loop {
            match socket.next().await {
                Some(Ok(tungstenite::Message::Binary(frame))) => {
                    let frame = ServerFrame::from_slice(&frame).unwrap();
                    assert!(matches!(frame, ServerFrame::Challenge { .. }), "it is never read: {frame:?}");
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("the connection ends");
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let server = TestServer::start().await;
    let mut stream = connect_from(2, &server).await;
    stream.write_all(b"GET /v1/organisation HTTP/1.1\r\n").await.unwrap();
    let header = format!("x: {}\r\n", "y".repeat(1000));
    let mut sent = 0;
    while stream.write_all(header.as_bytes()).await.is_ok() && sent < 10_000_000 {
        sent += header.len();
    }
    assert!(sent < 10_000_000, "the relay went on reading");
}

/// Sends over the connection, and what became of it.
async fn send(connection: &mut Delivery, client: &mut Client, group: &GroupId, content: &[u8]) -> SendOutcome {
    let (epoch, body) = client.encrypt(group, content);
    let item = client.new_item();
    connection.post(group, item, epoch, body).await
}

fn refusal(outcome: SendOutcome) -> Refusal {
    match outcome {
        SendOutcome::Refused { refusal } => refusal,
        accepted => panic!("{accepted:?}"),
    }
}

#[tokio::test]
async fn a_member_who_sends_too_many_messages_is_told_to_wait_and_nobody_else() {
    let server = TestServer::start_with(Suite::Classical, |config| {
        config.limits.message_burst = 5;
        config.limits.messages_per_second = 1;
    })
    .await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let (mut of_alice, mut of_bob) = (alice.connect().await, bob.connect().await);
    let mut accepted = 0;
    let refused = loop {
        match send(&mut of_alice, &mut alice, &group, b"flood").await {
            SendOutcome::Accepted { .. } => accepted += 1,
            SendOutcome::Refused { refusal } => break refusal,
        }
        assert!(accepted < 100, "nothing is refused");
    };
    assert!(accepted >= 5, "{accepted}");
    assert_eq!((refused.code, refused.retry_after_seconds), (Code::RateLimited, Some(1)));
    // The same person on another way has the same allowance, others have their own.
    assert_eq!(alice.post(&group, b"by HTTP").await.unwrap_err().code, Code::RateLimited);
    let outcome = send(&mut of_bob, &mut bob, &group, b"calm").await;
    assert!(matches!(outcome, SendOutcome::Accepted { .. }), "{outcome:?}");
    // What was refused for a while is taken later, under the same id.
    let (epoch, body) = alice.encrypt(&group, b"later");
    let item = alice.new_item();
    let accepted =
        async { while let SendOutcome::Refused { .. } = of_alice.post(&group, item, epoch, body.clone()).await {} };
    tokio::time::timeout(PATIENCE, accepted).await.expect("the allowance comes back");
}

#[tokio::test]
async fn a_members_bytes_are_limited_too() {
    let server = TestServer::start_with(Suite::Classical, |config| {
        config.limits.byte_burst = 300_000;
        config.limits.bytes_per_second = 1000;
    })
    .await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let mut of_alice = alice.connect().await;
    let large = vec![0; 100_000];
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        outcomes.push(send(&mut of_alice, &mut alice, &group, &large).await);
    }
    let refused = refusal(outcomes.pop().unwrap());
    assert_eq!(refused.code, Code::RateLimited);
    assert!(refused.retry_after_seconds.is_some_and(|seconds| seconds > 1), "{refused:?}");
    assert!(matches!(outcomes[..], [SendOutcome::Accepted { .. }, SendOutcome::Accepted { .. }]), "{outcomes:?}");
    let outcome = send(&mut of_alice, &mut alice, &group, b"small").await;
    assert!(matches!(outcome, SendOutcome::Accepted { .. }), "what was refused took nothing: {outcome:?}");
    bob.post(&group, &large).await.unwrap();
}

#[tokio::test]
async fn a_flood_of_one_member_leaves_the_others_served() {
    let server = TestServer::start_with(Suite::Classical, |config| config.limits.connections_per_device = 8).await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let (epoch, body) = alice.encrypt(&group, &vec![0; 50_000]);
    let mut floods = Vec::new();
    for _ in 0..4 {
        let mut connection = alice.connect().await;
        let items: Vec<_> = (0..200).map(|_| alice.new_item()).collect();
        let (group, body) = (group.clone(), body.clone());
        floods.push(tokio::spawn(async move {
            for (n, item) in items.iter().enumerate() {
                let (group, body) = (group.clone(), body.clone());
                connection
                    .send(ClientFrame::Send { request: n as u32, group, item: *item, epoch, body, quiet: false })
                    .await;
            }
            let mut answered = 0;
            while answered < items.len() {
                if let ServerFrame::Reply { .. } = connection.next().await {
                    answered += 1;
                }
            }
        }));
    }
    let mut of_bob = bob.connect().await;
    for _ in 0..30 {
        let outcome = send(&mut of_bob, &mut bob, &group, b"calm").await;
        assert!(matches!(outcome, SendOutcome::Accepted { .. }), "{outcome:?}");
    }
    for flood in floods {
        flood.await.unwrap();
    }
}

/// The bytes that the relay counts for a user, and those that are there.
async fn stored(server: &Server, local: &str) -> (u64, u64) {
    let user = format!("{local}@example.org");
    let engine = &server.state().engine;
    engine
        .write(move |relay, tx| {
            let row: i64 = tx.query_row("SELECT id FROM users WHERE user = ?", [&user], |row| row.get(0))?;
            let there: u64 = tx.query_row(
                "SELECT (SELECT coalesce(sum(length(body)), 0) FROM entries JOIN devices ON devices.id = device_id
                 WHERE user_id = ?1) + (SELECT coalesce(sum(length(body)), 0) FROM welcomes WHERE user_id = ?1)",
                [row],
                |row| row.get(0),
            )?;
            Ok((groups::stored_bytes(relay, tx, row)?, there))
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn whoever_has_too_much_stored_waits_until_it_is_gone() {
    let mut server = TestServer::start_with(Suite::Classical, |config| config.limits.log_mib_per_person = 1).await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let large = vec![0; 100_000];
    let refused = loop {
        if let Err(refusal) = alice.post(&group, &large).await {
            break refusal;
        }
    };
    assert_eq!(refused.code, Code::RateLimited);
    assert!(refused.message.contains("of the 1 MiB"), "{refused}");
    assert!(refused.retry_after_seconds.is_some_and(|seconds| seconds >= 60));
    bob.post(&group, &large).await.expect("another person has their own");
    // A restart forgets nothing of it, and who has to go can still be removed.
    server.restart().await;
    alice.authenticate().await.unwrap();
    let (counted, there) = stored(server.server(), "alice").await;
    assert_eq!(counted, there);
    assert_eq!(alice.post(&group, &large).await.unwrap_err().code, Code::RateLimited);
    let leaf = alice.leaf_of(&group, bob.device_id);
    let removal = alice.commit(&group, &[], &[leaf]);
    alice.append_commit(&group, &removal).await.expect("a removal is let through");
    server.purge(now_ms() + 365 * 24 * 3600 * 1000).await;
    alice.post(&group, &large).await.expect("there is room again");
    let (counted, there) = stored(server.server(), "alice").await;
    assert_eq!(counted, there);
}

#[tokio::test]
async fn stored_bytes_are_counted_through_filing_rolling_back_pruning_and_restarts() {
    let mut server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let mut connection = alice.connect().await;
    let (epoch, body) = alice.encrypt(&group, b"counted");
    let right = async |server: &TestServer, when: &str| {
        for user in ["alice", "bob"] {
            let (counted, there) = stored(server.server(), user).await;
            assert_eq!(counted, there, "{user}, {when}");
        }
    };
    right(&server, "with a Welcome").await;
    for round in 0..2 {
        for _ in 0..groups::FILED_AT_ONCE / 50 + 1 {
            let items: Vec<_> = (0..50).map(|_| alice.new_item()).collect();
            for (n, item) in items.iter().enumerate() {
                let (group, body) = (group.clone(), body.clone());
                connection
                    .send(ClientFrame::Send { request: n as u32, group, item: *item, epoch, body, quiet: false })
                    .await;
            }
            for _ in &items {
                assert!(matches!(
                    connection.next().await,
                    ServerFrame::Reply { outcome: SendOutcome::Accepted { .. }, .. }
                ));
            }
        }
        bob.post(&group, b"counted too").await.unwrap();
        right(&server, "after filing").await;
        let engine = server.server().state().engine.clone();
        let caller = engine.relay().authenticate(alice.token.as_deref().unwrap(), now_ms()).unwrap();
        let item = alice.new_item();
        let (of, bytes) = (group.clone(), body.clone());
        let _rolled_back: Result<(), _> = engine
            .write(move |relay, tx| {
                let (kind, body) = (ItemKind::Application, bytes.into());
                let body = Append { item, kind, epoch, body, group_info: None, welcome: None, quiet: false };
                let context = Context { now_ms: now_ms(), caller: Some(&caller), peer: 0 };
                relay.call(tx, context, Request::Append { group: of, body })?;
                Err(Code::Internal.into())
            })
            .await;
        right(&server, "after rolling back").await;
        if round == 0 {
            drop(connection);
            server.kill_and_restart().await;
            alice.authenticate().await.unwrap();
            bob.authenticate().await.unwrap();
            right(&server, "after a crash").await;
            connection = alice.connect().await;
        }
    }
    server.purge(now_ms() + 365 * 24 * 3600 * 1000).await;
    right(&server, "after pruning").await;
    assert!(stored(server.server(), "alice").await.0 < 1000, "nearly all is gone");
}

#[tokio::test]
async fn a_person_starts_only_so_many_groups() {
    let server = TestServer::start_with(Suite::Classical, |config| config.limits.groups_per_person = 2).await;
    let mut alice = Client::join(&server, "alice").await;
    let mut second = alice.link(&server, 90).await;
    let first = alice.create_request(&[]);
    alice.ok(first.clone()).await;
    second.create_group(&[]).await;
    let third = alice.create_request(&[]);
    assert_eq!(alice.refused(third).await.code, Code::TooManyGroups);
    alice.ok(first).await;
    Client::join(&server, "bob").await.create_group(&[]).await;
}

#[tokio::test]
async fn checking_a_persons_commits_is_limited() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let mut checked = 0;
    let refused = loop {
        let committed = chancery_mls::Committed {
            commit: vec![0; 10],
            welcome: None,
            group_info: vec![0; 10],
            ..alice.commit(&group, &[], &[])
        };
        alice.groups.get_mut(&group).unwrap().clear_pending_commit(&alice.store).unwrap();
        let refusal = alice.append_commit(&group, &committed).await.unwrap_err();
        if refusal.code == Code::RateLimited {
            break refusal;
        }
        checked += 1;
        assert!(checked < 3000, "no end of it: {refusal}");
    };
    assert!(checked >= 1000 && refused.retry_after_seconds.is_some(), "{checked} {refused:?}");
    alice.post(&group, b"messages have an allowance of their own").await.unwrap();
    let committed = bob.commit(&group, &[], &[]);
    bob.append_commit(&group, &committed).await.unwrap();
}

/// The relay's free space is looked up every second; until then it has what the test says.
async fn until_full<T>(
    server: &TestServer,
    free: u64,
    mut attempt: impl AsyncFnMut() -> Result<T, Refusal>,
) -> Refusal {
    loop {
        server.server().state().engine.relay().set_free_bytes(free);
        if let Err(refusal) = attempt().await {
            return refusal;
        }
    }
}

#[tokio::test]
async fn a_disk_that_fills_stops_histories_first_then_messages_and_never_what_removes() {
    let reserve = 1_000_000;
    let server = TestServer::start_with(Suite::Classical, |config| config.disk_reserve_bytes = reserve).await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let open = Request::OpenLink { body: links::OpenLink { request: vec![1].into() } };
    let Response::Link(link) = alice.ok(open.clone()).await else { panic!() };
    let mut n = 0;
    let mut history = async |client: &Client| {
        let body = links::PostLinkMessage { n, body: vec![2].into(), admits: None };
        client.call(Request::PostLinkMessage { link: link.link, body }).await.map(|_| n += 1)
    };
    history(&alice).await.unwrap();
    let refusal = until_full(&server, reserve - 1, async || history(&alice).await).await;
    assert_eq!(refusal.code, Code::StorageFull, "history for a linked device");
    server.server().state().engine.relay().set_free_bytes(reserve - 1);
    alice.post(&group, b"messages go on").await.unwrap();
    let free = reserve / 2 - 1;
    assert_eq!(until_full(&server, free, async || alice.post(&group, b"now not").await).await.code, Code::StorageFull);
    let group_refused = until_full(&server, free, async || {
        let request = alice.create_request(&[]);
        alice.call(request).await
    });
    assert_eq!(group_refused.await.code, Code::StorageFull);
    assert_eq!(until_full(&server, free, async || alice.call(open.clone()).await).await.code, Code::StorageFull);
    // With nothing left for anything else: acknowledging, removing a device, removing a person.
    let relay = server.server().state().engine.relay().clone();
    let mut of_bob = bob.connect().await;
    relay.set_free_bytes(0);
    let caught = of_bob.catch_up(&[(&group, 1)], 9).await;
    let last = caught.heads[0].seq;
    of_bob.send(ClientFrame::Acknowledge { cursors: vec![Cursor { group: group.clone(), seq: last }], inbox: 9 }).await;
    until_cursor(&server, &bob, &group, last).await;
    relay.set_free_bytes(0);
    let leaf = alice.leaf_of(&group, bob.device_id);
    let removal = alice.commit(&group, &[], &[leaf]);
    alice.append_commit(&group, &removal).await.unwrap();
    relay.set_free_bytes(0);
    bob.ok(Request::RemoveDevice { device: bob.device_id }).await;
    relay.set_free_bytes(u64::MAX);
    alice.post(&group, b"there is room again").await.unwrap();
    bob.groups.clear();
}

/// Waits until the store holds a device's cursor.
async fn until_cursor(server: &TestServer, client: &Client, group: &GroupId, seq: u64) {
    let engine = server.server().state().engine.clone();
    let cursor = || {
        let (device, group) = (client.device_id, group.clone());
        engine.read(move |_, db| {
            Ok(db.query_row(
                "SELECT cursor FROM members JOIN devices ON devices.id = device_id JOIN groups ON groups.id = group_id
                 WHERE device = ? AND gid = ?",
                (device.as_bytes(), group.as_str()),
                |row| row.get::<_, u64>(0),
            )?)
        })
    };
    let reached = async { while cursor().await.unwrap() != seq {} };
    tokio::time::timeout(PATIENCE, reached).await.expect("the cursor is stored");
}

#[tokio::test]
async fn a_write_that_the_disk_has_no_room_for_is_storage_full_and_passes() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let mut of_alice = alice.connect().await;
    let mut of_bob = bob.connect().await;
    of_bob.catch_up(&[(&group, 1)], 9).await;
    let engine = server.server().state().engine.clone();
    let limit = async |pages: u32| {
        engine
            .maintain(move |db| {
                let used: u32 = db.pragma_query_value(None, "page_count", |row| row.get(0))?;
                db.query_row(&format!("PRAGMA max_page_count = {}", used.saturating_add(pages)), (), |_| Ok(()))?;
                Ok(())
            })
            .await
            .unwrap();
    };
    limit(4).await;
    let mut accepted = 0;
    let refused = loop {
        match send(&mut of_alice, &mut alice, &group, &[0; 4000]).await {
            SendOutcome::Accepted { .. } => accepted += 1,
            SendOutcome::Refused { refusal } => break refusal,
        }
        assert!(accepted < 100, "the store goes on growing");
    };
    assert_eq!(refused.code, Code::StorageFull);
    let request = alice.create_request(&[]);
    assert_eq!(alice.refused(request.clone()).await.code, Code::StorageFull);
    assert_eq!(alice.post(&group, &[0; 4000]).await.unwrap_err().code, Code::StorageFull);
    limit(1_000_000_000).await;
    let outcome = send(&mut of_alice, &mut alice, &group, b"room").await;
    assert!(matches!(outcome, SendOutcome::Accepted { .. }), "{outcome:?}");
    alice.ok(request).await;
    // Nothing that was refused is in the log, and nothing accepted is missing.
    let items = of_bob.items(accepted + 1).await;
    assert_eq!(seqs(&items), (2..2 + accepted as u64 + 1).collect::<Vec<_>>());
    assert_eq!(bob.process(&group, items.last().unwrap()).unwrap(), b"room");
    let (counted, there) = stored(server.server(), "alice").await;
    assert_eq!(counted, there);
}

#[tokio::test]
async fn many_cursors_that_say_nothing_new_write_nothing_and_none_goes_beyond_what_was_delivered() {
    let server = TestServer::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    for _ in 0..3 {
        alice.post(&group, b"counts").await.unwrap();
    }
    let mut of_bob = bob.connect().await;
    let caught = of_bob.catch_up(&[(&group, 1)], 9).await;
    assert_eq!(caught.items.len(), 3);
    let cursors = |seq: u64| vec![Cursor { group: group.clone(), seq }; MAX_FOLLOW_GROUPS];
    for seq in [2, 3, 1_000_000] {
        of_bob.send(ClientFrame::Acknowledge { cursors: cursors(seq), inbox: 9 }).await;
    }
    until_cursor(&server, &bob, &group, 4).await;
    let mut beyond = cursors(1);
    beyond.push(Cursor { group: group.clone(), seq: 1 });
    of_bob.send(ClientFrame::Acknowledge { cursors: beyond, inbox: 9 }).await;
    assert_eq!(of_bob.closing().await, Code::TooLarge);
}

fn open_link(relay: &LocalRelay, peer: u64, now_ms: u64) -> Result<chancery_wire::LinkId, Refusal> {
    let request = Request::OpenLink { body: links::OpenLink { request: vec![1].into() } };
    let called = relay.transact(|relay, tx| relay.call(tx, Context { now_ms, caller: None, peer }, request));
    match called.map_err(|failure| failure.into_refusal("test"))? {
        (Response::Link(link), _) => Ok(link.link),
        (other, _) => panic!("{other:?}"),
    }
}

fn rows(relay: &LocalRelay) -> u32 {
    relay.db().query_row("SELECT count(*) FROM links", (), |row| row.get(0)).unwrap()
}

#[test]
fn expired_rendezvous_dont_count_and_nobody_stops_linking_for_all() {
    let organisation = Organisation::new("example.org", Suite::Classical, 7, now_seconds());
    let relay = organisation.local_relay(Box::new(rng(1)));
    let start = now_ms();
    // One address: no more than its share at a time, however slowly.
    let mut now = start;
    let mut open = 0;
    let refusal = loop {
        match open_link(&relay, 1, now) {
            Ok(_) => open += 1,
            Err(refusal) if refusal.retry_after_seconds == Some(LINK_LIFETIME_SECONDS as u32) => break refusal,
            Err(_) => now += 5_000,
        }
        assert!(now < start + LINK_LIFETIME_SECONDS * 1000, "the first ones expire");
    };
    assert_eq!((refusal.code, open), (Code::RateLimited, MAX_OPEN_LINKS_PER_ADDRESS));
    open_link(&relay, 2, now).expect("another address isn't concerned");
    // Many addresses fill everything: whoever comes newly gets a place of those who have most.
    let filled = relay.db().execute(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
         INSERT INTO links (id, request, expires_at_ms, peer) SELECT randomblob(16), x'01', ?2, 10 + n / 30 FROM n",
        (MAX_OPEN_LINKS - rows(&relay), now + LINK_LIFETIME_SECONDS * 1000),
    );
    filled.unwrap();
    assert_eq!(rows(&relay), MAX_OPEN_LINKS);
    open_link(&relay, 999_999, now).expect("somebody who has none gets in");
    assert_eq!(rows(&relay), MAX_OPEN_LINKS, "in somebody's place who has most");
    // When their time is over they are nobody's, and go little by little.
    let later = now + LINK_LIFETIME_SECONDS * 1000 + 1;
    let before = rows(&relay);
    for n in 0..10 {
        open_link(&relay, 1_000_000 + n, later).unwrap();
    }
    assert!(rows(&relay) < before - 500, "{} of {before}", rows(&relay));
}

#[tokio::test]
async fn a_person_answers_only_so_many_links_at_a_time() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let open = Request::OpenLink { body: links::OpenLink { request: vec![1].into() } };
    let mut outcomes = Vec::new();
    for _ in 0..=MAX_LINKS_PER_USER {
        let Response::Link(link) = alice.ok(open.clone()).await else { panic!() };
        let body = links::PostLinkMessage { n: 0, body: vec![2].into(), admits: None };
        outcomes.push((link.link, alice.call(Request::PostLinkMessage { link: link.link, body }).await));
    }
    let (link, last) = outcomes.pop().unwrap();
    assert_eq!(last.unwrap_err().code, Code::RateLimited);
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_ok()));
    let body = links::PostLinkMessage { n: 0, body: vec![2].into(), admits: None };
    bob.ok(Request::PostLinkMessage { link, body }).await;
}

#[tokio::test]
async fn whoever_asks_all_the_time_whether_the_relay_is_well_costs_one_look() {
    let server = TestServer::start().await;
    let url = format!("{}/readyz", server.url());
    let client = http();
    let before = server.server().state().metrics.render();
    let asked = (0..200).map(|_| client.get(&url).send());
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(answer.unwrap().status(), 200);
    }
    let jobs = |text: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with("chancery_commit_batch_jobs_sum")).unwrap().to_owned();
        line.split_whitespace().next_back().unwrap().parse().unwrap()
    };
    let after = server.server().state().metrics.render();
    assert!(jobs(&after) - jobs(&before) < 50.0, "{} jobs", jobs(&after) - jobs(&before));
}

#[tokio::test]
async fn a_role_that_reads_only_floods_nobody() {
    let server = TestServer::start_with(Suite::Classical, |config| config.limits.message_burst = 5).await;
    let mut alice = Client::join(&server, "alice").await;
    let mut bob = Client::join(&server, "bob").await;
    let group = alice.create_group(&[(&bob.user, Role::Reader)]).await;
    alice.add(&group, &[&bob.user]).await;
    let caught = bob.connect().await.catch_up(&[], 0).await;
    bob.accept(caught.welcomes()[0]).await;
    for _ in 0..10 {
        assert_eq!(
            bob.post(&group, b"no").await.unwrap_err().code,
            Code::RuleViolated,
            "what is refused takes nothing"
        );
    }
    alice.post(&group, b"read this").await.unwrap();
}
