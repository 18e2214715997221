//! What the store keeps of a transfer, in [`Table::Transfer`]:
//!
//! ```text
//! "u" id          an upload
//! "p" id n        the SHA-256 of its n-th part's ciphertext
//! "d" id          a download; the id is a hash of file and wanted path
//! ```

use chancery_core::{Fault, Table, Tx, storage::Order};
use chancery_wire::{FileId, GroupId, MessageId, content::Thumbnail, file_cipher::FileKey};
use minicbor::{Decode, Encode};
use std::{fmt, ops::Bound};

/// Parts of one upload: 2 GiB in parts of 8 MiB, and some.
const MAX_PARTS: usize = 1024;
/// Uploads that are listed.
const MAX_UPLOADS: usize = 1000;

/// An upload of this profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TransferId(pub [u8; 16]);

impl fmt::Display for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// An upload that isn't finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingUpload {
    /// Its id.
    pub id: TransferId,
    /// Where the file is on this machine.
    pub path: String,
    /// Where it goes.
    pub group: GroupId,
    /// Its size, in bytes.
    pub size: u64,
}

/// An upload. A map with numbers: newer versions may add fields.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(super) struct UploadRecord {
    #[n(0)]
    pub(super) path: String,
    #[n(1)]
    pub(super) size: u64,
    /// Time of the last change, in nanoseconds since 1970, with the sign of an i64.
    #[n(2)]
    pub(super) modified_ns: i64,
    #[cbor(n(3), with = "minicbor::bytes")]
    key: [u8; 32],
    #[cbor(n(4), with = "minicbor::bytes")]
    nonce: [u8; 7],
    /// Its id at the relay, once it is made there.
    #[n(5)]
    pub(super) file: Option<FileId>,
    #[n(6)]
    pub(super) expires_at: Option<u64>,
    #[n(7)]
    pub(super) group: GroupId,
    #[n(8)]
    pub(super) name: String,
    #[n(9)]
    pub(super) media_type: String,
    #[n(10)]
    pub(super) caption: String,
    #[n(11)]
    pub(super) reply_to: Option<MessageId>,
    #[n(12)]
    thumbnail_type: Option<String>,
    #[cbor(n(13), with = "minicbor::bytes")]
    thumbnail: Option<Vec<u8>>,
    #[n(14)]
    pub(super) width: Option<u32>,
    #[n(15)]
    pub(super) height: Option<u32>,
    #[n(16)]
    pub(super) duration_ms: Option<u64>,
}

impl UploadRecord {
    /// A new one.
    pub(super) fn new(upload: super::Upload, path: String, size: u64, modified_ns: i64, key: &FileKey) -> Self {
        let (thumbnail_type, thumbnail) = upload.thumbnail.map(|t| (t.media_type, t.bytes)).unzip();
        Self {
            path,
            size,
            modified_ns,
            key: key.key,
            nonce: key.nonce,
            file: None,
            expires_at: None,
            group: upload.group,
            name: upload.name,
            media_type: upload.media_type,
            caption: upload.caption,
            reply_to: upload.reply_to,
            thumbnail_type,
            thumbnail,
            width: upload.width,
            height: upload.height,
            duration_ms: upload.duration_ms,
        }
    }

    pub(super) fn key(&self) -> FileKey {
        FileKey { key: self.key, nonce: self.nonce }
    }

    pub(super) fn thumbnail(&self) -> Option<Thumbnail> {
        Some(Thumbnail { media_type: self.thumbnail_type.clone()?, bytes: self.thumbnail.clone()? })
    }

    pub(super) fn put(&self, tx: &dyn Tx, id: TransferId) -> Result<(), Fault> {
        tx.put(Table::Transfer, &upload_key(id), &encode(self))
    }

    pub(super) fn get(tx: &dyn Tx, id: TransferId) -> Result<Option<Self>, Fault> {
        tx.get(Table::Transfer, &upload_key(id))?.map(|bytes| decode(&bytes)).transpose()
    }

    /// Removes it, with the hashes of its parts.
    pub(super) fn delete(tx: &dyn Tx, id: TransferId) -> Result<(), Fault> {
        tx.delete(Table::Transfer, &upload_key(id))?;
        let (from, to) = (part_key(id, 0), part_key(id, u32::MAX));
        let parts =
            tx.scan(Table::Transfer, Bound::Included(&from), Bound::Included(&to), Order::Ascending, MAX_PARTS)?;
        parts.iter().try_for_each(|(key, _)| tx.delete(Table::Transfer, key))
    }

    pub(super) fn all(tx: &dyn Tx) -> Result<Vec<PendingUpload>, Fault> {
        let found =
            tx.scan(Table::Transfer, Bound::Included(b"u"), Bound::Excluded(b"v"), Order::Ascending, MAX_UPLOADS)?;
        found
            .into_iter()
            .filter_map(|(key, value)| Some((TransferId(key.get(1..)?.try_into().ok()?), value)))
            .map(|(id, value)| {
                let record: Self = decode(&value)?;
                Ok(PendingUpload { id, path: record.path.clone(), group: record.group.clone(), size: record.size })
            })
            .collect()
    }
}

impl Drop for UploadRecord {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.key);
    }
}

pub(super) fn upload_key(id: TransferId) -> Vec<u8> {
    [b"u", &id.0[..]].concat()
}

fn part_key(id: TransferId, part: u32) -> Vec<u8> {
    [b"p", &id.0[..], &part.to_be_bytes()].concat()
}

/// Stores a part's hash, or compares it with the one of the first time: `false` when they differ.
pub(super) fn pin_part(tx: &dyn Tx, id: TransferId, part: u32, hash: &[u8; 32]) -> Result<bool, Fault> {
    let key = part_key(id, part);
    match tx.get(Table::Transfer, &key)? {
        Some(former) => Ok(former == hash),
        None => tx.put(Table::Transfer, &key, hash).map(|()| true),
    }
}

/// A download.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(super) struct DownloadRecord {
    /// Where it will be.
    #[n(0)]
    pub(super) path: String,
}

impl DownloadRecord {
    pub(super) fn put(&self, tx: &dyn Tx, key: &[u8]) -> Result<(), Fault> {
        tx.put(Table::Transfer, key, &encode(self))
    }

    pub(super) fn get(tx: &dyn Tx, key: &[u8]) -> Result<Option<Self>, Fault> {
        tx.get(Table::Transfer, key)?.map(|bytes| decode(&bytes)).transpose()
    }
}

fn encode<T: Encode<()>>(record: &T) -> Vec<u8> {
    minicbor::to_vec(record).expect("writing to a Vec can't fail")
}

fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, Fault> {
    minicbor::decode(bytes).map_err(|e| Fault(format!("a transfer's record can't be read: {e}")))
}
