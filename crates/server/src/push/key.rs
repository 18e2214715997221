//! The relay's key towards push services (VAPID, RFC 8292): it says that two push messages come from the same relay, and a browser's subscription
//! takes no others.

use crate::{RelayFault, engine::now_ms};
use chancery_wire::Base64;
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer},
    elliptic_curve::sec1::ToEncodedPoint,
};
use rand_core::{CryptoRng, RngCore};
use url::Url;

/// A token is good for this long; push services take at most 24 hours (RFC 8292 section 2).
const TOKEN_SECONDS: u64 = 12 * 3600;

/// The key.
#[derive(Clone)]
pub struct VapidKey(SigningKey);

impl VapidKey {
    /// A new one.
    pub fn generate(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self(SigningKey::random(rng))
    }

    /// From its 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RelayFault> {
        SigningKey::from_slice(bytes).map(Self).map_err(RelayFault::new)
    }

    /// Its 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes().into()
    }

    /// What browsers subscribe with: an uncompressed point.
    pub fn public(&self) -> Vec<u8> {
        self.0.verifying_key().as_affine().to_encoded_point(false).as_bytes().to_vec()
    }

    /// The `Authorization` header for an endpoint (RFC 8292 section 3): a token (RFC 7519, ES256) for its origin only.
    pub fn authorization(&self, endpoint: &Url, contact: Option<&str>) -> String {
        let claims = serde_json::json!({
            "aud": endpoint.origin().ascii_serialization(),
            "exp": now_ms() / 1000 + TOKEN_SECONDS,
            "sub": contact,
        });
        // A claim that isn't known is left out (RFC 7519 knows no null).
        let claims = serde_json::Value::Object(
            claims
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        );
        let head = Base64::encode(br#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = format!("{head}.{}", Base64::encode(claims.to_string().as_bytes()));
        let signature: Signature = self.0.sign(signed.as_bytes());
        format!("vapid t={signed}.{}, k={}", Base64::encode(&signature.to_bytes()), Base64::encode(&self.public()))
    }
}
