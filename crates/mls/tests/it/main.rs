//! Client groups and relay groups against each other, with hostile parties in between.

mod kit;
mod lifecycle;
