//! The relay: it orders, stores and forwards ciphertext.
//!
//! Three layers with walls between them: [`Relay`] is the logic, synchronous and without IO but its store; [`engine`] runs it on
//! one writing thread and several readers; [`http`] carries it. Every capability is a module, every verb a file.

pub mod accounts;
pub mod auth;
pub mod clock;
pub mod config;
pub mod data_folder;
pub mod delivery;
pub mod devices;
mod effects;
pub mod engine;
mod fault;
pub mod files;
mod gate;
pub mod groups;
pub mod health;
pub mod http;
pub mod key_packages;
pub mod links;
pub mod maintenance;
pub mod metrics;
mod open_files;
pub mod organisation;
mod path_error;
pub mod places;
pub mod push;
mod refusals;
pub mod relay;
mod server;
pub mod telemetry;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod tls;
pub mod web;
pub mod work;

pub use config::Config;
pub use data_folder::initialise;
pub use effects::{Effect, Effects, Row};
pub use fault::{Failure, RelayFault};
pub use http::openapi;
pub use path_error::{PathError, advice, with_advice};
pub use relay::{Caller, Context, LocalRelay, Relay, Settings, Tx};
pub use server::{Server, StartError, purge};
