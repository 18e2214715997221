//! Seeds: small valid inputs, so that a fuzzer starts behind the first check.

use chancery_mls::testkit::TestOrg;
use chancery_wire::{
    Code, DeviceId, GroupId, ItemId, LinkId, MessageId, Refusal,
    api::{Request, auth, enrolment, groups},
    content::{
        FileInfo, GroupLinkSetting, GroupProfile, GroupToken, JoinAnswer, JoinRequest, Status, StatusReport, Thumbnail,
        compose,
    },
    file_cipher::FileKey,
    frames::{ClientFrame, Cursor, ItemKind, LogItem, SendOutcome, ServerFrame},
    link::{DeviceLink, GroupLink, InvitationLink, relay_origin},
    signed::{Policy, Signed},
};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// Target, name and bytes of every seed.
pub fn all() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for (target, made) in [
        ("api", api()),
        ("client_frame", client_frames()),
        ("content", content()),
        ("file_cipher", file_cipher()),
        ("links", links()),
        ("relay_group", relay_group()),
        ("server_frame", server_frames()),
        ("signed", signed()),
    ] {
        for (number, bytes) in made.into_iter().enumerate() {
            seeds.push((target, format!("made-{number}"), bytes));
        }
    }
    seeds
}

fn group() -> GroupId {
    "00112233445566778899aabbccddeeff@example.org".parse().expect("a group id")
}

fn token() -> GroupToken {
    GroupToken::from_slice(&[7; 16]).expect("16 bytes")
}

fn item() -> LogItem {
    LogItem {
        seq: 7,
        kind: ItemKind::Commit,
        epoch: 3,
        device: Some(DeviceId([1; 16])),
        item: ItemId([2; 16]),
        at_ms: 1_700_000_000_000,
        body: vec![1, 2, 3],
    }
}

fn client_frames() -> Vec<Vec<u8>> {
    let cursors = vec![Cursor { group: group(), seq: 300 }];
    [
        ClientFrame::Authenticate {
            user: "alice@example.org".parse().expect("a user id"),
            device: DeviceId([1; 16]),
            signature: vec![3; 64],
            version: 1,
        },
        ClientFrame::Follow { cursors: cursors.clone(), inbox: 9 },
        ClientFrame::Send {
            request: 1,
            group: group(),
            item: ItemId([2; 16]),
            epoch: 3,
            body: vec![0; 20],
            quiet: false,
        },
        ClientFrame::Acknowledge { cursors, inbox: 10 },
    ]
    .map(|frame| frame.to_vec())
    .to_vec()
}

fn server_frames() -> Vec<Vec<u8>> {
    [
        ServerFrame::Challenge { challenge: vec![1; 32], version: 1, now_ms: 1_700_000_000_000 },
        ServerFrame::Ready,
        ServerFrame::Items { group: group(), items: vec![item(), item()] },
        ServerFrame::Inbox { items: Vec::new() },
        ServerFrame::Reply { request: 1, outcome: SendOutcome::Accepted { seq: 8, at_ms: 1 } },
        ServerFrame::Reply { request: 2, outcome: SendOutcome::Refused { refusal: Refusal::wrong_epoch(4) } },
        ServerFrame::Unavailable { group: group(), head: 9, refusal: Code::BehindHorizon.into() },
        ServerFrame::CaughtUp { heads: vec![Cursor { group: group(), seq: 9 }] },
        ServerFrame::Closing { refusal: Code::Draining.into() },
    ]
    .map(|frame| frame.to_vec())
    .to_vec()
}

fn content() -> Vec<Vec<u8>> {
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let file = FileInfo {
        name: "a.jpg".into(),
        media_type: "image/jpeg".into(),
        size: 1000,
        url: "https://example.org/v1/files/00".into(),
        key: FileKey { key: [1; 32], nonce: [2; 7] },
        content_hash: [3; 32],
        expires_at: Some(1_800_000_000),
        thumbnail: Some(Thumbnail { media_type: "image/jpeg".into(), bytes: vec![0xff, 0xd8] }),
        width: Some(640),
        height: Some(480),
        duration_ms: None,
        waveform: Some(vec![0, 255]),
    };
    let report = StatusReport(vec![(MessageId([1; 32]), Status::READ), (MessageId([2; 32]), Status::DELIVERED)]);
    let profile = GroupProfile { name: "Lager".into(), picture: Some(vec![1, 2, 3]) };
    vec![
        compose::text(rng, "Hi [@Bob](mimi://example.org/u/bob), `code` **bold**").to_vec(),
        compose::attachment(rng, Some("look"), &[file.clone(), file]).to_vec(),
        compose::status(rng, &report).to_vec(),
        compose::group_profile(rng, &profile).to_vec(),
        compose::unreact(rng, MessageId([1; 32]), MessageId([2; 32])).to_vec(),
        report.to_vec(),
        profile.to_vec(),
        GroupLinkSetting { token: Some(token()), told: true }.to_vec(),
        JoinRequest { group: group(), token: token() }.to_vec(),
        JoinAnswer { group: group(), let_in: true, name: Some("Lager".into()) }.to_vec(),
    ]
}

fn links() -> Vec<Vec<u8>> {
    let relay = relay_origin("https://chat.example.org:8443").expect("an origin");
    let invitation = InvitationLink { relay: relay.clone(), root_fingerprint: [1; 32], seed: [2; 16] };
    let device = DeviceLink { relay: relay.clone(), link: LinkId([3; 16]), request_hash: [4; 16], secret: [5; 16] };
    let admin = "alice@example.org".parse().expect("a user id");
    let group_link = GroupLink { relay, group: group(), admin, token: token() };
    let others = ["http://[::1]:80", "alice@example.org", "[@A](mimi://example.org/u/a) `x` <mimi://example.org/u/b>"];
    [invitation.to_text(), device.to_text(), group().to_string()]
        .into_iter()
        .chain(others.map(str::to_owned))
        .chain([group_link.to_text()])
        .map(String::into_bytes)
        .collect()
}

fn signed() -> Vec<Vec<u8>> {
    let org = TestOrg::new("example.org");
    let user = org.user("alice");
    let device = org.raw_device(&user, "phone");
    let policy = Signed::sign(Policy::initial(org.domain.clone(), org.now()), &org.policy);
    vec![
        org.signed_manifest(),
        policy.bytes().to_vec(),
        user.invitation,
        user.certificate,
        device.credential.device.clone(),
        device.credential.to_vec(),
    ]
}

fn api() -> Vec<Vec<u8>> {
    let bytes = || vec![1, 2, 3, 255].into();
    let session = auth::OpenSession {
        user: "alice@example.org".parse().expect("a user id"),
        device: DeviceId([1; 16]),
        challenge: bytes(),
        signature: bytes(),
    };
    let append = groups::Append {
        item: ItemId([2; 16]),
        kind: ItemKind::Commit,
        epoch: 3,
        body: bytes(),
        group_info: Some(bytes()),
        welcome: None,
        quiet: false,
    };
    let requests = [
        Request::OpenSession { body: session },
        Request::Append { group: group(), body: append },
        Request::Invite { body: enrolment::Invite { invitation: bytes() } },
        Request::CreateGroup { body: groups::CreateGroup { group: group(), group_info: bytes(), tree: bytes() } },
        Request::Report { group: group(), body: groups::Report { seq: 1, epoch: 2, reason: "why".into() } },
    ];
    let page =
        serde_json::to_vec(&groups::LogPage { items: vec![item()], head: 9 }).expect("API types always serialise");
    let refusal = serde_json::to_vec(&Refusal::rate_limited(5)).expect("API types always serialise");
    requests.iter().filter_map(|request| request.to_http().body).chain([page, refusal]).collect()
}

fn file_cipher() -> Vec<Vec<u8>> {
    [(0u64, 0u32, 0u64), (1000, 0, 999), (70_000, 1, 65_600), (1 << 31, 32_767, 1 << 31)]
        .map(|(size, chunk, offset)| {
            [&size.to_be_bytes()[..], &chunk.to_be_bytes(), &offset.to_be_bytes(), &[9; 40]].concat()
        })
        .to_vec()
}

/// Every kind of message, whole, and with one change.
fn relay_group() -> Vec<Vec<u8>> {
    (0..14).flat_map(|what| [vec![what, 0], vec![what, 0, 0, 0, 40, 1], vec![what, 1, 0, 1]]).collect()
}
