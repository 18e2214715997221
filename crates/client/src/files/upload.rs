//! Uploading a file and sending it as a message.

use super::{
    PendingUpload, Progress, TransferId,
    http::Files,
    parts::{PartError, Source, stamp},
    record::{UploadRecord, pin_part, upload_key},
    retry::Attempts,
    safe_name,
};
use crate::{Client, profile::generator, user_error};
use bytes::Bytes;
use chancery_core::{
    Command, CommandResult, UserError,
    api::{CallFailure, Draft},
    query,
};
use chancery_wire::{
    Code, FileId, GroupId, MessageId,
    content::{FileInfo, Thumbnail},
    file_cipher::{FileKey, ciphertext_len},
    limits::MAX_FILE_BYTES,
};
use rand_core::RngCore;
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::task::spawn_blocking;

/// What to upload and how to send it.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The file.
    pub path: PathBuf,
    /// Its name for the receivers.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Where to send it.
    pub group: GroupId,
    /// Caption; may be empty.
    pub caption: String,
    /// What the message replies to.
    pub reply_to: Option<MessageId>,
    /// A small picture of it.
    pub thumbnail: Option<Thumbnail>,
    /// Width, in pixels.
    pub width: Option<u32>,
    /// Height, in pixels.
    pub height: Option<u32>,
    /// Duration, in milliseconds.
    pub duration_ms: Option<u64>,
}

impl Upload {
    /// A file by its own name and without more.
    pub fn new(path: impl Into<PathBuf>, group: GroupId, media_type: impl Into<String>) -> Self {
        let path = path.into();
        let name = safe_name(&path.file_name().unwrap_or_default().to_string_lossy());
        Self {
            path,
            name,
            media_type: media_type.into(),
            group,
            caption: String::new(),
            reply_to: None,
            thumbnail: None,
            width: None,
            height: None,
            duration_ms: None,
        }
    }
}

impl Client {
    /// Uploads a file and sends it. Cut off, it goes on with [`Client::resume_upload`], in this process or a later one.
    pub async fn upload(&self, upload: Upload, progress: Progress) -> Result<MessageId, UserError> {
        let limit = self.query(query::policy).await?.map_or(MAX_FILE_BYTES, |p| p.file_max_bytes.min(MAX_FILE_BYTES));
        let path = fs::canonicalize(&upload.path).map_err(|e| unreadable(&upload.path, &e))?;
        let metadata = fs::metadata(&path).map_err(|e| unreadable(&path, &e))?;
        if !metadata.is_file() {
            return Err(user_error("not_a_file", format!("{} is no file", path.display())));
        }
        let (size, modified_ns) = stamp(&metadata);
        if size > limit {
            let message = format!("the file has {size} bytes, and your organisation allows at most {limit}");
            return Err(user_error(Code::TooLarge.as_str(), message));
        }
        let Some(text) = path.to_str().map(str::to_owned) else {
            return Err(user_error("not_a_file", "the file's path isn't Unicode; rename it first"));
        };
        let (mut rng, mut id) = (generator(), [0; 16]);
        rng.fill_bytes(&mut id);
        let id = TransferId(id);
        let record = UploadRecord::new(upload, text, size, modified_ns, &FileKey::generate(&mut rng));
        self.query(move |tx| record.put(tx, id)).await?;
        self.resume_upload(id, progress).await
    }

    /// Uploads that were cut off.
    pub async fn uploads(&self) -> Result<Vec<PendingUpload>, UserError> {
        self.query(UploadRecord::all).await
    }

    /// Goes on with an upload where it was cut off, and sends the file.
    pub async fn resume_upload(&self, id: TransferId, progress: Progress) -> Result<MessageId, UserError> {
        let Some(_running) = self.begin_transfer(&upload_key(id)) else {
            return Err(user_error("running", "this upload is under way already"));
        };
        let unknown = || user_error("no_such_upload", "there is no such upload; it was sent or given up");
        let record = self.query(move |tx| UploadRecord::get(tx, id)).await?.ok_or_else(unknown)?;
        let Some(relay) = self.relay() else {
            return Err(user_error(
                "offline",
                "there is no relay to upload to now; the upload is kept and can be resumed",
            ));
        };
        let mut run =
            Run { client: self, id, files: Files::new(self, relay), record, progress, attempts: Attempts::new() };
        match run.carry_out().await {
            Err(UploadError::Changed) => {
                self.cancel(id, run.record.file).await?;
                let message = "the file was changed since its upload began, so the upload was given up; send it again";
                Err(user_error("source_changed", message))
            }
            Err(UploadError::User(error)) => Err(error),
            Err(UploadError::Call(failure)) => Err(failure.into()),
            Ok(message) => Ok(message),
        }
    }

    /// Gives an upload up.
    pub async fn cancel_upload(&self, id: TransferId) -> Result<(), UserError> {
        let Some(_running) = self.begin_transfer(&upload_key(id)) else {
            return Err(user_error("running", "this upload is under way; stop it first"));
        };
        let record = self.query(move |tx| UploadRecord::get(tx, id)).await?;
        self.cancel(id, record.and_then(|record| record.file)).await
    }

    async fn cancel(&self, id: TransferId, file: Option<FileId>) -> Result<(), UserError> {
        self.query(move |tx| UploadRecord::delete(tx, id)).await?;
        if let (Some(file), Some(relay)) = (file, self.relay()) {
            // Otherwise it stays until its time is over.
            let _ = Files::new(self, relay).delete(&file).await;
        }
        Ok(())
    }
}

enum UploadError {
    /// The source isn't what it was.
    Changed,
    /// Maybe better next time.
    Call(CallFailure),
    User(UserError),
}

impl From<UserError> for UploadError {
    fn from(error: UserError) -> Self {
        Self::User(error)
    }
}

impl From<PartError> for UploadError {
    fn from(error: PartError) -> Self {
        match error {
            PartError::Changed => Self::Changed,
            PartError::Cipher(error) => Self::User(user_error(Code::TooLarge.as_str(), error.to_string())),
            PartError::Io(error) => Self::User(user_error("not_a_file", format!("the file can't be read: {error}"))),
        }
    }
}

impl From<CallFailure> for UploadError {
    fn from(failure: CallFailure) -> Self {
        Self::Call(failure)
    }
}

struct Run<'a> {
    client: &'a Client,
    id: TransferId,
    files: Files<'a>,
    record: UploadRecord,
    progress: Progress,
    attempts: Attempts,
}

impl Run<'_> {
    async fn carry_out(&mut self) -> Result<MessageId, UploadError> {
        let (path, key) = (PathBuf::from(&self.record.path), self.record.key());
        let source = Source::open(&path, self.record.size, self.record.modified_ns, &key)?;
        let mut parts = Parts { source: Some(source), hash: Sha256::new(), hashed: 0, part: None };
        loop {
            match self.go_on(&mut parts).await {
                Err(UploadError::Call(failure)) => self.attempts.failed(self.client, failure).await?,
                other => return other,
            }
        }
    }

    /// From where the relay says to the end, or to the next fault of the network.
    async fn go_on(&mut self, parts: &mut Parts) -> Result<MessageId, UploadError> {
        let total = ciphertext_len(self.record.size);
        let (file, mut at) = self.find_offset(total).await?;
        while at < total {
            let part = parts.part_at(self.client, self.id, at).await?;
            let body = part.bytes.slice((at - part.start) as usize..);
            let (progress, from) = (self.progress.clone(), at);
            let sent = move |bytes: usize| progress(from + bytes as u64, total);
            let new = self.files.append(&file, at, &body, sent).await.map_err(|failure| match failure {
                // Ask for the offset, or make the file anew.
                CallFailure::Refused(r) if r.code == Code::OffsetMismatch || is_gone(r.code) => {
                    CallFailure::Unreachable(r.message)
                }
                other => other,
            })?;
            if new <= at || new > at + body.len() as u64 {
                return Err(
                    CallFailure::Unreachable("the relay took something else than it was sent".to_owned()).into()
                );
            }
            self.attempts.progress();
            at = new;
        }
        let hash = parts.finish(self.client, self.id).await?;
        (self.progress)(total, total);
        Ok(self.send(file, hash).await?)
    }

    /// The file at the relay, made if need be, and how much of it is there.
    async fn find_offset(&mut self, total: u64) -> Result<(FileId, u64), UploadError> {
        if let Some(file) = self.record.file {
            match self.files.offset(&file).await {
                Ok(offset) => return Ok((file, offset)),
                Err(CallFailure::Refused(refusal)) if is_gone(refusal.code) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        let created = self.files.create(total).await?;
        self.record.file = Some(created.file);
        self.record.expires_at = Some(created.expires_at);
        let (record, id) = (self.record.clone(), self.id);
        self.client.query(move |tx| record.put(tx, id)).await?;
        Ok((created.file, 0))
    }

    /// Queues the message and removes the record, in one transaction: a crash leaves both or neither.
    async fn send(&self, file: FileId, content_hash: [u8; 32]) -> Result<MessageId, UserError> {
        let record = &self.record;
        let info = FileInfo {
            name: record.name.clone(),
            media_type: record.media_type.clone(),
            size: record.size,
            url: self.files.url(Some(&file)).to_string(),
            key: record.key(),
            content_hash,
            expires_at: record.expires_at.map(|at| u32::try_from(at).unwrap_or(u32::MAX)),
            thumbnail: record.thumbnail(),
            width: record.width,
            height: record.height,
            duration_ms: record.duration_ms,
            waveform: None,
        };
        let draft = Draft::File { file: info, caption: record.caption.clone(), reply_to: record.reply_to };
        let id = self.id;
        let hook = move |tx: &dyn chancery_core::Tx, result: Option<&Result<CommandResult, UserError>>| match result {
            // Refused: the upload stays, and the person decides.
            Some(Err(_)) => Ok(()),
            _ => UploadRecord::delete(tx, id),
        };
        match self.client.command_and(Command::Send { group: record.group.clone(), draft }, Arc::new(hook)).await? {
            CommandResult::Queued { message } => Ok(message),
            other => Err(user_error("internal", format!("sending a file completed with {other:?}"))),
        }
    }
}

/// The relay has no such file any more.
fn is_gone(code: Code) -> bool {
    matches!(code, Code::NotFound | Code::FileGone)
}

/// Encrypts part after part, and hashes the whole. At the start of a resumed upload the parts that are at the relay already
/// are encrypted again: the hash needs them, and it shows that the source is the same.
struct Parts {
    /// Absent while a thread works with it.
    source: Option<Source>,
    hash: Sha256,
    /// Parts in the hash.
    hashed: u32,
    part: Option<Part>,
}

/// A part, ready to be sent.
struct Part {
    n: u32,
    start: u64,
    bytes: Bytes,
}

impl Parts {
    fn source(&self) -> &Source {
        self.source.as_ref().expect("put back after every use")
    }

    /// The part that holds this byte of the ciphertext.
    async fn part_at(&mut self, client: &Client, id: TransferId, offset: u64) -> Result<&Part, UploadError> {
        let n = self.source().part_at(offset);
        self.hash_up_to(client, id, n + 1).await?;
        if self.part.as_ref().is_none_or(|part| part.n != n) {
            // The relay has gone back.
            self.part = Some(self.encrypt(client, id, n).await?);
        }
        Ok(self.part.as_ref().expect("made above"))
    }

    /// The hash of the whole.
    async fn finish(&mut self, client: &Client, id: TransferId) -> Result<[u8; 32], UploadError> {
        self.hash_up_to(client, id, self.source().parts()).await?;
        // What was changed and put back between two reads shows in its time.
        self.source().check()?;
        Ok(self.hash.clone().finalize().into())
    }

    async fn hash_up_to(&mut self, client: &Client, id: TransferId, end: u32) -> Result<(), UploadError> {
        while self.hashed < end {
            let part = self.encrypt(client, id, self.hashed).await?;
            self.hash.update(&part.bytes);
            self.hashed += 1;
            self.part = Some(part);
        }
        Ok(())
    }

    async fn encrypt(&mut self, client: &Client, id: TransferId, n: u32) -> Result<Part, UploadError> {
        let mut source = self.source.take().expect("put back after every use");
        let (source, made) = spawn_blocking(move || {
            let made = source.encrypt(n);
            (source, made)
        })
        .await
        .map_err(|_| user_error("internal", "encrypting a part of the file failed"))?;
        let start = source.start(n);
        self.source = Some(source);
        let (bytes, hash) = made?;
        // Before the part is sent the first time: should it ever come out differently, key and nonces were used up.
        match client.query(move |tx| pin_part(tx, id, n, &hash)).await? {
            true => Ok(Part { n, start, bytes: bytes.into() }),
            false => Err(UploadError::Changed),
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> UserError {
    user_error("not_a_file", format!("{} can't be read: {error}", path.display()))
}
