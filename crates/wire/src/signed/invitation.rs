//! An invitation: the enrolment key says that whoever holds the invitation key may become this user.

use super::{
    PublicKey, SignedError, Statement,
    claims::{Claims, label},
};
use crate::ids::{InvitationId, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a user is. Who is from outside or no person is seen from the certificate, never from a relay's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person of the organisation.
    Member,
    /// A person from outside.
    Guest,
    /// A program.
    Bot,
    /// The organisation's recorder.
    Recorder,
}

impl Kind {
    /// Its text in certificates and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Member => "member",
            Kind::Guest => "guest",
            Kind::Bot => "bot",
            Kind::Recorder => "recorder",
        }
    }

    /// From that text.
    pub fn from_text(text: &str) -> Option<Self> {
        [Kind::Member, Kind::Guest, Kind::Bot, Kind::Recorder].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Who may become which user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The user to be.
    pub user: UserId,
    /// Display name that the organisation gives the user.
    pub name: String,
    /// What the user will be.
    pub kind: Kind,
    /// The invitation key; its private half stands in the link's fragment only.
    pub key: PublicKey,
    /// When it was signed, in seconds since 1970.
    pub issued_at: u64,
    /// Until when the user can join with it, in seconds since 1970.
    pub expires_at: u64,
}

impl Statement for Invitation {
    const TYPE: &'static str = "chancery-invitation";

    fn to_claims(&self) -> Claims {
        Claims::default()
            .set(label::SUB, self.user.as_str())
            .set(label::EXP, self.expires_at)
            .set(label::IAT, self.issued_at)
            .set_key(&self.key)
            .set(label::NAME, self.name.as_str())
            .set(label::KIND, self.kind.as_str())
    }

    fn from_claims(claims: &Claims) -> Result<Self, SignedError> {
        let name = claims.text(label::NAME, "name")?;
        if name.is_empty() || name.len() > crate::limits::MAX_NAME_BYTES {
            return Err(SignedError::Claim("name"));
        }
        Ok(Self {
            user: claims.text(label::SUB, "sub")?.parse().map_err(|_| SignedError::Claim("sub"))?,
            name: name.to_owned(),
            kind: Kind::from_text(claims.text(label::KIND, "kind")?).ok_or(SignedError::Claim("kind"))?,
            key: claims.key()?,
            issued_at: claims.uint(label::IAT, "iat")?,
            expires_at: claims.uint(label::EXP, "exp")?,
        })
    }
}

/// The id of an invitation: the first half of the SHA-256 of its public key.
pub fn invitation_id(key: &PublicKey) -> InvitationId {
    InvitationId::from_slice(&Sha256::digest(key)[..16]).expect("half of a SHA-256 is 16 bytes")
}
