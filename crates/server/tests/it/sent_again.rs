//! An item sent again gets the answer that it got, wherever the relay keeps what it knows of it.

use crate::support::*;
use chancery_server::{Context, engine::now_ms, groups::FILED_AT_ONCE, testkit::TestServer};
use chancery_wire::{
    Code, GroupId, ItemId,
    api::{Request, Response, groups::Append},
    frames::{ClientFrame, ItemKind, SendOutcome, ServerFrame},
};
use std::path::Path;

fn append(group: &GroupId, item: ItemId, epoch: u64, body: &[u8]) -> Request {
    let (kind, body) = (ItemKind::Application, body.to_vec().into());
    Request::Append {
        group: group.clone(),
        body: Append { item, kind, epoch, body, group_info: None, welcome: None, quiet: false },
    }
}

fn filed(store: &Path) -> (usize, usize) {
    let db = rusqlite::Connection::open(store).unwrap();
    let count = |sql: &str| db.query_row(sql, (), |row| row.get(0)).unwrap();
    (
        count("SELECT count(*) FROM items"),
        count("SELECT count(*) FROM entries WHERE id > (SELECT up_to FROM filed) AND device_id IS NOT NULL"),
    )
}

#[tokio::test]
async fn an_item_is_known_before_and_after_it_is_filed_and_after_a_restart() {
    let mut server = TestServer::start().await;
    let (mut alice, _bob, group) = pair(&server).await;
    let (epoch, body) = alice.encrypt(&group, b"again");
    let items: Vec<ItemId> = (0..FILED_AT_ONCE + 100).map(|_| alice.new_item()).collect();
    let mut connection = alice.connect().await;
    let mut seqs = Vec::new();
    for items in items.chunks(50) {
        for (n, item) in items.iter().enumerate() {
            let (group, body) = (group.clone(), body.clone());
            connection
                .send(ClientFrame::Send { request: n as u32, group, item: *item, epoch, body, quiet: false })
                .await;
        }
        let mut missing = items.len();
        while missing > 0 {
            let ServerFrame::Reply { outcome, .. } = connection.next().await else { panic!("only replies are due") };
            let SendOutcome::Accepted { seq, .. } = outcome else { panic!("{outcome:?}") };
            seqs.push(seq);
            missing -= 1;
        }
    }
    let probe = [0, 1, FILED_AT_ONCE - 1, FILED_AT_ONCE, FILED_AT_ONCE + 99];
    for round in 0..2 {
        for n in probe {
            let Response::Appended(again) = alice.ok(append(&group, items[n], epoch, &body)).await else { panic!() };
            assert_eq!(again.seq, seqs[n], "item {n}, round {round}");
        }
        server
            .restart_after(|store| {
                let (filed, unfiled) = filed(store);
                assert!(filed >= FILED_AT_ONCE && unfiled > 0 && unfiled < FILED_AT_ONCE, "{filed} {unfiled}");
            })
            .await;
        alice.authenticate().await.unwrap();
    }
}

#[tokio::test]
async fn an_item_that_was_rolled_back_is_taken_when_it_comes_again() {
    let server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let (epoch, body) = alice.encrypt(&group, b"kept");
    let request = append(&group, alice.new_item(), epoch, &body);
    let engine = &server.server().state().engine;
    let caller = engine.relay().authenticate(alice.token.as_deref().unwrap(), now_ms()).unwrap();
    let rolled_back = request.clone();
    let failed = engine
        .write(move |relay, tx| {
            let context = Context { now_ms: now_ms(), caller: Some(&caller), peer: 0 };
            relay.call(tx, context, rolled_back)?;
            Err::<(), _>(Code::Internal.into())
        })
        .await;
    assert!(failed.is_err());
    let Response::Appended(appended) = alice.ok(request.clone()).await else { panic!() };
    let Response::Appended(again) = alice.ok(request).await else { panic!() };
    assert_eq!(appended, again);
    let page = bob.log(&group, 1).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(bob.process(&group, &page.items[0]).unwrap(), b"kept");
}

#[tokio::test]
async fn pruning_takes_entries_and_what_is_filed_of_them_along() {
    let mut server = TestServer::start().await;
    let (mut alice, _bob, group) = pair(&server).await;
    for _ in 0..10 {
        alice.post(&group, b"goes").await.unwrap();
    }
    server.purge(now_ms() + 365 * 24 * 3600 * 1000).await;
    server
        .restart_after(|store| {
            let db = rusqlite::Connection::open(store).unwrap();
            let count = |table: &str| -> u32 {
                db.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)).unwrap()
            };
            assert_eq!((count("log"), count("entries"), count("items")), (1, 1, 0), "the last item stays");
        })
        .await;
}
