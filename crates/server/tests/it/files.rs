//! Files over HTTP, against a real server on a real port with a real store.

use axum::{
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use chancery_server::{
    Caller, Failure,
    files::{Database, Files, Host, Swept, routes, sweep},
    metrics::Metrics,
};
use chancery_wire::{
    Code, DeviceId, FileId, Refusal, api::files::FileCreated, file_cipher::ciphertext_len,
    limits::MAX_UPLOAD_PART_BYTES, signed::Policy,
};
use rusqlite::{Connection, params};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const DAY_MS: u64 = 24 * 3600 * 1000;

/// The table `files` in a database of its own.
#[derive(Clone)]
struct Store(Arc<Mutex<Connection>>);

impl Store {
    fn open(path: &Path) -> Self {
        let db = Connection::open(path).unwrap();
        let migration = include_str!("../../migrations/0001_initial.sql");
        let start = migration.find("CREATE TABLE files").unwrap();
        let table = &migration[start..start + migration[start..].find(';').unwrap()];
        db.execute_batch(
            &table.replace(" REFERENCES users (id)", "").replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"),
        )
        .unwrap();
        Self(Arc::new(Mutex::new(db)))
    }
}

impl Database for Store {
    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        job(&self.0.lock().unwrap())
    }

    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let mut db = self.0.lock().unwrap();
        let tx = db.transaction()?;
        let value = job(&tx)?;
        tx.commit()?;
        Ok(value)
    }
}

struct Inner {
    files: Files<Store>,
    store: Store,
    policy: Mutex<Policy>,
    now_ms: AtomicU64,
    next_file: AtomicU8,
    metrics: Arc<Metrics>,
}

#[derive(Clone)]
struct TestHost(Arc<Inner>);

impl Host for TestHost {
    type Database = Store;

    fn files(&self) -> &Files<Store> {
        &self.0.files
    }

    /// The token is the user's row.
    fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Refusal> {
        let row =
            headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer ")?.parse().ok());
        let user_row = row.ok_or(Code::Unauthenticated)?;
        let user = "alice@example.org".parse().unwrap();
        Ok(Arc::new(Caller { user, device: DeviceId([1; 16]), row: 1, user_row }))
    }

    fn policy(&self) -> Policy {
        self.0.policy.lock().unwrap().clone()
    }

    fn now_ms(&self) -> u64 {
        self.0.now_ms.load(Ordering::SeqCst)
    }

    fn random_file_id(&self) -> FileId {
        FileId([self.0.next_file.fetch_add(1, Ordering::SeqCst); 16])
    }

    fn passed_over(&self, _: &Failure) {}

    fn refuse(&self, failure: Failure, operation: &'static str) -> Response {
        let refusal = failure.into_refusal(operation);
        (StatusCode::from_u16(refusal.code.status()).unwrap(), serde_json::to_string(&refusal).unwrap()).into_response()
    }
}

struct Server {
    host: TestHost,
    url: String,
    address: std::net::SocketAddr,
    folder: tempfile::TempDir,
    client: reqwest::Client,
    task: tokio::task::JoinHandle<()>,
}

async fn start_in(folder: tempfile::TempDir, reserve_bytes: u64) -> Server {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let metrics = Arc::new(Metrics::new());
    let store = Store::open(&folder.path().join("relay.db"));
    let files = Files::open(store.clone(), folder.path(), reserve_bytes, 4, metrics.clone()).unwrap();
    let host = TestHost(Arc::new(Inner {
        files,
        store,
        policy: Mutex::new(Policy::initial("example.org".parse().unwrap(), 0)),
        now_ms: AtomicU64::new(1000 * DAY_MS),
        next_file: AtomicU8::new(1),
        metrics,
    }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = routes::<TestHost>().with_state(host.clone());
    let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    Server { host, url: format!("http://{address}"), address, folder, client: reqwest::Client::new(), task }
}

async fn start() -> Server {
    start_in(tempfile::tempdir().unwrap(), 0).await
}

/// An answer, read.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn number(&self, name: &str) -> u64 {
        self.headers[name].to_str().unwrap().parse().unwrap()
    }

    fn refusal(&self) -> Refusal {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Server {
    async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url));
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.header("authorization", "Bearer 1");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        let response = request.body(body).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    async fn post(&self, length: u64) -> Answer {
        self.call("POST", "/v1/files", &[("upload-length", &length.to_string())], Vec::new()).await
    }

    async fn create(&self, length: u64) -> FileId {
        let answer = self.post(length).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let created: FileCreated = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer.headers["location"], format!("/v1/files/{}", created.file).as_str());
        created.file
    }

    async fn patch(&self, file: FileId, offset: u64, body: &[u8]) -> Answer {
        let headers = [("upload-offset", &*offset.to_string()), ("content-type", "application/offset+octet-stream")];
        self.call("PATCH", &format!("/v1/files/{file}"), &headers, body.to_vec()).await
    }

    async fn head(&self, file: FileId) -> Answer {
        self.call("HEAD", &format!("/v1/files/{file}"), &[], Vec::new()).await
    }

    async fn get(&self, file: FileId, headers: &[(&str, &str)]) -> Answer {
        self.call("GET", &format!("/v1/files/{file}"), headers, Vec::new()).await
    }

    async fn uploaded(&self, bytes: &[u8]) -> FileId {
        let file = self.create(bytes.len() as u64).await;
        let answer = self.patch(file, 0, bytes).await;
        assert_eq!((answer.status, answer.number("upload-offset")), (204, bytes.len() as u64));
        file
    }

    fn path(&self, file: FileId) -> PathBuf {
        let name = file.to_string();
        self.folder.path().join("files").join(&name[..2]).join(&name)
    }

    /// Every file below `files`.
    fn on_disk(&self) -> usize {
        let shards = std::fs::read_dir(self.folder.path().join("files")).unwrap();
        shards.map(|shard| std::fs::read_dir(shard.unwrap().path()).unwrap().count()).sum()
    }

    fn sql(&self, sql: &str, file: FileId) {
        self.host.0.store.0.lock().unwrap().execute(sql, params![file.as_bytes()]).unwrap();
    }

    fn at_ms(&self, now_ms: u64) {
        self.host.0.now_ms.store(now_ms, Ordering::SeqCst);
    }

    async fn restart(self) -> Server {
        self.task.abort();
        let _ = self.task.await;
        start_in(self.folder, 0).await
    }
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n % 251) as u8).collect()
}

#[tokio::test]
async fn a_file_goes_up_in_parts_and_comes_back_whole() {
    let server = start().await;
    let whole = bytes(300_000);
    let file = server.create(whole.len() as u64).await;
    for (offset, end) in [(0, 100_000), (100_000, 250_000), (250_000, 300_000)] {
        let head = server.head(file).await;
        assert_eq!((head.number("upload-offset"), head.number("upload-length")), (offset, 300_000));
        assert_eq!(head.headers["cache-control"], "no-store");
        assert_eq!(head.headers["tus-resumable"], "1.0.0");
        let answer = server.patch(file, offset, &whole[offset as usize..end]).await;
        assert_eq!((answer.status, answer.number("upload-offset")), (204, end as u64));
    }
    let answer = server.get(file, &[("authorization", "Bearer 2")]).await;
    assert_eq!((answer.status, answer.body == whole), (200, true), "anybody with a session who knows the id");
    assert_eq!(answer.number("content-length"), 300_000);
    assert_eq!(std::fs::read(server.path(file)).unwrap(), whole);
    let text = server.host.0.metrics.render();
    assert!(
        text.contains("chancery_upload_bytes_total 300000") && text.contains("chancery_download_bytes_total 300000")
    );
}

#[tokio::test]
async fn ranges_are_answered_with_the_bytes_asked_for() {
    let server = start().await;
    let whole = bytes(1000);
    let file = server.uploaded(&whole).await;
    for (range, part, told) in [
        ("bytes=0-9", &whole[..10], "bytes 0-9/1000"),
        ("bytes=990-", &whole[990..], "bytes 990-999/1000"),
        ("bytes=-5", &whole[995..], "bytes 995-999/1000"),
        ("bytes=500-5000", &whole[500..], "bytes 500-999/1000"),
    ] {
        let answer = server.get(file, &[("range", range)]).await;
        assert_eq!((answer.status, answer.body.as_slice()), (206, part), "{range}");
        assert_eq!(answer.headers["content-range"], told);
    }
    let beyond = server.get(file, &[("range", "bytes=1000-")]).await;
    assert_eq!((beyond.status, &beyond.headers["content-range"]), (416, &"bytes */1000".parse().unwrap()));
    let tag = format!("\"{file}\"");
    assert_eq!(server.get(file, &[("range", "bytes=0-9"), ("if-range", &tag)]).await.status, 206);
    assert_eq!(server.get(file, &[("range", "bytes=0-9"), ("if-range", "\"other\"")]).await.status, 200);
    assert_eq!(server.get(file, &[("range", "bytes=0-1,5-6")]).await.body, whole);
}

#[tokio::test]
async fn a_part_at_the_wrong_offset_is_told_the_right_one() {
    let server = start().await;
    let file = server.create(100).await;
    server.patch(file, 0, &bytes(60)).await;
    for offset in [0, 59, 61, 100, u64::MAX] {
        let answer = server.patch(file, offset, &bytes(10)).await;
        assert_eq!((answer.status, answer.number("upload-offset")), (409, 60));
        assert_eq!((answer.refusal().code, answer.refusal().offset), (Code::OffsetMismatch, Some(60)));
    }
    assert_eq!(server.head(file).await.number("upload-offset"), 60);
}

#[tokio::test]
async fn parts_that_are_too_long_are_refused_and_leave_nothing() {
    let server = start().await;
    let file = server.create(100).await;
    let answer = server.patch(file, 0, &bytes(101)).await;
    assert_eq!(answer.refusal().code, Code::TooLarge);
    let large = server.create(2 * MAX_UPLOAD_PART_BYTES as u64).await;
    let answer = server.patch(large, 0, &bytes(MAX_UPLOAD_PART_BYTES + 1)).await;
    assert_eq!(answer.refusal().code, Code::TooLarge);
    // Without a length beforehand.
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes(60)), Ok(bytes(60))]);
    let request = server.client.patch(format!("{}/v1/files/{file}", server.url)).header("authorization", "Bearer 1");
    let request = request.header("upload-offset", "0").header("content-type", "application/offset+octet-stream");
    assert_eq!(request.body(reqwest::Body::wrap_stream(chunks)).send().await.unwrap().status().as_u16(), 413);
    assert_eq!(server.head(file).await.number("upload-offset"), 0);
    assert_eq!(server.patch(file, 0, &bytes(100)).await.status, 204);
    assert_eq!(server.get(file, &[]).await.body, bytes(100));
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused() {
    let server = start().await;
    let file = server.create(10).await;
    let path = format!("/v1/files/{file}");
    let part = ("content-type", "application/offset+octet-stream");
    for (method, path, headers, code) in [
        ("POST", "/v1/files", &[][..], Code::InvalidRequest),
        ("POST", "/v1/files", &[("upload-length", "0")], Code::InvalidRequest),
        ("POST", "/v1/files", &[("upload-length", "-1")], Code::InvalidRequest),
        ("POST", "/v1/files", &[("upload-length", "1"), ("authorization", "")], Code::Unauthenticated),
        ("PATCH", &path, &[part], Code::InvalidRequest),
        ("PATCH", &path, &[("upload-offset", "0"), ("content-type", "text/plain")], Code::InvalidRequest),
        ("PATCH", &path, &[("upload-offset", "0"), part, ("authorization", "")], Code::Unauthenticated),
        ("PATCH", &path, &[("upload-offset", "0"), part, ("authorization", "Bearer 2")], Code::Forbidden),
        ("DELETE", &path, &[("authorization", "Bearer 2")], Code::Forbidden),
        ("DELETE", &path, &[("authorization", "")], Code::Unauthenticated),
        ("GET", &path, &[("authorization", "")], Code::Unauthenticated),
        ("GET", &path, &[], Code::FileIncomplete),
        ("GET", "/v1/files/00", &[], Code::NotFound),
        ("GET", "/v1/files/..%2f..%2frelay.db", &[], Code::NotFound),
        ("GET", "/v1/files/ffffffffffffffffffffffffffffffff", &[], Code::NotFound),
    ] {
        let answer = server.call(method, path, headers, Vec::new()).await;
        assert_eq!(answer.refusal().code, code, "{method} {path} {headers:?}");
    }
}

#[tokio::test]
async fn size_quota_and_disk_are_checked_before_a_byte_is_sent() {
    let server = start().await;
    let set = |max, quota| {
        let mut policy = server.host.0.policy.lock().unwrap();
        (policy.file_max_bytes, policy.file_quota_bytes) = (max, quota);
    };
    set(100_000, 1_000_000);
    let largest = ciphertext_len(100_000);
    assert_eq!(server.post(largest + 1).await.refusal().code, Code::TooLarge);
    let file = server.create(largest).await;
    set(100_000, largest + 500);
    let refusal = server.post(501).await.refusal();
    assert_eq!(refusal.code, Code::QuotaExceeded);
    assert!(refusal.message.contains("501 bytes") && refusal.message.contains(" 500 are left"), "{refusal}");
    server.create(500).await;
    // Other people's files don't count, deleted and expired ones don't either.
    let other = [("authorization", "Bearer 2"), ("upload-length", "501")];
    assert_eq!(server.call("POST", "/v1/files", &other, Vec::new()).await.status, 201);
    assert_eq!(server.call("DELETE", &format!("/v1/files/{file}"), &[], Vec::new()).await.status, 204);
    server.create(largest).await;
    server.at_ms(1000 * DAY_MS + 91 * DAY_MS);
    server.create(largest).await;

    let full = start_in(tempfile::tempdir().unwrap(), u64::MAX).await;
    assert_eq!(full.post(1).await.refusal().code, Code::StorageFull);
}

#[tokio::test]
async fn room_promised_to_one_upload_is_not_promised_again() {
    let folder = tempfile::tempdir().unwrap();
    let free = fs4::available_space(folder.path()).unwrap();
    // All but 3 GB is reserved; the disk of a test machine may change by less meanwhile.
    let server = start_in(folder, free.saturating_sub(3_000_000_000)).await;
    assert_eq!(server.post(2_000_000_000).await.status, 201);
    assert_eq!(server.post(2_000_000_000).await.refusal().code, Code::StorageFull);
}

/// Begins a part by hand and sends less than it promised.
async fn half_a_part(server: &Server, file: FileId, promised: usize, sent: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "PATCH /v1/files/{file} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 1\r\nUpload-Offset: 0\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {promised}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(sent).await.unwrap();
    stream.flush().await.unwrap();
    // It arrived when the file is there; the bytes themselves are buffered.
    while !server.path(file).exists() {
        tokio::task::yield_now().await;
    }
    stream
}

#[tokio::test]
async fn what_came_before_a_connection_broke_is_kept() {
    let server = start().await;
    let whole = bytes(1000);
    let file = server.create(1000).await;
    let mut stream = half_a_part(&server, file, 1000, &whole[..600]).await;
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    drop(stream);
    let offset = server.head(file).await.number("upload-offset");
    assert_eq!(offset, 600);
    assert_eq!(server.patch(file, offset, &whole[600..]).await.status, 204);
    assert_eq!(server.get(file, &[]).await.body, whole);
}

#[tokio::test]
async fn a_client_that_comes_back_ends_its_lost_upload() {
    let server = start().await;
    let whole = bytes(1000);
    let file = server.create(1000).await;
    // The connection stays open, as after a cut that nobody noticed.
    let lost = half_a_part(&server, file, 1000, &whole[..600]).await;
    let offset = server.head(file).await.number("upload-offset");
    assert!(offset <= 600);
    assert_eq!(server.patch(file, offset, &whole[offset as usize..]).await.status, 204);
    drop(lost);
    assert_eq!(server.get(file, &[]).await.body, whole);
}

#[tokio::test]
async fn a_killed_upload_goes_on_where_it_was_recorded() {
    let server = start().await;
    let whole = bytes(1000);
    let file = server.create(1000).await;
    server.patch(file, 0, &whole[..500]).await;
    // Killed after writing, before recording: bytes beyond the record may be anything.
    let path = server.path(file);
    let mut torn = whole[..500].to_vec();
    torn.extend([0xff; 300]);
    std::fs::write(&path, &torn).unwrap();
    let server = server.restart().await;
    assert_eq!(server.head(file).await.number("upload-offset"), 500);
    assert_eq!(server.patch(file, 800, &whole[800..]).await.refusal().offset, Some(500));
    assert_eq!(server.patch(file, 500, &whole[500..600]).await.status, 204);
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 600, "the torn end is gone");
    // A disk that lost recorded bytes after all.
    std::fs::write(&path, &whole[..400]).unwrap();
    let server = server.restart().await;
    assert_eq!(server.head(file).await.number("upload-offset"), 400);
    assert_eq!(server.patch(file, 400, &whole[400..]).await.status, 204);
    assert_eq!(server.get(file, &[]).await.body, whole);
}

#[tokio::test]
async fn deleted_files_are_gone_at_once() {
    let server = start().await;
    let file = server.uploaded(&bytes(100)).await;
    let path = format!("/v1/files/{file}");
    assert_eq!(server.call("DELETE", &path, &[], Vec::new()).await.status, 204);
    assert!(!server.path(file).exists());
    for (method, headers) in [("GET", &[][..]), ("DELETE", &[])] {
        assert_eq!(server.call(method, &path, headers, Vec::new()).await.refusal().code, Code::FileGone);
    }
    assert_eq!(server.patch(file, 100, &[]).await.refusal().code, Code::FileGone);
}

#[tokio::test]
async fn the_sweep_removes_what_is_over_and_nothing_else() {
    let server = start().await;
    let start_ms = 1000 * DAY_MS;
    let whole = bytes(100);
    let old = server.uploaded(&whole).await;
    let unfinished = server.create(100).await;
    server.patch(unfinished, 0, &whole[..50]).await;
    server.at_ms(start_ms + 6 * DAY_MS);
    assert_eq!(sweep(&server.host).await.unwrap(), Swept::default());
    server.at_ms(start_ms + 8 * DAY_MS);
    assert_eq!(sweep(&server.host).await.unwrap(), Swept { ended: 1, ..Swept::default() });
    assert_eq!(server.patch(unfinished, 50, &whole[50..]).await.refusal().code, Code::FileGone);
    let young = server.uploaded(&whole).await;
    // Its time is over before the sweep comes.
    server.at_ms(start_ms + 90 * DAY_MS);
    assert_eq!(server.get(old, &[]).await.refusal().code, Code::FileGone);
    assert_eq!(sweep(&server.host).await.unwrap(), Swept { ended: 1, ..Swept::default() });
    assert!(!server.path(old).exists());
    assert_eq!(server.get(young, &[]).await.body, whole);
    // Bytes without a row, and bytes of a row that was marked before a crash.
    let stray = FileId([0xab; 16]);
    std::fs::create_dir_all(server.path(stray).parent().unwrap()).unwrap();
    std::fs::write(server.path(stray), b"x").unwrap();
    std::fs::write(server.path(stray).with_file_name("notes.txt"), b"somebody's").unwrap();
    let half = server.uploaded(&whole).await;
    server.sql("UPDATE files SET deleted = 1 WHERE id = ?", half);
    assert_eq!(sweep(&server.host).await.unwrap(), Swept { orphans: 2, ..Swept::default() });
    assert_eq!(server.on_disk(), 2, "the young file and what isn't ours");
    // A month after its end nobody needs to know any more.
    server.at_ms(start_ms + 121 * DAY_MS);
    assert_eq!(sweep(&server.host).await.unwrap().forgotten, 2);
    assert_eq!(server.get(old, &[]).await.refusal().code, Code::NotFound);
}

#[tokio::test]
async fn a_file_that_cant_be_removed_keeps_no_other_from_the_sweep() {
    let server = start().await;
    let (stuck, other, bad) = (server.uploaded(&bytes(100)).await, server.uploaded(&bytes(100)).await, FileId([7; 16]));
    // A folder in a file's place: removing it as a file fails.
    std::fs::remove_file(server.path(stuck)).unwrap();
    std::fs::create_dir(server.path(stuck)).unwrap();
    // A row whose id is none.
    server.sql("INSERT INTO files SELECT x'ff', owner, size, received, expires_at, created_at_ms, 0 FROM files WHERE id != ? LIMIT 1", bad);
    server.at_ms(1200 * DAY_MS);
    let swept = sweep(&server.host).await.unwrap();
    assert_eq!((swept.ended, server.path(other).exists()), (2, false));
    assert!(swept.passed_over > 0, "told");
    let swept = sweep(&server.host).await.unwrap();
    assert_eq!(swept.ended, 0, "goes on to the end again");
}

#[tokio::test]
async fn a_file_whose_bytes_were_lost_is_gone_and_no_fault() {
    let server = start().await;
    let file = server.uploaded(&bytes(100)).await;
    std::fs::remove_file(server.path(file)).unwrap();
    assert_eq!(server.get(file, &[]).await.refusal().code, Code::FileGone);
}

#[test]
#[cfg(target_os = "linux")]
fn a_large_transfer_takes_constant_memory() {
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let server = start().await;
        let parts = 24;
        let part = bytes(MAX_UPLOAD_PART_BYTES);
        let file = server.create(parts * part.len() as u64).await;
        // The client's own buffers are as large as its parts: one part is in the base line.
        server.patch(file, 0, &part).await;
        let before = resident();
        for n in 1..parts {
            assert_eq!(server.patch(file, n * part.len() as u64, &part).await.status, 204);
        }
        let request = server.client.get(format!("{}/v1/files/{file}", server.url)).header("authorization", "Bearer 1");
        let mut response = request.send().await.unwrap();
        let mut length = 0;
        while let Some(chunk) = response.chunk().await.unwrap() {
            length += chunk.len() as u64;
        }
        assert_eq!(length, parts * part.len() as u64);
        let grown = resident().saturating_sub(before);
        assert!(grown < 6 * part.len() as u64, "{grown} bytes more for a file of {length}");
    });
}

/// A body that never ends mustn't hold more than one part.
#[tokio::test]
async fn an_endless_body_is_cut_off() {
    let server = start().await;
    let file = server.create(64 * 1024 * 1024).await;
    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![7u8; 64 * 1024]));
    let request = server.client.patch(format!("{}/v1/files/{file}", server.url)).header("authorization", "Bearer 1");
    let request = request.header("upload-offset", "0").header("content-type", "application/offset+octet-stream");
    // The relay answers and closes while the client still sends: either is right for the client.
    if let Ok(answer) = request.body(reqwest::Body::wrap_stream(endless)).send().await {
        assert_eq!(answer.status().as_u16(), 413);
    }
    assert_eq!(server.head(file).await.number("upload-offset"), 0);
    let length = std::fs::metadata(server.path(file)).unwrap().len();
    assert!(length <= MAX_UPLOAD_PART_BYTES as u64, "{length}");
}
