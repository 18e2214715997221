//! The client's own figures: CPU time of one core, and for [`receive`] real time with a real relay.

pub mod crypto;
pub mod large_group;
pub mod receive;
