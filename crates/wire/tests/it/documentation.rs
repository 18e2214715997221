//! What docs/protocol shows of codes and bytes is made here, so that it can't go stale. `UPDATE=1 cargo test -p chancery-wire
//! documentation` writes the files again.

use chancery_wire::{
    Base64, Code, DeviceId, GroupId, ItemId, LinkId, Refusal,
    api::auth::challenge_statement,
    content::{GroupLinkSetting, GroupToken, JoinAnswer, JoinRequest, MimiContent, compose, uri},
    frames::{ClientFrame, Cursor, InboxEvent, InboxItem, ItemKind, LogItem, SendOutcome, ServerFrame},
    link::{DeviceLink, GroupLink, InvitationLink, relay_origin},
    signed::{
        Credential, DeviceCertificate, Invitation, Kind, Manifest, Policy, Signed, UserCertificate, root_fingerprint,
    },
};
use ciborium::Value;
use coset::{CborSerializable, CoseSign1};
use ed25519_dalek::SigningKey;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use std::{fmt::Write, fs, path::PathBuf};

/// Time in the examples: 2026-01-01T00:00:00Z, in seconds since 1970.
const NOW_SECONDS: u64 = 1_767_225_600;
const DAY_SECONDS: u64 = 24 * 3600;

fn compare(name: &str, made: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, made).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, made, "docs/protocol/{name} is stale: UPDATE=1 cargo test -p chancery-wire documentation");
}

#[test]
fn documentation_of_refusals_is_current() {
    let mut text = String::from(
        "# Refusals\n\n\
         <!-- Made from crates/wire/src/refusal.rs: `UPDATE=1 cargo test -p chancery-wire documentation` writes it again. -->\n\n\
         A refusal is an expected outcome: a stable code for programs, a sentence for people. Over HTTP it is a problem detail (RFC 9457,\n\
         `application/problem+json`) with the status of the table; in a frame it is a [`refusal`](frames.md#refusals), where the\n\
         code is the number. Clients act on the code and show the sentence. They treat a code that they don't know like giving up.\n\n\
         ```json\n\
         {\"type\": \"urn:chancery:refusal:wrong_epoch\", \"title\": \"The group has moved on. …\", \"status\": 409,\n \
         \"code\": \"wrong_epoch\", \"detail\": \"The group has moved on. …\", \"current_epoch\": 7}\n\
         ```\n\n\
         | member | with | |\n\
         |---|---|---|\n\
         | `code` | always | the code |\n\
         | `detail` | always | what happened and what to do, in English; never content, names or keys |\n\
         | `current_epoch` | `wrong_epoch` | the group's epoch now |\n\
         | `retry_after_seconds` | `rate_limited` | how long to wait; the header `Retry-After` says the same |\n\
         | `offset` | `offset_mismatch` | where the upload goes on; the header `Upload-Offset` says the same |\n\n\
         Numbers, texts and statuses of codes never change; new ones come at the end.\n\n\
         | number | code | status | meaning |\n\
         |---|---|---|---|\n",
    );
    for code in Code::ALL {
        let number = minicbor::decode::<u32>(&minicbor::to_vec(code).unwrap()).unwrap();
        writeln!(text, "| {number} | `{code}` | {} | {} |", code.status(), code.meaning()).unwrap();
    }
    compare("refusals.md", &text);
}

/// CBOR's diagnostic notation (RFC 8949 section 8).
fn notation(value: &Value) -> String {
    let all = |values: &[Value]| values.iter().map(notation).collect::<Vec<_>>().join(", ");
    match value {
        Value::Integer(number) => i128::from(*number).to_string(),
        Value::Bytes(bytes) => format!("h'{}'", hex(bytes)),
        Value::Text(text) => format!("{text:?}"),
        Value::Bool(truth) => truth.to_string(),
        Value::Null => "null".to_owned(),
        Value::Array(values) => format!("[{}]", all(values)),
        Value::Map(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|(key, value)| format!("{}: {}", notation(key), notation(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => panic!("no example has {other:?}"),
    }
}

fn cbor(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lines of at most 100 digits.
fn hex_block(bytes: &[u8]) -> String {
    bytes.chunks(50).map(hex).collect::<Vec<_>>().join("\n")
}

/// A COSE_Sign1 with header and claims opened.
fn sign1(bytes: &[u8]) -> String {
    let cose = CoseSign1::from_slice(bytes).unwrap();
    let protected = cbor(cose.protected.original_data.as_ref().unwrap());
    let Value::Map(claims) = cbor(cose.payload.as_ref().unwrap()) else { panic!("claims are a map") };
    let claims: Vec<_> =
        claims.iter().map(|(label, value)| format!("        {}: {}", notation(label), notation(value))).collect();
    format!(
        "[\n    << {} >>,\n    {{}},\n    << {{\n{}\n    }} >>,\n    h'{}'\n]",
        notation(&protected),
        claims.join(",\n"),
        hex(&cose.signature)
    )
}

struct Examples(String);

impl Examples {
    fn section(&mut self, title: &str, about: &str) {
        write!(self.0, "\n## {title}\n\n{about}\n").unwrap();
    }

    fn signed(&mut self, title: &str, signer: &str, bytes: &[u8]) {
        write!(
            self.0,
            "\n### {title}\n\nSigned by {signer}.\n\n```cbor-diag\n{}\n```\n\n```hex\n{}\n```\n",
            sign1(bytes),
            hex_block(bytes)
        )
        .unwrap();
    }

    fn value(&mut self, title: &str, bytes: &[u8]) {
        write!(
            self.0,
            "\n### {title}\n\n```cbor-diag\n{}\n```\n\n```hex\n{}\n```\n",
            notation(&cbor(bytes)),
            hex_block(bytes)
        )
        .unwrap();
    }

    fn bytes(&mut self, title: &str, bytes: &[u8]) {
        write!(self.0, "\n### {title}\n\n```hex\n{}\n```\n", hex_block(bytes)).unwrap();
    }

    fn text(&mut self, title: &str, text: &str) {
        write!(self.0, "\n### {title}\n\n```text\n{text}\n```\n").unwrap();
    }
}

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

fn public(key: &SigningKey) -> [u8; 32] {
    key.verifying_key().to_bytes()
}

fn certificates(all: &mut Examples) {
    let [root, enrolment, policy_key, relay_key, identity, device_key] = [1, 2, 3, 4, 5, 6].map(key);
    let relay = relay_origin("https://chat.example.org").unwrap();
    let link = InvitationLink { relay, root_fingerprint: root_fingerprint(&public(&root)), seed: [7; 16] };
    let manifest = Manifest {
        domain: "example.org".parse().unwrap(),
        name: "Example Ltd".to_owned(),
        version: 1,
        enrolment_keys: vec![public(&enrolment)],
        policy_keys: vec![public(&policy_key)],
        relay_key: public(&relay_key),
        issued_at: NOW_SECONDS,
    };
    let policy = Policy::initial(manifest.domain.clone(), NOW_SECONDS);
    let user: chancery_wire::UserId = "bob@example.org".parse().unwrap();
    let invitation = Signed::sign(
        Invitation {
            user: user.clone(),
            name: "Bob".to_owned(),
            kind: Kind::Member,
            key: public(&link.key()),
            issued_at: NOW_SECONDS,
            expires_at: NOW_SECONDS + 7 * DAY_SECONDS,
        },
        &enrolment,
    );
    let certificate = Signed::sign(
        UserCertificate { user: user.clone(), identity_key: public(&identity), issued_at: NOW_SECONDS },
        &link.key(),
    );
    let device = Signed::sign(
        DeviceCertificate {
            user: user.clone(),
            device: DeviceId([8; 16]),
            label: "phone".to_owned(),
            key: public(&device_key),
            issued_at: NOW_SECONDS,
            expires_at: NOW_SECONDS + 730 * DAY_SECONDS,
        },
        &identity,
    );
    all.section("Certificates", "What they say and how they are verified: [certificates.md](certificates.md).");
    all.text("Invitation link", &link.to_text());
    all.bytes("Root fingerprint", &link.root_fingerprint);
    all.bytes("Seed of the invitation key's pair", &link.key().to_bytes());
    all.text("Invitation id", &link.id().to_string());
    all.signed("Manifest", "the root key", Signed::sign(manifest.clone(), &root).bytes());
    all.signed("Policy", "the policy key", Signed::sign(policy, &policy_key).bytes());
    all.signed("Invitation", "the enrolment key", invitation.bytes());
    all.signed("User certificate", "the invitation key", certificate.bytes());
    all.signed("Device certificate", "the identity key", device.bytes());
    let credential = Credential {
        invitation: invitation.bytes().to_vec(),
        user: certificate.bytes().to_vec(),
        device: device.bytes().to_vec(),
    };
    assert_eq!(credential.verify(&manifest, Some(NOW_SECONDS)).unwrap().user, user);
    all.bytes("Credential, as it stands in an MLS leaf", &credential.to_vec());

    all.section(
        "Authentication",
        "What a device signs: [join-with-your-own-mls.md](join-with-your-own-mls.md#2-a-session).",
    );
    let statement = challenge_statement(&manifest.domain, &user, &DeviceId([8; 16]), &[9; 32]);
    all.bytes("Statement for the challenge of 32 bytes 09", &statement);
    all.bytes("Its signature by the device key", &ed25519_dalek::Signer::sign(&device_key, &statement).to_bytes());

    all.section("Device link", "How devices are linked: [linking.md](linking.md).");
    let link = DeviceLink { relay: link.relay, link: LinkId([10; 16]), request_hash: [11; 16], secret: [12; 16] };
    all.text("Link", &link.to_text());
    all.text("Matching code", &link.matching_code());
}

fn frames(all: &mut Examples) {
    let group: GroupId = "00112233445566778899aabbccddeeff@example.org".parse().unwrap();
    let device = DeviceId([8; 16]);
    all.section("Frames", "Their grammar: [frames.md](frames.md).");
    let cursors = vec![Cursor { group: group.clone(), seq: 41 }];
    for (title, frame) in [
        (
            "Authenticate",
            ClientFrame::Authenticate {
                user: "bob@example.org".parse().unwrap(),
                device,
                signature: vec![0xAA; 4],
                version: 1,
            },
        ),
        ("Follow", ClientFrame::Follow { cursors: cursors.clone(), inbox: 3 }),
        (
            "Send",
            ClientFrame::Send {
                request: 1,
                group: group.clone(),
                item: ItemId([13; 16]),
                epoch: 2,
                body: vec![0xBB; 4],
                quiet: true,
            },
        ),
        ("Acknowledge", ClientFrame::Acknowledge { cursors: cursors.clone(), inbox: 3 }),
    ] {
        let bytes = frame.to_vec();
        assert_eq!(ClientFrame::from_slice(&bytes).unwrap(), frame);
        all.value(&format!("{title} (client)"), &bytes);
    }
    let item = LogItem {
        seq: 42,
        kind: ItemKind::Application,
        epoch: 2,
        device: Some(device),
        item: ItemId([13; 16]),
        at_ms: NOW_SECONDS * 1000,
        body: vec![0xBB; 4],
    };
    let proposal = LogItem { seq: 43, kind: ItemKind::Proposal, device: None, ..item.clone() };
    let welcome = InboxItem {
        n: 4,
        event: InboxEvent::Welcome { group: group.clone(), seq: 44, epoch: 3, welcome: vec![0xCC; 4] },
    };
    let refused = SendOutcome::Refused { refusal: Refusal { message: "…".to_owned(), ..Refusal::wrong_epoch(3) } };
    for (title, frame) in [
        ("Challenge", ServerFrame::Challenge { challenge: vec![9; 32], version: 1, now_ms: NOW_SECONDS * 1000 }),
        ("Ready", ServerFrame::Ready),
        ("Items", ServerFrame::Items { group: group.clone(), items: vec![item, proposal] }),
        ("Inbox", ServerFrame::Inbox { items: vec![welcome, InboxItem { n: 5, event: InboxEvent::DevicesChanged }] }),
        (
            "Reply, accepted",
            ServerFrame::Reply { request: 1, outcome: SendOutcome::Accepted { seq: 42, at_ms: NOW_SECONDS * 1000 } },
        ),
        ("Reply, refused", ServerFrame::Reply { request: 1, outcome: refused }),
        ("Unavailable", ServerFrame::Unavailable { group, head: 44, refusal: Refusal::new(Code::BehindHorizon, "…") }),
        ("CaughtUp", ServerFrame::CaughtUp { heads: cursors }),
        ("Closing", ServerFrame::Closing { refusal: Refusal::new(Code::Draining, "…") }),
    ] {
        let bytes = frame.to_vec();
        assert_eq!(ServerFrame::from_slice(&bytes).unwrap(), frame);
        all.value(&format!("{title} (relay)"), &bytes);
    }
}

fn content(all: &mut Examples) {
    let mut rng = ChaCha20Rng::from_seed([14; 32]);
    let message: MimiContent = compose::text(&mut rng, "Good morning");
    let sender = uri::user_uri(&"bob@example.org".parse().unwrap());
    let room = uri::room_uri(&"00112233445566778899aabbccddeeff@example.org".parse().unwrap());
    let id = message.message_id(&sender, &room).unwrap();
    all.section("Content", "What messages say: [content.md](content.md).");
    all.value("A text", &message.to_vec());
    all.text("Its id, from that sender in that conversation", &format!("sender {sender}\nroom   {room}\nid     {id}"));
    all.value("A reaction to it", &compose::reaction(&mut rng, id, "👍").to_vec());
    all.value("Its deletion", &compose::delete(&mut rng, id).to_vec());

    all.section("Link into a group", "How it is used: [content.md](content.md#links-into-a-group).");
    let group: GroupId = "00112233445566778899aabbccddeeff@example.org".parse().unwrap();
    let token = GroupToken::from_slice(&[15; 16]).unwrap();
    let relay = relay_origin("https://chat.example.org").unwrap();
    let admin = "alice@example.org".parse().unwrap();
    all.text("Link", &GroupLink { relay, group: group.clone(), admin, token }.to_text());
    let setting = GroupLinkSetting { token: Some(token), told: false };
    all.value("The setting, in the group", &compose::group_link(&mut rng, &setting).to_vec());
    let request = JoinRequest { group: group.clone(), token };
    all.value("The request, in the 1:1", &compose::join_request(&mut rng, &request).to_vec());
    let answer = JoinAnswer { group, let_in: true, name: Some("Office".to_owned()) };
    all.value("The answer to it", &compose::join_answer(&mut rng, id, &answer).to_vec());
}

#[test]
fn documentation_of_examples_is_current() {
    let mut all = Examples(String::from(
        "# Examples\n\n\
         <!-- Made by crates/wire/tests/it/documentation.rs: `UPDATE=1 cargo test -p chancery-wire documentation` writes it again. -->\n\n\
         Real bytes to test another implementation against, in hexadecimal and, where they are CBOR, in diagnostic notation (RFC 8949\n\
         section 8; `<< >>` is CBOR in a byte string). Ed25519 is deterministic, so the signatures can be made again.\n\n\
         | key | seed (32 equal bytes) | public key |\n\
         |---|---|---|\n",
    ));
    for (byte, name) in [(1, "root"), (2, "enrolment"), (3, "policy"), (4, "relay"), (5, "identity"), (6, "device")] {
        writeln!(all.0, "| {name} | `{byte:02x}` | `{}` |", hex(&public(&key(byte)))).unwrap();
    }
    writeln!(
        all.0,
        "\nThe seed in the invitation link is 16 bytes `07`, the device id 16 bytes `08`, the challenge 32 bytes `09`, and the time \
         {NOW_SECONDS}."
    )
    .unwrap();
    certificates(&mut all);
    frames(&mut all);
    content(&mut all);
    assert!(Base64::decode(all.0.split_once("/i#").unwrap().1.lines().next().unwrap()).is_some());
    compare("examples.md", &all.0);
}

/// Everything that is Rust source below a folder.
fn sources(folder: &std::path::Path, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// A word in backticks with three or more underscores is the name of a test.
fn named_tests(text: &str) -> Vec<&str> {
    let is_name = |word: &&str| {
        word.matches('_').count() >= 3
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    text.split('`').skip(1).step_by(2).filter(is_name).collect()
}

#[test]
fn tests_named_in_the_documents_exist() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut code = String::new();
    for folder in ["crates", "xtask", "bench", "fuzz"] {
        sources(&root.join(folder), &mut code);
    }
    let mut documents = vec![root.join("ARCHITECTURE.md")];
    documents.extend(fs::read_dir(root.join("docs/protocol")).unwrap().map(|entry| entry.unwrap().path()));
    let mut count = 0;
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for name in named_tests(&text) {
            // A contract's tests are listed and made by a macro.
            let exists = code.contains(&format!("fn {name}("))
                || code.contains(&format!("fn {name}<"))
                || code.contains(&format!("    {name}\n"));
            assert!(exists, "{} names the test {name}, which doesn't exist", document.display());
            count += 1;
        }
    }
    assert!(count > 100, "only {count} tests are named: are names still in backticks?");
}
