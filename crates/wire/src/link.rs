//! Links that people pass on: invitations, device links and links into a group. What the relay must not learn stands in the URL's fragment,
//! which a browser never sends (RFC 3986 section 3.5).

use crate::{
    Base64,
    content::GroupToken,
    ids::{GroupId, InvitationId, LinkId, UserId},
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
    /// An address with more than scheme, host and port.
    #[error("it ends in `{0}`; the relay answers at the root of a name only, so leave that away")]
    NotAnOrigin(String),
    /// The relay's name has letters that the DNS doesn't (RFC 5890): what they stand for takes tables that the app would have to load.
    #[error("write the relay's name as it stands in the DNS: with a to z, digits and hyphens, or as xn--…")]
    NotAscii,
}

/// Checks that `url` is https, or http on loopback, and takes everything but scheme, host and port away.
pub fn relay_origin(url: &str) -> Result<Url, LinkError> {
    let mut url = Url::parse(url).map_err(|error| match error {
        url::ParseError::IdnaError => LinkError::NotAscii,
        _ => LinkError::Malformed("relay"),
    })?;
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

/// The same for an address that somebody configures: nothing is taken away in silence.
pub fn relay_address(url: &str) -> Result<Url, LinkError> {
    let origin = relay_origin(url)?;
    let full = Url::parse(url).map_err(|_| LinkError::Malformed("relay"))?;
    let rest = &full[url::Position::BeforePath..];
    // A query or fragment may be empty and yet be there: `?`, `#`.
    if rest != "/" { Err(LinkError::NotAnOrigin(rest.to_owned())) } else { Ok(origin) }
}

/// Splits a link into its relay and the bytes of its fragment.
fn parse<const N: usize>(text: &str, path: &str, name: &'static str) -> Result<(Url, [u8; N]), LinkError> {
    let (relay, bytes) = parse_any(text, path, name)?;
    Ok((relay, bytes.try_into().map_err(|_| LinkError::Malformed(name))?))
}

/// The same, for a fragment of any length.
fn parse_any(text: &str, path: &str, name: &'static str) -> Result<(Url, Vec<u8>), LinkError> {
    let text = text.trim();
    let malformed = || LinkError::Malformed(name);
    if text.len() > MAX_LINK_BYTES {
        return Err(malformed());
    }
    let relay = relay_origin(text).map_err(|error| match error {
        LinkError::Malformed(_) => malformed(),
        other => other,
    })?;
    let url = Url::parse(text).map_err(|_| malformed())?;
    if url.path() != path {
        return Err(malformed());
    }
    let bytes = url.fragment().and_then(Base64::decode).ok_or_else(malformed)?;
    match bytes.split_first() {
        Some((&VERSION, rest)) => Ok((relay, rest.to_vec())),
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

/// Given out by the admins of a group: whom to ask, for which group, and the token that their devices let people in for.
#[derive(Clone, PartialEq, Eq)]
pub struct GroupLink {
    /// The relay's origin.
    pub relay: Url,
    /// The group.
    pub group: GroupId,
    /// The admin who is asked.
    pub admin: UserId,
    /// What the request needs.
    pub token: GroupToken,
}

impl GroupLink {
    const PATH: &'static str = "/g";

    /// Reads a link.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let (relay, bytes) = parse_any(text, Self::PATH, "group")?;
        let parts = || {
            let (token, rest) = bytes.split_at_checked(16)?;
            let (group, names) = rest.split_first_chunk::<16>()?;
            // The last stroke tells a whole link from one that was cut off within the domain.
            let (admin, domain) = std::str::from_utf8(names).ok()?.strip_suffix('/')?.split_once('/')?;
            let group = GroupId::new(*group, &domain.parse().ok()?);
            Some((GroupToken::from_slice(token)?, group, admin.parse().ok()?))
        };
        let (token, group, admin) = parts().ok_or(LinkError::Malformed("group"))?;
        Ok(Self { relay, group, admin, token })
    }

    /// The text to pass on: token, group and `<admin>/<the group's domain>/`.
    pub fn to_text(&self) -> String {
        let names = format!("{}/{}/", self.admin, self.group.domain());
        format(&self.relay, Self::PATH, &[self.token.as_bytes(), &self.group.local_bytes(), names.as_bytes()])
    }
}

impl std::fmt::Debug for GroupLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GroupLink({}, {})", self.relay, self.group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group_link() -> GroupLink {
        GroupLink {
            relay: relay_origin("https://chat.example.org").unwrap(),
            group: "00112233445566778899aabbccddeeff@example.org".parse().unwrap(),
            admin: "alice@example.com".parse().unwrap(),
            token: GroupToken::from_slice(&[6; 16]).unwrap(),
        }
    }

    #[test]
    fn a_group_link_is_read_as_written_and_says_nothing_outside_of_the_fragment() {
        let link = group_link();
        let text = link.to_text();
        assert_eq!(GroupLink::parse(&text).unwrap(), link);
        assert_eq!(text.split_once('#').unwrap().0, "https://chat.example.org/g");
        let longest = GroupLink {
            admin: format!("{}@{}example", "a".repeat(64), "b.".repeat(123)).parse().unwrap(),
            group: format!("{}@{}example", "0".repeat(32), "b.".repeat(123)).parse().unwrap(),
            ..link
        };
        assert_eq!(GroupLink::parse(&longest.to_text()).unwrap(), longest);
    }

    #[test]
    fn damaged_group_links_are_refused() {
        let good = group_link().to_text();
        for end in 0..good.len() {
            assert!(GroupLink::parse(&good[..end]).is_err(), "{}", &good[..end]);
        }
        let of = |bytes: &[u8]| format!("https://example.org/g#{}", Base64::encode(bytes));
        for names in ["", "/", "//", "alice@x", "alice/x/", "alice@x/y", "alice@x//", "alice@x/Y/", "a@x/y/z/"] {
            let bytes = [&[1][..], &[7; 32], names.as_bytes()].concat();
            assert_eq!(GroupLink::parse(&of(&bytes)), Err(LinkError::Malformed("group")), "{names}");
        }
        assert_eq!(GroupLink::parse(&of(&[1; 40])), Err(LinkError::Malformed("group")));
        assert_eq!(GroupLink::parse(&of(&[&[1][..], &[0xff; 50]].concat())), Err(LinkError::Malformed("group")));
        assert_eq!(GroupLink::parse(&of(&[2; 50])), Err(LinkError::Version(2)));
        assert_eq!(GroupLink::parse(&good.replace("/g#", "/i#")), Err(LinkError::Malformed("group")));
        assert_eq!(GroupLink::parse(&good.replace("https", "http")), Err(LinkError::Insecure));
        assert_eq!(GroupLink::parse(&format!("{good}{}", "A".repeat(3000))), Err(LinkError::Malformed("group")));
        assert!(!format!("{:?}", group_link()).contains("BgYG"));
    }

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
    fn a_relay_is_named_as_in_the_dns() {
        assert_eq!(
            relay_origin("https://xn--lndliche-hilfe-ufb.example/x").unwrap().as_str(),
            "https://xn--lndliche-hilfe-ufb.example/"
        );
        assert_eq!(relay_origin("https://CHAT.example.org").unwrap().as_str(), "https://chat.example.org/");
        assert_eq!(relay_origin("https://ländliche-hilfe.example"), Err(LinkError::NotAscii));
        for name in ["Ländliche", "A¡", "A%C2%A1", "xn--a-ecp.ru\u{e9}"] {
            assert_eq!(relay_origin(&format!("https://{name}")), Err(LinkError::NotAscii), "{name}");
        }
        // A letter that looks like another names no other relay.
        assert_eq!(InvitationLink::parse("https://ch\u{430}t.example.org/i#AQAA"), Err(LinkError::NotAscii));
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
