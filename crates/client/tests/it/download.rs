//! Downloads: resumed, verified, never over an existing file.

use crate::{
    kit::{LIMIT, Pair, bytes},
    proxy::Way,
};
use chancery_client::files::{Download, Upload, no_progress};
use chancery_core::query;
use chancery_wire::{MessageId, file_cipher::CIPHER_CHUNK_BYTES};
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

async fn sent(pair: &Pair, name: &str, content: &[u8]) -> MessageId {
    let upload = Upload::new(pair.file(name, content), pair.group.clone(), "application/octet-stream");
    let id = pair.alice.client.upload(upload, no_progress()).await.unwrap();
    pair.alice.client.drain(LIMIT).await.unwrap();
    id
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

// In these tests Alice, who is behind the proxy, fetches her own file.

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_is_cut_goes_on_at_a_chunk() {
    let pair = Pair::new().await;
    let content = bytes(5_000_000, 1);
    let id = sent(&pair, "film.mp4", &content).await;
    let folder = tempfile::tempdir().unwrap();
    let before = pair.proxy.passed(Way::Down);
    pair.proxy.cut_after(Way::Down, 2_000_000);
    let again = async {
        pair.proxy.wait_for_cuts(1).await;
        pair.proxy.cut_after(Way::Down, 1_500_000);
    };
    let download = Download::to(folder.path().join("mine.mp4"));
    let (path, ()) = tokio::join!(pair.alice.client.download(id, download, no_progress()), again);
    assert!(fs::read(path.unwrap()).unwrap() == content);
    assert_eq!(names(folder.path()), ["mine.mp4"]);
    assert_eq!(pair.proxy.cuts(), 2);
    let passed = pair.proxy.passed(Way::Down) - before;
    assert!(passed < 7_000_000, "{passed} bytes came down: what was here didn't come again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_in_a_later_process() {
    let pair = Pair::new().await;
    let content = bytes(3_000_000, 2);
    let id = sent(&pair, "film.mp4", &content).await;
    let folder = tempfile::tempdir().unwrap();
    pair.proxy.cut_after(Way::Down, 1_500_000);
    let away = async {
        pair.proxy.wait_for_cuts(1).await;
        pair.proxy.close();
    };
    let get = Download::into(folder.path());
    let (failed, ()) = tokio::join!(pair.alice.client.download(id, get.clone(), no_progress()), away);
    assert_eq!(failed.unwrap_err().code, "unreachable");
    assert_eq!(names(folder.path()), ["film.mp4.part"]);
    pair.proxy.open();
    let alice = pair.alice.restart().await;
    alice.client.sync(LIMIT).await.unwrap();
    let before = pair.proxy.passed(Way::Down);
    let path = alice.client.download(id, get, no_progress()).await.unwrap();
    assert!(fs::read(path).unwrap() == content);
    assert_eq!(names(folder.path()), ["film.mp4"]);
    assert!(pair.proxy.passed(Way::Down) - before < 2_800_000, "the first part didn't come again");
}

#[tokio::test(flavor = "multi_thread")]
async fn ciphertext_that_was_changed_is_refused_and_leaves_nothing() {
    let pair = Pair::new().await;
    let id = sent(&pair, "contract.pdf", &bytes(300_000, 3)).await;
    let stored = &pair.at_the_relay()[0];
    let whole = fs::read(stored).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let swapped = {
        let mut bytes = whole.clone();
        let (first, rest) = bytes.split_at_mut(CIPHER_CHUNK_BYTES);
        first.swap_with_slice(&mut rest[..CIPHER_CHUNK_BYTES]);
        bytes
    };
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    for changed in [flipped(10), flipped(whole.len() - 1), swapped] {
        fs::write(stored, changed).unwrap();
        let error =
            pair.bob.client.download(id_at_bob(&pair, id).await, Download::into(folder.path()), no_progress()).await;
        let error = error.unwrap_err();
        assert_eq!(error.code, "file_damaged", "{error}");
        assert_eq!(names(folder.path()), [""; 0]);
    }
    fs::write(stored, &whole).unwrap();
    pair.bob.client.download(id, Download::into(folder.path()), no_progress()).await.unwrap();
}

async fn id_at_bob(pair: &Pair, id: MessageId) -> MessageId {
    pair.bob.until(move |tx| Ok(query::file(tx, &id)?.map(|_| id))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_was_changed_on_this_disk_is_noticed() {
    let pair = Pair::new().await;
    let content = bytes(3_000_000, 4);
    let id = sent(&pair, "film.mp4", &content).await;
    let folder = tempfile::tempdir().unwrap();
    pair.proxy.cut_after(Way::Down, 1_500_000);
    let away = async {
        pair.proxy.wait_for_cuts(1).await;
        pair.proxy.close();
    };
    let get = Download::into(folder.path());
    let (failed, ()) = tokio::join!(pair.alice.client.download(id, get.clone(), no_progress()), away);
    assert_eq!(failed.unwrap_err().code, "unreachable");
    let part = folder.path().join("film.mp4.part");
    let mut there = fs::read(&part).unwrap();
    there[1000] ^= 1;
    fs::write(&part, there).unwrap();
    pair.proxy.open();
    pair.alice.client.sync(LIMIT).await.unwrap();
    let error = pair.alice.client.download(id, get.clone(), no_progress()).await.unwrap_err();
    assert_eq!(error.code, "file_damaged");
    assert_eq!(names(folder.path()), [""; 0]);
    pair.alice.client.download(id, get, no_progress()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_file_is_never_replaced_without_being_told() {
    let pair = Pair::new().await;
    let id = sent(&pair, "report.pdf", b"the new one").await;
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("report.pdf");
    fs::write(&there, "mine").unwrap();
    fs::write(folder.path().join("report (1).pdf.part"), "also mine").unwrap();
    let get = || pair.alice.client.download(id, Download::into(folder.path()), no_progress());
    assert_eq!(get().await.unwrap(), folder.path().join("report (2).pdf"));
    assert_eq!(get().await.unwrap(), folder.path().join("report (3).pdf"));
    assert_eq!(fs::read_to_string(&there).unwrap(), "mine");
    let told = Download { overwrite: true, ..Download::to(&there) };
    assert_eq!(pair.alice.client.download(id, told, no_progress()).await.unwrap(), there);
    assert_eq!(fs::read_to_string(&there).unwrap(), "the new one");
    assert_eq!(names(folder.path()), ["report (1).pdf.part", "report (2).pdf", "report (3).pdf", "report.pdf"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_room_is_found_out_before_the_transfer() {
    let pair = Pair::new().await;
    let id = sent(&pair, "film.mp4", &bytes(100_000, 5)).await;
    let folder = tempfile::tempdir().unwrap();
    let free = fs4::available_space(folder.path()).unwrap();
    let touched = Arc::new(AtomicBool::new(false));
    let seen = touched.clone();
    let full = Download { keep_free: free.saturating_mul(2), ..Download::into(folder.path()) };
    let error = pair.alice.client.download(id, full, Arc::new(move |_, _| seen.store(true, SeqCst))).await.unwrap_err();
    assert_eq!(error.code, "no_room");
    assert!(error.message.contains("MB are free"), "{error}");
    assert!(!touched.load(SeqCst));
    assert_eq!(names(folder.path()), [""; 0]);
    pair.alice.client.download(id, Download::into(folder.path()), no_progress()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_elsewhere_or_gone_is_refused() {
    let pair = Pair::new().await;
    let id = sent(&pair, "a.txt", b"a").await;
    let folder = tempfile::tempdir().unwrap();
    let mut info = pair.alice.client.query(move |tx| query::file(tx, &id)).await.unwrap().unwrap();
    let url = info.url.clone();
    for elsewhere in ["https://tracker.example/pixel.png", "file:///etc/passwd", "", "https://x/v1/files/../users"] {
        info.url = elsewhere.to_owned();
        let error = pair.alice.client.download_file(&info, Download::into(folder.path()), no_progress()).await;
        assert_eq!(error.unwrap_err().code, "file_elsewhere", "{elsewhere}");
    }
    info.url = url.replace('0', "1").replace('2', "3");
    let error = pair.alice.client.download_file(&info, Download::into(folder.path()), no_progress()).await.unwrap_err();
    assert_eq!(error.code, "not_found");
    assert_eq!(names(folder.path()), [""; 0]);
}
