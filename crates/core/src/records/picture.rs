//! Pictures of people and groups, beside their records: lists need only the hash.

use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};
use chancery_wire::{GroupId, UserId};
use sha2::{Digest, Sha256};

/// Bytes of a picture's hash; enough to tell a person's pictures apart.
const HASH_BYTES: usize = 12;

/// Whose picture.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PictureOf<'a> {
    User(&'a UserId),
    Group(&'a GroupId),
}

impl PictureOf<'_> {
    fn key(self, what: &str) -> Vec<u8> {
        match self {
            PictureOf::User(user) => format!("{what}/u/{user}"),
            PictureOf::Group(group) => format!("{what}/g/{group}"),
        }
        .into_bytes()
    }

    /// The picture.
    pub fn bytes(self, tx: &dyn Tx) -> Result<Option<Vec<u8>>, CoreError> {
        Ok(tx.get(Table::Meta, &self.key("picture"))?)
    }

    /// Its hash, in hexadecimal.
    pub fn hash(self, tx: &dyn Tx) -> Result<Option<String>, CoreError> {
        let hash = tx.get(Table::Meta, &self.key("picture-hash"))?;
        Ok(hash.and_then(|hash| String::from_utf8(hash).ok()))
    }

    /// Sets or removes it. Says whether that changed anything.
    pub fn set(self, tx: &dyn Tx, picture: Option<&[u8]>) -> Result<bool, CoreError> {
        let hash = picture.map(|picture| {
            let digest = Sha256::digest(picture);
            digest[..HASH_BYTES].iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        });
        if self.hash(tx)? == hash {
            return Ok(false);
        }
        let (key, hash_key) = (self.key("picture"), self.key("picture-hash"));
        match (picture, hash) {
            (Some(picture), Some(hash)) => {
                tx.put(Table::Meta, &key, picture)?;
                tx.put(Table::Meta, &hash_key, hash.as_bytes())?;
            }
            _ => {
                tx.delete(Table::Meta, &key)?;
                tx.delete(Table::Meta, &hash_key)?;
            }
        }
        Ok(true)
    }
}
