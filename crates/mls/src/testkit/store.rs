//! A store in memory that counts what is written.

use crate::store::{MlsStore, StoreFault};
use std::{cell::RefCell, collections::BTreeMap};

/// A store in memory. [`MemoryStore::snapshot`] and [`MemoryStore::restore`] play transactions.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    values: RefCell<BTreeMap<Vec<u8>, Vec<u8>>>,
    writes: RefCell<BTreeMap<String, usize>>,
    failing: RefCell<Option<String>>,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// From key and value pairs.
    pub fn from_values(values: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Self {
        Self { values: RefCell::new(values.into_iter().collect()), ..Self::default() }
    }

    /// Everything in it.
    pub fn snapshot(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.values.borrow().clone()
    }

    /// Back to a snapshot.
    pub fn restore(&self, values: BTreeMap<Vec<u8>, Vec<u8>>) {
        *self.values.borrow_mut() = values;
    }

    /// How often a value with this label was written.
    pub fn writes(&self, label: &str) -> usize {
        self.writes.borrow().get(label).copied().unwrap_or(0)
    }

    /// Bytes of the values with this label.
    pub fn bytes(&self, label: &str) -> usize {
        self.values.borrow().iter().filter(|(key, _)| label_of(key) == label).map(|(_, value)| value.len()).sum()
    }

    /// From now on writing values with this label fails; `None` ends it.
    pub fn fail_writes(&self, label: Option<&str>) {
        *self.failing.borrow_mut() = label.map(str::to_owned);
    }
}

fn label_of(key: &[u8]) -> String {
    let end = key.iter().position(|byte| *byte == 0).unwrap_or(key.len());
    String::from_utf8_lossy(&key[..end]).into_owned()
}

impl MlsStore for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        Ok(self.values.borrow().get(key).cloned())
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), StoreFault> {
        let label = label_of(key);
        if self.failing.borrow().as_deref() == Some(label.as_str()) {
            return Err(StoreFault(format!("writing {label} fails, as the test wants")));
        }
        *self.writes.borrow_mut().entry(label).or_default() += 1;
        self.values.borrow_mut().insert(key.to_vec(), value.to_vec());
        Ok(())
    }

    fn delete(&self, key: &[u8]) -> Result<(), StoreFault> {
        self.values.borrow_mut().remove(key);
        Ok(())
    }
}
