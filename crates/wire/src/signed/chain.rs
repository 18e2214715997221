//! The credential in an MLS leaf: the chain from the enrolment key to the device.

use super::{
    DeviceCertificate, Invitation, Kind, Manifest, PublicKey, Signed, SignedError, Unverified, UserCertificate,
};
use crate::{
    ids::{DeviceId, UserId},
    limits::CLOCK_TOLERANCE_SECONDS,
};
use minicbor::{Decode, Encode};
use thiserror::Error;

/// MLS credential type of [`Credential`], from the private-use range (RFC 9420 section 17.5).
pub const CREDENTIAL_TYPE: u16 = 0xF0C1;

/// The chain of certificates, unverified: a CBOR array of three byte strings.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Credential {
    /// Bytes of the [`Invitation`].
    #[cbor(n(0), with = "minicbor::bytes")]
    pub invitation: Vec<u8>,
    /// Bytes of the [`UserCertificate`].
    #[cbor(n(1), with = "minicbor::bytes")]
    pub user: Vec<u8>,
    /// Bytes of the [`DeviceCertificate`].
    #[cbor(n(2), with = "minicbor::bytes")]
    pub device: Vec<u8>,
}

/// Why a chain is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainError {
    /// Not a credential.
    #[error("the credential is malformed")]
    Malformed,
    /// One of its parts.
    #[error(transparent)]
    Signed(#[from] SignedError),
    /// Not signed by an enrolment key of the organisation.
    #[error("the invitation isn't signed by an enrolment key of {0}")]
    NotEnrolled(String),
    /// The parts name different users.
    #[error("the certificates of the chain name different users")]
    DifferentUsers,
    /// The user is not of the manifest's organisation.
    #[error("the user is of another organisation")]
    OtherOrganisation,
    /// The device certificate's time is over or has not come.
    #[error("the device certificate isn't valid at this time")]
    Expired,
}

/// A device whose whole chain was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedDevice {
    /// The user.
    pub user: UserId,
    /// Display name, as the organisation certified it.
    pub name: String,
    /// What the user is.
    pub kind: Kind,
    /// The user's identity key.
    pub identity_key: PublicKey,
    /// The device.
    pub device: DeviceId,
    /// The device's label.
    pub label: String,
    /// The device's signature key: has to be the signature key of the MLS leaf.
    pub key: PublicKey,
    /// Since when the device certificate holds, in seconds since 1970.
    pub issued_at: u64,
    /// Until when the device certificate holds, in seconds since 1970.
    pub expires_at: u64,
}

impl Credential {
    /// The bytes that stand in the MLS credential.
    pub fn to_vec(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to a Vec can't fail")
    }

    /// Reads those bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ChainError> {
        if bytes.len() > 3 * super::MAX_SIGNED_BYTES {
            return Err(ChainError::Malformed);
        }
        minicbor::decode(bytes).map_err(|_| ChainError::Malformed)
    }

    /// Verifies every signature from the manifest's enrolment keys down. Without `now_seconds` the device certificate's
    /// time is not checked: a leaf that was valid when it was added stays in the tree.
    pub fn verify(&self, manifest: &Manifest, now_seconds: Option<u64>) -> Result<VerifiedDevice, ChainError> {
        let invitation = manifest
            .enrolment_keys
            .iter()
            .find_map(|key| Signed::<Invitation>::verify(&self.invitation, key).ok())
            .ok_or_else(|| match Unverified::<Invitation>::parse(&self.invitation) {
                Ok(_) => ChainError::NotEnrolled(manifest.domain.to_string()),
                Err(error) => error.into(),
            })?;
        let user = Signed::<UserCertificate>::verify(&self.user, &invitation.key)?;
        let device = Signed::<DeviceCertificate>::verify(&self.device, &user.identity_key)?;
        if invitation.user != user.user || user.user != device.user {
            return Err(ChainError::DifferentUsers);
        }
        if invitation.user.domain() != manifest.domain {
            return Err(ChainError::OtherOrganisation);
        }
        let verified = VerifiedDevice {
            user: invitation.user.clone(),
            name: invitation.name.clone(),
            kind: invitation.kind,
            identity_key: user.identity_key,
            device: device.device,
            label: device.label.clone(),
            key: device.key,
            issued_at: device.issued_at,
            expires_at: device.expires_at,
        };
        if now_seconds.is_none_or(|now| verified.accepted_at().contains(&now)) {
            Ok(verified)
        } else {
            Err(ChainError::Expired)
        }
    }
}

impl VerifiedDevice {
    /// The times, in seconds since 1970, at which this certificate may enter something: its own, give or take
    /// [`CLOCK_TOLERANCE_SECONDS`].
    pub fn accepted_at(&self) -> std::ops::RangeInclusive<u64> {
        self.issued_at.saturating_sub(CLOCK_TOLERANCE_SECONDS)..=self.expires_at.saturating_add(CLOCK_TOLERANCE_SECONDS)
    }
}
