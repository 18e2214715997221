//! CWT claims by number, with typed readers.

use super::{PublicKey, SignedError};
use ciborium::Value;

/// CWT claims (RFC 8392 section 4) and ours from the private-use range.
pub mod label {
    /// Subject.
    pub const SUB: i64 = 2;
    /// Expiration time, in seconds since 1970.
    pub const EXP: i64 = 4;
    /// Issued at, in seconds since 1970.
    pub const IAT: i64 = 6;
    /// Confirmation: the certified key (RFC 8747), a COSE_Key of type OKP, curve Ed25519.
    pub const CNF: i64 = 8;
    /// Display name.
    pub const NAME: i64 = -70_001;
    /// Kind of user.
    pub const KIND: i64 = -70_002;
    /// Device id.
    pub const DEVICE: i64 = -70_003;
    /// Version of a manifest or policy.
    pub const VERSION: i64 = -70_004;
    /// Enrolment keys, an array of byte strings.
    pub const ENROLMENT_KEYS: i64 = -70_005;
    /// Policy keys, an array of byte strings.
    pub const POLICY_KEYS: i64 = -70_006;
    /// The relay's external-sender key.
    pub const RELAY_KEY: i64 = -70_007;
    /// MLS cipher suite of new groups.
    pub const SUITE: i64 = -70_008;
    /// Largest file, in bytes.
    pub const FILE_MAX_BYTES: i64 = -70_009;
    /// How long files are kept, in days.
    pub const FILE_DAYS: i64 = -70_010;
    /// Files of one user, in bytes.
    pub const FILE_QUOTA_BYTES: i64 = -70_011;
    /// How long the relay keeps log items for absent devices, in days.
    pub const LOG_DAYS: i64 = -70_012;
    /// The longest life of a disappearing message, in seconds.
    pub const MESSAGE_MAX_SECONDS: i64 = -70_013;
}

/// A claims map. Unknown claims are ignored when read: the bytes are kept, so their signature still covers them.
#[derive(Default)]
pub struct Claims(Vec<(i64, Value)>);

impl Claims {
    pub(super) fn set(mut self, label: i64, value: impl Into<Value>) -> Self {
        self.0.push((label, value.into()));
        self
    }

    pub(super) fn set_key(self, key: &PublicKey) -> Self {
        let cose_key = Value::Map(vec![
            (1.into(), 1.into()),
            (Value::from(-1), 6.into()),
            (Value::from(-2), Value::Bytes(key.to_vec())),
        ]);
        self.set(label::CNF, Value::Map(vec![(1.into(), cose_key)]))
    }

    pub(super) fn set_keys(self, label: i64, keys: &[PublicKey]) -> Self {
        self.set(label, Value::Array(keys.iter().map(|key| Value::Bytes(key.to_vec())).collect()))
    }

    pub(super) fn to_vec(&self) -> Vec<u8> {
        let map = Value::Map(self.0.iter().map(|(label, value)| (Value::from(*label), value.clone())).collect());
        let mut bytes = Vec::new();
        ciborium::into_writer(&map, &mut bytes).expect("writing to a Vec can't fail");
        bytes
    }

    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let value: Value = ciborium::from_reader(bytes).ok()?;
        let mut claims = Vec::new();
        for (label, value) in value.into_map().ok()? {
            // Text labels are allowed (RFC 8392 section 1.1); none is ours.
            let Some(label) = label.as_integer() else { continue };
            let label = i64::try_from(i128::from(label)).ok()?;
            if claims.iter().any(|(seen, _)| *seen == label) {
                return None;
            }
            claims.push((label, value));
        }
        Some(Self(claims))
    }

    fn get(&self, label: i64) -> Option<&Value> {
        self.0.iter().find(|(l, _)| *l == label).map(|(_, value)| value)
    }

    pub(super) fn text(&self, label: i64, name: &'static str) -> Result<&str, SignedError> {
        self.get(label).and_then(Value::as_text).ok_or(SignedError::Claim(name))
    }

    pub(super) fn uint(&self, label: i64, name: &'static str) -> Result<u64, SignedError> {
        self.get(label)
            .and_then(Value::as_integer)
            .and_then(|i| u64::try_from(i128::from(i)).ok())
            .ok_or(SignedError::Claim(name))
    }

    pub(super) fn optional_uint(&self, label: i64, name: &'static str) -> Result<Option<u64>, SignedError> {
        self.get(label).is_some().then(|| self.uint(label, name)).transpose()
    }

    pub(super) fn bytes<const N: usize>(&self, label: i64, name: &'static str) -> Result<[u8; N], SignedError> {
        self.get(label).and_then(fixed).ok_or(SignedError::Claim(name))
    }

    pub(super) fn key(&self) -> Result<PublicKey, SignedError> {
        let field = |map: &Value, label: i64| {
            map.as_map()?.iter().find(|(l, _)| *l == Value::from(label)).map(|(_, value)| value.clone())
        };
        (|| {
            let key = field(self.get(label::CNF)?, 1)?;
            let okp = field(&key, 1)? == Value::from(1) && field(&key, -1)? == Value::from(6);
            if okp { fixed(&field(&key, -2)?) } else { None }
        })()
        .ok_or(SignedError::Claim("cnf"))
    }

    pub(super) fn keys(&self, label: i64, name: &'static str) -> Result<Vec<PublicKey>, SignedError> {
        self.get(label)
            .and_then(Value::as_array)
            .and_then(|keys| keys.iter().map(fixed).collect::<Option<Vec<_>>>())
            .filter(|keys| !keys.is_empty())
            .ok_or(SignedError::Claim(name))
    }
}

fn fixed<const N: usize>(value: &Value) -> Option<[u8; N]> {
    value.as_bytes()?.as_slice().try_into().ok()
}
