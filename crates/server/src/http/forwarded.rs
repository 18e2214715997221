//! Whose request it is behind a proxy: the address that a trusted proxy has added to the configured header.
//!
//! **Invariant:** a request without a usable address is limited together with all others of its proxy, and that is said: in the log, as a metric, in
//! `/readyz`.

use crate::config::{Checked, ForwardedHeader, TrustedProxies};
use axum::http::HeaderMap;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// Entries of a header that are looked at, from the nearest proxy on: more aren't any proxy's.
const MAX_ENTRIES: usize = 32;
/// Time between two warnings in the log, in milliseconds.
const WARN_EVERY_MILLIS: u64 = 3600 * 1000;

/// Why there is no usable address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAddress {
    /// No header.
    Missing,
    /// Fewer entries than there are trusted proxies.
    Short,
    /// The entry is no address.
    Unreadable,
    /// It came through a proxy that isn't in the trusted networks.
    Unlisted,
}

/// The client's address; otherwise the nearest peer's, and why.
pub(super) fn client(direct: Option<IpAddr>, headers: &HeaderMap, config: &Checked) -> (IpAddr, Option<NoAddress>) {
    let peer = direct.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    if !config.behind_tls_proxy {
        return (peer, None);
    }
    match behind(peer, headers, config.forwarded_header, &config.trusted_proxies) {
        Ok(address) => (address, None),
        Err(why) => (peer, Some(why)),
    }
}

fn behind(
    peer: IpAddr,
    headers: &HeaderMap,
    header: ForwardedHeader,
    trusted: &TrustedProxies,
) -> Result<IpAddr, NoAddress> {
    let mut entries = entries(headers, header).take(MAX_ENTRIES).peekable();
    match trusted {
        TrustedProxies::Number(number) => {
            if entries.peek().is_none() {
                return Err(NoAddress::Missing);
            }
            entries.nth(usize::from(*number) - 1).ok_or(NoAddress::Short)?.ok_or(NoAddress::Unreadable)
        }
        TrustedProxies::Networks(networks) => {
            let trusted = |address: IpAddr| networks.iter().any(|network| network.contains(address));
            if !trusted(peer) {
                // Somebody who came without a proxy, or whose proxy isn't listed: what they say of others isn't believed.
                return if entries.peek().is_none() { Ok(peer) } else { Err(NoAddress::Unlisted) };
            }
            let mut last = Err(NoAddress::Missing);
            for entry in entries {
                let address = entry.ok_or(NoAddress::Unreadable)?;
                last = Ok(address);
                if !trusted(address) {
                    break;
                }
            }
            last
        }
    }
}

/// The header's entries, the nearest proxy's first; `None` where one is no address.
fn entries(headers: &HeaderMap, header: ForwardedHeader) -> impl Iterator<Item = Option<IpAddr>> {
    let values = headers.get_all(header.name()).iter().rev();
    values.flat_map(move |value| {
        let text = value.to_str().unwrap_or("unreadable");
        let nodes: Vec<Option<IpAddr>> = match header {
            ForwardedHeader::XForwardedFor => text.rsplit(',').map(node).collect(),
            ForwardedHeader::Forwarded => {
                let elements = split(text, ',');
                elements.into_iter().rev().map(|element| node(forwarded_for(element)?)).collect()
            }
        };
        nodes
    })
}

/// The value of `for` in an element of `Forwarded` (RFC 7239 section 4).
fn forwarded_for(element: &str) -> Option<&str> {
    split(element, ';').into_iter().find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    })
}

/// Splits outside of quoted strings.
fn split(text: &str, at: char) -> Vec<&str> {
    let (mut parts, mut from, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (n, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if c == at && !quoted => {
                parts.push(&text[from..n]);
                from = n + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// An address as proxies write it: alone, with a port, in brackets, in quotes, with a zone.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
        return if port { address.split('%').next()?.parse().map(IpAddr::V6).ok() } else { None };
    }
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    match text.split_once(':') {
        Some((address, port)) if port.parse::<u16>().is_ok() => address.parse().map(IpAddr::V4).ok(),
        Some(_) => text.split('%').next()?.parse().ok(),
        None => None,
    }
}

/// Requests that came without a usable address, since the start.
#[derive(Debug, Default)]
pub struct Watch {
    all: AtomicU64,
    without: AtomicU64,
    warned_at_ms: AtomicU64,
    seen_at_ms: AtomicU64,
}

impl Watch {
    /// Notes a request; warns in the log the first time, and once an hour while it goes on.
    pub(super) fn note(&self, no_address: Option<NoAddress>, config: &Checked, now_ms: u64) {
        let all = self.all.fetch_add(1, Relaxed) + 1;
        let Some(why) = no_address else { return };
        let without = self.without.fetch_add(1, Relaxed) + 1;
        self.seen_at_ms.store(now_ms, Relaxed);
        let warned_at = self.warned_at_ms.load(Relaxed);
        let is_due = warned_at == 0 || now_ms.saturating_sub(warned_at) >= WARN_EVERY_MILLIS;
        if is_due && self.warned_at_ms.compare_exchange(warned_at, now_ms, Relaxed, Relaxed).is_ok() {
            tracing::warn!(without, all, "{}", words(why, config));
        }
    }

    /// What an operator has to look at, if there was such a request within the hour.
    pub fn warning(&self, now_ms: u64) -> Option<String> {
        let (without, all) = (self.without.load(Relaxed), self.all.load(Relaxed));
        let recent = now_ms.saturating_sub(self.seen_at_ms.load(Relaxed)) < WARN_EVERY_MILLIS;
        (without > 0 && recent).then(|| {
            format!(
                "{without} of {all} requests since the start came without a client's address and share their proxy's rate limit; the log says what to \
                 change"
            )
        })
    }

    /// How many there were.
    pub fn without(&self) -> u64 {
        self.without.load(Relaxed)
    }
}

/// What is wrong and what to do.
fn words(why: NoAddress, config: &Checked) -> String {
    let header = config.forwarded_header.name();
    let (what, mend) = match why {
        NoAddress::Missing => (
            format!("requests come without `{header}`"),
            "let the proxy set it to the client's address, or name the header that it sets in `forwarded_header`",
        ),
        NoAddress::Short => (
            format!("`{header}` has fewer entries than `trusted_proxies` says there are proxies"),
            "let every proxy add an entry, or set `trusted_proxies` to the number of those that do",
        ),
        NoAddress::Unreadable => (
            format!("the entry of `{header}` that counts is no address"),
            "let the proxy write the client's address there, with or without port",
        ),
        NoAddress::Unlisted => (
            format!("requests with `{header}` come from an address that `trusted_proxies` doesn't list"),
            "add the proxy's own address to `trusted_proxies`",
        ),
    };
    format!("{what}: all of them share one rate limit; {mend}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const PROXY: &str = "10.0.0.1";

    fn headers(header: ForwardedHeader, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header.name(), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn found(
        peer: &str,
        header: ForwardedHeader,
        values: &[&str],
        trusted: &TrustedProxies,
    ) -> Result<String, NoAddress> {
        let headers = headers(header, values);
        behind(peer.parse().unwrap(), &headers, header, trusted).map(|address| address.to_string())
    }

    fn number(number: u8) -> TrustedProxies {
        TrustedProxies::Number(number)
    }

    #[test]
    fn an_address_is_read_however_a_proxy_writes_it() {
        for (text, address) in [
            ("203.0.113.9", Some("203.0.113.9")),
            (" 203.0.113.9:41234 ", Some("203.0.113.9")),
            ("2001:db8::9", Some("2001:db8::9")),
            ("[2001:db8::9]", Some("2001:db8::9")),
            ("[2001:db8::9]:41234", Some("2001:db8::9")),
            ("\"[2001:db8::9]:41234\"", Some("2001:db8::9")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("[fe80::1%eth0]:1", Some("fe80::1")),
            ("unknown", None),
            ("_hidden", None),
            ("203.0.113.9:port", None),
            ("[2001:db8::9]x", None),
            ("[203.0.113.9]", None),
            ("", None),
        ] {
            assert_eq!(node(text).map(|node| node.to_string()).as_deref(), address, "{text}");
            let values = [text];
            let read = found(PROXY, ForwardedHeader::XForwardedFor, &values, &number(1));
            assert_eq!(read.ok().as_deref(), address, "{text}");
        }
    }

    #[test]
    fn the_entry_of_the_outermost_trusted_proxy_counts() {
        let xff = ForwardedHeader::XForwardedFor;
        let spoofed = ["1.1.1.1, 203.0.113.9, 10.0.0.2"];
        assert_eq!(found(PROXY, xff, &spoofed, &number(1)).unwrap(), "10.0.0.2");
        assert_eq!(found(PROXY, xff, &spoofed, &number(2)).unwrap(), "203.0.113.9");
        // A header may come in several lines.
        assert_eq!(found(PROXY, xff, &["1.1.1.1", "203.0.113.9", "10.0.0.2"], &number(2)).unwrap(), "203.0.113.9");
        assert_eq!(found(PROXY, xff, &["203.0.113.9"], &number(2)), Err(NoAddress::Short));
        assert_eq!(found(PROXY, xff, &[], &number(1)), Err(NoAddress::Missing));
        assert_eq!(found(PROXY, xff, &["unknown"], &number(1)), Err(NoAddress::Unreadable));
    }

    #[test]
    fn of_listed_proxies_the_first_address_that_is_none_of_theirs_counts() {
        let xff = ForwardedHeader::XForwardedFor;
        let networks = TrustedProxies::Networks(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let spoofed = ["1.1.1.1, 203.0.113.9, 10.0.0.2, fd00::2"];
        assert_eq!(found(PROXY, xff, &spoofed, &networks).unwrap(), "203.0.113.9");
        assert_eq!(found(PROXY, xff, &["10.9.9.9"], &networks).unwrap(), "10.9.9.9");
        assert_eq!(found(PROXY, xff, &[], &networks), Err(NoAddress::Missing));
        // Nobody but a listed proxy is believed.
        assert_eq!(found("198.51.100.1", xff, &["203.0.113.9"], &networks), Err(NoAddress::Unlisted));
        assert_eq!(found("198.51.100.1", xff, &[], &networks).unwrap(), "198.51.100.1");
    }

    #[test]
    fn rfc_7239_is_read_with_its_quotes_and_parameters() {
        let header = ForwardedHeader::Forwarded;
        for (value, address) in [
            ("for=203.0.113.9", Ok("203.0.113.9")),
            ("For=\"203.0.113.9:80\";proto=https;by=10.0.0.1", Ok("203.0.113.9")),
            ("proto=https;for=\"[2001:db8::9]:4711\"", Ok("2001:db8::9")),
            ("for=1.1.1.1, for=203.0.113.9;host=\"a,b;for=2.2.2.2\"", Ok("203.0.113.9")),
            ("for=unknown", Err(NoAddress::Unreadable)),
            ("proto=https", Err(NoAddress::Unreadable)),
        ] {
            let read = found(PROXY, header, &[value], &number(1));
            assert_eq!(read.as_deref().map_err(|why| *why), address, "{value}");
        }
        // The other header says nothing, whoever wrote it.
        let mut other = headers(header, &["for=203.0.113.9"]);
        other.append("x-forwarded-for", HeaderValue::from_static("1.1.1.1"));
        let read = behind(PROXY.parse().unwrap(), &other, header, &number(1)).unwrap();
        assert_eq!(read.to_string(), "203.0.113.9");
    }

    #[test]
    fn requests_without_an_address_are_counted_and_told_for_an_hour() {
        let config = crate::config::Config {
            behind_tls_proxy: true,
            public_url: Some("https://chat.example.org".to_owned()),
            ..Default::default()
        };
        let config = config.check().unwrap();
        let (address, why) = client(Some(PROXY.parse().unwrap()), &HeaderMap::new(), &config);
        assert_eq!((address.to_string().as_str(), why), (PROXY, Some(NoAddress::Missing)));
        let watch = Watch::default();
        watch.note(None, &config, 1_000);
        assert_eq!(watch.warning(1_000), None);
        watch.note(why, &config, 1_000);
        assert!(watch.warning(2_000).is_some_and(|text| text.starts_with("1 of 2 requests")));
        assert_eq!((watch.warning(1_000 + WARN_EVERY_MILLIS), watch.without()), (None, 1));
    }
}
