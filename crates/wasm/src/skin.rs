//! What JavaScript sees.
//!
//! Errors are thrown as `{code, message}`. A panic is a WebAssembly trap: the worker reports the status `crashed`.

use crate::{Driver, Effect, FileChunks, Incoming, Standing, driver::error_json};
use chancery_core::UserError;
use chancery_store::{
    OpenError, SqliteStore,
    vault::{Cost, DatabaseKey, PasskeySealedKey, SealedKey},
};
use chancery_wire::{FileId, MessageId};
use js_sys::{Array, Object, Reflect, Uint8Array};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

/// What a guess at a PIN costs: RFC 9106 section 4, second recommended option (64 MiB, three passes), with one lane, for there is one
/// thread. The cost stands beside the sealed key, so it can rise later.
const PIN_COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

fn generator() -> Result<ChaCha20Rng, JsValue> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::getrandom(seed.as_mut_slice())
        .map_err(|_| thrown("unsupported", "This browser gives no secure random numbers."))?;
    Ok(ChaCha20Rng::from_seed(*seed))
}

fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    Reflect::set(object, &name.into(), &value.into()).expect("a plain object takes every property");
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn thrown(code: &str, message: &str) -> JsValue {
    let object = Object::new();
    set(&object, "code", code);
    set(&object, "message", message);
    object.into()
}

fn user(error: UserError) -> JsValue {
    thrown(&error.code, &error.message)
}

fn invalid(what: &str) -> JsValue {
    thrown("invalid_request", what)
}

fn opening(error: OpenError) -> JsValue {
    let code = match &error {
        OpenError::DiskFull => "storage_full",
        OpenError::Damaged(_) | OpenError::NotAStore(_) => "storage_damaged",
        OpenError::Newer { .. } => "newer",
        OpenError::Unsupported => "unsupported",
        OpenError::WrongPassphrase => "wrong_lock",
        OpenError::Locked { .. } => "in_use",
        _ => "storage_denied",
    };
    thrown(code, &error.to_string())
}

fn parse<T: serde::de::DeserializeOwned>(json: &str, what: &str) -> Result<T, JsValue> {
    serde_json::from_str(json).map_err(|error| invalid(&format!("This isn't {what}: {error}.")))
}

fn id_of(hex: &str) -> Result<[u8; 16], JsValue> {
    let nibble = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(nibble).collect();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| invalid("This isn't an id."))
}

fn hex_of(id: &[u8; 16]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Says where a panic was, and not with what: its message may hold content.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
        let _ = Reflect::set(&js_sys::global(), &"chanceryPanic".into(), &place.into());
    }));
}

/// Version of Chancery.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Version of the protocol between client and relay.
#[wasm_bindgen(js_name = protocolVersion)]
pub fn protocol_version() -> u16 {
    chancery_wire::PROTOCOL_VERSION
}

fn key_of(bytes: &[u8]) -> Result<DatabaseKey, JsValue> {
    Ok(DatabaseKey::from_bytes(bytes.try_into().map_err(|_| invalid("A key has 32 bytes."))?))
}

/// A new store's key.
#[wasm_bindgen(js_name = newKey)]
pub fn new_key() -> Result<Vec<u8>, JsValue> {
    Ok(DatabaseKey::generate(&mut generator()?).as_bytes().to_vec())
}

/// Seals a store's key with a PIN (Argon2id, XChaCha20-Poly1305).
#[wasm_bindgen(js_name = sealWithPin)]
pub fn seal_with_pin(key: &[u8], pin: String) -> Result<Vec<u8>, JsValue> {
    let pin = Zeroizing::new(pin);
    Ok(SealedKey::seal(&key_of(key)?, &pin, PIN_COST, &mut generator()?).to_vec())
}

/// Opens it; throws `wrong_lock` when the PIN is another one.
#[wasm_bindgen(js_name = openWithPin)]
pub fn open_with_pin(sealed: &[u8], pin: String) -> Result<Vec<u8>, JsValue> {
    let pin = Zeroizing::new(pin);
    let key = SealedKey::from_slice(sealed).and_then(|sealed| sealed.open(&pin)).map_err(opening)?;
    Ok(key.as_bytes().to_vec())
}

/// Seals a store's key with the PRF output of a passkey (HKDF-SHA256, XChaCha20-Poly1305).
#[wasm_bindgen(js_name = sealWithPasskey)]
pub fn seal_with_passkey(key: &[u8], secret: &[u8]) -> Result<Vec<u8>, JsValue> {
    PasskeySealedKey::seal(&key_of(key)?, secret, &mut generator()?)
        .map(|sealed| sealed.to_vec())
        .ok_or_else(|| thrown("unsupported", "This passkey gives no secret to lock the store with; use a PIN."))
}

/// Opens it; throws `wrong_lock` when the passkey is another one.
#[wasm_bindgen(js_name = openWithPasskey)]
pub fn open_with_passkey(sealed: &[u8], secret: &[u8]) -> Result<Vec<u8>, JsValue> {
    let key = PasskeySealedKey::from_slice(sealed).and_then(|sealed| sealed.open(secret)).map_err(opening)?;
    Ok(key.as_bytes().to_vec())
}

/// The client of this browser: store and core.
#[wasm_bindgen]
pub struct Client {
    driver: Driver<SqliteStore>,
}

#[wasm_bindgen]
impl Client {
    /// Opens the store `name`, or makes it. `origin` is the page's.
    pub async fn open(name: String, key: Vec<u8>, origin: String) -> Result<Client, JsValue> {
        let key = key_of(&Zeroizing::new(key))?;
        let store = SqliteStore::open(&name, &key).await.map_err(opening)?;
        let mut driver = Driver::new(store, origin, generator()?);
        driver.prune().map_err(|fault| thrown("storage_damaged", &fault.to_string()))?;
        Ok(Self { driver })
    }

    /// Opens a copy of a store's file, to read what came: it keeps nothing, and sends nothing.
    pub fn peek(file: Vec<u8>, key: Vec<u8>, origin: String) -> Result<Client, JsValue> {
        let key = key_of(&Zeroizing::new(key))?;
        let copy = SqliteStore::open_copy(&file, &key).map_err(opening)?;
        Ok(Self { driver: Driver::peeking(copy, origin, generator()?) })
    }

    /// `nobody`, `joined` or `revoked`.
    pub fn standing(&mut self) -> Result<String, JsValue> {
        let standing = self.driver.standing().map_err(|fault| thrown("storage_damaged", &fault.to_string()))?;
        Ok(match standing {
            Standing::Nobody => "nobody",
            Standing::Joined => "joined",
            Standing::Revoked => "revoked",
        }
        .to_owned())
    }

    /// Handles inputs, and gives the effects to carry out, in order.
    pub fn handle(&mut self, inputs: Array) -> Result<Array, JsValue> {
        let mut incoming = Vec::new();
        let effects = Array::new();
        for input in inputs.iter() {
            match read_input(&input) {
                Ok(input) => incoming.push(input),
                Err(Refused::Command(id, error)) => {
                    effects.push(&effect(Effect::Completed { id, result: Err(error) }));
                }
                Err(Refused::Bug(error)) => return Err(error),
            }
        }
        let done = self.driver.handle(&now_ms, incoming).map_err(|fatal| thrown(fatal.code, fatal.message))?;
        for each in done {
            effects.push(&effect(each));
        }
        Ok(effects)
    }

    /// Answers a question; JSON in and out.
    pub fn ask(&mut self, question: &str) -> Result<String, JsValue> {
        let question = parse(question, "a question")?;
        self.driver.ask(&question).map_err(|fault| thrown("store", &fault.to_string()))
    }

    /// The body for opening a session, from a challenge's body.
    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&mut self, challenge: &[u8]) -> Result<Option<Vec<u8>>, JsValue> {
        self.driver.sign_in(challenge).map_err(|fault| thrown("store", &fault.to_string()))
    }

    /// When the oldest message without a reply was sent, in milliseconds since 1970.
    #[wasm_bindgen(js_name = unansweredSince)]
    pub fn unanswered_since(&self) -> Option<f64> {
        self.driver.unanswered_since().map(|at| at as f64)
    }

    /// Begins an upload (JSON); gives its id and the cipher to stage it with.
    #[wasm_bindgen(js_name = beginUpload)]
    pub fn begin_upload(&mut self, upload: &str) -> Result<Upload, JsValue> {
        let upload = parse(upload, "an upload")?;
        let (id, chunks) = self.driver.begin_upload(upload).map_err(user)?;
        Ok(Upload { id: hex_of(&id), chunks })
    }

    /// All of an upload's ciphertext is on the disk.
    #[wasm_bindgen(js_name = uploadStaged)]
    pub fn upload_staged(&mut self, upload: &Upload) -> Result<(), JsValue> {
        self.driver.upload_staged(&id_of(&upload.id)?, upload.chunks.digest()).map_err(user)
    }

    /// The relay made a file for an upload; without one: it has it no more.
    #[wasm_bindgen(js_name = uploadCreated)]
    pub fn upload_created(&mut self, id: &str, file: Option<String>, expires_at: Option<f64>) -> Result<(), JsValue> {
        let file: Option<FileId> =
            file.map(|file| file.parse().map_err(|_| invalid("This isn't a file's id."))).transpose()?;
        let file = file.map(|file| (file, expires_at.unwrap_or(0.0) as u64));
        self.driver.upload_created(&id_of(id)?, file).map_err(user)
    }

    /// Pauses an upload, or lets it go on.
    #[wasm_bindgen(js_name = pauseUpload)]
    pub fn pause_upload(&mut self, id: &str, paused: bool) -> Result<(), JsValue> {
        self.driver.pause_upload(&id_of(id)?, paused).map_err(user)
    }

    /// Uploads that aren't finished, as JSON.
    pub fn uploads(&mut self) -> Result<String, JsValue> {
        let uploads = self.driver.uploads().map_err(user)?;
        Ok(serde_json::to_string(&uploads).expect("plain records"))
    }

    /// Forgets an upload; gives its file at the relay.
    #[wasm_bindgen(js_name = forgetUpload)]
    pub fn forget_upload(&mut self, id: &str) -> Result<Option<String>, JsValue> {
        Ok(self.driver.forget_upload(&id_of(id)?).map_err(user)?.map(|file| file.to_string()))
    }

    /// Sends the message of a complete upload; gives effects.
    #[wasm_bindgen(js_name = finishUpload)]
    pub fn finish_upload(&mut self, id: &str) -> Result<Array, JsValue> {
        let effects = self.driver.finish_upload(now_ms(), &id_of(id)?).map_err(user)?;
        Ok(effects.into_iter().map(effect).collect())
    }

    /// The file of a message.
    #[wasm_bindgen(js_name = openFile)]
    pub fn open_file(&mut self, message: &str) -> Result<Download, JsValue> {
        let message: MessageId = message.parse().map_err(|_| invalid("This isn't a message's id."))?;
        let (info, file, chunks) = self.driver.open_file(message).map_err(user)?;
        Ok(Download { file: file.to_string(), media_type: info.media_type.clone(), name: info.name.clone(), chunks })
    }

    /// Reads and checks every page.
    pub fn check(&self) -> Result<(), JsValue> {
        self.driver.store().check().map_err(opening)
    }

    /// Refuses to grow beyond this many pages, as if the disk were full: for tests.
    #[wasm_bindgen(js_name = limitPages)]
    pub fn limit_pages(&self, pages: u32) -> Result<(), JsValue> {
        self.driver.store().limit_pages(pages).map_err(opening)
    }

    /// Closes the store, so that another worker can open it.
    pub fn close(self) -> Result<(), JsValue> {
        self.driver.into_store().close().map_err(opening)
    }
}

/// An upload that is being staged.
#[wasm_bindgen]
pub struct Upload {
    id: String,
    chunks: FileChunks,
}

#[wasm_bindgen]
impl Upload {
    /// Its id.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.id.clone()
    }

    /// How many chunks there are.
    #[wasm_bindgen(getter)]
    pub fn chunks(&self) -> u32 {
        self.chunks.layout().chunks()
    }

    /// First byte of a chunk's plaintext; that of the chunk after it is its end.
    #[wasm_bindgen(js_name = plainStart)]
    pub fn plain_start(&self, chunk: u32) -> f64 {
        self.chunks.layout().plain_range(chunk).start as f64
    }

    /// Encrypts the next chunk.
    #[wasm_bindgen(js_name = encryptNext)]
    pub fn encrypt_next(&mut self, plain: &[u8]) -> Result<Vec<u8>, JsValue> {
        self.chunks.encrypt_next(plain).map_err(|error| thrown("source_changed", &error.to_string()))
    }
}

/// A file that can be decrypted.
#[wasm_bindgen]
pub struct Download {
    file: String,
    media_type: String,
    name: String,
    chunks: FileChunks,
}

#[wasm_bindgen]
impl Download {
    /// Its id at the relay.
    #[wasm_bindgen(getter)]
    pub fn file(&self) -> String {
        self.file.clone()
    }

    /// What its sender says it is.
    #[wasm_bindgen(getter, js_name = mediaType)]
    pub fn media_type(&self) -> String {
        self.media_type.clone()
    }

    /// Its name.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.name.clone()
    }

    /// Plaintext size, in bytes.
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> f64 {
        self.chunks.layout().plain_len() as f64
    }

    /// Ciphertext size, in bytes.
    #[wasm_bindgen(getter, js_name = cipherSize)]
    pub fn cipher_size(&self) -> f64 {
        self.chunks.layout().ciphertext_len() as f64
    }

    /// How many chunks there are.
    #[wasm_bindgen(getter)]
    pub fn chunks(&self) -> u32 {
        self.chunks.layout().chunks()
    }

    /// The chunk that holds a byte of the plaintext.
    #[wasm_bindgen(js_name = chunkAt)]
    pub fn chunk_at(&self, offset: f64) -> Option<u32> {
        self.chunks.layout().find_plain(offset as u64).map(|(chunk, _)| chunk)
    }

    /// First byte of a chunk's plaintext.
    #[wasm_bindgen(js_name = plainStart)]
    pub fn plain_start(&self, chunk: u32) -> f64 {
        self.chunks.layout().plain_range(chunk).start as f64
    }

    /// First byte of a chunk's ciphertext; of the chunk after the last: the end.
    #[wasm_bindgen(js_name = cipherStart)]
    pub fn cipher_start(&self, chunk: u32) -> f64 {
        self.chunks.layout().cipher_range(chunk).start as f64
    }

    /// Decrypts a chunk; throws `file_damaged`.
    pub fn decrypt(&self, chunk: u32, cipher: &[u8]) -> Result<Vec<u8>, JsValue> {
        self.chunks
            .decrypt(chunk, cipher)
            .map_err(|_| thrown("file_damaged", "The file was changed on its way or at the relay; ask for it again."))
    }

    /// Puts the ciphertext's next bytes into the hash.
    pub fn hash(&mut self, cipher: &[u8]) {
        self.chunks.hash(cipher);
    }

    /// Whether all that was hashed is the file that was sent.
    #[wasm_bindgen(getter)]
    pub fn genuine(&self) -> bool {
        self.chunks.is_genuine()
    }
}

enum Refused {
    /// The command can't be read: an answer for whoever gave it.
    Command(u32, String),
    /// The worker's own mistake.
    Bug(JsValue),
}

fn read_input(input: &JsValue) -> Result<Incoming, Refused> {
    let text = |name: &str| get(input, name).as_string().unwrap_or_default();
    let number = |name: &str| get(input, name).as_f64().unwrap_or_default() as u32;
    let bytes = |name: &str| Uint8Array::new(&get(input, name)).to_vec();
    Ok(match text("type").as_str() {
        "command" => {
            let id = number("id");
            let command = serde_json::from_str(&text("json"))
                .map_err(|error| Refused::Command(id, error_json("invalid_request", &error.to_string())))?;
            let key = id_of(&text("key")).map_err(Refused::Bug)?;
            Incoming::Command { id, key, again: get(input, "again").is_truthy(), command }
        }
        "connected" => Incoming::Connected,
        "frame" => Incoming::Frame(bytes("bytes")),
        "disconnected" => Incoming::Disconnected,
        "answer" => Incoming::Answer {
            call: number("call"),
            status: number("status") as u16,
            media_type: text("mediaType"),
            body: bytes("body"),
        },
        "unanswered" => Incoming::Unanswered { call: number("call"), reason: text("reason") },
        "tick" => Incoming::Tick,
        other => return Err(Refused::Bug(invalid(&format!("There is no input `{other}`.")))),
    })
}

fn effect(effect: Effect) -> JsValue {
    let object = Object::new();
    match effect {
        Effect::Frame(bytes) => {
            set(&object, "type", "frame");
            set(&object, "bytes", Uint8Array::from(bytes.as_slice()));
        }
        Effect::Call { id, method, path, body, authenticated } => {
            set(&object, "type", "call");
            set(&object, "id", id);
            set(&object, "method", method);
            set(&object, "path", path);
            if let Some(body) = body {
                set(&object, "body", Uint8Array::from(body.as_slice()));
            }
            set(&object, "authenticated", authenticated);
        }
        Effect::Completed { id, result } => {
            set(&object, "type", "completed");
            set(&object, "id", id);
            match result {
                Ok(result) => set(&object, "result", result),
                Err(error) => set(&object, "error", error),
            }
        }
        Effect::Event(event) => {
            set(&object, "type", "event");
            set(&object, "json", event);
        }
        Effect::WakeAt(at) => {
            set(&object, "type", "wake_at");
            set(&object, "at", at as f64);
        }
        Effect::Reconnect => set(&object, "type", "reconnect"),
    }
    object.into()
}
