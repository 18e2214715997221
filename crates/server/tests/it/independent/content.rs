//! Texts as docs/protocol/content.md describes them, and the log view of docs/protocol/log-view.md.

use super::cbor::{self, Value, array, bytes, map, text};
use sha2::{Digest, Sha256};

/// A text.
pub fn encode_text(salt: [u8; 16], markdown: &str) -> Vec<u8> {
    let part =
        array([1.into(), text(""), 1.into(), text("text/markdown;variant=GFM-MIMI"), bytes(markdown.as_bytes())]);
    cbor::encode(&array([bytes(&salt), Value::Null, bytes(b""), Value::Null, Value::Null, map(vec![]), part]))
}

/// The words of a text.
pub fn decode_text(content: &[u8]) -> String {
    let content = cbor::decode(content);
    let part = content.as_array().unwrap()[6].as_array().unwrap().clone();
    assert_eq!(part[0], 1.into(), "rendered");
    assert_eq!(part[2], 1.into(), "a single part");
    assert_eq!(part[3].as_text(), Some("text/markdown;variant=GFM-MIMI"));
    String::from_utf8(part[4].as_bytes().unwrap().clone()).unwrap()
}

/// The log as one device saw it in one epoch.
pub struct LogView {
    epoch: u64,
    count: u64,
    hash: [u8; 32],
}

impl LogView {
    pub fn begin(epoch: u64, epoch_authenticator: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(b"chancery log view v1").chain_update(epoch_authenticator).finalize();
        Self { epoch, count: 0, hash: hash.into() }
    }

    /// Takes an item in that is no commit.
    pub fn append(&mut self, seq: u64, item: &[u8], body: &[u8]) {
        let next = Sha256::new().chain_update(self.hash).chain_update(seq.to_be_bytes()).chain_update(item);
        self.hash = next.chain_update(Sha256::digest(body)).finalize().into();
        self.count += 1;
    }

    /// What stands in a message's authenticated data.
    pub fn seen(&self) -> Vec<u8> {
        cbor::encode(&array([self.epoch.into(), self.count.into(), bytes(&self.hash[..16])]))
    }
}
