//! What can go wrong with MLS input or state.

use crate::{rules::Violation, store::StoreFault};
use chancery_wire::signed::ChainError;

/// Why something was not done. Input that a hostile peer or relay can make is refused by one of the first five; the
/// message of each says so clearly.
#[derive(Debug, thiserror::Error)]
pub enum MlsError {
    /// The bytes are no MLS message of the expected kind.
    #[error("malformed MLS data: {0}")]
    Malformed(String),
    /// A credential doesn't verify.
    #[error("untrusted credential: {0}")]
    Untrusted(#[from] ChainError),
    /// A leaf's credential doesn't fit the leaf, the request or the former leaf.
    #[error("credential mismatch: {0}")]
    Mismatch(&'static str),
    /// Against the group's rules.
    #[error("against the group's rules: {0}")]
    Rule(#[from] Violation),
    /// MLS itself refuses: signature, tag, epoch, decryption, validity.
    #[error("refused by MLS: {0}")]
    Refused(String),
    /// The message is of another epoch than the group is in (for handshakes) or keeps secrets for (for content).
    #[error("the message is of epoch {message}, the group is in {group}")]
    Epoch {
        /// Epoch of the message.
        message: u64,
        /// Epoch of the group.
        group: u64,
    },
    /// The message was processed before, or its key is gone.
    #[error("the message's key was used already")]
    Replayed,
    /// The group has pending proposals: a commit has to come first.
    #[error("pending proposals have to be committed first")]
    PendingProposals,
    /// A commit of our own waits for the relay's answer.
    #[error("a commit is pending")]
    PendingCommit,
    /// No such group in the store.
    #[error("unknown group")]
    UnknownGroup,
    /// We are no longer in the group.
    #[error("not a member any more")]
    NotMember,
    /// The store below failed.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A bug in this crate or in OpenMLS.
    #[error("internal: {0}")]
    Internal(String),
}

impl MlsError {
    /// Whether a key package was refused for the time alone: nobody cheats then, it is old, or a clock is wrong.
    pub fn is_untimely(&self) -> bool {
        matches!(self, Self::Untrusted(ChainError::Expired) | Self::Mismatch(crate::key_package::NOT_NOW))
    }
}
