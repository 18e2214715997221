//! Message content: what a message says, before it is encrypted and after it is decrypted. It is MIMI content
//! (draft-ietf-mimi-content, state after -07) in deterministic CBOR (RFC 8949 section 4.2.1).
//!
//! [`MimiContent`] is the container as it travels, [`Body`] what an application shows. The constructors in
//! [`compose`] make containers, [`Body::of`] reads them.
//!
//! **Invariant:** what [`MimiContent::from_slice`] accepts, [`MimiContent::to_vec`] writes again byte for byte: unknown
//! extensions, dispositions, statuses and kinds of part included. So the id of a message can be computed from the
//! decoded form, and an older client can hand on what it doesn't understand (`tests/it/content.rs`).
//! **Invariant:** any bytes give a value or a [`ContentError`], never a panic, and never deeper or wider than the limits here.

pub mod body;
mod canonical;
mod codec;
pub mod compose;
mod contact_card;
mod extensions;
mod file;
mod file_json;
mod group_link;
mod location;
mod mention;
mod picture;
mod profile;
mod readable;
mod settings;
mod status;
pub mod uri;
mod user_profile;

pub use body::Body;
pub use contact_card::ContactCard;
pub use extensions::{ExtensionName, Extensions};
pub use file::{FileInfo, MAX_WAVEFORM_SAMPLES, Thumbnail};
pub use group_link::{GroupLinkSetting, GroupToken, JoinAnswer, JoinRequest};
pub use location::Location;
pub use mention::{mention, mention_everyone, mentions, mentions_everyone};
pub use picture::picture_type;
pub use profile::GroupProfile;
pub use readable::readable;
pub use settings::{ConversationSettings, MAX_MESSAGE_SECONDS, MIN_MESSAGE_SECONDS};
pub use status::{Status, StatusReport};
pub use user_profile::{MAX_SMALL_PICTURE_BYTES, UserProfile, is_small_picture};

use crate::ids::MessageId;
use sha2::{Digest, Sha256};
use std::fmt;
use thiserror::Error;

/// Levels of nested parts, the body included (draft-ietf-mimi-content, "General handling").
pub const MAX_PART_DEPTH: usize = 4;
/// Parts of one message, nested ones included (the same section).
pub const MAX_PARTS: usize = 1024;
/// Longest topic id, in bytes (the same section).
pub const MAX_TOPIC_ID_BYTES: usize = 4096;
/// Extensions of one message.
pub const MAX_EXTENSIONS: usize = 64;

/// Number of SHA-256 among the named information hashes (RFC 6920 section 9.4).
pub const HASH_SHA256: u8 = 1;

/// Media type of the text that Chancery writes: Markdown in the variant of the draft.
pub const MARKDOWN: &str = "text/markdown;variant=GFM-MIMI";
/// Media type of a reaction.
pub const PLAIN_TEXT: &str = "text/plain;charset=utf-8";

/// Why bytes are no content, or content isn't acceptable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContentError {
    /// Not CBOR, or not of the draft's shape.
    #[error("the message content is malformed: {0}")]
    Malformed(String),
    /// CBOR, but not its deterministic encoding.
    #[error("the message content isn't encoded deterministically")]
    NotDeterministic,
    /// Beyond a limit.
    #[error("the message content has more than {limit} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// The content names another sender than the one who sent it.
    #[error("the message content names another sender than the one who sent it")]
    WrongSender,
    /// The content names another conversation than the one it came in.
    #[error("the message content names another conversation than the one it came in")]
    WrongRoom,
}

/// A message, as the draft defines it.
#[derive(Clone, PartialEq, Eq)]
pub struct MimiContent {
    /// Random; keeps two messages of the same words apart, and the id from telling the words.
    pub salt: [u8; 16],
    /// The message that this one takes the place of (edit, delete, reaction taken back).
    pub replaces: Option<MessageId>,
    /// Groups messages to a topic; empty for none.
    pub topic_id: Vec<u8>,
    /// When receivers delete it.
    pub expires: Option<Expiration>,
    /// The message that this one answers or reacts to.
    pub in_reply_to: Option<MessageId>,
    /// Further fields.
    pub extensions: Extensions,
    /// What it says.
    pub body: NestedPart,
}

/// When receivers delete a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiration {
    /// So many seconds after it was read.
    AfterReading(u32),
    /// At this time, in seconds since 1970.
    At(u32),
}

/// What a part is for. Numbers that this version doesn't know are kept, and shown like [`Disposition::RENDER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Disposition(pub u8);

impl Disposition {
    /// Nothing said.
    pub const UNSPECIFIED: Self = Self(0);
    /// To be shown.
    pub const RENDER: Self = Self(1);
    /// A reaction to another message.
    pub const REACTION: Self = Self(2);
    /// About a person or a group.
    pub const PROFILE: Self = Self(3);
    /// To be shown in its place.
    pub const INLINE: Self = Self(4);
    /// A small picture for somebody or something.
    pub const ICON: Self = Self(5);
    /// To be fetched when asked for.
    pub const ATTACHMENT: Self = Self(6);
    /// A call or conference.
    pub const SESSION: Self = Self(7);
    /// A sender's preview of something.
    pub const PREVIEW: Self = Self(8);
}

/// How the parts of a [`Part::Multi`] belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Semantics {
    /// The receiver shows the one it likes best; the sender's order is a preference.
    ChooseOne,
    /// All parts or none.
    SingleUnit,
    /// As many as the receiver understands.
    ProcessAll,
}

/// A part with its purpose and language.
#[derive(Clone, PartialEq, Eq)]
pub struct NestedPart {
    /// What it is for.
    pub disposition: Disposition,
    /// Language tags (RFC 5646), separated by commas; empty for none.
    pub language: String,
    /// The part.
    pub part: Part,
}

/// What a part holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    /// Nothing: the replaced message is taken back.
    Null,
    /// Content in the message itself.
    Single {
        /// Media type.
        content_type: String,
        /// The bytes.
        content: Vec<u8>,
    },
    /// Content elsewhere.
    External(External),
    /// Several parts.
    Multi {
        /// How they belong together.
        semantics: Semantics,
        /// At least two.
        parts: Vec<NestedPart>,
    },
    /// A kind of part that this version doesn't know.
    Unknown {
        /// Its number, 4 or more.
        cardinality: u64,
        /// What follows it, each item as it was encoded.
        items: Vec<Vec<u8>>,
    },
}

/// Content elsewhere: an encrypted file, or a service.
#[derive(Clone, PartialEq, Eq)]
pub struct External {
    /// Media type of the plaintext.
    pub content_type: String,
    /// Where it is.
    pub url: String,
    /// When it is deleted there, in seconds since 1970; 0 for never.
    pub expires: u32,
    /// Size of the plaintext in bytes; 0 when not told.
    pub size: u64,
    /// AEAD algorithm (IANA's number, or [`crate::file_cipher::ENC_ALG`]); 0 for none.
    pub enc_alg: u16,
    /// AEAD key.
    pub key: Vec<u8>,
    /// AEAD nonce.
    pub nonce: Vec<u8>,
    /// AEAD additional data.
    pub aad: Vec<u8>,
    /// Hash algorithm (RFC 6920 section 9.4); 0 for none.
    pub hash_alg: u8,
    /// Hash of what is at the URL.
    pub content_hash: Vec<u8>,
    /// A text about it.
    pub description: String,
    /// A name for it.
    pub filename: String,
}

impl MimiContent {
    /// Content with this body and nothing else.
    pub fn new(salt: [u8; 16], body: NestedPart) -> Self {
        Self {
            salt,
            replaces: None,
            topic_id: Vec::new(),
            expires: None,
            in_reply_to: None,
            extensions: Extensions::default(),
            body,
        }
    }

    /// The deterministic encoding.
    pub fn to_vec(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads content; refuses what isn't of the draft's shape, not deterministic, or beyond a limit.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ContentError> {
        codec::decode(bytes)
    }

    /// The message's id, which depends on who sent it where ([`uri::user_uri`], [`uri::room_uri`]): so nobody can pass
    /// another person's message off as the same message. Where the content names sender and conversation itself, they
    /// have to be these.
    pub fn message_id(&self, sender_uri: &str, room_uri: &str) -> Result<MessageId, ContentError> {
        if self.extensions.sender_uri().is_some_and(|uri| uri.as_deref() != Some(sender_uri)) {
            return Err(ContentError::WrongSender);
        }
        if self.extensions.room_uri().is_some_and(|uri| uri.as_deref() != Some(room_uri)) {
            return Err(ContentError::WrongRoom);
        }
        let sender_length = u16::try_from(sender_uri.len()).map_err(|_| ContentError::WrongSender)?;
        let room_length = u16::try_from(room_uri.len()).map_err(|_| ContentError::WrongRoom)?;
        // Section 3.3 of the draft. The salt stands at the end once more against length extension of SHA-256.
        let digest = Sha256::new()
            .chain_update(sender_length.to_be_bytes())
            .chain_update(sender_uri)
            .chain_update(room_length.to_be_bytes())
            .chain_update(room_uri)
            .chain_update(self.to_vec())
            .chain_update(self.salt)
            .finalize();
        let mut id = [HASH_SHA256; 32];
        id[1..].copy_from_slice(&digest[..31]);
        Ok(MessageId(id))
    }

    /// The same, answering that message.
    pub fn replying_to(self, message: MessageId) -> Self {
        Self { in_reply_to: Some(message), ..self }
    }

    /// The same, taking that message's place. Name the first version of an edited message, not its last.
    pub fn replacing(self, message: MessageId) -> Self {
        Self { replaces: Some(message), ..self }
    }

    /// The same, deleted by receivers then.
    pub fn expiring(self, expires: Expiration) -> Self {
        Self { expires: Some(expires), ..self }
    }

    /// The same, marked as forwarded.
    pub fn forwarded(mut self) -> Self {
        self.extensions.set_forwarded();
        self
    }
}

impl NestedPart {
    /// A part without a language.
    pub fn new(disposition: Disposition, part: Part) -> Self {
        Self { disposition, language: String::new(), part }
    }
}

// What people write, names of files and keys don't print: a log line with `{:?}` must not leak them.

impl fmt::Debug for MimiContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MimiContent")
            .field("replaces", &self.replaces)
            .field("topic_id_bytes", &self.topic_id.len())
            .field("expires", &self.expires)
            .field("in_reply_to", &self.in_reply_to)
            .field("extensions", &self.extensions)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NestedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.disposition, self.part)
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Null => f.write_str("Null"),
            Part::Single { content, .. } => write!(f, "Single({} bytes)", content.len()),
            Part::External(external) => external.fmt(f),
            Part::Multi { semantics, parts } => {
                f.debug_struct("Multi").field("semantics", semantics).field("parts", parts).finish()
            }
            Part::Unknown { cardinality, items } => write!(f, "Unknown({cardinality}, {} items)", items.len()),
        }
    }
}

impl fmt::Debug for External {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "External({} bytes, encryption {})", self.size, self.enc_alg)
    }
}
