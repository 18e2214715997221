//! What client commands share: the profile, its passphrase, the open client, and names of conversations, messages and
//! users as people type them.

mod ask;
mod open;
mod passphrase;
mod profile;
mod resolve;

pub use ask::{confirm, secret_line};
pub use open::{Network, Session, open_failure};
pub use passphrase::{new_passphrase, required};
pub use profile::{Profile, device_label};
pub use resolve::{Candidate, is_prefix, role, user};

use crate::{args::Global, output::Out};
use chancery_client::Client;
use std::sync::OnceLock;

/// What every command gets besides its own arguments.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Global options.
    pub global: &'a Global,
    /// Standard output.
    pub out: &'a Out,
    /// The client that was opened, to be closed at the end.
    pub closing: &'a OnceLock<Client>,
}
