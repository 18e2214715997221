//! Fuzz targets: any bytes into every decoder that meets the network or a file. See README.md.
//!
//! A target may not panic, and checks what has to hold for whatever was accepted: written again and read again it is the same.

mod api;
mod content;
mod file_cipher;
mod frames;
mod links;
mod relay_group;
pub mod seeds;
mod signed;

/// What a target does with an input.
pub type Target = fn(&[u8]);

/// Every target by name; each has a folder of seeds.
pub const TARGETS: &[(&str, Target)] = &[
    ("api", api::run),
    ("client_frame", frames::client),
    ("content", content::run),
    ("file_cipher", file_cipher::run),
    ("links", links::run),
    ("relay_group", relay_group::run),
    ("server_frame", frames::server),
    ("signed", signed::run),
];

/// The target of this name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(found, _)| *found == name).map(|(_, target)| *target)
}
