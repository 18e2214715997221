//! The bytes of files. Everything here blocks; [`blocking`] runs it beside the server's threads.

use super::store::Room;
use crate::{Failure, RelayFault};
use chancery_wire::{Code, FileId};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// Where files are.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    folder: PathBuf,
    reserve_bytes: u64,
}

/// Runs blocking work.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(RelayFault::new)?
}

/// What an error while writing means.
pub(super) fn failure(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Code::StorageFull.into(),
        _ => RelayFault::new(error).into(),
    }
}

impl Disk {
    pub fn open(data_dir: &Path, reserve_bytes: u64) -> io::Result<Self> {
        let folder = data_dir.join("files");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, reserve_bytes })
    }

    fn shard(&self, file: FileId) -> PathBuf {
        self.folder.join(&file.to_string()[..2])
    }

    fn path(&self, file: FileId) -> PathBuf {
        self.shard(file).join(file.to_string())
    }

    /// Free space beyond the reserve.
    pub fn room(&self) -> Result<Room, Failure> {
        let free = fs4::available_space(&self.folder).map_err(RelayFault::new)?;
        Ok(Room(free.saturating_sub(self.reserve_bytes)))
    }

    /// Refuses what would eat into the reserve.
    pub fn check_room(&self, bytes: u64) -> Result<(), Failure> {
        if bytes > self.room()?.0 { Err(Code::StorageFull.into()) } else { Ok(()) }
    }

    /// Length of a file; 0 when no byte came yet.
    pub fn length(&self, file: FileId) -> Result<u64, Failure> {
        match fs::metadata(self.path(file)) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(failure(error)),
        }
    }

    /// Opens a file for writing at `offset`, where it ends then: what a crash left beyond was never recorded.
    pub fn append(&self, file: FileId, offset: u64) -> Result<File, Failure> {
        let (path, shard) = (self.path(file), self.shard(file));
        let write = |options: &mut OpenOptions| options.write(true).truncate(false).open(&path);
        let opened = match write(&mut OpenOptions::new()) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(&shard)
                    .and_then(|()| write(OpenOptions::new().create(true)))
                    // The names have to survive a power cut like the bytes do.
                    .and_then(|file| sync_folder(&shard).and_then(|()| sync_folder(&self.folder)).map(|()| file))
            }
            opened => opened,
        };
        let mut file = opened.map_err(failure)?;
        file.set_len(offset).and_then(|()| io::Seek::seek(&mut file, io::SeekFrom::Start(offset))).map_err(failure)?;
        Ok(file)
    }

    /// Opens a file for reading at `offset`; `None` when it isn't there.
    pub fn read(&self, file: FileId, offset: u64) -> Result<Option<File>, Failure> {
        let mut file = match File::open(self.path(file)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failure)?,
        };
        io::Seek::seek(&mut file, io::SeekFrom::Start(offset)).map_err(failure)?;
        Ok(Some(file))
    }

    /// Removes a file's bytes; says whether there were any.
    pub fn remove(&self, file: FileId) -> Result<bool, Failure> {
        match fs::remove_file(self.path(file)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failure(error)),
        }
    }

    /// The folders of files.
    pub fn shards(&self) -> Result<Vec<PathBuf>, Failure> {
        let entries = fs::read_dir(&self.folder).map_err(failure)?;
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        Ok(paths.collect::<io::Result<Vec<_>>>().map_err(failure)?.into_iter().filter(|path| path.is_dir()).collect())
    }
}

/// The files of a folder; what has another name than ours is left alone.
pub(super) fn files_of(shard: &Path) -> Result<Vec<FileId>, Failure> {
    let entries = fs::read_dir(shard).map_err(failure)?;
    let mut files = Vec::new();
    for entry in entries {
        if let Some(file) = entry.map_err(failure)?.file_name().to_str().and_then(|name| name.parse().ok()) {
            files.push(file);
        }
    }
    Ok(files)
}

/// Flushes the names in a folder.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
