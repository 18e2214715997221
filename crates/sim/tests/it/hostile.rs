//! A relay that cheats: what it does is refused or noticed, and nothing else is harmed. (What only MLS can be cheated with, such as
//! external proposals other than Remove, is tried in the MLS layer's own tests.)

use crate::kit::{Office, texts};
use chancery_core::{
    Command, CommandResult, Event,
    api::{BodyView, ConversationState, Draft},
    query,
};
use chancery_sim::{Faults, SimOrganisation, World, organisation::RELAY};
use chancery_wire::{
    DeviceId,
    api::{
        Request, Response,
        devices::{Claim, Claimed, Device},
        organisation::Organisation,
    },
    frames::{InboxEvent, ItemKind, LogItem, ServerFrame},
    signed::{Credential, DeviceCertificate, Policy, Signed, Suite, UserCertificate},
};
use ed25519_dalek::SigningKey;
use std::{cell::RefCell, rc::Rc};

/// Renumbers items so that they follow each other.
fn shift(mut item: LogItem, by: i64) -> LogItem {
    item.seq = item.seq.saturating_add_signed(by);
    item
}

#[test]
fn a_device_that_its_owner_never_linked_gets_nothing() {
    let mut office = Office::new(100);
    let (alice, evil) = (office.alice, SigningKey::from_bytes(&[66; 32]));
    let user = office.world.user(alice).unwrap();
    let Ok(Response::Devices(devices)) = office.world.ask(alice, Request::ListDevices {}) else { panic!() };
    let genuine = Credential::from_slice(&devices.devices[0].credential.0).unwrap();
    let now = office.world.now_ms / 1000;
    let key = evil.verifying_key().to_bytes();
    let device = DeviceCertificate {
        user: user.clone(),
        device: DeviceId([66; 16]),
        label: "alice's phone".into(),
        key,
        issued_at: now,
        expires_at: now + 1_000_000,
    };
    let device = Signed::sign(device, &evil).bytes().to_vec();
    let own_identity =
        Signed::sign(UserCertificate { user, identity_key: key, issued_at: now }, &evil).bytes().to_vec();
    let forged = [
        Credential { device: device.clone(), ..genuine.clone() },
        Credential { device, user: own_identity, ..genuine },
    ];
    office.world.tamper_answer = Some(Box::new(move |client, request, answer| match (request, answer) {
        (Request::ListDevices {}, Ok(Response::Devices(mut devices))) if client == alice => {
            for credential in &forged {
                let credential = credential.to_vec().into();
                devices.devices.push(Device { credential, added_at_ms: 0, last_seen_day: None });
            }
            Ok(Response::Devices(devices))
        }
        (_, answer) => answer,
    }));
    office.world.command(alice, Command::RefreshDevices).unwrap();
    office.world.settle();
    assert_eq!(office.warnings(alice).iter().filter(|code| *code == "untrusted_device").count(), 2);
    assert_eq!(office.world.clients[alice].query(query::devices).len(), 1);
    let group = office.group.clone();
    let members = office.world.clients[alice].query(|tx| query::members(tx, &group));
    assert!(members.iter().all(|member| member.devices == 1));
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_swapped_key_package_is_not_used() {
    let mut office = Office::new(101);
    let (alice, carol) = (office.alice, office.carol);
    let claim = Claim { suite: Suite::Classical, users: vec![office.world.user(office.bob).unwrap()] };
    let Ok(Response::Claims(of_bob)) = office.world.ask(alice, Request::ClaimKeyPackages { body: claim }) else {
        panic!()
    };
    let package = of_bob.claimed[0].key_package.clone();
    let user = office.world.user(alice).unwrap();
    office.world.tamper_answer = Some(Box::new(move |_, request, answer| match (request, answer) {
        (Request::ClaimKeyPackages { .. }, Ok(Response::Claims(mut claims))) => {
            for claimed in &mut claims.claimed {
                claimed.key_package = package.clone();
            }
            let device = DeviceId([66; 16]);
            claims.claimed.push(Claimed { user: user.clone(), device, key_package: package.clone() });
            Ok(Response::Claims(claims))
        }
        (_, answer) => answer,
    }));
    let error = {
        let user = office.world.user(carol).unwrap();
        office.world.command(alice, Command::StartDirect { user }).unwrap_err()
    };
    assert_eq!(error.code, "no_key_package");
    office.assert_warned(alice, "untrusted_device");
    assert_eq!(office.world.clients[alice].query(query::conversations).len(), 2);
    office.world.tamper_answer = None;
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_repeated_old_commit_is_refused() {
    let mut office = Office::new(102);
    let (alice, bob) = (office.alice, office.bob);
    let mut repeated = 0;
    office.rewrite_items(bob, move |items| {
        let mut out = Vec::new();
        for item in items {
            let again = (item.kind == ItemKind::Commit && repeated == 0).then(|| shift(item.clone(), 1));
            out.push(shift(item, repeated));
            repeated += again.iter().len() as i64;
            out.extend(again);
        }
        out
    });
    let (group, user) = (office.group.clone(), office.world.user(bob).unwrap());
    office.world.command(alice, Command::SetRole { group, user, role: chancery_mls::Role::Admin }).unwrap();
    office.world.run_for(5_000);
    office.assert_warned(bob, "forged_sender");
    office.say(alice, "hello");
    office.world.run_for(5_000);
    assert_eq!(office.texts(bob), ["hello"]);
    assert_eq!(office.state(bob), ConversationState::Active);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn reordered_messages_are_noticed() {
    let mut office = Office::new(103);
    let (alice, bob) = (office.alice, office.bob);
    office.world.go_offline(bob);
    office.world.run_for(1_000);
    office.say(alice, "one");
    office.say(alice, "two");
    office.world.run_for(5_000);
    office.rewrite_items(bob, |mut items| {
        let messages: Vec<usize> = (0..items.len()).filter(|n| items[*n].kind == ItemKind::Application).collect();
        if let [first, second, ..] = messages[..] {
            let (a, b) = (items[first].seq, items[second].seq);
            items.swap(first, second);
            (items[first].seq, items[second].seq) = (a, b);
        }
        items
    });
    office.world.go_online(bob);
    office.world.run_for(5_000);
    office.world.tamper_frame = None;
    office.say(alice, "three");
    office.world.run_for(5_000);
    office.assert_warned(bob, "history_mismatch");
    assert_eq!(office.texts(bob), ["two", "one", "three"]);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_message_dropped_without_a_gap_is_noticed() {
    let mut office = Office::new(104);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    let dropped = Rc::new(RefCell::new(0));
    let count = dropped.clone();
    office.rewrite_items(bob, move |items| {
        let mut out = Vec::new();
        for item in items {
            if *count.borrow() == 0 {
                *count.borrow_mut() = -1;
            } else {
                out.push(shift(item, *count.borrow()));
            }
        }
        out
    });
    office.say(alice, "withheld from bob");
    office.world.run_for(5_000);
    assert_eq!(*dropped.borrow(), -1);
    office.say(carol, "what do you think of that?");
    office.world.run_for(5_000);
    office.assert_warned(bob, "history_mismatch");
    assert_eq!(office.texts(bob), ["what do you think of that?"]);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_gap_is_noticed_and_nothing_after_it_is_shown_out_of_order() {
    let mut office = Office::new(105);
    let (alice, bob) = (office.alice, office.bob);
    let withheld = Rc::new(RefCell::new(None));
    office.rewrite_items(bob, move |items| {
        let mut withheld = withheld.borrow_mut();
        let first = *withheld.get_or_insert(items[0].seq);
        items.into_iter().filter(|item| item.seq != first).collect()
    });
    office.say(alice, "withheld");
    office.world.run_for(5_000);
    office.say(alice, "after it");
    office.world.run_for(5_000);
    assert!(office.texts(bob).is_empty());
    office.assert_warned(bob, "log_gap");
    let reports: u32 =
        office.world.relay.local().db().query_row("SELECT count(*) FROM reports", (), |row| row.get(0)).unwrap();
    assert_eq!(reports, 1);
    office.honest_again(bob);
    assert_eq!(office.texts(bob), ["withheld", "after it"]);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn withholding_everything_delays_and_loses_nothing() {
    let mut office = Office::new(106);
    let (alice, bob) = (office.alice, office.bob);
    office.rewrite_items(bob, |_| Vec::new());
    office.say(alice, "can you hear me?");
    office.say(bob, "is anybody there?");
    office.world.run_for(30_000);
    assert_eq!(office.texts(bob), ["is anybody there?"], "it waits, visibly");
    office.honest_again(bob);
    assert_eq!(office.texts(bob), office.texts(alice));
    assert_eq!(office.texts(bob).len(), 2);
    assert_eq!(office.world.clients[bob].query(query::waiting), 0);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_forged_sender_is_noticed_and_the_true_one_is_shown() {
    let mut office = Office::new(107);
    let (alice, bob) = (office.alice, office.bob);
    let carols = office.world.clients[office.carol].query(query::account).unwrap().device;
    office.rewrite_items(bob, move |items| {
        items.into_iter().map(|item| LogItem { device: Some(carols), ..item }).collect()
    });
    office.say(alice, "it was me");
    office.world.run_for(5_000);
    office.assert_warned(bob, "forged_sender");
    let group = office.group.clone();
    let messages = office.world.clients[bob].query(|tx| query::messages(tx, &group, None, 100));
    let message = messages.iter().find(|m| matches!(m.body, BodyView::Text { .. })).unwrap();
    assert_eq!(message.sender, office.world.user(alice));
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_message_said_to_be_ones_own_is_not_taken_for_it() {
    let mut office = Office::new(108);
    let (alice, bob) = (office.alice, office.bob);
    let bobs = office.world.clients[bob].query(query::account).unwrap().device;
    office.rewrite_items(bob, move |items| {
        items.into_iter().map(|item| LogItem { device: Some(bobs), ..item }).collect()
    });
    office.say(alice, "you said so");
    office.world.run_for(5_000);
    let group = office.group.clone();
    let messages = office.world.clients[bob].query(|tx| query::messages(tx, &group, None, 100));
    let message = messages.iter().find(|m| matches!(m.body, BodyView::Text { .. })).unwrap();
    assert_eq!(message.sender, office.world.user(alice));
    office.assert_warned(bob, "forged_sender");
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_message_repeated_at_another_place_is_shown_once() {
    let mut office = Office::new(109);
    let (alice, bob) = (office.alice, office.bob);
    let mut offset = 0;
    office.rewrite_items(bob, move |items| {
        let mut out = Vec::new();
        for item in items {
            let again = (offset == 0).then(|| shift(item.clone(), 1));
            out.push(shift(item, offset));
            if again.is_some() {
                offset = 1;
            }
            out.extend(again);
        }
        out
    });
    office.say(alice, "pay 100");
    office.world.run_for(5_000);
    office.assert_warned(bob, "forged_sender");
    assert_eq!(office.texts(bob), ["pay 100"]);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_relay_restored_from_an_older_copy_is_noticed_and_takes_nothing_away() {
    let mut office = Office::new(110);
    let (alice, bob) = (office.alice, office.bob);
    office.say(alice, "kept");
    office.world.run_for(5_000);
    office.say(alice, "lost at the relay");
    office.world.run_for(5_000);
    let heads = |office: &Office| {
        office.world.relay.logs().into_iter().find(|log| log.group == office.group).unwrap().positions
    };
    let before = heads(&office);
    let (group, keep) = (office.group.clone(), before.len() - 3);
    let deleted = office.world.relay.local().db().execute(
        "DELETE FROM log WHERE position >> 32 = (SELECT id FROM groups WHERE gid = ?) AND (position & 4294967295) > ?",
        (group.as_str(), before[keep - 1]),
    );
    assert_eq!(deleted, Ok(3));
    office.world.crash_relay();
    office.world.run_for(10_000);
    for client in [alice, bob] {
        office.assert_warned(client, "relay_rolled_back");
        assert_eq!(office.texts(client), ["kept", "lost at the relay"]);
    }
    office.the_direct_conversation_is_unharmed();
}

/// Damages Bob's view of the group by a forged commit.
fn damage(office: &mut Office) {
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    office.rewrite_items(bob, |mut items| {
        for item in items.iter_mut().filter(|item| item.kind == ItemKind::Commit) {
            *item.body.last_mut().unwrap() ^= 1;
        }
        items
    });
    let (group, user) = (office.group.clone(), office.world.user(carol).unwrap());
    office.world.command(alice, Command::SetRole { group, user, role: chancery_mls::Role::Admin }).unwrap();
    office.world.run_for(5_000);
    office.world.tamper_frame = None;
    assert_eq!(office.state(bob), ConversationState::Damaged);
}

#[test]
fn a_forged_commit_is_refused_reported_and_repaired_when_its_owner_says_so() {
    let mut office = Office::new(111);
    let (alice, bob) = (office.alice, office.bob);
    office.say(alice, "before");
    office.world.run_for(5_000);
    damage(&mut office);
    office.assert_warned(bob, "damaged");
    let reason: String =
        office.world.relay.local().db().query_row("SELECT reason FROM reports", (), |row| row.get(0)).unwrap();
    assert_eq!(reason, "commit_invalid");
    office.world.settle();
    assert_eq!(office.state(bob), ConversationState::Damaged, "never by itself");
    let group = office.group.clone();
    assert_eq!(office.world.command(bob, Command::Repair { group, agreed: None }), Ok(CommandResult::Done));
    office.world.run_for(5_000);
    office.say(bob, "back again");
    office.say(alice, "good");
    office.world.run_for(5_000);
    assert_eq!(office.state(bob), ConversationState::Active);
    assert_eq!(office.texts(alice), office.texts(bob));
    assert_eq!(office.texts(bob).len(), 3);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_stale_group_info_is_refused_at_repair() {
    let mut office = Office::new(112);
    let (bob, group) = (office.bob, office.group.clone());
    let Ok(stale) = office.world.ask(bob, Request::GetRejoinInfo { group: group.clone() }) else { panic!() };
    // Bob follows one more commit than the GroupInfo knows, then loses track.
    let (alice, user) = (office.alice, office.world.user(bob).unwrap());
    office
        .world
        .command(alice, Command::SetRole { group: group.clone(), user, role: chancery_mls::Role::Admin })
        .unwrap();
    office.world.run_for(5_000);
    damage(&mut office);
    office.world.tamper_answer = Some(Box::new(move |client, request, answer| match request {
        Request::GetRejoinInfo { .. } if client == bob => Ok(stale.clone()),
        _ => answer,
    }));
    let error = office.world.command(bob, Command::Repair { group: group.clone(), agreed: None }).unwrap_err();
    assert_eq!(error.code, "mls_refused");
    assert_eq!(office.state(bob), ConversationState::Damaged);
    office.world.tamper_answer = None;
    office.world.command(bob, Command::Repair { group, agreed: None }).unwrap();
    office.world.run_for(5_000);
    assert_eq!(office.state(bob), ConversationState::Active);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn the_state_of_another_conversation_is_refused_at_repair() {
    let mut office = Office::new(113);
    let (bob, group, direct) = (office.bob, office.group.clone(), office.direct.clone());
    let Ok(other) = office.world.ask(bob, Request::GetRejoinInfo { group: direct }) else { panic!() };
    damage(&mut office);
    office.world.tamper_answer = Some(Box::new(move |_, request, answer| match request {
        Request::GetRejoinInfo { .. } => Ok(other.clone()),
        _ => answer,
    }));
    assert!(office.world.command(bob, Command::Repair { group, agreed: None }).is_err());
    office.world.tamper_answer = None;
    office.world.run_for(5_000);
    office.the_direct_conversation_is_unharmed();
}

fn shown(organisation: &SimOrganisation, policy: &Signed<Policy>) -> Response {
    Response::Organisation(Organisation {
        root_key: organisation.root.verifying_key().to_bytes().to_vec().into(),
        manifest: organisation.manifest.bytes().to_vec().into(),
        policy: policy.bytes().to_vec().into(),
    })
}

#[test]
fn another_organisations_root_is_refused_at_joining() {
    let mut world = World::new(114, Suite::Classical, Faults::none());
    let now = world.now_ms / 1000;
    let other = SimOrganisation::new(&mut world.rng, Suite::Classical, now);
    let (_, link) = world.organisation.invite(&mut world.rng, "alice", "Alice", now);
    let client = world.add_client("alice");
    world.tamper_answer = Some(Box::new(move |_, request, answer| match request {
        Request::GetOrganisation {} => Ok(shown(&other, &other.policy)),
        _ => answer,
    }));
    let error = world.command(client, Command::Join { link, label: "phone".into() }).unwrap_err();
    assert_eq!(error.code, "untrusted_organisation");
    assert_eq!(world.user(client), None);
}

#[test]
fn an_older_policy_is_refused_and_the_newer_one_stays() {
    let mut office = Office::new(115);
    let alice = office.alice;
    let organisation = &office.world.organisation;
    let newer = Policy { version: 2, file_days: 7, ..(*organisation.policy).clone() };
    let newer = Signed::sign(newer, &organisation.policy_key);
    let newer = shown(organisation, &newer);
    office.world.tamper_answer = Some(Box::new(move |_, request, answer| match request {
        Request::GetOrganisation {} => Ok(newer.clone()),
        _ => answer,
    }));
    office.reconnect(alice);
    assert_eq!(office.world.clients[alice].query(query::policy).unwrap().version, 2);
    // The relay goes back to the old one.
    office.honest_again(alice);
    office.assert_warned(alice, "untrusted_organisation");
    assert_eq!(office.world.clients[alice].query(query::policy).unwrap().version, 2);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_proposal_of_another_conversation_is_refused() {
    let mut office = Office::new(116);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    // A true proposal, from a group that Carol leaves …
    let users = [bob, carol].map(|client| office.world.user(client).unwrap()).to_vec();
    let name = "Elsewhere".to_owned();
    let elsewhere =
        crate::kit::start(&mut office.world, alice, Command::StartGroup { name, users, purpose: String::new() });
    office.world.run_for(180_000);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let (keep, of) = (seen.clone(), elsewhere.clone());
    office.world.tamper_frame = Some(Box::new(move |_, frame| {
        if let ServerFrame::Items { group, items } = &frame
            && *group == of
        {
            let proposal = items.iter().find(|item| item.kind == ItemKind::Proposal);
            keep.borrow_mut().extend(proposal.cloned());
        }
        Some(frame)
    }));
    office.world.command(carol, Command::Leave { group: elsewhere.clone() }).unwrap();
    office.world.settle();
    let proposal = seen.borrow().first().cloned().expect("Carol's proposal was delivered");
    // … is put into the other one.
    let mut offset = 0;
    office.rewrite_items(bob, move |items| {
        let mut out = Vec::new();
        for item in items {
            if offset == 0 {
                out.push(LogItem { seq: item.seq, ..proposal.clone() });
                offset = 1;
            }
            out.push(shift(item, offset));
        }
        out
    });
    office.say(alice, "is Carol still here?");
    office.world.run_for(5_000);
    office.assert_warned(bob, "forged_sender");
    let group = office.group.clone();
    assert_eq!(office.world.clients[bob].query(|tx| query::members(tx, &group)).len(), 3);
    assert_eq!(office.texts(bob), ["is Carol still here?"]);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_welcome_said_to_be_of_another_conversation_is_refused() {
    let mut office = Office::new(117);
    let (alice, direct) = (office.alice, office.direct.clone());
    let dave = office.world.join("dave");
    let wrong = office.group.clone();
    office.world.tamper_frame = Some(Box::new(move |client, frame| match frame {
        ServerFrame::Inbox { mut items } if client == dave => {
            for item in &mut items {
                if let InboxEvent::Welcome { group, .. } = &mut item.event {
                    *group = wrong.clone();
                }
            }
            Some(ServerFrame::Inbox { items })
        }
        frame => Some(frame),
    }));
    let Ok(Response::RejoinInfo(info)) = office.world.ask(alice, Request::GetRejoinInfo { group: direct }) else {
        panic!()
    };
    office.world.tamper_answer = Some(Box::new(move |client, request, answer| match request {
        // Whatever tree the relay shows with it.
        Request::GetTree { .. } if client == dave => {
            Ok(Response::Tree(chancery_wire::api::groups::Tree { tree: info.tree.clone() }))
        }
        _ => answer,
    }));
    let user = office.world.user(dave).unwrap();
    crate::kit::start(&mut office.world, alice, Command::StartDirect { user });
    office.world.run_for(10_000);
    office.assert_warned(dave, "refused_welcome");
    assert!(office.world.clients[dave].query(query::conversations).is_empty());
    office.world.tamper_frame = None;
    office.world.tamper_answer = None;
    office.the_direct_conversation_is_unharmed();
}

/// A new device asks Alice, over a relay that changes what passes.
fn link_over(office: &mut Office, tamper: impl Fn(&mut Response) + 'static) -> (usize, Result<CommandResult, String>) {
    let new = office.world.add_client("alice's tablet");
    let start = Command::StartLink { relay: RELAY.into(), label: "tablet".into() };
    let Ok(CommandResult::LinkStarted { link, .. }) = office.world.command(new, start) else { panic!() };
    office.world.tamper_answer = Some(Box::new(move |_, _, answer| {
        answer.map(|mut response| {
            tamper(&mut response);
            response
        })
    }));
    let approved = office.world.command(office.alice, Command::ApproveLink { link, history: true });
    office.world.run_for(120_000);
    (new, approved.map_err(|error| error.code))
}

#[test]
fn a_swapped_link_request_is_not_approved() {
    let mut office = Office::new(118);
    let (new, approved) = link_over(&mut office, |response| {
        if let Response::LinkRequest(request) = response {
            request.request.0[20] ^= 1;
        }
    });
    assert_eq!(approved, Err("link_untrusted".into()));
    assert_eq!(office.world.user(new), None);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_forged_grant_makes_nobody_of_a_device() {
    let mut office = Office::new(119);
    let (new, approved) = link_over(&mut office, |response| {
        if let Response::LinkMessages(messages) = response {
            messages.messages.iter_mut().filter(|message| message.n == 0).for_each(|message| message.body.0[100] ^= 1);
        }
    });
    assert_eq!(approved, Ok(CommandResult::Done));
    assert_eq!(office.world.user(new), None);
    assert!(crate::kit::warnings(&office.world, new).iter().any(|code| code == "link_failed"));
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_forged_piece_of_history_is_refused_and_said() {
    let mut office = Office::new(120);
    let (alice, group) = (office.alice, office.group.clone());
    office.say(alice, "history");
    office.world.run_for(5_000);
    let (new, approved) = link_over(&mut office, |response| {
        if let Response::LinkMessages(messages) = response {
            messages.messages.iter_mut().filter(|message| message.n > 0).for_each(|message| message.body.0[30] ^= 1);
        }
    });
    assert_eq!(approved, Ok(CommandResult::Done));
    assert_eq!(office.world.user(new), office.world.user(alice));
    assert!(crate::kit::warnings(&office.world, new).iter().any(|code| code == "link_failed"));
    assert!(texts(&mut office.world, new, &group).is_empty());
    // The device is one of hers all the same.
    let draft = Draft::Text { text: "from the tablet".into(), reply_to: None };
    office.world.command(new, Command::Send { group, draft }).unwrap();
    office.world.run_for(5_000);
    assert_eq!(office.texts(alice), ["history", "from the tablet"]);
    assert!(!office.world.clients[alice].events.iter().any(|event| matches!(event, Event::DeviceRevoked)));
    office.the_direct_conversation_is_unharmed();
}
