//! Client groups and relay groups against each other, with hostile parties in between.

mod golden;
mod hostile;
mod kit;
mod leaving;
mod lifecycle;
mod rogue;
mod rules;
mod stored;
