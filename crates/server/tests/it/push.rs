//! Push messages, against a push service of our own on this machine that decrypts and checks what it gets.

use crate::support::*;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::IntoResponse,
    routing::post,
};
use chancery_mls::Role;
use chancery_server::{push::PAYLOAD, testkit::TestServer};
use chancery_wire::{
    Base64, Code, GroupId,
    api::{Request, Response, push::Subscription},
    frames::ClientFrame,
    signed::Suite,
};
use p256::{
    SecretKey,
    ecdsa::{Signature, VerifyingKey, signature::Verifier},
    elliptic_curve::sec1::ToEncodedPoint,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use web_push_native::{Auth, decrypt};

/// How often a state that nobody announces is looked at.
const POLL: Duration = Duration::from_millis(20);

/// A push message as the push service got it.
struct Received {
    path: String,
    headers: HeaderMap,
    body: Bytes,
    at: Instant,
}

type Answers = Arc<Mutex<VecDeque<(StatusCode, Option<&'static str>)>>>;

#[derive(Clone)]
struct Inbox {
    received: mpsc::UnboundedSender<Received>,
    answers: Answers,
}

/// A push service.
struct PushService {
    origin: String,
    received: mpsc::UnboundedReceiver<Received>,
    /// What it answers, in order; 201 after that.
    answers: Answers,
}

impl PushService {
    async fn start() -> Self {
        let (sender, received) = mpsc::unbounded_channel();
        let answers = Answers::default();
        let inbox = Inbox { received: sender, answers: answers.clone() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/{*path}", post(take)).with_state(inbox);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, received, answers }
    }

    fn answer(&self, answers: &[(StatusCode, Option<&'static str>)]) {
        self.answers.lock().unwrap().extend(answers);
    }

    async fn next(&mut self) -> Received {
        tokio::time::timeout(Duration::from_secs(30), self.received.recv()).await.expect("a push in time").unwrap()
    }

    fn none(&mut self) {
        assert!(self.received.try_recv().is_err(), "nothing was pushed");
    }
}

async fn take(State(inbox): State<Inbox>, uri: Uri, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let answer = inbox.answers.lock().unwrap().pop_front().unwrap_or((StatusCode::CREATED, None));
    let received = Received { path: uri.path().to_owned(), headers, body, at: Instant::now() };
    let _ = inbox.received.send(received);
    let mut headers = HeaderMap::new();
    if let Some(seconds) = answer.1 {
        headers.insert("retry-after", seconds.parse().unwrap());
        headers.insert("location", "http://127.0.0.1:1/elsewhere".parse().unwrap());
    }
    (answer.0, headers)
}

/// A browser's side of a subscription.
struct Browser {
    secret: SecretKey,
    auth: [u8; 16],
}

impl Browser {
    fn new(seed: u64) -> Self {
        Self { secret: SecretKey::random(&mut rng(seed)), auth: [seed as u8; 16] }
    }

    fn subscription(&self, endpoint: &str) -> Subscription {
        Subscription {
            endpoint: endpoint.to_owned(),
            p256dh: self.secret.public_key().to_encoded_point(false).as_bytes().to_vec().into(),
            auth: self.auth.to_vec().into(),
        }
    }

    fn decrypt(&self, received: &Received) -> Vec<u8> {
        decrypt(received.body.to_vec(), &self.secret, Auth::from_slice(&self.auth)).expect("encrypted for this browser")
    }
}

async fn start() -> TestServer {
    TestServer::start_with(Suite::Classical, |config| {
        config.push.allow_private_addresses = true;
        config.push.interval_seconds = 1;
        config.push.contact = Some("mailto:admin@example.org".to_owned());
    })
    .await
}

async fn subscribe(client: &Client, service: &PushService, browser: &Browser, path: &str) {
    let body = browser.subscription(&format!("{}{path}", service.origin));
    client.ok(Request::SetPush { body }).await;
}

async fn public_key(client: &Client) -> Vec<u8> {
    let Response::PushKey(key) = client.ok(Request::GetPushKey {}).await else { panic!() };
    key.key.0
}

/// Everything that a push service may check, and that there is nothing in it.
fn check(received: &Received, service: &PushService, browser: &Browser, key: &[u8]) {
    let header = |name: &str| received.headers[name].to_str().unwrap();
    assert_eq!(header("content-encoding"), "aes128gcm");
    assert_eq!((header("topic"), header("urgency")), ("chancery", "high"));
    assert!(header("ttl").parse::<u64>().unwrap() > 3600);
    let (token, k) = header("authorization").strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(Base64::decode(k).unwrap(), key);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = Signature::from_slice(&Base64::decode(signature).unwrap()).unwrap();
    VerifyingKey::from_sec1_bytes(key).unwrap().verify(signed.as_bytes(), &signature).unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    let json = |text| serde_json::from_slice::<serde_json::Value>(&Base64::decode(text).unwrap()).unwrap();
    assert_eq!(json(head), serde_json::json!({"typ": "JWT", "alg": "ES256"}));
    let claims = json(claims);
    assert_eq!((&claims["aud"], &claims["sub"]), (&service.origin.as_str().into(), &"mailto:admin@example.org".into()));
    let left = claims["exp"].as_u64().unwrap() - now_seconds();
    assert!((3600..=24 * 3600).contains(&left), "{left}");
    assert_eq!(browser.decrypt(received), PAYLOAD);
    // 16 bytes salt, 4 record size, 1 length, 65 key, 16 tag, 1 delimiter: every one is of the same length.
    assert_eq!(received.body.len(), 103 + PAYLOAD.len());
}

/// One more, so that what came before it has had its time.
async fn post_and_catch(alice: &mut Client, group: &GroupId, service: &mut PushService) -> Received {
    alice.post(group, b"one more").await.unwrap();
    service.next().await
}

#[tokio::test]
async fn a_device_without_connection_is_woken_by_a_message_without_content() {
    let server = start().await;
    let mut service = PushService::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let (browser, own) = (Browser::new(1), Browser::new(2));
    let key = public_key(&bob).await;
    assert_eq!(key, public_key(&alice).await);
    subscribe(&bob, &service, &browser, "/send/bob").await;
    // The sender's own devices aren't woken by what they send.
    subscribe(&alice, &service, &own, "/send/alice").await;
    alice.post(&group, b"the secret text").await.unwrap();
    let received = service.next().await;
    assert_eq!(received.path, "/send/bob");
    check(&received, &service, &browser, &key);
    let second = post_and_catch(&mut alice, &group, &mut service).await;
    assert_eq!(second.path, "/send/bob");
    assert_ne!(second.body, received.body, "a new key for every message");
    service.none();
    let metrics = server.server().state().metrics.render();
    assert!(metrics.contains(r#"chancery_pushes_total{outcome="sent"}"#), "{metrics}");
    assert!(!metrics.contains("/send/bob"));
}

#[tokio::test]
async fn many_messages_become_few_pushes() {
    let server = start().await;
    let mut service = PushService::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    subscribe(&bob, &service, &Browser::new(1), "/bob").await;
    for _ in 0..50 {
        alice.post(&group, b"x").await.unwrap();
    }
    let first = service.next().await;
    // What came after the first push is one more, not before the interval is over.
    let second = post_and_catch(&mut alice, &group, &mut service).await;
    assert!(second.at - first.at >= Duration::from_millis(900), "{:?}", second.at - first.at);
    service.none();
}

#[tokio::test]
async fn what_shows_nothing_wakes_nobody() {
    let server = start().await;
    let mut service = PushService::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    subscribe(&bob, &service, &Browser::new(1), "/bob").await;
    let mut connection = alice.connect().await;
    let (epoch, body) = alice.encrypt(&group, b"a receipt");
    let item = alice.new_item();
    connection.send(ClientFrame::Send { request: 1, group: group.clone(), item, epoch, body, quiet: true }).await;
    connection.next().await;
    let Request::Append { group: of, mut body } = alice.message(&group, b"another") else { panic!() };
    body.quiet = true;
    alice.ok(Request::Append { group: of, body }).await;
    // Adding somebody is no message either.
    let carol = Client::join(&server, "carol").await;
    let other =
        alice.create_group(&[(&bob.user, chancery_mls::Role::Member), (&carol.user, chancery_mls::Role::Member)]).await;
    alice.add(&other, &[&carol.user, &bob.user]).await;
    let sent = Instant::now();
    let received = post_and_catch(&mut alice, &group, &mut service).await;
    assert!(received.at > sent);
    service.none();
}

#[tokio::test]
async fn a_device_that_takes_what_comes_by_its_connection_is_not_woken() {
    let server = start().await;
    let mut service = PushService::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let phone = bob.link(&server, 77).await;
    subscribe(&bob, &service, &Browser::new(1), "/bob").await;
    let mut connection = bob.connect().await;
    connection.catch_up(&[(&group, 1)], 9).await;
    alice.post(&group, b"x").await.unwrap();
    connection.items(1).await;
    // Later than the look at the news, as a client's ping is.
    tokio::time::timeout(Duration::from_secs(30), async {
        while !counted(&server, "unneeded") {
            connection.catch_up(&[(&group, 2)], 9).await;
            tokio::time::sleep(POLL).await;
        }
    })
    .await
    .unwrap();
    service.none();
    drop(connection);
    // A device of the same user that isn't in the group isn't woken at all.
    subscribe(&phone, &service, &Browser::new(2), "/phone").await;
    tokio::time::timeout(Duration::from_secs(30), async {
        while server.server().state().metrics.connections.get() > 0 {
            tokio::time::sleep(POLL).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(post_and_catch(&mut alice, &group, &mut service).await.path, "/bob");
}

#[tokio::test]
async fn a_subscription_goes_when_its_push_service_says_so() {
    for gone in [StatusCode::NOT_FOUND, StatusCode::GONE] {
        let server = start().await;
        let mut service = PushService::start().await;
        let (mut alice, bob, group) = pair(&server).await;
        subscribe(&bob, &service, &Browser::new(1), "/old").await;
        service.answer(&[(gone, None)]);
        assert_eq!(post_and_catch(&mut alice, &group, &mut service).await.path, "/old");
        wait_for_subscriptions(&server, 0).await;
        subscribe(&bob, &service, &Browser::new(1), "/new").await;
        assert_eq!(post_and_catch(&mut alice, &group, &mut service).await.path, "/new");
        service.none();
    }
}

#[tokio::test]
async fn a_push_that_fails_for_now_is_repeated_when_the_push_service_wants() {
    let server = start().await;
    let mut service = PushService::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    subscribe(&bob, &service, &Browser::new(1), "/bob").await;
    service.answer(&[(StatusCode::TOO_MANY_REQUESTS, Some("4")), (StatusCode::SERVICE_UNAVAILABLE, None)]);
    let first = post_and_catch(&mut alice, &group, &mut service).await;
    let second = service.next().await;
    assert!(second.at - first.at >= Duration::from_millis(3900), "{:?}", second.at - first.at);
    let third = service.next().await;
    assert!(third.at - second.at >= Duration::from_millis(3900), "the back-off doubles: {:?}", third.at - second.at);
    assert_eq!((first.path, third.path), ("/bob".into(), "/bob".into()));
}

#[tokio::test]
async fn a_refusal_of_the_push_service_is_not_repeated_and_a_redirect_not_followed() {
    let server = start().await;
    let mut service = PushService::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    for refused in [StatusCode::FORBIDDEN, StatusCode::TEMPORARY_REDIRECT] {
        subscribe(&bob, &service, &Browser::new(1), "/bob").await;
        service.answer(&[(refused, Some("0"))]);
        post_and_catch(&mut alice, &group, &mut service).await;
        wait_for_metric(&server, "refused").await;
    }
    service.none();
    // A new subscription starts anew.
    subscribe(&bob, &service, &Browser::new(3), "/other").await;
    assert_eq!(post_and_catch(&mut alice, &group, &mut service).await.path, "/other");
}

#[tokio::test]
async fn a_device_that_is_removed_is_not_woken_any_more() {
    let server = start().await;
    let mut service = PushService::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let laptop = bob.link(&server, 78).await;
    subscribe(&bob, &service, &Browser::new(1), "/bob").await;
    wait_for_subscriptions(&server, 1).await;
    laptop.ok(Request::RemoveDevice { device: bob.device_id }).await;
    wait_for_subscriptions(&server, 0).await;
    let again = Request::SetPush { body: Browser::new(1).subscription("https://push.example.net/") };
    assert_eq!(bob.call(again).await.unwrap_err().code, Code::Unauthenticated);
    let _ = alice.post(&group, b"x").await;
    let carol = Client::join(&server, "carol").await;
    // Its own wish ends it too.
    subscribe(&carol, &service, &Browser::new(2), "/carol").await;
    carol.ok(Request::RemovePush {}).await;
    carol.ok(Request::RemovePush {}).await;
    wait_for_subscriptions(&server, 0).await;
    service.none();
}

#[tokio::test]
async fn a_browser_that_became_another_device_is_woken_once() {
    let server = start().await;
    let mut service = PushService::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    let carol = Client::join(&server, "carol").await;
    let browser = Browser::new(1);
    subscribe(&bob, &service, &browser, "/browser").await;
    // Somebody who knows only the address takes nothing away.
    subscribe(&carol, &service, &Browser::new(2), "/browser").await;
    wait_for_subscriptions(&server, 2).await;
    post_and_catch(&mut alice, &group, &mut service).await;
    subscribe(&carol, &service, &browser, "/browser").await;
    wait_for_subscriptions(&server, 1).await;
}

#[tokio::test]
async fn an_endpoint_that_never_answers_keeps_nobody_else_from_being_woken() {
    let server = start().await;
    let mut service = PushService::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let (bob, mallory) = (Client::join(&server, "bob").await, Client::join(&server, "mallory").await);
    let group = alice.create_group(&[(&bob.user, Role::Member), (&mallory.user, Role::Member)]).await;
    alice.add(&group, &[&bob.user, &mallory.user]).await;
    // Another host, that takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.2:0").await.unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let connections = Arc::new(Mutex::new(Vec::new()));
    let held = connections.clone();
    let accepting = tokio::spawn(async move {
        while let Ok((socket, _)) = silent.accept().await {
            held.lock().unwrap().push(socket);
        }
    });
    subscribe(&bob, &service, &Browser::new(1), "/bob").await;
    for round in 0..5 {
        let body = Browser::new(2).subscription(&format!("{endpoint}/{round}"));
        mallory.ok(Request::SetPush { body }).await;
        assert_eq!(post_and_catch(&mut alice, &group, &mut service).await.path, "/bob");
    }
    assert_eq!(connections.lock().unwrap().len(), 1, "one attempt, however often the subscription is renewed");
    accepting.abort();
}

#[tokio::test]
async fn subscriptions_are_renewed_now_and_then_not_all_the_time() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let second = alice.link(&server, 77).await;
    let body = Browser::new(1).subscription("https://push.example.net/x");
    let renew = async |client: &Client| client.call(Request::SetPush { body: body.clone() }).await;
    let mut refused = None;
    for _ in 0..40 {
        refused = renew(&alice).await.err();
        if refused.is_some() {
            break;
        }
    }
    let refused = refused.expect("at some time it is enough");
    assert_eq!(refused.code, Code::RateLimited);
    assert!(refused.retry_after_seconds.is_some());
    assert_eq!(renew(&second).await.unwrap_err().code, Code::RateLimited, "per person, not per device");
    renew(&Client::join(&server, "bob").await).await.expect("somebody else's are their own");
}

#[tokio::test]
async fn endpoints_that_only_the_relay_reaches_are_refused() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let browser = Browser::new(1);
    let refused = async |body| alice.call(Request::SetPush { body }).await.unwrap_err().code;
    for endpoint in [
        "http://127.0.0.1:8008/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "http://push.example.net/",
        "https://0x7f000001/",
        "javascript:alert(1)",
        "",
    ] {
        assert_eq!(refused(browser.subscription(endpoint)).await, Code::PushEndpointRefused, "{endpoint}");
    }
    let good = browser.subscription("https://push.example.net/x");
    for wrong in [
        Subscription { auth: vec![1; 15].into(), ..good.clone() },
        Subscription { p256dh: vec![4; 65].into(), ..good.clone() },
        Subscription { p256dh: Vec::new().into(), ..good.clone() },
    ] {
        assert_eq!(refused(wrong).await, Code::PushEndpointRefused);
    }
    alice.ok(Request::SetPush { body: good }).await;
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_connected_to() {
    let server = TestServer::start().await;
    let mut service = PushService::start().await;
    let (mut alice, bob, group) = pair(&server).await;
    // A name that resolves to this machine; the URL alone doesn't show it.
    let endpoint = service.origin.replace("http://127.0.0.1", "https://localhost");
    bob.ok(Request::SetPush { body: Browser::new(1).subscription(&endpoint) }).await;
    alice.post(&group, b"x").await.unwrap();
    wait_for_metric(&server, "failed").await;
    service.none();
}

#[tokio::test]
async fn a_relay_that_pushes_nothing_says_so() {
    let server = TestServer::start_with(Suite::Classical, |config| config.push.enabled = false).await;
    let alice = Client::join(&server, "alice").await;
    assert_eq!(alice.call(Request::GetPushKey {}).await.unwrap_err().code, Code::PushOff);
    let body = Browser::new(1).subscription("https://push.example.net/x");
    assert_eq!(alice.call(Request::SetPush { body }).await.unwrap_err().code, Code::PushOff);
    alice.ok(Request::RemovePush {}).await;
}

#[tokio::test]
async fn the_key_and_subscriptions_outlive_a_restart() {
    let mut server = start().await;
    let mut service = PushService::start().await;
    let (mut alice, mut bob, group) = pair(&server).await;
    let key = public_key(&bob).await;
    let browser = Browser::new(1);
    subscribe(&bob, &service, &browser, "/bob").await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(server.folder().join("push.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    server.restart().await;
    alice.authenticate().await.unwrap();
    bob.authenticate().await.unwrap();
    assert_eq!(public_key(&bob).await, key);
    let received = post_and_catch(&mut alice, &group, &mut service).await;
    check(&received, &service, &browser, &key);
}

async fn wait_for_subscriptions(server: &TestServer, count: u32) {
    let engine = &server.server().state().engine;
    tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            let found: u32 = engine
                .read(|_, db| Ok(db.query_row("SELECT count(*) FROM push_subscriptions", (), |row| row.get(0))?))
                .await
                .unwrap();
            if found == count {
                return;
            }
            tokio::time::sleep(POLL).await;
        }
    })
    .await
    .expect("in time");
}

async fn wait_for_metric(server: &TestServer, outcome: &str) {
    tokio::time::timeout(Duration::from_secs(30), async {
        while !counted(server, outcome) {
            tokio::time::sleep(POLL).await;
        }
    })
    .await
    .expect("in time");
}

fn counted(server: &TestServer, outcome: &str) -> bool {
    server.server().state().metrics.render().contains(&format!("chancery_pushes_total{{outcome=\"{outcome}\"}}"))
}
