//! The client's own figures, without a network but for [`receive`].

pub mod crypto;
pub mod large_group;
pub mod receive;
