//! Wakes devices that have no connection: Web Push (RFC 8030) with the relay's VAPID key (RFC 8292), encrypted for the browser (RFC 8291).
//! docs/protocol/push.md says what a push service learns.
//!
//! **Invariant:** every push message is the same constant: no content, no name, no group.
//! **Invariant:** the writer hands over what is new through a bounded queue and never waits for it; a full queue loses a wake-up, not a message.
//! **Invariant:** the relay connects only to addresses that [`endpoint`] allows, checked after the name was resolved, and follows no redirect.
//! **Invariant:** neither endpoints nor keys are logged or counted by name.

mod due;
pub mod endpoint;
mod key;
mod lane;
mod message;
mod sender;
mod service;
mod subscription;

pub use key::VapidKey;
pub use message::PAYLOAD;
pub use sender::{NewsSender, Sender, settings};
pub use subscription::{forget, put, remove};

use crate::{Failure, Relay, Row};
use chancery_wire::{Code, api::push::Key};

/// What the logic needs to take subscriptions; without it push is off.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The public VAPID key: an uncompressed point of P-256.
    pub public_key: Vec<u8>,
    /// Whether endpoints may be in private networks and on this machine.
    pub allow_private_addresses: bool,
}

/// Something that may wake devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum News {
    /// A group has a new message of this user.
    Message {
        /// The group's row.
        group: Row,
        /// The sender's user's row.
        user: Row,
    },
    /// A device has another subscription: that the former one was refused counts no more.
    Subscribed {
        /// The device's row.
        device: Row,
    },
}

/// The key that browsers subscribe with.
pub fn key(relay: &Relay) -> Result<Key, Failure> {
    let settings = relay.push.as_ref().ok_or(Code::PushOff)?;
    Ok(Key { key: settings.public_key.clone().into() })
}
