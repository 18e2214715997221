//! Invitations, joining, devices, key packages, linking.

use crate::support::*;
use chancery_server::testkit::TestServer;
use chancery_wire::{
    Code,
    api::{Request, Response, devices, enrolment, links},
    frames::InboxEvent,
    limits::{KEY_PACKAGE_LOW, MAX_DEVICES_PER_USER},
    signed::invitation_id,
};

fn invite(person: &Person) -> Request {
    Request::Invite { body: enrolment::Invite { invitation: person.invitation.clone().into() } }
}

#[tokio::test]
async fn an_invitation_serves_once() {
    let server = TestServer::start().await;
    let person = Person::new(&server.organisation, "alice", &mut rng(1));
    let client = Client::unregistered(&server, &person, 2);
    let join = Request::Join { body: client.join_body() };
    assert_eq!(client.refused(join.clone()).await.code, Code::InvitationUnknown);
    client.ok(invite(&person)).await;
    client.ok(invite(&person)).await;
    client.ok(join.clone()).await;
    client.ok(join).await;
    let other = Client::unregistered(&server, &person, 3);
    assert_eq!(other.refused(Request::Join { body: other.join_body() }).await.code, Code::InvitationUsed);
    let another = Person::new(&server.organisation, "alice", &mut rng(4));
    assert_eq!(client.refused(invite(&another)).await.code, Code::UserExists);
}

#[tokio::test]
async fn an_invitation_whose_name_cannot_be_seen_is_refused() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    for (number, name) in ["\u{200b}", "\u{3164}", "Mark\u{200b}", "\u{202e}kraM", "Ma\nrk"].into_iter().enumerate() {
        let person = Person::called(&server.organisation, "mark", name, &mut rng(10 + number as u64));
        assert_eq!(alice.refused(invite(&person)).await.code, Code::InvalidRequest, "{name:?}");
    }
}

#[tokio::test]
async fn people_are_found_by_what_is_typed_and_an_exact_handle_comes_first() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    for (number, (local, name)) in [
        ("bob", "Aaron Mark"),
        ("pawel", "Paweł Łukasiewicz"),
        ("eva", "Eva Strauß"),
        ("mark", "Zoe M\u{430}rk"),
        ("jose", "Jose\u{301}"),
    ]
    .into_iter()
    .enumerate()
    {
        let person = Person::called(&server.organisation, local, name, &mut rng(20 + number as u64));
        alice.ok(invite(&person)).await;
        let client = Client::unregistered(&server, &person, 30 + number as u64);
        client.ok(Request::Join { body: client.join_body() }).await;
    }
    for (query, found) in [
        ("lukas", vec!["pawel"]),
        ("STRAUSS", vec!["eva"]),
        ("josé", vec!["jose"]),
        ("mark", vec!["mark", "bob"]),
        ("mark@example.org", vec!["mark"]),
    ] {
        let Response::Users(users) = alice.ok(Request::FindUsers { query: query.into() }).await else { panic!() };
        let locals: Vec<_> = users.users.iter().map(|user| user.user.local()).collect();
        assert_eq!(locals, found, "{query}");
    }
}

#[tokio::test]
async fn a_pending_invitation_gives_way_to_a_newer_one() {
    let server = TestServer::start().await;
    let first = Person::new(&server.organisation, "alice", &mut rng(1));
    let second = Person::new(&server.organisation, "alice", &mut rng(2));
    let client = Client::unregistered(&server, &first, 3);
    client.ok(invite(&first)).await;
    client.ok(invite(&second)).await;
    assert_eq!(client.refused(Request::Join { body: client.join_body() }).await.code, Code::InvitationUnknown);
    let client = Client::unregistered(&server, &second, 4);
    client.ok(Request::Join { body: client.join_body() }).await;
}

#[tokio::test]
async fn what_the_organisation_did_not_sign_is_refused() {
    let server = TestServer::start().await;
    let foreign = chancery_server::testkit::Organisation::new("example.org", SUITE, 99, now_seconds());
    let mallory = Person::new(&foreign, "mallory", &mut rng(1));
    let alice = Client::join(&server, "alice").await;
    assert_eq!(alice.refused(invite(&mallory)).await.code, Code::CertificateInvalid);
    // A device of Alice's that her identity key didn't certify.
    let stranger = Person { user: alice.user.clone(), ..Person::new(&server.organisation, "alice", &mut rng(8)) };
    let device = Client::unregistered(&server, &stranger, 9);
    let refusal = device.refused(Request::AddDevice { body: device.add_device_body() }).await;
    assert_eq!(refusal.code, Code::CertificateInvalid);
}

#[tokio::test]
async fn an_invitations_state_is_known() {
    let server = TestServer::start().await;
    let person = Person::new(&server.organisation, "alice", &mut rng(1));
    let client = Client::unregistered(&server, &person, 2);
    let key =
        chancery_wire::signed::Unverified::<chancery_wire::signed::Invitation>::parse(&person.invitation).unwrap();
    let invitation = invitation_id(&key.peek().key);
    let get = Request::GetInvitation { invitation };
    assert_eq!(client.refused(get.clone()).await.code, Code::InvitationUnknown);
    client.ok(invite(&person)).await;
    let Response::Invitation(state) = client.ok(get.clone()).await else { panic!() };
    assert_eq!((state.used, state.invitation.0), (false, person.invitation.clone()));
    client.ok(Request::Join { body: client.join_body() }).await;
    let Response::Invitation(state) = client.ok(get).await else { panic!() };
    assert!(state.used);
}

#[tokio::test]
async fn users_are_found_by_name_and_id() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let Response::Users(found) = alice.ok(Request::FindUsers { query: "BO".into() }).await else { panic!() };
    assert_eq!(found.users.len(), 1);
    assert_eq!((&found.users[0].user, &found.users[0].credentials[0].0), (&bob.user, &bob.credential));
    let Response::Users(all) = alice.ok(Request::FindUsers { query: String::new() }).await else { panic!() };
    assert_eq!(all.users.len(), 2);
    let Response::User(user) = alice.ok(Request::GetUser { user: bob.user.clone() }).await else { panic!() };
    assert_eq!(user.name, "bob");
    let list = |after| Request::ListUsers { after };
    let Response::Users(page) = alice.ok(list(None)).await else { panic!() };
    assert_eq!(page.users.iter().map(|user| &user.user).collect::<Vec<_>>(), [&alice.user, &bob.user]);
    let Response::Users(page) = alice.ok(list(Some(alice.user.clone()))).await else { panic!() };
    assert_eq!(page.users.iter().map(|user| &user.user).collect::<Vec<_>>(), [&bob.user]);
    let Response::Users(page) = alice.ok(list(Some(bob.user.clone()))).await else { panic!() };
    assert!(page.users.is_empty());
    let nobody = "nobody@example.org".parse().unwrap();
    assert_eq!(alice.refused(Request::GetUser { user: nobody }).await.code, Code::NotFound);
}

#[tokio::test]
async fn linked_devices_are_told_and_counted() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let second = alice.link(&server, 100).await;
    second.ok(Request::AddDevice { body: second.add_device_body() }).await;
    let inbox = alice.connect().await.catch_up(&[], 0).await.inbox;
    assert_eq!(inbox.iter().filter(|item| item.event == InboxEvent::DevicesChanged).count(), 1);
    for n in 2..MAX_DEVICES_PER_USER as u64 {
        alice.link(&server, 100 + n).await;
    }
    let Response::Devices(listed) = alice.ok(Request::ListDevices {}).await else { panic!() };
    assert_eq!(listed.devices.len(), MAX_DEVICES_PER_USER);
    let one_more = Client::unregistered(&server, &alice.person, 999);
    alice.admit(&one_more).await;
    let request = Request::AddDevice { body: one_more.add_device_body() };
    assert_eq!(one_more.refused(request).await.code, Code::TooManyDevices);
}

#[tokio::test]
async fn a_taken_identity_key_registers_no_device_that_an_active_one_has_not_admitted() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let stolen = alice.link(&server, 100).await;
    let thief = Client::unregistered(&server, &alice.person, 101);
    let register = |of: &Client| Request::AddDevice { body: of.add_device_body() };
    // The identity key alone doesn't do, nor somebody else's word.
    assert_eq!(thief.refused(register(&thief)).await.code, Code::Forbidden);
    bob.admit(&thief).await;
    assert_eq!(thief.refused(register(&thief)).await.code, Code::Forbidden);
    // What the stolen device admitted is worth nothing once it is removed.
    stolen.admit(&thief).await;
    alice.ok(Request::RemoveDevice { device: stolen.device_id }).await;
    assert_eq!(thief.refused(register(&thief)).await.code, Code::Forbidden);
    // An admission is for one credential, and for one time.
    alice.admit(&thief).await;
    let other = Client::unregistered(&server, &alice.person, 102);
    assert_eq!(other.refused(register(&other)).await.code, Code::Forbidden);
    thief.ok(register(&thief)).await;
}

#[tokio::test]
async fn a_renewed_certificate_takes_the_old_ones_place_and_another_key_is_refused() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let packages = devices::KeyPackages::default();
    let mut renewed = chancery_wire::signed::Credential::from_slice(&alice.credential).unwrap();
    let certificate = chancery_wire::signed::DeviceCertificate {
        user: alice.user.clone(),
        device: alice.device_id,
        label: "renewed".into(),
        key: alice.key.verifying_key().to_bytes(),
        issued_at: now_seconds(),
        expires_at: now_seconds() + 2_000_000,
    };
    renewed.device = chancery_wire::signed::Signed::sign(certificate, &alice.person.identity).bytes().to_vec();
    let body = devices::AddDevice { credential: renewed.to_vec().into(), key_packages: packages.clone() };
    alice.ok(Request::AddDevice { body }).await;
    let Response::Devices(listed) = alice.ok(Request::ListDevices {}).await else { panic!() };
    assert_eq!((listed.devices.len(), &listed.devices[0].credential.0), (1, &renewed.to_vec()));
    let other_key = alice.person.credential(alice.device_id, &ed25519_dalek::SigningKey::from_bytes(&[9; 32]));
    let body = devices::AddDevice { credential: other_key.into(), key_packages: packages };
    assert_eq!(alice.refused(Request::AddDevice { body }).await.code, Code::Forbidden);
}

#[tokio::test]
async fn an_older_certificate_does_not_take_a_newer_ones_place_at_the_relay() {
    let server = TestServer::start().await;
    let mut alice = Client::join(&server, "alice").await;
    let older = alice.credential.clone();
    let register = |credential: &[u8]| {
        let key_packages = devices::KeyPackages::default();
        Request::AddDevice { body: devices::AddDevice { credential: credential.to_vec().into(), key_packages } }
    };
    alice.certify_anew(now_seconds() + 60, now_seconds() + 2_000_000);
    let newer = alice.credential.clone();
    for _ in 0..2 {
        alice.ok(register(&newer)).await;
    }
    // Whoever has seen it can send it: there is no session in it.
    alice.token = None;
    assert_eq!(alice.refused(register(&older)).await.code, Code::StaleVersion);
    alice.authenticate().await.unwrap();
    let Response::Devices(listed) = alice.ok(Request::ListDevices {}).await else { panic!() };
    assert_eq!((listed.devices.len(), &listed.devices[0].credential.0), (1, &newer));
}

#[tokio::test]
async fn ordinary_key_packages_are_handed_out_once_and_then_the_last_resort_one() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..10 {
        let package = alice.claim(&[&bob.user]).await.remove(0);
        assert!(!package.last_resort && seen.insert(package.bytes));
    }
    let last = alice.claim(&[&bob.user]).await.remove(0);
    assert!(last.last_resort);
    assert_eq!(alice.claim(&[&bob.user]).await.remove(0).bytes, last.bytes);
    let Response::Stocks(stocks) = bob.ok(Request::GetStocks {}).await else { panic!() };
    let stock = stocks.stocks.iter().find(|stock| stock.suite == SUITE).unwrap();
    assert_eq!((stock.ordinary, stock.last_resort), (0, true));
    let inbox = bob.connect().await.catch_up(&[], 0).await.inbox;
    assert_eq!(inbox.len(), 1, "one event, however often it became true");
    assert_eq!(inbox[0].event, InboxEvent::KeyPackagesLow);
    bob.ok(Request::PutKeyPackages { body: bob.key_packages(KEY_PACKAGE_LOW + 1) }).await;
    assert!(!alice.claim(&[&bob.user]).await.remove(0).last_resort);
}

#[tokio::test]
async fn a_claimed_key_package_uploaded_again_stays_claimed() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let packages = bob.key_packages(1);
    for _ in 0..10 {
        alice.claim(&[&bob.user]).await;
    }
    bob.ok(Request::PutKeyPackages { body: packages.clone() }).await;
    assert_eq!(alice.claim(&[&bob.user]).await.remove(0).bytes, packages.ordinary[0].0);
    bob.ok(Request::PutKeyPackages { body: packages }).await;
    assert!(alice.claim(&[&bob.user]).await.remove(0).last_resort);
}

#[tokio::test]
async fn key_packages_of_others_are_refused() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let swapped = Request::PutKeyPackages { body: alice.key_packages(1) };
    assert_eq!(bob.refused(swapped).await.code, Code::KeyPackageInvalid);
    let garbage = devices::KeyPackages { ordinary: vec![vec![1, 2, 3].into()], last_resort: Vec::new() };
    assert_eq!(bob.refused(Request::PutKeyPackages { body: garbage }).await.code, Code::KeyPackageInvalid);
    let good = bob.key_packages(1);
    let wrong_list = devices::KeyPackages { ordinary: good.last_resort, last_resort: Vec::new() };
    assert_eq!(bob.refused(Request::PutKeyPackages { body: wrong_list }).await.code, Code::KeyPackageInvalid);
    let many = devices::KeyPackages { ordinary: vec![vec![1].into(); 101], last_resort: Vec::new() };
    assert_eq!(bob.refused(Request::PutKeyPackages { body: many }).await.code, Code::TooLarge);
}

#[tokio::test]
async fn claims_are_limited_per_caller_and_user() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let claim = || Request::ClaimKeyPackages { body: devices::Claim { suite: SUITE, users: vec![bob.user.clone()] } };
    let refusal = loop {
        if let Err(refusal) = alice.call(claim()).await {
            break refusal;
        }
    };
    assert_eq!(refusal.code, Code::RateLimited);
    assert!(refusal.retry_after_seconds.is_some_and(|seconds| seconds > 0));
    bob.ok(Request::ClaimKeyPackages { body: devices::Claim { suite: SUITE, users: vec![alice.user.clone()] } }).await;
}

#[tokio::test]
async fn a_claim_covers_own_other_devices_only_when_asked() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let second = alice.link(&server, 50).await;
    let bob = Client::join(&server, "bob").await;
    assert_eq!(alice.claim(&[&bob.user]).await.len(), 1);
    let own = alice.claim(&[&alice.user]).await;
    assert_eq!(own.iter().map(|package| package.owner.device).collect::<Vec<_>>(), [second.device_id]);
    assert_eq!(bob.claim(&[&alice.user]).await.len(), 2);
}

#[tokio::test]
async fn a_challenge_serves_once() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let Response::Challenge(challenge) = alice.ok(Request::OpenChallenge {}).await else { panic!() };
    let body = chancery_wire::api::auth::OpenSession {
        user: alice.user.clone(),
        device: alice.device_id,
        signature: alice.sign(&challenge.challenge.0).into(),
        challenge: challenge.challenge,
    };
    alice.ok(Request::OpenSession { body: body.clone() }).await;
    assert_eq!(alice.refused(Request::OpenSession { body }).await.code, Code::Unauthenticated);
}

#[tokio::test]
async fn a_rendezvous_belongs_to_the_first_device_that_writes_to_it() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    let open = Request::OpenLink { body: links::OpenLink { request: vec![1, 2, 3].into() } };
    let Response::Link(link) = alice.ok(open).await else { panic!() };
    let link = link.link;
    let Response::LinkRequest(request) = alice.ok(Request::GetLinkRequest { link }).await else { panic!() };
    assert_eq!(request.request.0, [1, 2, 3]);
    let post = |n, body: &[u8]| Request::PostLinkMessage {
        link,
        body: links::PostLinkMessage { n, body: body.to_vec().into(), admits: None },
    };
    assert_eq!(alice.refused(post(1, b"gap")).await.code, Code::InvalidRequest);
    alice.ok(post(0, b"zero")).await;
    alice.ok(post(0, b"zero")).await;
    assert_eq!(alice.refused(post(0, b"other")).await.code, Code::InvalidRequest);
    alice.ok(post(1, b"one")).await;
    assert_eq!(bob.refused(post(2, b"two")).await.code, Code::LinkClosed);
    assert_eq!(bob.refused(Request::GetLinkRequest { link }).await.code, Code::LinkClosed);
    let Response::LinkMessages(messages) = bob.ok(Request::GetLinkMessages { link, from: 1 }).await else { panic!() };
    assert_eq!((messages.messages.len(), &messages.messages[0].body.0), (1, &b"one".to_vec()));
    let large = Request::OpenLink { body: links::OpenLink { request: vec![0; 4097].into() } };
    assert_eq!(alice.refused(large).await.code, Code::TooLarge);
    let unknown = chancery_wire::LinkId([9; 16]);
    assert_eq!(alice.refused(Request::GetLinkRequest { link: unknown }).await.code, Code::LinkClosed);
}

#[tokio::test]
async fn key_packages_about_to_expire_are_not_handed_out() {
    let server = TestServer::start().await;
    let alice = Client::join(&server, "alice").await;
    let bob = Client::join(&server, "bob").await;
    for _ in 0..10 {
        alice.claim(&[&bob.user]).await;
    }
    let nearly_over = now_seconds() - chancery_wire::limits::KEY_PACKAGE_LIFETIME_SECONDS + 12 * 3600;
    let old = bob.device.make_key_packages(&bob.store, SUITE, 1, false, nearly_over).unwrap();
    let body = devices::KeyPackages { ordinary: old.into_iter().map(Into::into).collect(), last_resort: Vec::new() };
    bob.ok(Request::PutKeyPackages { body }).await;
    let Response::Stocks(stocks) = bob.ok(Request::GetStocks {}).await else { panic!() };
    assert_eq!(stocks.stocks.iter().map(|stock| stock.ordinary).sum::<u32>(), 0);
    assert!(alice.claim(&[&bob.user]).await.remove(0).last_resort);
}
