//! Which certificates are trusted: the platform's roots, and a file for organisations with a certificate authority of their own.

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{path::Path, sync::Arc};

/// The TLS configuration for everything.
pub(crate) fn config(extra: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    let platform = rustls_native_certs::load_native_certs();
    if platform.certs.is_empty() {
        // Not fatal: loopback needs none, and an own authority may be all there is.
        tracing::warn!(errors = platform.errors.len(), "the platform has no root certificates");
    }
    roots.add_parsable_certificates(platform.certs);
    if let Some(path) = extra {
        let bad =
            |what: &dyn std::fmt::Display| format!("the certificate file {} can't be used: {what}", path.display());
        let certificates: Vec<_> =
            CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| bad(&error))?;
        if certificates.is_empty() {
            return Err(bad(&"it holds no PEM certificate"));
        }
        for certificate in certificates {
            roots.add(certificate).map_err(|error| bad(&error))?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring serves the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused_by_name() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("ca.pem");
        assert!(config(Some(&path)).unwrap_err().contains("ca.pem"));
        std::fs::write(&path, "hello").unwrap();
        assert!(config(Some(&path)).unwrap_err().contains("no PEM certificate"));
    }
}
