//! An organisation in memory, for tests of this and other crates: root, manifest, enrolment, devices, a store.
//!
//! Keys come from a seed, so that a test runs the same each time (what OpenMLS draws is random all the same).

mod org;
mod store;

pub use org::{TestDevice, TestOrg, TestUser};
pub use store::MemoryStore;
