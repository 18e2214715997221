//! TLS from files, read again while connections are open.

use axum::{Router, routing::get};
use chancery_server::{
    health::Health,
    tls::{TlsError, TlsFiles, warn_before_the_end},
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::{fs, path::Path, sync::Arc};

fn write(folder: &Path) -> (TlsFiles, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
    fs::write(&files.certificate, cert.pem()).unwrap();
    fs::write(&files.key, signing_key.serialize_pem()).unwrap();
    (files, cert.pem())
}

/// A client that trusts one certificate only.
fn client(pem: &str) -> reqwest::Client {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(config).build().unwrap()
}

#[tokio::test]
#[cfg(unix)]
async fn a_new_certificate_is_served_after_hangup_and_open_connections_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (files, first) = write(folder.path());
    let config = files.open(&Health::default()).unwrap();
    let reloading = files.clone().reload_on_hangup(config.clone(), Arc::default()).unwrap();
    let handle = axum_server::Handle::new();
    let app = Router::new().route(
        "/",
        get(|info: axum::extract::ConnectInfo<std::net::SocketAddr>| async move { info.0.port().to_string() }),
    );
    let server = axum_server::bind_rustls("127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap(), config)
        .handle(handle.clone())
        .serve(app.into_make_service_with_connect_info::<std::net::SocketAddr>());
    let server = tokio::spawn(server);
    let url = format!("https://localhost:{}/", handle.listening().await.unwrap().port());
    let ask = |client: reqwest::Client| {
        let request = client.get(&url);
        async move { request.send().await?.text().await }
    };

    let old = client(&first);
    let connection = ask(old.clone()).await.unwrap();
    let (_, second) = write(folder.path());
    let pid = std::process::id().to_string();
    assert!(std::process::Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    // Until the signal has come through, the old certificate is served.
    while ask(client(&second)).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert!(ask(client(&first)).await.is_err(), "new connections get the new certificate");
    assert_eq!(ask(old).await.unwrap(), connection, "the open connection goes on");
    reloading.abort();
    server.abort();
}

#[test]
fn a_certificate_that_ends_soon_is_warned_of_and_one_that_was_renewed_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let health = Health::default();
    let serve = |year: i32, month: u8| {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, month, 1);
        let certificate = params.self_signed(&key).unwrap();
        let files = TlsFiles { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        fs::write(&files.certificate, certificate.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        files.load(&health).unwrap();
    };
    // 2030-05-20.
    let now = 1_905_465_600;
    serve(2030, 6);
    warn_before_the_end(&health, now);
    let text = health.details(now);
    assert!(text.contains("certificate_days_left: 12\n") && text.contains("ends in 12 days"), "{text}");
    serve(2030, 5);
    warn_before_the_end(&health, now);
    let text = health.details(now);
    assert!(text.contains("certificate_days_left: -19\n") && text.contains("has ended"), "{text}");
    serve(2030, 8);
    warn_before_the_end(&health, now);
    assert_eq!(health.details(now), "certificate_days_left: 73\n");
}

#[test]
fn files_that_are_no_pair_are_refused_with_their_path() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = write(folder.path());
    let config = files.open(&Health::default()).unwrap();
    let other = tempfile::tempdir().unwrap();
    let (others, _) = write(other.path());
    let mixed = TlsFiles { certificate: files.certificate.clone(), key: others.key };
    assert!(matches!(mixed.load(&Health::default()), Err(TlsError::Pair(_))));
    assert!(mixed.reload(&config, &Health::default()).is_err(), "and the old certificate stays");
    fs::write(&files.certificate, "nothing").unwrap();
    let error = files.load(&Health::default()).unwrap_err().to_string();
    assert!(error.contains("cert.pem") && error.contains("tls.certificate"), "{error}");
    fs::remove_file(&files.key).unwrap();
    let missing = TlsFiles { certificate: others.certificate, key: files.key.clone() };
    let error = missing.load(&Health::default()).unwrap_err().to_string();
    assert!(error.contains("key.pem") && error.contains("tls.key"), "{error}");
}
