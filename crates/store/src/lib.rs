//! Client storage: the core's tables and full-text search on encrypted SQLite, a store in memory for the simulator, and
//! the vault that keeps the database key.
//!
//! **Invariant:** a transaction that [`SqliteStore`] has committed is on the disk: the core sends only what was persisted
//! before (`PRAGMA synchronous = FULL`).
//! **Invariant:** no file of a profile contains plaintext, the write-ahead log included (`tests/it/plaintext.rs`).
//! **Invariant:** both stores keep the same contract, search included (`tests/it/contract.rs`).

mod error;
mod memory;
mod schema;
mod sqlite;
pub mod vault;
mod words;

pub use error::{Damage, OpenError};
pub use memory::MemoryStore;
pub use sqlite::{Failure, SqliteStore};
