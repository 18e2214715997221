//! Tests of the stores and the vault, on real files.

mod contract;
mod damage;
mod golden;
mod plaintext;
mod vault;

use chancery_core::{Fault, Storage, Table, Tx};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

/// A seeded generator.
fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// One transaction whose only errors are faults.
fn transact<T>(store: &mut impl Storage, f: impl FnOnce(&dyn Tx) -> Result<T, Fault>) -> T {
    store.transact(f).unwrap()
}

/// Puts one entry.
fn put(store: &mut impl Storage, table: Table, key: &[u8], value: &[u8]) {
    transact(store, |tx| tx.put(table, key, value));
}

/// Gets one entry.
fn get(store: &mut impl Storage, table: Table, key: &[u8]) -> Option<Vec<u8>> {
    transact(store, |tx| tx.get(table, key))
}
