//! What a person tells of themselves: a small picture. Content, so the relay never sees it. The name stands in the certificate.

use super::{canonical, picture_type};
use minicbor::{Decoder, Encoder, data::Type};
use std::fmt;

/// Media type of a person's profile: a CBOR map of text keys.
pub const USER_PROFILE_TYPE: &str = "application/vnd.chancery.user-profile+cbor";
/// Largest picture of a person or a group, in bytes.
pub const MAX_SMALL_PICTURE_BYTES: usize = 24 * 1024;

/// What a person tells of themselves; the last one in a conversation's order holds.
#[derive(Clone, PartialEq, Eq)]
pub struct UserProfile {
    /// A JPEG, PNG or WebP; `None`: there is none (any more).
    pub picture: Option<Vec<u8>>,
}

/// Whether bytes are a picture of a person or a group: a known format, and small.
pub fn is_small_picture(bytes: &[u8]) -> bool {
    bytes.len() <= MAX_SMALL_PICTURE_BYTES && picture_type(bytes).is_some()
}

impl UserProfile {
    /// `{? "picture": bytes}`.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut e = Encoder::new(Vec::new());
        let written = e.map(u64::from(self.picture.is_some())).and_then(|e| match &self.picture {
            Some(picture) => e.str("picture")?.bytes(picture),
            None => Ok(e),
        });
        written.expect("writing to a Vec can't fail");
        e.into_writer()
    }

    /// Reads a profile; keys of a newer version are passed over. `None` when the picture isn't one.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        canonical::check(bytes).ok()?;
        let mut d = Decoder::new(bytes);
        let mut picture = None;
        for _ in 0..d.map().ok()?? {
            let ours = d.datatype().ok()? == Type::String && d.probe().str().ok()? == "picture";
            d.skip().ok()?;
            if ours {
                picture = Some(d.bytes().ok().filter(|picture| is_small_picture(picture))?.to_vec());
            } else {
                d.skip().ok()?;
            }
        }
        Some(Self { picture })
    }
}

impl fmt::Debug for UserProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserProfile(picture: {} bytes)", self.picture.as_ref().map_or(0, Vec::len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_as_written_and_only_small_pictures_count() {
        let jpeg = |bytes: usize| [&[0xff, 0xd8, 0xff][..], &vec![7; bytes - 3]].concat();
        for picture in [None, Some(jpeg(10)), Some(jpeg(MAX_SMALL_PICTURE_BYTES))] {
            let profile = UserProfile { picture };
            assert!(UserProfile::from_slice(&profile.to_vec()).unwrap() == profile);
        }
        for picture in [jpeg(MAX_SMALL_PICTURE_BYTES + 1), b"<svg/>".to_vec(), Vec::new()] {
            assert!(UserProfile::from_slice(&UserProfile { picture: Some(picture) }.to_vec()).is_none());
        }
        let newer = [&[0xa1, 0x64][..], b"mood", &[0x01]].concat();
        assert!(UserProfile::from_slice(&newer).unwrap().picture.is_none());
    }
}
