//! TLS with an organisation's own certificate authority.

use crate::kit::{Device, LIMIT, options, rng};
use chancery_client::{Client, Options, Status};
use chancery_core::Command;
use chancery_server::testkit::TestServer;
use chancery_wire::{link::relay_origin, signed::Suite};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

/// A relay with a certificate that no platform trusts, and the file that holds it.
async fn secure_server() -> (TestServer, TempDir, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, cert.pem()).unwrap();
    std::fs::write(&key, signing_key.serialize_pem()).unwrap();
    let server = TestServer::start_with(Suite::Classical, |config| {
        config.public_url = Some("https://localhost".parse().unwrap());
        config.tls.certificate = Some(certificate.clone());
        config.tls.key = Some(key);
    })
    .await;
    (server, folder, certificate)
}

fn secure_url(server: &TestServer) -> String {
    format!("https://localhost:{}", server.server().local_addr().port())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_own_authority_everything_goes_over_tls() {
    let (server, _folder, ca) = secure_server().await;
    let with_ca = || Options { ca: Some(ca.clone()), ..options() };
    let alice = Device::with_options(with_ca()).joined(&server, "alice", &secure_url(&server)).await;
    let bob = Device::with_options(with_ca()).joined(&server, "bob", &secure_url(&server)).await;
    let group = alice.direct("bob@example.org").await;
    alice.say(&group, "over TLS").await;
    bob.wait_for("over TLS").await;
    let path = alice.folder.path().join("a.txt");
    std::fs::write(&path, "content").unwrap();
    let upload = chancery_client::files::Upload::new(path, group, "text/plain");
    alice.client.upload(upload, chancery_client::files::no_progress()).await.unwrap();
    bob.wait_for("file a.txt").await;

    // The same profile without the authority: no connection, and the certificate named as the reason.
    let Device { client, folder } = alice;
    client.shutdown().await;
    let client = Client::start(crate::kit::open(folder.path()), options()).unwrap();
    let alice = Device { client, folder };
    let status = alice.wait_status(|status| matches!(status, Status::Waiting { .. })).await;
    let Status::Waiting { reason } = status else { unreachable!() };
    assert!(reason.contains("certificate"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_with_an_unknown_certificate_is_not_joined() {
    let (server, _folder, _) = secure_server().await;
    let device = Device::new();
    let mut link = server.invite("alice", &mut rng(1)).await;
    link.relay = relay_origin(&secure_url(&server)).unwrap();
    let join = Command::Join { link: link.to_text(), label: String::new() };
    let error = tokio::time::timeout(LIMIT, device.client.command(join)).await.unwrap().unwrap_err();
    assert_eq!(error.code, "unreachable");
    assert!(error.message.contains("certificate"), "{error}");
}
