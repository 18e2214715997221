//! What administration needs on the machine with the data folder: the organisation's key files, its recovery kit, the
//! folder's configuration, and calls to the running relay.
//!
//! **Invariant:** private keys stand in files of mode 0600 and in the recovery kit, never in the relay's database.

mod folder;
mod invitation;
mod keys;
mod kit;
mod relay;

pub use folder::{DEFAULT_DATA_DIR, DataArgs, Folder, config_template};
pub use invitation::{Invite, invitation};
pub use keys::{KeyKind, KeyRing, Organisation, write_new};
pub use kit::{Kit, KitError, fingerprint_text, phrase_from_entropy, words};
pub use relay::RelayApi;
