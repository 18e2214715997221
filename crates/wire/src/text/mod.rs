//! Text that people write about themselves and each other: names that can be seen and told apart, and folding for searches.
//!
//! **Invariant:** what is shown of a name can be seen, stays in its place, and looks like nobody else's.

mod alike;
mod fold;
mod name;
mod unseen;

pub use alike::likeness;
pub use fold::{fold_chars, folded, is_joiner};
pub use name::{NameProblem, checked_name, shown_file_name, shown_name};
