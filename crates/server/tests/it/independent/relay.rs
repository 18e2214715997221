//! The relay's API as docs/openapi.json and docs/protocol/frames.md describe it: JSON over HTTP, CBOR over a WebSocket.

use super::cbor::{self, Value, array, bytes, text};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

const PATIENCE: Duration = Duration::from_secs(30);

pub type Json = serde_json::Value;

pub fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn from_b64(json: &Json) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(json.as_str().expect("bytes in base64url")).unwrap()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Who calls.
pub struct Caller {
    pub user: String,
    pub device: [u8; 16],
    pub key: SigningKey,
}

impl Caller {
    /// The signature of a challenge.
    fn answer(&self, challenge: &[u8]) -> Vec<u8> {
        let (_, domain) = self.user.split_once('@').unwrap();
        let mut statement = b"chancery authentication v1\0".to_vec();
        for field in [domain.as_bytes(), self.user.as_bytes(), &self.device, challenge] {
            statement.extend_from_slice(&u32::try_from(field.len()).unwrap().to_be_bytes());
            statement.extend_from_slice(field);
        }
        self.key.sign(&statement).to_bytes().to_vec()
    }
}

/// The HTTP API.
pub struct Relay {
    origin: String,
    token: Option<String>,
    http: reqwest::Client,
}

impl Relay {
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.trim_end_matches('/').to_owned(), token: None, http: crate::support::http() }
    }

    /// One call; the problem detail's code when it was refused.
    pub async fn call(&self, method: &str, path: &str, body: Option<Json>) -> Result<Json, String> {
        let method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.origin));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let answer = response.bytes().await.unwrap();
        let json = if answer.is_empty() { Json::Null } else { serde_json::from_slice(&answer).unwrap() };
        if status.is_success() { Ok(json) } else { Err(format!("{}: {}", json["code"], json["detail"])) }
    }

    pub async fn get(&self, path: &str) -> Json {
        self.call("GET", path, None).await.unwrap_or_else(|refusal| panic!("{path}: {refusal}"))
    }

    pub async fn post(&self, path: &str, body: Json) -> Json {
        self.call("POST", path, Some(body)).await.unwrap_or_else(|refusal| panic!("{path}: {refusal}"))
    }

    /// Opens a session; the calls after it carry its token.
    pub async fn authenticate(&mut self, caller: &Caller) {
        let opened = self.call("POST", "/v1/auth/challenges", None).await.unwrap();
        let answer = json!({
            "user": caller.user,
            "device": hex(&caller.device),
            "challenge": opened["challenge"],
            "signature": b64(&caller.answer(&from_b64(&opened["challenge"]))),
        });
        let session = self.post("/v1/auth/sessions", answer).await;
        self.token = Some(session["token"].as_str().unwrap().to_owned());
    }

    /// An authenticated delivery connection.
    pub async fn connect(&self, caller: &Caller) -> Delivery {
        let url = format!("{}/v1/delivery", self.origin.replacen("http", "ws", 1));
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut delivery = Delivery { socket };
        let (0, fields) = delivery.next().await else { panic!("no challenge") };
        assert_eq!(cbor::uint(&fields[1]), 1, "the version");
        let signature = caller.answer(fields[0].as_bytes().unwrap());
        delivery.send(0, array([text(&caller.user), bytes(&caller.device), bytes(&signature), 1.into()])).await;
        let (1, _) = delivery.next().await else { panic!("not ready") };
        delivery
    }
}

/// The delivery connection.
pub struct Delivery {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Delivery {
    async fn send(&mut self, number: u64, fields: Value) {
        let frame = cbor::encode(&array([number.into(), fields]));
        self.socket.send(Message::Binary(frame.into())).await.unwrap();
    }

    /// The next frame: its number and its fields.
    pub async fn next(&mut self) -> (u64, Vec<Value>) {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a frame comes in time");
            match message.expect("the connection is open").unwrap() {
                Message::Binary(frame) => {
                    let frame = cbor::decode(&frame);
                    let (number, fields) = cbor::alternative(&frame);
                    return (number, fields.to_vec());
                }
                Message::Close(_) => panic!("closed"),
                _ => {}
            }
        }
    }

    /// Follows groups from their positions and the inbox from its, and collects what comes up to CaughtUp.
    pub async fn catch_up(&mut self, cursors: &[(&str, u64)], inbox: u64) -> (Vec<Item>, Vec<Invite>) {
        let cursors = cursors.iter().map(|(group, seq)| array([text(group), (*seq).into()])).collect();
        self.send(1, array([Value::Array(cursors), inbox.into()])).await;
        let (mut items, mut invites) = (Vec::new(), Vec::new());
        loop {
            match self.next().await {
                (2, fields) => items.extend(fields[1].as_array().unwrap().iter().map(Item::read)),
                (3, fields) => invites.extend(fields[0].as_array().unwrap().iter().filter_map(Invite::read)),
                (6, _) => return (items, invites),
                (number, fields) => panic!("frame {number}: {fields:?}"),
            }
        }
    }

    /// The next item of a group that is followed.
    pub async fn item(&mut self) -> Item {
        loop {
            if let (2, fields) = self.next().await {
                let items = fields[1].as_array().unwrap();
                assert_eq!(items.len(), 1, "one at a time, as they are accepted");
                return Item::read(&items[0]);
            }
        }
    }

    /// Sends a message and takes the relay's answer: its position.
    pub async fn post(&mut self, group: &str, item: [u8; 16], epoch: u64, body: &[u8]) -> u64 {
        self.send(2, array([7.into(), text(group), bytes(&item), epoch.into(), bytes(body)])).await;
        loop {
            if let (4, fields) = self.next().await {
                assert_eq!(cbor::uint(&fields[0]), 7);
                let (outcome, fields) = cbor::alternative(&fields[1]);
                assert_eq!(outcome, 0, "{fields:?}");
                return cbor::uint(&fields[0]);
            }
        }
    }
}

/// An item of a log.
#[derive(Debug)]
pub struct Item {
    pub seq: u64,
    pub kind: u64,
    pub epoch: u64,
    pub device: Option<Vec<u8>>,
    pub item: Vec<u8>,
    pub at_ms: u64,
    pub body: Vec<u8>,
}

impl Item {
    fn read(value: &Value) -> Self {
        let fields = value.as_array().unwrap();
        Self {
            seq: cbor::uint(&fields[0]),
            kind: cbor::uint(&fields[1]),
            epoch: cbor::uint(&fields[2]),
            device: fields[3].as_bytes().cloned(),
            item: fields[4].as_bytes().unwrap().clone(),
            at_ms: cbor::uint(&fields[5]),
            body: fields[6].as_bytes().unwrap().clone(),
        }
    }
}

/// A Welcome from the inbox.
#[derive(Debug)]
pub struct Invite {
    pub n: u64,
    pub group: String,
    pub seq: u64,
    pub epoch: u64,
    pub welcome: Vec<u8>,
}

impl Invite {
    fn read(value: &Value) -> Option<Self> {
        let fields = value.as_array().unwrap();
        let n = cbor::uint(&fields[0]);
        let (0, fields) = cbor::alternative(&fields[1]) else { return None };
        Some(Self {
            n,
            group: fields[0].as_text().unwrap().to_owned(),
            seq: cbor::uint(&fields[1]),
            epoch: cbor::uint(&fields[2]),
            welcome: fields[3].as_bytes().unwrap().clone(),
        })
    }
}
