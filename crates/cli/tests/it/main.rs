//! The real binary against a real relay: administration, people who talk, files, devices.

mod administration;
mod conversation;
mod devices;
mod files;
mod proxy;
mod world;
