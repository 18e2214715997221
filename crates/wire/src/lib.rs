//! What crosses the network or is signed: ids, API and frame types, certificates, message content, file encryption.
//!
//! **Invariant:** nothing here does IO, reads a clock or draws randomness by itself; both are passed in.
//! **Invariant:** decoders of bytes from outside return errors and never panic (see `fuzz/`).

pub mod api;
pub mod base64;
pub mod content;
pub mod file_cipher;
pub mod frames;
pub mod ids;
pub mod limits;
pub mod link;
pub mod refusal;
pub mod signed;
pub mod text;

pub use crate::base64::Base64;
pub use ids::{DeviceId, Domain, FileId, GroupId, ItemId, LinkId, MessageId, UserId};
pub use refusal::{Code, Refusal};

/// Version of the API and of the frames: the `1` in `/v1`.
pub const PROTOCOL_VERSION: u16 = 1;
