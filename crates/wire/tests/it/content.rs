//! Message content against the examples of draft-ietf-mimi-content, and against any bytes.

use crate::edn;
use chancery_wire::{
    GroupId, MessageId, UserId,
    content::{
        Body, ContentError, Disposition, Expiration, ExtensionName, External, FileInfo, GroupLinkSetting, GroupProfile,
        GroupToken, JoinAnswer, JoinRequest, MARKDOWN, MimiContent, NestedPart, Part, Semantics, Status, StatusReport,
        Thumbnail, compose, mention, uri,
    },
    file_cipher::FileKey,
    limits::MAX_CONTENT_BYTES,
};
use proptest::prelude::*;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::{fs, path::PathBuf};

const ROOM: &str = "mimi://example.com/r/engineering_team";
const ORIGINAL: &str = "017ce54837404c3696e0c747b985cb172716d0ed0a3d249ca63ace7d82a096f4";
const EXAMPLES: [&str; 15] = [
    "attachment",
    "conferencing",
    "delete",
    "edit",
    "expiring",
    "mention",
    "mention-html",
    "multipart-1",
    "multipart-2",
    "multipart-3",
    "original",
    "reaction",
    "reply",
    "unlike",
    "implied-original",
];

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(1)
}

fn read(name: &str) -> (Vec<u8>, String) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/mimi-content");
    let text = fs::read_to_string(folder.join(format!("{name}.edn"))).unwrap();
    (fs::read(folder.join(format!("{name}.cbor"))).unwrap(), text)
}

fn example(name: &str) -> MimiContent {
    MimiContent::from_slice(&read(name).0).unwrap()
}

/// The example messages; `implied-original` isn't one, it holds what a client knows besides the message.
fn examples() -> impl Iterator<Item = (&'static str, Vec<u8>, String)> {
    EXAMPLES.into_iter().filter(|name| *name != "implied-original").map(|name| {
        let (cbor, edn) = read(name);
        (name, cbor, edn)
    })
}

fn id(text: &str) -> MessageId {
    text.parse().unwrap()
}

fn user(text: &str) -> UserId {
    text.parse().unwrap()
}

#[test]
fn no_example_is_forgotten() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/mimi-content");
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str().unwrap().strip_suffix(".cbor").map(str::to_owned))
        .collect();
    let mut known = EXAMPLES.map(str::to_owned).to_vec();
    names.sort();
    known.sort();
    assert_eq!(names, known);
}

#[test]
fn every_example_means_what_its_notation_says_and_is_written_byte_for_byte() {
    for (name, cbor, text) in examples() {
        assert_eq!(edn::to_cbor(&text), cbor, "{name}: the notation says something else");
        let content = MimiContent::from_slice(&cbor).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(content.to_vec(), cbor, "{name}");
    }
}

#[test]
fn every_example_has_the_message_id_of_its_header() {
    for (name, cbor, text) in examples() {
        let hex: String = text
            .split_once("message ID")
            .unwrap()
            .1
            .split('\'')
            .nth(1)
            .unwrap()
            .chars()
            .filter(char::is_ascii_hexdigit)
            .collect();
        let content = MimiContent::from_slice(&cbor).unwrap();
        let sender = content.extensions.sender_uri().unwrap().unwrap();
        assert_eq!(content.message_id(&sender, ROOM).unwrap(), id(&hex), "{name}");
    }
}

#[test]
fn content_that_names_another_sender_or_conversation_has_no_id() {
    let content = example("original");
    assert_eq!(content.message_id("mimi://example.com/u/mallory", ROOM), Err(ContentError::WrongSender));
    let alice = "mimi://example.com/u/alice-smith";
    assert_eq!(content.message_id(alice, "mimi://example.com/r/other"), Err(ContentError::WrongRoom));
    let mut unnamed = content.clone();
    unnamed.extensions = Default::default();
    let by = |sender, room| unnamed.message_id(sender, room).unwrap();
    assert_ne!(by(alice, ROOM), by("mimi://example.com/u/mallory", ROOM));
    assert_ne!(by(alice, ROOM), by(alice, "mimi://example.com/r/other"));
    let mut number = content;
    number.extensions.set(ExtensionName::Int(1), vec![7]).unwrap();
    assert_eq!(number.message_id(alice, ROOM), Err(ContentError::WrongSender));
}

#[test]
fn examples_are_decoded_field_by_field() {
    let edit = example("edit");
    assert_eq!(edit.replaces, Some(id("015354973c2b65ca937bf1e035ae53a5ab80e947afa43d46920d4202e5cc0b27")));
    assert_eq!(edit.in_reply_to, Some(id(ORIGINAL)));
    assert_eq!(edit.salt[..3], [0xb8, 0xc2, 0xe6]);
    assert_eq!(example("expiring").expires, Some(Expiration::At(1644390004)));
    assert_eq!(example("conferencing").topic_id, b"Foo 118");
    assert_eq!(example("conferencing").body.disposition, Disposition::SESSION);
    let attachment = example("attachment").body;
    assert_eq!((attachment.disposition, attachment.language.as_str()), (Disposition::ATTACHMENT, "en"));
    let Part::External(External { content_type, url, size, enc_alg, hash_alg, filename, .. }) = attachment.part else {
        panic!()
    };
    assert_eq!((content_type.as_str(), url.as_str()), ("video/mp4", "https://example.com/storage/8ksB4bSrrRE.mp4"));
    assert_eq!((size, enc_alg, hash_alg, filename.as_str()), (708234961, 1, 1, "bigfile.mp4"));
    let Part::Multi { semantics: Semantics::ChooseOne, parts } = example("multipart-3").body.part else { panic!() };
    assert_eq!(parts.len(), 2);
}

fn of(name: &str) -> Body {
    Body::of(&example(name))
}

fn text(text: &str) -> Body {
    Body::Text { text: text.to_owned(), mentions: Vec::new() }
}

#[test]
fn applications_see_the_examples_as_what_they_are() {
    let (original, reply) = (id(ORIGINAL), id("015354973c2b65ca937bf1e035ae53a5ab80e947afa43d46920d4202e5cc0b27"));
    assert_eq!(of("original"), text("Hi everyone, we just shipped release 2.0. __Good  work__!"));
    assert_eq!(of("reply"), text("Right on! _Congratulations_ 'all!"));
    assert_eq!(of("edit"), Body::Edit { target: reply, body: Box::new(text("Right on! _Congratulations_ y'all!")) });
    assert_eq!(of("delete"), Body::Delete { target: reply });
    assert_eq!(of("reaction"), Body::Reaction { target: original, emoji: "❤".to_owned() });
    assert_eq!(
        of("unlike"),
        Body::Unreaction {
            reaction: id("0158c4288911e50a8f6be3f47746b6682f10fd91bc8c05557aa589a3157aff68"),
            target: Some(original)
        }
    );
    let Body::Text { mentions, .. } = of("mention") else { panic!() };
    assert_eq!(mentions, [user("alice-smith@example.com")]);
    // A choice falls on what is understood, wherever it stands.
    assert_eq!(of("multipart-1"), text("# Welcome!"));
    for (name, content_type) in [
        ("mention-html", "text/html;charset=utf-8"),
        ("attachment", "video/mp4"),
        ("conferencing", ""),
        // Reactions to no message.
        ("multipart-2", ""),
        ("multipart-3", ""),
    ] {
        match of(name) {
            Body::Unknown { content_type: found } => assert_eq!(found, content_type, "{name}"),
            Body::Multi { parts, .. } => {
                assert!(parts.iter().all(|part| matches!(part, Body::Unknown { .. })), "{name}: {parts:?}")
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn what_is_composed_is_read_back() {
    let rng = &mut rng();
    let (first, second) = (id(ORIGINAL), MessageId([2; 32]));
    let alice = user("alice@example.org");
    let hello = format!("Hello {}", mention("Alice [Q&A]", &alice));
    let check = |content: &MimiContent| {
        assert_eq!(&MimiContent::from_slice(&content.to_vec()).unwrap(), content);
        Body::of(content)
    };
    assert_eq!(check(&compose::text(rng, &hello)), Body::Text { text: hello, mentions: vec![alice] });
    let reply = compose::reply(rng, first, "yes");
    assert_eq!((check(&reply), reply.in_reply_to), (text("yes"), Some(first)));
    let edit = compose::edit(rng, second, Some(first), "no");
    assert_eq!(check(&edit), Body::Edit { target: second, body: Box::new(text("no")) });
    assert_eq!(edit.in_reply_to, Some(first));
    assert_eq!(check(&compose::delete(rng, first)), Body::Delete { target: first });
    assert_eq!(check(&compose::reaction(rng, first, "👍🏽")), Body::Reaction { target: first, emoji: "👍🏽".to_owned() });
    assert_eq!(
        check(&compose::unreact(rng, second, first)),
        Body::Unreaction { reaction: second, target: Some(first) }
    );
    let report = StatusReport(vec![(first, Status::READ), (second, Status::DELIVERED)]);
    assert_eq!(check(&compose::status(rng, &report)), Body::Status(report));
    let profile = GroupProfile { name: "Lager".to_owned(), picture: Some(vec![0xff, 0xd8]) };
    assert_eq!(check(&compose::group_profile(rng, &profile)), Body::GroupProfile(profile));
    let forwarded = compose::forward(rng, &reply);
    assert_eq!(check(&forwarded), text("yes"));
    assert_eq!((forwarded.extensions.is_forwarded(), forwarded.in_reply_to), (true, None));
    assert_ne!(compose::text(rng, "x").salt, compose::text(rng, "x").salt);
}

fn photo(name: &str, thumbnail: bool) -> FileInfo {
    FileInfo {
        name: name.to_owned(),
        media_type: "image/jpeg".to_owned(),
        size: 123_456,
        url: "https://example.org/v1/files/00".to_owned(),
        key: FileKey::generate(&mut rng()),
        content_hash: [9; 32],
        expires_at: Some(2_000_000_000),
        thumbnail: thumbnail.then(|| Thumbnail { media_type: "image/jpeg".to_owned(), bytes: vec![0xff, 0xd8, 0xff] }),
        width: Some(4000),
        height: Some(3000),
        duration_ms: None,
        waveform: None,
    }
}

#[test]
fn attachments_keep_caption_order_thumbnails_and_measures() {
    let rng = &mut rng();
    for thumbnail in [false, true] {
        for caption in [None, Some("Look **here**")] {
            for count in 1..=3 {
                let mut files: Vec<FileInfo> =
                    (0..count).map(|n| photo(&format!("{n}.jpg"), thumbnail && n != 1)).collect();
                files[0].duration_ms = Some(1500);
                files[count - 1].waveform = Some(vec![0, 128, 255]);
                let content = compose::attachment(rng, caption, &files);
                let content = MimiContent::from_slice(&content.to_vec()).unwrap();
                let body = Body::of(&content);
                assert_eq!(body.files(), files.iter().collect::<Vec<_>>());
                assert_eq!(body.texts(), caption.into_iter().collect::<Vec<_>>());
                assert_eq!(matches!(body, Body::File(_)), caption.is_none() && count == 1);
                assert_eq!(Body::of(&compose::forward(rng, &content)), body, "forwarded");
            }
        }
    }
}

#[test]
fn content_of_a_newer_client_survives_byte_for_byte() {
    let mut content = compose::text(&mut rng(), "x");
    content.body.disposition = Disposition(200);
    content.extensions.set(ExtensionName::Int(-70_000), vec![0xa1, 0x61, b'k', 0xf9, 0x3c, 0]).unwrap();
    content.extensions.set(ExtensionName::Int(99), vec![0xf6]).unwrap();
    content.extensions.set(ExtensionName::Text("acme:x"), vec![0xd8, 0x20, 0x60]).unwrap();
    let bytes = content.to_vec();
    let read = MimiContent::from_slice(&bytes).unwrap();
    assert_eq!(read.to_vec(), bytes);
    assert_eq!(read.extensions.get(ExtensionName::Int(99)), Some(&[0xf6][..]));
    assert_eq!(Body::of(&read), text("x"), "an unknown disposition is rendered");

    content.body.part = Part::Unknown { cardinality: 9, items: vec![vec![0x61, b'a'], vec![0x82, 1, 2]] };
    let bytes = content.to_vec();
    let read = MimiContent::from_slice(&bytes).unwrap();
    assert_eq!((&read, read.to_vec()), (&content, bytes));
    assert_eq!(Body::of(&read), Body::Unknown { content_type: String::new() });
}

#[test]
fn bytes_that_arent_deterministic_are_refused() {
    let good = compose::text(&mut rng(), "x").to_vec();
    assert!(MimiContent::from_slice(&good).is_ok());
    let mut indefinite = good.clone();
    indefinite[0] = 0x9f;
    indefinite.push(0xff);
    assert_eq!(MimiContent::from_slice(&indefinite), Err(ContentError::NotDeterministic));
    let mut trailing = good.clone();
    trailing.push(0);
    assert!(matches!(MimiContent::from_slice(&trailing), Err(ContentError::Malformed(_))));
    for end in 0..good.len() {
        assert!(MimiContent::from_slice(&good[..end]).is_err());
    }
}

#[test]
fn limits_hold() {
    let leaf = || NestedPart::new(Disposition::RENDER, Part::Single { content_type: MARKDOWN.into(), content: vec![] });
    let multi = |parts| NestedPart::new(Disposition::RENDER, Part::Multi { semantics: Semantics::ProcessAll, parts });
    let decode = |body| MimiContent::from_slice(&MimiContent::new([0; 16], body).to_vec()).map(drop);
    let deep = |levels: usize| (1..levels).fold(leaf(), |part, _| multi(vec![part, leaf()]));
    assert_eq!(decode(deep(4)), Ok(()));
    assert_eq!(decode(deep(5)), Err(ContentError::TooLarge { what: "levels of parts", limit: 4 }));
    assert_eq!(decode(multi((0..1023).map(|_| leaf()).collect())), Ok(()));
    assert!(matches!(
        decode(multi((0..1024).map(|_| leaf()).collect())),
        Err(ContentError::TooLarge { what: "parts", .. })
    ));
    assert!(matches!(decode(multi(vec![leaf()])), Err(ContentError::Malformed(_))));
    let mut topic = MimiContent::new([0; 16], leaf());
    topic.topic_id = vec![0; 4097];
    assert!(matches!(MimiContent::from_slice(&topic.to_vec()), Err(ContentError::TooLarge { .. })));
    assert!(matches!(
        MimiContent::from_slice(&vec![0; MAX_CONTENT_BYTES + 1]),
        Err(ContentError::TooLarge { what: "bytes", .. })
    ));
    let mut many = MimiContent::new([0; 16], leaf());
    for n in 0..64 {
        many.extensions.set(ExtensionName::Int(n), vec![0]).unwrap();
    }
    assert!(many.extensions.set(ExtensionName::Int(64), vec![0]).is_err());
    assert!(many.extensions.set(ExtensionName::Text(""), vec![0]).is_err());
    assert!(many.extensions.set(ExtensionName::Int(1), vec![0x18, 1]).is_err());
}

#[test]
fn nothing_that_people_wrote_is_printed_for_debugging() {
    let content = compose::attachment(&mut rng(), Some("secret words"), &[photo("secret.jpg", true)]);
    let key = format!("{:?}", content.to_vec());
    for printed in
        [format!("{content:?}"), format!("{:?}", Body::of(&content)), format!("{:#?}", photo("secret.jpg", true))]
    {
        assert!(!printed.contains("secret") && !printed.contains("example.org"), "{printed}");
        assert!(!printed.contains(&key[..40]));
    }
}

#[test]
fn uris_of_ids_fit_the_message_id() {
    let group = "00112233445566778899aabbccddeeff@example.org".parse().unwrap();
    let mut content = compose::text(&mut rng(), "x");
    let (sender, room) = (uri::user_uri(&user("alice@example.org")), uri::room_uri(&group));
    content.extensions.set_uris(&sender, &room);
    assert!(content.message_id(&sender, &room).is_ok());
    assert_eq!(content.extensions.sender_uri(), Some(Some("mimi://example.org/u/alice".to_owned())));
}

#[test]
fn what_is_said_about_a_groups_link_is_read_where_it_belongs() {
    let group: GroupId = "00112233445566778899aabbccddeeff@example.org".parse().unwrap();
    let token = GroupToken::from_slice(&[7; 16]).unwrap();
    let setting = GroupLinkSetting { token: Some(token), told: false };
    let request = JoinRequest { group: group.clone(), token };
    let answer = JoinAnswer { group, let_in: true, name: Some("Lager".into()) };
    let asked = MessageId([9; 32]);
    let contents = [
        (compose::group_link(&mut rng(), &setting), Body::GroupLink(setting)),
        (compose::join_request(&mut rng(), &request), Body::JoinRequest(request)),
        (compose::join_answer(&mut rng(), asked, &answer), Body::JoinAnswer { request: asked, answer }),
    ];
    for (content, body) in contents {
        assert_eq!(Body::of(&content), body);
        // Shown, it would be a message; as an edit it would be one of a message.
        let mut shown = content.clone();
        shown.body.disposition = Disposition::RENDER;
        assert!(matches!(Body::of(&shown), Body::Unknown { .. }));
        let Part::Single { content_type, .. } = &content.body.part else { panic!("{content:?}") };
        assert!(content_type.starts_with("application/vnd.chancery."));
    }
    let mut lost = compose::join_answer(
        &mut rng(),
        asked,
        &JoinAnswer { group: "00112233445566778899aabbccddeeff@x".parse().unwrap(), let_in: false, name: None },
    );
    lost.in_reply_to = None;
    assert!(matches!(Body::of(&lost), Body::Unknown { .. }), "an answer to nothing");
}

/// Bytes that are mostly an example, so that decoding gets far.
fn damaged_example() -> impl Strategy<Value = Vec<u8>> {
    let indexes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (0..EXAMPLES.len() - 1, indexes, any::<prop::sample::Index>()).prop_map(|(n, changes, end)| {
        let mut bytes = read(EXAMPLES[n]).0;
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if end.index(4) == 0 {
            bytes.truncate(end.index(bytes.len()));
        }
        bytes
    })
}

fn check_any(bytes: &[u8]) {
    if let Ok(content) = MimiContent::from_slice(bytes) {
        assert_eq!(content.to_vec(), bytes);
        let body = Body::of(&content);
        let _ = (body.texts(), body.files(), body.mentions());
    }
    if let Some(report) = StatusReport::from_slice(bytes) {
        assert_eq!(report.to_vec(), bytes);
    }
    let _ = GroupProfile::from_slice(bytes);
    if let Some(setting) = GroupLinkSetting::from_slice(bytes) {
        assert_eq!(GroupLinkSetting::from_slice(&setting.to_vec()), Some(setting));
    }
    if let Some(request) = JoinRequest::from_slice(bytes) {
        assert_eq!(JoinRequest::from_slice(&request.to_vec()), Some(request));
    }
    if let Some(answer) = JoinAnswer::from_slice(bytes) {
        assert_eq!(JoinAnswer::from_slice(&answer.to_vec()), Some(answer));
    }
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check_any(&bytes);
    }

    #[test]
    fn damaged_examples_never_panic_and_are_written_as_read(bytes in damaged_example()) {
        check_any(&bytes);
    }

    #[test]
    fn any_text_never_panics(text in ".{0,200}") {
        let content = compose::text(&mut rng(), &text);
        let body = Body::of(&content);
        prop_assert_eq!(body.texts(), [text.as_str()]);
        let _ = uri::parse_user(&text);
    }
}
