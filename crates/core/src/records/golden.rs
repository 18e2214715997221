//! The stored form of every record, pinned: what an older version wrote has to be read for ever.
//! `UPDATE=1 cargo nextest run -p chancery-core golden` adds new lines; a changed line is a broken store.

use super::{conversation::Keeping, *};
use crate::api::ConversationState;
use chancery_mls::{GroupKind, Role};
use chancery_wire::{
    DeviceId, ItemId, LinkId, MessageId, UserId,
    content::GroupToken,
    frames::{ItemKind, LogItem},
    signed::{Credential, Kind, Suite},
};
use std::{collections::BTreeMap, fmt::Write};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/records/golden.txt");

fn alice() -> UserId {
    "alice@example.org".parse().unwrap()
}

fn token() -> GroupToken {
    GroupToken::from_slice(&[9; 16]).unwrap()
}

fn message() -> MessageRecord {
    MessageRecord {
        id: MessageId([1; 32]),
        sender: Some(alice()),
        at_ms: 1_767_225_600_000,
        content: vec![1, 2, 3].into(),
        edited: true,
        deleted: false,
        reactions: vec![Reaction { emoji: "❤".into(), user: alice(), message: MessageId([2; 32]) }],
        note: Some(Note { code: "added".into(), text: "text".into() }),
        item: Some(ItemId([3; 16])),
        reply_to: Some(MessageId([4; 32])),
        mentions_me: true,
        starred_at_ms: None,
        expires_at_ms: None,
        mentions_everyone: None,
        pending: None,
    }
}

fn conversation() -> Conversation {
    Conversation {
        number: 7,
        group: "00112233445566778899aabbccddeeff@example.org".parse().unwrap(),
        kind: GroupKind::Group,
        title: "Office".into(),
        state: ConversationState::Active,
        cursor: 5,
        epoch: 2,
        suite: Some(Suite::Hybrid),
        purpose: "work".into(),
        members: vec![Member { user: alice(), role: Role::Admin, devices: 2 }],
        read: 4,
        unread: 1,
        unread_mentions: 1,
        preview: "hi".into(),
        last_at_ms: 9,
        creation: Some(vec![1].into()),
        delivered: 3,
        highest_epoch: 2,
        leaving: true,
        warned_at: Some(5),
        returned_at: Some(3),
        owes_name: Some(DeviceId([6; 16])),
        keeping: None,
        message_seconds: None,
        picture_due: None,
        group_link: None,
        join_requests: None,
        former_title: None,
        delivery_due: None,
        end_unseen: None,
    }
}

fn account() -> Account {
    Account {
        phase: Phase::Active,
        relay: "https://chat.example.org/".into(),
        root_key: [1; 32],
        manifest: vec![2].into(),
        policy: vec![3].into(),
        user: alice(),
        name: "Alice".into(),
        device: DeviceId([4; 16]),
        label: "phone".into(),
        device_key: Secret([5; 32]),
        identity_key: Secret([6; 32]),
        credential: Credential { invitation: vec![7], user: vec![8], device: vec![9] },
        registration: Some(vec![10].into()),
        linked: true,
        inbox: 11,
        invitation: Some(vec![12].into()),
    }
}

fn link(role: LinkRole) -> LinkState {
    let history = HistoryProgress { key: Secret([1; 32]), messages: 2, total: 3, after: Some(vec![4].into()) };
    LinkState {
        link: LinkId([5; 16]),
        role,
        next: 6,
        started_at_ms: 7,
        history: Some(history),
        finished_at_ms: Some(8),
        late: Some(vec![super::Late { number: 9, until: 10 }]),
        ending: None,
    }
}

/// Encodes a record and reads it back.
fn sample<T>(samples: &mut BTreeMap<&'static str, String>, name: &'static str, record: T)
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + std::fmt::Debug,
{
    let bytes = encode(&record);
    assert_eq!(decode::<T>(&bytes, name).unwrap(), record, "{name}");
    let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    samples.insert(name, hex);
}

#[test]
fn stored_records_keep_their_golden_form() {
    let mut samples = BTreeMap::new();
    sample(&mut samples, "account", account());
    sample(&mut samples, "contact", Contact::new("Bob".into(), Kind::Guest, [1; 32]));
    sample(&mut samples, "conversation", conversation());
    let device = OwnDevice {
        device: DeviceId([1; 16]),
        label: "tablet".into(),
        added_at_ms: 2,
        last_seen_day: Some(3),
        removing: None,
    };
    sample(&mut samples, "device", device.clone());
    let removing = Some(Removing { done: 3, total: 120 });
    sample(&mut samples, "device being removed", OwnDevice { removing, ..device });
    let new = LinkRole::New {
        relay: "https://chat.example.org/".into(),
        label: "phone".into(),
        device: DeviceId([1; 16]),
        device_key: Secret([2; 32]),
        sealing_private: vec![3].into(),
        secret: [4; 16],
    };
    sample(&mut samples, "link of a new device", link(new));
    let existing = LinkRole::Existing {
        device: DeviceId([1; 16]),
        outgoing: Some(vec![2].into()),
        complete: true,
        admits: Some(vec![3; 32].into()),
    };
    sample(&mut samples, "link of an existing device", link(existing));
    let mut view = LogView::default();
    let commit = LogItem {
        seq: 1,
        kind: ItemKind::Commit,
        epoch: 1,
        device: None,
        item: ItemId([1; 16]),
        at_ms: 2,
        body: vec![3],
    };
    view.begin(1, b"one", None);
    view.begin(2, b"two", Some(&commit));
    sample(&mut samples, "log view", view.clone().of_before());
    view.note_time(&commit);
    sample(&mut samples, "log view, with kinds and times", view);
    sample(&mut samples, "message", message());
    let newer =
        MessageRecord { starred_at_ms: Some(1), expires_at_ms: Some(2), mentions_everyone: Some(true), ..message() };
    sample(&mut samples, "message, starred and expiring", newer);
    let keeping = Keeping {
        pinned_at_ms: Some(1),
        muted_until_ms: Some(2),
        archived: true,
        marked_unread: true,
        draft: Some(Unsent { text: "hi".into(), reply_to: Some(MessageId([1; 32])) }),
    };
    let newer =
        Conversation { keeping: Some(keeping), message_seconds: Some(3600), picture_due: Some(true), ..conversation() };
    sample(&mut samples, "conversation, kept in a special way", newer);
    let group_link = GroupLinkState { token: Some(token()), since_epoch: 3 };
    let open = OpenRequest { id: MessageId([1; 32]), group: conversation().group, from: alice() };
    let join_requests = JoinRequests { minute: 1, count: 2, open: vec![open] };
    let newer = Conversation { group_link: Some(group_link), join_requests: Some(join_requests), ..conversation() };
    sample(&mut samples, "conversation, with a link and requests", newer);
    let asked = Asked {
        group: conversation().group,
        admin: alice(),
        token: token(),
        request: Some(MessageId([1; 32])),
        outcome: Some(AskedOutcome::Refused),
    };
    sample(&mut samples, "asked", asked);
    sample(&mut samples, "orphan", Orphan { sender: alice(), id: MessageId([1; 32]), content: vec![2].into() });
    sample(&mut samples, "index: message", IndexEntry::Message { key: vec![1].into() });
    sample(&mut samples, "index: reaction", IndexEntry::Reaction { target: MessageId([1; 32]) });
    sample(&mut samples, "index: waiting", IndexEntry::Waiting { key: vec![1].into() });
    sample(&mut samples, "index: applied", IndexEntry::Applied);
    for (name, kind) in [
        ("operation: add users", OperationKind::AddUsers { users: vec![alice()] }),
        ("operation: remove users", OperationKind::RemoveUsers { users: vec![alice()] }),
        ("operation: set role", OperationKind::SetRole { user: alice(), role: Role::Reader }),
        ("operation: add own devices", OperationKind::AddOwnDevices),
        ("operation: commit pending", OperationKind::CommitPending),
        ("operation: leave", OperationKind::Leave),
        ("operation: self-update", OperationKind::SelfUpdate),
        ("operation: remove own devices", OperationKind::RemoveOwnDevices { devices: vec![DeviceId([1; 16])] }),
        (
            "operation: let in",
            OperationKind::LetIn {
                user: alice(),
                token: token(),
                direct: conversation().group,
                request: MessageId([1; 32]),
            },
        ),
        ("operation: set purpose", OperationKind::SetPurpose { purpose: "work".into() }),
    ] {
        sample(&mut samples, name, Operation { kind, not_before_ms: 1, refused: 2 });
    }
    let pending = PendingCommit {
        item: ItemId([1; 16]),
        epoch: 2,
        body: vec![3].into(),
        welcome: Some(vec![4].into()),
        group_info: Some(vec![5].into()),
        operation: Some(vec![6].into()),
        rejoin: true,
        proposal: true,
    };
    sample(&mut samples, "pending commit", pending);
    let entry = OutboxEntry {
        item: ItemId([1; 16]),
        id: MessageId([2; 32]),
        content: vec![3].into(),
        queued_at_ms: 4,
        encrypted: Some(Encrypted { epoch: 5, body: vec![6].into() }),
        failed: Some("why".into()),
        newcomers: None,
        gone: None,
        pending: None,
    };
    sample(&mut samples, "outbox", entry.clone());
    let newcomers = Some(vec![alice()]);
    sample(
        &mut samples,
        "outbox: held",
        OutboxEntry { newcomers: newcomers.clone(), gone: newcomers, ..entry.clone() },
    );
    let offer = Offer { group: conversation().group, seq: 1, epoch: 2, welcome: vec![3].into() };
    sample(&mut samples, "offer", offer);
    let changes =
        || Some(vec![Pending { message: MessageId([7; 32]), content: vec![8].into(), failed: Some("why".into()) }]);
    sample(&mut samples, "outbox, changed while it waits", OutboxEntry { pending: changes(), ..entry });
    sample(&mut samples, "message, with a change that waits", MessageRecord { pending: changes(), ..message() });

    let text = samples.iter().fold(String::new(), |mut text, (name, hex)| {
        writeln!(text, "{name} = {hex}").unwrap();
        text
    });
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(FILE).unwrap_or_default(), text);
}
