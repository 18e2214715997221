//! The source of an upload, cut into encrypted parts.

use chancery_wire::{
    file_cipher::{CIPHER_CHUNK_BYTES, FileCipher, FileCipherError, FileKey},
    limits::MAX_UPLOAD_PART_BYTES,
};
use sha2::{Digest, Sha256};
use std::{
    fs::{File, Metadata},
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
    time::UNIX_EPOCH,
};

/// Chunks in a part: as many as the relay takes at a time.
const PART_CHUNKS: u32 = (MAX_UPLOAD_PART_BYTES / CIPHER_CHUNK_BYTES) as u32;

/// Why there is no part.
#[derive(Debug)]
pub(super) enum PartError {
    /// The source isn't what it was.
    Changed,
    /// Too large, or another mistake in its shape.
    Cipher(FileCipherError),
    /// It can't be read.
    Io(io::Error),
}

impl From<io::Error> for PartError {
    fn from(error: io::Error) -> Self {
        // Shorter than it was, or gone.
        if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::NotFound) {
            Self::Changed
        } else {
            Self::Io(error)
        }
    }
}

/// A file that is being uploaded.
pub(super) struct Source {
    file: File,
    cipher: FileCipher,
    size: u64,
    modified_ns: i64,
}

/// Size and time of the last change.
pub(super) fn stamp(metadata: &Metadata) -> (u64, i64) {
    let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
    let ns = match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_nanos()).unwrap_or(i64::MAX),
    };
    (metadata.len(), ns)
}

impl Source {
    /// Opens the source; it has to have this size and time.
    pub(super) fn open(path: &Path, size: u64, modified_ns: i64, key: &FileKey) -> Result<Self, PartError> {
        let source = Self {
            file: File::open(path)?,
            cipher: FileCipher::new(key, size).map_err(PartError::Cipher)?,
            size,
            modified_ns,
        };
        source.check()?;
        Ok(source)
    }

    /// Whether the source is what it was, as far as size and time tell.
    pub(super) fn check(&self) -> Result<(), PartError> {
        match stamp(&self.file.metadata()?) == (self.size, self.modified_ns) {
            true => Ok(()),
            false => Err(PartError::Changed),
        }
    }

    /// How many parts there are.
    pub(super) fn parts(&self) -> u32 {
        self.cipher.layout().chunks().div_ceil(PART_CHUNKS)
    }

    /// The part that holds this byte of the ciphertext.
    pub(super) fn part_at(&self, offset: u64) -> u32 {
        (offset / (u64::from(PART_CHUNKS) * CIPHER_CHUNK_BYTES as u64)) as u32
    }

    fn chunks(&self, part: u32) -> Range<u32> {
        let all = self.cipher.layout().chunks();
        (part * PART_CHUNKS).min(all)..((part + 1) * PART_CHUNKS).min(all)
    }

    /// Where a part begins in the ciphertext.
    pub(super) fn start(&self, part: u32) -> u64 {
        self.cipher.layout().cipher_range(part * PART_CHUNKS).start
    }

    /// Encrypts a part: the same every time, as long as the source stays the same.
    pub(super) fn encrypt(&mut self, part: u32) -> Result<(Vec<u8>, [u8; 32]), PartError> {
        let chunks = self.chunks(part);
        let mut cipher = Vec::with_capacity(chunks.len() * CIPHER_CHUNK_BYTES);
        let mut plain = Vec::new();
        for chunk in chunks {
            let range = self.cipher.layout().plain_range(chunk);
            plain.resize((range.end - range.start) as usize, 0);
            self.file.seek(SeekFrom::Start(range.start))?;
            self.file.read_exact(&mut plain)?;
            cipher.extend_from_slice(&self.cipher.encrypt_chunk(chunk, &plain).map_err(PartError::Cipher)?);
        }
        let hash = Sha256::digest(&cipher).into();
        Ok((cipher, hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_wire::file_cipher::ciphertext_len;

    #[test]
    fn the_parts_make_up_the_whole_and_fit_into_a_request() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("file");
        for size in [0, 1, 65_536, 8_400_000] {
            std::fs::write(&path, vec![7; size]).unwrap();
            let (length, modified) = stamp(&std::fs::metadata(&path).unwrap());
            let key = FileKey { key: [1; 32], nonce: [2; 7] };
            let mut source = Source::open(&path, length, modified, &key).unwrap();
            let mut at = 0;
            for part in 0..source.parts() {
                assert_eq!((source.start(part), source.part_at(at)), (at, part));
                let (cipher, hash) = source.encrypt(part).unwrap();
                assert!(!cipher.is_empty() && cipher.len() <= MAX_UPLOAD_PART_BYTES);
                assert_eq!(source.encrypt(part).unwrap().1, hash);
                at += cipher.len() as u64;
            }
            assert_eq!(at, ciphertext_len(length));
        }
    }

    #[test]
    fn a_source_that_was_changed_is_noticed() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("file");
        std::fs::write(&path, vec![7; 100_000]).unwrap();
        let (length, modified) = stamp(&std::fs::metadata(&path).unwrap());
        let key = FileKey { key: [1; 32], nonce: [2; 7] };
        let mut source = Source::open(&path, length, modified, &key).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(50_000).unwrap();
        assert!(matches!(source.check(), Err(PartError::Changed)));
        assert!(matches!(source.encrypt(0), Err(PartError::Changed)));
        assert!(matches!(Source::open(&path, length, modified, &key), Err(PartError::Changed)));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(Source::open(&path, length, modified, &key), Err(PartError::Changed)));
    }
}
