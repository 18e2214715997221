//! Scenarios in a simulated world.

mod talk;
