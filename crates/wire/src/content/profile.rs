//! Name and picture of a group. They are content, not group state: the relay never sees them.

use super::canonical;
use crate::limits::{MAX_CONTENT_BYTES, MAX_NAME_BYTES};
use minicbor::{Decoder, Encoder, data::Type};
use std::fmt;

/// Media type of a group's profile: a CBOR map of text keys.
pub const GROUP_PROFILE_TYPE: &str = "application/vnd.chancery.group-profile+cbor";
/// Largest picture of a group, in bytes; it has to fit into a message.
pub const MAX_PICTURE_BYTES: usize = MAX_CONTENT_BYTES - 16 * 1024;

/// Name and picture of a group; the last one in the group's order holds.
#[derive(Clone, PartialEq, Eq)]
pub struct GroupProfile {
    /// The name.
    pub name: String,
    /// A small picture (JPEG or PNG).
    pub picture: Option<Vec<u8>>,
}

impl GroupProfile {
    /// `{"name": text, ? "picture": bytes}`.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut e = Encoder::new(Vec::new());
        self.write(&mut e).expect("writing to a Vec can't fail");
        e.into_writer()
    }

    fn write(&self, e: &mut Encoder<Vec<u8>>) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        e.map(1 + u64::from(self.picture.is_some()))?.str("name")?.str(&self.name)?;
        if let Some(picture) = &self.picture {
            e.str("picture")?.bytes(picture)?;
        }
        Ok(())
    }

    /// Reads a profile; keys of a newer version are passed over.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        canonical::check(bytes).ok()?;
        let mut d = Decoder::new(bytes);
        let (mut name, mut picture) = (None, None);
        for _ in 0..d.map().ok()?? {
            let key = match d.datatype().ok()? {
                Type::String => d.str().ok()?,
                _ => {
                    d.skip().ok()?;
                    ""
                }
            };
            match key {
                "name" => name = Some(d.str().ok().filter(|name| name.len() <= MAX_NAME_BYTES)?.to_owned()),
                "picture" => {
                    picture = Some(d.bytes().ok().filter(|picture| picture.len() <= MAX_PICTURE_BYTES)?.to_vec())
                }
                _ => d.skip().ok()?,
            }
        }
        Some(Self { name: name?, picture })
    }
}

impl fmt::Debug for GroupProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GroupProfile(picture: {} bytes)", self.picture.as_ref().map_or(0, Vec::len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_as_written_and_newer_keys_are_passed_over() {
        for picture in [None, Some(vec![1, 2, 3])] {
            let profile = GroupProfile { name: "Lager & Versand 🚚".to_owned(), picture };
            assert_eq!(GroupProfile::from_slice(&profile.to_vec()), Some(profile));
        }
        let newer = [&[0xa3, 0x05, 0xf6, 0x64][..], b"mood", &[0x01, 0x64], b"name", &[0x61, b'x']].concat();
        assert_eq!(GroupProfile::from_slice(&newer).unwrap().name, "x");
        assert_eq!(GroupProfile::from_slice(&[0xa0]), None);
        let long = GroupProfile { name: "x".repeat(MAX_NAME_BYTES + 1), picture: None };
        assert_eq!(GroupProfile::from_slice(&long.to_vec()), None);
    }
}
