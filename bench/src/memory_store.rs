//! MLS state in memory: what the light clients need for setting groups up.

use chancery_mls::{MlsStore, store::StoreFault};
use std::{cell::RefCell, collections::HashMap};

/// A store in memory.
#[derive(Default)]
pub struct MemoryStore(RefCell<HashMap<Vec<u8>, Vec<u8>>>);

impl MlsStore for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        Ok(self.0.borrow().get(key).cloned())
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), StoreFault> {
        self.0.borrow_mut().insert(key.to_vec(), value.to_vec());
        Ok(())
    }

    fn delete(&self, key: &[u8]) -> Result<(), StoreFault> {
        self.0.borrow_mut().remove(key);
        Ok(())
    }
}
