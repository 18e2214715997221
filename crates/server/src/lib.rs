//! The relay: it orders, stores and forwards ciphertext.
//!
//! Three layers with walls between them: [`Relay`] is the logic, synchronous and without IO but its store; the engine runs it on
//! one writing thread and several readers; `http` carries it. Every capability is a module, every verb a file.

pub mod accounts;
pub mod auth;
pub mod delivery;
pub mod devices;
mod effects;
mod fault;
pub mod groups;
pub mod key_packages;
pub mod links;
pub mod maintenance;
pub mod organisation;
mod refusals;
pub mod relay;

pub use effects::{Effect, Effects, Row};
pub use fault::{Failure, RelayFault};
pub use relay::{Caller, Context, LocalRelay, Relay, Settings, Tx};
