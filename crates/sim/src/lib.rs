//! The simulator: seeded clients with the real core, the real relay logic on a real store, a network that delays, drops, repeats and
//! cuts, crashes on both sides, and clocks that jump. One seed, one run; a failure names its seed.
//!
//! Time is virtual: nothing sleeps. (OpenMLS draws its own randomness, so that a seed fixes the schedule and every decision of the
//! simulator, not the bytes of ciphertexts.)

pub mod checkers;
pub mod client;
pub mod faults;
pub mod organisation;
pub mod relay;
pub mod scenario;
pub mod world;

pub use client::{ClientId, SimClient};
pub use faults::Faults;
pub use organisation::SimOrganisation;
pub use relay::SimRelay;
pub use world::{Kill, World};
