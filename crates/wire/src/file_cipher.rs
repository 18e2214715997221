//! File encryption: chunks of 64 KiB with AES-256-GCM in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár:
//! "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015), as the `aead` crate's `StreamBE32`:
//! the nonce is a random prefix of 7 bytes, the chunk's number (4 bytes, big-endian) and 1 for the last chunk, else 0.
//!
//! A chunk is decrypted by itself: upload and download go on at any chunk, and video plays from anywhere. What was cut,
//! put in another order, swapped, or made longer is refused, because number, last mark and length of every chunk follow from the
//! plaintext's size, which travels in the encrypted message.
//!
//! Before encryption the plaintext is padded with zeros to a step ([`padded_len`]), so that the relay sees the step and not
//! the size.
//!
//! **Invariant:** one key and prefix encrypt one plaintext, once. Resuming an upload repeats the same chunks of the same file; a
//! changed file needs a new [`FileKey`] (the nonces would repeat).

use crate::limits::MAX_FILE_BYTES;
use aead::{
    KeyInit,
    generic_array::GenericArray,
    stream::{NewStream, StreamBE32, StreamPrimitive},
};
use aes_gcm::Aes256Gcm;
use rand_core::RngCore;
use std::{fmt, ops::Range};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The number of this construction in a message's `encAlg`, from the range that IANA's AEAD registry keeps for private use
/// (RFC 5116 section 6: 32768 to 65535).
pub const ENC_ALG: u16 = 0xF001;
/// Plaintext of a chunk, in bytes; the last chunk may have fewer.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// What the tag adds to a chunk, in bytes.
pub const TAG_BYTES: usize = 16;
/// Ciphertext of a chunk, in bytes; the last chunk may have fewer.
pub const CIPHER_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
/// Files below this look alike, in bytes.
pub const MIN_PADDED_BYTES: u64 = 256;

const CHUNK: u64 = CHUNK_BYTES as u64;
const CIPHER_CHUNK: u64 = CIPHER_CHUNK_BYTES as u64;

/// Why a file isn't encrypted or decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FileCipherError {
    /// Larger than any file may be.
    #[error("a file has at most {MAX_FILE_BYTES} bytes")]
    TooLarge,
    /// No such chunk, or of another length than its place asks for.
    #[error("a chunk of the file has another length than it should, or doesn't belong to it")]
    Shape,
    /// Changed, or encrypted with another key.
    #[error("the file was changed on its way, or the key is another file's")]
    Damaged,
}

/// Key and nonce prefix of one file.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct FileKey {
    /// AES-256 key.
    pub key: [u8; 32],
    /// The first 7 bytes of every chunk's nonce.
    pub nonce: [u8; 7],
}

impl FileKey {
    /// A random one.
    pub fn generate(rng: &mut dyn RngCore) -> Self {
        let mut this = Self { key: [0; 32], nonce: [0; 7] };
        rng.fill_bytes(&mut this.key);
        rng.fill_bytes(&mut this.nonce);
        this
    }

    /// From what stands in a message.
    pub fn from_slices(key: &[u8], nonce: &[u8]) -> Option<Self> {
        Some(Self { key: key.try_into().ok()?, nonce: nonce.try_into().ok()? })
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey")
    }
}

/// The step that a plaintext is padded to: Padmé (Nikitin, Barman, Lueks, Underwood, Hubaux, Ford: "Reducing Metadata Leakage
/// from Encrypted Files and Communication with PURBs", 2019). Sizes keep so few significant bits that a size of n bytes tells
/// O(log log n) bits, for at most 12 % more bytes.
pub fn padded_len(plain_len: u64) -> u64 {
    let length = plain_len.max(MIN_PADDED_BYTES);
    let exponent = length.ilog2();
    let mask = (1 << (exponent - (exponent.ilog2() + 1))) - 1;
    length.checked_add(mask).map_or(u64::MAX, |length| length & !mask)
}

/// Size of the ciphertext of a plaintext of this size.
pub fn ciphertext_len(plain_len: u64) -> u64 {
    let padded = padded_len(plain_len);
    padded.saturating_add(padded.div_ceil(CHUNK) * TAG_BYTES as u64)
}

/// Where the chunks of a file are, in its plaintext and in its ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    plain_len: u64,
    padded_len: u64,
}

impl Layout {
    /// The layout of a file of this plaintext size.
    pub fn new(plain_len: u64) -> Result<Self, FileCipherError> {
        if plain_len > MAX_FILE_BYTES {
            return Err(FileCipherError::TooLarge);
        }
        Ok(Self { plain_len, padded_len: padded_len(plain_len) })
    }

    /// Size of the plaintext.
    pub fn plain_len(&self) -> u64 {
        self.plain_len
    }

    /// Size of the ciphertext.
    pub fn ciphertext_len(&self) -> u64 {
        ciphertext_len(self.plain_len)
    }

    /// How many chunks there are; at least one.
    pub fn chunks(&self) -> u32 {
        u32::try_from(self.padded_len.div_ceil(CHUNK)).expect("2 GiB are 32768 chunks")
    }

    /// The plaintext in a chunk; empty when the chunk is padding only, or there is no such chunk.
    pub fn plain_range(&self, chunk: u32) -> Range<u64> {
        let start = u64::from(chunk) * CHUNK;
        start.min(self.plain_len)..(start + CHUNK).min(self.plain_len)
    }

    /// Where a chunk's ciphertext is; empty when there is no such chunk.
    pub fn cipher_range(&self, chunk: u32) -> Range<u64> {
        let (start, end) = (u64::from(chunk) * CIPHER_CHUNK, self.ciphertext_len());
        start.min(end)..(start + CIPHER_CHUNK).min(end)
    }

    /// The chunk that holds a byte of the plaintext, and where in it: for playing from there.
    pub fn find_plain(&self, offset: u64) -> Option<(u32, usize)> {
        (offset < self.plain_len).then_some(((offset / CHUNK) as u32, (offset % CHUNK) as usize))
    }

    /// The chunk that holds a byte of the ciphertext, and where in it: for going on with a transfer. At the end of the file
    /// this is the first chunk that doesn't exist.
    pub fn find_cipher(&self, offset: u64) -> Option<(u32, usize)> {
        if offset == self.ciphertext_len() {
            return Some((self.chunks(), 0));
        }
        (offset < self.ciphertext_len()).then_some(((offset / CIPHER_CHUNK) as u32, (offset % CIPHER_CHUNK) as usize))
    }

    fn padded_chunk_len(&self, chunk: u32) -> Option<usize> {
        let start = u64::from(chunk) * CHUNK;
        (start < self.padded_len).then(|| (self.padded_len - start).min(CHUNK) as usize)
    }

    fn is_last(&self, chunk: u32) -> bool {
        chunk + 1 == self.chunks()
    }
}

/// Encrypts or decrypts the chunks of one file, in any order, one chunk of memory at a time.
pub struct FileCipher {
    stream: StreamBE32<Aes256Gcm>,
    layout: Layout,
}

impl FileCipher {
    /// For a file of this plaintext size.
    pub fn new(key: &FileKey, plain_len: u64) -> Result<Self, FileCipherError> {
        let aead = Aes256Gcm::new(GenericArray::from_slice(&key.key));
        let stream = StreamBE32::from_aead(aead, GenericArray::from_slice(&key.nonce));
        Ok(Self { stream, layout: Layout::new(plain_len)? })
    }

    /// Where its chunks are.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Encrypts a chunk; `plain` is exactly what [`Layout::plain_range`] says, padding is added here.
    pub fn encrypt_chunk(&self, chunk: u32, plain: &[u8]) -> Result<Vec<u8>, FileCipherError> {
        let length = self.layout.padded_chunk_len(chunk).ok_or(FileCipherError::Shape)?;
        let range = self.layout.plain_range(chunk);
        if plain.len() as u64 != range.end - range.start {
            return Err(FileCipherError::Shape);
        }
        let mut buffer = Vec::with_capacity(length + TAG_BYTES);
        buffer.extend_from_slice(plain);
        buffer.resize(length, 0);
        self.stream
            .encrypt_in_place(chunk, self.layout.is_last(chunk), b"", &mut buffer)
            .expect("a chunk is far below the AEAD's limit, and the buffer grows");
        Ok(buffer)
    }

    /// Decrypts a chunk; `cipher` is exactly what [`Layout::cipher_range`] says. Padding is checked and taken away.
    pub fn decrypt_chunk(&self, chunk: u32, cipher: &[u8]) -> Result<Vec<u8>, FileCipherError> {
        let length = self.layout.padded_chunk_len(chunk).ok_or(FileCipherError::Shape)?;
        if cipher.len() != length + TAG_BYTES {
            return Err(FileCipherError::Shape);
        }
        let mut buffer = cipher.to_vec();
        self.stream
            .decrypt_in_place(chunk, self.layout.is_last(chunk), b"", &mut buffer)
            .map_err(|_| FileCipherError::Damaged)?;
        let range = self.layout.plain_range(chunk);
        let plain = (range.end - range.start) as usize;
        if buffer[plain..].iter().any(|&byte| byte != 0) {
            return Err(FileCipherError::Damaged);
        }
        buffer.truncate(plain);
        Ok(buffer)
    }
}
