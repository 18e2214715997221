//! Formats of the wire crate against their vectors, and decoders against any bytes.

mod content;
mod decoders;
mod documentation;
mod edn;
mod file_cipher;
