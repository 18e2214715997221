//! Delivery: one connection per device, over which items of its groups and its inbox come as they are accepted.
//!
//! The log is the truth: a connection knows up to where each group was delivered, takes live items only when they continue it,
//! and reads the log otherwise. So queues are bounded and may overflow.
//!
//! **Invariant:** a connection sees each group's items in order and without gaps.

pub mod inbox;
mod session;

pub use session::{Live, Session, outcome};
