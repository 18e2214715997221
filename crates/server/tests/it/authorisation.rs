//! Every call, made by every role, against a golden file: who gets what.

use crate::support::*;
use chancery_mls::Role;
use chancery_server::testkit::TestServer;
use chancery_wire::{
    DeviceId, GroupId, ItemId, LinkId, UserId,
    api::{Request, auth, devices, enrolment, groups, links, organisation::Publish, push},
    frames::ItemKind,
    ids::InvitationId,
};
use std::fmt::Write;

/// What the calls are about.
pub struct Targets {
    pub user: UserId,
    pub device: DeviceId,
    pub group: GroupId,
    pub link: LinkId,
}

impl Targets {
    pub fn examples() -> Self {
        Self {
            user: "alice@example.org".parse().unwrap(),
            device: DeviceId([1; 16]),
            group: "00112233445566778899aabbccddeeff@example.org".parse().unwrap(),
            link: LinkId([2; 16]),
        }
    }
}

/// Every call once, with a body that is well formed but authorises nothing by itself.
pub fn requests(targets: &Targets) -> Vec<(Request, &'static str)> {
    let Targets { user, device, group, link } = targets;
    let nothing = || vec![0u8].into();
    let append = |kind| Request::Append {
        group: group.clone(),
        body: groups::Append {
            item: ItemId([9; 16]),
            kind,
            epoch: 2,
            body: nothing(),
            group_info: Some(nothing()),
            welcome: None,
            quiet: false,
        },
    };
    vec![
        (Request::GetOrganisation {}, ""),
        (Request::PublishPolicy { body: Publish { object: nothing() } }, ""),
        (Request::PublishManifest { body: Publish { object: nothing() } }, ""),
        (Request::OpenChallenge {}, ""),
        (
            Request::OpenSession {
                body: auth::OpenSession {
                    user: user.clone(),
                    device: *device,
                    challenge: nothing(),
                    signature: nothing(),
                },
            },
            "",
        ),
        (Request::Invite { body: enrolment::Invite { invitation: nothing() } }, ""),
        (Request::GetInvitation { invitation: InvitationId([3; 16]) }, ""),
        (Request::Join { body: enrolment::Join { credential: nothing(), key_packages: Default::default() } }, ""),
        (Request::FindUsers { query: "ali".into() }, ""),
        (Request::ListUsers { after: None }, ""),
        (Request::GetUser { user: user.clone() }, ""),
        (
            Request::AddDevice { body: devices::AddDevice { credential: nothing(), key_packages: Default::default() } },
            "",
        ),
        (Request::ListDevices {}, ""),
        (Request::RemoveDevice { device: *device }, "another user's"),
        (Request::PutKeyPackages { body: Default::default() }, ""),
        (Request::GetStocks {}, ""),
        (Request::GetPushKey {}, ""),
        (
            Request::SetPush {
                body: push::Subscription { endpoint: String::new(), p256dh: nothing(), auth: nothing() },
            },
            "no endpoint",
        ),
        (Request::RemovePush {}, ""),
        (Request::ClaimKeyPackages { body: devices::Claim { suite: SUITE, users: vec![user.clone()] } }, ""),
        (
            Request::CreateGroup {
                body: groups::CreateGroup { group: group.clone(), group_info: nothing(), tree: nothing() },
            },
            "",
        ),
        (Request::ListGroups {}, ""),
        (append(ItemKind::Application), "malformed message"),
        (append(ItemKind::Proposal), "malformed proposal"),
        (append(ItemKind::Commit), "malformed commit"),
        (Request::ReadLog { group: group.clone(), after: 0, limit: 10 }, ""),
        (Request::GetTree { group: group.clone(), epoch: 2 }, "current epoch"),
        (Request::GetTree { group: group.clone(), epoch: 0 }, "epoch before"),
        (Request::GetRejoinInfo { group: group.clone() }, ""),
        (Request::Report { group: group.clone(), body: groups::Report { seq: 1, epoch: 1, reason: "gap".into() } }, ""),
        (Request::OpenLink { body: links::OpenLink { request: nothing() } }, ""),
        (Request::GetLinkRequest { link: *link }, ""),
        (
            Request::PostLinkMessage {
                link: *link,
                body: links::PostLinkMessage { n: 0, body: nothing(), admits: None },
            },
            "unbound",
        ),
        (Request::CloseLink { link: *link }, ""),
        (Request::GetLinkMessages { link: *link, from: 0 }, ""),
    ]
}

#[tokio::test]
async fn every_role_gets_what_the_matrix_says() {
    let server = TestServer::start().await;
    let mut admin = Client::join(&server, "alice").await;
    let mut member = Client::join(&server, "bob").await;
    let mut reader = Client::join(&server, "carol").await;
    let mut removed = Client::join(&server, "dave").await;
    let outsider = Client::join(&server, "erin").await;
    let revoked = outsider.link(&server, 321).await;
    let others = [member.user.clone(), reader.user.clone(), removed.user.clone()];
    let roles = [(&others[0], Role::Member), (&others[1], Role::Reader), (&others[2], Role::Member)];
    let group = admin.create_group(&roles).await;
    admin.add(&group, &others.each_ref()).await;
    for client in [&mut member, &mut reader, &mut removed] {
        let mut connection = client.connect().await;
        let caught = connection.catch_up(&[], 0).await;
        client.accept(caught.welcomes()[0]).await;
        connection.catch_up(&[(&group, 1)], 9).await;
    }
    let leaf = admin.leaf_of(&group, removed.device_id);
    let committed = admin.commit(&group, &[], &[leaf]);
    admin.append_commit(&group, &committed).await.unwrap();
    outsider.ok(Request::RemoveDevice { device: revoked.device_id }).await;
    // The device that is to be removed belongs to nobody of these.
    let device = Client::join(&server, "frank").await.device_id;
    let roles: [(&str, Option<&Client>); 7] = [
        ("anonymous", None),
        ("revoked device", Some(&revoked)),
        ("outsider", Some(&outsider)),
        ("removed member", Some(&removed)),
        ("reader", Some(&reader)),
        ("member", Some(&member)),
        ("admin", Some(&admin)),
    ];
    let http = http();
    let mut matrix = String::from(
        "Who gets what: every call by every role, with bodies that authorise nothing by themselves. `ok`, or the refusal's code.\n\
         Made by the test `every_role_gets_what_the_matrix_says`; UPDATE=1 writes it again.\n",
    );
    for index in 0..requests(&Targets::examples()).len() {
        for (line, (role, client)) in roles.iter().enumerate() {
            // A rendezvous of its own for each, so that none finds it bound by the one before.
            let link = open_link(&server).await;
            let targets = Targets { user: admin.user.clone(), device, group: group.clone(), link };
            let (request, note) = requests(&targets).swap_remove(index);
            if line == 0 {
                let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
                writeln!(matrix, "\n{}{note}", request.name()).unwrap();
            }
            let token = client.and_then(|client| client.token.as_deref());
            let outcome = match call(&http, &server.url(), token, &request).await {
                Ok(_) => "ok",
                Err(refusal) => refusal.code.as_str(),
            };
            writeln!(matrix, "  {role:15} {outcome}").unwrap();
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/authorisation.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &matrix).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert!(golden == matrix, "tests/it/authorisation.txt is another; this came out:\n{matrix}");
}

/// A rendezvous, whatever the rate limit of the peer's address says.
async fn open_link(server: &TestServer) -> LinkId {
    let id = LinkId(rand_core::RngCore::next_u64(&mut rand_core::OsRng).to_le_bytes().repeat(2).try_into().unwrap());
    server
        .server()
        .state()
        .engine
        .write(move |_, tx| {
            tx.execute(
                "INSERT INTO links (id, request, expires_at_ms) VALUES (?, x'01', 9000000000000)",
                [id.as_bytes()],
            )?;
            Ok(())
        })
        .await
        .unwrap();
    id
}
