//! Scenarios in a simulated world.

mod bounds;
mod crashes;
mod features;
mod group_links;
mod hostile;
mod kit;
mod links;
mod names;
mod pending;
mod receipts;
mod recovery;
mod seeds;
mod takeover;
mod talk;
mod verdict;
