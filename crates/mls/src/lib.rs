//! The narrow layer on OpenMLS (RFC 9420): credentials, group data, group rules, a client's groups, the relay's public groups.
//! Nothing above this crate names an OpenMLS type.
//!
//! **Invariant:** every leaf that enters a tree (Add, Update, commit path, Welcome, external commit) has a credential whose
//! chain verifies, whose device key is the leaf's signature key, and whose user and device stay the same for the leaf's life.
//! **Invariant:** client and relay decide with the same pure function, [`rules::decide`].
//! **Invariant:** all state goes through [`MlsStore`], i.e. into the caller's transaction; a failure leaves nothing behind
//! when the caller rolls back and drops its [`Group`].

mod codec;
mod commit_check;
mod context;
mod crypto;
pub mod device;
pub mod error;
pub mod group;
pub mod group_data;
mod key_package;
mod leaf;
mod message;
pub mod public_group;
pub mod rules;
pub mod sealed;
mod storage;
pub mod store;
mod stored_key_package;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod trust;

pub use device::{Device, VerifiedKeyPackage};
pub use error::MlsError;
pub use group::{Committed, Created, Group, Join, Processed, Rejoin};
pub use group_data::{GroupData, GroupKind, Role};
pub use public_group::{Applied, RelayGroup};
pub use store::MlsStore;
pub use stored_key_package::StoredKeyPackage;
pub use trust::Trust;
