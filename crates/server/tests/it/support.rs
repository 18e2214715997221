//! A client small enough to see through: HTTP calls, a delivery connection, MLS groups in memory.

use chancery_mls::{
    Committed, Device, Group, GroupData, GroupKind, Join, MlsStore, Processed, Role, Trust, VerifiedKeyPackage,
    testkit::MemoryStore,
};
use chancery_server::testkit::{Organisation, TestServer};
use chancery_wire::{
    Base64, Code, DeviceId, GroupId, ItemId, PROTOCOL_VERSION, Refusal, UserId,
    api::{AnswerHead, Authentication, Method, Request, Response, auth, devices, enrolment, groups, links},
    frames::{ClientFrame, Cursor, InboxEvent, InboxItem, ItemKind, LogItem, SendOutcome, ServerFrame},
    link::invitation_key,
    signed::{Credential, DeviceCertificate, Signed, Suite, UserCertificate},
};
use ed25519_dalek::{Signer, SigningKey};
use futures_util::{SinkExt, StreamExt};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

pub const SUITE: Suite = Suite::Classical;
/// A test that waits for longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A person's certificates and identity key.
#[derive(Clone)]
pub struct Person {
    pub user: UserId,
    pub invitation: Vec<u8>,
    pub certificate: Vec<u8>,
    pub identity: SigningKey,
}

impl Person {
    pub fn new(organisation: &Organisation, local: &str, rng: &mut ChaCha20Rng) -> Self {
        Self::called(organisation, local, local, rng)
    }

    /// Somebody of this name.
    pub fn called(organisation: &Organisation, local: &str, name: &str, rng: &mut ChaCha20Rng) -> Self {
        let (invitation, seed) = organisation.invitation_as(local, name, rng, now_seconds());
        let identity = SigningKey::generate(rng);
        let certificate = UserCertificate {
            user: invitation.user.clone(),
            identity_key: identity.verifying_key().to_bytes(),
            issued_at: now_seconds(),
        };
        let certificate = Signed::sign(certificate, &invitation_key(&seed));
        Self {
            user: invitation.user.clone(),
            invitation: invitation.bytes().to_vec(),
            certificate: certificate.bytes().to_vec(),
            identity,
        }
    }

    pub fn credential(&self, device: DeviceId, key: &SigningKey) -> Vec<u8> {
        let certificate = DeviceCertificate {
            user: self.user.clone(),
            device,
            label: "test".to_owned(),
            key: key.verifying_key().to_bytes(),
            issued_at: now_seconds(),
            expires_at: now_seconds() + 1_000_000,
        };
        let device = Signed::sign(certificate, &self.identity).bytes().to_vec();
        Credential { invitation: self.invitation.clone(), user: self.certificate.clone(), device }.to_vec()
    }
}

/// A device.
pub struct Client {
    pub person: Person,
    pub user: UserId,
    pub device_id: DeviceId,
    pub key: SigningKey,
    pub credential: Vec<u8>,
    pub device: Device,
    pub store: MemoryStore,
    pub trust: Trust,
    pub groups: HashMap<GroupId, Group>,
    pub token: Option<String>,
    pub rng: ChaCha20Rng,
    /// The organisation's suite.
    pub suite: Suite,
    url: String,
    delivery_url: String,
    domain: chancery_wire::Domain,
    http: reqwest::Client,
}

/// An HTTP client for tests.
pub fn http() -> reqwest::Client {
    // The process's default provider; set once, by whoever comes first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// One call, by whoever holds the token.
pub async fn call(
    http: &reqwest::Client,
    url: &str,
    token: Option<&str>,
    request: &Request,
) -> Result<Response, Refusal> {
    let wanted = request.to_http();
    let url = format!("{url}{}", wanted.path);
    let mut builder = match wanted.method {
        Method::Get => http.get(url),
        Method::Post => http.post(url),
        Method::Delete => http.delete(url),
    };
    if let Some(token) = token.filter(|_| wanted.authentication == Authentication::Device) {
        builder = builder.bearer_auth(token);
    }
    if let Some(body) = wanted.body {
        builder = builder.body(body);
    }
    let response = builder.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let media_type = headers.get("content-type").and_then(|value| value.to_str().ok());
    let body = response.bytes().await.unwrap();
    request.read_response(&AnswerHead { status, media_type, location: None }, &body).unwrap()
}

impl Client {
    /// A device that isn't registered yet.
    pub fn unregistered(server: &TestServer, person: &Person, seed: u64) -> Self {
        let mut rng = rng(seed);
        let key = SigningKey::generate(&mut rng);
        let device_id = DeviceId::random(&mut rng);
        let credential = person.credential(device_id, &key);
        let trust = || Trust::new((*server.organisation.manifest).clone());
        Self {
            user: person.user.clone(),
            person: person.clone(),
            device_id,
            device: Device::new(key.clone(), credential.clone(), &trust()).unwrap(),
            key,
            credential,
            store: MemoryStore::new(),
            trust: trust(),
            groups: HashMap::new(),
            token: None,
            rng,
            suite: server.organisation.signed_policy.suite,
            url: server.url(),
            delivery_url: server.delivery_url(),
            domain: server.organisation.domain.clone(),
            http: http(),
        }
    }

    /// Invited, joined, authenticated.
    pub async fn join(server: &TestServer, local: &str) -> Self {
        let seed = local.bytes().fold(1, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let mut rng = rng(seed);
        let person = Person::new(&server.organisation, local, &mut rng);
        let mut client = Self::unregistered(server, &person, seed + 1);
        client.ok(Request::Invite { body: enrolment::Invite { invitation: person.invitation.into() } }).await;
        let body = client.join_body();
        client.ok(Request::Join { body }).await;
        client.authenticate().await.unwrap();
        client
    }

    /// Another device of the same user, linked and authenticated.
    pub async fn link(&self, server: &TestServer, seed: u64) -> Self {
        let mut client = Self::unregistered(server, &self.person, seed);
        self.admit(&client).await;
        let body = client.add_device_body();
        client.ok(Request::AddDevice { body }).await;
        client.authenticate().await.unwrap();
        client
    }

    /// Another certificate for the same device and key; the relay isn't told.
    pub fn certify_anew(&mut self, issued_at: u64, expires_at: u64) {
        let certificate = DeviceCertificate {
            user: self.user.clone(),
            device: self.device_id,
            label: "renewed".to_owned(),
            key: self.key.verifying_key().to_bytes(),
            issued_at,
            expires_at,
        };
        let mut credential = Credential::from_slice(&self.credential).unwrap();
        credential.device = Signed::sign(certificate, &self.person.identity).bytes().to_vec();
        self.credential = credential.to_vec();
        self.device = Device::new(self.key.clone(), self.credential.clone(), &self.trust).unwrap();
    }

    /// Lets another device of the same user register.
    pub async fn admit(&self, other: &Self) {
        let open = Request::OpenLink { body: links::OpenLink { request: vec![1].into() } };
        let Response::Link(opened) = self.ok(open).await else { panic!() };
        let admits = Some(Sha256::digest(&other.credential).to_vec().into());
        let body = links::PostLinkMessage { n: 0, body: vec![2].into(), admits };
        self.ok(Request::PostLinkMessage { link: opened.link, body }).await;
    }

    pub fn join_body(&self) -> enrolment::Join {
        enrolment::Join { credential: self.credential.clone().into(), key_packages: self.key_packages(10) }
    }

    pub fn add_device_body(&self) -> devices::AddDevice {
        devices::AddDevice { credential: self.credential.clone().into(), key_packages: self.key_packages(10) }
    }

    pub fn key_packages(&self, count: usize) -> devices::KeyPackages {
        let make = |count, last_resort| -> Vec<Base64> {
            let made =
                self.device.make_key_packages(&self.store, self.suite, count, last_resort, now_seconds()).unwrap();
            made.into_iter().map(Into::into).collect()
        };
        devices::KeyPackages { ordinary: make(count, false), last_resort: make(1, true) }
    }

    pub async fn call(&self, request: Request) -> Result<Response, Refusal> {
        call(&self.http, &self.url, self.token.as_deref(), &request).await
    }

    pub async fn ok(&self, request: Request) -> Response {
        let name = request.name();
        self.call(request).await.unwrap_or_else(|refusal| panic!("{name}: {refusal}"))
    }

    pub async fn refused(&self, request: Request) -> Refusal {
        let name = request.name();
        self.call(request).await.expect_err(name)
    }

    pub fn sign(&self, challenge: &[u8]) -> Vec<u8> {
        let statement = auth::challenge_statement(&self.domain, &self.user, &self.device_id, challenge);
        self.key.sign(&statement).to_bytes().to_vec()
    }

    pub async fn authenticate(&mut self) -> Result<(), Refusal> {
        let Response::Challenge(challenge) = self.call(Request::OpenChallenge {}).await? else { panic!() };
        let signature = self.sign(&challenge.challenge.0).into();
        let body = auth::OpenSession {
            user: self.user.clone(),
            device: self.device_id,
            challenge: challenge.challenge,
            signature,
        };
        let Response::Session(session) = self.call(Request::OpenSession { body }).await? else { panic!() };
        self.token = Some(session.token);
        Ok(())
    }

    pub fn new_item(&mut self) -> ItemId {
        ItemId::random(&mut self.rng)
    }

    /// A group with oneself only, registered. Everybody in `roles` may be added.
    pub async fn create_group(&mut self, roles: &[(&UserId, Role)]) -> GroupId {
        let request = self.create_request(roles);
        let Request::CreateGroup { body } = &request else { unreachable!() };
        let group = body.group.clone();
        self.ok(request).await;
        group
    }

    pub fn create_request(&mut self, roles: &[(&UserId, Role)]) -> Request {
        let mut all: BTreeMap<UserId, Role> = roles.iter().map(|(user, role)| ((*user).clone(), *role)).collect();
        all.insert(self.user.clone(), Role::Admin);
        let data = GroupData {
            kind: GroupKind::Group,
            roles: all,
            purpose: String::new(),
            classification: String::new(),
            policy_version: 1,
            recorders: Vec::new(),
        };
        let group = GroupId::random(&mut self.rng, &self.domain);
        let created = Group::create(&self.store, &self.device, &self.trust, &group, self.suite, data).unwrap();
        self.groups.insert(group.clone(), created.group);
        let body = groups::CreateGroup { group, group_info: created.group_info.into(), tree: created.tree.into() };
        Request::CreateGroup { body }
    }

    pub async fn claim(&self, users: &[&UserId]) -> Vec<VerifiedKeyPackage> {
        let body = devices::Claim { suite: self.suite, users: users.iter().map(|user| (*user).clone()).collect() };
        let Response::Claims(claims) = self.ok(Request::ClaimKeyPackages { body }).await else { panic!() };
        let packages = claims.claimed.into_iter().map(|claimed| claimed.key_package.expect("a key package").0);
        packages.map(|bytes| VerifiedKeyPackage::verify(&bytes, &self.trust, now_seconds()).unwrap()).collect()
    }

    /// Makes a commit, which stays pending.
    pub fn commit(&mut self, group: &GroupId, add: &[VerifiedKeyPackage], remove: &[u32]) -> Committed {
        let group = self.groups.get_mut(group).unwrap();
        let committed = group.commit(&self.store, &self.device, &self.trust, add, remove, None).unwrap();
        group.flush(&self.store).unwrap();
        committed
    }

    pub fn commit_request(group: &GroupId, item: ItemId, committed: &Committed) -> Request {
        let body = groups::Append {
            item,
            kind: ItemKind::Commit,
            epoch: committed.epoch,
            body: committed.commit.clone().into(),
            group_info: Some(committed.group_info.clone().into()),
            welcome: committed.welcome.clone().map(Into::into),
            quiet: false,
        };
        Request::Append { group: group.clone(), body }
    }

    /// Adds all devices of these users, and enters the new epoch.
    pub async fn add(&mut self, group: &GroupId, users: &[&UserId]) -> groups::Appended {
        let packages = self.claim(users).await;
        let committed = self.commit(group, &packages, &[]);
        self.append_commit(group, &committed).await.unwrap()
    }

    /// Appends a commit of one's own and merges it.
    pub async fn append_commit(&mut self, group: &GroupId, committed: &Committed) -> Result<groups::Appended, Refusal> {
        let item = self.new_item();
        match self.call(Self::commit_request(group, item, committed)).await {
            Ok(Response::Appended(appended)) => {
                let of = self.groups.get_mut(group).unwrap();
                of.merge_pending_commit(&self.store, &self.trust, appended.at_ms / 1000).unwrap();
                Ok(appended)
            }
            Ok(other) => panic!("{other:?}"),
            Err(refusal) => Err(refusal),
        }
    }

    pub fn leaf_of(&self, group: &GroupId, device: DeviceId) -> u32 {
        self.groups[group].leaves().iter().find(|leaf| leaf.device == device).unwrap().index
    }

    /// Encrypts; returns epoch and message.
    pub fn encrypt(&mut self, group: &GroupId, content: &[u8]) -> (u64, Vec<u8>) {
        let group = self.groups.get_mut(group).unwrap();
        let body = group.encrypt(&self.store, &self.device, content, b"").unwrap();
        group.flush(&self.store).unwrap();
        (group.epoch(), body)
    }

    pub fn message(&mut self, group: &GroupId, content: &[u8]) -> Request {
        let (epoch, body) = self.encrypt(group, content);
        let item = self.new_item();
        let body = groups::Append {
            item,
            kind: ItemKind::Application,
            epoch,
            body: body.into(),
            group_info: None,
            welcome: None,
            quiet: false,
        };
        Request::Append { group: group.clone(), body }
    }

    pub async fn post(&mut self, group: &GroupId, content: &[u8]) -> Result<groups::Appended, Refusal> {
        let request = self.message(group, content);
        match self.call(request).await? {
            Response::Appended(appended) => Ok(appended),
            other => panic!("{other:?}"),
        }
    }

    /// Joins by a Welcome from the inbox.
    pub async fn accept(&mut self, item: &InboxItem) -> (GroupId, u64) {
        let InboxEvent::Welcome { group, seq, epoch, welcome } = &item.event else { panic!("{item:?}") };
        let Response::Tree(tree) = self.ok(Request::GetTree { group: group.clone(), epoch: *epoch }).await else {
            panic!()
        };
        let join = Join::open(&self.store, &self.device, &self.trust, welcome, &tree.tree.0).unwrap();
        assert_eq!(join.epoch(), *epoch);
        self.groups.insert(group.clone(), join.accept(&self.store as &dyn MlsStore).unwrap());
        (group.clone(), *seq)
    }

    /// Processes an item of the log; content of somebody else's message.
    pub fn process(&mut self, group: &GroupId, item: &LogItem) -> Option<Vec<u8>> {
        let group = self.groups.get_mut(group).unwrap();
        if item.device == Some(self.device_id) {
            return None;
        }
        let processed = group.process(&self.store, &self.trust, &item.body, now_seconds()).unwrap();
        group.flush(&self.store).unwrap();
        match processed {
            Processed::Application { content, .. } => Some(content),
            _ => None,
        }
    }

    pub async fn log(&self, group: &GroupId, after: u64) -> Result<groups::LogPage, Refusal> {
        match self.call(Request::ReadLog { group: group.clone(), after, limit: 500 }).await? {
            Response::LogPage(page) => Ok(page),
            other => panic!("{other:?}"),
        }
    }

    /// An authenticated delivery connection.
    pub async fn connect(&self) -> Delivery {
        let mut delivery = Delivery::open(&self.delivery_url).await;
        delivery.authenticate(self).await;
        assert_eq!(delivery.next().await, ServerFrame::Ready);
        delivery
    }
}

/// A delivery connection.
pub struct Delivery {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub challenge: Vec<u8>,
}

impl Delivery {
    pub async fn open(url: &str) -> Self {
        let mut this = Self::dial(url).await;
        let ServerFrame::Challenge { challenge, version, .. } = this.next().await else { panic!() };
        assert_eq!(version, PROTOCOL_VERSION);
        this.challenge = challenge;
        this
    }

    /// Connects, and takes nothing yet.
    pub async fn dial(url: &str) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        Self { socket, challenge: Vec::new() }
    }

    pub async fn authenticate(&mut self, client: &Client) {
        let signature = client.sign(&self.challenge);
        let (user, device) = (client.user.clone(), client.device_id);
        self.send(ClientFrame::Authenticate { user, device, signature, version: PROTOCOL_VERSION }).await;
    }

    pub async fn send(&mut self, frame: ClientFrame) {
        self.send_raw(Message::Binary(frame.to_vec().into())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next text message.
    pub async fn next_text(&mut self) -> String {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a message comes in time");
            if let Message::Text(text) = message.expect("the connection ended").unwrap() {
                return text.to_string();
            }
        }
    }

    /// The next frame.
    pub async fn next(&mut self) -> ServerFrame {
        self.try_next().await.expect("the connection ended")
    }

    /// The next frame; `None` when the connection ended.
    pub async fn try_next(&mut self) -> Option<ServerFrame> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a frame comes in time");
            match message {
                Some(Ok(Message::Binary(bytes))) => return Some(ServerFrame::from_slice(&bytes).unwrap()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The refusal that the relay closes with.
    pub async fn closing(&mut self) -> Code {
        loop {
            if let ServerFrame::Closing { refusal } = self.next().await {
                assert_eq!(self.try_next().await, None, "nothing comes after Closing");
                return refusal.code;
            }
        }
    }

    pub async fn follow(&mut self, cursors: &[(&GroupId, u64)], inbox: u64) {
        let cursors = cursors.iter().map(|(group, seq)| Cursor { group: (*group).clone(), seq: *seq }).collect();
        self.send(ClientFrame::Follow { cursors, inbox }).await;
    }

    /// Follows, and collects everything up to `CaughtUp`.
    pub async fn catch_up(&mut self, cursors: &[(&GroupId, u64)], inbox: u64) -> CaughtUp {
        self.follow(cursors, inbox).await;
        let mut caught = CaughtUp::default();
        loop {
            match self.next().await {
                ServerFrame::Items { items, .. } => caught.items.extend(items),
                ServerFrame::Inbox { items } => caught.inbox.extend(items),
                ServerFrame::Unavailable { refusal, .. } => caught.unavailable.push(refusal.code),
                ServerFrame::CaughtUp { heads } => {
                    caught.heads = heads;
                    return caught;
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next items of a group.
    pub async fn items(&mut self, count: usize) -> Vec<LogItem> {
        let mut all = Vec::new();
        while all.len() < count {
            match self.next().await {
                ServerFrame::Items { items, .. } => all.extend(items),
                ServerFrame::Inbox { .. } | ServerFrame::Reply { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        all
    }

    /// Sends a message and waits for its reply; items that come first are dropped.
    pub async fn post(&mut self, group: &GroupId, item: ItemId, epoch: u64, body: Vec<u8>) -> SendOutcome {
        self.send(ClientFrame::Send { request: 7, group: group.clone(), item, epoch, body, quiet: false }).await;
        loop {
            if let ServerFrame::Reply { request: 7, outcome } = self.next().await {
                return outcome;
            }
        }
    }
}

/// What came up to `CaughtUp`.
#[derive(Debug, Default)]
pub struct CaughtUp {
    pub items: Vec<LogItem>,
    pub inbox: Vec<InboxItem>,
    pub unavailable: Vec<Code>,
    pub heads: Vec<Cursor>,
}

impl CaughtUp {
    /// The Welcomes.
    pub fn welcomes(&self) -> Vec<&InboxItem> {
        self.inbox.iter().filter(|item| matches!(item.event, InboxEvent::Welcome { .. })).collect()
    }
}

/// Alice made a group and added Bob, who joined.
pub async fn pair(server: &TestServer) -> (Client, Client, GroupId) {
    let mut alice = Client::join(server, "alice").await;
    let mut bob = Client::join(server, "bob").await;
    let group = alice.create_group(&[(&bob.user, Role::Member)]).await;
    alice.add(&group, &[&bob.user]).await;
    let caught = bob.connect().await.catch_up(&[], 0).await;
    bob.accept(caught.welcomes()[0]).await;
    (alice, bob, group)
}

/// Waits until the relay has proposed the removal of this person's removed devices everywhere.
pub async fn removed_everywhere(client: &Client) {
    let looked = async {
        loop {
            let Response::Devices(devices) = client.ok(Request::ListDevices {}).await else { panic!() };
            if devices.removing.is_empty() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.expect("stored work is carried out in time");
}

/// The sequence numbers.
pub fn seqs(items: &[LogItem]) -> Vec<u64> {
    items.iter().map(|item| item.seq).collect()
}
