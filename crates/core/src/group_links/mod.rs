//! Inviting into a group by link. The link names the group, one of its admins and a token that all admins' devices know. Whoever
//! opens it asks that admin in their 1:1, and one of the admin's devices adds them, as if the admin had done it by hand. The relay
//! sees neither the link nor the token.
//!
//! **Invariant:** nobody is let in but with the token that holds when the commit is planned, by a device of somebody who is an admin
//! then, and that has read all the relay has.
//! **Invariant:** when somebody goes from a group, however that comes, its link ends with the same commit: who was removed can't come
//! back by it, whatever they kept and whenever it is delivered.
//! **Invariant:** a request is answered once in its 1:1's order, whichever devices tried.

mod ask;
mod requests;
mod setting;
mod view;

pub(crate) use ask::{advance, join, not_sent, not_started};
pub(crate) use requests::{Decision, answer, answered, decide, give_up, requested};
pub(crate) use setting::{apply, ended, set, tell};
pub(crate) use view::{join_link, link_of};

/// Requests that one person can make in a minute; further ones are passed over.
pub(crate) const MAX_REQUESTS_PER_MINUTE: u32 = 6;
/// Requests in one 1:1 that wait for an answer; the oldest gives way.
const MAX_OPEN_REQUESTS: usize = 8;

/// Minutes of a time in milliseconds since 1970.
fn minute(at_ms: u64) -> u64 {
    at_ms / 60_000
}
