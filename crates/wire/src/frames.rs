//! Frames of the delivery WebSocket (`GET /v1/delivery`), CBOR (RFC 8949), one per binary message.
//! Fields beyond the known ones are ignored, so that fields can be added; see docs/protocol/frames.md.

use crate::{
    ids::{DeviceId, GroupId, ItemId, UserId},
    refusal::Refusal,
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

/// What a log item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, ToSchema)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// An MLS PrivateMessage that carries content.
    #[n(0)]
    Application,
    /// An MLS PublicMessage that carries a proposal.
    #[n(1)]
    Proposal,
    /// An MLS PublicMessage that carries a commit.
    #[n(2)]
    Commit,
}

/// One item of a group's log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, ToSchema)]
#[cbor(array)]
pub struct LogItem {
    /// Position in the group's log, from 1, without gaps.
    #[n(0)]
    pub seq: u64,
    /// What it is.
    #[n(1)]
    pub kind: ItemKind,
    /// Epoch it was made in.
    #[n(2)]
    pub epoch: u64,
    /// The device that sent it, as the relay says; absent for the relay's own proposals. Clients trust MLS instead.
    #[n(3)]
    pub device: Option<DeviceId>,
    /// The sender's id of the item.
    #[n(4)]
    pub item: ItemId,
    /// When the relay accepted it, in milliseconds since 1970.
    #[n(5)]
    pub at_ms: u64,
    /// The MLS message.
    #[cbor(n(6), with = "minicbor::bytes")]
    #[serde(with = "as_base64")]
    #[schema(value_type = crate::Base64)]
    pub body: Vec<u8>,
}

mod as_base64 {
    use crate::Base64;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64::encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        Base64::deserialize(deserializer).map(|b| b.0)
    }
}

/// What happened to a device outside its groups' logs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum InboxEvent {
    /// Added to a group. The Welcome holds only this device's share of the secrets and not the tree
    /// (`GET /v1/groups/{group}/tree?epoch=`).
    #[n(0)]
    Welcome {
        /// The group.
        #[n(0)]
        group: GroupId,
        /// Position of the commit that added the device; the device reads on after it.
        #[n(1)]
        seq: u64,
        /// Epoch that the commit began.
        #[n(2)]
        epoch: u64,
        /// The MLS Welcome.
        #[cbor(n(3), with = "minicbor::bytes")]
        #[serde(with = "as_base64")]
        #[schema(value_type = crate::Base64)]
        welcome: Vec<u8>,
    },
    /// A device of the same user was linked or removed.
    #[n(1)]
    DevicesChanged,
    /// Fewer key packages are left than [`crate::limits::KEY_PACKAGE_LOW`].
    #[n(2)]
    KeyPackagesLow,
    /// The organisation's policy or manifest has a new version.
    #[n(3)]
    OrganisationChanged,
}

/// An event with its position in the device's inbox.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, ToSchema)]
#[cbor(array)]
pub struct InboxItem {
    /// Position in the inbox, rising, maybe with gaps.
    #[n(0)]
    pub n: u64,
    /// The event.
    #[n(1)]
    pub event: InboxEvent,
}

/// Where a device is in one group's log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, ToSchema)]
#[cbor(array)]
pub struct Cursor {
    /// The group.
    #[n(0)]
    pub group: GroupId,
    /// The last item that the device has stored; 0 for none.
    #[n(1)]
    pub seq: u64,
}

/// From the client.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ClientFrame {
    /// Answers the challenge; has to be the first frame.
    #[n(0)]
    Authenticate {
        /// The user.
        #[n(0)]
        user: UserId,
        /// The device.
        #[n(1)]
        device: DeviceId,
        /// Ed25519 signature of [`crate::api::auth::challenge_statement`] by the device key.
        #[cbor(n(2), with = "minicbor::bytes")]
        signature: Vec<u8>,
        /// [`crate::PROTOCOL_VERSION`].
        #[n(3)]
        version: u16,
    },
    /// Deliver these groups' items from after the cursors on. Repeats and adds up; also acknowledges the cursors.
    #[n(1)]
    Follow {
        /// The groups.
        #[n(0)]
        cursors: Vec<Cursor>,
        /// Deliver inbox items from after this one on; everything up to it is acknowledged.
        #[n(1)]
        inbox: u64,
    },
    /// Appends an application message. Answered by [`ServerFrame::Reply`].
    #[n(2)]
    Send {
        /// Chosen by the client, comes back in the reply.
        #[n(0)]
        request: u32,
        /// The group.
        #[n(1)]
        group: GroupId,
        /// Id of the item; the same id again gets the stored answer.
        #[n(2)]
        item: ItemId,
        /// Epoch it was encrypted in.
        #[n(3)]
        epoch: u64,
        /// The MLS PrivateMessage.
        #[cbor(n(4), with = "minicbor::bytes")]
        body: Vec<u8>,
        /// Nobody is to be woken for it: it shows nothing new (a receipt, an edit). The relay pushes nothing then; it delivers as ever.
        /// Absent in frames of older clients.
        #[cbor(n(5), skip_if = "is_not")]
        quiet: bool,
    },
    /// Items up to the cursors are stored; may come late and seldom (it only lets the relay prune).
    #[n(3)]
    Acknowledge {
        /// The cursors.
        #[n(0)]
        cursors: Vec<Cursor>,
        /// Inbox items up to this one are stored.
        #[n(1)]
        inbox: u64,
    },
    /// Something for the devices that are connected now; the relay passes it on, and neither keeps nor answers it.
    #[n(4)]
    Signal {
        /// To the devices in this group.
        #[n(0)]
        group: GroupId,
        /// Epoch whose key encrypts it.
        #[n(1)]
        epoch: u64,
        /// Encrypted, at most [`crate::limits::MAX_SIGNAL_BYTES`].
        #[cbor(n(2), with = "minicbor::bytes")]
        body: Vec<u8>,
    },
}

/// From the relay.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ServerFrame {
    /// First frame.
    #[n(0)]
    Challenge {
        /// Random bytes to sign.
        #[cbor(n(0), with = "minicbor::bytes")]
        challenge: Vec<u8>,
        /// [`crate::PROTOCOL_VERSION`].
        #[n(1)]
        version: u16,
        /// The relay's clock, in milliseconds since 1970.
        #[n(2)]
        now_ms: u64,
    },
    /// Authenticated.
    #[n(1)]
    Ready,
    /// Items of one group, in order, contiguous.
    #[n(2)]
    Items {
        /// The group.
        #[n(0)]
        group: GroupId,
        /// The items.
        #[n(1)]
        items: Vec<LogItem>,
    },
    /// Inbox events, in order.
    #[n(3)]
    Inbox {
        /// The events.
        #[n(0)]
        items: Vec<InboxItem>,
    },
    /// Answers a [`ClientFrame::Send`].
    #[n(4)]
    Reply {
        /// The client's number of the request.
        #[n(0)]
        request: u32,
        /// What became of it.
        #[n(1)]
        outcome: SendOutcome,
    },
    /// A followed group can't be delivered from the cursor on.
    #[n(5)]
    Unavailable {
        /// The group.
        #[n(0)]
        group: GroupId,
        /// Last item in the log.
        #[n(1)]
        head: u64,
        /// `behind_horizon`, `not_member`, or `not_found`.
        #[n(2)]
        refusal: Refusal,
    },
    /// All that was there at the time of a `Follow` has been sent.
    #[n(6)]
    CaughtUp {
        /// Last item of each followed group: a client whose cursor is beyond knows that the relay was rolled back.
        #[n(0)]
        heads: Vec<Cursor>,
    },
    /// The connection ends; the refusal says why (`draining`, `device_revoked`, `unauthenticated`, `invalid_request`, …).
    #[n(7)]
    Closing {
        /// Why.
        #[n(0)]
        refusal: Refusal,
    },
    /// A [`ClientFrame::Signal`] of another device.
    #[n(8)]
    Signal {
        /// The group.
        #[n(0)]
        group: GroupId,
        /// The device that sent it, as the relay says.
        #[n(1)]
        device: DeviceId,
        /// Epoch whose key encrypts it.
        #[n(2)]
        epoch: u64,
        /// Encrypted.
        #[cbor(n(3), with = "minicbor::bytes")]
        body: Vec<u8>,
    },
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum SendOutcome {
    /// On the relay's disk at this position.
    #[n(0)]
    Accepted {
        /// Position in the log.
        #[n(0)]
        seq: u64,
        /// When, in milliseconds since 1970.
        #[n(1)]
        at_ms: u64,
    },
    /// Not accepted, and never will be under this id and these bytes unless sent again.
    #[n(1)]
    Refused {
        /// Why.
        #[n(0)]
        refusal: Refusal,
    },
}

/// A frame that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("malformed frame: {0}")]
pub struct FrameError(String);

macro_rules! codec {
    ($($name:ident),*) => {
        $(impl $name {
            /// The bytes of one binary WebSocket message.
            pub fn to_vec(&self) -> Vec<u8> {
                minicbor::to_vec(self).expect("writing to a Vec can't fail")
            }

            /// Reads one binary WebSocket message; nothing may follow the frame.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, FrameError> {
                let mut decoder = minicbor::Decoder::new(bytes);
                let frame = decoder.decode().map_err(|e| FrameError(e.to_string()))?;
                if decoder.position() != bytes.len() {
                    return Err(FrameError("bytes after the end".to_owned()));
                }
                Ok(frame)
            }
        })*
    };
}
codec!(ClientFrame, ServerFrame);

/// A flag that isn't set isn't written, so that who knows nothing of it sees the frame as it was.
fn is_not(flag: &bool) -> bool {
    !flag
}
