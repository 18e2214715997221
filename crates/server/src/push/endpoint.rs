//! Which endpoints are pushed to. A subscription's URL comes from a member, who could name an address that only the relay reaches
//! (server-side request forgery), so names and addresses are checked: the URL when it is stored and again when it is used, the address when its
//! name was resolved, right before the connection.

use chancery_wire::api::push::MAX_ENDPOINT_BYTES;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// The URL, when it may be pushed to as far as one can see from it; else why not.
pub fn check(endpoint: &str, allow_private: bool) -> Result<Url, &'static str> {
    if endpoint.len() > MAX_ENDPOINT_BYTES {
        return Err("the endpoint is longer than 2048 bytes");
    }
    let url = Url::parse(endpoint).map_err(|_| "the endpoint isn't a URL")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the endpoint holds a user name or password");
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err("the endpoint names no host"),
    };
    match url.scheme() {
        "https" => {}
        "http" if allow_private && address.is_some_and(|address| address.is_loopback()) => {}
        _ => return Err("the endpoint isn't https"),
    }
    match address {
        Some(address) if !allowed(address, allow_private) => Err("the endpoint isn't a public address"),
        _ => Ok(url),
    }
}

/// The host of an endpoint: whom the relay waits for.
pub fn host(endpoint: &str) -> Option<String> {
    Url::parse(endpoint).ok()?.host_str().map(str::to_owned)
}

/// Whether the relay may connect there.
pub fn allowed(address: IpAddr, allow_private: bool) -> bool {
    allow_private || is_public(address)
}

/// Whether an address belongs to the public Internet (IANA's special-purpose registries say which don't). Addresses that carry an IPv4 address
/// in them are what that one is, because a gateway would lead there.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        // "This network" (RFC 791), shared by providers (RFC 6598), protocol assignments (RFC 6890), 6to4 relays (RFC 7526),
        // benchmarks (RFC 2544), reserved and broadcast (RFC 1112).
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let s = address.segments();
    // NAT64 (RFC 6052).
    if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    // Global unicast, without protocol assignments and Teredo (RFC 2928), documentation (RFC 3849, RFC 9637) and 6to4 (RFC 3056).
    (s[0] & 0xe000) == 0x2000
        && !(s[0] == 0x2001 && s[1] < 0x200)
        && !(s[0] == 0x2001 && s[1] == 0xdb8)
        && !(s[0] == 0x3fff && s[1] < 0x1000)
        && s[0] != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_https_at_public_addresses() {
        for endpoint in ["https://push.example.net/send/abc?x=1", "https://push.example.net:8443/", "https://1.1.1.1/x"]
        {
            assert!(check(endpoint, false).is_ok(), "{endpoint}");
        }
        for endpoint in [
            "http://push.example.net/x",
            "http://127.0.0.1/x",
            "https://127.0.0.1/x",
            // Other ways to write it.
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://0177.0.0.1/x",
            "https://[::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://10.1.2.3/x",
            "https://172.16.0.1/x",
            "https://192.168.1.1/x",
            "https://169.254.169.254/latest/meta-data",
            "https://[fe80::1]/x",
            "https://[fd00::1]/x",
            "https://user:password@push.example.net/x",
            "ftp://push.example.net/x",
            "file:///etc/passwd",
            "unix:/run/docker.sock",
            "push.example.net",
            "",
        ] {
            assert!(check(endpoint, false).is_err(), "{endpoint}");
        }
        let long = format!("https://push.example.net/{}", "x".repeat(MAX_ENDPOINT_BYTES));
        assert!(check(&long, true).is_err());
    }

    #[test]
    fn private_networks_are_for_those_who_allow_them_and_plain_http_for_this_machine_then() {
        for endpoint in ["http://127.0.0.1:9/x", "http://[::1]:9/x", "https://10.1.2.3/x", "https://[fd00::1]/x"] {
            assert!(check(endpoint, true).is_ok(), "{endpoint}");
        }
        for endpoint in ["http://10.1.2.3/x", "http://push.example.net/x", "http://localhost/x"] {
            assert!(check(endpoint, true).is_err(), "{endpoint}");
        }
    }

    #[test]
    fn special_addresses_are_not_public() {
        for address in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.255.255.254",
            "169.254.0.1",
            "172.31.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:192.168.0.1",
            "::192.168.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "3fff::1",
            "fc00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "8.8.8.8",
            "100.128.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "2a00:1450:4001::1",
            "64:ff9b::8.8.8.8",
            "2001:4860::1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
