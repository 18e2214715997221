//! What a committed transaction wakes.

use chancery_wire::{
    GroupId,
    frames::{LogItem, ServerFrame},
};

/// Row of a group, device or user in the store; never leaves the relay.
pub type Row = i64;

/// One thing to do after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A group's log has a new item.
    Item {
        /// The group's row.
        row: Row,
        /// The group.
        group: GroupId,
        /// The item, so that it needn't be read again.
        item: LogItem,
    },
    /// A device was removed from a group: it gets no item after the last [`Effect::Item`] before this.
    Left {
        /// The group's row.
        row: Row,
        /// The device's row.
        device: Row,
    },
    /// A device's inbox has a new event.
    Inbox {
        /// The device's row.
        device: Row,
    },
    /// A signal for the connections that follow a group. Nothing of it is stored.
    Signal {
        /// The group's row.
        row: Row,
        /// The row of the device that sent it and doesn't get it.
        from: Row,
        /// What they get.
        frame: ServerFrame,
    },
    /// A group has a new message that people should see: who isn't connected is woken.
    News {
        /// The group's row.
        row: Row,
        /// The row of the sender's user.
        user: Row,
    },
    /// A device has another push subscription.
    Subscribed {
        /// The device's row.
        device: Row,
    },
    /// There is stored work to carry out.
    Work,
    /// A device was revoked: its sessions have ended, its connections have to.
    Cut {
        /// The device's row.
        device: Row,
    },
}

/// What a committed transaction wakes, in order.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use = "receivers have to be woken"]
pub struct Effects(pub Vec<Effect>);
