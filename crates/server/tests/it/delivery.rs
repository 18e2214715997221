//! The delivery connection.

use crate::support::*;
use chancery_mls::Role;
use chancery_server::testkit::TestServer;
use chancery_wire::{
    Code, PROTOCOL_VERSION,
    api::Request,
    frames::{ClientFrame, InboxEvent, SendOutcome, ServerFrame},
    limits::MAX_CLIENT_FRAME_BYTES,
    signed::Suite,
};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn followers_get_every_message_in_order_and_can_read_it() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let mut of_alice = alice.connect().await;
    let mut of_bob = bob.connect().await;
    of_alice.catch_up(&[(&group, 1)], 0).await;
    assert_eq!(of_bob.catch_up(&[(&group, 1)], 9).await.heads[0].seq, 1);
    for n in 0..20u8 {
        let (sender, connection) = if n % 2 == 0 { (&mut alice, &mut of_alice) } else { (&mut bob, &mut of_bob) };
        let (epoch, body) = sender.encrypt(&group, &[n]);
        let item = sender.new_item();
        connection
            .send(ClientFrame::Send { request: n.into(), group: group.clone(), item, epoch, body, quiet: false })
            .await;
        // Both see it before the next is sent.
        let (a, b) = (of_alice.items(1).await.remove(0), of_bob.items(1).await.remove(0));
        assert_eq!((a.seq, &a), (2 + u64::from(n), &b));
        let content = if n % 2 == 0 { bob.process(&group, &b) } else { alice.process(&group, &a) };
        assert_eq!(content.unwrap(), [n]);
    }
}

#[tokio::test]
async fn a_message_sent_again_over_another_connection_gets_the_same_answer() {
    let server = TestServer::start().await;
    let (mut alice, _bob, group) = pair(&server).await;
    let (epoch, body) = alice.encrypt(&group, b"once");
    let item = alice.new_item();
    let mut connection = alice.connect().await;
    let first = connection.post(&group, item, epoch, body.clone()).await;
    assert!(matches!(first, SendOutcome::Accepted { seq: 2, .. }));
    drop(connection);
    let again = alice.connect().await.post(&group, item, epoch, body).await;
    assert_eq!(first, again);
    assert_eq!(alice.log(&group, 0).await.unwrap().head, 2);
}

#[tokio::test]
async fn refused_messages_get_their_refusal_and_the_connection_goes_on() {
    let server = TestServer::start().await;
    let (mut alice, _bob, group) = pair(&server).await;
    let mut connection = alice.connect().await;
    let item = alice.new_item();
    let outcome = connection.post(&group, item, 1, vec![1]).await;
    assert!(
        matches!(&outcome, SendOutcome::Refused { refusal } if refusal.code == Code::InvalidRequest),
        "{outcome:?}"
    );
    let outcome = connection.post(&group, item, 7, vec![1]).await;
    assert!(matches!(&outcome, SendOutcome::Refused { refusal } if refusal.current_epoch == Some(1)), "{outcome:?}");
    let (epoch, body) = alice.encrypt(&group, b"fine");
    assert!(matches!(connection.post(&group, item, epoch, body).await, SendOutcome::Accepted { seq: 2, .. }));
}

#[tokio::test]
async fn five_thousand_missed_messages_come_in_order() {
    let server = TestServer::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let mut connection = alice.connect().await;
    for batch in 0..100u32 {
        for n in 0..50 {
            let (epoch, body) = alice.encrypt(&group, &[7; 900]);
            let item = alice.new_item();
            connection
                .send(ClientFrame::Send {
                    request: batch * 50 + n,
                    group: group.clone(),
                    item,
                    epoch,
                    body,
                    quiet: false,
                })
                .await;
        }
        for _ in 0..50 {
            let reply = connection.next().await;
            assert!(matches!(reply, ServerFrame::Reply { outcome: SendOutcome::Accepted { .. }, .. }), "{reply:?}");
        }
    }
    let caught = bob.connect().await.catch_up(&[(&group, 1)], 9).await;
    assert_eq!(seqs(&caught.items), (2..=5001).collect::<Vec<_>>());
    assert_eq!(caught.heads[0].seq, 5001);
}

#[tokio::test]
async fn a_follower_that_does_not_read_falls_back_to_the_log_and_misses_nothing() {
    let server = TestServer::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let mut slow = bob.connect().await;
    slow.catch_up(&[(&group, 1)], 9).await;
    let mut connection = alice.connect().await;
    // Much more than sockets and queue hold together.
    const COUNT: u32 = 400;
    for n in 0..COUNT {
        let (epoch, body) = alice.encrypt(&group, &vec![7; 60_000]);
        let item = alice.new_item();
        connection.send(ClientFrame::Send { request: n, group: group.clone(), item, epoch, body, quiet: false }).await;
        assert!(matches!(connection.next().await, ServerFrame::Reply { outcome: SendOutcome::Accepted { .. }, .. }));
    }
    assert!(server.server().state().metrics.slow_connections.get() == 0, "counted when the connection takes notice");
    let items = slow.items(COUNT as usize).await;
    assert_eq!(seqs(&items), (2..2 + u64::from(COUNT)).collect::<Vec<_>>());
    assert!(server.server().state().metrics.slow_connections.get() > 0);
}

#[tokio::test]
async fn items_accepted_while_following_begins_are_neither_lost_nor_doubled() {
    let server = TestServer::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let mut connection = alice.connect().await;
    let mut of_bob = bob.connect().await;
    for n in 0..300u32 {
        let (epoch, body) = alice.encrypt(&group, &[7; 100]);
        let item = alice.new_item();
        connection.send(ClientFrame::Send { request: n, group: group.clone(), item, epoch, body, quiet: false }).await;
        if n == 100 {
            of_bob.follow(&[(&group, 1)], 9).await;
        }
        connection.next().await;
    }
    let mut items = Vec::new();
    while items.len() < 300 {
        match of_bob.next().await {
            ServerFrame::Items { items: more, .. } => items.extend(more),
            ServerFrame::CaughtUp { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seqs(&items), (2..302).collect::<Vec<_>>());
}

#[tokio::test]
async fn each_follow_is_answered_even_when_the_next_one_comes_first() {
    let server = TestServer::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    // More than one step of catching up, so that the relay reads the second `Follow` before it is through with the first.
    for _ in 0..100 {
        alice.post(&group, &[7; 30_000]).await.unwrap();
    }
    let mut connection = bob.connect().await;
    connection.follow(&[(&group, 1)], 9).await;
    connection.follow(&[], 9).await;
    let (mut items, mut answers) = (Vec::new(), 0);
    while answers < 2 {
        match connection.next().await {
            ServerFrame::Items { items: more, .. } => items.extend(more),
            ServerFrame::CaughtUp { heads } => {
                assert_eq!(heads[0].seq, 101);
                answers += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seqs(&items), (2..102).collect::<Vec<_>>());
}

#[tokio::test]
async fn malformed_frames_close_the_connection() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    for bytes in [vec![], vec![0xff], vec![0x82, 0x01, 0x80], b"hello".to_vec()] {
        let mut connection = alice.connect().await;
        connection.send_raw(Message::Binary(bytes.into())).await;
        assert_eq!(connection.closing().await, Code::InvalidRequest);
    }
    let mut connection = alice.connect().await;
    connection.send_raw(Message::Text("hello".into())).await;
    assert_eq!(connection.closing().await, Code::InvalidRequest);
    let mut connection = Delivery::open(&server.delivery_url()).await;
    connection.send_raw(Message::Binary(vec![0xff].into())).await;
    assert_eq!(connection.closing().await, Code::InvalidRequest);
}

#[tokio::test]
async fn frames_that_are_too_large_close_the_connection() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let mut connection = alice.connect().await;
    connection.send_raw(Message::Binary(vec![0; MAX_CLIENT_FRAME_BYTES + 1].into())).await;
    assert_eq!(connection.closing().await, Code::TooLarge);
}

#[tokio::test]
async fn only_the_device_itself_authenticates() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    // A signature for another challenge.
    let mut connection = Delivery::open(&server.delivery_url()).await;
    connection.challenge[0] ^= 1;
    connection.authenticate(&alice).await;
    assert_eq!(connection.closing().await, Code::Unauthenticated);
    // Another device's signature.
    let mut connection = Delivery::open(&server.delivery_url()).await;
    let signature = bob.sign(&connection.challenge);
    let (user, device) = (alice.user.clone(), alice.device_id);
    connection.send(ClientFrame::Authenticate { user, device, signature, version: PROTOCOL_VERSION }).await;
    assert_eq!(connection.closing().await, Code::Unauthenticated);
    // Another version.
    let mut connection = Delivery::open(&server.delivery_url()).await;
    let signature = alice.sign(&connection.challenge);
    let (user, device) = (alice.user.clone(), alice.device_id);
    connection.send(ClientFrame::Authenticate { user, device, signature, version: 2 }).await;
    assert_eq!(connection.closing().await, Code::UnsupportedVersion);
    // None at all.
    let mut connection = Delivery::open(&server.delivery_url()).await;
    connection.send(ClientFrame::Follow { cursors: Vec::new(), inbox: 0 }).await;
    assert_eq!(connection.closing().await, Code::Unauthenticated);
    // Twice.
    let mut connection = alice.connect().await;
    connection.authenticate(&alice).await;
    assert_eq!(connection.closing().await, Code::InvalidRequest);
}

#[tokio::test]
async fn a_removed_device_is_cut_off_at_once() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let second = alice.link(&server, 77).await;
    let mut of_second = second.connect().await;
    let mut of_alice = alice.connect().await;
    of_second.catch_up(&[], 0).await;
    of_alice.catch_up(&[], 0).await;
    alice.ok(Request::RemoveDevice { device: second.device_id }).await;
    alice.ok(Request::RemoveDevice { device: second.device_id }).await;
    assert_eq!(of_second.closing().await, Code::DeviceRevoked);
    assert_eq!(second.refused(Request::ListDevices {}).await.code, Code::Unauthenticated);
    let mut second = second;
    assert_eq!(second.authenticate().await.unwrap_err().code, Code::DeviceRevoked);
    let mut connection = Delivery::open(&server.delivery_url()).await;
    connection.authenticate(&second).await;
    assert_eq!(connection.closing().await, Code::DeviceRevoked);
    let ServerFrame::Inbox { items } = of_alice.next().await else { panic!("the others are told") };
    assert_eq!(items.last().unwrap().event, InboxEvent::DevicesChanged);
}

#[tokio::test]
async fn a_removed_device_is_proposed_for_removal_and_sends_nothing_more() {
    let server = TestServer::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let mut of_alice = alice.connect().await;
    of_alice.catch_up(&[(&group, 1)], 9).await;
    let second = bob.link(&server, 78).await;
    second.ok(Request::RemoveDevice { device: bob.device_id }).await;
    let proposal = of_alice.items(1).await.remove(0);
    assert_eq!((proposal.seq, proposal.device), (2, None));
    let ignorant = alice.commit(&group, &[], &[]);
    assert_eq!(alice.append_commit(&group, &ignorant).await.unwrap_err().code, Code::PendingRemovals);
    alice.groups.get_mut(&group).unwrap().clear_pending_commit(&alice.store).unwrap();
    alice.process(&group, &proposal);
    let committed = alice.commit(&group, &[], &[]);
    alice.append_commit(&group, &committed).await.unwrap();
    assert_eq!(alice.groups[&group].leaves().len(), 1);
}

#[tokio::test]
async fn a_devices_oldest_connection_goes_when_it_opens_too_many() {
    let server = TestServer::start_with(Suite::Classical, |config| config.limits.connections_per_device = 2).await;
    let alice = Client::join(&server, "alice").await;
    let mut first = alice.connect().await;
    let mut second = alice.connect().await;
    let _third = alice.connect().await;
    assert_eq!(first.closing().await, Code::RateLimited);
    second.catch_up(&[], 0).await;
}

#[tokio::test]
async fn no_more_connections_than_allowed() {
    let server = TestServer::start_with(Suite::Classical, |config| config.limits.connections = 1).await;
    let alice = Client::join(&server, "alice").await;
    // One that hasn't authenticated takes no place.
    let _unauthenticated = Delivery::open(&server.delivery_url()).await;
    let first = alice.connect().await;
    let mut second = Delivery::open(&server.delivery_url()).await;
    second.authenticate(&alice).await;
    assert_eq!(second.closing().await, Code::RateLimited);
    drop(first);
    // The place is free once the relay has noticed.
    loop {
        let mut connection = Delivery::open(&server.delivery_url()).await;
        connection.authenticate(&alice).await;
        match connection.next().await {
            ServerFrame::Ready => break,
            ServerFrame::Closing { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_shutdown_tells_connections_and_finishes_what_was_accepted() {
    let mut server = TestServer::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let mut of_bob = bob.connect().await;
    of_bob.catch_up(&[(&group, 1)], 9).await;
    let accepted = alice.post(&group, b"last words").await.unwrap();
    server.restart().await;
    assert_eq!(of_bob.closing().await, Code::Draining);
    let caught = bob.connect().await.catch_up(&[(&group, 1)], 9).await;
    assert_eq!(seqs(&caught.items), [accepted.seq]);
}

#[tokio::test]
async fn a_cursor_beyond_the_log_is_answered_with_the_logs_head() {
    let server = TestServer::start().await;
    let (_alice, bob, group) = pair(&server).await;
    let caught = bob.connect().await.catch_up(&[(&group, 50)], 9).await;
    assert_eq!(
        (caught.items.len(), caught.heads[0].seq),
        (0, 1),
        "from this the client knows that the relay was rolled back"
    );
}

#[tokio::test]
async fn a_client_ahead_of_a_relay_that_was_rolled_back_still_gets_new_events() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let mut connection = alice.connect().await;
    connection.catch_up(&[], 50).await;
    alice.link(&server, 79).await;
    let ServerFrame::Inbox { items } = connection.next().await else { panic!() };
    connection.send(ClientFrame::Acknowledge { cursors: Vec::new(), inbox: 50 }).await;
    assert_eq!((items[0].n, &items[0].event), (1, &InboxEvent::DevicesChanged));
}

#[tokio::test]
async fn somebody_added_while_connected_gets_the_welcome_at_once() {
    let server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let mut bob = Client::join(&server, "bob").await;
    let mut of_bob = bob.connect().await;
    of_bob.catch_up(&[], 0).await;
    let group = alice.create_group(&[(&bob.user, Role::Member)]).await;
    alice.add(&group, &[&bob.user]).await;
    let ServerFrame::Inbox { items } = of_bob.next().await else { panic!() };
    bob.accept(&items[0]).await;
    of_bob.catch_up(&[(&group, 1)], items[0].n).await;
    alice.post(&group, b"welcome").await.unwrap();
    let item = of_bob.items(1).await.remove(0);
    assert_eq!(bob.process(&group, &item).unwrap(), b"welcome");
}

#[tokio::test]
async fn signals_reach_the_connected_devices_of_the_group_and_nobody_else() {
    let server = TestServer::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let stranger = Client::join(&server, "carol").await;
    let mut of_alice = alice.connect().await;
    let mut of_bob = bob.connect().await;
    let mut of_stranger = stranger.connect().await;
    of_alice.catch_up(&[(&group, 1)], 9).await;
    of_bob.catch_up(&[(&group, 1)], 9).await;
    of_stranger.catch_up(&[(&group, 0)], 9).await;
    let signal = |n: u8| ClientFrame::Signal { group: group.clone(), epoch: 1, body: vec![n; 40] };
    of_stranger.send(signal(1)).await;
    of_alice.send(signal(2)).await;
    let ServerFrame::Signal { group: of, device, epoch, body } = of_bob.next().await else { panic!("a signal") };
    assert_eq!((of, device, epoch, body), (group.clone(), alice.device_id, 1, vec![2; 40]));
    // More than the share are dropped without a word, and messages go on.
    for n in 3..40 {
        of_alice.send(signal(n)).await;
    }
    let (epoch, body) = alice.encrypt(&group, b"written");
    let item = alice.new_item();
    assert!(matches!(of_alice.post(&group, item, epoch, body).await, SendOutcome::Accepted { seq: 2, .. }));
    let mut signals = 0;
    loop {
        match of_bob.next().await {
            ServerFrame::Signal { .. } => signals += 1,
            ServerFrame::Items { items, .. } => break assert_eq!(items[0].seq, 2),
            other => panic!("{other:?}"),
        }
    }
    assert!((1..10).contains(&signals), "{signals}");
    of_bob.send(ClientFrame::Signal { group: group.clone(), epoch: 1, body: vec![0; 257] }).await;
    assert_eq!(of_bob.closing().await, Code::TooLarge);
    assert_eq!(alice.log(&group, 0).await.unwrap().head, 2, "nothing of it is kept");
}

#[tokio::test]
async fn whoever_was_removed_follows_what_was_before_and_gets_nothing_live() {
    let server = TestServer::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let leaf = alice.leaf_of(&group, bob.device_id);
    let removal = alice.commit(&group, &[], &[leaf]);
    let removed_at = alice.append_commit(&group, &removal).await.unwrap().seq;
    let mut of_alice = alice.connect().await;
    of_alice.catch_up(&[(&group, removed_at)], 9).await;
    let mut of_bob = bob.connect().await;
    let caught = of_bob.catch_up(&[(&group, 1)], 9).await;
    assert_eq!(seqs(&caught.items), [removed_at]);
    of_alice.send(ClientFrame::Signal { group: group.clone(), epoch: 2, body: vec![1; 40] }).await;
    alice.post(&group, b"without bob").await.unwrap();
    assert_eq!(of_alice.items(1).await[0].seq, removed_at + 1);
    // Whatever is answered now comes after anything that was sent to Bob before.
    let caught = of_bob.catch_up(&[], 9).await;
    assert!(caught.items.is_empty());
}

#[tokio::test]
async fn a_browsers_ping_is_answered() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let mut connection = alice.connect().await;
    connection.send_raw(Message::Text("ping".into())).await;
    assert_eq!(connection.next_text().await, "pong");
    // The connection goes on.
    connection.send_raw(Message::Text("ping".into())).await;
    assert_eq!(connection.next_text().await, "pong");
}

#[tokio::test]
async fn a_removed_device_that_follows_again_gets_nothing_live() {
    let server = TestServer::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let leaf = alice.leaf_of(&group, bob.device_id);
    let committed = alice.commit(&group, &[], &[leaf]);
    let removal = alice.append_commit(&group, &committed).await.unwrap();
    let mut of_bob = bob.connect().await;
    let caught = of_bob.catch_up(&[(&group, 1)], 0).await;
    assert_eq!(seqs(&caught.items), [removal.seq]);
    let mut of_alice = alice.connect().await;
    of_alice.catch_up(&[(&group, removal.seq)], 0).await;
    alice.post(&group, b"not for Bob").await.unwrap();
    assert_eq!(of_alice.items(1).await[0].seq, removal.seq + 1, "it was delivered to whoever follows");
    let caught = of_bob.catch_up(&[(&group, removal.seq)], 0).await;
    assert!(caught.items.is_empty(), "{:?}", caught.items);
}
