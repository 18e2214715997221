//! Where MLS state lives: a key-value view of the caller's transaction.

/// A fault of the store below; the caller's own error, as text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("store: {0}")]
pub struct StoreFault(pub String);

/// A key-value view of the caller's open transaction. Keys start with a label, so that one table serves.
/// Methods take `&self` because OpenMLS's storage trait does.
pub trait MlsStore {
    /// The value of `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault>;
    /// Sets it.
    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), StoreFault>;
    /// Removes it; nothing happens when it is absent.
    fn delete(&self, key: &[u8]) -> Result<(), StoreFault>;
}
