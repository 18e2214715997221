//! Signed objects: CWT claims (RFC 8392) in a COSE_Sign1 (RFC 9052), Ed25519.
//!
//! The chain of trust: the organisation's root key signs the [`Manifest`], which names the enrolment, policy and relay
//! keys. An enrolment key signs an [`Invitation`] to an invitation key that only the invitation link holds; that key
//! signs the [`UserCertificate`] of the identity key made on the person's first device; the identity key signs a
//! [`DeviceCertificate`] for each device's signature key. So the relay, which holds none of these keys, can neither
//! make a person nor a device (docs/adr/0002).
//!
//! **Invariant:** what was verified is what is acted on: the exact bytes are kept, and [`Signed`] exists only after its
//! signature was checked.

mod chain;
mod claims;
mod device;
mod invitation;
mod manifest;
mod policy;
mod user;

pub use chain::{CREDENTIAL_TYPE, ChainError, Credential, VerifiedDevice};
pub use device::DeviceCertificate;
pub use invitation::{Invitation, Kind, invitation_id};
pub use manifest::{Manifest, root_fingerprint};
pub use policy::{Policy, Suite};
pub use user::UserCertificate;

use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use thiserror::Error;

/// An Ed25519 public key.
pub type PublicKey = [u8; 32];

/// Largest signed object, in bytes; anything larger is refused unread.
pub const MAX_SIGNED_BYTES: usize = 16 * 1024;

/// Why a signed object is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignedError {
    /// Not a COSE_Sign1 of this kind.
    #[error("not a {0}")]
    Malformed(&'static str),
    /// A claim is absent or has the wrong form.
    #[error("the claim `{0}` is missing or malformed")]
    Claim(&'static str),
    /// Signed by another key, or altered.
    #[error("the signature of the {0} doesn't verify")]
    Signature(&'static str),
}

/// What can be signed.
pub trait Statement: Sized {
    /// Its kind, e.g. `chancery-device`; signed, in content type and external data, so that one kind never passes for another.
    const TYPE: &'static str;
    /// As CWT claims.
    fn to_claims(&self) -> claims::Claims;
    /// From CWT claims.
    fn from_claims(claims: &claims::Claims) -> Result<Self, SignedError>;
}

/// A signed object whose signature was checked, with its exact bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed<T> {
    statement: T,
    bytes: Vec<u8>,
}

impl<T> Signed<T> {
    /// The exact bytes, as received or made.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T> std::ops::Deref for Signed<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.statement
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Signed").field(&self.statement).finish()
    }
}

/// A parsed object whose signature is still unchecked.
pub struct Unverified<T> {
    statement: T,
    cose: CoseSign1,
    bytes: Vec<u8>,
}

/// The content type in the protected header: COSE wants `type/subtype` (RFC 9052 section 3.1).
fn content_type<T: Statement>() -> String {
    format!("application/{}+cwt", T::TYPE)
}

impl<T: Statement> Signed<T> {
    /// Signs `statement`.
    pub fn sign(statement: T, key: &SigningKey) -> Self {
        let protected =
            HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).content_type(content_type::<T>()).build();
        let bytes = CoseSign1Builder::new()
            .protected(protected)
            .payload(statement.to_claims().to_vec())
            .create_signature(T::TYPE.as_bytes(), |message| key.sign(message).to_bytes().to_vec())
            .build()
            .to_vec()
            .expect("an object made of claims always encodes");
        Self { statement, bytes }
    }

    /// Parses and verifies in one step, when the signer is known beforehand.
    pub fn verify(bytes: &[u8], signer: &PublicKey) -> Result<Self, SignedError> {
        Unverified::parse(bytes)?.verify(signer)
    }
}

impl<T: Statement> Unverified<T> {
    /// Parses without checking the signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, SignedError> {
        let malformed = || SignedError::Malformed(T::TYPE);
        if bytes.len() > MAX_SIGNED_BYTES {
            return Err(malformed());
        }
        let cose = CoseSign1::from_slice(bytes).map_err(|_| malformed())?;
        let header = &cose.protected.header;
        let eddsa = coset::RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA);
        let content_type = coset::RegisteredLabel::Text(content_type::<T>());
        if header.alg != Some(eddsa) || header.content_type != Some(content_type) || !header.crit.is_empty() {
            return Err(malformed());
        }
        let claims =
            claims::Claims::from_slice(cose.payload.as_deref().ok_or_else(malformed)?).ok_or_else(malformed)?;
        Ok(Self { statement: T::from_claims(&claims)?, cose, bytes: bytes.to_vec() })
    }

    /// What it claims; good for finding the signer, for nothing else.
    pub fn peek(&self) -> &T {
        &self.statement
    }

    /// Checks the signature (strict verification: no malleable signatures, no small-order keys).
    pub fn verify(self, signer: &PublicKey) -> Result<Signed<T>, SignedError> {
        let failed = || SignedError::Signature(T::TYPE);
        let key = VerifyingKey::from_bytes(signer).map_err(|_| failed())?;
        self.cose.verify_signature(T::TYPE.as_bytes(), |signature, message| {
            let signature = Signature::from_slice(signature).map_err(|_| failed())?;
            key.verify_strict(message, &signature).map_err(|_| failed())
        })?;
        Ok(Signed { statement: self.statement, bytes: self.bytes })
    }
}
