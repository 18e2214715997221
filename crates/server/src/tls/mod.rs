//! TLS from certificate files, with rustls and ring. The files are read again at SIGHUP: new connections get the new
//! certificate, open ones go on.

mod end;

use crate::{
    engine::now_ms,
    health::{Health, Subject},
};
use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use thiserror::Error;

/// A certificate that ends in fewer days than this is warned of. Those who renew by themselves do so a month before.
const WARN_DAYS: i64 = 21;

/// Why TLS can't start.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The certificate file can't be read.
    #[error("reading tls.certificate {path}: {}", pem_words(source), path = path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// The certificate file is empty.
    #[error("tls.certificate {path} holds no certificate; it has to be a PEM file with the whole chain, the relay's own first", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The key file can't be read.
    #[error("reading tls.key {path}: {}", pem_words(source), path = path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// They don't fit each other.
    #[error("tls.certificate and tls.key can't be used together: {0}")]
    Pair(#[source] rustls::Error),
}

fn pem_words(error: &rustls::pki_types::pem::Error) -> String {
    match error {
        rustls::pki_types::pem::Error::Io(error) => crate::with_advice(error),
        error => error.to_string(),
    }
}

/// The files of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM: the relay's certificate and its chain.
    pub certificate: PathBuf,
    /// PEM: its private key.
    pub key: PathBuf,
}

impl TlsFiles {
    /// Reads the files, and notes when the certificate ends.
    pub fn load(&self, health: &Health) -> Result<Arc<ServerConfig>, TlsError> {
        let chain = read_chain(&self.certificate)?;
        let ends_at = chain.iter().filter_map(|certificate| end::ends_at(certificate).ok()).min();
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|source| TlsError::Key { path: self.key.clone(), source })?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has suites of the default versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(TlsError::Pair)?;
        // WebSockets are HTTP/1.1.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        if let Some(ends_at) = ends_at {
            health.set_certificate_end(ends_at);
        }
        Ok(Arc::new(config))
    }

    /// The same for axum-server.
    pub fn open(&self, health: &Health) -> Result<RustlsConfig, TlsError> {
        self.load(health).map(RustlsConfig::from_config)
    }

    /// Reads the files again; when they can't be used, the old certificate stays.
    pub fn reload(&self, config: &RustlsConfig, health: &Health) -> Result<(), TlsError> {
        config.reload_from_config(self.load(health)?);
        Ok(())
    }

    /// Reloads at every SIGHUP until the task is aborted. Returns once the signal is caught, so that none can end the process.
    #[cfg(unix)]
    pub fn reload_on_hangup(
        self,
        config: RustlsConfig,
        health: Arc<Health>,
    ) -> std::io::Result<tokio::task::JoinHandle<()>> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hangups = signal(SignalKind::hangup())?;
        Ok(tokio::spawn(async move {
            while hangups.recv().await.is_some() {
                let files = self.clone();
                let (of, told) = (config.clone(), health.clone());
                match tokio::task::spawn_blocking(move || files.reload(&of, &told)).await {
                    Ok(Ok(())) => {
                        tracing::info!("the TLS certificate was read again");
                        warn_before_the_end(&health, now_ms() / 1000);
                    }
                    Ok(Err(error)) => tracing::error!(%error, "the TLS certificate stays the old one"),
                    Err(error) => tracing::error!(%error, "reading the TLS certificate"),
                }
            }
        }))
    }
}

/// Warns of a certificate that ends soon or has ended: when it is read, and then daily as the days get fewer.
pub fn warn_before_the_end(health: &Health, now_seconds: u64) {
    match health.certificate_days_left(now_seconds) {
        Some(days) if days < 0 => health.warn(
            Subject::Certificate,
            "the TLS certificate has ended: no device connects any more. Put a new one in its place and send SIGHUP"
                .to_owned(),
        ),
        Some(days) if days < WARN_DAYS => health.warn(
            Subject::Certificate,
            format!("the TLS certificate ends in {days} days. Put a new one in its place and send SIGHUP"),
        ),
        _ => health.withdraw(Subject::Certificate),
    }
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |source| TlsError::Certificate { path: path.to_owned(), source };
    let chain = CertificateDer::pem_file_iter(path).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    if chain.is_empty() { Err(TlsError::Empty { path: path.to_owned() }) } else { Ok(chain) }
}
