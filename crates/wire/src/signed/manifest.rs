//! The organisation's manifest: which keys act for it. Signed by the root key, which stays offline in the recovery kit.

use super::{
    PublicKey, SignedError, Statement,
    claims::{Claims, label},
};
use crate::ids::Domain;
use sha2::{Digest, Sha256};

/// Which keys act for an organisation. Clients pin the root from their invitation and never go back to an older version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The organisation's domain.
    pub domain: Domain,
    /// Its display name.
    pub name: String,
    /// Rises with every change.
    pub version: u64,
    /// Keys that may sign invitations; one that is taken out invalidates what it signed.
    pub enrolment_keys: Vec<PublicKey>,
    /// Keys that may sign policies.
    pub policy_keys: Vec<PublicKey>,
    /// The relay's external-sender key: may propose Remove in groups and nothing else.
    pub relay_key: PublicKey,
    /// When it was signed, in seconds since 1970.
    pub issued_at: u64,
}

impl Statement for Manifest {
    const TYPE: &'static str = "chancery-manifest";

    fn to_claims(&self) -> Claims {
        Claims::default()
            .set(label::SUB, self.domain.as_str())
            .set(label::IAT, self.issued_at)
            .set(label::NAME, self.name.as_str())
            .set(label::VERSION, self.version)
            .set_keys(label::ENROLMENT_KEYS, &self.enrolment_keys)
            .set_keys(label::POLICY_KEYS, &self.policy_keys)
            .set(label::RELAY_KEY, self.relay_key.to_vec())
    }

    fn from_claims(claims: &Claims) -> Result<Self, SignedError> {
        Ok(Self {
            domain: claims.text(label::SUB, "sub")?.parse().map_err(|_| SignedError::Claim("sub"))?,
            name: claims.text(label::NAME, "name")?.to_owned(),
            version: claims.uint(label::VERSION, "version")?,
            enrolment_keys: claims.keys(label::ENROLMENT_KEYS, "enrolment keys")?,
            policy_keys: claims.keys(label::POLICY_KEYS, "policy keys")?,
            relay_key: claims.bytes(label::RELAY_KEY, "relay key")?,
            issued_at: claims.uint(label::IAT, "iat")?,
        })
    }
}

/// What invitations pin: SHA-256 of the root public key.
pub fn root_fingerprint(root: &PublicKey) -> [u8; 32] {
    Sha256::digest(root).into()
}
