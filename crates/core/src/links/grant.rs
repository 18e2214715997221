//! What the two devices tell each other. CBOR; the grant and the segments are sealed.

use crate::records::{Conversation, Member, MessageRecord, Secret};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use chancery_wire::{DeviceId, GroupId, UserId, signed::Suite};
use minicbor::{Decode, Encode, bytes::ByteVec};

/// Enters the HPKE key schedule, before the link's secret.
pub(super) const INFO: &[u8] = b"chancery device link v1\0";

/// The new device's request; public.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct LinkRequest {
    #[n(0)]
    pub device: DeviceId,
    #[n(1)]
    pub label: String,
    /// The device's signature key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub key: [u8; 32],
    /// KEM of the sealing key.
    #[n(3)]
    pub suite: Suite,
    #[n(4)]
    pub sealing_key: ByteVec,
}

/// The answer, sealed to the request's key: everything that makes the new device one of the user's.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct LinkGrant {
    #[n(0)]
    pub user: UserId,
    #[n(1)]
    pub name: String,
    #[cbor(n(2), with = "minicbor::bytes")]
    pub root_key: [u8; 32],
    #[n(3)]
    pub manifest: ByteVec,
    #[n(4)]
    pub policy: ByteVec,
    #[n(5)]
    pub identity_key: Secret,
    /// The new device's credential, signed by the identity key.
    #[n(6)]
    pub credential: ByteVec,
    /// Key of the history's segments; absent when no history follows.
    #[n(7)]
    pub history_key: Option<Secret>,
}

/// A conversation in the history.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct HistoryConversation {
    #[n(0)]
    pub group: GroupId,
    #[n(1)]
    pub kind: chancery_mls::GroupKind,
    #[n(2)]
    pub title: String,
    #[n(3)]
    pub purpose: String,
    #[n(4)]
    pub members: Vec<Member>,
    #[n(5)]
    pub read: u64,
    /// The exporter is in it now.
    #[n(6)]
    pub active: bool,
    /// Users with their delivered and read positions.
    #[n(7)]
    pub marks: Vec<(UserId, u64, u64)>,
    #[n(8)]
    pub last_at_ms: u64,
    #[n(9)]
    pub preview: String,
    /// Messages are deleted this many seconds after they were written.
    #[n(10)]
    pub message_seconds: Option<u32>,
}

/// A message in the history.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct HistoryMessage {
    #[n(0)]
    pub seq: u64,
    #[n(1)]
    pub sub: u16,
    #[n(2)]
    pub record: MessageRecord,
}

/// A person in the history.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct HistoryContact {
    #[n(0)]
    pub user: UserId,
    #[n(1)]
    pub contact: crate::records::Contact,
}

/// One segment of the history.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct Segment {
    /// Of one conversation; absent in the last segment.
    #[n(0)]
    pub conversation: Option<HistoryConversation>,
    #[n(1)]
    pub messages: Vec<HistoryMessage>,
    #[n(2)]
    pub contacts: Vec<HistoryContact>,
    /// Messages of all segments together.
    #[n(3)]
    pub total: u64,
    /// Nothing follows.
    #[n(4)]
    pub last: bool,
}

impl HistoryConversation {
    pub fn of(conversation: &Conversation, marks: Vec<(UserId, u64, u64)>) -> Self {
        Self {
            group: conversation.group.clone(),
            kind: conversation.kind,
            title: conversation.known_title().unwrap_or_default().to_owned(),
            purpose: conversation.purpose.clone(),
            members: conversation.members.clone(),
            read: conversation.read,
            active: conversation.is_followed(),
            marks,
            last_at_ms: conversation.last_at_ms,
            preview: conversation.preview.clone(),
            message_seconds: conversation.message_seconds,
        }
    }
}

fn cipher(key: &Secret) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&key.0).into())
}

fn nonce(n: u32) -> XNonce {
    let mut nonce = [0; 24];
    nonce[20..].copy_from_slice(&n.to_be_bytes());
    nonce.into()
}

/// Encrypts segment `n`; the key is used for one history only, so a counter serves as nonce.
pub(super) fn seal_segment(key: &Secret, link: &[u8], n: u32, segment: &Segment) -> Vec<u8> {
    let plaintext = crate::records::encode(segment);
    cipher(key)
        .encrypt(&nonce(n), Payload { msg: &plaintext, aad: link })
        .expect("a segment is far below the cipher's limit")
}

/// Decrypts segment `n`.
pub(super) fn open_segment(key: &Secret, link: &[u8], n: u32, sealed: &[u8]) -> Option<Segment> {
    let plaintext = cipher(key).decrypt(&nonce(n), Payload { msg: sealed, aad: link }).ok()?;
    minicbor::decode(&plaintext).ok()
}
