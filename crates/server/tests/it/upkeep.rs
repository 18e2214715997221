//! What the relay does by itself: stored work, the purge, the clock. One damaged group, file or row keeps nothing else from it.

use crate::support::*;
use chancery_mls::Role;
use chancery_server::{
    Context, clock,
    engine::now_ms,
    groups::{self, Message},
    health::Part,
    testkit::TestServer,
};
use chancery_wire::{
    Code, GroupId, ItemId,
    api::{Request, Response, devices::Removing},
    frames::InboxEvent,
};
use rusqlite::Connection;
use std::{path::Path, time::Duration};

const DAY_MS: u64 = 24 * 3600 * 1000;
/// How often a state that nobody announces is looked at.
const POLL: Duration = Duration::from_millis(20);

/// Groups of Alice with Bob in them, each with a message.
async fn several(server: &TestServer, alice: &mut Client, bob: &Client, count: usize) -> Vec<GroupId> {
    let mut groups = Vec::new();
    for _ in 0..count {
        let group = alice.create_group(&[(&bob.user, Role::Member)]).await;
        alice.add(&group, &[&bob.user]).await;
        alice.post(&group, b"before").await.unwrap();
        groups.push(group);
    }
    let _ = server;
    groups
}

async fn removing(client: &Client) -> Vec<Removing> {
    let Response::Devices(devices) = client.ok(Request::ListDevices {}).await else { panic!() };
    devices.removing
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let looked = async {
        while !holds().await {
            tokio::time::sleep(POLL).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looked).await.unwrap_or_else(|_| panic!("in time: {what}"));
}

async fn readyz(server: &TestServer) -> String {
    let response = http().get(format!("{}/readyz", server.url())).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    response.text().await.unwrap()
}

async fn count(server: &TestServer, sql: &'static str) -> u64 {
    server.server().state().engine.read(move |_, db| Ok(db.query_row(sql, (), |row| row.get(0))?)).await.unwrap()
}

fn passed_over(server: &TestServer, part: Part) -> u64 {
    server.server().state().engine.relay().health.count(part)
}

fn change(store: &Path, sql: &str) {
    Connection::open(store).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_damaged_group_keeps_no_other_group_from_a_removal() {
    let mut server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let mut second = bob.link(&server, 77).await;
    let groups = several(&server, &mut alice, &bob, 4).await;
    // The tree of the second group can't be rebuilt.
    server
        .restart_after(|store| {
            change(
                store,
                "CREATE TABLE kept AS SELECT * FROM group_snapshots WHERE group_id = 2;
                           UPDATE group_snapshots SET body = x'00' WHERE group_id = 2;",
            );
        })
        .await;
    alice.authenticate().await.unwrap();
    second.authenticate().await.unwrap();
    second.ok(Request::RemoveDevice { device: bob.device_id }).await;
    let expected = [(bob.device_id, 3, 4)];
    until("all but one are done", async || {
        let all: Vec<_> = removing(&second).await.iter().map(|r| (r.device, r.done, r.total)).collect();
        all == expected
    })
    .await;
    for (n, group) in groups.iter().enumerate() {
        let relays_own = alice.log(group, 1).await.unwrap().items.iter().filter(|item| item.device.is_none()).count();
        assert_eq!(relays_own, usize::from(n != 1));
    }
    let text = readyz(&server).await;
    assert!(text.contains("work_open: 1\nwork_failing_steps: 1\n") && text.contains("passed_over_work: 1\n"), "{text}");
    assert_eq!(count(&server, "SELECT next_at_ms > 0 AND attempts = 1 FROM work_failures").await, 1);
    // The group is mended. The step was noted by a clock that was years ahead, which doesn't hold it up.
    server
        .restart_after(|store| {
            change(
                store,
                "UPDATE group_snapshots SET body = (SELECT body FROM kept) WHERE group_id = 2;
                           UPDATE work_failures SET next_at_ms = 9000000000000;",
            );
        })
        .await;
    second.authenticate().await.unwrap();
    until("the last is done", async || removing(&second).await.is_empty()).await;
    assert_eq!(count(&server, "SELECT count(*) FROM work").await, 0);
    assert_eq!(readyz(&server).await, "ok\n");
}

#[tokio::test]
async fn a_removed_device_is_refused_everywhere_before_a_step_is_done() {
    let server = TestServer::start().await;
    let (alice, mut bob, group) = pair(&server).await;
    let second = bob.link(&server, 78).await;
    // The group is in the writer's memory, with Bob's first device as a member in good standing.
    bob.post(&group, b"before").await.unwrap();
    let (epoch, body) = bob.encrypt(&group, b"after");
    let relay = server.server().state().engine.relay().clone();
    let [of_bob, of_second] =
        [&bob, &second].map(|client| relay.authenticate(client.token.as_deref().unwrap(), now_ms()).unwrap());
    let device = bob.device_id;
    let named = group.clone();
    let engine = &server.server().state().engine;
    let codes = engine
        .write(move |relay, tx| {
            let context = Context { now_ms: now_ms(), caller: Some(&of_second), peer: 0 };
            relay.call(tx, context, Request::RemoveDevice { device })?;
            let item = ItemId([9; 16]);
            let message = Message { group: named.clone(), item, epoch, body, quiet: false };
            let sent = groups::append_application(relay, tx, &of_bob, message, now_ms());
            let context = Context { caller: Some(&of_bob), ..context };
            let read = relay.call(tx, context, Request::ReadLog { group: named, after: 0, limit: 10 });
            let steps: u64 = tx.query_row("SELECT steps FROM work", (), |row| row.get(0))?;
            Ok((sent.unwrap_err().code(), read.unwrap_err().code(), steps))
        })
        .await
        .unwrap();
    assert_eq!(codes, (Some(Code::DeviceRevoked), Some(Code::DeviceRevoked), 0));
    removed_everywhere(&second).await;
    let last = alice.log(&group, 0).await.unwrap().items.pop().unwrap();
    assert_eq!((last.device, last.epoch), (None, epoch), "the relay's proposal");
}

#[tokio::test]
async fn a_removal_goes_on_after_the_relay_was_killed() {
    let mut server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let mut second = bob.link(&server, 77).await;
    several(&server, &mut alice, &bob, 3).await;
    second.ok(Request::RemoveDevice { device: bob.device_id }).await;
    server.kill_and_restart().await;
    second.authenticate().await.unwrap();
    removed_everywhere(&second).await;
    assert_eq!(count(&server, "SELECT count(*) FROM log WHERE kind = 1 AND device_id IS NULL").await, 3, "once each");
}

#[tokio::test]
async fn one_poisoned_group_keeps_no_other_and_nothing_else_from_the_purge() {
    let mut server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    several(&server, &mut alice, &bob, 5).await;
    server
        .restart_after(|store| {
            change(
                store,
                // A commit that can't be applied, a snapshot that isn't one, a group whose id is none.
                "UPDATE entries SET body = x'00' WHERE id IN (SELECT entry_id FROM log WHERE position >> 32 = 2 AND kind = 2);
                 UPDATE group_snapshots SET body = x'00' WHERE group_id = 3;
                 UPDATE groups SET gid = 'nonsense' WHERE id = 4;
                 INSERT INTO reports (group_id, device_id, seq, epoch, reason, at_ms) VALUES (1, 1, 1, 1, 'gap', 1);
                 INSERT INTO links (id, request, expires_at_ms) VALUES (x'01', x'', 1);",
            );
        })
        .await;
    let left = async |group: u64| {
        let engine = &server.server().state().engine;
        let sql = "SELECT count(*) FROM log WHERE position >> 32 = ?";
        engine.read(move |_, db| Ok(db.query_row(sql, [group], |row| row.get::<_, u64>(0))?)).await.unwrap()
    };
    assert_eq!(left(1).await, 2);
    server.purge(now_ms() + 31 * DAY_MS).await;
    let mut kept = Vec::new();
    for group in 1..=5 {
        kept.push(left(group).await);
    }
    assert_eq!(kept, [1, 2, 2, 2, 1], "the last item stays; the poisoned groups wait");
    for sql in ["SELECT count(*) FROM reports", "SELECT count(*) FROM links", "SELECT count(*) FROM inbox"] {
        assert_eq!(count(&server, sql).await, 0, "{sql}");
    }
    // The purge at the start met some of them already.
    assert!(passed_over(&server, Part::Prune) >= 3);
    assert!(readyz(&server).await.contains("passed_over_prune: "));
}

#[tokio::test]
async fn a_boot_with_a_clock_months_ahead_purges_nothing_until_the_clock_is_confirmed() {
    let mut server = TestServer::start().await;
    let (mut alice, bob, _) = pair(&server).await;
    let groups = several(&server, &mut alice, &bob, 2).await;
    until("the clock is remembered", async || count(&server, "SELECT seen_ms FROM clock").await > 0).await;
    let inbox = count(&server, "SELECT count(*) FROM inbox").await;
    // Ninety days pass, as far as the machine's clock says.
    let shift = format!(
        "UPDATE clock SET seen_ms = seen_ms - {0}; UPDATE log SET at_ms = at_ms - {0}; UPDATE inbox SET at_ms = at_ms - {0};",
        90 * DAY_MS
    );
    server.restart_after(|store| change(store, &shift)).await;
    until("the jump is told", async || readyz(&server).await.contains("warning: this machine's clock said")).await;
    let text = readyz(&server).await;
    assert!(text.starts_with("ok\n") && text.contains("chancery clock confirm --data"), "{text}");
    assert_eq!(count(&server, "SELECT count(*) FROM log WHERE kind = 0").await, groups.len() as u64);
    assert_eq!(count(&server, "SELECT count(*) FROM inbox").await, inbox);
    // What comes now is delivered as ever, and the latest time that was believed stays.
    alice.authenticate().await.unwrap();
    alice.post(&groups[0], b"now").await.unwrap();
    assert!(count(&server, "SELECT seen_ms FROM clock").await < now_ms() - 80 * DAY_MS);
    // Beside the running relay; it looks again at its next start here, within a minute otherwise.
    let before = clock::confirm(server.folder(), now_ms()).unwrap();
    assert!(!before.verdict.allows_purging());
    server.restart().await;
    until("the old ones go", async || count(&server, "SELECT count(*) FROM log WHERE kind = 0").await == 2).await;
    assert_eq!(readyz(&server).await, "ok\n");
}

#[tokio::test]
async fn what_comes_while_the_clock_is_set_back_is_not_purged_when_it_is_right_again() {
    let mut server = TestServer::start().await;
    let (mut alice, bob, _) = pair(&server).await;
    // The relay has seen a time that the clock has yet to reach.
    let ahead = now_ms() + 60 * DAY_MS;
    let seen = format!("UPDATE clock SET seen_ms = {ahead}");
    server.restart_after(|store| change(store, &seen)).await;
    until("the clock is said to be wrong", async || readyz(&server).await.contains("days before a time")).await;
    alice.authenticate().await.unwrap();
    several(&server, &mut alice, &bob, 1).await;
    server.purge(ahead + DAY_MS).await;
    assert_eq!(count(&server, "SELECT count(*) FROM inbox WHERE kind = 0").await, 1, "the older one has gone");
}

#[tokio::test]
async fn a_job_that_panics_is_answered_and_the_writer_goes_on() {
    let server = TestServer::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let engine = &server.server().state().engine;
    let request = alice.message(&group, b"sent again");
    let caller = engine.relay().authenticate(alice.token.as_deref().unwrap(), now_ms()).unwrap();
    let again = request.clone();
    let failed = engine
        .write(move |relay, tx| -> Result<(), _> {
            let context = Context { now_ms: now_ms(), caller: Some(&caller), peer: 0 };
            relay.call(tx, context, again)?;
            panic!("a bug after the message was appended")
        })
        .await;
    assert!(failed.unwrap_err().code().is_none(), "a fault");
    let Response::Appended(appended) = alice.ok(request).await else { panic!() };
    assert_eq!(appended.seq, 2, "nothing of the first one is left");
    assert_eq!(seqs(&bob.log(&group, 1).await.unwrap().items), [2]);
    assert!(readyz(&server).await.contains("passed_over_writer: 1\n"));
}

#[tokio::test]
async fn an_event_that_cant_be_read_keeps_no_later_one_from_its_device() {
    let mut server = TestServer::start().await;
    let (mut alice, mut bob, _) = pair(&server).await;
    server
        .restart_after(|store| {
            change(
                store,
                "UPDATE devices SET inbox_last = inbox_last + 1;
                 INSERT INTO inbox (device_id, n, kind, at_ms) SELECT id, inbox_last, 99, 1 FROM devices;",
            );
        })
        .await;
    alice.authenticate().await.unwrap();
    bob.authenticate().await.unwrap();
    several(&server, &mut alice, &bob, 1).await;
    let caught = bob.connect().await.catch_up(&[], 1).await;
    assert!(matches!(caught.inbox.last().unwrap().event, InboxEvent::Welcome { .. }), "{caught:?}");
    assert!(passed_over(&server, Part::Inbox) > 0);
}

#[tokio::test]
async fn a_group_that_cant_be_read_keeps_no_other_from_being_delivered() {
    let mut server = TestServer::start().await;
    let (mut alice, bob, first) = pair(&server).await;
    let groups = several(&server, &mut alice, &bob, 1).await;
    alice.post(&first, b"lost").await.unwrap();
    server.restart_after(|store| change(store, "UPDATE log SET kind = 9 WHERE position >> 32 = 1 AND kind = 0")).await;
    let caught = bob.connect().await.catch_up(&[(&first, 1), (&groups[0], 1)], 9).await;
    assert_eq!(seqs(&caught.items), [2], "of the group that is whole");
    assert_eq!(caught.unavailable, [], "and nothing false is said of the other");
    assert!(passed_over(&server, Part::Delivery) > 0);
}

#[tokio::test]
async fn an_entry_that_cant_be_read_keeps_nobody_from_sending() {
    let mut server = TestServer::start().await;
    let (mut alice, _bob, group) = pair(&server).await;
    server.restart_after(|store| change(store, "UPDATE entries SET item = x'00' WHERE id = 1")).await;
    alice.authenticate().await.unwrap();
    alice.post(&group, b"on").await.unwrap();
    assert_eq!(passed_over(&server, Part::Entries), 1);
}

#[tokio::test]
async fn an_expired_certificate_of_a_person_is_refused_with_the_relays_time() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let (invitation, _) = server.organisation.invitation("late", &mut rng(5), 1_000_000);
    let body = chancery_wire::api::enrolment::Invite { invitation: invitation.bytes().to_vec().into() };
    let refusal = alice.refused(Request::Invite { body }).await;
    assert_eq!(refusal.code, Code::InvitationExpired);
    let today = &clock::display(now_ms())[..16];
    assert!(refusal.message.contains(today) && refusal.message.contains("a clock is wrong"), "{}", refusal.message);
}
