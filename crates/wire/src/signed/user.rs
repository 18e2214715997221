//! A user certificate: the invitation key says which identity key the person made on the first device.

use super::{
    PublicKey, SignedError, Statement,
    claims::{Claims, label},
};
use crate::ids::UserId;

/// Binds a user to an identity key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCertificate {
    /// The user.
    pub user: UserId,
    /// The user identity key, known only to the person's devices.
    pub identity_key: PublicKey,
    /// When it was signed, in seconds since 1970.
    pub issued_at: u64,
}

impl Statement for UserCertificate {
    const TYPE: &'static str = "chancery-user";

    fn to_claims(&self) -> Claims {
        Claims::default()
            .set(label::SUB, self.user.as_str())
            .set(label::IAT, self.issued_at)
            .set_key(&self.identity_key)
    }

    fn from_claims(claims: &Claims) -> Result<Self, SignedError> {
        Ok(Self {
            user: claims.text(label::SUB, "sub")?.parse().map_err(|_| SignedError::Claim("sub"))?,
            identity_key: claims.key()?,
            issued_at: claims.uint(label::IAT, "iat")?,
        })
    }
}
