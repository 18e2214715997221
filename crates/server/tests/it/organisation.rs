//! The organisation's signed objects.

use crate::support::*;
use chancery_server::testkit::TestServer;
use chancery_wire::{
    Code,
    api::{Request, Response, organisation::Publish},
    frames::InboxEvent,
    signed::{Manifest, Policy, Signed},
};
use ed25519_dalek::SigningKey;

fn policy(server: &TestServer, version: u64, key: &SigningKey) -> Request {
    let policy = Policy { version, log_days: 7, ..(*server.organisation.signed_policy).clone() };
    Request::PublishPolicy { body: Publish { object: Signed::sign(policy, key).bytes().to_vec().into() } }
}

fn manifest(server: &TestServer, key: &SigningKey, change: impl FnOnce(&mut Manifest)) -> Request {
    let mut manifest = (*server.organisation.manifest).clone();
    manifest.version += 1;
    change(&mut manifest);
    Request::PublishManifest { body: Publish { object: Signed::sign(manifest, key).bytes().to_vec().into() } }
}

#[tokio::test]
async fn a_policy_is_replaced_by_a_newer_one_only_and_devices_are_told_once() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let key = server.organisation.policy.clone();
    assert_eq!(alice.refused(policy(&server, 2, &server.organisation.enrolment)).await.code, Code::CertificateInvalid);
    assert_eq!(alice.refused(policy(&server, 1, &key)).await.code, Code::StaleVersion);
    alice.ok(policy(&server, 3, &key)).await;
    alice.ok(policy(&server, 3, &key)).await;
    assert_eq!(alice.refused(policy(&server, 2, &key)).await.code, Code::StaleVersion);
    alice.ok(policy(&server, 4, &key)).await;
    let Response::Organisation(organisation) = alice.ok(Request::GetOrganisation {}).await else { panic!() };
    let current = Signed::<Policy>::verify(&organisation.policy.0, &key.verifying_key().to_bytes()).unwrap();
    assert_eq!((current.version, current.log_days), (4, 7));
    let inbox = alice.connect().await.catch_up(&[], 0).await.inbox;
    assert_eq!(inbox.iter().map(|item| &item.event).collect::<Vec<_>>(), [&InboxEvent::OrganisationChanged]);
}

#[tokio::test]
async fn an_enrolment_key_that_the_manifest_drops_counts_no_more() {
    let mut server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let late = Person::new(&server.organisation, "late", &mut rng(5));
    let fresh = SigningKey::from_bytes(&[42; 32]);
    let root = server.organisation.root.clone();
    let replace = |manifest: &mut Manifest| manifest.enrolment_keys = vec![fresh.verifying_key().to_bytes()];
    assert_eq!(alice.refused(manifest(&server, &fresh, replace)).await.code, Code::CertificateInvalid);
    let foreign_relay = |manifest: &mut Manifest| manifest.relay_key = [1; 32];
    assert_eq!(alice.refused(manifest(&server, &root, foreign_relay)).await.code, Code::CertificateInvalid);
    alice.ok(manifest(&server, &root, replace)).await;
    alice.ok(manifest(&server, &root, replace)).await;
    assert_eq!(alice.refused(manifest(&server, &root, |manifest| manifest.version = 1)).await.code, Code::StaleVersion);
    let invite = Request::Invite { body: chancery_wire::api::enrolment::Invite { invitation: late.invitation.into() } };
    assert_eq!(alice.refused(invite.clone()).await.code, Code::CertificateInvalid);
    server.restart().await;
    assert_eq!(alice.refused(invite).await.code, Code::CertificateInvalid);
}

#[tokio::test]
async fn problems_are_described_as_rfc_9457_says() {
    let server = TestServer::start().await;
    let response = http().get(format!("{}/v1/devices", server.url())).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    let problem: serde_json::Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!((&problem["status"], &problem["code"]), (&401.into(), &"unauthenticated".into()));
    for field in ["type", "title", "detail"] {
        assert!(problem[field].is_string(), "{field} in {problem}");
    }
    let response = http().get(format!("{}/v1/nothing", server.url())).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.headers()["content-type"].as_bytes()),
        (404, &b"application/problem+json"[..])
    );
    let response = http().put(format!("{}/v1/devices", server.url())).send().await.unwrap();
    assert_eq!(response.status(), 405);
    let response = http().post(format!("{}/v1/users", server.url())).body("{").send().await.unwrap();
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn too_many_requests_have_to_wait() {
    let server = TestServer::start_with(SUITE, |config| {
        config.limits.request_burst = 5;
        config.limits.requests_per_second = 1;
    })
    .await;
    let (http, url) = (http(), server.url());
    let mut refused = None;
    for _ in 0..10 {
        if let Err(refusal) = call(&http, &url, None, &Request::GetOrganisation {}).await {
            refused = Some(refusal);
        }
    }
    assert_eq!(refused.unwrap().retry_after_seconds, Some(1));
}
