//! The native driver of the client core: it owns the store, the network and the clock, for the command line, bots and the
//! recorder.
//!
//! ```text
//!                     commands, queries                 inputs, in order
//!   Client handles ----------------------> engine thread <--------------- connection (WebSocket)
//!                                          store + core                   calls (HTTPS)
//!                  <---------------------- one transaction -------------> frames, calls
//!                     results, events        then outputs
//! ```
//!
//! **Invariant:** one thread owns store and core; what the core wants done leaves only after its transaction committed.
//! **Invariant:** a fault rolls the transaction back, resets the core, drops every call under way and reconnects; a full disk
//! stops everything, with a clear sentence.
//! **Invariant:** queues are bounded, and waiting for the network never holds up reading the store.

mod client;
mod engine;
pub mod files;
pub mod limits;
mod machine;
mod network;
mod profile;

pub use client::{Client, Options, Status};
pub use machine::{Machine, Standing};
pub use network::Retry;
pub use profile::Profile;

use chancery_core::UserError;

/// An error for people.
fn user_error(code: &str, message: impl Into<String>) -> UserError {
    UserError { code: code.to_owned(), message: message.into() }
}
