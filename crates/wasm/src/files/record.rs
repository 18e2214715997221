//! What the store keeps of an upload: `"u" id` in [`chancery_core::Table::Transfer`].

use chancery_core::{Fault, Table, Tx, storage::Order};
use chancery_wire::{FileId, GroupId, MessageId, content::Thumbnail, file_cipher::FileKey};
use minicbor::{Decode, Encode};
use std::ops::Bound;

/// Uploads that are listed.
const MAX_UPLOADS: usize = 1000;

/// An upload. A map with numbers: newer versions may add fields.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(super) struct UploadRecord {
    #[n(0)]
    pub(super) size: u64,
    #[cbor(n(1), with = "minicbor::bytes")]
    key: [u8; 32],
    #[cbor(n(2), with = "minicbor::bytes")]
    nonce: [u8; 7],
    /// SHA-256 of the ciphertext, once all of it is staged.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub(super) content_hash: Option<[u8; 32]>,
    /// Its id at the relay, once it is made there.
    #[n(4)]
    pub(super) file: Option<FileId>,
    #[n(5)]
    pub(super) expires_at: Option<u64>,
    #[n(6)]
    pub(super) group: GroupId,
    #[n(7)]
    pub(super) name: String,
    #[n(8)]
    pub(super) media_type: String,
    #[n(9)]
    pub(super) caption: String,
    #[n(10)]
    pub(super) reply_to: Option<MessageId>,
    #[n(11)]
    thumbnail_type: Option<String>,
    #[cbor(n(12), with = "minicbor::bytes")]
    thumbnail: Option<Vec<u8>>,
    #[n(13)]
    pub(super) width: Option<u32>,
    #[n(14)]
    pub(super) height: Option<u32>,
    #[n(15)]
    pub(super) duration_ms: Option<u64>,
    /// A person paused it.
    #[n(16)]
    pub(super) paused: bool,
    #[cbor(n(17), with = "minicbor::bytes")]
    pub(super) waveform: Option<Vec<u8>>,
}

impl UploadRecord {
    pub(super) fn new(upload: super::NewUpload, key: &FileKey) -> Self {
        let (thumbnail_type, thumbnail) = upload.thumbnail.map(|t| (t.media_type, t.bytes.0)).unzip();
        Self {
            size: upload.size,
            key: key.key,
            nonce: key.nonce,
            content_hash: None,
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
            paused: false,
            waveform: upload.waveform,
        }
    }

    pub(super) fn key(&self) -> FileKey {
        FileKey { key: self.key, nonce: self.nonce }
    }

    pub(super) fn thumbnail(&self) -> Option<Thumbnail> {
        Some(Thumbnail { media_type: self.thumbnail_type.clone()?, bytes: self.thumbnail.clone()? })
    }

    pub(super) fn put(&self, tx: &dyn Tx, id: &[u8; 16]) -> Result<(), Fault> {
        let bytes = minicbor::to_vec(self).expect("writing to a Vec can't fail");
        tx.put(Table::Transfer, &key(id), &bytes)
    }

    pub(super) fn get(tx: &dyn Tx, id: &[u8; 16]) -> Result<Option<Self>, Fault> {
        tx.get(Table::Transfer, &key(id))?.map(|bytes| decode(&bytes)).transpose()
    }

    pub(super) fn delete(tx: &dyn Tx, id: &[u8; 16]) -> Result<(), Fault> {
        tx.delete(Table::Transfer, &key(id))
    }

    pub(super) fn all(tx: &dyn Tx) -> Result<Vec<([u8; 16], Self)>, Fault> {
        let found =
            tx.scan(Table::Transfer, Bound::Included(b"u"), Bound::Excluded(b"v"), Order::Ascending, MAX_UPLOADS)?;
        found
            .into_iter()
            .filter_map(|(key, value)| Some((key.get(1..)?.try_into().ok()?, value)))
            .map(|(id, value)| Ok((id, decode(&value)?)))
            .collect()
    }
}

impl Drop for UploadRecord {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.key);
    }
}

fn key(id: &[u8; 16]) -> Vec<u8> {
    [b"u", &id[..]].concat()
}

fn decode(bytes: &[u8]) -> Result<UploadRecord, Fault> {
    minicbor::decode(bytes).map_err(|e| Fault(format!("an upload's record can't be read: {e}")))
}
