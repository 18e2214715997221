//! Groups: one append-only log each, in which commits, proposals and messages share one sequence.
//!
//! **Invariant:** a seq is given once, without gaps; the same device's same item gets the same seq.
//! **Invariant:** a commit is sequenced only if it applies to the public tree of the log so far, and with it come, in the same
//! transaction, the new epoch, GroupInfo, memberships and Welcomes.
//! **Invariant:** a device reads what came after its joining and not what came after its removal.

mod commit;
mod create;
mod handshake;
pub(crate) mod items;
mod list;
pub mod log;
mod members;
mod message;
mod prepare;
mod prune;
mod read;
mod rejoin_info;
mod removals;
mod report;
mod signal;
mod state;
pub(crate) mod stored;
mod tree;

pub use create::{NewGroup, create, prepare_create};
pub use handshake::{Handshake, append_handshake};
pub use items::FILED_AT_ONCE;
pub use list::list;
pub use members::{Membership, acknowledge, membership};
pub use message::{Message, append_application};
pub use prepare::prepare_handshake;
pub use prune::prune;
pub use read::{Page, read, read_page};
pub use rejoin_info::rejoin_info;
pub use removals::propose_removal;
pub use report::report;
pub use signal::signal;
pub use state::GroupState;
pub use stored::used as stored_bytes;
pub use tree::get_tree;
