//! Inviting into a group by link: the token that the group's admins give out, a request with it in the 1:1 with an admin, and the
//! answer there. All of it is content, so the relay sees neither the token nor who asked for what.

use super::canonical;
use crate::{ids::GroupId, limits::MAX_NAME_BYTES};
use minicbor::{Decode, Decoder, Encode, Encoder, bytes::ByteArray, data::Type};
use rand_core::RngCore;
use std::fmt;

/// Media type of a group's link: a CBOR map of text keys.
pub const GROUP_LINK_TYPE: &str = "application/vnd.chancery.group-link+cbor";
/// Media type of a request to be let into a group: a CBOR map of text keys.
pub const JOIN_REQUEST_TYPE: &str = "application/vnd.chancery.join-request+cbor";
/// Media type of the answer to one: a CBOR map of text keys.
pub const JOIN_ANSWER_TYPE: &str = "application/vnd.chancery.join-answer+cbor";

/// Whoever knows it is let into the group by its admins' devices.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct GroupToken(#[n(0)] ByteArray<16>);

impl GroupToken {
    /// A new one.
    pub fn random(rng: &mut dyn RngCore) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes.into())
    }

    /// From exactly 16 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        <[u8; 16]>::try_from(bytes).ok().map(|bytes| Self(bytes.into()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0[..]
    }
}

impl fmt::Debug for GroupToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GroupToken(…)")
    }
}

/// The link of a group; the last one in its order holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupLinkSetting {
    /// What a request needs; `None`: there is no link (any more).
    pub token: Option<GroupToken>,
    /// For those who came and can't know it: whoever knows a later state passes it over.
    pub told: bool,
}

/// A person asks an admin to be let into a group.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinRequest {
    /// The group.
    pub group: GroupId,
    /// The token of its link.
    pub token: GroupToken,
}

/// What an admin's device did about a request.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinAnswer {
    /// The group.
    pub group: GroupId,
    /// The person is in.
    pub let_in: bool,
    /// The group's name, for a person who is in.
    pub name: Option<String>,
}

type Write<'a> = &'a mut Encoder<Vec<u8>>;
type Written<'a> = Result<Write<'a>, minicbor::encode::Error<std::convert::Infallible>>;

fn written(write: impl for<'a> FnOnce(Write<'a>) -> Written<'a>) -> Vec<u8> {
    let mut e = Encoder::new(Vec::new());
    write(&mut e).expect("writing to a Vec can't fail");
    e.into_writer()
}

/// Reads a map of text keys. `value` takes up the value of a key that it knows and says so; others are passed over.
fn read<'b>(bytes: &'b [u8], mut value: impl FnMut(&str, &mut Decoder<'b>) -> Option<bool>) -> Option<()> {
    canonical::check(bytes).ok()?;
    let mut d = Decoder::new(bytes);
    for _ in 0..d.map().ok()?? {
        let key = match d.datatype().ok()? {
            Type::String => d.str().ok()?,
            _ => {
                d.skip().ok()?;
                ""
            }
        };
        if !value(key, &mut d)? {
            d.skip().ok()?;
        }
    }
    Some(())
}

impl GroupLinkSetting {
    /// `{? "told": true, ? "token": bytes}`.
    pub fn to_vec(&self) -> Vec<u8> {
        written(|e| {
            let mut e = e.map(u64::from(self.told) + u64::from(self.token.is_some()))?;
            if self.told {
                e = e.str("told")?.bool(true)?;
            }
            match &self.token {
                Some(token) => e.str("token")?.bytes(token.as_bytes()),
                None => Ok(e),
            }
        })
    }

    /// Reads one; keys of a newer version are passed over.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut setting = Self { token: None, told: false };
        read(bytes, |key, d| {
            match key {
                "told" => setting.told = d.bool().ok()?,
                "token" => setting.token = Some(GroupToken::from_slice(d.bytes().ok()?)?),
                _ => return Some(false),
            }
            Some(true)
        })?;
        Some(setting)
    }
}

impl JoinRequest {
    /// `{"group": text, "token": bytes}`.
    pub fn to_vec(&self) -> Vec<u8> {
        written(|e| e.map(2)?.str("group")?.str(self.group.as_str())?.str("token")?.bytes(self.token.as_bytes()))
    }

    /// Reads one; keys of a newer version are passed over.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let (mut group, mut token) = (None, None);
        read(bytes, |key, d| {
            match key {
                "group" => group = Some(d.str().ok()?.parse().ok()?),
                "token" => token = Some(GroupToken::from_slice(d.bytes().ok()?)?),
                _ => return Some(false),
            }
            Some(true)
        })?;
        Some(Self { group: group?, token: token? })
    }
}

impl JoinAnswer {
    /// `{? "name": text, "group": text, "let-in": bool}`.
    pub fn to_vec(&self) -> Vec<u8> {
        written(|e| {
            let mut e = e.map(2 + u64::from(self.name.is_some()))?;
            if let Some(name) = &self.name {
                e = e.str("name")?.str(name)?;
            }
            e.str("group")?.str(self.group.as_str())?.str("let-in")?.bool(self.let_in)
        })
    }

    /// Reads one; keys of a newer version are passed over.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let (mut group, mut let_in, mut name) = (None, None, None);
        read(bytes, |key, d| {
            match key {
                "group" => group = Some(d.str().ok()?.parse().ok()?),
                "let-in" => let_in = Some(d.bool().ok()?),
                "name" => name = Some(d.str().ok().filter(|name| name.len() <= MAX_NAME_BYTES)?.to_owned()),
                _ => return Some(false),
            }
            Some(true)
        })?;
        Some(Self { group: group?, let_in: let_in?, name })
    }
}

impl fmt::Debug for JoinRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JoinRequest")
    }
}

impl fmt::Debug for JoinAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinAnswer(let in: {})", self.let_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &[u8] = &[7; 16];

    fn group() -> GroupId {
        "00112233445566778899aabbccddeeff@example.org".parse().unwrap()
    }

    #[test]
    fn a_links_setting_is_read_as_written_and_keeps_its_form() {
        let token = GroupToken::from_slice(TOKEN).unwrap();
        for (token, told, bytes) in [
            (None, false, vec![0xa0]),
            (None, true, [&[0xa1, 0x64][..], b"told", &[0xf5]].concat()),
            (Some(token), false, [&[0xa1, 0x65][..], b"token", &[0x50], TOKEN].concat()),
            (Some(token), true, [&[0xa2, 0x64][..], b"told", &[0xf5, 0x65], b"token", &[0x50], TOKEN].concat()),
        ] {
            let setting = GroupLinkSetting { token, told };
            assert_eq!(setting.to_vec(), bytes);
            assert_eq!(GroupLinkSetting::from_slice(&bytes), Some(setting));
        }
        let newer = [&[0xa2, 0x64][..], b"mood", &[0x01, 0x65], b"token", &[0x50], TOKEN].concat();
        assert_eq!(GroupLinkSetting::from_slice(&newer).unwrap().token, Some(token));
        for short in [0usize, 15, 17] {
            let bytes = [&[0xa1, 0x65][..], b"token", &[0x40 + short as u8], &vec![7; short]].concat();
            assert_eq!(GroupLinkSetting::from_slice(&bytes), None, "a token of {short} bytes");
        }
    }

    #[test]
    fn requests_and_answers_are_read_as_written() {
        let request = JoinRequest { group: group(), token: GroupToken::from_slice(TOKEN).unwrap() };
        assert_eq!(JoinRequest::from_slice(&request.to_vec()), Some(request));
        for (let_in, name) in [(true, Some("Lager & Versand 🚚".to_owned())), (true, None), (false, None)] {
            let answer = JoinAnswer { group: group(), let_in, name };
            assert_eq!(JoinAnswer::from_slice(&answer.to_vec()), Some(answer));
        }
    }

    #[test]
    fn what_lacks_something_or_has_too_much_is_refused() {
        let whole = JoinRequest { group: group(), token: GroupToken::from_slice(TOKEN).unwrap() }.to_vec();
        for end in 0..whole.len() {
            assert_eq!(JoinRequest::from_slice(&whole[..end]), None);
            assert_eq!(JoinAnswer::from_slice(&whole[..end]), None);
            assert_eq!(GroupLinkSetting::from_slice(&whole[..end]), None);
        }
        for bytes in [&[0xa0][..], &[0x80], &[0xf6], &[0xbf, 0xff], &[0xa1, 0x65]] {
            assert_eq!((JoinRequest::from_slice(bytes), JoinAnswer::from_slice(bytes)), (None, None));
        }
        let nowhere = [&[0xa2, 0x65][..], b"group", &[0x61, b'x', 0x65], b"token", &[0x50], TOKEN].concat();
        assert_eq!(JoinRequest::from_slice(&nowhere), None);
        let name = Some("x".repeat(MAX_NAME_BYTES + 1));
        let long = JoinAnswer { group: group(), let_in: true, name };
        assert_eq!(JoinAnswer::from_slice(&long.to_vec()), None);
    }

    #[test]
    fn a_token_doesnt_print() {
        let shown = format!("{:?}", GroupLinkSetting { token: GroupToken::from_slice(TOKEN), told: true });
        assert!(!shown.contains('7'), "{shown}");
    }
}
