//! Decoders that meet the network: any bytes give a value or an error. The fuzz targets go deeper (`fuzz/`).

use chancery_wire::{
    GroupId, ItemId, UserId,
    api::{AnswerHead, Request, auth, groups},
    frames::{ClientFrame, Cursor, ServerFrame},
    link::{DeviceLink, GroupLink, InvitationLink, relay_origin},
    signed::{Credential, DeviceCertificate, Invitation, Manifest, Policy, Signed, Unverified, UserCertificate},
};
use ed25519_dalek::SigningKey;
use proptest::prelude::*;

fn decode(bytes: &[u8]) {
    if let Ok(frame) = ClientFrame::from_slice(bytes) {
        assert_eq!(ClientFrame::from_slice(&frame.to_vec()), Ok(frame));
    }
    if let Ok(frame) = ServerFrame::from_slice(bytes) {
        assert_eq!(ServerFrame::from_slice(&frame.to_vec()), Ok(frame));
    }
    let _ = Unverified::<Manifest>::parse(bytes);
    let _ = Unverified::<Policy>::parse(bytes);
    let _ = Unverified::<Invitation>::parse(bytes);
    let _ = Unverified::<UserCertificate>::parse(bytes);
    let _ = Unverified::<DeviceCertificate>::parse(bytes);
    let _ = Credential::from_slice(bytes);
    let _ = serde_json::from_slice::<auth::OpenSession>(bytes);
    let _ = serde_json::from_slice::<groups::Append>(bytes);
    for (status, media_type) in [(200, "application/json"), (400, "application/problem+json")] {
        let head = AnswerHead { status, media_type: Some(media_type), location: None };
        let _ = Request::ListGroups {}.read_response(&head, bytes);
    }
}

fn group() -> GroupId {
    "00112233445566778899aabbccddeeff@example.org".parse().unwrap()
}

/// One valid input of several kinds.
fn valid() -> Vec<Vec<u8>> {
    let policy = Policy::initial("example.org".parse().unwrap(), 1);
    let body = groups::Report { seq: 1, epoch: 2, reason: "why".to_owned() };
    vec![
        ClientFrame::Follow { cursors: vec![Cursor { group: group(), seq: 300 }], inbox: 9 }.to_vec(),
        ClientFrame::Send {
            request: 1,
            group: group(),
            item: ItemId([2; 16]),
            epoch: 3,
            body: vec![0; 20],
            quiet: false,
        }
        .to_vec(),
        ServerFrame::CaughtUp { heads: vec![Cursor { group: group(), seq: 9 }] }.to_vec(),
        Signed::sign(policy, &SigningKey::from_bytes(&[1; 32])).bytes().to_vec(),
        Request::Report { group: group(), body }.to_http().body.unwrap(),
    ]
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        decode(&bytes);
    }

    #[test]
    fn damaged_input_never_panics(
        which in 0usize..5, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..5),
    ) {
        let mut bytes = valid().swap_remove(which);
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        decode(&bytes);
    }

    #[test]
    fn a_signed_object_with_any_change_is_refused(at in any::<prop::sample::Index>(), bit in 0..8) {
        let key = SigningKey::from_bytes(&[1; 32]);
        let mut bytes = valid().swap_remove(3);
        let at = at.index(bytes.len());
        bytes[at] ^= 1u8 << bit;
        prop_assert!(Signed::<Policy>::verify(&bytes, key.verifying_key().as_bytes()).is_err());
    }

    #[test]
    fn any_text_is_a_link_or_an_error(text in ".{0,80}", fragment in "[A-Za-z0-9_-]{0,80}") {
        for text in [text.clone(), format!("https://example.org/i#{fragment}"), format!("https://{text}/l#{fragment}")] {
            let _ = (relay_origin(&text), text.parse::<UserId>(), text.parse::<GroupId>());
            if let Ok(link) = InvitationLink::parse(&text) {
                prop_assert_eq!(InvitationLink::parse(&link.to_text()), Ok(link));
            }
            if let Ok(link) = DeviceLink::parse(&text) {
                prop_assert_eq!(DeviceLink::parse(&link.to_text()), Ok(link));
            }
            if let Ok(link) = GroupLink::parse(&text.replace("/i#", "/g#")) {
                prop_assert_eq!(GroupLink::parse(&link.to_text()), Ok(link));
            }
        }
    }
}
