//! What was acknowledged is on the disk.

use crate::support::*;
use chancery_server::testkit::TestServer;
use chancery_wire::{
    Code,
    api::{Request, Response},
    frames::{ClientFrame, SendOutcome, ServerFrame},
};

#[tokio::test]
async fn a_restart_keeps_everything() {
    let mut server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let message = alice.message(&group, b"kept");
    let Response::Appended(first) = alice.ok(message.clone()).await else { panic!() };
    server.restart().await;
    assert_eq!(alice.refused(Request::ListGroups {}).await.code, Code::Unauthenticated, "sessions end");
    alice.authenticate().await.unwrap();
    bob.authenticate().await.unwrap();
    let Response::Appended(again) = alice.ok(message).await else { panic!() };
    assert_eq!(first, again);
    let page = bob.log(&group, 1).await.unwrap();
    assert_eq!(bob.process(&group, &page.items[0]).unwrap(), b"kept");
    let committed = bob.commit(&group, &[], &[]);
    assert_eq!(bob.append_commit(&group, &committed).await.unwrap().seq, 3);
}

#[tokio::test]
async fn after_a_crash_every_acknowledged_message_is_there_once() {
    let mut server = TestServer::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let mut connection = alice.connect().await;
    let mut sent = Vec::new();
    for n in 0..60u32 {
        let (epoch, body) = alice.encrypt(&group, &[7; 500]);
        let item = alice.new_item();
        sent.push((item, epoch, body.clone()));
        connection.send(ClientFrame::Send { request: n, group: group.clone(), item, epoch, body, quiet: false }).await;
    }
    let mut acknowledged = std::collections::HashMap::new();
    while acknowledged.len() < 20 {
        let ServerFrame::Reply { request, outcome: SendOutcome::Accepted { seq, .. } } = connection.next().await else {
            panic!()
        };
        acknowledged.insert(sent[request as usize].0, seq);
    }
    server.kill_and_restart().await;
    // The client sends everything again, as it does when replies are lost.
    let mut connection = alice.connect().await;
    for (item, epoch, body) in sent {
        let outcome = connection.post(&group, item, epoch, body).await;
        let SendOutcome::Accepted { seq, .. } = outcome else { panic!("{outcome:?}") };
        assert!(acknowledged.get(&item).is_none_or(|before| *before == seq));
    }
    bob.authenticate().await.unwrap();
    let page = bob.log(&group, 1).await.unwrap();
    assert_eq!(seqs(&page.items), (2..62).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_store_set_back_by_hand_shows_in_the_heads() {
    let mut server = TestServer::start().await;
    let (mut alice, _bob, group) = pair(&server).await;
    for _ in 0..5 {
        alice.post(&group, b"there").await.unwrap();
    }
    server
        .restart_after(|store| {
            let db = rusqlite::Connection::open(store).unwrap();
            db.execute("DELETE FROM log WHERE position & 0xffffffff > 3", ()).unwrap();
        })
        .await;
    let caught = alice.connect().await.catch_up(&[(&group, 6)], 9).await;
    // The client stored 6 items and is told that there are 3: it knows that the relay was rolled back.
    assert_eq!((caught.items.len(), caught.heads[0].seq), (0, 3));
}

#[tokio::test]
async fn an_edited_epoch_lets_no_false_commit_in() {
    let mut server = TestServer::start().await;
    let (mut alice, _bob, group) = pair(&server).await;
    server
        .restart_after(|store| {
            let db = rusqlite::Connection::open(store).unwrap();
            db.execute("UPDATE groups SET epoch = 9", ()).unwrap();
        })
        .await;
    alice.authenticate().await.unwrap();
    let committed = alice.commit(&group, &[], &[]);
    let refusal = alice.append_commit(&group, &committed).await.unwrap_err();
    assert_eq!(
        (refusal.code, refusal.current_epoch),
        (Code::WrongEpoch, Some(9)),
        "the client sees an epoch that the log doesn't lead to"
    );
}

#[tokio::test]
async fn two_processes_never_share_a_data_folder() {
    let server = TestServer::start().await;
    let config = chancery_server::Config {
        data_dir: server.folder().to_owned(),
        listen: ([127, 0, 0, 1], 0).into(),
        ..Default::default()
    };
    let second = chancery_server::Server::start(config.check().unwrap()).await;
    assert!(second.err().unwrap().to_string().contains("another process"));
}

#[tokio::test]
async fn health_and_metrics_answer() {
    let server = TestServer::start().await;
    let get = async |url: String| {
        let response = http().get(url).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(get(format!("{}/healthz", server.url())).await.0, 200);
    assert_eq!(get(format!("{}/readyz", server.url())).await.0, 200);
    assert_eq!(get(format!("{}/metrics", server.url())).await.0, 404, "metrics have their own listener");
    let metrics = format!("http://{}/metrics", server.server().metrics_addr().unwrap());
    let (status, text) = get(metrics).await;
    assert_eq!(status, 200);
    assert!(text.contains("chancery_requests_total"), "{text}");
}
