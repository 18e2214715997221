//! A store in memory for unit tests, which counts what is read.

use crate::storage::{Entry, Fault, Order, Table, Tx};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ops::Bound,
};

/// Values by table and key.
type Tables = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// Tables without transactions and without full-text search.
#[derive(Default)]
pub(crate) struct Memory {
    tables: RefCell<Tables>,
    /// Entries read so far.
    pub read: Cell<usize>,
}

impl Tx for Memory {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.read.set(self.read.get() + 1);
        Ok(self.tables.borrow().get(&(table, key.to_vec())).cloned())
    }

    fn put(&self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        self.tables.borrow_mut().insert((table, key.to_vec()), value.to_vec());
        Ok(())
    }

    fn delete(&self, table: Table, key: &[u8]) -> Result<(), Fault> {
        self.tables.borrow_mut().remove(&(table, key.to_vec()));
        Ok(())
    }

    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Entry>, Fault> {
        let tables = self.tables.borrow();
        let from = match from {
            Bound::Unbounded => Bound::Included((table, Vec::new())),
            bound => bound.map(|key| (table, key.to_vec())),
        };
        // No key of a test is longer.
        let to = match to {
            Bound::Unbounded => Bound::Included((table, vec![0xff; 64])),
            bound => bound.map(|key| (table, key.to_vec())),
        };
        let range = tables.range((from, to)).map(|((_, key), value)| (key.clone(), value.clone()));
        let found: Vec<Entry> = match order {
            Order::Ascending => range.take(limit).collect(),
            Order::Descending => range.rev().take(limit).collect(),
        };
        self.read.set(self.read.get() + found.len());
        Ok(found)
    }

    fn index_text(&self, _: &[u8], _: &str) -> Result<(), Fault> {
        Ok(())
    }

    fn unindex_text(&self, _: &[u8]) -> Result<(), Fault> {
        Ok(())
    }

    fn search_text(&self, _: &str, _: usize) -> Result<Vec<Vec<u8>>, Fault> {
        Ok(Vec::new())
    }
}
