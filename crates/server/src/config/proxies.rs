//! Which proxies are believed when they say whose request they pass on.
//!
//! **Invariant:** an address that a client wrote into a header itself is never taken for its own: only what a trusted proxy added counts, and only in
//! the one header that is configured, because a proxy passes the other one on as it came.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};
use std::{fmt, net::IpAddr, str::FromStr};

/// Most proxies one behind the other.
const MAX_PROXIES: u8 = 16;

/// The proxies between the relay and its clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustedProxies {
    /// So many, one behind the other, each of which adds an address.
    Number(u8),
    /// Those at these addresses.
    Networks(Vec<Network>),
}

impl Default for TrustedProxies {
    fn default() -> Self {
        Self::Number(1)
    }
}

/// An address with the bits of it that count (RFC 4632).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let shared = |width: u8, a: u128, b: u128| self.bits == 0 || (a ^ b) >> (width - self.bits) == 0;
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => shared(32, u32::from(own).into(), u32::from(other).into()),
            (IpAddr::V6(own), IpAddr::V6(other)) => shared(128, own.into(), other.into()),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no address and no network such as 10.0.0.0/8 or fd00::/8");
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |bits| bits.trim().parse()).map_err(|_| wrong())?;
        if bits > width { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Serialize for TrustedProxies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u8(*number),
            Self::Networks(networks) => serializer.collect_seq(networks.iter().map(Network::to_string)),
        }
    }
}

impl<'de> Deserialize<'de> for TrustedProxies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = TrustedProxies;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a number of proxies from 1 to {MAX_PROXIES}, or a list of addresses and networks such as [\"10.0.0.0/8\"]"
        )
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<TrustedProxies, E> {
        match u8::try_from(number) {
            Ok(number @ 1..=MAX_PROXIES) => Ok(TrustedProxies::Number(number)),
            _ => Err(E::custom(format!("trusted_proxies is {number}; between 1 and {MAX_PROXIES} are possible"))),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<TrustedProxies, E> {
        self.visit_u64(u64::try_from(number).unwrap_or(0))
    }

    /// As a variable of the environment has several.
    fn visit_str<E: Error>(self, text: &str) -> Result<TrustedProxies, E> {
        if let Ok(number) = text.trim().parse() {
            return self.visit_u64(number);
        }
        let networks = text.split(',').map(|network| network.trim().parse().map_err(E::custom));
        networks.collect::<Result<_, _>>().map(TrustedProxies::Networks)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<TrustedProxies, A::Error> {
        let mut networks = Vec::new();
        while let Some(text) = texts.next_element::<String>()? {
            networks.push(text.parse().map_err(A::Error::custom)?);
        }
        if networks.is_empty() {
            return Err(A::Error::custom("trusted_proxies is an empty list; take it away to get the default"));
        }
        Ok(TrustedProxies::Networks(networks))
    }
}

/// The header in which proxies say whose request they pass on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    #[serde(rename = "x-forwarded-for")]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    #[serde(rename = "forwarded")]
    Forwarded,
}

impl ForwardedHeader {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses_and_no_others() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.200.3.4", "11.0.0.1"),
            ("192.168.1.7", "192.168.1.7", "192.168.1.8"),
            ("192.168.1.128/25", "192.168.1.200", "192.168.1.100"),
            ("fd00::/8", "fd12::1", "fe80::1"),
            ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
            ("::/0", "2001:db8::1", "203.0.113.9"),
            // As a socket for both kinds shows it.
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert!(parsed.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!parsed.contains(outside.parse().unwrap()), "{network} {outside}");
        }
        for wrong in ["10.0.0.0/33", "10.0.0/8", "proxy.example.org", "", "::/129", "10.0.0.0/"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
