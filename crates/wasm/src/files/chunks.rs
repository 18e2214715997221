//! The chunks of one file, one of them in memory at a time.

use chancery_wire::file_cipher::{FileCipher, FileCipherError, FileKey, Layout};
use sha2::{Digest, Sha256};

/// Encrypts or decrypts the chunks of one file, and hashes the ciphertext as it passes.
pub struct FileChunks {
    cipher: FileCipher,
    hash: Sha256,
    /// Chunks in the hash.
    hashed: u32,
    /// The hash that the whole has to have; known for files that others sent.
    expected: Option<[u8; 32]>,
}

impl FileChunks {
    /// For a file of this plaintext size.
    pub fn new(key: &FileKey, size: u64, expected: Option<[u8; 32]>) -> Result<Self, FileCipherError> {
        Ok(Self { cipher: FileCipher::new(key, size)?, hash: Sha256::new(), hashed: 0, expected })
    }

    /// Where its chunks are.
    pub fn layout(&self) -> &Layout {
        self.cipher.layout()
    }

    /// Encrypts the next chunk and puts it into the hash: chunks come in order.
    pub fn encrypt_next(&mut self, plain: &[u8]) -> Result<Vec<u8>, FileCipherError> {
        let cipher = self.cipher.encrypt_chunk(self.hashed, plain)?;
        self.hash.update(&cipher);
        self.hashed += 1;
        Ok(cipher)
    }

    /// Decrypts a chunk, in any order.
    pub fn decrypt(&self, chunk: u32, cipher: &[u8]) -> Result<Vec<u8>, FileCipherError> {
        self.cipher.decrypt_chunk(chunk, cipher)
    }

    /// Puts the ciphertext's next bytes into the hash; they needn't be whole chunks.
    pub fn hash(&mut self, cipher: &[u8]) {
        self.hash.update(cipher);
    }

    /// The hash of everything so far.
    pub fn digest(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    /// Whether what was hashed is the file that was sent.
    pub fn is_genuine(&self) -> bool {
        self.expected.is_none_or(|expected| expected == self.digest())
    }
}
