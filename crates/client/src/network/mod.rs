//! The network: one WebSocket for delivery, HTTPS for calls and files.

mod calls;
mod connection;
mod retry;
mod session;
mod tls;

pub(crate) use calls::{Calls, Http, bearer, head, unreachable};
pub(crate) use connection::{Link, run};
pub use retry::Retry;
pub(crate) use tls::config;
