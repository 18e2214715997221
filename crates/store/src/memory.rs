//! A store in memory, for the simulator and tests.

use crate::words;
use chancery_core::storage::{Entry, Fault, Order, Storage, Table, Tx};
use std::{cell::RefCell, collections::BTreeMap, ops::Bound};

/// A store in memory with real transactions. A clone is a snapshot: what a disk would hold after a crash.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    state: RefCell<State>,
}

#[derive(Debug, Clone, Default)]
struct State {
    entries: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
    texts: BTreeMap<Vec<u8>, Text>,
    next_text: u64,
    /// What to put back when the transaction is rolled back, oldest first.
    undo: Vec<Undo>,
}

#[derive(Debug, Clone)]
struct Text {
    /// Order of first coming.
    n: u64,
    words: Vec<String>,
}

#[derive(Debug, Clone)]
enum Undo {
    Entry((Table, Vec<u8>), Option<Vec<u8>>),
    Text(Vec<u8>, Option<Text>),
}

impl State {
    fn set(&mut self, key: (Table, Vec<u8>), value: Option<Vec<u8>>) {
        let former = match value {
            Some(value) => self.entries.insert(key.clone(), value),
            None => self.entries.remove(&key),
        };
        self.undo.push(Undo::Entry(key, former));
    }

    fn set_text(&mut self, key: Vec<u8>, text: Option<Text>) {
        let former = match text {
            Some(text) => self.texts.insert(key.clone(), text),
            None => self.texts.remove(&key),
        };
        self.undo.push(Undo::Text(key, former));
    }

    fn roll_back(&mut self) {
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Entry(key, Some(value)) => drop(self.entries.insert(key, value)),
                Undo::Entry(key, None) => drop(self.entries.remove(&key)),
                Undo::Text(key, Some(text)) => drop(self.texts.insert(key, text)),
                Undo::Text(key, None) => drop(self.texts.remove(&key)),
            }
        }
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Storage for MemoryStore {
    fn transact<T, E: From<Fault>>(&mut self, f: impl FnOnce(&dyn Tx) -> Result<T, E>) -> Result<T, E> {
        // A transaction that panicked left its journal behind.
        self.state.get_mut().roll_back();
        let result = f(&MemoryTx { state: &self.state });
        match result {
            Ok(_) => self.state.get_mut().undo.clear(),
            Err(_) => self.state.get_mut().roll_back(),
        }
        result
    }
}

struct MemoryTx<'a> {
    state: &'a RefCell<State>,
}

impl Tx for MemoryTx<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.state.borrow().entries.get(&(table, key.to_vec())).cloned())
    }

    fn put(&self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        self.state.borrow_mut().set((table, key.to_vec()), Some(value.to_vec()));
        Ok(())
    }

    fn delete(&self, table: Table, key: &[u8]) -> Result<(), Fault> {
        self.state.borrow_mut().set((table, key.to_vec()), None);
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
        let state = self.state.borrow();
        let start = match from {
            Bound::Unbounded => Bound::Included((table, Vec::new())),
            bound => bound.map(|key| (table, key.to_vec())),
        };
        // Bounds that cross are an empty range here, and a panic in BTreeMap::range.
        let before_end = |key: &[u8]| match to {
            Bound::Included(end) => key <= end,
            Bound::Excluded(end) => key < end,
            Bound::Unbounded => true,
        };
        let entry = |((_, key), value): (&(Table, Vec<u8>), &Vec<u8>)| (key.clone(), value.clone());
        let range =
            state.entries.range((start, Bound::Unbounded)).take_while(|((of, key), _)| *of == table && before_end(key));
        Ok(match order {
            Order::Ascending => range.take(limit).map(entry).collect(),
            Order::Descending => {
                let all: Vec<_> = range.collect();
                all.into_iter().rev().take(limit).map(entry).collect()
            }
        })
    }

    fn index_text(&self, key: &[u8], text: &str) -> Result<(), Fault> {
        let mut state = self.state.borrow_mut();
        let n = match state.texts.get(key) {
            Some(former) => former.n,
            None => {
                state.next_text += 1;
                state.next_text
            }
        };
        state.set_text(key.to_vec(), Some(Text { n, words: words::words(text) }));
        Ok(())
    }

    fn unindex_text(&self, key: &[u8]) -> Result<(), Fault> {
        self.state.borrow_mut().set_text(key.to_vec(), None);
        Ok(())
    }

    fn search_text(&self, query: &str, limit: usize) -> Result<Vec<Vec<u8>>, Fault> {
        let phrases = words::phrases(query);
        let state = self.state.borrow();
        let mut found: Vec<_> = state.texts.iter().filter(|(_, text)| words::matches(&text.words, &phrases)).collect();
        found.sort_by_key(|(_, text)| std::cmp::Reverse(text.n));
        Ok(found.into_iter().take(limit).map(|(key, _)| key.clone()).collect())
    }
}
