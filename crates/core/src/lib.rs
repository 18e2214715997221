//! The client without IO: input in, one storage transaction, outputs out.
//!
//! A driver (native, browser worker, simulator) owns the store, the network and the clock. For each input it begins a
//! transaction, calls [`Core::handle`], commits, and only then acts on the outputs:
//!
//! ```text
//! begin -> handle(tx, env, input) -> commit -> outputs (frames, calls, events, results)
//! ```
//!
//! **Invariant:** one input is one transaction; an output leaves only after its transaction committed. When `handle` or
//! the commit fails, the driver rolls back and calls [`Core::reset`]; nothing was sent.
//! **Invariant:** what has to reach the relay stands in the store, with its exact bytes, before it is sent the first time,
//! and is sent again under the same id until a definite answer comes.
//! **Invariant:** nothing here reads a clock or draws randomness by itself (OpenMLS's own randomness excepted).

pub mod api;
pub mod ask;
pub mod query;
pub mod storage;

mod account;
mod engine;
mod group_links;
mod groups;
mod links;
#[cfg(test)]
mod memory;
mod messages;
mod page;
mod records;
mod sync;
#[cfg(test)]
mod typescript;

pub use api::{Command, CommandResult, Event, Input, Output, UserError};
pub use ask::{Answer, Query, ask};
pub use engine::{Core, CoreError, Env};
pub use storage::{Fault, Storage, Table, Tx};
