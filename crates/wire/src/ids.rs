//! Ids. Every id that leaves an organisation is global from the first day: it names its domain.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use rand_core::RngCore;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};
use thiserror::Error;
use utoipa::ToSchema;

/// Longest local part of a user id, in bytes.
pub const MAX_LOCAL_PART_BYTES: usize = 64;
/// Longest domain, in bytes (RFC 1035 section 2.3.4, less the root's dot).
pub const MAX_DOMAIN_BYTES: usize = 253;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// Not a domain.
    #[error("a domain has lower-case letters, digits, dots and hyphens, and at most {MAX_DOMAIN_BYTES} bytes")]
    Domain,
    /// Not a user id.
    #[error(
        "a user id looks like `alice@example.org`: lower-case letters, digits, `.`, `_` and `-` before the @, at most {MAX_LOCAL_PART_BYTES}"
    )]
    User,
    /// Not a group id.
    #[error("a group id looks like `0123456789abcdef0123456789abcdef@example.org`")]
    Group,
    /// Not hexadecimal of the right length.
    #[error("expected {0} hexadecimal digits")]
    Hex(usize),
}

fn is_domain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_DOMAIN_BYTES
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, b| {
        write!(text, "{b:02x}").expect("writing to a String can't fail");
        text
    })
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

macro_rules! text_id {
    ($name:ident, $doc:literal, $valid:expr, $error:expr) => {
        #[doc = $doc]
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// The text form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.to_owned())) } else { Err($error) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.str(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                d.str()?.parse().map_err(|e: IdError| decode::Error::message(e.to_string()))
            }
        }
    };
}

macro_rules! bytes_id {
    ($name:ident, $len:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
        #[schema(value_type = String, format = "hex")]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// A random one.
            pub fn random(rng: &mut dyn RngCore) -> Self {
                let mut bytes = [0; $len];
                rng.fill_bytes(&mut bytes);
                Self(bytes)
            }

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            /// From exactly as many bytes as the id has.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                unhex(text).map(Self).ok_or(IdError::Hex(2 * $len))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&hex(&self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                Self::from_slice(d.bytes()?).ok_or_else(|| decode::Error::message(concat!("expected ", $len, " bytes")))
            }
        }
    };
}

text_id!(Domain, "The domain of an organisation: `example.org`.", is_domain, IdError::Domain);
text_id!(
    UserId,
    "A person, guest, bot or recorder: `alice@example.org`.",
    |text| text.split_once('@').is_some_and(|(local, domain)| {
        let mut bytes = local.bytes();
        local.len() <= MAX_LOCAL_PART_BYTES
            && bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
            && is_domain(domain)
    }),
    IdError::User
);
text_id!(
    GroupId,
    "A conversation: 32 hexadecimal digits and the domain of the relay that orders it. Its bytes are the MLS group id.",
    |text| text.split_once('@').is_some_and(|(local, domain)| unhex::<16>(local).is_some() && is_domain(domain)),
    IdError::Group
);
bytes_id!(DeviceId, 16, "One device of a user.");
bytes_id!(ItemId, 16, "Chosen by the sender of a log item; makes sending idempotent.");
bytes_id!(MessageId, 32, "Id of a message, derived from its content (draft-ietf-mimi-content, section 3.3).");
bytes_id!(FileId, 16, "A file at the relay; whoever knows it may fetch the ciphertext.");
bytes_id!(LinkId, 16, "A rendezvous for linking a device.");
bytes_id!(InvitationId, 16, "An invitation: the first half of the SHA-256 of its public key.");

impl UserId {
    /// `local@domain` from its parts.
    pub fn new(local: &str, domain: &Domain) -> Result<Self, IdError> {
        format!("{local}@{domain}").parse()
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.split_once('@').expect("checked when parsed").0
    }

    /// The user's organisation.
    pub fn domain(&self) -> Domain {
        Domain(self.0.split_once('@').expect("checked when parsed").1.to_owned())
    }
}

impl GroupId {
    /// A new one at `domain`.
    pub fn random(rng: &mut dyn RngCore, domain: &Domain) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self::new(bytes, domain)
    }

    /// From the bytes that its hexadecimal digits stand for.
    pub fn new(bytes: [u8; 16], domain: &Domain) -> Self {
        Self(format!("{}@{domain}", hex(&bytes)))
    }

    /// The bytes that its hexadecimal digits stand for.
    pub fn local_bytes(&self) -> [u8; 16] {
        self.0.split_once('@').and_then(|(local, _)| unhex(local)).expect("checked when parsed")
    }

    /// The relay that orders this group.
    pub fn domain(&self) -> Domain {
        Domain(self.0.split_once('@').expect("checked when parsed").1.to_owned())
    }

    /// From the bytes of an MLS group id.
    pub fn from_mls(bytes: &[u8]) -> Result<Self, IdError> {
        std::str::from_utf8(bytes).map_err(|_| IdError::Group)?.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_that_are_no_ids_are_refused() {
        for bad in ["", "alice", "@x", "alice@", "Alice@x", ".a@x", "a b@x", "a@x..y", "a@-x", "a@x@y", "a@X"] {
            assert_eq!(bad.parse::<UserId>(), Err(IdError::User), "{bad}");
        }
        let alice: UserId = "alice.m-1_x@example.org".parse().unwrap();
        assert_eq!((alice.local(), alice.domain().as_str()), ("alice.m-1_x", "example.org"));
    }

    #[test]
    fn ids_survive_json_and_cbor() {
        let group: GroupId = "00112233445566778899aabbccddeeff@localhost".parse().unwrap();
        assert_eq!(serde_json::from_str::<GroupId>(&serde_json::to_string(&group).unwrap()).unwrap(), group);
        assert_eq!(minicbor::decode::<GroupId>(&minicbor::to_vec(&group).unwrap()).unwrap(), group);
        let device = DeviceId([7; 16]);
        assert_eq!(serde_json::from_str::<DeviceId>(&serde_json::to_string(&device).unwrap()).unwrap(), device);
        assert_eq!(minicbor::decode::<DeviceId>(&minicbor::to_vec(device).unwrap()).unwrap(), device);
    }
}
