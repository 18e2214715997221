//! Configuration: a TOML file and environment variables (`CHANCERY_TLS__KEY` is `tls.key`), the environment first.
//! Every key, with its default and unit, stands in docs/admin/configuration.md, which is made from the comments here.
//!
//! **Invariant:** an unknown key is an error that names it, and plain HTTP is served on loopback addresses only, unless
//! `behind_tls_proxy` says that somebody else does TLS.

mod document;
mod keys;
pub(crate) mod nearest;
mod proxies;

pub use document::render;
pub use keys::{Config, Key, Limits, Log, LogFormat, Push, Tls, keys};
pub use proxies::{ForwardedHeader, Network, TrustedProxies};

use crate::{
    relay::{Allowance, Quotas, Rates},
    telemetry,
    tls::TlsFiles,
    with_advice,
};
use chancery_wire::link::{relay_address, relay_origin};
use figment::{
    Figment, Provider,
    providers::{Env, Format, Serialized, Toml},
    value::{Dict, Value},
};
use nearest::nearest;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};
use thiserror::Error;
use url::Url;

/// Prefix of the environment's variables.
const PREFIX: &str = "CHANCERY_";
/// Variables of this prefix that aren't configuration of the relay but the command line's own.
const OTHER_VARIABLES: [&str; 6] = ["ca", "config", "passphrase", "profile", "profiles_dir", "log"];

/// Why the configuration can't be used. Every message says what to do.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("reading the configuration {path}: {}", with_advice(source), path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, or a value of the wrong type.
    #[error("the configuration isn't understood: {0}")]
    Value(#[source] Box<figment::Error>),
    /// A key that doesn't exist.
    #[error("there is no configuration key `{key}` (from {origin}); did you mean `{nearest}`?")]
    Unknown {
        /// The key.
        key: String,
        /// The file, or the environment's variable.
        origin: String,
        /// The key most like it.
        nearest: &'static str,
    },
    /// Values that don't go together.
    #[error("{0}")]
    Check(String),
}

/// A configuration whose values go together.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    config: Config,
    public_url: Url,
    tls: Option<TlsFiles>,
}

impl std::ops::Deref for Checked {
    type Target = Config;
    fn deref(&self) -> &Config {
        &self.config
    }
}

impl Checked {
    /// Reads a file (when there is one) and the environment, and checks them.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let text = match file {
            None => String::new(),
            Some(path) => {
                std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?
            }
        };
        let origin = file.map_or_else(|| "no file".to_owned(), |path| path.display().to_string());
        let environment = Env::prefixed(PREFIX).filter(|name| !OTHER_VARIABLES.iter().any(|other| name == *other));
        read(&text, &origin, environment.split("__"))?.check()
    }

    /// The same with this data folder, whatever file and environment say.
    pub fn in_folder(mut self, data_dir: &Path) -> Self {
        self.config.data_dir = data_dir.to_owned();
        self
    }

    /// The relay's origin as clients know it.
    pub fn public_url(&self) -> &Url {
        &self.public_url
    }

    /// What one person may, and what is kept of the disk.
    pub fn quotas(&self) -> Quotas {
        let limits = &self.config.limits;
        let allowance = |burst: u32, per_second: u32| Allowance::new(f64::from(burst), f64::from(per_second));
        Quotas {
            rates: Rates {
                messages: allowance(limits.message_burst, limits.messages_per_second),
                bytes: allowance(limits.byte_burst, limits.bytes_per_second),
            },
            log_bytes: u64::from(limits.log_mib_per_person) * 1024 * 1024,
            groups: u64::from(limits.groups_per_person),
            disk_reserve_bytes: self.config.disk_reserve_bytes,
        }
    }

    /// The certificate, when this process does TLS itself.
    pub fn tls_files(&self) -> Option<&TlsFiles> {
        self.tls.as_ref()
    }
}

/// Reads a text and an environment.
fn read(text: &str, origin: &str, environment: impl Provider) -> Result<Config, ConfigError> {
    let failed = |error| ConfigError::Value(Box::new(error));
    let file = Figment::from(Toml::string(text));
    refuse_unknown(&file, |_| origin.to_owned())?;
    let environment = Figment::from(environment);
    refuse_unknown(&environment, |key| format!("the variable {PREFIX}{}", key.replace('.', "__").to_uppercase()))?;
    Figment::from(Serialized::defaults(Config::default())).merge(file).merge(environment).extract().map_err(failed)
}

fn refuse_unknown(figment: &Figment, origin: impl Fn(&str) -> String) -> Result<(), ConfigError> {
    let values: Dict = figment.extract().map_err(|error| ConfigError::Value(Box::new(error)))?;
    let mut found = Vec::new();
    collect("", &values, &mut found);
    match found.into_iter().find(|key| !keys().any(|known| known.name == key)) {
        None => Ok(()),
        Some(key) => Err(ConfigError::Unknown {
            origin: origin(&key),
            nearest: nearest(&key, keys().map(|known| known.name)),
            key,
        }),
    }
}

/// The dotted names of all values.
fn collect(prefix: &str, values: &Dict, found: &mut Vec<String>) {
    for (name, value) in values {
        let name = format!("{prefix}{name}");
        match value {
            Value::Dict(_, inner) => collect(&format!("{name}."), inner, found),
            _ => found.push(name),
        }
    }
}

impl Config {
    /// Checks that the values go together.
    pub fn check(self) -> Result<Checked, ConfigError> {
        let wrong = |text: String| Err(ConfigError::Check(text));
        let tls = match (&self.tls.certificate, &self.tls.key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate: certificate.clone(), key: key.clone() }),
            (None, None) => None,
            _ => return wrong("tls.certificate and tls.key go together; set both, or neither".to_owned()),
        };
        if tls.is_none() && !self.behind_tls_proxy {
            plain_only_on_loopback("listen", self.listen)?;
        }
        if let Some(address) = self.metrics_listen
            && !self.behind_tls_proxy
        {
            plain_only_on_loopback("metrics_listen", address)?;
        }
        if !self.behind_tls_proxy
            && (self.trusted_proxies != TrustedProxies::default()
                || self.forwarded_header != ForwardedHeader::default())
        {
            return wrong(
                "trusted_proxies and forwarded_header are for a relay behind a proxy: set behind_tls_proxy = true, or take them away, because \
                 nobody's headers are believed otherwise"
                    .to_owned(),
            );
        }
        let public_url = match &self.public_url {
            Some(url) => relay_address(url).map_err(|error| ConfigError::Check(format!("public_url: {error}")))?,
            None if tls.is_none() && self.listen.ip().is_loopback() => {
                relay_origin(&format!("http://{}", self.listen)).expect("http on a loopback address is an origin")
            }
            None => {
                return wrong(
                    "public_url isn't set; set it to the address that people's devices use, for instance \
                     `https://chat.example.org`, because invitations point there"
                        .to_owned(),
                );
            }
        };
        if (tls.is_some() || self.behind_tls_proxy) && public_url.scheme() == "http" {
            return wrong(format!(
                "public_url is {public_url}, but people's devices reach the relay by TLS; it has to start with https://"
            ));
        }
        telemetry::parse_level(&self.log.level).map_err(|error| ConfigError::Check(error.to_string()))?;
        if let Some(contact) = &self.push.contact
            && !["mailto", "https"].contains(&Url::parse(contact).as_ref().map_or("", Url::scheme))
        {
            return wrong(format!("push.contact is {contact}; it has to start with mailto: or https:"));
        }
        for (name, value) in self.limits.counts() {
            if value == 0 {
                return wrong(format!(
                    "limits.{name} is 0, so that nothing would work; take it away to get the default"
                ));
            }
        }
        Ok(Checked { config: self, public_url, tls })
    }
}

fn plain_only_on_loopback(key: &str, address: SocketAddr) -> Result<(), ConfigError> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let tls = if key == "listen" { "set tls.certificate and tls.key; or " } else { "" };
    Err(ConfigError::Check(format!(
        "{key} is {address}, which other machines reach, without TLS: {tls}take a loopback address such as 127.0.0.1:{}; or, \
         when a proxy in front does TLS and nothing else reaches this address, set behind_tls_proxy = true",
        address.port()
    )))
}

#[cfg(test)]
mod tests;
