//! Who one is on this device.

use super::{load, save};
use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};
use chancery_wire::{
    DeviceId, UserId,
    signed::{Credential, PublicKey},
};
use ed25519_dalek::SigningKey;
use minicbor::{Decode, Encode, bytes::ByteVec};
use zeroize::Zeroize;

/// The seed of a signing key; doesn't print, is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub [u8; 32]);

impl Secret {
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.0)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl<C> Encode<C> for Secret {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Secret {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.bytes()?.try_into().map(Self).map_err(|_| minicbor::decode::Error::message("a key has 32 bytes"))
    }
}

/// How far the account has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Phase {
    /// The relay's answer to `Join` or `AddDevice` is outstanding.
    #[n(0)]
    Registering,
    /// In use.
    #[n(1)]
    Active,
    /// The relay says that this device was removed.
    #[n(2)]
    Revoked,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Account {
    #[n(0)]
    pub phase: Phase,
    /// The relay's origin.
    #[n(1)]
    pub relay: String,
    /// The pinned root key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub root_key: PublicKey,
    #[n(3)]
    pub manifest: ByteVec,
    #[n(4)]
    pub policy: ByteVec,
    #[n(5)]
    pub user: UserId,
    #[n(6)]
    pub name: String,
    #[n(7)]
    pub device: DeviceId,
    #[n(8)]
    pub label: String,
    #[n(9)]
    pub device_key: Secret,
    #[n(10)]
    pub identity_key: Secret,
    #[n(11)]
    pub credential: Credential,
    /// Exact JSON body of the registration under way.
    #[n(12)]
    pub registration: Option<ByteVec>,
    /// The registration is a linked device's (`AddDevice`), not a join.
    #[n(13)]
    pub linked: bool,
    /// Inbox position up to which all is stored.
    #[n(14)]
    pub inbox: u64,
    /// The invitation link's seed while joining, to recognise a repeated command.
    #[n(15)]
    pub invitation: Option<ByteVec>,
}

const KEY: &[u8] = b"account";

impl Account {
    pub fn load(tx: &dyn Tx) -> Result<Option<Self>, CoreError> {
        load(tx, Table::Meta, KEY, "account")
    }

    pub fn save(&self, tx: &dyn Tx) -> Result<(), CoreError> {
        save(tx, Table::Meta, KEY, self)
    }

    pub fn delete(tx: &dyn Tx) -> Result<(), CoreError> {
        Ok(tx.delete(Table::Meta, KEY)?)
    }
}
