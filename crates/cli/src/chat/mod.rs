//! The terminal chat.
//!
//! [`model`] is the view model: keys and news go in, effects come out, and everything that is shown is computed from it
//! as plain rows ([`thread`], [`sidebar`]). [`draw`] puts the rows on a screen, [`run`] does the IO around.
//!
//! **Invariant:** the model does no IO and knows no terminal.
//! **Invariant:** every row is free of control characters and no wider than asked for, so that no message can break the layout.

mod draw;
mod editor;
mod effects;
mod keys;
mod model;
mod rows;
mod run;
mod sidebar;
mod slash;
mod thread;

#[cfg(test)]
mod tests;

pub use run::run;
