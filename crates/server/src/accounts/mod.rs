//! Accounts: invitations, joining, the directory of users.
//!
//! **Invariant:** a user exists only by an invitation that an enrolment key of the manifest signed, used once.

mod find;
mod invite;
mod join;

pub use find::{find_users, get_user, list_users};
pub use invite::{get_invitation, invite};
pub use join::join;
