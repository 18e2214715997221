//! Uploads, from the choice of a file to the message that carries it.

use super::{FileChunks, record::UploadRecord};
use crate::driver::{Driver, Effect, TellingStorage};
use chancery_core::{Command, CoreError, Env, Fault, Input, Output, Tx, UserError, api::Draft, query};
use chancery_wire::{
    Base64, FileId, GroupId, MessageId, content::FileInfo, file_cipher::FileKey, limits::MAX_FILE_BYTES,
};
use rand_core::RngCore;
use serde::{Deserialize, Serialize};

/// A small picture of a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NewThumbnail {
    /// Media type.
    pub media_type: String,
    /// Bytes.
    pub bytes: Base64,
}

/// What to upload and how to send it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NewUpload {
    /// Where to send it.
    pub group: GroupId,
    /// Its name for the receivers.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Plaintext size, in bytes.
    pub size: u64,
    /// Caption; may be empty.
    #[serde(default)]
    pub caption: String,
    /// What the message replies to.
    #[serde(default)]
    pub reply_to: Option<MessageId>,
    /// A small picture of it.
    #[serde(default)]
    pub thumbnail: Option<NewThumbnail>,
    /// Width, in pixels.
    #[serde(default)]
    pub width: Option<u32>,
    /// Height, in pixels.
    #[serde(default)]
    pub height: Option<u32>,
    /// Duration, in milliseconds.
    #[serde(default)]
    pub duration_ms: Option<u64>,
    /// Loudness of a voice note over its time, each sample from 0 to 255.
    #[serde(default)]
    pub waveform: Option<Vec<u8>>,
}

/// How far an upload is; without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UploadState {
    /// Its id, in hexadecimal.
    pub id: String,
    /// Where it goes.
    pub group: GroupId,
    /// Its name.
    pub name: String,
    /// Plaintext size, in bytes.
    pub size: u64,
    /// Ciphertext size, in bytes.
    pub ciphertext_size: u64,
    /// All of the ciphertext is on the disk.
    pub staged: bool,
    /// Its id at the relay.
    pub file: Option<FileId>,
    /// A person paused it.
    pub paused: bool,
}

fn hex(id: &[u8; 16]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn user_error(code: &str, message: impl Into<String>) -> UserError {
    UserError { code: code.to_owned(), message: message.into() }
}

fn store_error(fault: Fault) -> UserError {
    user_error("store", format!("The store in this browser can't be used: {}", fault.0))
}

fn no_upload() -> UserError {
    user_error("no_such_upload", "There is no such upload; it was sent or given up.")
}

impl<S: TellingStorage> Driver<S> {
    /// Begins an upload; gives its id and the cipher to stage it with.
    pub fn begin_upload(&mut self, upload: NewUpload) -> Result<([u8; 16], FileChunks), UserError> {
        let limit = self.read(query::policy)?.map_or(MAX_FILE_BYTES, |p| p.file_max_bytes.min(MAX_FILE_BYTES));
        if upload.size > limit {
            let message = format!("The file has {} bytes, and your organisation allows at most {limit}.", upload.size);
            return Err(user_error("too_large", message));
        }
        let key = FileKey::generate(&mut self.rng);
        let chunks = FileChunks::new(&key, upload.size, None).map_err(|e| user_error("too_large", e.to_string()))?;
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        let record = UploadRecord::new(upload, &key);
        self.read(|tx| record.put(tx, &id))?;
        Ok((id, chunks))
    }

    /// All of the ciphertext is on the disk.
    pub fn upload_staged(&mut self, id: &[u8; 16], hash: [u8; 32]) -> Result<(), UserError> {
        self.change(id, |record| record.content_hash = Some(hash))
    }

    /// The relay made a file for it; `None`: the relay has it no more.
    pub fn upload_created(&mut self, id: &[u8; 16], file: Option<(FileId, u64)>) -> Result<(), UserError> {
        self.change(id, |record| {
            record.file = file.map(|(file, _)| file);
            record.expires_at = file.map(|(_, at)| at);
        })
    }

    /// A person pauses it, or lets it go on.
    pub fn pause_upload(&mut self, id: &[u8; 16], paused: bool) -> Result<(), UserError> {
        self.change(id, |record| record.paused = paused)
    }

    /// Uploads that aren't finished.
    pub fn uploads(&mut self) -> Result<Vec<UploadState>, UserError> {
        let all = self.read(UploadRecord::all)?;
        let state = |(id, record): &([u8; 16], UploadRecord)| UploadState {
            id: hex(id),
            group: record.group.clone(),
            name: record.name.clone(),
            size: record.size,
            ciphertext_size: chancery_wire::file_cipher::ciphertext_len(record.size),
            staged: record.content_hash.is_some(),
            file: record.file,
            paused: record.paused,
        };
        Ok(all.iter().map(state).collect())
    }

    /// Forgets an upload; tells its file at the relay.
    pub fn forget_upload(&mut self, id: &[u8; 16]) -> Result<Option<FileId>, UserError> {
        self.read(|tx| {
            let record = UploadRecord::get(tx, id)?;
            UploadRecord::delete(tx, id)?;
            Ok(record.and_then(|record| record.file))
        })
    }

    /// The upload is complete: queues the message and removes the record in one transaction; a crash leaves both or neither.
    pub fn finish_upload(&mut self, now_ms: u64, id: &[u8; 16]) -> Result<Vec<Effect>, UserError> {
        let record = self.read(|tx| UploadRecord::get(tx, id))?.ok_or_else(no_upload)?;
        let (Some(file), Some(content_hash)) = (record.file, record.content_hash) else {
            return Err(user_error("unfinished", "This upload isn't complete."));
        };
        let info = FileInfo {
            name: record.name.clone(),
            media_type: record.media_type.clone(),
            size: record.size,
            url: format!("{}/v1/files/{file}", self.origin),
            key: record.key(),
            content_hash,
            expires_at: record.expires_at.map(|at| u32::try_from(at).unwrap_or(u32::MAX)),
            thumbnail: record.thumbnail(),
            width: record.width,
            height: record.height,
            duration_ms: record.duration_ms,
            waveform: record.waveform.clone(),
        };
        let draft = Draft::File { file: info, caption: record.caption.clone(), reply_to: record.reply_to };
        let command = Command::Send { group: record.group.clone(), draft };
        let outputs = self.command_and(now_ms, command, |tx| UploadRecord::delete(tx, id))?;
        let mut effects = Vec::new();
        self.perform(now_ms, outputs, &mut effects);
        Ok(effects)
    }

    /// A command that completes at once, with something done in its transaction when it was accepted.
    fn command_and(
        &mut self,
        now_ms: u64,
        command: Command,
        hook: impl FnOnce(&dyn Tx) -> Result<(), Fault>,
    ) -> Result<Vec<Output>, UserError> {
        // Numbers of commands start at 1: nobody waits for this one.
        const NOBODY: u64 = 0;
        let (core, rng, store) = self.parts();
        let done = store.transact(|tx| -> Result<_, CoreError> {
            let outputs = core.handle(tx, &mut Env { now_ms, rng }, Input::Command(NOBODY, command))?;
            let refused = outputs.iter().find_map(|output| match output {
                Output::Completed(NOBODY, Err(error)) => Some(error.clone()),
                _ => None,
            });
            if refused.is_none() {
                hook(tx)?;
            }
            Ok((outputs, refused))
        });
        match done {
            Ok((outputs, None)) => Ok(outputs),
            Ok((_, Some(error))) => Err(error),
            Err(error) => {
                self.reset();
                Err(user_error("fault", format!("This failed and was undone: {error}")))
            }
        }
    }

    /// The chunks of a message's file, with its id at the relay, name and media type.
    pub fn open_file(&mut self, message: MessageId) -> Result<(FileInfo, FileId, FileChunks), UserError> {
        let info = self.read(move |tx| query::file(tx, &message))?;
        let info = info.ok_or_else(|| user_error("no_file", "This message has no file."))?;
        // Only the relay's own files: a message must not make a device ask some other server, which would learn its address.
        let file = url::Url::parse(&info.url)
            .ok()
            .and_then(|url| url.path().strip_prefix("/v1/files/")?.parse().ok())
            .ok_or_else(|| {
                user_error("file_elsewhere", "This file isn't at the relay, and nothing is fetched from elsewhere.")
            })?;
        let chunks = FileChunks::new(&info.key, info.size, Some(info.content_hash))
            .map_err(|e| user_error("too_large", e.to_string()))?;
        Ok((info, file, chunks))
    }

    fn change(&mut self, id: &[u8; 16], change: impl FnOnce(&mut UploadRecord)) -> Result<(), UserError> {
        let found = self.read(|tx| match UploadRecord::get(tx, id)? {
            Some(mut record) => {
                change(&mut record);
                record.put(tx, id).map(|()| true)
            }
            None => Ok(false),
        })?;
        if found { Ok(()) } else { Err(no_upload()) }
    }

    fn read<T>(&mut self, f: impl FnOnce(&dyn Tx) -> Result<T, Fault>) -> Result<T, UserError> {
        self.store.transact(f).map_err(store_error)
    }
}
