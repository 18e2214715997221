//! Scenarios in a simulated world.

mod bounds;
mod crashes;
mod features;
mod group_links;
mod hostile;
mod kit;
mod receipts;
mod recovery;
mod seeds;
mod talk;
