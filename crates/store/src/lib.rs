//! Client storage: the core's tables and full-text search on encrypted SQLite, a store in memory for the simulator, and
//! the vault that keeps the database key.
//!
//! **Invariant:** a transaction that [`SqliteStore`] has committed is on the disk: the core sends only what was persisted
//! before (`PRAGMA synchronous = FULL`).
//! **Invariant:** what differs between machine and browser is how a store is opened (`sqlite.rs`, `browser.rs`); tables, queries and
//! transactions are the same code.
//! **Invariant:** no file of a profile contains plaintext, the write-ahead log included (`tests/it/plaintext.rs`).
//! **Invariant:** both stores keep the same contract, search included (`tests/it/contract.rs`).

#[cfg(target_family = "wasm")]
mod browser;
mod error;
mod memory;
mod schema;
#[cfg(not(target_family = "wasm"))]
mod sqlite;
mod transaction;
pub mod vault;
mod words;

#[cfg(target_family = "wasm")]
pub use browser::SqliteStore;
pub use error::{Damage, OpenError};
pub use memory::MemoryStore;
#[cfg(not(target_family = "wasm"))]
pub use sqlite::SqliteStore;
pub use transaction::Failure;
