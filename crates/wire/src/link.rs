//! Links that people pass on: invitations and device links. What the relay must not learn stands in the URL's fragment,
//! which a browser never sends (RFC 3986 section 3.5).

use crate::{
    Base64,
    ids::{InvitationId, LinkId},
    signed::invitation_id,
};
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};
use thiserror::Error;
use url::Url;
use zeroize::Zeroize;

const VERSION: u8 = 1;
/// Longest link that is read at all, in bytes.
const MAX_LINK_BYTES: usize = 2048;

/// Why a text is no link.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Not a URL of the right kind.
    #[error("this is no {0} link: it starts with https:// and has a part after `#`; copy it whole")]
    Malformed(&'static str),
    /// Made by a newer version.
    #[error("this link is of version {0}; update Chancery to use it")]
    Version(u8),
    /// Plain HTTP to another machine.
    #[error("plain http is allowed on this machine only (localhost, 127.0.0.1, [::1])")]
    Insecure,
}

/// Checks that `url` is https, or http on loopback, and takes everything but scheme, host and port away.
pub fn relay_origin(url: &str) -> Result<Url, LinkError> {
    let mut url = Url::parse(url).map_err(|_| LinkError::Malformed("relay"))?;
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => return Err(LinkError::Malformed("relay")),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err(LinkError::Insecure),
        _ => return Err(LinkError::Malformed("relay")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(LinkError::Malformed("relay"));
    }
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// Splits a link into its relay and the bytes of its fragment.
fn parse<const N: usize>(text: &str, path: &str, name: &'static str) -> Result<(Url, [u8; N]), LinkError> {
    let text = text.trim();
    let malformed = || LinkError::Malformed(name);
    if text.len() > MAX_LINK_BYTES {
        return Err(malformed());
    }
    let url = Url::parse(text).map_err(|_| malformed())?;
    let relay = relay_origin(text).map_err(|e| if e == LinkError::Insecure { e } else { malformed() })?;
    if url.path() != path {
        return Err(malformed());
    }
    let bytes = url.fragment().and_then(Base64::decode).ok_or_else(malformed)?;
    match bytes.split_first() {
        Some((&VERSION, rest)) => Ok((relay, rest.try_into().map_err(|_| malformed())?)),
        Some((&version, _)) if version > VERSION => Err(LinkError::Version(version)),
        _ => Err(malformed()),
    }
}

fn format(relay: &Url, path: &str, parts: &[&[u8]]) -> String {
    let mut bytes = vec![VERSION];
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    let mut url = relay.clone();
    url.set_path(path);
    url.set_fragment(Some(&Base64::encode(&bytes)));
    bytes.zeroize();
    url.into()
}

/// An invitation link: the relay, the fingerprint of the organisation's root, and the seed of the invitation key.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationLink {
    /// The relay's origin.
    pub relay: Url,
    /// SHA-256 of the organisation's root key; pinned by the client.
    pub root_fingerprint: [u8; 32],
    /// Seed of the invitation key.
    pub seed: [u8; 16],
}

impl InvitationLink {
    const PATH: &'static str = "/i";

    /// Reads a link.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let (relay, bytes) = parse::<48>(text, Self::PATH, "invitation")?;
        Ok(Self {
            relay,
            root_fingerprint: bytes[..32].try_into().expect("32 of 48 bytes"),
            seed: bytes[32..].try_into().expect("16 of 48 bytes"),
        })
    }

    /// The text to pass on.
    pub fn to_text(&self) -> String {
        format(&self.relay, Self::PATH, &[&self.root_fingerprint, &self.seed])
    }

    /// The invitation key: Ed25519 from the SHA-256 of a label and the seed.
    pub fn key(&self) -> SigningKey {
        invitation_key(&self.seed)
    }

    /// The invitation's id.
    pub fn id(&self) -> InvitationId {
        invitation_id(self.key().verifying_key().as_bytes())
    }
}

/// The invitation key of a seed.
pub fn invitation_key(seed: &[u8; 16]) -> SigningKey {
    let digest = Sha256::new().chain_update(b"chancery invitation key v1").chain_update(seed).finalize();
    SigningKey::from_bytes(&digest.into())
}

impl std::fmt::Debug for InvitationLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InvitationLink({}, id {})", self.relay, self.id())
    }
}

/// Shown by a new device, given to an existing one: where they meet, what the new device asked for, and a secret that
/// the relay never sees, so that it can neither swap the request nor forge the answer.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceLink {
    /// The relay's origin.
    pub relay: Url,
    /// The rendezvous.
    pub link: LinkId,
    /// First half of the SHA-256 of the request's bytes.
    pub request_hash: [u8; 16],
    /// Enters the HPKE key schedule as `info`.
    pub secret: [u8; 16],
}

impl DeviceLink {
    const PATH: &'static str = "/l";

    /// Reads a link.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let (relay, bytes) = parse::<48>(text, Self::PATH, "device")?;
        let part = |at: usize| bytes[at..at + 16].try_into().expect("16 of 48 bytes");
        Ok(Self { relay, link: LinkId(part(0)), request_hash: part(16), secret: part(32) })
    }

    /// The text to pass on.
    pub fn to_text(&self) -> String {
        format(&self.relay, Self::PATH, &[self.link.as_bytes(), &self.request_hash, &self.secret])
    }

    /// Six digits that both devices show, so that a person sees that they mean each other.
    pub fn matching_code(&self) -> String {
        let digest = Sha256::new()
            .chain_update(b"chancery link code v1")
            .chain_update(self.link.as_bytes())
            .chain_update(self.request_hash)
            .chain_update(self.secret)
            .finalize();
        let number = u32::from_be_bytes(digest[..4].try_into().expect("4 of 32 bytes")) % 1_000_000;
        format!("{number:06}")
    }
}

impl std::fmt::Debug for DeviceLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceLink({}, {})", self.relay, self.link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_as_written() {
        let invitation = InvitationLink {
            relay: relay_origin("https://chat.example.org:8443").unwrap(),
            root_fingerprint: [1; 32],
            seed: [2; 16],
        };
        assert_eq!(InvitationLink::parse(&invitation.to_text()).unwrap(), invitation);
        let device = DeviceLink {
            relay: relay_origin("http://127.0.0.1:8008").unwrap(),
            link: LinkId([3; 16]),
            request_hash: [4; 16],
            secret: [5; 16],
        };
        assert_eq!(DeviceLink::parse(&device.to_text()).unwrap(), device);
        assert_eq!(device.matching_code().len(), 6);
        assert_eq!(InvitationLink::parse(&device.to_text()), Err(LinkError::Malformed("invitation")));
    }

    #[test]
    fn damaged_links_are_refused() {
        let good = InvitationLink {
            relay: relay_origin("https://example.org").unwrap(),
            root_fingerprint: [1; 32],
            seed: [2; 16],
        }
        .to_text();
        for end in 0..good.len() {
            assert!(InvitationLink::parse(&good[..end]).is_err(), "{}", &good[..end]);
        }
        assert_eq!(InvitationLink::parse(&good.replace("https", "http")), Err(LinkError::Insecure));
        let newer = good.replace("#AQ", "#Ag");
        assert_eq!(InvitationLink::parse(&newer), Err(LinkError::Version(2)));
    }
}
