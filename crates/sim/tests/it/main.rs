//! Scenarios in a simulated world.

mod crashes;
mod features;
mod group_links;
mod hostile;
mod kit;
mod pending;
mod receipts;
mod recovery;
mod seeds;
mod talk;
