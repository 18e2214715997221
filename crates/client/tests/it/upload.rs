//! Uploads: resumed after cuts and kills, refused when the source changed, sent exactly once.

use crate::{
    faults::Faulty,
    kit::{Device, LIMIT, Pair, bytes, open, options, texts},
    proxy::Way,
};
use chancery_client::{
    Client,
    files::{Download, Upload, no_progress},
};
use chancery_core::{Command, Input, api::Draft, query};
use chancery_wire::{content::Thumbnail, file_cipher::ciphertext_len, limits::MAX_UPLOAD_PART_BYTES};
use std::{
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering::SeqCst},
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_arrives_as_it_was_with_all_that_belongs_to_it() {
    let pair = Pair::new().await;
    let content = bytes(300_000, 1);
    let upload = Upload {
        caption: "Der Plan".to_owned(),
        thumbnail: Some(Thumbnail { media_type: "image/jpeg".to_owned(), bytes: vec![7; 500] }),
        width: Some(640),
        height: Some(480),
        ..Upload::new(pair.file("plan.png", &content), pair.group.clone(), "image/png")
    };
    let done = Arc::new(AtomicU64::new(0));
    let seen = done.clone();
    let sent = pair
        .alice
        .client
        .upload(
            upload,
            Arc::new(move |done, total| {
                assert!(done <= total && total == ciphertext_len(300_000));
                seen.store(done, SeqCst);
            }),
        )
        .await
        .unwrap();
    assert_eq!(done.load(SeqCst), ciphertext_len(300_000));
    assert_eq!(pair.alice.client.uploads().await.unwrap(), []);
    let id = pair.arrived("plan.png").await;
    assert_eq!(id, sent);
    let info = pair.bob.client.query(move |tx| query::file(tx, &id)).await.unwrap().unwrap();
    assert_eq!((info.size, info.media_type.as_str(), info.width), (300_000, "image/png", Some(640)));
    assert_eq!(info.thumbnail.unwrap().bytes.len(), 500);
    let folder = tempfile::tempdir().unwrap();
    let path = pair.bob.client.download(id, Download::into(folder.path()), no_progress()).await.unwrap();
    assert_eq!(path, folder.path().join("plan.png"));
    assert_eq!(std::fs::read(path).unwrap(), content);
    // What lies at the relay tells nothing.
    let stored = std::fs::read(&pair.at_the_relay()[0]).unwrap();
    assert!(!stored.windows(32).any(|w| w == &content[1000..1032]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_can_be_sent() {
    let pair = Pair::new().await;
    let upload = Upload::new(pair.file("empty.txt", b""), pair.group.clone(), "text/plain");
    let id = pair.alice.client.upload(upload, no_progress()).await.unwrap();
    pair.arrived("empty.txt").await;
    let folder = tempfile::tempdir().unwrap();
    let path = pair.bob.client.download(id, Download::into(folder.path()), no_progress()).await.unwrap();
    assert_eq!(std::fs::read(path).unwrap(), b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_cut_twice_goes_on_where_it_was() {
    let pair = Pair::new().await;
    let content = bytes(MAX_UPLOAD_PART_BYTES + 4_000_000, 2);
    let path = pair.file("film.mp4", &content);
    let before = pair.proxy.passed(Way::Up);
    pair.proxy.cut_after(Way::Up, 3_000_000);
    let cut_again = async {
        pair.proxy.wait_for_cuts(1).await;
        pair.proxy.cut_after(Way::Up, 7_000_000);
    };
    let upload = Upload::new(path, pair.group.clone(), "video/mp4");
    let (sent, ()) = tokio::join!(pair.alice.client.upload(upload, no_progress()), cut_again);
    let id = sent.unwrap();
    assert_eq!(pair.proxy.cuts(), 2);
    let (passed, length) = (pair.proxy.passed(Way::Up) - before, ciphertext_len(content.len() as u64));
    // What stands in the relay's socket when the connection is cut is lost, so some of it goes twice; beginning anew each time
    // would take ten million more.
    assert!(passed < length + 6_000_000, "{passed} bytes went up for {length}: what was there wasn't sent again");
    assert_eq!(pair.at_the_relay().len(), 1);
    assert_eq!(pair.arrived("film.mp4").await, id);
    let folder = tempfile::tempdir().unwrap();
    let path = pair.bob.client.download(id, Download::into(folder.path()), no_progress()).await.unwrap();
    assert!(std::fs::read(path).unwrap() == content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changed_is_refused_and_the_upload_given_up() {
    let pair = Pair::new().await;
    let content = bytes(2_000_000, 3);
    let path = pair.file("draft.txt", &content);
    pair.proxy.cut_after(Way::Up, 500_000);
    // Away for longer than the attempts: the upload is kept.
    let away = async {
        pair.proxy.wait_for_cuts(1).await;
        pair.proxy.close();
    };
    let upload = Upload::new(&path, pair.group.clone(), "text/plain");
    let (failed, ()) = tokio::join!(pair.alice.client.upload(upload, no_progress()), away);
    assert_eq!(failed.unwrap_err().code, "unreachable");
    let pending = pair.alice.client.uploads().await.unwrap();
    assert_eq!((pending.len(), pending[0].size), (1, 2_000_000));
    pair.proxy.open();
    pair.alice.client.sync(LIMIT).await.unwrap();
    // The same size and the same time: only the bytes tell.
    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    let mut changed = content.clone();
    changed[10] ^= 1;
    std::fs::write(&path, changed).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let error = pair.alice.client.resume_upload(pending[0].id, no_progress()).await.unwrap_err();
    assert_eq!(error.code, "source_changed");
    assert_eq!(pair.alice.client.uploads().await.unwrap(), []);
    // Sent anew, it is another file under another key.
    let upload = Upload::new(&path, pair.group.clone(), "text/plain");
    pair.alice.client.upload(upload, no_progress()).await.unwrap();
    pair.arrived("draft.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_between_the_last_part_and_the_message_sends_it_once() {
    let faults = Arc::new(AtomicU32::new(0));
    let of = faults.clone();
    let sending = |input: &Input| matches!(input, Input::Command(_, Command::Send { draft: Draft::File { .. }, .. }));
    let pair = Pair::with(Device::with_machine(move || Faulty::new(&of, sending))).await;
    faults.store(1, SeqCst);
    let upload = Upload::new(pair.file("once.pdf", &bytes(100_000, 4)), pair.group.clone(), "application/pdf");
    assert_eq!(pair.alice.client.upload(upload, no_progress()).await.unwrap_err().code, "fault");
    let pending = pair.alice.client.uploads().await.unwrap();
    assert_eq!(pending.len(), 1, "the record was rolled back together with the message");
    pair.alice.client.sync(LIMIT).await.unwrap();
    pair.alice.client.resume_upload(pending[0].id, no_progress()).await.unwrap();
    assert_eq!(pair.alice.client.uploads().await.unwrap(), []);
    let again = pair.alice.client.resume_upload(pending[0].id, no_progress()).await.unwrap_err();
    assert_eq!(again.code, "no_such_upload");
    pair.alice.client.drain(LIMIT).await.unwrap();
    pair.arrived("once.pdf").await;
    pair.alice.say(&pair.group, "that was it").await;
    pair.bob.wait_for("that was it").await;
    assert_eq!(pair.bob.texts(&pair.group).await, ["a file follows", "file once.pdf", "that was it"]);
    assert_eq!(pair.at_the_relay().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_policy_does_not_allow_or_that_is_none_is_refused_before_anything_is_sent() {
    let pair = Pair::new().await;
    let big = pair.alice.folder.path().join("big.iso");
    std::fs::File::create(&big).unwrap().set_len(3 << 30).unwrap();
    let before = pair.proxy.passed(Way::Up);
    for (path, code) in [
        (big.as_path(), "too_large"),
        (pair.alice.folder.path(), "not_a_file"),
        (Path::new("/does/not/exist"), "not_a_file"),
    ] {
        let upload = Upload::new(path, pair.group.clone(), "application/octet-stream");
        assert_eq!(pair.alice.client.upload(upload, no_progress()).await.unwrap_err().code, code, "{path:?}");
    }
    assert_eq!(pair.alice.client.uploads().await.unwrap(), []);
    assert!(pair.proxy.passed(Way::Up) - before < 1000);
}

/// Not a test of its own: the process that [`a_killed_upload_is_resumed_by_a_later_process`] starts and kills.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by another test"]
async fn child_uploads() {
    let Some(profile) = std::env::var_os("CHANCERY_TEST_PROFILE") else { return };
    let file = std::env::var_os("CHANCERY_TEST_FILE").unwrap();
    let group = std::env::var("CHANCERY_TEST_GROUP").unwrap().parse().unwrap();
    let client = Client::start(open(Path::new(&profile)), options()).unwrap();
    client.sync(LIMIT).await.unwrap();
    client.upload(Upload::new(file, group, "video/mp4"), no_progress()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_upload_is_resumed_by_a_later_process() {
    let pair = Pair::new().await;
    let content = bytes(MAX_UPLOAD_PART_BYTES + 4_000_000, 5);
    let path = pair.file("film.mp4", &content);
    pair.alice.client.shutdown().await;
    let before = pair.proxy.passed(Way::Up);
    pair.proxy.cut_after(Way::Up, 9_500_000);
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "upload::child_uploads"])
        .env("CHANCERY_TEST_PROFILE", pair.alice.folder.path())
        .env("CHANCERY_TEST_FILE", &path)
        .env("CHANCERY_TEST_GROUP", pair.group.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    pair.proxy.wait_for_cuts(1).await;
    pair.proxy.close();
    // SIGKILL: nothing is tidied up.
    child.kill().unwrap();
    child.wait().unwrap();
    pair.proxy.open();
    let client = Client::start(open(pair.alice.folder.path()), options()).unwrap();
    let alice = Device { client, folder: pair.alice.folder };
    alice.client.sync(LIMIT).await.unwrap();
    let pending = alice.client.uploads().await.unwrap();
    assert_eq!((pending.len(), &pending[0].group), (1, &pair.group));
    let id = alice.client.resume_upload(pending[0].id, no_progress()).await.unwrap();
    alice.client.drain(LIMIT).await.unwrap();
    let (passed, length) = (pair.proxy.passed(Way::Up) - before, ciphertext_len(content.len() as u64));
    assert!(passed < length + 6_000_000, "{passed} bytes went up for {length}");
    pair.bob.wait_for("file film.mp4").await;
    assert_eq!(texts(&pair.bob.messages(&pair.group).await), ["a file follows", "file film.mp4"]);
    let folder = tempfile::tempdir().unwrap();
    let path = pair.bob.client.download(id, Download::into(folder.path()), no_progress()).await.unwrap();
    assert!(std::fs::read(path).unwrap() == content);
}
