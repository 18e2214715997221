//! Delivery: one connection per device, over which items of its groups and its inbox come as they are accepted.
//!
//! The log is the truth: a connection knows up to where each group was delivered, takes live items only when they continue it,
//! and reads the log otherwise. So queues are bounded and may overflow.
//!
//! **Invariant:** a connection sees each group's items in order and without gaps.

mod acks;
mod connection;
mod hub;
pub mod inbox;
mod mailbox;
mod session;

pub use connection::serve;
pub use hub::{Hub, Wakes};
pub use mailbox::{Event, Mailbox, Waiting};
pub use session::{Live, Session, outcome};
