//! A device certificate: the identity key says which signature key one device uses, in MLS leaves and towards the relay.

use super::{
    PublicKey, SignedError, Statement,
    claims::{Claims, label},
};
use crate::ids::{DeviceId, UserId};

/// Binds a device of a user to its signature key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCertificate {
    /// The user.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// What its owner calls it, e.g. `phone`; empty when unnamed.
    pub label: String,
    /// The device's Ed25519 key.
    pub key: PublicKey,
    /// When it was signed, in seconds since 1970.
    pub issued_at: u64,
    /// Until when it holds, in seconds since 1970.
    pub expires_at: u64,
}

impl Statement for DeviceCertificate {
    const TYPE: &'static str = "chancery-device";

    fn to_claims(&self) -> Claims {
        Claims::default()
            .set(label::SUB, self.user.as_str())
            .set(label::EXP, self.expires_at)
            .set(label::IAT, self.issued_at)
            .set_key(&self.key)
            .set(label::NAME, self.label.as_str())
            .set(label::DEVICE, self.device.as_bytes().to_vec())
    }

    fn from_claims(claims: &Claims) -> Result<Self, SignedError> {
        let name = claims.text(label::NAME, "name")?;
        if name.len() > crate::limits::MAX_NAME_BYTES {
            return Err(SignedError::Claim("name"));
        }
        Ok(Self {
            user: claims.text(label::SUB, "sub")?.parse().map_err(|_| SignedError::Claim("sub"))?,
            device: DeviceId(claims.bytes(label::DEVICE, "device")?),
            label: name.to_owned(),
            key: claims.key()?,
            issued_at: claims.uint(label::IAT, "iat")?,
            expires_at: claims.uint(label::EXP, "exp")?,
        })
    }
}
