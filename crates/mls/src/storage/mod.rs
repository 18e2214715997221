//! OpenMLS's storage on an [`MlsStore`]: one value per label and group, in the caller's transaction.
//!
//! A key is the label, a zero byte, and the encoded id. A value is a version byte and the encoded value.
//!
//! **Invariant:** what is muted is not written; whoever mutes writes it before the transaction commits.

mod provider;

use crate::{
    codec,
    crypto::Crypto,
    store::{MlsStore, StoreFault},
};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::OnceLock;

/// Version of the stored values; the first byte of each.
pub(crate) const VERSION: u8 = 1;

/// The labels.
pub(crate) mod label {
    pub(crate) const JOIN_CONFIG: &str = "mls.join-config";
    pub(crate) const TREE: &str = "mls.tree";
    pub(crate) const CONTEXT: &str = "mls.context";
    pub(crate) const INTERIM_TRANSCRIPT_HASH: &str = "mls.interim-transcript-hash";
    pub(crate) const CONFIRMATION_TAG: &str = "mls.confirmation-tag";
    pub(crate) const GROUP_STATE: &str = "mls.group-state";
    pub(crate) const MESSAGE_SECRETS: &str = "mls.message-secrets";
    pub(crate) const RESUMPTION_PSKS: &str = "mls.resumption-psks";
    pub(crate) const OWN_LEAF_INDEX: &str = "mls.own-leaf-index";
    pub(crate) const OWN_LEAF_NODES: &str = "mls.own-leaf-nodes";
    pub(crate) const EPOCH_SECRETS: &str = "mls.epoch-secrets";
    pub(crate) const EPOCH_KEYS: &str = "mls.epoch-keys";
    pub(crate) const PROPOSALS: &str = "mls.proposals";
    pub(crate) const KEY_PACKAGE: &str = "mls.key-package";
    pub(crate) const SIGNATURE_KEY: &str = "mls.signature-key";
    pub(crate) const ENCRYPTION_KEY: &str = "mls.encryption-key";
    pub(crate) const PSK: &str = "mls.psk";
}

/// What is not written for now.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Muted {
    /// The message secrets: a large group's are megabytes, and OpenMLS writes them with each message.
    pub(crate) message_secrets: bool,
    /// The tree: the relay writes it with each snapshot, not with each commit.
    pub(crate) tree: bool,
}

/// Proposals by reference, each encoded.
type EncodedProposals = Vec<(Vec<u8>, Vec<u8>)>;

/// OpenMLS's storage, on the caller's transaction.
pub(crate) struct Storage<'a> {
    store: &'a dyn MlsStore,
    muted: Muted,
}

impl<'a> Storage<'a> {
    pub(crate) fn new(store: &'a dyn MlsStore, muted: Muted) -> Self {
        Self { store, muted }
    }

    fn write<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &self,
        label: &str,
        key: &K,
        value: &V,
    ) -> Result<(), StoreFault> {
        self.store.put(&key_of(label, key)?, &encode(label, value)?)
    }

    fn read<K: Serialize + ?Sized, V: DeserializeOwned>(&self, label: &str, key: &K) -> Result<Option<V>, StoreFault> {
        self.store.get(&key_of(label, key)?)?.map(|value| decode(label, &value)).transpose()
    }

    fn remove<K: Serialize + ?Sized>(&self, label: &str, key: &K) -> Result<(), StoreFault> {
        self.store.delete(&key_of(label, key)?)
    }

    /// The pending proposals of a group.
    fn proposal_list<K: Serialize + ?Sized>(&self, group: &K) -> Result<EncodedProposals, StoreFault> {
        Ok(self.read(label::PROPOSALS, group)?.unwrap_or_default())
    }
}

/// The key of a value in the store.
pub(crate) fn key_of<K: Serialize + ?Sized>(label: &str, key: &K) -> Result<Vec<u8>, StoreFault> {
    let mut bytes = label.as_bytes().to_vec();
    bytes.push(0);
    codec::append(&mut bytes, key).map_err(|error| StoreFault(format!("writing a key of {label}: {error}")))?;
    Ok(bytes)
}

/// A versioned value.
pub(crate) fn encode<V: Serialize + ?Sized>(label: &str, value: &V) -> Result<Vec<u8>, StoreFault> {
    let mut bytes = vec![VERSION];
    codec::append(&mut bytes, value).map_err(|error| StoreFault(format!("writing {label}: {error}")))?;
    Ok(bytes)
}

/// Reads a versioned value.
pub(crate) fn decode<V: DeserializeOwned>(label: &str, bytes: &[u8]) -> Result<V, StoreFault> {
    match bytes.split_first() {
        Some((&VERSION, value)) => {
            codec::from_slice(value).map_err(|error| StoreFault(format!("reading {label}: {error}")))
        }
        Some((version, _)) => Err(StoreFault(format!("{label} has version {version}; this is {VERSION}"))),
        None => Err(StoreFault(format!("{label} is empty"))),
    }
}

/// The cryptography. One for the process: making one draws entropy from the system.
pub(crate) fn crypto() -> &'static Crypto {
    static CRYPTO: OnceLock<Crypto> = OnceLock::new();
    CRYPTO.get_or_init(Crypto::default)
}

/// What OpenMLS asks for: cryptography, randomness, storage.
pub(crate) struct Provider<'a>(Storage<'a>);

impl<'a> Provider<'a> {
    /// Writes everything.
    pub(crate) fn new(store: &'a dyn MlsStore) -> Self {
        Self(Storage::new(store, Muted::default()))
    }

    /// Writes everything but the message secrets.
    pub(crate) fn without_message_secrets(store: &'a dyn MlsStore) -> Self {
        Self(Storage::new(store, Muted { message_secrets: true, ..Muted::default() }))
    }
}

impl<'a> openmls_traits::OpenMlsProvider for Provider<'a> {
    type CryptoProvider = Crypto;
    type RandProvider = Crypto;
    type StorageProvider = Storage<'a>;

    fn storage(&self) -> &Self::StorageProvider {
        &self.0
    }

    fn crypto(&self) -> &Self::CryptoProvider {
        crypto()
    }

    fn rand(&self) -> &Self::RandProvider {
        crypto()
    }
}
