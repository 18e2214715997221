//! The keys. The comments here are the documentation (see [`super::render`]).

use super::proxies::{ForwardedHeader, TrustedProxies};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};

/// What the documentation says about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Dotted name.
    pub name: &'static str,
    /// Unit of the value; empty when it has none.
    pub unit: &'static str,
    /// Its comment, in lines.
    pub doc: &'static [&'static str],
}

/// A section of keys: the structure, its defaults and its documentation from one list.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident $prefix:literal {
            $( $(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr, $unit:literal; )*
        }
        $( sections { $( $(#[doc = $of:literal])+ $section:ident: $inner:ident; )* } )?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $key: $type, )*
            $( $( $(#[doc = $of])+ pub $section: $inner, )* )?
        }

        impl $name {
            const KEYS: &'static [Key] = &[
                $( Key { name: concat!($prefix, stringify!($key)), unit: $unit, doc: &[$($doc),+] }, )*
            ];
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $( $key: $default, )*
                    $( $( $section: $inner::default(), )* )?
                }
            }
        }
    };
}

section! {
    /// Configuration of the relay, as read. [`super::Checked`] is what it starts with.
    Config "" {
        /// The one folder with everything the relay keeps: the store, the files and its key. Back it up.
        data_dir: PathBuf = PathBuf::from("chancery-data"), "";
        /// Address and port that the relay listens on. Without TLS this has to be a loopback address.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8008)), "";
        /// The relay's address as people's devices use it, for instance `https://chat.example.org`; other letters than a to z as the DNS has them, `xn--…`. Invitations point there.
        /// Without it, and listening on loopback, it is `http://` and the listen address.
        public_url: Option<String> = None, "";
        /// A proxy in front of the relay does TLS, and nothing but the proxy reaches the listen addresses. The relay then serves
        /// plain HTTP on any address, and takes the client's address for rate limits from what the proxy adds (`trusted_proxies`,
        /// `forwarded_header`). Where the address is reachable otherwise, sessions can be stolen and rate limits evaded.
        behind_tls_proxy: bool = false, "";
        /// Whose word about a client's address counts: the number of proxies one behind the other, each of which adds an entry to
        /// the header, or a list of their addresses and networks, as in `["10.0.0.0/8", "fd00::/8"]` (in a variable with
        /// commas). Too high a number, or a network that clients are in, lets them evade rate limits.
        trusted_proxies: TrustedProxies = TrustedProxies::default(), "proxies, or networks";
        /// The header in which the proxies say it: `x-forwarded-for`, or `forwarded` (RFC 7239). The other one is ignored: a
        /// proxy passes on what a client wrote there.
        forwarded_header: ForwardedHeader = ForwardedHeader::default(), "";
        /// Address and port for Prometheus (`/metrics`). Without it there are no metrics. A loopback address, unless
        /// `behind_tls_proxy` is set.
        metrics_listen: Option<SocketAddr> = None, "";
        /// Free space that is kept on the disk of `data_dir`. Below it files and histories for linked devices are refused, below half of
        /// it messages, groups and devices too; what removes, acknowledges and deletes goes on (docs/admin/operations.md).
        disk_reserve_bytes: u64 = 2 * 1024 * 1024 * 1024, "bytes";
        /// How long a shutdown waits for open requests and connections.
        shutdown_grace_seconds: u64 = 20, "seconds";
    }
    sections {
        /// TLS.
        tls: Tls;
        /// Logging.
        log: Log;
        /// Push messages.
        push: Push;
        /// Limits.
        limits: Limits;
    }
}

section! {
    /// TLS. Both files are read again when the process gets SIGHUP.
    Tls "tls." {
        /// PEM file with the relay's certificate, followed by its chain.
        certificate: Option<PathBuf> = None, "";
        /// PEM file with the certificate's private key.
        key: Option<PathBuf> = None, "";
    }
}

section! {
    /// Logging to standard error.
    Log "log." {
        /// `json` for machines or `text` for people.
        format: LogFormat = LogFormat::Text, "";
        /// What is logged: `error`, `warn`, `info`, `debug` or `trace`, and levels per module: `info,chancery_server=debug`.
        level: String = "info".to_owned(), "";
    }
}

section! {
    /// Push messages (docs/protocol/push.md).
    Push "push." {
        /// Wakes devices that have no connection, through the push services of their browsers' makers. These learn when a device is woken, never
        /// why. People switch it on per device.
        enabled: bool = true, "";
        /// How a push service's operator reaches you when something is wrong: `mailto:` or `https:`. Without it, `public_url` where
        /// that is https.
        contact: Option<String> = None, "";
        /// Time between two push messages to one device; what comes meanwhile is one.
        interval_seconds: u32 = 20, "seconds";
        /// Push also to private, link-local and loopback addresses (to the latter without TLS too): for a push service in your own network.
        /// Any member can then make the relay send requests there.
        allow_private_addresses: bool = false, "";
    }
}

section! {
    /// Limits of this process; what policy limits is not here.
    Limits "limits." {
        /// Open WebSocket connections; more are refused.
        connections: u32 = 20_000, "connections";
        /// Open WebSocket connections of one device; the oldest is closed for a new one.
        connections_per_device: u32 = 3, "connections";
        /// Requests of one device, or of one address without a session, in the long run.
        requests_per_second: u32 = 500, "requests per second";
        /// Requests of one device, or of one address without a session, at once. A whole office may stand behind one address,
        /// and connects anew when the relay was restarted.
        request_burst: u32 = 5000, "requests";
        /// Upload requests in progress; more have to wait.
        uploads: u32 = 256, "requests";
        /// Messages of one person in the long run; whoever sends more is told to wait, and clients do by themselves.
        messages_per_second: u32 = 200, "messages per second";
        /// Messages of one person at once: what was written during a long time without a connection.
        message_burst: u32 = 20_000, "messages";
        /// Bytes of messages and commits of one person in the long run. Files aren't counted here.
        bytes_per_second: u32 = 1024 * 1024, "bytes per second";
        /// Bytes of messages and commits of one person at once.
        byte_burst: u32 = 64 * 1024 * 1024, "bytes";
        /// Messages and commits of one person that the relay stores until everybody has read them or `log_days` are over.
        log_mib_per_person: u32 = 2048, "MiB";
        /// Groups and direct conversations that one person has started.
        groups_per_person: u32 = 5000, "groups";
    }
}

impl Limits {
    /// Limits that may not be zero.
    pub(super) fn counts(&self) -> [(&'static str, u32); 11] {
        [
            ("connections", self.connections),
            ("connections_per_device", self.connections_per_device),
            ("requests_per_second", self.requests_per_second),
            ("request_burst", self.request_burst),
            ("uploads", self.uploads),
            ("messages_per_second", self.messages_per_second),
            ("message_burst", self.message_burst),
            ("bytes_per_second", self.bytes_per_second),
            ("byte_burst", self.byte_burst),
            ("log_mib_per_person", self.log_mib_per_person),
            ("groups_per_person", self.groups_per_person),
        ]
    }
}

/// Form of the log's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// Text.
    Text,
}

/// Every key, in the order of the documentation.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    [Config::KEYS, Tls::KEYS, Log::KEYS, Push::KEYS, Limits::KEYS].into_iter().flatten()
}
