//! The organisation's policy, signed by a policy key, versioned, shown by every client.

use super::{
    SignedError, Statement,
    claims::{Claims, label},
};
use crate::ids::Domain;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// MLS cipher suites that Chancery runs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize, utoipa::ToSchema,
)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Suite {
    /// 0x004F: ML-KEM-768 with X25519, AES-128-GCM, SHA-256, Ed25519.
    #[n(0x004F)]
    Hybrid,
    /// 0x0001: X25519, AES-128-GCM, SHA-256, Ed25519.
    #[n(0x0001)]
    Classical,
}

impl Suite {
    /// Both, the default one first.
    pub const ALL: [Suite; 2] = [Suite::Hybrid, Suite::Classical];

    /// The MLS number (RFC 9420 section 17.1; draft-ietf-mls-pq-ciphersuites).
    pub fn number(self) -> u16 {
        match self {
            Suite::Hybrid => 0x004F,
            Suite::Classical => 0x0001,
        }
    }

    /// From the MLS number.
    pub fn from_number(number: u16) -> Option<Self> {
        Suite::ALL.into_iter().find(|suite| suite.number() == number)
    }
}

/// What the organisation has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Policy {
    /// The organisation's domain.
    pub domain: Domain,
    /// Rises with every change.
    pub version: u64,
    /// Suite of new groups.
    pub suite: Suite,
    /// Largest file, in bytes.
    pub file_max_bytes: u64,
    /// Ciphertext of a file is deleted this many days after its upload.
    pub file_days: u64,
    /// All files of one user at the relay, in bytes.
    pub file_quota_bytes: u64,
    /// A log item is deleted this many days after it came, read by every device or not.
    pub log_days: u64,
    /// The longest life that members may give disappearing messages, in seconds; `None`: as long as they like.
    pub message_max_seconds: Option<u64>,
    /// When it was signed, in seconds since 1970.
    pub issued_at: u64,
}

impl Policy {
    /// What a new organisation starts with.
    pub fn initial(domain: Domain, issued_at: u64) -> Self {
        Self {
            domain,
            version: 1,
            suite: Suite::Hybrid,
            file_max_bytes: crate::limits::MAX_FILE_BYTES,
            file_days: 90,
            file_quota_bytes: 20 * 1024 * 1024 * 1024,
            log_days: 30,
            message_max_seconds: None,
            issued_at,
        }
    }
}

impl Statement for Policy {
    const TYPE: &'static str = "chancery-policy";

    fn to_claims(&self) -> Claims {
        let claims = Claims::default()
            .set(label::SUB, self.domain.as_str())
            .set(label::IAT, self.issued_at)
            .set(label::VERSION, self.version)
            .set(label::SUITE, u64::from(self.suite.number()))
            .set(label::FILE_MAX_BYTES, self.file_max_bytes)
            .set(label::FILE_DAYS, self.file_days)
            .set(label::FILE_QUOTA_BYTES, self.file_quota_bytes)
            .set(label::LOG_DAYS, self.log_days);
        match self.message_max_seconds {
            Some(seconds) => claims.set(label::MESSAGE_MAX_SECONDS, seconds),
            None => claims,
        }
    }

    fn from_claims(claims: &Claims) -> Result<Self, SignedError> {
        Ok(Self {
            domain: claims.text(label::SUB, "sub")?.parse().map_err(|_| SignedError::Claim("sub"))?,
            version: claims.uint(label::VERSION, "version")?,
            suite: u16::try_from(claims.uint(label::SUITE, "suite")?)
                .ok()
                .and_then(Suite::from_number)
                .ok_or(SignedError::Claim("suite"))?,
            file_max_bytes: claims.uint(label::FILE_MAX_BYTES, "file max bytes")?,
            file_days: claims.uint(label::FILE_DAYS, "file days")?,
            file_quota_bytes: claims.uint(label::FILE_QUOTA_BYTES, "file quota bytes")?,
            log_days: claims.uint(label::LOG_DAYS, "log days")?,
            message_max_seconds: claims.optional_uint(label::MESSAGE_MAX_SECONDS, "message max seconds")?,
            issued_at: claims.uint(label::IAT, "iat")?,
        })
    }
}
