//! Downloading a file: chunk by chunk into `<name>.part`, then under its name.

use super::{
    Progress,
    http::{Files, in_time},
    name::{candidates, part_of},
    record::DownloadRecord,
    retry::Attempts,
    safe_name,
};
use crate::{Client, limits::DISK_RESERVE_BYTES, network::unreachable, user_error};
use chancery_core::{Table, UserError, api::CallFailure, query};
use chancery_wire::{
    Code, FileId, MessageId,
    content::FileInfo,
    file_cipher::{CHUNK_BYTES, CIPHER_CHUNK_BYTES, FileCipher},
};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};
use tokio::task::spawn_blocking;
use url::Url;

/// Where to put a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Into this folder, under the sender's name for it (made safe).
    Folder(PathBuf),
    /// As this file.
    File(PathBuf),
}

/// How to download.
#[derive(Debug, Clone)]
pub struct Download {
    /// Where to.
    pub destination: Destination,
    /// Replace what is there; otherwise a number is added to the name.
    pub overwrite: bool,
    /// Bytes that have to stay free on the disk.
    pub keep_free: u64,
}

impl Download {
    /// Into a folder, replacing nothing.
    pub fn into(folder: impl Into<PathBuf>) -> Self {
        Self { destination: Destination::Folder(folder.into()), overwrite: false, keep_free: DISK_RESERVE_BYTES }
    }

    /// As a file, replacing nothing.
    pub fn to(path: impl Into<PathBuf>) -> Self {
        Self { destination: Destination::File(path.into()), ..Self::into("") }
    }
}

impl Client {
    /// Downloads the file of a message; tells where it is. Cut off, the same call goes on where it was.
    pub async fn download(
        &self,
        message: MessageId,
        download: Download,
        progress: Progress,
    ) -> Result<PathBuf, UserError> {
        let info = self.query(move |tx| query::file(tx, &message)).await?;
        let info = info.ok_or_else(|| user_error("no_file", "this message has no file"))?;
        self.download_file(&info, download, progress).await
    }

    /// Downloads a file.
    pub async fn download_file(
        &self,
        info: &FileInfo,
        download: Download,
        progress: Progress,
    ) -> Result<PathBuf, UserError> {
        let file = file_at(&info.url)?;
        let cipher =
            FileCipher::new(&info.key, info.size).map_err(|e| user_error(Code::TooLarge.as_str(), e.to_string()))?;
        let wanted = match &download.destination {
            Destination::Folder(folder) => folder.join(safe_name(&info.name)),
            Destination::File(path) => path.clone(),
        };
        let wanted = std::path::absolute(&wanted).map_err(|e| unusable(&wanted, &e))?;
        let key = record_key(&file, &wanted);
        let Some(_running) = self.begin_transfer(&key) else {
            return Err(user_error("running", "this download is under way already"));
        };
        let Some(relay) = self.relay() else {
            return Err(user_error("offline", "there is no relay to download from now"));
        };
        let target = self.choose(&key, &wanted, download.overwrite).await?;
        let mut run = Run {
            client: self,
            files: Files::new(self, relay),
            file,
            cipher,
            target: Target::open(target).map_err(|e| unusable(&wanted, &e))?,
            progress,
            attempts: Attempts::new(),
        };
        let finished = run.carry_out(info, &download).await;
        let Run { target, .. } = run;
        // What is damaged won't get better; what was cut off stays for the next attempt.
        let empty = target.out.metadata().is_ok_and(|metadata| metadata.len() == 0);
        let over = finished.as_ref().map_or_else(|error| empty || error.code == "file_damaged", |()| true);
        let placed = match finished {
            Ok(()) => spawn_blocking(move || target.place(download.overwrite))
                .await
                .unwrap_or_else(|_| Err(io::Error::other("interrupted")))
                .map_err(|e| unusable(&wanted, &e)),
            Err(error) => {
                if over {
                    let _ = fs::remove_file(&target.part);
                }
                Err(error)
            }
        };
        if over {
            self.query(move |tx| tx.delete(Table::Transfer, &key)).await?;
        }
        placed
    }

    /// The name to download to: the one of a former attempt, or the first that is free.
    async fn choose(&self, key: &[u8], wanted: &Path, overwrite: bool) -> Result<PathBuf, UserError> {
        let read = key.to_vec();
        let former =
            self.query(move |tx| DownloadRecord::get(tx, &read)).await?.map(|record| PathBuf::from(record.path));
        if let Some(path) = former
            && part_of(&path).is_file()
        {
            return Ok(path);
        }
        let free = |path: &PathBuf| (overwrite || !taken(path)) && !taken(&part_of(path));
        let path = candidates(wanted).find(free).ok_or_else(|| user_error("exists", "every such name is taken"))?;
        let Some(text) = path.to_str() else {
            return Err(user_error("unusable_path", "the path isn't Unicode; choose another one"));
        };
        let (record, key) = (DownloadRecord { path: text.to_owned() }, key.to_vec());
        self.query(move |tx| record.put(tx, &key)).await?;
        Ok(path)
    }
}

/// The file's id at the relay. Only the relay's own files are fetched: a message must not make a device ask some other server,
/// which would learn its address.
fn file_at(url: &str) -> Result<FileId, UserError> {
    Url::parse(url).ok().and_then(|url| url.path().strip_prefix("/v1/files/")?.parse().ok()).ok_or_else(|| {
        user_error("file_elsewhere", "this file isn't at the relay, and nothing is fetched from elsewhere")
    })
}

fn record_key(file: &FileId, wanted: &Path) -> Vec<u8> {
    let hash =
        Sha256::new().chain_update(file.as_bytes()).chain_update(wanted.as_os_str().as_encoded_bytes()).finalize();
    [b"d", &hash[..16]].concat()
}

/// Whether something is there, a dangling link included.
fn taken(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn unusable(path: &Path, error: &io::Error) -> UserError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            user_error("disk_full", "the disk is full; make room, then try again")
        }
        _ => user_error("unusable_path", format!("{} can't be written: {error}", path.display())),
    }
}

fn damaged() -> UserError {
    user_error(
        "file_damaged",
        "the file was changed on its way or at the relay, so it was thrown away; ask for it again",
    )
}

/// The file that is being written.
struct Target {
    path: PathBuf,
    part: PathBuf,
    out: File,
}

impl Target {
    fn open(path: PathBuf) -> io::Result<Self> {
        let part = part_of(&path);
        let out = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&part)?;
        Ok(Self { path, part, out })
    }

    /// Makes it durable and gives it its name, or the next free one.
    fn place(self, overwrite: bool) -> io::Result<PathBuf> {
        self.out.sync_all()?;
        let folder = self.path.parent().unwrap_or(Path::new(".")).to_owned();
        let path = if overwrite {
            fs::rename(&self.part, &self.path)?;
            self.path
        } else {
            place_beside(&self.part, &self.path)?
        };
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        #[cfg(not(unix))]
        drop(folder);
        Ok(path)
    }
}

/// A link fails when the name is taken, a rename replaces what is there.
fn place_beside(part: &Path, wanted: &Path) -> io::Result<PathBuf> {
    for path in candidates(wanted) {
        match fs::hard_link(part, &path) {
            Ok(()) => {
                fs::remove_file(part)?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            // File systems without links: look, then rename.
            Err(_) if taken(&path) => {}
            Err(_) => {
                fs::rename(part, &path)?;
                return Ok(path);
            }
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

enum DownloadError {
    /// Maybe better next time.
    Call(CallFailure),
    User(UserError),
}

impl From<CallFailure> for DownloadError {
    fn from(failure: CallFailure) -> Self {
        Self::Call(failure)
    }
}

impl From<UserError> for DownloadError {
    fn from(error: UserError) -> Self {
        Self::User(error)
    }
}

struct Run<'a> {
    client: &'a Client,
    files: Files<'a>,
    file: FileId,
    cipher: FileCipher,
    target: Target,
    progress: Progress,
    attempts: Attempts,
}

impl Run<'_> {
    async fn carry_out(&mut self, info: &FileInfo, download: &Download) -> Result<(), UserError> {
        let mut hash = Sha256::new();
        let mut chunk = self.resume(&mut hash).map_err(|e| unusable(&self.target.path, &e))?;
        self.check_room(chunk, download.keep_free)?;
        while chunk < self.cipher.layout().chunks() {
            let before = chunk;
            match self.go_on(&mut chunk, &mut hash).await {
                Ok(()) => {}
                Err(DownloadError::User(error)) => return Err(error),
                Err(DownloadError::Call(failure)) => {
                    if chunk > before {
                        self.attempts.progress();
                    }
                    self.attempts.failed(self.client, failure).await?;
                }
            }
        }
        let size = self.target.out.metadata().map_err(|e| unusable(&self.target.path, &e))?.len();
        if hash.finalize().as_slice() != info.content_hash || size != info.size {
            return Err(damaged());
        }
        Ok(())
    }

    /// The first chunk that is missing. What is there enters the hash as the ciphertext that it came from.
    fn resume(&mut self, hash: &mut Sha256) -> io::Result<u32> {
        let (layout, out) = (*self.cipher.layout(), &mut self.target.out);
        let there = out.metadata()?.len().min(layout.plain_len());
        let chunks = (there / CHUNK_BYTES as u64) as u32;
        out.set_len(u64::from(chunks) * CHUNK_BYTES as u64)?;
        out.rewind()?;
        let mut plain = vec![0; CHUNK_BYTES];
        for chunk in 0..chunks {
            out.read_exact(&mut plain)?;
            let cipher = self.cipher.encrypt_chunk(chunk, &plain).map_err(io::Error::other)?;
            hash.update(&cipher);
        }
        Ok(chunks)
    }

    fn check_room(&self, chunk: u32, keep_free: u64) -> Result<(), UserError> {
        let folder = self.target.path.parent().unwrap_or(Path::new("."));
        let layout = self.cipher.layout();
        let missing = layout.plain_len() - layout.plain_range(chunk).start;
        let free = fs4::available_space(folder).map_err(|e| unusable(folder, &e))?;
        if free >= missing.saturating_add(keep_free) {
            return Ok(());
        }
        let mb = |bytes: u64| bytes.div_ceil(1_000_000);
        let message = format!(
            "there is not enough room: {} MB are missing of this file, {} MB are free, and {} MB have to stay free",
            mb(missing),
            mb(free),
            mb(keep_free)
        );
        Err(user_error("no_room", message))
    }

    /// From this chunk to the end, or to the next fault of the network.
    async fn go_on(&mut self, chunk: &mut u32, hash: &mut Sha256) -> Result<(), DownloadError> {
        let layout = *self.cipher.layout();
        let offset = layout.cipher_range(*chunk).start;
        let (mut response, start) = self.files.fetch(&self.file, offset).await?;
        let mut skip = offset - start;
        let mut buffer = Vec::with_capacity(2 * CIPHER_CHUNK_BYTES);
        while let Some(bytes) = in_time(async { response.chunk().await.map_err(unreachable) }).await? {
            let skipped = skip.min(bytes.len() as u64);
            skip -= skipped;
            buffer.extend_from_slice(&bytes[skipped as usize..]);
            let mut used = 0;
            loop {
                let range = layout.cipher_range(*chunk);
                let length = (range.end - range.start) as usize;
                if length == 0 || buffer.len() - used < length {
                    break;
                }
                self.take(*chunk, &buffer[used..used + length], hash)?;
                used += length;
                *chunk += 1;
            }
            buffer.drain(..used);
            if *chunk == layout.chunks() && !buffer.is_empty() {
                return Err(damaged().into());
            }
        }
        match *chunk == layout.chunks() {
            true => Ok(()),
            false => Err(CallFailure::Unreachable("the download was cut off".to_owned()).into()),
        }
    }

    fn take(&mut self, chunk: u32, cipher: &[u8], hash: &mut Sha256) -> Result<(), UserError> {
        let plain = self.cipher.decrypt_chunk(chunk, cipher).map_err(|_| damaged())?;
        hash.update(cipher);
        let range = self.cipher.layout().plain_range(chunk);
        let out = &mut self.target.out;
        out.seek(SeekFrom::Start(range.start))
            .and_then(|_| out.write_all(&plain))
            .map_err(|e| unusable(&self.target.path, &e))?;
        (self.progress)(range.end, self.cipher.layout().plain_len());
        Ok(())
    }
}
